"""What readers do, counted: views, whether it helped, and searches without a hit.

A page that is read writes nothing. What it counts is held by its process and written by `flush`,
which a job does each minute; a process without jobs is told by `is_overdue` to do so itself. What a
process that dies had not written is lost, at most a minute of figures.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, jobs
from occ.core.db import db
from occ.help_center.documents.models import Document, MissedSearch
from occ.help_center.documents.rules import MISSED_MAX, asked
from occ.organization.models import Service

OVERDUE = timedelta(minutes=2)
HELD = 500  # searches that a process remembers at most; who floods it is not counted

Asked = tuple[int, str, str]  # service, language, text
Often = tuple[int, datetime]  # how often, and when last


@dataclass
class _Held:
    guard: threading.Lock = field(default_factory=threading.Lock)
    views: Counter[int] = field(default_factory=Counter)
    missed: dict[Asked, Often] = field(default_factory=dict)
    since: datetime | None = None


_held = _Held()


def note_view(document_id: int) -> None:
    """Somebody read a document."""
    with _held.guard:
        _held.views[document_id] += 1
        _held.since = _held.since or clock.now()


def note_missed(service_id: int, language: str, text: str) -> None:
    """Somebody searched for something and found nothing; numbers and addresses are masked here,
    before anything is kept.
    """
    said = asked(text)
    if not said:
        return
    key = service_id, language, said
    with _held.guard:
        if key not in _held.missed and len(_held.missed) >= HELD:
            return
        _held.missed[key] = _held.missed.get(key, (0, clock.now()))[0] + 1, clock.now()
        _held.since = _held.since or clock.now()


def is_waiting() -> bool:
    """Whether this process holds something that is not written yet."""
    return _held.since is not None


def is_overdue() -> bool:
    """Whether no job of this process has written it in time."""
    return _held.since is not None and clock.now() - _held.since > OVERDUE


def flush() -> str | None:
    """Writes what this process has counted, a few rows at a time; how much it was, None for
    nothing. What is about documents and services that are gone meanwhile is left out.
    """
    with _held.guard:
        views, missed = _held.views, _held.missed
        _held.views, _held.missed, _held.since = Counter(), {}, None
    if not views and not missed:
        return None
    written = jobs.in_parts(sorted(views.items()), _write_views)
    written += jobs.in_parts(sorted(missed.items()), _write_missed)
    return str(written) if written else None


# one statement for all of a part: customers who read meanwhile wait for what this takes
_RAISED = (
    sa.update(Document)
    .where(Document.id == sa.bindparam("ident"))
    .values(views=Document.views + sa.bindparam("read"))
)


def _write_views(some: Sequence[tuple[int, int]]) -> int:
    rows = [{"ident": ident, "read": count} for ident, count in some]
    result: Any = db.session.connection().execute(_RAISED, rows)
    return int(result.rowcount)


def _write_missed(some: Sequence[tuple[Asked, Often]]) -> int:
    wanted = {service_id for (service_id, _language, _text), _often in some}
    services = set(db.session.scalars(sa.select(Service.id).where(Service.id.in_(wanted))))
    written = 0
    for (service_id, language, text), (count, at) in some:
        if service_id not in services:
            continue
        key = {"service_id": service_id, "language": language, "text": text}
        db.insert_missing(MissedSearch, **key, count=0, last_at=at)
        written += db.changed(
            sa.update(MissedSearch)
            .filter_by(**key)
            .values(count=MissedSearch.count + count, last_at=at)
            .execution_options(synchronize_session=False)
        )
    for service_id in sorted(services):
        _trim(service_id)
    return written


def _trim(service_id: int) -> None:
    """Of a service the most frequent stay, of those the last ones."""
    beyond = (
        sa.select(MissedSearch.id)
        .where(MissedSearch.service_id == service_id)
        .order_by(MissedSearch.count.desc(), MissedSearch.last_at.desc(), MissedSearch.id.desc())
        .limit(MISSED_MAX)
        .offset(MISSED_MAX)
    )
    db.session.execute(
        sa.delete(MissedSearch)
        .where(MissedSearch.id.in_(beyond))
        .execution_options(synchronize_session=False)
    )


def answer(document_id: int, *, helped: bool) -> None:
    """Somebody said whether a document helped; inside the caller's write transaction."""
    column = Document.helpful if helped else Document.unhelpful
    db.session.execute(
        sa.update(Document)
        .where(Document.id == document_id)
        .values({column: column + 1})
        .execution_options(synchronize_session=False)
    )


def forget_missed(row: MissedSearch) -> None:
    """Takes a search off the list; inside the caller's write transaction."""
    db.session.execute(sa.delete(MissedSearch).where(MissedSearch.id == row.id))
