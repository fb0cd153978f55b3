"""The words of telephony: phases, events, outcomes, agent states, and what a decision knows of a
call.
"""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from occ.ars.rules.flow import Step as MenuStep

NOTES_MAX = 1024


class CtiVersion(enum.Enum):
    """Which phone system carries the calls (CTI-1)."""

    MOBILE = "mobile"
    IPCC = "ipcc"


class TicketOn(enum.Enum):
    """When an outbound call gets its ticket (CTI-1)."""

    DIALING = "dialing"
    CONNECTION = "connection"


class Command(enum.Enum):
    """What a person can ask for: the first group in the phone widget, the second
    on the simulator's caller page.
    """

    LOGIN = "login"
    LOGOUT = "logout"
    STATE = "state"
    ANSWER = "answer"
    DIAL = "dial"
    HOLD = "hold"
    RESUME = "resume"
    HANG_UP = "hang_up"
    CONSULT = "consult"
    DECLINE = "decline"
    CONNECT = "connect"
    CANCEL = "cancel"
    ABUSE = "abuse"
    WRAP_UP = "wrap_up"
    TAKE = "take"

    PLACE = "place"
    DIGIT = "digit"
    LEAVE = "leave"


class Direction(enum.Enum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Phase(enum.Enum):
    """Where a call is."""

    MENU = "menu"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    CONSULT_RINGING = "consult_ringing"
    CONSULTING = "consulting"
    OUTSIDE = "outside"  # transferred to a number outside: both parties talk without an agent
    DIALING = "dialing"
    CLOSING = "closing"  # the last announcement plays
    ENDED = "ended"


class Event(enum.Enum):
    """What happens to a call: from the phone system, an agent, the distribution or a timer.

    Events that carry something are values of their own: see `Happening`.
    """

    ANSWERED = "answered"
    RING_EXPIRED = "ring_expired"
    AGENT_UNREACHABLE = "agent_unreachable"
    CALLER_LEFT = "caller_left"
    AGENT_HUNG_UP = "agent_hung_up"
    HELD = "held"
    RESUMED = "resumed"
    TARGET_ANSWERED = "target_answered"
    TARGET_LEFT = "target_left"
    CONNECTED = "connected"
    CONSULT_CANCELLED = "consult_cancelled"
    ABUSED = "abused"
    ANNOUNCED = "announced"
    CALLEE_ANSWERED = "callee_answered"
    SUSPENDED = "suspended"
    INTERRUPTED = "interrupted"


class Counted(enum.Enum):
    """Figures of calls that lead to the calls they count (STA-2): the first five by the arrival of
    a call, those from `QUEUED` by its wait in a queue, those from `PASSED` by the part of an agent.
    """

    OFFERED = "offered"
    IN_MENU = "in_menu"
    TRIED = "tried"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    QUEUED = "queued"
    ANSWERED = "answered"
    WITHIN = "within"
    NOT_ANSWERED = "not_answered"
    ABANDONED = "abandoned"
    EARLY = "early"
    CALLBACKS = "callbacks"
    TURNED_AWAY = "turned_away"
    LOST = "lost"
    PASSED = "passed"
    RUNG = "rung"
    MISSED = "missed"
    NOT_TAKEN = "not_taken"
    LOST_RINGING = "lost_ringing"
    DIALED = "dialed"
    NOT_THERE = "not_there"
    WAS_ASKED = "was_asked"
    ASKED_INSIDE = "asked_inside"
    ASKED_OUTSIDE = "asked_outside"
    TAKEN_OVER = "taken_over"
    PASSED_ON = "passed_on"
    PASSED_OUTSIDE = "passed_outside"


class LegKind(enum.Enum):
    AGENT = "agent"
    CONSULT = "consult"
    EXTERNAL = "external"


class LegOutcome(enum.Enum):
    COMPLETED = "completed"
    TRANSFERRED = "transferred"
    CONNECTED = "connected"  # a consultation that became the call
    MISSED = "missed"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    CALLER_LEFT = "caller_left"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class QueueOutcome(enum.Enum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CALLBACK = "callback"
    INTERRUPTED = "interrupted"


class CallOutcome(enum.Enum):
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    ABUSE = "abuse"
    NO_QUEUE = "no_queue"
    SUSPENDED = "suspended"
    MENU = "menu"  # ended in the voice menu
    CALLBACK = "callback"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class Hears(enum.Enum):
    """What the customer hears now."""

    RINGBACK = "ringback"
    ANNOUNCEMENT = "announcement"
    MUSIC = "music"
    AGENT = "agent"
    OUTSIDE = "outside"
    NOTHING = "nothing"


class AgentState(enum.Enum):
    READY = "ready"
    TRAINING = "training"
    REPORTING = "reporting"
    MEETING = "meeting"
    TICKET = "ticket"
    CHAT = "chat"
    COACHING = "coaching"
    REST = "rest"
    MEAL = "meal"
    AWAY = "away"
    MISSED = "missed"
    WRAP_UP = "wrap_up"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    CONSULT = "consult"
    DIALING = "dialing"


S = AgentState
IN_CALL = frozenset({S.RINGING, S.TALKING, S.HOLD, S.CONSULT, S.DIALING})
WORK = (S.TICKET, S.CHAT, S.TRAINING, S.REPORTING, S.MEETING, S.COACHING)
PAUSES = (S.REST, S.MEAL, S.AWAY)


def choosable(*, chat: bool) -> tuple[AgentState, ...]:
    """The states that people put themselves in, in the order in which they are offered; chat work
    only for whoever serves a service with `chat`.
    """
    states = (S.READY, *WORK, *PAUSES)
    return states if chat else tuple(state for state in states if state is not S.CHAT)


_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def lasted(start: datetime, end: datetime) -> int:
    """Milliseconds between two instants, each rounded down, so that parts of a time add up to the
    whole.
    """
    return (end - _ZERO) // _MILLISECOND - (start - _ZERO) // _MILLISECOND


class After(enum.Enum):
    """Where an agent goes when a call lets go of them."""

    CALL = "call"  # the state after a call that the service promises (ARS-9)
    BACK = "back"  # what it was before
    MISSED = "missed"
    READY = "ready"


@dataclass(frozen=True)
class Party:
    """Who is in a call beside the customer: an agent, or whoever answers at a number."""

    member: int | None = None
    number: str = ""


@dataclass(frozen=True)
class Call:
    """As much of a call as decisions need; agents are member ids."""

    direction: Direction = Direction.INBOUND
    phase: Phase = Phase.QUEUED
    agent: int | None = None
    target: Party | None = None  # whom a consultation asks
    closing: CallOutcome | None = None


@dataclass(frozen=True)
class Told:
    """The voice menu answered a key, its absence or a wait."""

    code: ClassVar[str] = "told"
    menu: MenuStep


@dataclass(frozen=True)
class Offered:
    """The distribution found an agent."""

    code: ClassVar[str] = "offered"
    agent: int


@dataclass(frozen=True)
class Consulted:
    """The agent asks somebody else."""

    code: ClassVar[str] = "consulted"
    party: Party


@dataclass(frozen=True)
class TargetFailed:
    """Whom the agent asked cannot be reached."""

    code: ClassVar[str] = "target_failed"
    reason: LegOutcome | None = None


@dataclass(frozen=True)
class CalleeFailed:
    """Whom the agent called cannot be reached."""

    code: ClassVar[str] = "callee_failed"
    reason: LegOutcome | None = None


Happening = Event | Told | Offered | Consulted | TargetFailed | CalleeFailed


def code(event: Happening) -> str:
    """How the CTI log names an event."""
    return event.value if isinstance(event, Event) else event.code
