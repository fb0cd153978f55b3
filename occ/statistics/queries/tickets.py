"""Figures of tickets as sums over their rows (STA-1); rules/tickets.py says what each counts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from occ.core.clock import day_start as start_of
from occ.core.db import UTCDateTime, db
from occ.organization.models import Service
from occ.statistics.days import DAY, Bucket, Period
from occ.statistics.models import FigureDay, TicketDay
from occ.statistics.rules.tickets import EVERY_CHANNEL, HERE, Basis, Figure, Side
from occ.telephony.models import Call, Leg
from occ.telephony.rules.calls import Direction, LegKind
from occ.tickets.models import Ticket, TicketEvent
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import CLOSED, Channel, Fact, State

Span = tuple[int, datetime, datetime]  # its number, and the instants that it lies between
Found = dict[tuple[int, int], dict[str, Any]]  # facts by a span's number and a key; 0 for none
Part = tuple[tuple[Any, ...], dict[str, Any]]  # facts, and what they are of

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
SUMS = (
    "received",
    "resolved",
    "held",
    "other",
    "open",
    "handed",
    "inbound",
    "outbound",
    "done",
    "inbound_ms",
    "outbound_ms",
    "seconds",
    "answered_seconds",
    "done_seconds",
)
PROCESSED_AT = sa.func.coalesce(Ticket.resolved_at, Ticket.held_at)


def _is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"


def whole(instant: Any) -> Any:
    """An instant in whole seconds, as `rules.whole_seconds` reads it."""
    if _is_sqlite():
        return sa.cast(sa.func.strftime("%s", instant), sa.Integer)
    return sa.cast(sa.func.floor(sa.func.extract("epoch", instant)), sa.Integer)


def _lasted(start: Any, end: Any) -> Any:
    most = sa.func.max if _is_sqlite() else sa.func.greatest
    return most(whole(end) - whole(start), 0, type_=sa.Integer)


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


def of_channels(column: Any, channels: frozenset[Channel]) -> list[Any]:
    """The condition that only these channels meet; none where all are meant."""
    if channels == EVERY_CHANNEL:
        return []
    return [column.in_(sorted(channels, key=lambda one: one.value))]


def _parts(
    service_id: int,
    spans: Sequence[Span],
    side: Side,
    basis: Basis,
    channels: frozenset[Channel],
    *also: Any,
) -> Iterator[Part]:
    """Facts from the rows of tickets themselves: of a span's number, a key, and what `also` tells
    apart.
    """
    if not spans:
        return
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
    width = 2 + len(also)
    for one in countings(side, basis):
        within = sa.and_(
            Ticket.service_id == service_id, one.at >= part.c.start, one.at < part.c.until
        )
        query = (
            sa.select(part.c.number, KEYS[side], *also, *one.facts.values())
            .select_from(part)
            .join(Ticket, within)
            .outerjoin(Call, Call.id == Ticket.call_id)
            .where(*COUNTED_TICKETS, *of_channels(Ticket.channel, channels))
            .group_by(part.c.number, *([] if side is Side.ALL else [KEYS[side]]), *also)
        )
        for row in db.session.execute(query):
            yield tuple(row[:width]), dict(zip(one.facts, row[width:], strict=True))


def _sums(parts: Iterable[Part]) -> dict[Any, dict[str, Any]]:
    """The facts of what is the same together."""
    found: dict[Any, dict[str, Any]] = {}
    for where, more in parts:
        facts = found.setdefault(where, {})
        for name, value in more.items():
            facts[name] = facts.get(name, 0) + int(value)
    return found


def counted(
    service_id: int,
    spans: Sequence[Span],
    side: Side,
    basis: Basis,
    channels: frozenset[Channel] = HERE,
) -> Found:
    """Facts of each span and key, from the rows of tickets themselves."""
    return _sums(_parts(service_id, spans, side, basis, channels))


def counted_by_channel(
    service_id: int, span: Span, side: Side, basis: Basis
) -> dict[tuple[int, int, Channel], dict[str, Any]]:
    """The same of one span, each channel by itself."""
    return _sums(_parts(service_id, [span], side, basis, EVERY_CHANNEL, Ticket.channel))


def bands(
    service_id: int,
    start: datetime,
    until: datetime,
    side: Side,
    size: int,
    end: int,
    channels: frozenset[Channel] = HERE,
) -> dict[int, dict[int, int]]:
    """By key how many tickets received between two instants were resolved or put on hold within n
    units of `size` seconds, by n; `end` + 1 for later (`rules.tickets.band`).
    """
    took = (
        sa.select(
            KEYS[side].label("key"), _lasted(Ticket.created_at, PROCESSED_AT).label("seconds")
        )
        .where(
            Ticket.service_id == service_id,
            Ticket.created_at >= start,
            Ticket.created_at < until,
            _ANSWERED,
            *COUNTED_TICKETS,
            *of_channels(Ticket.channel, channels),
        )
        .cte("took")
        .prefix_with("MATERIALIZED")  # else each use of it parses two instants again
    )
    number = sa.case(
        (took.c.seconds <= size, sa.literal_column("1")),
        (took.c.seconds > size * end, sa.literal_column(f"{end + 1}")),
        else_=(took.c.seconds + (size - 1)) // size,
    )
    one = sa.select(took.c.key, number.label("number")).subquery()
    query = sa.select(one.c.key, one.c.number, sa.func.count()).group_by(one.c.key, one.c.number)
    found: dict[int, dict[int, int]] = {}
    for of, n, count in db.session.execute(query):
        found.setdefault(of, {})[n] = count
    return found


def facts(
    service: Service,
    period: Period,
    side: Side,
    basis: Basis,
    channels: frozenset[Channel] = HERE,
) -> Found:
    """Facts of a period by key: of each of its parts where all tickets are one key, else of the
    whole period as part 0.

    What daily sums hold is taken from them, the other days from the tickets themselves.
    """
    if side is Side.ALL:
        parts = period.buckets()
    else:
        parts = [Bucket(period.start, period.end, period.since, period.until)]
    if parts[0].hour is not None:
        spans = [(n, one.start, one.end) for n, one in enumerate(parts)]
        return counted(service.id, spans, side, basis, channels)
    held = days_that_hold(service.id, period.since, period.until)
    rest = list(_rest(parts, held, period))
    return _sums(
        [
            *_summed(service.id, parts, held, side, basis, channels),
            *counted(service.id, rest, side, basis, channels).items(),
        ]
    )


def days_that_hold(service_id: int, since: date, until: date) -> set[date]:
    """Days whose sums are made and still say what the tickets say."""
    days = sa.select(FigureDay.day).where(
        FigureDay.service_id == service_id, FigureDay.day.between(since, until), FigureDay.holds
    )
    return set(db.session.scalars(days))


def _rest(parts: Sequence[Bucket], held: set[date], period: Period) -> Iterator[Span]:
    """The days of each part that have to be counted, those beside each other as one span."""
    for number, part in enumerate(parts):
        first: date | None = None
        day = part.first
        while day <= part.last:
            if day in held:
                if first is not None:
                    yield number, start_of(first, period.zone), start_of(day, period.zone)
                first = None
            elif first is None:
                first = day
            day += DAY
        if first is not None:
            yield number, start_of(first, period.zone), part.end


def _summed(
    service_id: int,
    parts: Sequence[Bucket],
    held: set[date],
    side: Side,
    basis: Basis,
    channels: frozenset[Channel],
) -> Iterator[Part]:
    """What daily sums say of the days that hold."""
    if not held:
        return
    number_of = {
        part.first + timedelta(days=n): number
        for number, part in enumerate(parts)
        for n in range((part.last - part.first).days + 1)
    }
    by_day = side is Side.ALL
    day = TicketDay.day if by_day else sa.literal_column("0")
    sums = [sa.func.sum(getattr(TicketDay, name)) for name in SUMS]
    query = sa.select(day, TicketDay.key, *sums).where(
        TicketDay.service_id == service_id,
        TicketDay.side == side,
        TicketDay.basis == basis,
        TicketDay.day.in_(sorted(held)),
        *of_channels(TicketDay.channel, channels),
    )
    query = query.group_by(*([day] if by_day else []), TicketDay.key)
    for at, key, *values in db.session.execute(query):
        yield (number_of[at] if by_day else 0, key), dict(zip(SUMS, values, strict=True))
