"""One day at a service's phones, played without a database by the rules that calls have (TEL-1,
TEL-3, CTI-4, CTI-5): callers wait in turn for the agent who has been idle longest, and some leave.
"""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from occ.ars.rules.phone import ATTEMPTS
from occ.callbacks.rules import Source
from occ.cli.year.days import MINUTE, Shift
from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
)

SECOND = 1_000
RECALL = 30 * SECOND
PATIENCE, TALK, WRAP_UP = 90, 170, 30  # seconds, on average
MISSES, HOLDS, CONSULTS, CONNECTS, ABUSES = 0.02, 0.07, 0.05, 0.7, 0.002
LEAVES_MENU, ASKS_MENU, ASKS_QUEUE = 0.05, 0.01, 0.35
S, L = AgentState, LegOutcome
FREE = frozenset({S.READY, S.TICKET})
TIED = frozenset({S.RINGING, S.TALKING, S.HOLD, S.CONSULT, S.DIALING, S.WRAP_UP, S.MISSED})
Do = Callable[[int], None]


@dataclass(eq=False)
class Part:
    """An agent's part in a call."""

    member: int
    kind: LegKind
    started: int
    asked_by: int | None = None
    answered: int | None = None
    ended: int = 0
    outcome: LegOutcome = L.COMPLETED
    filed: int | None = None


@dataclass(eq=False)
class Wish:
    """A callback; `asker` is the customer."""

    asker: int
    queue: int
    source: Source
    asked: int
    again: int = 0
    requests: int = 1
    assignee: int | None = None
    assigned: int | None = None
    attempts: int = 0
    failures: int = 0
    failed: int | None = None
    called: int | None = None
    call: "Line | None" = None
    disposition: int | None = None
    completed: int | None = None
    deleted: int | None = None

    @property
    def is_open(self) -> bool:
        return self.completed is None and self.deleted is None


@dataclass(eq=False)
class Line:
    """A call; `mine` is the part of whoever has it, `turn` counts what happened to it, so that what
    was to happen before is void. It gets numbers once it is stored.
    """

    customer: int
    direction: Direction
    started: int
    queue: int | None = None
    entered: int | None = None
    left: int | None = None
    wait: QueueOutcome | None = None
    answered: int | None = None
    ended: int | None = None
    outcome: CallOutcome = CallOutcome.COMPLETED
    phase: Phase = Phase.MENU
    parts: list[Part] = field(default_factory=list)
    mine: Part = field(init=False)
    wish: Wish | None = None
    turn: int = 0
    ident: int = 0
    ticket: int | None = None


@dataclass(frozen=True)
class State:
    """A time of a member in a state."""

    member: int
    state: AgentState
    started: int
    ended: int
    line: Line | None


@dataclass(eq=False)
class Person:
    """An agent at work."""

    shift: Shift
    queues: frozenset[int]
    state: AgentState | None = None
    since: int = 0
    idle: int = 0
    line: Line | None = None
    came: int = 0


