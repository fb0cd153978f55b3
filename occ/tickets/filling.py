"""What placeholders stand for on a ticket (TPL-1, TRG-3)."""

from occ.core.db import db
from occ.core.i18n import LOCALES, force_locale, masked_address
from occ.fields import queries as fields
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import Placeholder
from occ.tickets import labels
from occ.tickets.models import Ticket
from occ.tickets.values import labels as value_labels
from occ.tickets.values import queries as values


def placeholders(
    ticket: Ticket, agent_id: int | None, language: str, *, whole: bool = True
) -> dict[str, str]:
    """Their texts in a language of the service and in its zone, whoever fills them in; the agent by
    the name that customers see, fields by what the ticket says in them (personal ones never).

    Numbers and addresses are masked in what goes to colleagues who do not work on the ticket (not
    `whole`).
    """
    with force_locale(language if language in LOCALES else "en"):
        return _worded(ticket, identity.member(agent_id) if agent_id else None, whole=whole)


def _worded(ticket: Ticket, agent: Member | None, *, whole: bool) -> dict[str, str]:
    service, person = db.session.get_one(Service, ticket.service_id), ticket.customer
    types = settings.path_names(service, [i for i in (ticket.intake_id, ticket.resolution_id) if i])
    own = [one for one in fields.own(service) if not one.personal and not one.managers_only]
    stored = values.rows(ticket.id) if own else {}
    texts = {one.code: (stored[one.code].text or "") if one.code in stored else "" for one in own}
    says = {
        one.code: value_labels.told(
            one, texts[one.code], whole=whole, zone=service.time_zone, of=service.country
        )
        for one in own
    }
    address = (person.email or "") if person else ""
    known = {
        Placeholder.NUMBER: f"#{ticket.id}",
        Placeholder.TITLE: ticket.subject,
        Placeholder.STATE: str(labels.STATES[ticket.state].text),
        Placeholder.INTAKE: types.get(ticket.intake_id or 0, ""),
        Placeholder.RESOLUTION: types.get(ticket.resolution_id or 0, ""),
        Placeholder.AGENT: agent.shown_name if agent else "",
        Placeholder.CUSTOMER: person.name if person else "",
        Placeholder.EMAIL: address if whole or not address else masked_address(address),
    }
    return {**says, **{place.value: text for place, text in known.items()}}
