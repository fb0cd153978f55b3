"""What tickets say in fields, as it is stored (FLD-1, FLD-3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, vault
from occ.core.db import db
from occ.core.uploads import Upload
from occ.fields import queries as fields
from occ.fields import rules
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType, Shown
from occ.organization.models import Service
from occ.tickets.models import Ticket, TicketValue

PART = 5_000  # rows read by one statement


_ROWS = sa.select(TicketValue).where(TicketValue.ticket_id == sa.bindparam("ident"))


def rows(ticket_id: int) -> dict[str, TicketValue]:
    """The stored values of a ticket by code."""
    return {row.code: row for row in db.session.scalars(_ROWS, {"ident": ticket_id})}


def of_many(ticket_ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """What is stored in clear, by ticket and code."""
    rows = sa.select(TicketValue.ticket_id, TicketValue.code, TicketValue.text).where(
        TicketValue.ticket_id.in_(ticket_ids)
    )
    return {
        (ident, code): text or ""
        for ident, code, text in db.session.execute(rows.where(TicketValue.text.is_not(None)))
    }


def about(ticket_id: int, code: str) -> str:
    return f"ticket/{ticket_id}/{code}"


def whole(row: TicketValue | None) -> str:
    """What was stored, unsealed; '' for nothing."""
    if row is None:
        return ""
    return vault.opened(row, about(row.ticket_id, row.code)) if row.sealed else row.text or ""


def file_of(row: TicketValue) -> Upload | None:
    """The file that a field holds."""
    return Upload.load(whole(row)) if row.file_key else None


def plain(row: TicketValue | None) -> str:
    """What is stored, unsealed, of a file its name; '' for nothing."""
    upload = file_of(row) if row else None
    return upload.name if upload else whole(row)


def stamp(stored: Mapping[str, TicketValue]) -> str:
    """Changes whenever a value of the ticket does."""
    return max((row.stored_at.isoformat() for row in stored.values()), default="")


def stays(field: Shown, row: TicketValue | None) -> bool:
    """Whether a form keeps what is stored without showing it to be typed again."""
    return (
        (field.personal or field.type is FieldType.FILE)
        and row is not None
        and bool(row.sealed or row.text)
    )


def missing(service: Service, ticket: Ticket, *, manager: bool) -> list[str]:
    """Names of the agent fields that must be filled in before a ticket is resolved, of those
    somebody sees (FLD-2).
    """
    there = fields.definitions(service, FieldKind.AGENT)
    needed = [
        one
        for one in there
        if one.system is None and one.required and (manager or not one.managers_only)
    ]
    says = rows(ticket.id) if needed else {}
    return [
        one.name
        for one in needed
        if not (says.get(one.code) and (says[one.code].text or says[one.code].sealed))
    ]


def of_field(field: Field) -> sa.Select[Any]:
    """The values of a field that say something."""
    there = sa.or_(TicketValue.text.is_not(None), TicketValue.sealed.is_not(None))
    mine = sa.select(Ticket.id).where(
        Ticket.id == TicketValue.ticket_id, Ticket.service_id == field.service_id
    )
    return sa.select(TicketValue).where(TicketValue.code == field.code, there, mine.exists())


def _parts(found: sa.Select[Any]) -> Iterator[Sequence[int]]:
    """The tickets of values, the oldest first, in parts that are read one after the other."""
    after: tuple[datetime, int] | None = None
    there = found.with_only_columns(TicketValue.stored_at, TicketValue.ticket_id).order_by(
        TicketValue.stored_at, TicketValue.ticket_id
    )
    while True:
        older = (
            sa.tuple_(TicketValue.stored_at, TicketValue.ticket_id) > sa.tuple_(*after)
            if after
            else sa.true()
        )
        rows = db.session.execute(there.where(older).limit(PART)).all()
        db.session.rollback()
        if not rows:
            return
        after = rows[-1].stored_at, rows[-1].ticket_id
        yield [row.ticket_id for row in rows]


def holders(field: Field) -> Iterator[Sequence[int]]:
    """The tickets that hold a value of a field."""
    return _parts(of_field(field))


def due(field: Field) -> Iterator[Sequence[int]]:
    """The tickets with values of a field whose time may be over (FLD-3); all of a deleted field."""
    service = db.session.get_one(Service, field.service_id)
    found = of_field(field)
    if field.deleted_at is None and field.purge is not None:
        found = found.where(
            TicketValue.stored_at <= rules.stored_before(last_midnight(service), field.purge)
        )
    return _parts(found)


def kept_otherwise(field: Field) -> Iterator[Sequence[int]]:
    """The tickets with values of a field that are in clear though it is encrypted
    by now, or the other way round.
    """
    return _parts(of_field(field).where(is_otherwise(field)))


def is_otherwise(field: Field) -> sa.ColumnElement[bool]:
    return TicketValue.text.is_not(None) if field.encrypted else TicketValue.text.is_(None)


def count(field: Field) -> int:
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(of_field(field).subquery())) or 0
    )


@dataclass(frozen=True)
class Kept:
    """How many values of a field are there, and how many of them tonight destroys (FLD-4)."""

    count: int
    tonight: int


def ledger(service: Service) -> dict[str, Kept]:
    """The values of a service's personal fields by code."""
    day = clock.local_day(clock.now(), service.time_zone)
    midnight = clock.day_start(day + timedelta(days=1), service.time_zone)
    found = {}
    for field in fields.personal(service.id):
        stored = db.session.scalars(of_field(field).with_only_columns(TicketValue.stored_at)).all()
        due = [
            at
            for at in stored
            if field.deleted_at is not None
            or (field.purge and rules.due_at(at, field.purge) <= midnight)
        ]
        found[field.code] = Kept(len(stored), len(due))
    return found


def last_midnight(service: Service) -> datetime:
    """When the service's day began: what ended before is destroyed this night."""
    return clock.day_start(clock.local_day(clock.now(), service.time_zone), service.time_zone)