class Floor:
    """A day until an instant. What happened is in `lines`, `states`, `logins` and `wishes`, which
    begin with those that are open from before; None where nobody is called back.
    """

    def __init__(
        self,
        chance: Random,
        shifts: Mapping[int, Shift],
        queues: Mapping[int, frozenset[int]],
        until: int,
        wishes: Sequence[Wish] | None,
    ) -> None:
        self.lines: list[Line] = []
        self.states: list[State] = []
        self.logins: list[tuple[int, int, int]] = []
        self.wishes = list(wishes or ())
        self._calls_back = wishes is not None
        self._chance, self._until = chance, until
        self._due: list[tuple[int, int, Do]] = []
        self._count = itertools.count()
        self._waiting: list[Line] = []
        self._people = {
            member: Person(
                shift, frozenset(queue for queue, whose in queues.items() if member in whose)
            )
            for member, shift in shifts.items()
        }
        self._queues = [queue for queue, whose in queues.items() if whose & shifts.keys()]
        for person in self._people.values():
            edges = {person.shift.comes, person.shift.goes}
            edges |= {edge for start, end, _state in person.shift.plan for edge in (start, end)}
            for edge in edges:
                self.at(edge, partial(self._look, person))

    def at(self, now: int, do: Do) -> None:
        """Lets something happen later."""
        heapq.heappush(self._due, (now, next(self._count), do))

    def run(self) -> None:
        """Plays until all is over, or the instant has come."""
        while self._due and self._due[0][0] < self._until:
            now, _order, do = heapq.heappop(self._due)
            do(now)
        self._stop(self._until)

    def _soon(self, least: float, most: float) -> int:
        """Milliseconds of so many seconds."""
        return int(self._chance.uniform(least, most) * SECOND)

    def _about(self, seconds: float) -> int:
        """A length as people take: many are short, a few long."""
        return 10 * SECOND + int(self._chance.lognormvariate(-0.32, 0.8) * seconds * SECOND)

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _queue(self) -> int:
        """Most callers choose what is named first."""
        return self._chance.choices(self._queues, range(len(self._queues) + 1, 1, -1))[0]

    # agents

    def _set(
        self, person: Person, state: AgentState | None, now: int, line: Line | None = None
    ) -> None:
        if person.state is not None and now > person.since:
            member = person.shift.member
            self.states.append(State(member, person.state, person.since, now, person.line))
        person.state, person.since, person.line = state, now, line

    def _look(self, person: Person, now: int) -> None:
        """Somebody comes, goes, or does what is planned, unless a call keeps them."""
        if person.state is None and now < person.shift.goes:
            person.came = person.idle = now
        if person.state not in TIED:
            self._free(person, now)

    def _free(self, person: Person, now: int, *, talked: bool = False) -> None:
        if talked:
            person.idle = now
        if now >= person.shift.goes:
            if person.state is not None:
                self.logins.append((person.shift.member, person.came, now))
            self._set(person, None, now)
            return
        wanted = person.shift.wants(now)
        if wanted is not person.state:
            self._set(person, wanted, now)
        self._distribute(now)

    def _missed(self, person: Person, now: int) -> None:
        if person.state is S.MISSED:
            self._free(person, now)

    # calls that come in

    def call_in(self, customer: int, is_open: bool, now: int) -> None:
        """Somebody calls, hears the voice menu, and chooses a queue, a callback or nothing."""
        line = Line(customer, Direction.INBOUND, now)
        self.lines.append(line)
        heard = now + self._soon(9, 30)
        if not is_open or not self._queues or self._happens(LEAVES_MENU):
            self.at(heard, partial(self._end, line, CallOutcome.MENU))
        elif self._calls_back and self._happens(ASKS_MENU):
            wish = Wish(customer, self._queue(), Source.MENU, heard)
            self.at(heard, partial(self._ask, line, wish))
        else:
            self.at(heard, partial(self._enter, line))

    def _enter(self, line: Line, now: int) -> None:
        line.phase, line.queue, line.entered = Phase.QUEUED, self._queue(), now
        self._waiting.append(line)
        patience = 4 * SECOND + int(self._chance.expovariate(1 / PATIENCE) * SECOND)
        self.at(now + patience, partial(self._leave, line))
        if self._calls_back and self._happens(ASKS_QUEUE):
            wish = Wish(line.customer, line.queue, Source.QUEUE, 0)
            self.at(now + self._soon(40, 75), partial(self._ask, line, wish))
        self._distribute(now)

    def _distribute(self, now: int) -> None:
        for line in list(self._waiting):
            ready = [
                person
                for person in self._people.values()
                if person.state is S.READY and line.queue in person.queues
            ]
            if ready:
                self._offer(line, min(ready, key=lambda person: person.idle), now)

    def _offer(self, line: Line, person: Person, now: int) -> None:
        self._waiting.remove(line)
        line.phase, line.turn = Phase.RINGING, line.turn + 1
        line.mine = Part(person.shift.member, LegKind.AGENT, now)
        line.parts.append(line.mine)
        self._set(person, S.RINGING, now, line)
        if self._happens(MISSES):
            self.at(now + RECALL, partial(self._recall, line, line.turn))
        else:
            self.at(now + self._soon(2, 9), partial(self._answer, line, line.turn))

    def _recall(self, line: Line, turn: int, now: int) -> None:
        if (line.phase, line.turn) != (Phase.RINGING, turn):
            return
        person = self._close(line.mine, L.MISSED, now)
        self._set(person, S.MISSED, now)
        self.at(now + self._soon(40, 300), partial(self._missed, person))
        line.phase = Phase.QUEUED
        self._waiting.insert(0, line)
        self._distribute(now)

    def _answer(self, line: Line, turn: int, now: int) -> None:
        if (line.phase, line.turn) != (Phase.RINGING, turn):
            return
        part = line.mine
        part.answered = line.answered = line.left = now
        line.wait = QueueOutcome.ANSWERED
        self._talk(line, self._people[part.member], self._about(TALK), now)

    def _talk(self, line: Line, person: Person, length: int, now: int) -> None:
        """A talk of a length, with what happens in it."""
        line.phase, line.turn = Phase.TALKING, line.turn + 1
        self._set(person, S.TALKING, now, line)
        over, chance = now + length, self._chance.random()
        if length > 60 * SECOND and chance < HOLDS + CONSULTS:
            do = self._hold if chance < HOLDS else self._consult
            self.at(now + length // 3, partial(do, line, line.turn, over))
        else:
            self.at(over, partial(self._hang_up, line, line.turn))

    def _hold(self, line: Line, turn: int, over: int, now: int) -> None:
        if (line.phase, line.turn) != (Phase.TALKING, turn):
            return
        self._set(self._people[line.mine.member], S.HOLD, now, line)
        self.at(now + self._soon(15, 80), partial(self._resume, line, turn, over))

    def _resume(self, line: Line, turn: int, over: int, now: int) -> None:
        if (line.phase, line.turn) != (Phase.TALKING, turn):
            return
        self._set(self._people[line.mine.member], S.TALKING, now, line)
        self.at(max(over, now + 5 * SECOND), partial(self._hang_up, line, turn))

    def _consult(self, line: Line, turn: int, over: int, now: int) -> None:
        """Asks a colleague who is ready; without one the talk goes on."""
        if (line.phase, line.turn) != (Phase.TALKING, turn):
            return
        mine = line.mine
        found = [one for one in self._people.values() if one.state is S.READY]
        if not found:
            self.at(over, partial(self._hang_up, line, turn))
            return
        asked = min(found, key=lambda person: person.idle)
        line.phase = Phase.CONSULTING
        part = Part(asked.shift.member, LegKind.CONSULT, now, asked_by=mine.member)
        line.parts.append(part)
        self._set(self._people[mine.member], S.CONSULT, now, line)
        self._set(asked, S.RINGING, now, line)
        self.at(now + self._soon(2, 8), partial(self._consulted, line, part, over))

    def _consulted(self, line: Line, part: Part, over: int, now: int) -> None:
        part.answered = now
        self._set(self._people[part.member], S.CONSULT, now, line)
        do = self._connect if self._happens(CONNECTS) else self._advised
        self.at(now + self._soon(12, 60), partial(do, line, part, over))

    def _connect(self, line: Line, part: Part, _over: int, now: int) -> None:
        """The colleague has the call from now on."""
        asked, mine = self._close(part, L.CONNECTED, now), line.mine
        mine.ended, mine.outcome = now, L.TRANSFERRED
        line.mine = Part(part.member, LegKind.AGENT, now, answered=now)
        line.parts.append(line.mine)
        self._wrap_up(line, mine, now)
        self._talk(line, asked, self._about(TALK / 2), now)

    def _advised(self, line: Line, part: Part, over: int, now: int) -> None:
        """The colleague said what was asked; the agent goes on with the customer."""
        asked = self._close(part, L.CANCELLED, now)
        line.phase, line.turn = Phase.TALKING, line.turn + 1
        self._set(self._people[line.mine.member], S.TALKING, now, line)
        self.at(max(over, now + 20 * SECOND), partial(self._hang_up, line, line.turn))
        self._free(asked, now)

    def _hang_up(self, line: Line, turn: int, now: int) -> None:
        if (line.phase, line.turn) != (Phase.TALKING, turn):
            return
        self._close(line.mine, L.COMPLETED, now)
        if line.direction is Direction.INBOUND and self._happens(ABUSES):
            line.phase = Phase.CLOSING
            self.at(now + 6 * SECOND, partial(self._end, line, CallOutcome.ABUSE))
        else:
            self._end(line, CallOutcome.COMPLETED, now)
        self._wrap_up(line, line.mine, now)

    def _close(self, part: Part, outcome: LegOutcome, now: int) -> Person:
        part.ended, part.outcome = now, outcome
        return self._people[part.member]

    def _wrap_up(self, line: Line, part: Part, now: int) -> None:
        person = self._people[part.member]
        self._set(person, S.WRAP_UP, now, line)
        part.filed = now + 4 * SECOND + int(self._chance.expovariate(1 / WRAP_UP) * SECOND)
        self.at(part.filed, partial(self._filed, line, part, person))

    def _filed(self, line: Line, part: Part, person: Person, now: int) -> None:
        wish = line.wish
        if wish is not None and wish.is_open and wish.assignee == part.member:
            wish.completed = now
        self._free(person, now, talked=True)

    def _leave(self, line: Line, now: int) -> None:
        """The caller has waited for too long."""
        if line.phase is Phase.RINGING:
            self._free(self._close(line.mine, L.CALLER_LEFT, now), now)
        elif line.phase is Phase.QUEUED:
            self._waiting.remove(line)
        else:
            return
        line.wait, line.left = QueueOutcome.ABANDONED, now
        self._end(line, CallOutcome.ABANDONED, now)

    def _ask(self, line: Line, wish: Wish, now: int) -> None:
        """The caller would rather be called back."""
        if line.phase is Phase.QUEUED:
            self._waiting.remove(line)
            line.wait, line.left = QueueOutcome.CALLBACK, now
        elif line.phase is not Phase.MENU:
            return
        self._wish(wish, now)
        line.phase = Phase.CLOSING
        self.at(now + 5 * SECOND, partial(self._end, line, CallOutcome.CALLBACK))

    def _wish(self, wish: Wish, now: int) -> None:
        """A second wish of somebody in a queue joins the open one (CBK-6)."""
        same = (wish.asker, wish.queue)
        known = (one for one in self.wishes if one.is_open and (one.asker, one.queue) == same)
        before = next(known, None)
        if before is not None:
            before.requests, before.again = before.requests + 1, now
            return
        wish.asked = wish.again = now
        self.wishes.append(wish)

    def _end(self, line: Line, outcome: CallOutcome, now: int) -> None:
        line.phase, line.ended, line.outcome = Phase.ENDED, now, outcome

    # calls that go out

    def call_out(self, member: int, customer: int, wish: Wish | None, now: int) -> None:
        """An agent who works on tickets or waits calls somebody; a busy one does so later."""
        person = self._people.get(member)
        if person is None or now >= person.shift.goes - 5 * MINUTE:
            return  # on another day
        if wish is not None and not wish.is_open:
            return
        if person.state not in FREE:
            self.at(now + self._soon(90, 240), partial(self.call_out, member, customer, wish))
            return
        line = Line(customer, Direction.OUTBOUND, now, phase=Phase.DIALING, wish=wish)
        line.mine = Part(member, LegKind.AGENT, now)
        line.parts.append(line.mine)
        self.lines.append(line)
        if wish is not None:
            line.queue = wish.queue
            wish.attempts, wish.called, wish.call = wish.attempts + 1, now, line
        self._set(person, S.DIALING, now, line)
        chance = self._chance.random()
        if chance < 0.76:
            self.at(now + self._soon(4, 20), partial(self._reached, line))
        elif chance < 0.92:
            self.at(now + 25 * SECOND, partial(self._not_reached, line, L.NO_ANSWER))
        elif chance < 0.98:
            self.at(now + 2 * SECOND, partial(self._not_reached, line, L.BUSY))
        else:
            self.at(now + SECOND, partial(self._not_reached, line, L.FAILED))

    def _reached(self, line: Line, now: int) -> None:
        line.mine.answered = line.answered = now
        if line.wish is not None:
            line.wish.failures, line.wish.failed = 0, None
        self._talk(line, self._people[line.mine.member], self._about(TALK * 0.6), now)

    def _not_reached(self, line: Line, outcome: LegOutcome, now: int) -> None:
        person = self._close(line.mine, outcome, now)
        self._end(line, _DIALED[outcome], now)
        self._free(person, now)
        wish = line.wish
        if wish is None:
            return
        wish.failures += 1
        if wish.failures >= ATTEMPTS and wish.failed is None:
            wish.failed = now
        elif wish.failures < ATTEMPTS:
            member = line.mine.member
            later = now + self._soon(2_400, 6_000)
            self.at(later, partial(self.call_out, member, line.customer, wish))

    # the end

    def _stop(self, now: int) -> None:
        """Whatever still goes on ends."""
        for line in self.lines:
            if line.ended is not None:
                continue
            if line.entered is not None and line.wait is None:
                line.wait, line.left = QueueOutcome.ABANDONED, now
            for part in line.parts:
                if not part.ended:
                    part.ended = now
                    part.outcome = L.COMPLETED if part.answered else L.CALLER_LEFT
                    if part.kind is LegKind.CONSULT or line.direction is Direction.OUTBOUND:
                        part.outcome = L.COMPLETED if part.answered else L.CANCELLED
            self._end(line, _stopped(line), now)
        for person in self._people.values():
            if person.state is not None:
                self.logins.append((person.shift.member, person.came, now))
                self._set(person, None, now)


_DIALED = {
    L.NO_ANSWER: CallOutcome.NO_ANSWER,
    L.BUSY: CallOutcome.BUSY,
    L.FAILED: CallOutcome.FAILED,
}


def _stopped(line: Line) -> CallOutcome:
    """How a call ended that the end of the day cut off."""
    if line.answered is not None:
        return CallOutcome.COMPLETED
    if line.phase is Phase.CLOSING:
        return CallOutcome.CALLBACK
    if line.entered is not None:
        return CallOutcome.ABANDONED
    is_out = line.direction is Direction.OUTBOUND
    return CallOutcome.CANCELLED if is_out else CallOutcome.MENU
