"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
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
