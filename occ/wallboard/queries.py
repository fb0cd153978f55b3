"""Figures as queries over facts: a handful, whatever the number of calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from occ.core import clock, crypto, live
from occ.core.db import UTCDateTime, db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Feature, ServiceState
from occ.telephony.models import AgentInterval, Call, CtiSettings, Leg, QueueEntry, TelephonyOwner
from occ.telephony.rules.calls import AgentState, Direction, LegKind
from occ.tenant import queries as tenant
from occ.wallboard import rules
from occ.wallboard.models import WallLink
from occ.wallboard.rules import Calls, People


@dataclass(frozen=True)
class Row:
    """One service on the wallboard."""

    service: Service
    calls: Calls
    people: People


@dataclass(frozen=True)
class Board:
    """A wallboard: its rows by name, their totals, and since when the phone
    system is away (None: it is there).
    """

    rows: Sequence[Row]
    calls: Calls
    people: People
    down_since: datetime | None
    as_of: datetime


def services(idents: Sequence[int]) -> Sequence[Service]:
    """Those of the services that are active and contract phone, by name."""
    found = sa.select(Service).where(Service.id.in_(idents), Service.state == ServiceState.ACTIVE)
    found = found.order_by(Service.name, Service.id)
    return [
        service for service in db.session.scalars(found).unique() if service.offers(Feature.PHONE)
    ]


def down_since() -> datetime | None:
    """Since when nobody runs telephony; the far past when nobody ever did."""
    row = db.session.get(TelephonyOwner, 1)
    if row is None:
        return clock.now() - timedelta(days=1)
    return row.alive_at if row.lease_until <= clock.now() else None


# what is counted over all calls of a day: numbers alone, made once for everybody who looks
Day = tuple[int, date]  # of a service
_of_today: live.MadeOnce[Day, dict[int, Calls]] = live.MadeOnce("figures of a day", 1_000)
_hours_today: live.MadeOnce[tuple[int, str, date], Sequence[int]] = live.MadeOnce(
    "hours of a day", 1_000
)
_inbound_today: live.MadeOnce[datetime, int] = live.MadeOnce("inbound calls", 10)
# of a day that is over: anew each minute, for the time of day goes on
_hours_before: live.MadeOnce[tuple[int, str, date], Sequence[int]] = live.MadeOnce(
    "hours before", 1_000
)
_offered_before: live.MadeOnce[Day, int] = live.MadeOnce("offered before", 1_000)


def _version() -> tuple[int | None, int]:
    """What the figures of today are kept by: how often calls have changed, and the service-level
    time in seconds (CTI-1).
    """
    level = sa.select(CtiSettings.service_level_seconds).scalar_subquery()
    wall, seconds = db.session.execute(sa.select(live.version("wall"), level)).one()
    return wall, seconds or 20


def _minute() -> int:
    return int(clock.now().timestamp()) // 60


def _figures(days: dict[int, date], version: tuple[int | None, int]) -> dict[int, dict[int, Calls]]:
    """Figures of each service's own day by queue, but for who waits."""
    found = _of_today.get(version, list(days.items()), lambda keys: _counted(keys, version[1]))
    return {ident: by_queue for (ident, _day), by_queue in found.items()}


def _counted(keys: Sequence[Day], level: int) -> dict[Day, dict[int, Calls]]:
    """Figures of services and days by queue, from an index alone: one statement a day."""
    made: dict[Day, dict[int, Calls]] = {key: {} for key in keys}
    within = sa.func.count().filter(QueueEntry.waited_ms <= level * 1000)
    group = (QueueEntry.service_id, QueueEntry.queue_id, QueueEntry.outcome)
    for day in {day for _ident, day in keys}:
        idents = [ident for ident, of_day in keys if of_day == day]
        found = sa.select(*group, sa.func.count(), within).where(
            QueueEntry.service_id.in_(idents), QueueEntry.day == day
        )
        for ident, queue, outcome, count, in_time in db.session.execute(found.group_by(*group)):
            queues = made[ident, day]
            queues[queue] = queues.get(queue, Calls()) + rules.ended(outcome, count, in_time)
    return made


def today(rows: Sequence[Service]) -> dict[int, date]:
    """Each service's day now."""
    now = clock.now()
    return {service.id: clock.local_day(now, service.time_zone) for service in rows}


def _waiting(service_ids: Sequence[int]) -> Sequence[Any]:
    """(service id, queue id, how many wait there now, since when the first of them does); also
    from before midnight.
    """
    place = (QueueEntry.service_id, QueueEntry.queue_id)
    found = sa.select(*place, sa.func.count(), sa.func.min(QueueEntry.entered_at)).where(
        QueueEntry.left_at.is_(None), QueueEntry.service_id.in_(service_ids)
    )
    return db.session.execute(found.group_by(*place)).all()


