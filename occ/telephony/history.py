"""Histories of calls and of talks with customers (STA-3)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.telephony.models import Call, Leg, QueueEntry, Recording
from occ.telephony.rules.calls import (
    CallOutcome,
    Counted,
    Direction,
    LegKind,
    LegOutcome,
    QueueOutcome,
)


@dataclass(frozen=True)
class Filters:
    """What a history is searched by. `whole` are whole numbers, for lists show them masked; of
    talks `recorded` are those that can be heard, `disposition_id` 0 is none; of calls `counted` are
    those in a figure, by the seconds of `level` and `early` (CTI-1).
    """

    service_id: int
    since: datetime | None = None
    until: datetime | None = None
    direction: Direction | None = None
    queue_id: int | None = None
    member_id: int | None = None
    outcome: CallOutcome | None = None
    disposition_id: int | None = None
    recorded: bool = False
    whole: tuple[str, ...] = ()
    counted: Counted | None = None
    level: int = 0
    early: int = 0


_BEGUN = (Call.started_at, Call.id)
_TALKED = (Leg.started_at, Leg.id)
# written out, or the index of talks does not count
_AGENT = sa.literal(LegKind.AGENT, Leg.kind.type, literal_execute=True)
_SOUND = sa.exists().where(
    Recording.call_id == Leg.call_id,
    Recording.member_id == Leg.member_id,
    Recording.file.is_not(None),
)


_IN, _OUT = Call.direction == Direction.INBOUND, Call.direction == Direction.OUTBOUND
_OVER, _SILENT = Call.outcome.is_not(None), Call.answered_at.is_(None)
_OF_CALLS = {
    Counted.OFFERED: (_IN,),
    Counted.IN_MENU: (_IN, _OVER, Call.queue_id.is_(None)),
    Counted.TRIED: (_OUT,),
    Counted.REACHED: (_OUT, ~_SILENT),
    Counted.NOT_REACHED: (_OUT, _OVER, _SILENT),
}
_ENDED = {
    Counted.ANSWERED: QueueOutcome.ANSWERED,
    Counted.WITHIN: QueueOutcome.ANSWERED,
    Counted.ABANDONED: QueueOutcome.ABANDONED,
    Counted.EARLY: QueueOutcome.ABANDONED,
    Counted.CALLBACKS: QueueOutcome.CALLBACK,
    Counted.TURNED_AWAY: QueueOutcome.INTERRUPTED,
    Counted.LOST: QueueOutcome.INTERRUPTED,
}
_CLOSED = sa.func.coalesce(Call.outcome, Call.closing)
_RANG = (Leg.kind == LegKind.AGENT, Leg.direction == Direction.INBOUND)
_DIALED = (Leg.kind == LegKind.AGENT, Leg.direction == Direction.OUTBOUND)
_ASKED = (Leg.kind == LegKind.CONSULT,)
_CONNECTED = (*_ASKED, Leg.outcome == LegOutcome.CONNECTED)
_INSIDE, _UNANSWERED = Leg.member_id.is_not(None), Leg.answered_at.is_(None)
# of figures of agents: whose part it is, and which ones count
_PARTS: dict[Counted, tuple[Any, Sequence[Any]]] = {
    Counted.PASSED: (Leg.member_id, (*_CONNECTED, _INSIDE, Call.queue_id.is_not(None))),
    Counted.RUNG: (Leg.member_id, _RANG),
    Counted.MISSED: (
        Leg.member_id,
        (*_RANG, _UNANSWERED, Leg.outcome.in_((LegOutcome.MISSED, LegOutcome.CALLER_LEFT))),
    ),
    Counted.NOT_TAKEN: (
        Leg.member_id,
        (*_RANG, _UNANSWERED, Leg.outcome == LegOutcome.UNREACHABLE),
    ),
    Counted.LOST_RINGING: (
        Leg.member_id,
        (*_RANG, _UNANSWERED, Leg.outcome == LegOutcome.INTERRUPTED),
    ),
    Counted.DIALED: (Leg.member_id, _DIALED),
    Counted.NOT_THERE: (Leg.member_id, (*_DIALED, _UNANSWERED, Leg.outcome.is_not(None))),
    Counted.WAS_ASKED: (Leg.member_id, (*_ASKED, _INSIDE)),
    Counted.ASKED_INSIDE: (Leg.asked_by, (*_ASKED, _INSIDE, Leg.asked_by.is_not(None))),
    Counted.ASKED_OUTSIDE: (Leg.asked_by, (*_ASKED, ~_INSIDE, Leg.asked_by.is_not(None))),
    Counted.TAKEN_OVER: (Leg.member_id, (*_CONNECTED, _INSIDE)),
    Counted.PASSED_ON: (
        Leg.member_id,
        (Leg.kind == LegKind.AGENT, Leg.outcome == LegOutcome.TRANSFERRED),
    ),
    Counted.PASSED_OUTSIDE: (Leg.asked_by, (*_CONNECTED, ~_INSIDE, Leg.asked_by.is_not(None))),
}
EARLIER = timedelta(days=1)  # a call is in the voice menu before it waits, but not for longer


def _waited(filters: Filters) -> sa.ColumnElement[bool]:
    """Whether a call has a wait that the figure counts within the period and the queue."""
    wait = [QueueEntry.call_id == Call.id]
    if filters.since is not None:
        wait.append(QueueEntry.entered_at >= filters.since)
    if filters.until is not None:
        wait.append(QueueEntry.entered_at < filters.until)
    if filters.queue_id is not None:
        wait.append(QueueEntry.queue_id == filters.queue_id)
    match filters.counted:
        case Counted.NOT_ANSWERED:
            wait.append(QueueEntry.outcome != QueueOutcome.ANSWERED)
        case Counted.WITHIN:
            wait.append(QueueEntry.waited_ms <= filters.level * 1000)
        case Counted.EARLY:
            wait.append(QueueEntry.waited_ms < filters.early * 1000)
        case Counted.TURNED_AWAY:
            wait.append(_CLOSED == CallOutcome.SUSPENDED)
        case Counted.LOST:
            wait.append(_CLOSED.is_distinct_from(CallOutcome.SUSPENDED))
    if filters.counted in _ENDED:
        wait.append(QueueEntry.outcome == _ENDED[filters.counted])
    return sa.exists().where(*wait)


def _took_part(filters: Filters, counted: Counted) -> sa.ColumnElement[bool]:
    """Whether a call has a part that the figure of agents counts within the period."""
    who, conditions = _PARTS[counted]
    part = [Leg.call_id == Call.id, *conditions]
    if filters.since is not None:
        part.append(Leg.started_at >= filters.since)
    if filters.until is not None:
        part.append(Leg.started_at < filters.until)
    if filters.member_id is not None:
        part.append(who == filters.member_id)
    return sa.exists().where(*part)


def _calls(filters: Filters) -> sa.Select[Any]:
    query = sa.select(Call).where(Call.service_id == filters.service_id)
    if filters.counted in _OF_CALLS:
        query = query.where(*_OF_CALLS[filters.counted])
    elif filters.counted is not None:
        since = filters.since - EARLIER if filters.since else None
        if filters.counted in _PARTS:
            query = query.where(_took_part(filters, filters.counted))
            filters = replace(filters, since=since, member_id=None)
        else:
            query = query.where(_waited(filters))
            filters = replace(filters, since=since, queue_id=None)
    if filters.member_id is not None:
        took = sa.exists().where(Leg.call_id == Call.id, Leg.member_id == filters.member_id)
        query = query.where(took)
    return _within(query, Call.started_at, filters).where(
        *_equal((Call.outcome, filters.outcome), (Call.direction, filters.direction))
    )


def _within(query: sa.Select[Any], at: Any, filters: Filters) -> sa.Select[Any]:
    """Of a query that knows calls: its period, queue and numbers."""
    if filters.since is not None:
        query = query.where(at >= filters.since)
    if filters.until is not None:
        query = query.where(at < filters.until)
    if filters.queue_id is not None:
        query = query.where(Call.queue_id == filters.queue_id)
    if filters.whole:
        query = query.where(Call.customer_number.in_(filters.whole))
    return query


def _equal(*wanted: tuple[Any, Any]) -> list[Any]:
    return [column == value for column, value in wanted if value is not None]


def _talks(filters: Filters) -> sa.Select[Any]:
    query = (
        sa.select(Leg)
        .join(Call, Call.id == Leg.call_id)
        .where(
            Leg.service_id == filters.service_id,
            Leg.kind == _AGENT,
            Leg.answered_at.is_not(None),
        )
    )
    if filters.disposition_id == 0:
        query = query.where(Leg.disposition_id.is_(None))
    elif filters.disposition_id is not None:
        query = query.where(Leg.disposition_id == filters.disposition_id)
    if filters.recorded:
        query = query.where(_SOUND)
    return _within(query, Leg.started_at, filters).where(
        *_equal((Leg.member_id, filters.member_id), (Leg.direction, filters.direction))
    )


def _plain(filters: Filters) -> Filters:
    """As much of the filters as an index answers."""
    since = filters.since
    if since is not None and filters.counted is not None:
        since -= EARLIER
    return Filters(filters.service_id, since=since, until=filters.until)


def calls(filters: Filters, *, after: str = "", before: str = "", size: int = 20) -> paging.Page:
    """Calls that match, newest first."""
    within = None
    if filters != _plain(filters):
        within = paging.look(
            _calls(_plain(filters)), keys=_BEGUN, descending=True, after=after, before=before
        )
    return paging.page(
        _calls(filters),
        keys=_BEGUN,
        descending=True,
        after=after,
        before=before,
        size=size,
        within=within,
    )


def talks(filters: Filters, *, after: str = "", before: str = "", size: int = 20) -> paging.Page:
    """Agents' talks with customers that match, newest first: the legs."""
    within = None
    if filters != _plain(filters):
        plain = _talks(_plain(filters))
        within = paging.look(plain, keys=_TALKED, descending=True, after=after, before=before)
    return paging.page(
        _talks(filters),
        keys=_TALKED,
        descending=True,
        after=after,
        before=before,
        size=size,
        within=within,
    )


