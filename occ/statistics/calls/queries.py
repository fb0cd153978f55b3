"""Counts the facts of calls in cells, by units of time; days long past come from their summaries
(STA-2).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import UTCDateTime, db
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.statistics.calls import rules
from occ.statistics.calls.models import SummedCell, SummedDay
from occ.statistics.calls.rules import Cell, Kind
from occ.statistics.days import DAY, Bucket, Period, Unit, last_summed
from occ.statistics.rules.tables import LIVE_ROWS, Progress
from occ.telephony import queries as telephony
from occ.telephony.models import AgentInterval, Call, CtiSession, Leg, QueueEntry
from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    QueueOutcome,
    lasted,
)

FAR = timedelta(hours=26)  # beyond what any two zones stand apart


@dataclass(frozen=True)
class Bounds:
    """The settings that figures are counted by (CTI-1), in seconds."""

    level: int
    early: int


def bounds() -> Bounds:
    """As they are now; of an organization without telephony those that it would begin with."""
    found = telephony.settings()
    return Bounds(found.service_level_seconds, found.accepted_abandon_seconds) if found else _NONE


_NONE = Bounds(20, 10)
OF_DAYS = frozenset(Kind) - {Kind.STATE}


def cells(service: Service, units: Sequence[Bucket], kinds: Collection[Kind]) -> list[Cell]:
    """What the facts say of the units, by the settings of now; `Cell.unit` is the place in `units`.

    Whole days come from summaries where these stand, all else is counted.
    """
    found: list[Cell] = []
    limits = bounds()
    stored = _stored(service, units, limits)
    pieces = list(_pieces(units, stored, wanted=True))
    if pieces:
        found += _summed(service, pieces, kinds)
    pieces = list(_pieces(units, stored, wanted=False))
    if pieces:
        found += counted(service, pieces, kinds, limits)
    return rules.merged(found)


def progress(service: Service, period: Period) -> Progress:
    """How far the summaries of a period are that its figures are taken from."""
    last = min(period.until, last_summed(period.zone))
    began = db.session.scalar(sa.select(sa.func.min(Call.day)).where(Call.service_id == service.id))
    first = max(period.since, began) if began else last + DAY
    if period.unit is Unit.HOUR or first > last:
        return Progress()
    past = Period(first, last, period.zone)
    whole = Bucket(past.start, past.end, first, last)
    stored = _stored(service, [whole], bounds())
    pieces = list(_pieces([whole], stored, wanted=False))
    if not pieces:
        return Progress(past.days, len(stored))
    piece = _table(pieces, service.time_zone)
    here = sa.and_(Call.service_id == service.id, Call.day.between(piece.c.first, piece.c.last))
    left = sa.select(piece.c.unit).join(Call, here).limit(LIVE_ROWS + 1).subquery()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(left)) or 0
    return Progress(past.days, len(stored), count)


Piece = tuple[int, Bucket]


def _stored(service: Service, units: Sequence[Bucket], limits: Bounds) -> frozenset[date]:
    """The days within units of whole days whose summaries are in force."""
    days = [unit for unit in units if unit.hour is None]
    if not days:
        return frozenset()
    found = sa.select(SummedDay.day).where(
        SummedDay.service_id == service.id,
        SummedDay.day.between(min(u.first for u in days), max(u.last for u in days)),
        SummedDay.level_seconds == limits.level,
        SummedDay.early_seconds == limits.early,
        SummedDay.zone == service.time_zone,
    )
    return frozenset(db.session.scalars(found))


def _pieces(units: Sequence[Bucket], stored: frozenset[date], *, wanted: bool) -> Iterator[Piece]:
    """Runs of days of the units that are stored, or that are not."""
    for place, unit in enumerate(units):
        if unit.hour is not None or not stored:
            if not wanted:
                yield place, unit
            continue
        run: list[date] = []
        for n in range((unit.last - unit.first).days + 1):
            day = unit.first + timedelta(days=n)
            if (day in stored) is wanted:
                run.append(day)
            elif run:
                yield place, replace(unit, first=run[0], last=run[-1])
                run = []
        if run:
            yield place, replace(unit, first=run[0], last=run[-1])


def _table(pieces: Sequence[Piece], zone: str) -> sa.CTE:
    """The pieces as rows: place, first and last day, and of hours the instants of their edges."""
    edges = [(place, u.first, u.last, *_edges(u, zone)) for place, u in pieces]
    return (
        sa.values(
            sa.column("unit", sa.Integer),
            sa.column("first", sa.Date),
            sa.column("last", sa.Date),
            sa.column("begun", UTCDateTime()),
            sa.column("ended", UTCDateTime()),
            name="pieces",
        )
        .data(edges)
        .cte()
    )


def _edges(unit: Bucket, zone: str) -> tuple[datetime, datetime]:
    """The instants of an hour. Facts keep the day of the zone that the service had then: what such
    a day holds beyond its hours belongs to its first or its last one.
    """
    begins = unit.start == clock.day_start(unit.first, zone)
    ends = unit.end == clock.day_start(unit.last + timedelta(days=1), zone)
    return unit.start - (FAR if begins else timedelta()), unit.end + (FAR if ends else timedelta())


def _summed(service: Service, pieces: Sequence[Piece], kinds: Collection[Kind]) -> Iterable[Cell]:
    """Cells of stored days."""
    if all(unit.first == unit.last for _place, unit in pieces):
        yield from _summed_days(service, {unit.first: place for place, unit in pieces}, kinds)
        return
    piece = _table(pieces, service.time_zone)
    sums = (
        sa.func.sum(SummedCell.count),
        sa.func.sum(SummedCell.ms),
        sa.func.max(SummedCell.longest),
        sa.func.sum(SummedCell.within),
        sa.func.sum(SummedCell.early),
    )
    key = (piece.c.unit, SummedCell.kind, SummedCell.subject, SummedCell.code)
    found = (
        sa.select(*key, *sums)
        .select_from(piece)
        .join(
            SummedCell,
            sa.and_(
                SummedCell.service_id == service.id,
                SummedCell.kind.in_(kinds),
                SummedCell.day.between(piece.c.first, piece.c.last),
            ),
        )
        .where(*_left(service))
        .group_by(*key)
    )
    for unit, kind, subject, code, *amounts in db.session.execute(found):
        yield Cell(unit, kind, subject, code, *map(int, amounts))


def _summed_days(
    service: Service, places: Mapping[date, int], kinds: Collection[Kind]
) -> Iterable[Cell]:
    """Cells of stored days that are units of their own, which need not be added up; a table of as
    many pieces is compiled anew each time.
    """
    found = sa.select(
        SummedCell.day,
        SummedCell.kind,
        SummedCell.subject,
        SummedCell.code,
        SummedCell.count,
        SummedCell.ms,
        SummedCell.longest,
        SummedCell.within,
        SummedCell.early,
    ).where(
        SummedCell.service_id == service.id,
        SummedCell.kind.in_(kinds),
        SummedCell.day.in_(sorted(places)),
        *_left(service),
    )
    for day, kind, subject, code, *amounts in db.session.execute(found):
        yield Cell(places[day], kind, subject, code, *amounts)


def _left(service: Service) -> list[sa.ColumnElement[bool]]:
    """Times of members count to the end of the day on which they left the service."""
    people = sa.select(Agent.member_id, Agent.removed_at)
    gone = db.session.execute(
        people.where(Agent.service_id == service.id, Agent.removed_at.is_not(None))
    )
    return [
        sa.or_(
            SummedCell.kind != Kind.STATE,
            SummedCell.subject != member,
            SummedCell.day <= clock.local_day(left, service.time_zone),
        )
        for member, left in gone
        if left is not None
    ]


def counted(
    service: Service, pieces: Sequence[Piece], kinds: Collection[Kind], limits: Bounds
) -> list[Cell]:
    """Cells of the facts themselves."""
    found: list[Cell] = []
    of_days = [kind for kind in kinds if kind in OF_DAYS]
    if of_days:
        hours = any(unit.hour is not None for _place, unit in pieces)
        facts = _Facts(service, _table(pieces, service.time_zone), hours, limits)
        for kind in of_days:
            found += _COUNTS[kind](facts)
    if Kind.STATE in kinds:
        found += _states(service, pieces)
    return found


@dataclass(frozen=True)
class _Facts:
    """Where facts are counted."""

    service: Service
    piece: sa.CTE
    hours: bool
    limits: Bounds

    def joined(self, model: Any, at: Any, *columns: Any) -> sa.Select[Any]:
        """Columns of the facts that fall into each piece, by their day and, of hours, instant."""
        here = [model.service_id == self.service.id]
        here.append(model.day.between(self.piece.c.first, self.piece.c.last))
        if self.hours:
            here += [at >= self.piece.c.begun, at < self.piece.c.ended]
        return (
            sa.select(self.piece.c.unit, *columns)
            .select_from(self.piece)
            .join(model, sa.and_(*here))
        )

    def grouped(self, query: sa.Select[Any], *key: Any) -> Sequence[Any]:
        return db.session.execute(query.group_by(self.piece.c.unit, *key)).all()


def _is(condition: Any) -> Any:
    return sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0"))


def _calls(facts: _Facts) -> Iterable[Cell]:
    key = (
        Call.direction,
        Call.outcome,
        _is(Call.queue_id.is_not(None)),
        _is(Call.answered_at.is_not(None)),
    )
    query = facts.joined(Call, Call.started_at, *key, sa.func.count())
    for unit, direction, outcome, queued, answered, count in facts.grouped(query, *key):
        code = rules.call_code(direction.value, _value(outcome), bool(queued), bool(answered))
        yield Cell(unit, Kind.CALL, 0, code, count)


def _value(outcome: Any) -> str | None:
    return outcome.value if outcome is not None else None


def _waits(facts: _Facts) -> Iterable[Cell]:
    # only of those that were broken off: whether the service was suspended
    how = sa.func.coalesce(Call.outcome, Call.closing)
    broken = QueueEntry.outcome == QueueOutcome.INTERRUPTED
    away = _is(sa.and_(broken, how == CallOutcome.SUSPENDED))
    key = (QueueEntry.queue_id, QueueEntry.outcome, away)
    waited = QueueEntry.waited_ms
    sums = (
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(waited), 0),
        sa.func.coalesce(sa.func.max(waited), 0),
        sa.func.count().filter(waited <= facts.limits.level * 1000),
        sa.func.count().filter(waited < facts.limits.early * 1000),
    )
    query = facts.joined(QueueEntry, QueueEntry.entered_at, *key, *sums).join(
        Call,
        sa.and_(broken, Call.id == QueueEntry.call_id),
        isouter=True,
    )
    for unit, queue, outcome, is_away, *amounts in facts.grouped(query, *key):
        code = rules.wait_code(outcome, CallOutcome.SUSPENDED if is_away else None)
        yield Cell(unit, Kind.WAIT, queue, code, *map(int, amounts))


_TALKED = (Leg.kind == LegKind.AGENT, Leg.answered_at.is_not(None))
_TALK = (sa.func.count(), sa.func.coalesce(sa.func.sum(Leg.talk_ms), 0))


def _talks(facts: _Facts) -> Iterable[Cell]:
    query = facts.joined(Leg, Leg.started_at, Call.queue_id, *_TALK).join(
        Call, Call.id == Leg.call_id
    )
    query = query.where(*_TALKED, Leg.direction == Direction.INBOUND, Call.queue_id.is_not(None))
    for unit, queue, count, ms in facts.grouped(query, Call.queue_id):
        yield Cell(unit, Kind.TALK, queue, "", count, int(ms))


def _passed(facts: _Facts) -> Iterable[Cell]:
    query = facts.joined(Leg, Leg.started_at, Call.queue_id, *_TALK).join(
        Call, Call.id == Leg.call_id
    )
    query = query.where(
        Leg.kind == LegKind.CONSULT,
        Leg.outcome == LegOutcome.CONNECTED,
        Leg.member_id.is_not(None),
        Call.queue_id.is_not(None),
    )
    for unit, queue, count, ms in facts.grouped(query, Call.queue_id):
        yield Cell(unit, Kind.PASSED, queue, "", count, int(ms))


def _legs(facts: _Facts) -> Iterable[Cell]:
    key = (Leg.member_id, Leg.direction, Leg.outcome, _is(Leg.answered_at.is_not(None)))
    query = facts.joined(Leg, Leg.started_at, *key, *_TALK)
    query = query.where(Leg.kind == LegKind.AGENT, Leg.member_id.is_not(None))
    for unit, member, direction, outcome, answered, count, ms in facts.grouped(query, *key):
        code = rules.leg_code(direction.value, _value(outcome), bool(answered))
        yield Cell(unit, Kind.LEG, member, code, count, int(ms))


def _consults(facts: _Facts, who: Any, kind: Kind) -> Iterable[Cell]:
    inside = _is(Leg.member_id.is_not(None))
    key = (who, inside, Leg.outcome, _is(Leg.answered_at.is_not(None)))
    query = facts.joined(Leg, Leg.started_at, *key, *_TALK)
    query = query.where(Leg.kind == LegKind.CONSULT, who.is_not(None))
    for unit, member, is_inside, outcome, answered, count, ms in facts.grouped(query, *key):
        code = rules.consult_code(bool(is_inside), _value(outcome), bool(answered))
        yield Cell(unit, kind, member, code, count, int(ms))


def _asked(facts: _Facts) -> Iterable[Cell]:
    return _consults(facts, Leg.asked_by, Kind.ASKED)


def _answerers(facts: _Facts) -> Iterable[Cell]:
    return _consults(facts, Leg.member_id, Kind.ANSWERER)


def _filed(facts: _Facts) -> Iterable[Cell]:
    key = (Leg.disposition_id, Leg.direction)
    query = facts.joined(Leg, Leg.started_at, *key, *_TALK).where(*_TALKED)
    for unit, disposition, direction, count, ms in facts.grouped(query, *key):
        yield Cell(unit, Kind.FILED, disposition or 0, direction.value, count, int(ms))


_COUNTS = {
    Kind.CALL: _calls,
    Kind.WAIT: _waits,
    Kind.TALK: _talks,
    Kind.PASSED: _passed,
    Kind.LEG: _legs,
    Kind.ASKED: _asked,
    Kind.ANSWERER: _answerers,
    Kind.FILED: _filed,
}


def _states(service: Service, pieces: Sequence[Piece]) -> Iterable[Cell]:
    """Times of the service's people in each state, cut at the edges of the pieces: from the day on
    which they became its agents to the end of the day on which they left.
    """
    zone, now = service.time_zone, clock.now()
    spans = []
    for place, unit in pieces:
        start, end = (
            (unit.start, unit.end)
            if unit.hour is not None
            else (
                clock.day_start(unit.first, zone),
                clock.day_start(unit.last + timedelta(days=1), zone),
            )
        )
        spans.append((start, end, place))
    spans.sort()
    if not spans or spans[0][0] >= now:
        return
    states = _intervals(service.id, spans[0][0], min(now, spans[-1][1]))
    for (member, came, left), mine in states.items():
        since = clock.day_start(clock.local_day(came, zone), zone)
        until = clock.next_midnight(left, zone) if left else None
        first, last = max(since, spans[0][0]), min(filter(None, (until, now, spans[-1][1])))
        if first < last:
            yield from _times(member, mine, spans, first, last)


State = tuple[AgentState, datetime, datetime | None]
Person = tuple[int, datetime, datetime | None]


def _times(
    member: int,
    states: Sequence[State],
    spans: Sequence[tuple[datetime, datetime, int]],
    first: datetime,
    last: datetime,
) -> Iterable[Cell]:
    """One member's times in each state between two instants, by span."""
    at = 0
    for state, began, ended in states:
        while at < len(spans) and spans[at][1] <= max(began, first):
            at += 1
        left = min(ended or last, last)
        for start, end, place in spans[at:]:
            begins = start <= began < end
            if start >= left and not begins:
                break
            yield Cell(
                place,
                Kind.STATE,
                member,
                state.value,
                int(begins and first <= began < last),
                max(0, lasted(max(start, began, first), min(end, left))),
            )


