"""Reads of telephony."""

import gzip
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from occ.ars.models import PhoneService, Queue, queue_agent
from occ.core import clock, storage
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.telephony.models import (
    AgentInterval,
    Call,
    CtiAgent,
    CtiLogDay,
    CtiSession,
    CtiSettings,
    Favourite,
    Leg,
    QueueEntry,
    TelephonyOwner,
)
from occ.telephony.rules.calls import IN_CALL, AgentState, LegKind, LegOutcome, Phase, choosable
from occ.telephony.rules.distribution import Ready, Waiting
from occ.tenant import queries as tenant
from occ.tenant.rules import Plan

PLAYED = "page-"  # refs of calls placed on the caller page begin with it


def settings() -> CtiSettings | None:
    """The organization's telephony; None before a service contracted phone."""
    return db.session.get(CtiSettings, 1)


def records() -> bool:
    """Whether calls are recorded: the organization wants it and its phone contract has it."""
    wanted, contract = settings(), tenant.current()
    return (
        wanted is not None
        and wanted.record
        and contract is not None
        and contract.licence.plan is Plan.RECORDING
    )


def cti_agent(member_id: int) -> CtiAgent | None:
    """A member's CTI data in force."""
    return db.session.scalar(
        sa.select(CtiAgent).where(CtiAgent.member_id == member_id, CtiAgent.removed_at.is_(None))
    )


def holder(number: str) -> CtiAgent | None:
    """Whose CTI number it is."""
    return db.session.scalar(
        sa.select(CtiAgent).where(CtiAgent.number == number, CtiAgent.removed_at.is_(None))
    )


def cti_agents() -> dict[int, CtiAgent]:
    """CTI data in force by member."""
    return {
        row.member_id: row
        for row in db.session.scalars(sa.select(CtiAgent).where(CtiAgent.removed_at.is_(None)))
    }


def seats_used() -> int:
    """How many members have CTI data: each takes a licence seat."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(CtiAgent).where(CtiAgent.removed_at.is_(None))
        )
        or 0
    )


def session_of(member_id: int) -> CtiSession | None:
    """The open CTI login of a member."""
    return db.session.scalar(
        sa.select(CtiSession).where(
            CtiSession.member_id == member_id, CtiSession.ended_at.is_(None)
        )
    )


def open_sessions() -> Sequence[CtiSession]:
    return db.session.scalars(sa.select(CtiSession).where(CtiSession.ended_at.is_(None))).all()


def interval_of(member_id: int) -> AgentInterval | None:
    """The state a member is in now; None when not logged in to CTI."""
    return db.session.scalar(
        sa.select(AgentInterval).where(
            AgentInterval.member_id == member_id, AgentInterval.ended_at.is_(None)
        )
    )


OWN_INTERVAL = (
    sa.select(AgentInterval.state, AgentInterval.started_at)
    .join(
        CtiSession,
        sa.and_(
            CtiSession.member_id == AgentInterval.member_id,
            CtiSession.ended_at.is_(None),
            CtiSession.robot.is_(False),
        ),
    )
    .where(AgentInterval.member_id == sa.bindparam("member_id"), AgentInterval.ended_at.is_(None))
)
"""The state a member put themselves in and since when; nothing while the load mode works in their
place.
"""


def own_interval(member_id: int) -> "sa.Row[AgentState, datetime] | None":
    """As in OWN_INTERVAL."""
    return db.session.execute(OWN_INTERVAL, {"member_id": member_id}).first()


def intervals_of(members: Sequence[int]) -> dict[int, AgentInterval]:
    """The present states of those of the members who are logged in to CTI."""
    found = sa.select(AgentInterval).where(
        AgentInterval.ended_at.is_(None), AgentInterval.member_id.in_(members)
    )
    return {row.member_id: row for row in db.session.scalars(found)}


def open_intervals() -> Sequence[AgentInterval]:
    return db.session.scalars(
        sa.select(AgentInterval).where(AgentInterval.ended_at.is_(None))
    ).all()


def _agents(member_id: int, feature: Feature) -> list[Agent]:
    """A member's roles in active services that contract the feature, by service name."""
    found = (
        sa.select(Agent)
        .join(Agent.service)
        .where(Agent.member_id == member_id, Agent.removed_at.is_(None))
    )
    rows = db.session.scalars(
        found.where(Service.state == ServiceState.ACTIVE).order_by(Service.name, Service.id)
    ).unique()
    return [agent for agent in rows if agent.service.offers(feature)]


def phone_agents(member_id: int) -> Sequence[Agent]:
    """A member's roles with the phone permission in active services that
    contract phone, by service name.
    """
    return [agent for agent in _agents(member_id, Feature.PHONE) if agent.phone]


def states_of(member_id: int) -> tuple[AgentState, ...]:
    """The states that a member can choose: chat work as an agent of a service with chat."""
    return choosable(chat=bool(_agents(member_id, Feature.CHAT)))