def count(filters: Filters, *, of_talks: bool) -> int:
    """How many match."""
    found = _talks(filters) if of_talks else _calls(filters)
    rows = found.with_only_columns(sa.literal_column("1")).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def batches(filters: Filters, *, of_talks: bool, size: int = 500) -> Iterator[Sequence[Any]]:
    """All calls, or talks, that match, newest first, in short reads."""
    keys = _TALKED if of_talks else _BEGUN
    found = _talks(filters) if of_talks else _calls(filters)
    after: tuple[datetime, int] | None = None
    while True:
        query = found.order_by(*(key.desc() for key in keys)).limit(size)
        if after is not None:
            query = query.where(sa.tuple_(*keys) < after)
        rows = db.session.scalars(query).all()
        if not rows:
            return
        after = (rows[-1].started_at, rows[-1].id)
        yield rows
        db.session.rollback()


def chosen(service_id: int, idents: Collection[int]) -> Sequence[Leg]:
    """Those of the talks that are this service's, newest first."""
    found = _talks(Filters(service_id)).where(Leg.id.in_(idents))
    return db.session.scalars(found.order_by(Leg.started_at.desc(), Leg.id.desc())).all()


def calls_of(legs: Sequence[Leg]) -> dict[int, Call]:
    """The calls of talks, by number."""
    found = sa.select(Call).where(Call.id.in_({leg.call_id for leg in legs}))
    return {call.id: call for call in db.session.scalars(found)}


