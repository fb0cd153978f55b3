"""Figures of tickets as sums over their rows (STA-1); rules/tickets.py says what each counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from occ.core.db import UTCDateTime, db
from occ.organization.models import Service
from occ.statistics.days import Period
from occ.statistics.rules.tickets import Basis, Figure, Side
from occ.telephony.models import Call, Leg
from occ.telephony.rules.calls import Direction, LegKind
from occ.tickets.models import Ticket, TicketEvent
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import CLOSED, Fact, State

Span = tuple[int, datetime, datetime]  # its number, and the instants that it lies between
Found = dict[tuple[int, int], dict[str, Any]]  # facts by a span's number and a key; 0 for none

IS = {
    Figure.RESOLVED: sa.and_(Ticket.state.in_(CLOSED), Ticket.reason.is_(None)),
    Figure.OTHER: sa.and_(Ticket.state.in_(CLOSED), Ticket.reason.is_not(None)),
    Figure.HELD: Ticket.state == State.HOLD,
    Figure.DONE: Ticket.state == State.DONE,
}
PROCESSED = sa.or_(Ticket.state.in_(CLOSED), Ticket.state == State.HOLD)
_ANSWERED = sa.or_(IS[Figure.RESOLVED], IS[Figure.HELD])
HANDED = sa.exists().where(TicketEvent.ticket_id == Ticket.id, TicketEvent.fact == Fact.HANDED)
_TALK = (
    sa.select(sa.func.sum(Leg.talk_ms))
    .where(Leg.call_id == Ticket.call_id, Leg.kind == LegKind.AGENT)
    .correlate(Ticket)
    .scalar_subquery()
)
_NONE: ColumnElement[Any] = sa.literal_column("0")
KEYS: dict[Side, ColumnElement[Any]] = {
    Side.ALL: _NONE,
    Side.INTAKE: sa.func.coalesce(Ticket.intake_id, _NONE),
    Side.RESOLUTION: sa.func.coalesce(Ticket.resolution_id, _NONE),
    Side.AGENT: sa.func.coalesce(Ticket.assignee_id, _NONE),
    Side.GROUP: sa.func.coalesce(Ticket.group_id, _NONE),
}
PROCESSED_AT = sa.func.coalesce(Ticket.resolved_at, Ticket.held_at)


def whole(instant: Any) -> Any:
    """An instant in whole seconds, as `rules.whole_seconds` reads it."""
    if db.session.get_bind().dialect.name == "sqlite":
        return sa.cast(sa.func.strftime("%s", instant), sa.Integer)
    return sa.cast(sa.func.floor(sa.func.extract("epoch", instant)), sa.Integer)


def _lasted(start: Any, end: Any) -> Any:
    length = whole(end) - whole(start)
    return sa.case((length > 0, length), else_=0)


def _sum(value: Any, condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(value).filter(condition), 0)


def _count(condition: Any) -> Any:
    return sa.func.count().filter(condition)


@dataclass(frozen=True)
class Counting:
    """One pass over tickets: by which instant they lie in a span, and what is summed of them."""

    at: Any
    facts: dict[str, Any]


def _received() -> dict[str, Any]:
    inbound, outbound = Call.direction == Direction.INBOUND, Call.direction == Direction.OUTBOUND
    return {
        "received": sa.func.count(),
        "inbound": _count(inbound),
        "outbound": _count(outbound),
        "inbound_ms": _sum(_TALK, inbound),
        "outbound_ms": _sum(_TALK, outbound),
    }


def _processed() -> dict[str, Any]:
    took = _lasted(Ticket.created_at, PROCESSED_AT)
    return {
        **{name.value: _count(IS[name]) for name in (Figure.RESOLVED, Figure.HELD, Figure.OTHER)},
        "seconds": _sum(took, PROCESSED),
        "answered_seconds": _sum(took, _ANSWERED),
    }


def _done() -> dict[str, Any]:
    return {
        "done": _count(IS[Figure.DONE]),
        "done_seconds": _sum(_lasted(Ticket.created_at, Ticket.done_at), IS[Figure.DONE]),
    }


def countings(side: Side, basis: Basis) -> Iterator[Counting]:
    """What has to be read: by the date of receipt all at once, by the processed date each figure
    by its own instant.
    """
    if basis is Basis.RECEIVED:
        handed = (
            {"open": _count(~PROCESSED), "handed": _count(HANDED)}
            if side in (Side.AGENT, Side.GROUP)
            else {}
        )
        yield Counting(Ticket.created_at, {**_received(), **_processed(), **_done(), **handed})
        return
    yield Counting(Ticket.created_at, _received())
    yield Counting(Ticket.resolved_at, _processed())
    yield Counting(Ticket.held_at, _processed())
    yield Counting(Ticket.done_at, _done())


def counted(service_id: int, spans: Sequence[Span], side: Side, basis: Basis) -> Found:
    """Facts of each span and key, from the rows of tickets themselves."""
    found: Found = {}
    if not spans:
        return found
    part = (
        sa.values(
            sa.column("number", sa.Integer),
            sa.column("start", UTCDateTime()),
            sa.column("until", UTCDateTime()),
            name="part",
        )
        .data(list(spans))
        .cte("part")
    )
    for one in countings(side, basis):
        within = sa.and_(
            Ticket.service_id == service_id, one.at >= part.c.start, one.at < part.c.until
        )
        query = (
            sa.select(part.c.number, KEYS[side], *one.facts.values())
            .select_from(part)
            .join(Ticket, within)
            .outerjoin(Call, Call.id == Ticket.call_id)
            .where(*COUNTED_TICKETS)
            .group_by(part.c.number, *([] if side is Side.ALL else [KEYS[side]]))
        )
        for number, key, *values in db.session.execute(query):
            facts = found.setdefault((number, key), {})
            for name, value in zip(one.facts, values, strict=True):
                facts[name] = facts.get(name, 0) + int(value)
    return found


def bands(
    service_id: int, start: datetime, until: datetime, side: Side, size: int, end: int
) -> dict[int, dict[int, int]]:
    """By key how many tickets received between two instants were resolved or put on hold within n
    units of `size` seconds, by n; `end` + 1 for later (`rules.tickets.band`).
    """
    took = _lasted(Ticket.created_at, PROCESSED_AT)
    units = (took + (size - 1)) / sa.literal_column(f"{size}")
    units = sa.cast(units, sa.Integer)
    number = sa.case(
        (took <= size, sa.literal_column("1")),
        (took > size * end, sa.literal_column(f"{end + 1}")),
        else_=units,
    ).label("number")
    key = KEYS[side].label("key")
    inner = (
        sa.select(key, number)
        .where(
            Ticket.service_id == service_id,
            Ticket.created_at >= start,
            Ticket.created_at < until,
            _ANSWERED,
            *COUNTED_TICKETS,
        )
        .subquery()
    )
    query = sa.select(inner.c.key, inner.c.number, sa.func.count()).group_by(
        inner.c.key, inner.c.number
    )
    found: dict[int, dict[int, int]] = {}
    for of, n, count in db.session.execute(query):
        found.setdefault(of, {})[n] = count
    return found


def facts(service: Service, period: Period, side: Side, basis: Basis) -> Found:
    """Facts of a period by key: of each of its parts where all tickets are one key, else of the
    whole period as part 0.
    """
    if side is Side.ALL:
        spans = [(n, one.start, one.end) for n, one in enumerate(period.buckets())]
    else:
        spans = [(0, period.start, period.end)]
    return counted(service.id, spans, side, basis)
