"""One map an enum: how codes are worded and shown; and the one way in
which a value of each type is.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from occ.core.i18n import day, exact_number, lazy_pgettext, moment, ngettext, phone
from occ.core.i18n import lazy_gettext as _
from occ.fields.rules import CHOSEN, FieldKind, FieldType, Shown

KINDS = {FieldKind.CUSTOMER: _("Customer fields"), FieldKind.AGENT: _("Agent fields")}
TYPES = {
    FieldType.TEXT: lazy_pgettext("field", "Text"),
    FieldType.LONG_TEXT: _("Long text"),
    FieldType.NUMBER: lazy_pgettext("field", "Number"),
    FieldType.CHECKBOX: _("Checkbox"),
    FieldType.RADIO: _("Radio buttons"),
    FieldType.DROPDOWN: _("Drop-down"),
    FieldType.MULTI: _("Several of a list"),
    FieldType.DATE: _("Date"),
    FieldType.DATE_TIME: _("Date and time"),
    FieldType.FILE: _("File"),
    FieldType.PHONE: _("Phone number"),
    FieldType.EMAIL: _("E-mail"),
}
PURGES = {
    "m1": _("After 1 month"),
    "m3": _("After 3 months"),
    "m6": _("After 6 months"),
    "y1": _("After 1 year"),
    "y2": _("After 2 years"),
    "y3": _("After 3 years"),
    "y5": _("After 5 years"),
}


def purge_text(purge: str | None) -> str:
    """A purge period in the viewer's words."""
    if not purge:
        return str(_("Never"))
    if purge in PURGES:
        return str(PURGES[purge])
    return ngettext("After %(num)s day", "After %(num)s days", int(purge[1:]))


def value_text(
    field: Shown, value: str, zone: str | None = None, country: str | None = None
) -> str:
    """A stored value as people read it, wherever it is shown; '' for nothing.

    Instants are in `zone`, else in the viewer's; numbers as the `country` writes them, else as that
    of the page does.
    """
    if field.type is FieldType.CHECKBOX:
        return str(_("Yes") if value else _("No"))
    if not value:
        return ""
    if field.type in CHOSEN:
        names = {choice.key: choice.name for choice in (*field.choices, *field.gone)}
        return ", ".join(names.get(key, key) for key in value.split("\n"))
    match field.type:
        case FieldType.NUMBER:
            return exact_number(Decimal(value))
        case FieldType.DATE:
            return day(date.fromisoformat(value))
        case FieldType.DATE_TIME:
            return moment(datetime.fromisoformat(value), zone)
        case FieldType.PHONE:
            return phone(value, country)
        case _:
            return value


def value_cell(field: Shown, value: str, country: str) -> Any:
    """A stored value as a cell of a sheet takes it: figures, days and
    instants as such, the rest in words.
    """
    if not value:
        return value_text(field, value, country=country)
    match field.type:
        case FieldType.NUMBER:
            return Decimal(value)
        case FieldType.DATE:
            return date.fromisoformat(value)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(value)
        case _:
            return value_text(field, value, country=country)