def talk_times(idents: Collection[int]) -> dict[int, int]:
    """How long agents talked in each call, in milliseconds."""
    found = (
        sa.select(Leg.call_id, sa.func.sum(Leg.talk_ms))
        .where(Leg.call_id.in_(idents), Leg.kind == LegKind.AGENT)
        .group_by(Leg.call_id)
    )
    return {call: int(ms or 0) for call, ms in db.session.execute(found)}


def entries(call_id: int) -> Sequence[QueueEntry]:
    """A call's waits in queues, in their order."""
    found = sa.select(QueueEntry).where(QueueEntry.call_id == call_id)
    return db.session.scalars(found.order_by(QueueEntry.id)).all()


def recordings(legs: Sequence[Leg]) -> dict[int, list[Recording]]:
    """What was recorded of talks and is kept, by leg, in its order: the stretches between holds
    that began within the talk.
    """
    rows = db.session.scalars(
        sa.select(Recording)
        .where(Recording.call_id.in_({leg.call_id for leg in legs}), Recording.file.is_not(None))
        .order_by(Recording.id)
    ).all()
    return {leg.id: [row for row in rows if _is_of(row, leg)] for leg in legs}


def _is_of(row: Recording, leg: Leg) -> bool:
    return (
        (row.call_id, row.member_id) == (leg.call_id, leg.member_id)
        and leg.answered_at is not None
        and row.started_at >= leg.answered_at
        and (leg.ended_at is None or row.started_at <= leg.ended_at)
    )


def recording(service_id: int, ident: int) -> Recording | None:
    """A recording of this service's calls that is kept; another one is not found."""
    return db.session.scalar(
        sa.select(Recording)
        .join(Call, Call.id == Recording.call_id)
        .where(Recording.id == ident, Call.service_id == service_id, Recording.file.is_not(None))
    )
