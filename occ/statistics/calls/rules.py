"""What each figure of calls means (STA-2): sums of cells, in which the facts are counted.

A cell holds how many facts of one kind, about one subject, ended alike within a unit. An offered
call and its outcome belong to the unit of the queue entry (MON), a talk to that of its ring.
"""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Direction,
    LegOutcome,
    QueueOutcome,
)

OPEN = "open"  # instead of an outcome: it goes on


class Kind(enum.Enum):
    """What a cell counts, and what its subject is."""

    CALL = "call"  # calls; no subject
    WAIT = "wait"  # waits in a queue
    TALK = "talk"  # talks of a queue's inbound calls
    PASSED = "passed"  # calls of a queue that a colleague took over
    LEG = "leg"  # parts of a member in calls with customers
    ASKED = "asked"  # consultations that a member asked for
    ANSWERER = "answerer"  # consultations that a member was asked for
    FILED = "filed"  # talks by disposition; 0 is none
    STATE = "state"  # times of a member in a state


@dataclass(frozen=True)
class Cell:
    """Facts that ended alike: how many, their time in all and the longest (ms); of waits also how
    many lasted at most the service-level time, and how many less than the accepted abandon time.
    """

    unit: int
    kind: Kind
    subject: int
    code: str
    count: int = 0
    ms: int = 0
    longest: int = 0
    within: int = 0
    early: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        """Both together, as one of them is named."""
        return replace(
            self,
            count=self.count + other.count,
            ms=self.ms + other.ms,
            longest=max(self.longest, other.longest),
            within=self.within + other.within,
            early=self.early + other.early,
        )


def call_code(direction: str, outcome: str | None, queued: bool, answered: bool) -> str:
    """Of a call: which way, how it ended, whether it came into a queue, whether it was answered."""
    return (
        f"{direction}.{outcome or OPEN}.{'queue' if queued else 'menu'}"
        f".{'talked' if answered else 'silent'}"
    )


def leg_code(direction: str, outcome: str | None, answered: bool) -> str:
    """Of a member's part in a call."""
    return f"{direction}.{outcome or OPEN}.{'talked' if answered else 'silent'}"


def consult_code(inside: bool, outcome: str | None, answered: bool) -> str:
    """Of a consultation: with a colleague or a number outside."""
    return (
        f"{'inside' if inside else 'outside'}.{outcome or OPEN}"
        f".{'talked' if answered else 'silent'}"
    )


