"""Figures as queries over facts: a handful, whatever the number of calls."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
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
from occ.telephony.rules.calls import AgentState, Direction, LegKind, QueueOutcome
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


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows hold it."""
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _figures(key: Any, where: sa.ColumnElement[bool], level: int) -> dict[int, Calls]:
    """Queue figures of the given entries by a key column; `level` is the
    service-level time in seconds (CTI-1).
    """
    in_time = sa.and_(
        QueueEntry.outcome == QueueOutcome.ANSWERED, QueueEntry.waited_ms <= level * 1000
    )
    columns = (
        _sum(QueueEntry.left_at.is_(None)),
        sa.func.count(),
        _sum(QueueEntry.outcome == QueueOutcome.ANSWERED),
        _sum(in_time),
        _sum(QueueEntry.outcome == QueueOutcome.ABANDONED),
        _sum(QueueEntry.outcome == QueueOutcome.CALLBACK),
    )
    return {
        row[0]: Calls(*(int(n) for n in row[1:]))
        for row in db.session.execute(sa.select(key, *columns).where(where).group_by(key))
    }


def _of_days(days: dict[int, date]) -> sa.ColumnElement[bool]:
    """Entries of each service's own day."""
    by_day: dict[date, list[int]] = {}
    for ident, day in days.items():
        by_day.setdefault(day, []).append(ident)
    parts = [
        sa.and_(QueueEntry.service_id.in_(idents), QueueEntry.day == day)
        for day, idents in by_day.items()
    ]
    return sa.or_(sa.false(), *parts)


def today(rows: Sequence[Service]) -> dict[int, date]:
    """Each service's day now."""
    now = clock.now()
    return {service.id: clock.local_day(now, service.time_zone) for service in rows}


def _waiting(service_ids: Sequence[int], key: Any) -> dict[int, int]:
    """Who waits now, also from before midnight."""
    found = (
        sa.select(key, sa.func.count())
        .where(QueueEntry.left_at.is_(None), QueueEntry.service_id.in_(service_ids))
        .group_by(key)
    )
    return dict(db.session.execute(found).tuples().all())


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
    level = db.session.scalar(sa.select(CtiSettings.service_level_seconds)) or 20
    figures = _figures(QueueEntry.service_id, _of_days(today(rows)), level)
    waiting, states = _waiting(idents, QueueEntry.service_id), _states(idents)
    made = []
    for service in rows:
        found = figures.get(service.id, Calls())
        calls = Calls(waiting.get(service.id, 0), *found.parts[1:])
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
    before: Calls
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
    settings, zone = db.session.get_one(CtiSettings, 1), the_organization().zone(now)
    start = clock.day_start(clock.local_day(now, zone), zone)
    contract = tenant.current()
    lines = contract.licence.lines if contract else 0
    used, inbound, internal, longest = db.session.execute(_counts(idents, start)).one()
    level = settings.service_level_seconds
    by_queue, waiting = (
        _figures(QueueEntry.queue_id, _of_days(days), level),
        _waiting(idents, QueueEntry.queue_id),
    )
    queues = [
        QueueRow(q, Calls(waiting.get(q, 0), *by_queue.get(q, Calls()).parts[1:]))
        for q in sorted({*by_queue, *waiting})
    ]
    yesterday = now - timedelta(days=1)
    then = sa.and_(
        _of_days({s.id: clock.local_day(yesterday, s.time_zone) for s in rows}),
        QueueEntry.entered_at <= yesterday,
    )
    here = clock.local_day(now, service.time_zone)
    hours, hours_before = hourly(service, here)
    states, long_states = _agents(idents)
    return Dashboard(
        lines_used=used,
        lines=lines,
        total_inbound=inbound,
        internal=internal,
        calls=sum((row.calls for row in queues), Calls()),
        before=sum(_figures(QueueEntry.service_id, then, level).values(), Calls()),
        longest=longest,
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
    """Lines in use and inbound calls of the tenant; internal calls and the
    longest wait of the services.
    """
    used = sa.select(sa.func.count()).select_from(Call).where(Call.ended_at.is_(None))
    inbound = (
        sa.select(sa.func.count())
        .select_from(Call)
        .where(Call.direction == Direction.INBOUND, Call.started_at >= start)
    )
    internal = sa.select(sa.func.count()).where(
        Leg.kind == LegKind.CONSULT,
        Leg.member_id.is_not(None),
        Leg.started_at >= start,
        Leg.service_id.in_(service_ids),
    )
    longest = sa.select(sa.func.min(QueueEntry.entered_at)).where(
        QueueEntry.left_at.is_(None), QueueEntry.service_id.in_(service_ids)
    )
    return sa.select(*(part.scalar_subquery() for part in (used, inbound, internal, longest)))


def hourly(service: Service, day: date) -> tuple[list[int], list[int]]:
    """Inbound calls that reached the service by hour of a day and of the
    day before, 24 figures each.
    """
    zone, before = ZoneInfo(service.time_zone), day - timedelta(days=1)
    hours: dict[date, list[int]] = {day: [0] * 24, before: [0] * 24}
    found = sa.select(Call.day, Call.started_at).where(
        Call.service_id == service.id, Call.day.in_((day, before))
    )
    for of_day, instant in db.session.execute(
        found.where(Call.direction == Direction.INBOUND)
    ).tuples():
        hours[of_day][instant.astimezone(zone).hour] += 1
    return hours[day], hours[before]


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