def _intervals(service_id: int, first: datetime, last: datetime) -> dict[Person, list[State]]:
    """States of a service's people (member, since when, until when they are its agents) between two
    instants, in their order, with the one that goes on at the first.
    """
    before = (
        sa.select(sa.func.max(AgentInterval.started_at))
        .where(AgentInterval.member_id == Agent.member_id, AgentInterval.started_at <= first)
        .scalar_subquery()
    )
    people = (
        sa.select(
            Agent.member_id,
            Agent.created_at,
            Agent.removed_at,
            sa.func.coalesce(before, first).label("begun"),
        )
        .where(Agent.service_id == service_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(
            people.c.member_id,
            people.c.created_at,
            people.c.removed_at,
            AgentInterval.state,
            AgentInterval.started_at,
            AgentInterval.ended_at,
        )
        .join(
            people,
            sa.and_(
                AgentInterval.member_id == people.c.member_id,
                AgentInterval.started_at >= people.c.begun,
            ),
        )
        .where(AgentInterval.started_at < last)
        .order_by(AgentInterval.member_id, AgentInterval.started_at, AgentInterval.id)
    ).tuples()
    found: dict[Person, list[State]] = {}
    for member, came, left, *state in rows:
        found.setdefault((member, came, left), []).append((state[0], state[1], state[2]))
    return found


@dataclass(frozen=True)
class Logins:
    """CTI logins of a member within a unit: how many began and ended, the first and the last."""

    logins: int = 0
    logouts: int = 0
    first: datetime | None = None
    last: datetime | None = None


def logins(service: Service, units: Sequence[Bucket]) -> dict[tuple[int, int], Logins]:
    """By place in `units` and member, of the service's people (STA-2): logins to CTI that began and
    logouts within the unit, also for another service.
    """
    found: dict[tuple[int, int], Logins] = {}
    if not units:
        return found
    first, last = min(u.start for u in units), max(u.end for u in units)
    people = sa.select(Agent.member_id).where(Agent.service_id == service.id)
    rows = db.session.execute(
        sa.select(CtiSession.member_id, CtiSession.started_at, CtiSession.ended_at).where(
            CtiSession.member_id.in_(people),
            CtiSession.started_at < last,
            sa.or_(CtiSession.ended_at.is_(None), CtiSession.ended_at >= first),
        )
    ).all()
    for member, began, ended in rows:
        for place, unit in enumerate(units):
            before = found.get((place, member), Logins())
            if unit.start <= began < unit.end:
                earliest = min(began, before.first or began)
                before = replace(before, logins=before.logins + 1, first=earliest)
            if ended is not None and unit.start <= ended < unit.end:
                latest = max(ended, before.last or ended)
                before = replace(before, logouts=before.logouts + 1, last=latest)
            if before != Logins():
                found[place, member] = before
    return found
