"""An agent's own figures of a day (MEM-8)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.organization.models import Service
from occ.telephony.models import AgentInterval, Leg
from occ.telephony.rules.calls import AgentState, Direction, LegKind, LegOutcome
from occ.tickets.queries import Own, Viewer, own_figures


@dataclass(frozen=True)
class Talks:
    """Answered calls and their talking time."""

    count: int
    ms: int


@dataclass(frozen=True)
class Performance:
    """One agent, one service, one day: calls and transfers of the service,
    times in states of the person.
    """

    inbound: Talks
    outbound: Talks
    transfers: int
    tickets: Own
    states: dict[AgentState, timedelta]
    since: datetime


def talks(member_id: int, service_id: int, day: date, direction: Direction) -> Talks:
    """A call that the agent talked in counts once, with the time of the talk."""
    found = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Leg.talk_ms), 0)).where(
        Leg.member_id == member_id,
        Leg.service_id == service_id,
        Leg.day == day,
        Leg.direction == direction,
        Leg.kind == LegKind.AGENT,
        Leg.answered_at.is_not(None),
    )
    count, ms = db.session.execute(found).one()
    return Talks(count, int(ms))


def states(member_id: int, start: datetime, end: datetime) -> dict[AgentState, timedelta]:
    """Time in each state between two instants; an open interval counts until `end`."""
    found = sa.select(AgentInterval.state, AgentInterval.started_at, AgentInterval.ended_at).where(
        AgentInterval.member_id == member_id,
        AgentInterval.started_at < end,
        sa.or_(AgentInterval.ended_at.is_(None), AgentInterval.ended_at > start),
    )
    times: dict[AgentState, timedelta] = {}
    for state, began, ended in db.session.execute(found).tuples():
        times[state] = times.get(state, timedelta()) + (min(ended or end, end) - max(began, start))
    return times


def performance(member_id: int, service: Service) -> Performance:
    """Today by the service's day."""
    now = clock.now()
    day = clock.local_day(now, service.time_zone)
    start = clock.day_start(day, service.time_zone)
    transfers = sa.select(sa.func.count()).where(
        Leg.member_id == member_id,
        Leg.service_id == service.id,
        Leg.day == day,
        Leg.outcome == LegOutcome.TRANSFERRED,
    )
    own = own_figures(service.id, Viewer(service.id, member_id), start)
    return Performance(
        talks(member_id, service.id, day, Direction.INBOUND),
        talks(member_id, service.id, day, Direction.OUTBOUND),
        db.session.scalar(transfers) or 0,
        own,
        states(member_id, start, now),
        start,
    )
