"""What was played of a day's calls, as rows (TEL-2): calls, their parts and waits, callbacks,
states of agents and their logins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState
from occ.cli.year.days import HOUR, instant
from occ.cli.year.floor import Floor, Line, Part, Wish
from occ.cli.year.people import People
from occ.cli.year.store import Store
from occ.core import clock
from occ.telephony.models import AgentInterval, Call, CtiSession, Leg, QueueEntry
from occ.telephony.rules.calls import AgentState, Direction, LegKind, Phase

UNFILED = 0.08  # share of talks without a disposition
NOTES = (
    "고객 확인 후 안내",
    "추가 문의 없음",
    "재연락 요청하심",
    "환불 일정 안내",
    "주문 번호 확인",
)


@dataclass(frozen=True)
class Center:
    """What a service's calls are noted with."""

    service_id: int
    number: str
    zone: str
    dispositions: Sequence[int]
    promises: Mapping[int, int]
    manager: int


class Calls:
    """Notes days of a service's calls."""

    def __init__(self, store: Store, people: People, of: Center, chance: Random) -> None:
        self._store, self._people, self._of, self._chance = store, people, of, chance

    def note(self, day: date, floor: Floor) -> None:
        """A day, whose calls and tickets have their numbers."""
        for line in floor.lines:
            self._call(day, line)
        for state in floor.states:
            of = state.line
            self._store.add(
                AgentInterval,
                member_id=state.member,
                state=state.state,
                outbound=of is not None and of.direction is Direction.OUTBOUND,
                call_id=of.ident if of else None,
                service_id=self._of.service_id if of else None,
                started_at=instant(state.started),
                ended_at=instant(state.ended),
            )
        for member, came, went in floor.logins:
            self._store.add(
                CtiSession,
                member_id=member,
                service_id=self._of.service_id,
                login_entry_id=None,
                started_at=instant(came),
                ended_at=instant(went),
                seen_at=instant(went),
                idle_since=instant(went),
                before=AgentState.READY,
                robot=False,
            )

    def _call(self, day: date, line: Line) -> None:
        ident, ended, ticket = line.ident, line.ended, line.ticket
        assert ended is not None
        people = [part.member for part in line.parts if part.kind is LegKind.AGENT]
        self._store.add(
            Call,
            id=ident,
            ref=f"year-{ident}",
            service_id=self._of.service_id,
            direction=line.direction,
            phase=Phase.ENDED,
            customer_number=self._people.numbers[line.customer],
            service_number=self._of.number,
            customer_id=line.customer,
            queue_id=line.queue,
            closing=None,
            day=day,
            started_at=instant(line.started),
            phase_at=instant(ended),
            answered_at=_maybe(line.answered),
            ended_at=instant(ended),
            outcome=line.outcome,
            handled_by=people[-1] if people else None,
            link_label=f"#{ticket}" if ticket else "",
            link_endpoint="tickets.detail" if ticket else "",
            link_id=ticket,
        )
        if line.entered is not None and line.left is not None:
            self._store.add(
                QueueEntry,
                call_id=ident,
                service_id=self._of.service_id,
                queue_id=line.queue,
                day=self._day(line.entered),
                entered_at=instant(line.entered),
                left_at=instant(line.left),
                outcome=line.wait,
                agent_id=people[-1] if line.answered is not None else None,
                waited_ms=line.left - line.entered,
            )
        for part in line.parts:
            self._leg(ident, line, part)

    def _day(self, at: int) -> date:
        return clock.local_day(instant(at), self._of.zone)

    def _leg(self, ident: int, line: Line, part: Part) -> None:
        files = part.filed is not None and self._chance.random() > UNFILED
        disposition = self._disposition(line) if files and self._of.dispositions else None
        if line.wish is not None and line.wish.call is line and part is line.mine:
            line.wish.disposition = disposition
        self._store.add(
            Leg,
            call_id=ident,
            service_id=self._of.service_id,
            direction=line.direction,
            kind=part.kind,
            member_id=part.member,
            number="",
            asked_by=part.asked_by,
            day=self._day(part.started),
            started_at=instant(part.started),
            answered_at=_maybe(part.answered),
            ended_at=instant(part.ended),
            outcome=part.outcome,
            talk_ms=part.ended - part.answered if part.answered is not None else 0,
            disposition_id=disposition,
            notes=self._chance.choice(NOTES) if files and self._chance.random() < 0.15 else "",
            filed_at=_maybe(part.filed),
        )

    def _disposition(self, line: Line) -> int:
        """Callers of a queue want much the same."""
        every = self._of.dispositions
        first = (line.queue or 0) % len(every)
        weights = [4 if place == first else 1 for place in range(len(every))]
        return self._chance.choices(every, weights)[0]

    def callbacks(self, wishes: Sequence[Wish]) -> None:
        """What has become of callbacks in the end."""
        for wish in wishes:
            self._store.add(Callback, **self._callback(wish))

    def _callback(self, wish: Wish) -> dict[str, Any]:
        assigned = instant(wish.assigned) if wish.assigned is not None else None
        state = CallbackState.REGISTERED
        if wish.completed is not None:
            state = CallbackState.COMPLETED
        elif wish.assignee is not None:
            state = CallbackState.UNPROCESSED
        promise = self._of.promises[wish.queue] * HOUR
        return {
            "service_id": self._of.service_id,
            "queue_id": wish.queue,
            "number": self._people.numbers[wish.asker],
            "customer_id": wish.asker,
            "state": state,
            "source": wish.source,
            "requests": wish.requests,
            "requested_at": instant(wish.asked),
            "last_requested_at": instant(wish.again),
            "promise_until": instant(wish.asked + promise),
            "assignee_id": wish.assignee,
            "assigner_id": self._of.manager if wish.assignee is not None else None,
            "assigned_at": assigned,
            "assigned_day": clock.local_day(assigned, self._of.zone) if assigned else None,
            "attempts": wish.attempts,
            "failures": wish.failures,
            "failed_at": _maybe(wish.failed),
            "last_call_id": wish.call.ident if wish.call is not None else None,
            "called_at": _maybe(wish.called),
            "disposition_id": wish.disposition,
            "completed_at": _maybe(wish.completed),
            "completed_by": wish.assignee if wish.completed is not None else None,
            "deleted_at": _maybe(wish.deleted),
            "deleted_by": self._of.manager if wish.deleted is not None else None,
            "version": 1,
        }


def _maybe(at: int | None) -> Any:
    return instant(at) if at is not None else None