def call_of(member_id: int) -> Call | None:
    """The call that a member is in: as its agent, or asked for in a consultation."""
    open_calls = sa.select(Call).where(Call.ended_at.is_(None))
    return db.session.scalar(
        open_calls.where(sa.or_(Call.agent_id == member_id, Call.target_member_id == member_id))
    )


def is_own_call(member_id: int, ident: int) -> bool:
    """Whether the member is or was a party of the call."""
    mine = sa.or_(
        Call.agent_id == member_id, Call.target_member_id == member_id, Call.handled_by == member_id
    )
    had = sa.select(Leg.id).where(Leg.call_id == ident, Leg.member_id == member_id)
    return (
        db.session.scalar(sa.select(Call.id).where(Call.id == ident, sa.or_(mine, had.exists())))
        is not None
    )


def own_leg(call_id: int, member_id: int) -> Leg | None:
    """The member's newest part in a call as its agent: where they file it."""
    mine = sa.select(Leg).where(
        Leg.call_id == call_id, Leg.member_id == member_id, Leg.kind == LegKind.AGENT
    )
    return db.session.scalar(mine.order_by(Leg.id.desc()).limit(1))


def lost_consult(call: Call) -> Leg | None:
    """The consultation that ended by the other side and left the call on hold as it is now."""
    if call.phase is not Phase.HELD:
        return None
    asked = sa.select(Leg).where(Leg.call_id == call.id, Leg.kind == LegKind.CONSULT)
    last = db.session.scalar(asked.order_by(Leg.id.desc()).limit(1))
    if last is None or last.outcome is LegOutcome.CANCELLED:
        return None
    return last if last.ended_at is not None and last.ended_at >= call.phase_at else None


def open_calls() -> Sequence[Call]:
    return db.session.scalars(
        sa.select(Call).where(Call.ended_at.is_(None)).order_by(Call.id)
    ).all()


def played_calls(service_id: int, limit: int = 20) -> Sequence[Call]:
    """Running calls that were placed on the caller page of a service, newest first."""
    placed = (Call.service_id == service_id, Call.ref.startswith(PLAYED, autoescape=True))
    return db.session.scalars(
        sa.select(Call)
        .where(Call.ended_at.is_(None), *placed)
        .order_by(Call.id.desc())
        .limit(limit)
    ).all()


def call_by_ref(ref: str) -> Call | None:
    return db.session.scalar(sa.select(Call).where(Call.ref == ref))


def call(service_id: int, ident: int) -> Call | None:
    """A call of this service; another one's is not found."""
    return db.session.scalar(sa.select(Call).where(Call.id == ident, Call.service_id == service_id))


def entry_of(call_id: int) -> QueueEntry | None:
    """The wait that is not over."""
    return db.session.scalar(
        sa.select(QueueEntry).where(QueueEntry.call_id == call_id, QueueEntry.left_at.is_(None))
    )


def called_before(call: Call) -> bool:
    """Whether the customer of a call has called the service, or was called, earlier."""
    earlier = sa.select(Call.id).where(
        Call.customer_id == call.customer_id, Call.service_id == call.service_id, Call.id < call.id
    )
    return call.customer_id is not None and db.session.scalar(earlier.limit(1)) is not None


def last_entry(call_id: int) -> QueueEntry | None:
    return db.session.scalar(
        sa.select(QueueEntry)
        .where(QueueEntry.call_id == call_id)
        .order_by(QueueEntry.id.desc())
        .limit(1)
    )


def legs(call_id: int) -> Sequence[Leg]:
    return db.session.scalars(sa.select(Leg).where(Leg.call_id == call_id).order_by(Leg.id)).all()


def waiting() -> list[Waiting]:
    """Calls that wait for an agent, also across services (TEL-3)."""
    found = sa.select(Call.id, QueueEntry.queue_id, QueueEntry.entered_at).join(
        QueueEntry, QueueEntry.call_id == Call.id
    )
    rows = db.session.execute(
        found.where(
            Call.ended_at.is_(None), Call.phase == Phase.QUEUED, QueueEntry.left_at.is_(None)
        )
    )
    return [Waiting(*row) for row in rows]


def ready() -> list[Ready]:
    """Ready agents with the queues of active services they are assigned to; also retired ones, in
    which calls may wait (ARS-3).
    """
    found = (
        sa.select(CtiSession.member_id, CtiSession.idle_since, Queue.id)
        .join(
            AgentInterval,
            sa.and_(
                AgentInterval.member_id == CtiSession.member_id, AgentInterval.ended_at.is_(None)
            ),
        )
        .join(Agent, Agent.member_id == CtiSession.member_id)
        .join(queue_agent, queue_agent.c.agent_id == Agent.id)
        .join(Queue, Queue.id == queue_agent.c.queue_id)
        .join(Service, Service.id == Queue.service_id)
        .where(
            CtiSession.ended_at.is_(None),
            AgentInterval.state == AgentState.READY,
            Agent.removed_at.is_(None),
            Agent.phone,
            Service.state == ServiceState.ACTIVE,
        )
    )
    people: dict[int, tuple[datetime, set[int]]] = {}
    for member, idle_since, queue in db.session.execute(found):
        people.setdefault(member, (idle_since, set()))[1].add(queue)
    return [Ready(member, idle, frozenset(queues)) for member, (idle, queues) in people.items()]