class Sum:
    """Cells to be picked from."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells = tuple(cells)

    def of(self, kind: Kind, picks: Callable[[list[str]], bool] = lambda parts: True) -> Cell:
        """All cells of a kind whose code, in its parts, is picked, as one."""
        found = Cell(0, kind, 0, "")
        for cell in self.cells:
            if cell.kind is kind and picks(cell.code.split(".")):
                found += cell
        return found


@dataclass(frozen=True)
class Totals:
    """All calls of a service (STA-2, totals)."""

    offered: int = 0
    """Inbound calls that reached the main number (MON: total inbound), by their arrival."""
    in_menu: int = 0
    """Of these: ended without ever having come into a queue, also by a notice or a callback that
    was left in the menu.
    """
    queued: int = 0
    """Entries into a queue (MON: consultation requests, offered)."""
    answered: int = 0
    """Of these: an agent picked up."""
    failed: int = 0
    """Of these: over without an answer: abandoned, turned into a callback, turned away, broken."""
    within: int = 0
    """Of these: answered within the service-level time (CTI-1)."""
    tried: int = 0
    """Outbound calls."""
    reached: int = 0
    """Of these: the customer answered."""
    not_reached: int = 0
    """Of these: over without an answer."""

    @property
    def waiting(self) -> int:
        """Entries that are not over yet."""
        return self.queued - self.answered - self.failed


_IN, _OUT = Direction.INBOUND.value, Direction.OUTBOUND.value
_ANSWERED, _ABANDONED = QueueOutcome.ANSWERED.value, QueueOutcome.ABANDONED.value


def totals(cells: Iterable[Cell]) -> Totals:
    """The figures of cells of CALL and WAIT."""
    found = Sum(cells)
    waits = found.of(Kind.WAIT)
    answered = found.of(Kind.WAIT, lambda parts: parts[0] == _ANSWERED)
    going = found.of(Kind.WAIT, lambda parts: parts[0] == OPEN)

    def calls(*wanted: Callable[[list[str]], bool]) -> int:
        return found.of(Kind.CALL, lambda parts: all(one(parts) for one in wanted)).count

    return Totals(
        offered=calls(lambda p: p[0] == _IN),
        in_menu=calls(lambda p: p[0] == _IN, lambda p: p[1] != OPEN, lambda p: p[2] == "menu"),
        queued=waits.count,
        answered=answered.count,
        failed=waits.count - answered.count - going.count,
        within=answered.within,
        tried=calls(lambda p: p[0] == _OUT),
        reached=calls(lambda p: p[0] == _OUT, lambda p: p[3] == "talked"),
        not_reached=calls(
            lambda p: p[0] == _OUT, lambda p: p[1] != OPEN, lambda p: p[3] == "silent"
        ),
    )


@dataclass(frozen=True)
class OfQueue:
    """Calls of one queue (STA-2, by queue; waits and abandons)."""

    offered: int = 0
    """Entries into the queue; a recall is none (MON)."""
    internal: int = 0
    """Calls of the queue that a colleague took over inside, by the consultation before."""
    answered: int = 0
    """An agent picked up."""
    abandoned: int = 0
    """The caller left while waiting or ringing, however soon (MON)."""
    early: int = 0
    """Of these: sooner than the accepted abandon time (CTI-1)."""
    refused: int = 0
    """Turned away while waiting: the service or its phone contract was suspended."""
    failed: int = 0
    """The phone system lost the call while it waited (TEL-2)."""
    callbacks: int = 0
    """Left by callback: neither answered nor abandoned (MON)."""
    within: int = 0
    """Answered within the service-level time."""
    talk: int = 0
    """Talking time with agents (ms); their hold and consultations are part of it."""
    talks: int = 0
    """How many talks that is: a call that was passed on has several."""
    max_wait: int = 0
    """The longest wait that is over (ms)."""
    waited: int = 0
    """Waits that are over in all (ms)."""
    over: int = 0
    """How many these are."""
    max_abandoned: int = 0
    waited_abandoned: int = 0


REFUSED = "refused"
"""Instead of *interrupted*, of a wait that ended because the service was suspended."""


def of_queue(cells: Iterable[Cell]) -> OfQueue:
    """The figures of cells of WAIT, TALK and PASSED, of one queue or of several together."""
    found = Sum(cells)

    def waits(*codes: str) -> Cell:
        return found.of(Kind.WAIT, lambda parts: not codes or parts[0] in codes)

    answered, abandoned, talk = waits(_ANSWERED), waits(_ABANDONED), found.of(Kind.TALK)
    over = found.of(Kind.WAIT, lambda parts: parts[0] != OPEN)
    return OfQueue(
        offered=waits().count,
        internal=found.of(Kind.PASSED).count,
        answered=answered.count,
        abandoned=abandoned.count,
        early=abandoned.early,
        refused=waits(REFUSED).count,
        failed=waits(QueueOutcome.INTERRUPTED.value).count,
        callbacks=waits(QueueOutcome.CALLBACK.value).count,
        within=answered.within,
        talk=talk.ms,
        talks=talk.count,
        max_wait=over.longest,
        waited=over.ms,
        over=over.count,
        max_abandoned=abandoned.longest,
        waited_abandoned=abandoned.ms,
    )


@dataclass(frozen=True)
class OfAgent:
    """Calls of one agent (STA-2, by agent)."""

    rung: int = 0
    """Inbound calls that reached the agent: by the distribution or passed on by a colleague."""
    answered: int = 0
    """Of these: talked in, as My performance counts them (MEM-8)."""
    missed: int = 0
    """Of these: rang until the recall, or until the caller left."""
    refused: int = 0
    """Of these: the agent's phone turned the call away or could not be reached."""
    failed: int = 0
    """Of these: the phone system lost the call while it rang."""
    talk_in: int = 0
    """Talking time of inbound calls (ms)."""
    tried: int = 0
    """Outbound calls, dialed or taken over."""
    reached: int = 0
    """Of these: talked in, as My performance counts them."""
    not_reached: int = 0
    """Of these: over without an answer."""
    talk_out: int = 0
    asked_inside: int = 0
    """Consultations with colleagues that the agent asked for (internal calls out)."""
    talk_asked_inside: int = 0
    asked_outside: int = 0
    """Consultations with numbers outside that the agent asked for."""
    talk_asked_outside: int = 0
    was_asked: int = 0
    """Consultations for which a colleague asked the agent (internal calls in)."""
    talk_was_asked: int = 0
    transfers_in: int = 0
    """Calls taken over from a colleague: they are among those rung or tried."""
    transfers_out: int = 0
    """Calls passed on, to a colleague or a number outside (MEM-8: transfers)."""
    transfers_outside: int = 0
    """Of these: to a number outside."""


