"""What placeholders stand for on a ticket (TPL-1, TRG-3)."""

from occ.core.db import db
from occ.fields import queries as fields
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import Placeholder
from occ.tickets import labels, values
from occ.tickets.models import Ticket


def placeholders(ticket: Ticket, agent_id: int | None) -> dict[str, str]:
    """Their texts; the agent by the name that customers see, fields by what the ticket says in them (personal ones never)."""
    service = db.session.get_one(Service, ticket.service_id)
    person, agent = ticket.customer, identity.member(agent_id) if agent_id else None
    types = settings.path_names(service, [i for i in (ticket.intake_id, ticket.resolution_id) if i])
    own = [one for one in fields.own(service) if not one.personal and not one.managers_only]
    stored = values.rows(ticket.id) if own else {}
    says = {one.code: values.worded(one, (stored[one.code].text or "") if one.code in stored else "") for one in own}
    known = {
        Placeholder.NUMBER: f"#{ticket.id}", Placeholder.TITLE: ticket.subject, Placeholder.STATE: str(labels.STATES[ticket.state].text),
        Placeholder.INTAKE: types.get(ticket.intake_id or 0, ""), Placeholder.RESOLUTION: types.get(ticket.resolution_id or 0, ""),
        Placeholder.AGENT: agent.shown_name if agent else "", Placeholder.CUSTOMER: person.name if person else "",
        Placeholder.EMAIL: (person.email or "") if person else "",
    }  # fmt: skip
    return {**says, **{place.value: text for place, text in known.items()}}
