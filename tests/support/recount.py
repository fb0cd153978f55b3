"""Figures of calls counted by hand from rows as they are, as a check of what the console counts (STA-2).

Nothing here knows how the console counts: each figure walks over all facts of the service.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.statistics.calls.rules import Filed, InState, OfAgent, OfQueue, Totals
from occ.statistics.days import Bucket
from occ.telephony.models import AgentInterval, Call, Leg, QueueEntry
from occ.telephony.rules.calls import AgentState, CallOutcome, Direction, LegKind, LegOutcome
from occ.telephony.rules.calls import QueueOutcome as Q

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


@dataclass
class Facts:
    """All rows of a service."""

    service: Service
    level: int
    early: int
    calls: Sequence[Call] = field(init=False)
    waits: Sequence[QueueEntry] = field(init=False)
    legs: Sequence[Leg] = field(init=False)

    def __post_init__(self) -> None:
        of: Callable[[Any], Any] = lambda model: list(
            db.session.scalars(sa.select(model).where(model.service_id == self.service.id))
        )
        self.calls, self.waits, self.legs = of(Call), of(QueueEntry), of(Leg)

    def _in(self, unit: Bucket, day: date, at: datetime) -> bool:
        if unit.hour is None:
            return unit.first <= day <= unit.last
        return day == unit.first and unit.start <= at < unit.end

    def totals(self, unit: Bucket) -> Totals:
        calls = [c for c in self.calls if self._in(unit, c.day, c.started_at)]
        waits = [w for w in self.waits if self._in(unit, w.day, w.entered_at)]
        entered = {w.call_id for w in self.waits}
        inbound = [c for c in calls if c.direction is IN]
        outbound = [c for c in calls if c.direction is OUT]
        return Totals(
            offered=len(inbound),
            in_menu=sum(c.outcome is not None and c.id not in entered for c in inbound),
            queued=len(waits),
            answered=sum(w.outcome is Q.ANSWERED for w in waits),
            failed=sum(w.outcome not in (None, Q.ANSWERED) for w in waits),
            within=sum(w.outcome is Q.ANSWERED and w.waited_ms <= self.level * 1000 for w in waits),
            tried=len(outbound),
            reached=sum(c.answered_at is not None for c in outbound),
            not_reached=sum(c.answered_at is None and c.outcome is not None for c in outbound),
        )

    def of_queue(self, unit: Bucket, queue: int) -> OfQueue:
        by_id = {c.id: c for c in self.calls}
        waits = [
            w for w in self.waits if w.queue_id == queue and self._in(unit, w.day, w.entered_at)
        ]
        legs = [
            leg
            for leg in self.legs
            if by_id[leg.call_id].queue_id == queue and self._in(unit, leg.day, leg.started_at)
        ]
        talks = [
            leg
            for leg in legs
            if leg.kind is LegKind.AGENT and leg.answered_at and leg.direction is IN
        ]
        over = [w.waited_ms or 0 for w in waits if w.outcome is not None]
        left = [w.waited_ms or 0 for w in waits if w.outcome is Q.ABANDONED]
        away = [
            w
            for w in waits
            if w.outcome is Q.INTERRUPTED and by_id[w.call_id].outcome is CallOutcome.SUSPENDED
        ]
        return OfQueue(
            offered=len(waits),
            internal=sum(
                leg.kind is LegKind.CONSULT
                and leg.member_id is not None
                and leg.outcome is LegOutcome.CONNECTED
                for leg in legs
            ),
            answered=sum(w.outcome is Q.ANSWERED for w in waits),
            abandoned=len(left),
            early=sum(ms < self.early * 1000 for ms in left),
            refused=len(away),
            failed=sum(w.outcome is Q.INTERRUPTED for w in waits) - len(away),
            callbacks=sum(w.outcome is Q.CALLBACK for w in waits),
            within=sum(w.outcome is Q.ANSWERED and w.waited_ms <= self.level * 1000 for w in waits),
            talk=sum(leg.talk_ms for leg in talks),
            talks=len(talks),
            max_wait=max(over, default=0),
            waited=sum(over),
            over=len(over),
            max_abandoned=max(left, default=0),
            waited_abandoned=sum(left),
        )

    def of_agent(self, unit: Bucket, member: int) -> OfAgent:
        here = [leg for leg in self.legs if self._in(unit, leg.day, leg.started_at)]
        own = [leg for leg in here if leg.kind is LegKind.AGENT and leg.member_id == member]
        rung, tried = ([x for x in own if x.direction is way] for way in (IN, OUT))
        consults = [leg for leg in here if leg.kind is LegKind.CONSULT]
        inside = [x for x in consults if x.asked_by == member and x.member_id is not None]
        outside = [x for x in consults if x.asked_by == member and x.member_id is None]
        asked = [leg for leg in consults if leg.member_id == member]

        def silent(legs: Sequence[Leg], *outcomes: LegOutcome) -> int:
            return sum(x.answered_at is None and x.outcome in outcomes for x in legs)

        def talk(legs: Sequence[Leg]) -> int:
            return sum(leg.talk_ms for leg in legs)

        return OfAgent(
            rung=len(rung),
            answered=sum(leg.answered_at is not None for leg in rung),
            missed=silent(rung, LegOutcome.MISSED, LegOutcome.CALLER_LEFT),
            refused=silent(rung, LegOutcome.UNREACHABLE),
            failed=silent(rung, LegOutcome.INTERRUPTED),
            talk_in=talk(rung),
            tried=len(tried),
            reached=sum(leg.answered_at is not None for leg in tried),
            not_reached=silent(tried, *LegOutcome),
            talk_out=talk(tried),
            asked_inside=len(inside),
            talk_asked_inside=talk(inside),
            asked_outside=len(outside),
            talk_asked_outside=talk(outside),
            was_asked=len(asked),
            talk_was_asked=talk(asked),
            transfers_in=sum(leg.outcome is LegOutcome.CONNECTED for leg in asked),
            transfers_out=sum(leg.outcome is LegOutcome.TRANSFERRED for leg in own),
            transfers_outside=sum(leg.outcome is LegOutcome.CONNECTED for leg in outside),
        )

    def filed(self, unit: Bucket, disposition: int | None) -> Filed:
        legs = [
            leg
            for leg in self.legs
            if leg.kind is LegKind.AGENT
            and leg.answered_at is not None
            and leg.disposition_id == disposition
            and self._in(unit, leg.day, leg.started_at)
        ]
        ways = [[leg.talk_ms for leg in legs if leg.direction is way] for way in (IN, OUT)]
        return Filed(len(ways[0]), len(ways[1]), sum(ways[0]), sum(ways[1]))

    def in_states(self, unit: Bucket, member: int) -> dict[AgentState, InState]:
        """Millisecond by millisecond would be naive, too: each interval is cut at the unit's edges."""
        agent = db.session.scalars(
            sa.select(Agent).where(Agent.service_id == self.service.id, Agent.member_id == member)
        ).one()
        zone, now = self.service.time_zone, clock.now()
        since = clock.day_start(clock.local_day(agent.created_at, zone), zone)
        found: dict[AgentState, tuple[int, timedelta]] = {}
        rows = db.session.scalars(sa.select(AgentInterval).where(AgentInterval.member_id == member))
        for row in rows:
            start = max(row.started_at, unit.start, since)
            end = min(row.ended_at or now, unit.end, now)
            began = unit.start <= row.started_at < min(unit.end, now) and row.started_at >= since
            if start < end or began:
                count, time = found.get(row.state, (0, timedelta()))
                found[row.state] = (count + began, time + max(end - start, timedelta()))
        return {
            state: InState(count, time // timedelta(milliseconds=1))
            for state, (count, time) in found.items()
            if count or time
        }
