"""Values of fields on tickets: checked, stored, sealed, destroyed (FLD-1, FLD-3).

Writes run inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import SYSTEM
from occ.core import clock, jobs, uploads, vault
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import country, viewer_zone
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.fields import queries as fields
from occ.fields import rules
from occ.fields.models import Field
from occ.fields.rules import FieldType, Shown
from occ.organization.models import Service
from occ.tickets.models import Ticket, TicketValue
from occ.tickets.search import index
from occ.tickets.values import labels, queries


@dataclass(frozen=True)
class Checked:
    """Typed values: those that can be stored, and what is wrong with the others by code."""

    values: dict[Shown, str]
    errors: dict[str, Any]


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
        is_kept = queries.stays(field, row) and not any(text.strip() for text in raw)
        if is_kept and field.code not in clear:
            continue
        if (
            field.type is FieldType.PHONE
            and not field.personal
            and queries.plain(row)
            and list(raw) == labels.typed(field, row)
        ):
            continue
        try:
            if field.type is FieldType.FILE:
                raw = [uploads.of_token(text, by, sealed=True).dump() for text in raw if text]
            found.values[field] = rules.check_value(field, raw, viewer_zone(), country())
        except Refused as error:
            found.errors[field.code] = error.message
    return found


def store(ticket: Ticket, changes: Mapping[Shown, str]) -> list[str]:
    """Stores checked values; '' takes one away. Returns the codes of the fields that changed."""
    if not changes:
        return []
    there = queries.rows(ticket.id)
    now = fields.as_stored(ticket.service_id, [field.code for field in changes])
    changed = []
    for field, value in changes.items():
        row, defined = there.get(field.code), now.get(field.code)
        if field.system is None and (defined is None or defined.type is not field.type):
            raise Conflict(_("Somebody changed the fields meanwhile. Look at them again."))
        if _is_same(field, queries.whole(row), value):
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
        vault.seal(value, queries.about(row.ticket_id, row.code))
        if value and (sealed or upload)
        else None
    )


def _is_used(upload: Upload) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(TicketValue.file_key == upload.key))))


def _mine(found: sa.Select[Any], *, wait: bool = False) -> sa.Select[Any]:
    """The same rows, as they are now and locked; those that somebody writes just
    now are left for the next run.
    """
    return found.with_for_update(skip_locked=not wait, of=TicketValue).execution_options(
        populate_existing=True
    )


def _of_tickets(field: Field, tickets: Sequence[int]) -> sa.Select[Any]:
    return _mine(queries.of_field(field).where(TicketValue.ticket_id.in_(tickets)))


def purge(field_id: int, tickets: Sequence[int]) -> int:
    """Destroys a field's values on these tickets, as far as their time is over; recorded by number
    (LOG-3). Returns how many went.
    """
    field, gone = db.session.get_one(Field, field_id), 0
    service = db.session.get_one(Service, field.service_id)
    midnight, is_gone = queries.last_midnight(service), field.deleted_at is not None
    for row in db.session.scalars(_of_tickets(field, tickets)):
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
        db.session.scalars(_of_tickets(field, tickets).where(queries.is_otherwise(field))).all()
        if field.deleted_at is None
        else ()
    )
    for row in changed:
        _keep(row, queries.whole(row), field.type, sealed=field.encrypted)
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
        row.sealed = vault.seal(queries.whole(row), queries.about(row.ticket_id, row.code))
    return len(rows)
