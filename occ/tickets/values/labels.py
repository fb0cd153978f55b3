"""Values of fields on tickets as pages show them and as their inputs hold them (FLD-1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from occ.core.i18n import masked, masked_address, phone, viewer_zone
from occ.fields import rules
from occ.fields.labels import value_text
from occ.fields.rules import FieldType, Shown
from occ.tickets.models import TicketValue
from occ.tickets.values import queries


@dataclass(frozen=True)
class Held:
    """A field on a ticket with what it says in words; `hidden` when a value is
    there that is not shown unasked.
    """

    field: Shown
    text: str
    hidden: bool = False
    purged: bool = False


def told(
    field: Shown, value: str, *, whole: bool, zone: str | None = None, of: str | None = None
) -> str:
    """A stored value as people read it; numbers and addresses are masked for who does not work on
    the ticket (not `whole`).

    Instants are told in `zone`, numbers as written in the country `of`, else as the page does.
    """
    if whole or not value or field.type not in rules.REACHING:
        return value_text(field, value, zone, of)
    return masked(value, of) if field.type is FieldType.PHONE else masked_address(value)


def held(asked: Iterable[Shown], stored: Mapping[str, TicketValue], *, whole: bool) -> list[Held]:
    """Fields with what a ticket says in them, whole or masked as `told` does; values of personal
    ones are not unsealed.
    """
    found = []
    for field in asked:
        row = stored.get(field.code)
        if row is not None and field.personal and (row.sealed or row.text):
            found.append(Held(field, "", hidden=True))
        else:
            text = told(field, (row.text or "") if row else "", whole=whole)
            found.append(Held(field, text, purged=row is not None and row.purged_at is not None))
    return found


def typed(field: Shown, row: TicketValue | None) -> list[str]:
    """A stored value as its input holds it; hidden ones stay empty."""
    value = "" if field.personal or field.type is FieldType.FILE else queries.plain(row)
    if value and field.type is FieldType.DATE_TIME:
        return [
            f"{datetime.fromisoformat(value).astimezone(ZoneInfo(viewer_zone())):%Y-%m-%dT%H:%M}"
        ]
    if field.type is FieldType.PHONE:
        return [phone(value)]
    return value.split("\n") if field.type in rules.CHOSEN else [value]