def ready_colleagues(service_id: int, member_id: int) -> list[tuple[int, str, str | None]]:
    """(member id, name, CTI number) of other agents of the service who are ready:
    whom a call can be transferred to.
    """
    found = (
        sa.select(Member.id, Member.name, CtiAgent.number)
        .join(Agent, Agent.member_id == Member.id)
        .join(
            AgentInterval,
            sa.and_(AgentInterval.member_id == Member.id, AgentInterval.ended_at.is_(None)),
        )
        .join(CtiAgent, sa.and_(CtiAgent.member_id == Member.id, CtiAgent.removed_at.is_(None)))
        .where(
            Agent.service_id == service_id,
            Agent.removed_at.is_(None),
            Agent.phone,
            AgentInterval.state == AgentState.READY,
            Member.id != member_id,
        )
        .order_by(Member.name, Member.id)
    )
    return list(db.session.execute(found).tuples())


def left_alone(before: datetime) -> list[int]:
    """Members in no call whose browser was last seen before an instant, or who are
    nobody's phone agent any more.
    """
    phone = (
        sa.select(Agent.id)
        .where(Agent.member_id == CtiSession.member_id, Agent.removed_at.is_(None), Agent.phone)
        .exists()
    )
    gone = sa.and_(CtiSession.robot.is_(False), CtiSession.seen_at < before)
    found = (
        sa.select(CtiSession.member_id)
        .join(
            AgentInterval,
            sa.and_(
                AgentInterval.member_id == CtiSession.member_id, AgentInterval.ended_at.is_(None)
            ),
        )
        .where(CtiSession.ended_at.is_(None), sa.or_(gone, sa.not_(phone)))
        .where(AgentInterval.state.not_in(IN_CALL))
    )
    return list(db.session.scalars(found))


def takes_calls(service: Service) -> bool:
    """Whether callers of a service are connected: it is in use and
    contracts phone (ORG-3, ORG-5).
    """
    return service.state is ServiceState.ACTIVE and service.offers(Feature.PHONE)


def waiting_in_vain() -> list[int]:
    """Calls in the voice menu or the queue of a service that is not active or has no phone any
    more, or of a contract not in use.
    """
    waits = (Call.ended_at.is_(None), Call.phase.in_((Phase.MENU, Phase.QUEUED)))
    found = sa.select(Service).where(Service.id.in_(sa.select(Call.service_id).where(*waits)))
    services = db.session.scalars(found).unique().all()
    if not services:  # asked each second: the contract only where somebody waits
        return []
    stopped = tenant.stopped_now() is not None
    closed = [of.id for of in services if stopped or not takes_calls(of)]
    if not closed:
        return []
    return list(db.session.scalars(sa.select(Call.id).where(*waits, Call.service_id.in_(closed))))


def due(now: datetime) -> list[int]:
    """Calls whose timer has run out."""
    return list(
        db.session.scalars(
            sa.select(Call.id)
            .where(Call.ended_at.is_(None), Call.due_at <= now)
            .order_by(Call.due_at)
        )
    )


def owner() -> TelephonyOwner | None:
    return db.session.get(TelephonyOwner, 1)


def away() -> str:
    """For /readyz: since when no process runs telephony, '' while one does or none ever did."""
    found = owner()
    if found is None or found.lease_until > clock.now():
        return ""
    return (
        f"the phone system is away since {found.alive_at:%Y-%m-%d %H:%M:%S} UTC: no `occ "
        "serve` or `occ worker` runs it"
    )


def service_of_number(number: str) -> Service | None:
    """The service whose main number it is."""
    return db.session.scalar(
        sa.select(Service)
        .join(PhoneService, PhoneService.service_id == Service.id)
        .where(PhoneService.main_number == number)
    )


def favourites(member_id: int) -> Sequence[Favourite]:
    return db.session.scalars(
        sa.select(Favourite)
        .where(Favourite.member_id == member_id)
        .order_by(Favourite.name, Favourite.id)
    ).all()


def log_days() -> Sequence[CtiLogDay]:
    """Closed days of the CTI log, newest first."""
    return db.session.scalars(sa.select(CtiLogDay).order_by(CtiLogDay.day.desc())).all()


def log_lines(key: str) -> list[dict[str, Any]]:
    """The events in a stored file of the CTI log."""
    path = storage.path(key)
    return (
        [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
        if path.is_file()
        else []
    )


def log_day(day: date) -> list[dict[str, Any]] | None:
    """The events of a closed day; None when there is none."""
    row = db.session.get(CtiLogDay, day)
    return log_lines(row.file) if row else None
