"""Values of fields on tickets: read, written, sealed, destroyed (FLD-1, FLD-3).

Writes run inside the caller's transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import SYSTEM
from occ.core import clock, jobs, uploads, vault
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import country, masked, masked_address, phone, viewer_zone
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.fields import queries as fields
from occ.fields import rules
from occ.fields.labels import value_text
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType, Shown
from occ.organization.models import Service
from occ.tickets import index
from occ.tickets.models import Ticket, TicketValue

PART = 5_000  # rows read by one statement


@dataclass(frozen=True)
class Held:
    """A field on a ticket with what it says in words; `hidden` when a value is
    there that is not shown unasked.
    """

    field: Shown
    text: str
    hidden: bool = False
    purged: bool = False


@dataclass(frozen=True)
class Checked:
    """Typed values: those that can be stored, and what is wrong with the others by code."""

    values: dict[Shown, str]
    errors: dict[str, Any]


def _about(ticket_id: int, code: str) -> str:
    return f"ticket/{ticket_id}/{code}"


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


def _whole(row: TicketValue | None) -> str:
    """What was stored, unsealed; '' for nothing."""
    if row is None:
        return ""
    return (
        vault.unseal(row.sealed, _about(row.ticket_id, row.code)) if row.sealed else row.text or ""
    )


def file_of(row: TicketValue) -> Upload | None:
    """The file that a field holds."""
    return Upload.load(_whole(row)) if row.file_key else None


def plain(row: TicketValue | None) -> str:
    """What is stored, unsealed, of a file its name; '' for nothing."""
    upload = file_of(row) if row else None
    return upload.name if upload else _whole(row)


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
    value = "" if field.personal or field.type is FieldType.FILE else plain(row)
    if value and field.type is FieldType.DATE_TIME:
        return [
            f"{datetime.fromisoformat(value).astimezone(ZoneInfo(viewer_zone())):%Y-%m-%dT%H:%M}"
        ]
    if field.type is FieldType.PHONE:
        return [phone(value)]
    return value.split("\n") if field.type in rules.CHOSEN else [value]


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


def check(
    asked: Iterable[Shown],
    sent: Mapping[str, Sequence[str]],
    there: Mapping[str, TicketValue],
    clear: Sequence[str] = (),
    *,
    by: int,
) -> Checked:
    """What somebody typed for some fields as it can be stored, and what is wrong with the rest.

    A hidden value and a file stay where nothing was typed, unless `clear` names them; a number that
    is no whole one stays, too, where nobody changes it.
    """
    found = Checked({}, {})
    for field in asked:
        raw, row = sent.get(field.code, ()), there.get(field.code)
        is_kept = stays(field, row) and not any(text.strip() for text in raw)
        if is_kept and field.code not in clear:
            continue
        if (
            field.type is FieldType.PHONE
            and not field.personal
            and plain(row)
            and list(raw) == typed(field, row)
        ):
            continue
        try:
            if field.type is FieldType.FILE:
                raw = [uploads.of_token(text, by, sealed=True).dump() for text in raw if text]
            found.values[field] = rules.check_value(field, raw, viewer_zone(), country())
        except Refused as error:
            found.errors[field.code] = error.message
    return found


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


def store(ticket: Ticket, changes: Mapping[Shown, str]) -> list[str]:
    """Stores checked values; '' takes one away. Returns the codes of the fields that changed."""
    there = rows(ticket.id)
    now = fields.as_stored(ticket.service_id, [field.code for field in changes])
    changed = []
    for field, value in changes.items():
        row, defined = there.get(field.code), now.get(field.code)
        if field.system is None and (defined is None or defined.type is not field.type):
            raise Conflict(_("Somebody changed the fields meanwhile. Look at them again."))
        if _is_same(field, _whole(row), value):
            continue
        changed.append(field.code)
        row = row or TicketValue(ticket_id=ticket.id, code=field.code)
        _keep(row, value, field.type, sealed=defined.encrypted if defined else field.encrypted)
        row.stored_at, row.purged_at = clock.now(), None
        db.session.add(row)
    db.session.flush()
    return changed


def _is_same(field: Shown, before: str, after: str) -> bool:
    """Whether two stored values say the same: the order of several choices says nothing."""
    if field.type is FieldType.MULTI:
        return set(before.split("\n")) == set(after.split("\n"))
    return before == after


def _keep(row: TicketValue, value: str, type: FieldType, *, sealed: bool) -> None:
    upload = Upload.load(value) if value and type is FieldType.FILE else None
    if upload and upload.key != row.file_key and _is_used(upload):
        raise Refused(_("This file is no longer there. Choose it again."), f"f-{row.code}")
    new_key = upload.key if upload else None
    uploads.forget([row.file_key] if row.file_key != new_key else [])
    row.file_key = new_key
    row.text = None if sealed or not value else upload.name if upload else value
    row.sealed = (
        vault.seal(value, _about(row.ticket_id, row.code)) if value and (sealed or upload) else None
    )


def _is_used(upload: Upload) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(TicketValue.file_key == upload.key))))


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
    return _parts(of_field(field).where(_otherwise(field)))


def _otherwise(field: Field) -> sa.ColumnElement[bool]:
    return TicketValue.text.is_not(None) if field.encrypted else TicketValue.text.is_(None)


def _mine(found: sa.Select[Any], *, wait: bool = False) -> sa.Select[Any]:
    """The same rows, as they are now and locked; those that somebody writes just
    now are left for the next run.
    """
    return found.with_for_update(skip_locked=not wait, of=TicketValue).execution_options(
        populate_existing=True
    )


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


def _held(field: Field, tickets: Sequence[int]) -> sa.Select[Any]:
    return _mine(of_field(field).where(TicketValue.ticket_id.in_(tickets)))


def purge(field_id: int, tickets: Sequence[int]) -> int:
    """Destroys a field's values on these tickets, as far as their time is over; recorded by number
    (LOG-3). Returns how many went.
    """
    field, gone = db.session.get_one(Field, field_id), 0
    service = db.session.get_one(Service, field.service_id)
    midnight, is_gone = last_midnight(service), field.deleted_at is not None
    for row in db.session.scalars(_held(field, tickets)):
        if not is_gone and (
            field.purge is None or rules.due_at(row.stored_at, field.purge) > midnight
        ):
            continue
        uploads.forget([row.file_key])
        row.text = row.sealed = row.file_key = None
        row.purged_at = clock.now()
        gone += 1
    if gone:
        audit.work(
            Work.VALUES_PURGED,
            actor=SYSTEM,
            service=service,
            detail={"field": field.code, "values": gone},
        )
    return gone


def reseal(field_id: int, tickets: Sequence[int]) -> int:
    """Seals a field's values on these tickets if it is encrypted by now, else opens them.

    Returns how many.
    """
    field = db.session.get_one(Field, field_id)
    changed = (
        db.session.scalars(_held(field, tickets).where(_otherwise(field))).all()
        if field.deleted_at is None
        else ()
    )
    for row in changed:
        _keep(row, _whole(row), field.type, sealed=field.encrypted)
    if changed:  # what can be read again can be found again
        index.stale(Ticket.id.in_([row.ticket_id for row in changed]))
        jobs.request_run("search")
    return len(changed)


def rotate(old: int, limit: int, *, wait: bool = False) -> int:
    """Seals values of an old data key with the newest; with `wait` also those that somebody writes
    just now. Returns how many.
    """
    found = sa.select(TicketValue).where(vault.sealed_with(TicketValue.sealed, old)).limit(limit)
    rows = db.session.scalars(_mine(found, wait=wait)).all()
    for row in rows:
        row.sealed = vault.seal(_whole(row), _about(row.ticket_id, row.code))
    return len(rows)
