"""Figures of the wallboard and the dashboard: value types, rates and thresholds.

MON-1, MON-2, MON-4.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from occ.telephony.rules.calls import AgentState as S
from occ.telephony.rules.calls import QueueOutcome

ROWS_A_PAGE = 6


class Level(enum.Enum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


# A figure is WARN or BAD from (waiting) or below (rates, in percent) these bounds.
WAITING = (5, 10)
ANSWER_RATE = (90, 85)
SERVICE_LEVEL = (80, 75)


@dataclass(frozen=True)
class Calls:
    """Queue figures of a day, of a service or a queue."""

    waiting: int = 0
    offered: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0
    callbacks: int = 0

    def __add__(self, other: "Calls") -> "Calls":
        return Calls(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[int, ...]:
        return (
            self.waiting,
            self.offered,
            self.answered,
            self.within,
            self.abandoned,
            self.callbacks,
        )

    @property
    def answer_rate(self) -> int | None:
        """Answered of offered in tenths of a percent, rounded half up;
        None when nothing was offered.
        """
        return _tenths(self.answered, self.offered)

    @property
    def service_level(self) -> int | None:
        """Answered within the service-level time of offered, in tenths of a percent;
        None when nothing was offered.
        """
        return _tenths(self.within, self.offered)


def ended(outcome: QueueOutcome | None, count: int, in_time: int) -> Calls:
    """Figures of waits that ended alike (None: they go on), of which so many were short enough."""
    answered = outcome is QueueOutcome.ANSWERED
    return Calls(
        offered=count,
        answered=count if answered else 0,
        within=in_time if answered else 0,
        abandoned=count if outcome is QueueOutcome.ABANDONED else 0,
        callbacks=count if outcome is QueueOutcome.CALLBACK else 0,
    )


def _tenths(part: int, whole: int) -> int | None:
    return (part * 2000 + whole) // (2 * whole) if whole else None


@dataclass(frozen=True)
class People:
    """Logged-in agents of a service by what they do; each is in exactly one (MON-2)."""

    ready: int = 0
    in_call: int = 0
    outbound: int = 0
    resting: int = 0

    def __add__(self, other: "People") -> "People":
        return People(
            self.ready + other.ready,
            self.in_call + other.in_call,
            self.outbound + other.outbound,
            self.resting + other.resting,
        )

    @property
    def logged_in(self) -> int:
        return self.ready + self.in_call + self.outbound + self.resting


CALLS = frozenset({S.RINGING, S.TALKING, S.HOLD, S.CONSULT, S.DIALING})


def people(states: Iterable[tuple[S, bool, int | None]], service_id: int) -> People:
    """Counts (state, outbound, service of the call) of a service's agents; one in another service's
    call is not counted here.
    """
    ready = in_call = outbound = resting = 0
    for state, is_outbound, of_service in states:
        if state in CALLS and of_service != service_id:
            continue
        if state is S.READY:
            ready += 1
        elif state is S.DIALING or (state is S.TALKING and is_outbound):
            outbound += 1
        elif state in CALLS:
            in_call += 1
        else:
            resting += 1
    return People(ready, in_call, outbound, resting)


QUARTER = timedelta(minutes=15)  # all zones change and stand apart by whole quarters
EARLIEST, LATEST = timedelta(hours=14), timedelta(hours=12)  # zones ahead of UTC, and behind


def hours_of(day: date, zone: str) -> list[tuple[int, datetime, datetime]]:
    """(hour on the clocks of a zone, its instant, the instant after it) of all that can belong to
    a local day, also where the day was counted in another zone.
    """
    tz, start = ZoneInfo(zone), datetime.combine(day, time(), UTC)
    hours: list[tuple[int, datetime, datetime]] = []
    at = start - EARLIEST
    while at < start + timedelta(days=1) + LATEST:
        hour = at.astimezone(tz).hour
        begun = hours.pop()[1] if hours and hours[-1][0] == hour else at
        at += QUARTER
        hours.append((hour, begun, at))
    return hours


def from_above(value: int, bounds: tuple[int, int]) -> Level:
    """A count that gets worse as it grows."""
    return Level.BAD if value >= bounds[1] else Level.WARN if value >= bounds[0] else Level.OK


def from_below(tenths: int | None, bounds: tuple[int, int]) -> Level:
    """A rate in tenths of a percent that gets worse as it falls; nothing offered is fine."""
    if tenths is None:
        return Level.OK
    return (
        Level.BAD
        if tenths < bounds[1] * 10
        else Level.WARN
        if tenths < bounds[0] * 10
        else Level.OK
    )
