"""What placeholders stand for on a ticket (TPL-1, TRG-3)."""

from occ.core.db import db
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import Placeholder
from occ.tickets import labels
from occ.tickets.models import Ticket


def placeholders(ticket: Ticket, agent_id: int | None) -> dict[Placeholder, str]:
    """Their texts; the agent by the name that customers see."""
    service = db.session.get_one(Service, ticket.service_id)
    person, agent = ticket.customer, identity.member(agent_id) if agent_id else None
    types = settings.path_names(service, [i for i in (ticket.intake_id, ticket.resolution_id) if i])
    return {
        Placeholder.NUMBER: f"#{ticket.id}", Placeholder.TITLE: ticket.subject, Placeholder.STATE: str(labels.STATES[ticket.state].text),
        Placeholder.INTAKE: types.get(ticket.intake_id or 0, ""), Placeholder.RESOLUTION: types.get(ticket.resolution_id or 0, ""),
        Placeholder.AGENT: agent.shown_name if agent else "", Placeholder.CUSTOMER: person.name if person else "",
        Placeholder.EMAIL: (person.email or "") if person else "",
    }  # fmt: skip
