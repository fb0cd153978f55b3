"""Callbacks: states, dealing, age, figures (CBK-1, CBK-2, CBK-3, CBK-5, CBK-6)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from occ.telephony.rules.calls import CallOutcome


class CallbackState(enum.Enum):
    REGISTERED = "registered"
    UNPROCESSED = "unprocessed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Source(enum.Enum):
    """Where a callback was asked for."""

    MENU = "menu"
    QUEUE = "queue"
    HELP_CENTER = "help_center"


class Result(enum.Enum):
    """What has come of a callback, one of these each (STA-3): asked for and open or cancelled,
    done, deleted, or marked after too many attempts.
    """

    REQUESTED = "requested"
    COMPLETED = "completed"
    DELETED = "deleted"
    FAILED = "failed"


def result(state: CallbackState, *, failed: bool, deleted: bool) -> Result:
    """What is deleted is nothing else; what was done in the end has not failed."""
    if deleted:
        return Result.DELETED
    if state is CallbackState.COMPLETED:
        return Result.COMPLETED
    return Result.FAILED if failed else Result.REQUESTED


class Age(enum.Enum):
    """How an open callback stands against its queue's promise."""

    FINE = "fine"
    SOON = "soon"
    LATE = "late"


class Mode(enum.Enum):
    EVEN = "even"
    MANUAL = "manual"


class Step(enum.Enum):
    """How figures are added up."""

    DAY = "day"
    MONTH = "month"


ASSIGNABLE = frozenset({CallbackState.REGISTERED, CallbackState.CANCELLED})
OPEN = ASSIGNABLE | {CallbackState.UNPROCESSED}
NOT_REACHED = frozenset({CallOutcome.BUSY, CallOutcome.NO_ANSWER, CallOutcome.FAILED})
SOON = 0.75  # share of the promise after which a callback is due soon


def deal(
    callbacks: Sequence[int], agents: Sequence[int], last: int | None
) -> list[tuple[int, int]]:
    """(callback, agent) one by one in turn over the agents in their order, going on after the one
    who got the last deal's end.
    """
    start = agents.index(last) + 1 if last in agents else 0
    return [
        (callback, agents[(start + turn) % len(agents)]) for turn, callback in enumerate(callbacks)
    ]


def age(asked: datetime, until: datetime, now: datetime) -> Age:
    """Late once the promise is over, soon in its last quarter (CBK-6)."""
    if now >= until:
        return Age.LATE
    return Age.SOON if (now - asked) >= (until - asked) * SOON else Age.FINE


@dataclass(frozen=True)
class Figures:
    """Callbacks of one day or month by their current assignment (CBK-5)."""

    assigned: int = 0
    completed: int = 0

    @property
    def open(self) -> int:
        return self.assigned - self.completed

    @property
    def rate(self) -> float | None:
        """Percent; None where nothing was assigned."""
        return self.completed / self.assigned * 100 if self.assigned else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.assigned + other.assigned, self.completed + other.completed)
