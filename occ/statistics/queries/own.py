"""An agent's own figures of a day (MEM-8), and what waits for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from occ.ars.models import ArsDraft, ArsVersion, Queue, queue_agent
from occ.ars.rules.menu import KeyKind, from_json
from occ.callbacks.queries import Totals, totals
from occ.core import clock
from occ.core.db import db
from occ.core.settings import configured
from occ.help_center.documents.models import Document
from occ.help_center.documents.rules import DocumentKind, DocumentState
from occ.identity.models import Agent
from occ.identity.rules import AgentRole
from occ.mail.models import MailAccount
from occ.mail.rules import AccountKind
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms.models import SmsChannel, SmsSender
from occ.statistics.rules.steps import Step, steps_of
from occ.telephony.models import AgentInterval, Call, Leg, QueueEntry
from occ.telephony.rules.calls import AgentState, Direction, LegKind, LegOutcome, lasted
from occ.tickets.models import Ticket
from occ.tickets.queries import Own, Viewer, box_counts, own_figures, own_open, titles
from occ.tickets.rules import Box


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


@dataclass(frozen=True)
class Today:
    """What waits for one agent in a service; None where they have no part in it."""

    boxes: dict[Box, int] | None = None
    tickets: Sequence[Ticket] = ()
    titles: Mapping[int, str] = field(default_factory=dict)  # of those without one of their own
    callbacks: Totals | None = None
    callers: int | None = None
    longest: timedelta | None = None


OWN_TICKETS = 5


def today(
    service: Service,
    member_id: int,
    *,
    tickets: bool,
    callbacks: bool,
    all_of_them: bool,
    calls: bool,
) -> Today:
    """Tickets in the boxes that count with the oldest of one's own, open callbacks (one's own, or
    `all_of_them`), and callers who wait in the queues with the longest wait.
    """
    now = clock.now()
    callers, first = 0, None
    if calls:
        queued = sa.select(sa.func.count(), sa.func.min(QueueEntry.entered_at))
        callers, first = db.session.execute(
            queued.where(QueueEntry.left_at.is_(None), QueueEntry.service_id == service.id)
        ).one()
    own = own_open(service.id, member_id, OWN_TICKETS) if tickets else ()
    return Today(
        box_counts(service.id, Viewer(service.id, member_id)) if tickets else None,
        own,
        titles(service, own),
        totals(service.id, now, None if all_of_them else member_id) if callbacks else None,
        callers if calls else None,
        now - first if first else None,
    )


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
        ms = lasted(max(began, start), min(ended or end, end))
        times[state] = times.get(state, timedelta()) + timedelta(milliseconds=ms)
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


def steps(service: Service) -> dict[Step, bool]:
    """What a service needs before its first mail and call, each with whether it is there."""
    here = (Agent.service_id == service.id, Agent.removed_at.is_(None))
    staffed = (
        sa.exists()
        .where(Queue.id == queue_agent.c.queue_id, Queue.service_id == service.id)
        .where(Queue.retired_at.is_(None), Agent.id == queue_agent.c.agent_id, *here)
    )
    own = MailAccount.kind == AccountKind.REPRESENTATIVE
    is_received = bool(configured().mail_domain and configured().mail_listen)
    reached = own & MailAccount.on if is_received else sa.false()
    published = sa.exists().where(ArsVersion.service_id == service.id)
    there = {
        Step.MANAGER: sa.exists().where(Agent.role == AgentRole.MANAGER, *here),
        # who manages alone and takes calls has added everybody there is
        Step.AGENTS: sa.or_(sa.exists().where(Agent.role == AgentRole.AGENT, *here), staffed),
        Step.MAILBOX: sa.exists().where(
            MailAccount.service_id == service.id,
            sa.or_(MailAccount.kind == AccountKind.EXTERNAL, reached),
        ),
        Step.QUEUE: staffed,
        Step.PUBLISH: published,
        Step.CALL: sa.exists().where(
            Call.service_id == service.id,
            Call.direction == Direction.INBOUND,
            Call.answered_at.is_not(None),
        ),
        Step.TEXTS: sa.exists().where(
            SmsChannel.service_id == service.id,
            SmsChannel.active,
            SmsSender.service_id == SmsChannel.service_id,
        ),
        Step.FAQ: sa.exists().where(
            Document.service_id == service.id,
            Document.kind == DocumentKind.FAQ,
            Document.state == DocumentState.PUBLISHED,
        ),
    }
    draft = sa.select(ArsDraft.content).where(ArsDraft.service_id == service.id).scalar_subquery()
    *found, content = db.session.execute(sa.select(*there.values(), draft)).one()
    done = dict(zip(there, map(bool, found), strict=True))
    # a menu without keys can be published; as a draft it is begun, not set up
    keys = from_json(content).keys if content else ()
    done[Step.MENU] = done[Step.PUBLISH] or any(key.kind is KeyKind.QUEUE for key in keys)
    needed = steps_of(
        mail=service.offers(Feature.MAIL),
        phone=service.offers(Feature.PHONE),
        texts=service.offers(Feature.SMS),
        faq=service.offers(Feature.HELP_CENTER),
    )
    return {step: done[step] for step in needed}
