"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.organization.models import Service
from occ.ticket_settings import queries
from occ.ticket_settings.rules import CategoryKind, Placeholder

KINDS = {CategoryKind.INTAKE: _("Intake types"), CategoryKind.RESOLUTION: _("Resolution types")}
PLACEHOLDERS = {
    Placeholder.NUMBER: _("Ticket number"),
    Placeholder.TITLE: _("Title"),
    Placeholder.STATE: _("State"),
    Placeholder.INTAKE: _("Intake type"),
    Placeholder.RESOLUTION: _("Resolution type"),
    Placeholder.AGENT: _("Agent's nickname"),
    Placeholder.CUSTOMER: _("Customer's name"),
    Placeholder.EMAIL: _("Customer's e-mail"),
}


def placeholders(service: Service) -> dict[str, str]:
    """Every placeholder that a service's templates may have, with its name: the fixed ones, then the service's fields."""
    return {**{place.value: str(text) for place, text in PLACEHOLDERS.items()}, **queries.placeholders(service)}