def _states(service_ids: Sequence[int]) -> dict[int, list[tuple[AgentState, bool, int | None]]]:
    """States of the logged-in phone agents of each service."""
    found = (
        sa.select(
            Agent.service_id, AgentInterval.state, AgentInterval.outbound, AgentInterval.service_id
        )
        .join(AgentInterval, AgentInterval.member_id == Agent.member_id)
        .where(
            AgentInterval.ended_at.is_(None),
            Agent.removed_at.is_(None),
            Agent.phone,
            Agent.service_id.in_(service_ids),
        )
    )
    states: dict[int, list[tuple[AgentState, bool, int | None]]] = {}
    for service_id, state, outbound, of_service in db.session.execute(found).tuples():
        states.setdefault(service_id, []).append((state, outbound, of_service))
    return states


def board(service_ids: Sequence[int]) -> Board:
    """The wallboard of the services (MON-1, MON-2), each by its own day."""
    rows = services(service_ids)
    idents = [service.id for service in rows]
    figures = _figures(today(rows), _version())
    waiting, states = Counter[int](), _states(idents)
    for ident, _queue, count, _since in _waiting(idents):
        waiting[ident] += count
    made = []
    for service in rows:
        found = sum(figures[service.id].values(), Calls())
        calls = replace(found, waiting=waiting[service.id])
        made.append(Row(service, calls, rules.people(states.get(service.id, ()), service.id)))
    return Board(
        made,
        sum((row.calls for row in made), Calls()),
        _everybody(idents, made),
        down_since(),
        clock.now(),
    )


def _people(service_ids: Sequence[int]) -> sa.Select[Any]:
    """Members who are a phone agent of one of the services."""
    return sa.select(Agent.member_id).where(
        Agent.removed_at.is_(None), Agent.phone, Agent.service_id.in_(service_ids)
    )


def _everybody(idents: Sequence[int], rows: Sequence[Row]) -> People:
    """The total counts an agent of several services once: calls by row,
    ready and resting by person.
    """
    found = (
        sa.select(AgentInterval.state)
        .where(AgentInterval.ended_at.is_(None))
        .where(AgentInterval.member_id.in_(_people(idents)))
        .where(AgentInterval.state.not_in(rules.CALLS))
    )
    idle = list(db.session.scalars(found))
    ready = sum(state is AgentState.READY for state in idle)
    calls = sum((row.people for row in rows), People())
    return People(ready, calls.in_call, calls.outbound, len(idle) - ready)


@dataclass(frozen=True)
class QueueRow:
    ident: int
    calls: Calls


@dataclass(frozen=True)
class Dashboard:
    """MON-4: the tenant's lines and inbound calls, the managed services'
    figures, hours, queues and agents.
    """

    lines_used: int
    lines: int
    total_inbound: int
    internal: int
    calls: Calls
    offered_before: int
    longest: datetime | None
    hours: Sequence[int]
    hours_before: Sequence[int]
    hour: int
    queues: Sequence[QueueRow]
    states: dict[AgentState, int]
    long_states: Sequence[Any]
    down_since: datetime | None
    as_of: datetime


def dashboard(service: Service, rows: Sequence[Service]) -> Dashboard:
    """The dashboard for `service`'s clock, over the managed services (figures)
    and the tenant (lines, inbound).
    """
    idents, days, now = [s.id for s in rows], today(rows), clock.now()
    zone = the_organization().zone(now)
    start = clock.day_start(clock.local_day(now, zone), zone)
    contract = tenant.current()
    lines = contract.licence.lines if contract else 0
    used, internal = db.session.execute(_counts(idents, start)).one()
    version = _version()
    figures = _figures(days, version)
    by_queue = {q: calls for queues in figures.values() for q, calls in queues.items()}
    waits = _waiting(idents)
    waiting = {queue: count for _service, queue, count, _since in waits}
    queues = [
        QueueRow(q, replace(by_queue.get(q, Calls()), waiting=waiting.get(q, 0)))
        for q in sorted({*by_queue, *waiting})
    ]
    hours, hours_before = hourly(service, clock.local_day(now, service.time_zone), version)
    states, long_states = _agents(idents)
    return Dashboard(
        lines_used=used,
        lines=lines,
        total_inbound=_inbound_today.get(version, [start], _inbound)[start],
        internal=internal,
        calls=sum((row.calls for row in queues), Calls()),
        offered_before=_offered_until(rows, now - timedelta(days=1)),
        longest=min((since for *_place, since in waits), default=None),
        hours=hours,
        hours_before=hours_before,
        hour=now.astimezone(ZoneInfo(service.time_zone)).hour,
        queues=queues,
        states=states,
        long_states=long_states,
        down_since=down_since(),
        as_of=now,
    )


def _counts(service_ids: Sequence[int], start: datetime) -> sa.Select[Any]:
    """Lines in use of the tenant, internal calls of the services."""
    used = sa.select(sa.func.count()).select_from(Call).where(Call.ended_at.is_(None))
    # written out, or the index of consultations does not count
    consult = sa.literal(LegKind.CONSULT, Leg.kind.type, literal_execute=True)
    internal = sa.select(sa.func.count()).where(
        Leg.kind == consult,
        Leg.member_id.is_not(None),
        Leg.started_at >= start,
        Leg.service_id.in_(service_ids),
    )
    return sa.select(used.scalar_subquery(), internal.scalar_subquery())


