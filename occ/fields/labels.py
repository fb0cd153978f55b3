"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.fields.rules import FieldKind, FieldType

KINDS = {FieldKind.CUSTOMER: _("Customer fields"), FieldKind.AGENT: _("Agent fields")}
TYPES = {
    FieldType.TEXT: _("Text"), FieldType.LONG_TEXT: _("Long text"), FieldType.NUMBER: _("Figure"), FieldType.CHECKBOX: _("Checkbox"),
    FieldType.RADIO: _("Radio buttons"), FieldType.DROPDOWN: _("Drop-down"), FieldType.MULTI: _("Several of a list"),
    FieldType.DATE: _("Date"), FieldType.DATE_TIME: _("Date and time"), FieldType.FILE: _("File"),
    FieldType.PHONE: _("Phone number"), FieldType.EMAIL: _("E-mail"),
}  # fmt: skip
PURGES = {
    "m1": _("After 1 month"), "m3": _("After 3 months"), "m6": _("After 6 months"), "y1": _("After 1 year"), "y2": _("After 2 years"),
    "y3": _("After 3 years"), "y5": _("After 5 years"),
}  # fmt: skip


def purge_text(purge: str | None) -> str:
    """A purge period in the viewer's words."""
    if not purge:
        return str(_("Never"))
    return str(PURGES[purge]) if purge in PURGES else str(_("After %(days)s days", days=purge[1:]))
