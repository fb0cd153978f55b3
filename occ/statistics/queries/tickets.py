"""Figures of tickets as sums over their rows (STA-1); rules/tickets.py says what each counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from occ.core.clock import day_start as start_of
from occ.core.clock import local_day
from occ.core.db import UTCDateTime, db
from occ.organization.models import Service
from occ.statistics.days import DAY, Bucket, Period, Unit, last_summed
from occ.statistics.models import FigureDay, TicketDay
from occ.statistics.rules.tables import LIVE_ROWS, Progress
from occ.statistics.rules.tickets import EVERY_CHANNEL, HERE, Basis, Figure, Side
from occ.telephony.models import Call, Leg
from occ.telephony.rules.calls import Direction, LegKind
from occ.tickets.models import Ticket, TicketEvent
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import CLOSED, Channel, Fact, State

Span = tuple[int, datetime, datetime]  # its number, and the instants that it lies between
Found = dict[tuple[int, int], dict[str, Any]]  # facts by a span's number and a key; 0 for none

IS = {
    Figure.RESOLVED: sa.and_(Ticket.state.in_(CLOSED), Ticket.reason.is_(None)),
    Figure.OTHER: sa.and_(Ticket.state.in_(CLOSED), Ticket.reason.is_not(None)),
    Figure.HELD: Ticket.state == State.HOLD,
    Figure.DONE: Ticket.state == State.DONE,
}
PROCESSED = sa.or_(Ticket.state.in_(CLOSED), Ticket.state == State.HOLD)
ANSWERED = sa.or_(IS[Figure.RESOLVED], IS[Figure.HELD])
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


def lasted(start: Any, end: Any) -> Any:
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
    took = lasted(Ticket.created_at, PROCESSED_AT)
    return {
        **{name.value: _count(IS[name]) for name in (Figure.RESOLVED, Figure.HELD, Figure.OTHER)},
        "seconds": _sum(took, PROCESSED),
        "answered_seconds": _sum(took, ANSWERED),
    }


def _done() -> dict[str, Any]:
    return {
        "done": _count(IS[Figure.DONE]),
        "done_seconds": _sum(lasted(Ticket.created_at, Ticket.done_at), IS[Figure.DONE]),
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


def spanned(spans: Sequence[Span]) -> sa.CTE:
    """Spans as rows: number, start, until. A single one, as each day of the sums is, makes a
    statement that SQLAlchemy keeps compiled, which it does with no VALUES.
    """
    kinds: dict[str, Any] = {"number": sa.Integer(), "start": UTCDateTime(), "until": UTCDateTime()}
    if len(spans) > 1:
        columns = (sa.column(name, kind) for name, kind in kinds.items())
        return sa.values(*columns, name="part").data(list(spans)).cte("part")
    named = zip(kinds.items(), spans[0], strict=True)
    one = (sa.literal(value, kind).label(name) for (name, kind), value in named)
    return sa.select(*one).cte("part")


def within(service_id: int, at: Any, part: sa.CTE) -> ColumnElement[bool]:
    """Whether a ticket of a service lies in a span by an instant of its."""
    return sa.and_(Ticket.service_id == service_id, at >= part.c.start, at < part.c.until)


def counted(
    service_id: int,
    spans: Sequence[Span],
    side: Side,
    basis: Basis,
    channels: frozenset[Channel] = HERE,
) -> Found:
    """Facts of each span and key, from the rows of tickets themselves."""
    found: Found = {}
    if not spans:
        return found
    part = spanned(spans)
    for one in countings(side, basis):
        query = (
            sa.select(part.c.number, KEYS[side], *one.facts.values())
            .select_from(part)
            .join(Ticket, within(service_id, one.at, part))
            .outerjoin(Call, Call.id == Ticket.call_id)
            .where(*COUNTED_TICKETS, *of_channels(Ticket.channel, channels))
            .group_by(part.c.number, *([] if side is Side.ALL else [KEYS[side]]))
        )
        for number, key, *values in db.session.execute(query):
            facts = found.setdefault((number, key), {})
            for name, value in zip(one.facts, values, strict=True):
                facts[name] = facts.get(name, 0) + int(value)
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
    found = _summed(service.id, parts, held, side, basis, channels)
    left = list(rest(parts, held, period))
    for where, more in counted(service.id, left, side, basis, channels).items():
        facts = found.setdefault(where, {})
        for name, value in more.items():
            facts[name] = facts.get(name, 0) + value
    return found


def days_that_hold(service_id: int, since: date, until: date) -> set[date]:
    """Days whose sums are made and still say what the tickets say."""
    days = sa.select(FigureDay.day).where(
        FigureDay.service_id == service_id, FigureDay.day.between(since, until), FigureDay.holds
    )
    return set(db.session.scalars(days))


def rest(parts: Sequence[Bucket], held: set[date], period: Period) -> Iterator[Span]:
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


def progress(service: Service, period: Period) -> Progress:
    """How far the sums of a period are that its figures are taken from."""
    last = min(period.until, last_summed(period.zone))
    if period.unit is Unit.HOUR or last < period.since:
        return Progress()
    held = days_that_hold(service.id, period.since, last)
    if len(held) == (last - period.since).days + 1:
        return Progress(len(held), len(held))
    began = db.session.scalar(
        sa.select(sa.func.min(Ticket.created_at)).where(Ticket.service_id == service.id)
    )
    first = max(period.since, local_day(began, period.zone)) if began else last + DAY
    if first > last:
        return Progress()
    past = Period(first, last, period.zone)
    spans = list(rest([Bucket(past.start, past.end, first, last)], held, past))
    if not spans:
        return Progress(past.days, past.days)
    part = spanned(spans)
    here = within(service.id, Ticket.created_at, part)
    left = sa.select(part.c.number).join(Ticket, here).limit(LIVE_ROWS + 1).subquery()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(left)) or 0
    return Progress(past.days, sum(day >= first for day in held), count)


def _summed(
    service_id: int,
    parts: Sequence[Bucket],
    held: set[date],
    side: Side,
    basis: Basis,
    channels: frozenset[Channel],
) -> Found:
    """What daily sums say of the days that hold."""
    found: Found = {}
    if not held:
        return found
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
        facts = found.setdefault((number_of[at] if by_day else 0, key), {})
        for name, value in zip(SUMS, values, strict=True):
            facts[name] = facts.get(name, 0) + int(value)
    return found