def _inbound(starts: Sequence[datetime]) -> dict[datetime, int]:
    """Inbound calls of the tenant since an instant."""
    since = sa.select(sa.func.count()).select_from(Call).where(Call.direction == Direction.INBOUND)
    return {
        start: db.session.scalar(since.where(Call.started_at >= start)) or 0 for start in starts
    }


def _offered_until(rows: Sequence[Service], then: datetime) -> int:
    """How many calls were offered to the services on the day of an instant by then."""

    def count(keys: list[Day]) -> dict[Day, int]:
        counts = dict.fromkeys(keys, 0)
        for of in {day for _ident, day in keys}:  # one, or two where services have far zones
            found = sa.select(QueueEntry.service_id, sa.func.count()).where(
                QueueEntry.service_id.in_([ident for ident, day in keys if day == of]),
                QueueEntry.day == of,
                QueueEntry.entered_at <= then,
            )
            rows = db.session.execute(found.group_by(QueueEntry.service_id)).tuples()
            counts |= {(ident, of): count for ident, count in rows}
        return counts

    days = [(service.id, clock.local_day(then, service.time_zone)) for service in rows]
    return sum(_offered_before.get(_minute(), days, count).values())


def hourly(
    service: Service, day: date, version: tuple[int | None, int]
) -> tuple[Sequence[int], Sequence[int]]:
    """Inbound calls that reached the service by hour of a day and of the
    day before, 24 figures each.
    """
    here = (service.id, service.time_zone, day)
    before = (service.id, service.time_zone, day - timedelta(days=1))
    return (
        _hours_today.get(version, [here], _by_hour)[here],
        _hours_before.get(_minute(), [before], _by_hour)[before],
    )


def _by_hour(
    keys: Sequence[tuple[int, str, date]],
) -> dict[tuple[int, str, date], Sequence[int]]:
    """Inbound calls by hour of services' days in a zone: each hour is a stretch of an index."""
    made: dict[tuple[int, str, date], Sequence[int]] = {}
    for key in keys:
        ident, zone, day = key
        hour = (
            sa.values(
                sa.column("hour", sa.Integer),
                sa.column("begun", UTCDateTime()),
                sa.column("ended", UTCDateTime()),
                name="clock",
            )
            .data(rules.hours_of(day, zone))
            .cte()
        )
        reached = sa.select(sa.func.count()).where(
            Call.service_id == ident,
            Call.day == day,
            Call.direction == Direction.INBOUND,
            Call.started_at >= hour.c.begun,
            Call.started_at < hour.c.ended,
        )
        hours = [0] * 24
        for of_day, count in db.session.execute(sa.select(hour.c.hour, reached.scalar_subquery())):
            hours[of_day] += count
        made[key] = tuple(hours)
    return made


def _agents(service_ids: Sequence[int]) -> tuple[dict[AgentState, int], Sequence[Any]]:
    """How many agents of the services are in each state, and the four who
    have been in theirs for longest.
    """
    found = (
        sa.select(
            Member.name, AgentInterval.state, AgentInterval.started_at, AgentInterval.service_id
        )
        .join(Member, Member.id == AgentInterval.member_id)
        .where(AgentInterval.ended_at.is_(None), AgentInterval.member_id.in_(_people(service_ids)))
        .order_by(AgentInterval.started_at)
    )
    rows = [
        row
        for row in db.session.execute(found).tuples()
        if row[1] not in rules.CALLS or row[3] in service_ids
    ]
    busy = [
        (name, state, since)
        for name, state, since, _service in rows
        if state is not AgentState.READY
    ]
    return Counter(row[1] for row in rows), busy[:4]


def links(service_id: int) -> Sequence[WallLink]:
    """A service's wall links, revoked ones included, newest first."""
    return db.session.scalars(
        sa.select(WallLink).where(WallLink.service_id == service_id).order_by(WallLink.id.desc())
    ).all()


def link(service_id: int, ident: int) -> WallLink | None:
    return db.session.scalar(
        sa.select(WallLink).where(WallLink.id == ident, WallLink.service_id == service_id)
    )


def link_by_token(token: str) -> WallLink | None:
    """The link in force of a token."""
    return db.session.scalar(
        sa.select(WallLink).where(
            WallLink.hash == crypto.digest(token), WallLink.revoked_at.is_(None)
        )
    )


_RUNS = sa.case((TelephonyOwner.lease_until > sa.bindparam("now", type_=UTCDateTime()), 1), else_=0)
# whether somebody runs telephony: 1, 0 or None
OWNED = (sa.select(_RUNS).where(TelephonyOwner.id == 1).scalar_subquery(),)
_LINK = live.Probe(
    sa.select(WallLink.id, live.version("shared"), live.version("wall"), *OWNED).where(
        WallLink.hash == sa.bindparam("hash"), WallLink.revoked_at.is_(None)
    )
)


def link_facts(token: str) -> tuple[Any, ...] | None:
    """(link id, versions of shared facts and of the boards, whether telephony runs) of a link in
    force, in one statement.
    """
    return _LINK.first(hash=crypto.digest(token), now=clock.now())