_MISSED = (LegOutcome.MISSED.value, LegOutcome.CALLER_LEFT.value)


def of_agent(cells: Iterable[Cell]) -> OfAgent:
    """The figures of cells of LEG, ASKED and ANSWERER, of one agent or of several together."""
    found = Sum(cells)

    def legs(direction: str, talked: bool | None = None, *outcomes: str) -> Cell:
        said = {None: ("talked", "silent"), True: ("talked",), False: ("silent",)}[talked]
        return found.of(
            Kind.LEG,
            lambda p: p[0] == direction and p[2] in said and (not outcomes or p[1] in outcomes),
        )

    def asked(where: str, *outcomes: str) -> Cell:
        return found.of(Kind.ASKED, lambda p: p[0] == where and (not outcomes or p[1] in outcomes))

    connected = LegOutcome.CONNECTED.value
    tried, silent = legs(_OUT), legs(_OUT, False)
    return OfAgent(
        rung=legs(_IN).count,
        answered=legs(_IN, True).count,
        missed=legs(_IN, False, *_MISSED).count,
        refused=legs(_IN, False, LegOutcome.UNREACHABLE.value).count,
        failed=legs(_IN, False, LegOutcome.INTERRUPTED.value).count,
        talk_in=legs(_IN, True).ms,
        tried=tried.count,
        reached=legs(_OUT, True).count,
        not_reached=silent.count - legs(_OUT, False, OPEN).count,
        talk_out=legs(_OUT, True).ms,
        asked_inside=asked("inside").count,
        talk_asked_inside=asked("inside").ms,
        asked_outside=asked("outside").count,
        talk_asked_outside=asked("outside").ms,
        was_asked=found.of(Kind.ANSWERER).count,
        talk_was_asked=found.of(Kind.ANSWERER).ms,
        transfers_in=found.of(Kind.ANSWERER, lambda p: p[1] == connected).count,
        transfers_out=found.of(Kind.LEG, lambda p: p[1] == LegOutcome.TRANSFERRED.value).count,
        transfers_outside=asked("outside", connected).count,
    )


@dataclass(frozen=True)
class Filed:
    """Talks that were filed alike (STA-2, by disposition); each agent's part is one."""

    inbound: int = 0
    outbound: int = 0
    talk_in: int = 0
    talk_out: int = 0


def filed(cells: Iterable[Cell]) -> Filed:
    """The figures of cells of FILED, of one disposition or of several together."""
    found = Sum(cells)
    inbound = found.of(Kind.FILED, lambda parts: parts[0] == _IN)
    outbound = found.of(Kind.FILED, lambda parts: parts[0] == _OUT)
    return Filed(inbound.count, outbound.count, inbound.ms, outbound.ms)


@dataclass(frozen=True)
class InState:
    """Times of agents in one state (STA-2, by agent state): how often it began, and how long it
    lasted within the unit (ms); one that goes on counts until now.
    """

    count: int = 0
    ms: int = 0


def in_states(cells: Iterable[Cell]) -> dict[AgentState, InState]:
    """The figures of cells of STATE, of one agent or of several together."""
    found: dict[AgentState, InState] = {}
    for cell in cells:
        if cell.kind is Kind.STATE:
            state = AgentState(cell.code)
            before = found.get(state, InState())
            found[state] = InState(before.count + cell.count, before.ms + cell.ms)
    return found


def merged(cells: Iterable[Cell]) -> list[Cell]:
    """Cells that are named alike as one, in their order; those of nothing left out."""
    found: dict[tuple[int, Kind, int, str], Cell] = {}
    for cell in cells:
        key = (cell.unit, cell.kind, cell.subject, cell.code)
        found[key] = found[key] + cell if key in found else cell
    kept = (cell for cell in found.values() if any(_amounts(cell)))
    return sorted(kept, key=lambda cell: (cell.unit, cell.kind.value, cell.subject, cell.code))


_NAMES = {"unit", "kind", "subject", "code"}


def _amounts(cell: Cell) -> list[int]:
    return [getattr(cell, field.name) for field in fields(Cell) if field.name not in _NAMES]


_AWAY = CallOutcome.SUSPENDED


def wait_code(outcome: QueueOutcome | None, of_call: CallOutcome | None) -> str:
    """Of a wait: how it ended; one that a suspension ended was refused, not lost (ORG-5)."""
    if outcome is None:
        return OPEN
    if outcome is QueueOutcome.INTERRUPTED and of_call is _AWAY:
        return REFUSED
    return outcome.value
