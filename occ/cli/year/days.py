"""How much goes on in the demo: seasons, days of the week and hours, holidays, busy days, and who
is at work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

from occ.ars import national
from occ.telephony.rules.calls import AgentState

MINUTE = 60_000  # milliseconds, in which all of a day is played
HOUR = 60 * MINUTE
EPOCH = datetime.fromisoformat("1970-01-01T00:00+00:00")
OPENS, CLOSES = 9, 18  # hours of working days
SATURDAY = (10, 14)
# from January on: gifts before the lunar new year, holidays in summer, sales in November
SEASONS = (1.0, 1.05, 0.95, 0.95, 1.05, 0.95, 0.9, 0.85, 1.05, 1.0, 1.3, 1.2)
WEEK = (1.3, 1.05, 1.0, 0.95, 1.0, 0.4, 0.1)
CLOSED = 0.1  # of a holiday
AFTER_HOLIDAY, BUSY = 1.4, 2.2
BUSY_DAYS = 0.022  # share of days on which something goes wrong
GROWTH = 0.2  # of a year
HOURS = (
    *(0.03, 0.02, 0.01, 0.01, 0.01, 0.02, 0.05, 0.15, 0.4),
    *(1.3, 1.6, 1.4, 0.7, 0.9, 1.4, 1.3, 1.1, 0.8),
    *(0.3, 0.2, 0.15, 0.12, 0.1, 0.05),
)
AWAY, SICK_AGAIN = 0.05, 0.5  # shares of days on which somebody is away, and of those after
S = AgentState


def instant(ms: int) -> datetime:
    """An instant of the milliseconds in which days are played."""
    return EPOCH + timedelta(milliseconds=ms)


def milliseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


@lru_cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(one.on for one in national.holidays_of("KR", "", year, "ko"))


def is_holiday(day: date) -> bool:
    return day in _holidays(day.year)


def is_open(day: date) -> bool:
    """Whether agents work on a day."""
    return day.weekday() < 6 and not is_holiday(day)


def is_working_hour(day: date, midnight: int, at: int) -> bool:
    """Whether agents take calls at an instant of a day."""
    opens, closes = SATURDAY if day.weekday() == 5 else (OPENS, CLOSES)
    return is_open(day) and midnight + opens * HOUR <= at < midnight + closes * HOUR


def load(day: date, first: date) -> float:
    """How much comes in on a day, where 1 is a usual one."""
    found = SEASONS[day.month - 1] * WEEK[day.weekday()]
    found *= 1 + GROWTH * (day - first).days / 365
    if is_holiday(day):
        return found * CLOSED
    if day.weekday() < 5 and is_holiday(day - timedelta(days=1)):
        found *= AFTER_HOLIDAY
    return found * BUSY if is_busy(day) else found


def is_busy(day: date) -> bool:
    """Whether something went wrong: a payment failed everywhere, parcels lay in the snow."""
    return day.weekday() < 5 and Random(f"busy {day}").random() < BUSY_DAYS  # noqa: S311 - no key


def arrivals(chance: Random, midnight: int, count: float) -> list[int]:
    """When so many come on a day, at random by the profile of its hours."""
    whole, found = sum(HOURS), list[int]()
    if not count:
        return found
    for hour, weight in enumerate(HOURS):
        rate = count * weight / whole / HOUR
        at = chance.expovariate(rate)
        while at < HOUR:
            found.append(midnight + hour * HOUR + int(at))
            at += chance.expovariate(rate)
    return found


@dataclass(frozen=True)
class Shift:
    """A member's day: when they come and go, and what they do when they are not ready for calls."""

    member: int
    comes: int
    goes: int
    plan: Sequence[tuple[int, int, AgentState]] = ()

    def wants(self, now: int) -> AgentState:
        return next((state for start, end, state in self.plan if start <= now < end), S.READY)


def is_away(member: int, day: date) -> bool:
    """Whether somebody is ill or on holiday: often for days in a row."""
    chance = Random(f"away {member} {day.isocalendar()[:2]}")  # noqa: S311 - no key
    if chance.random() > AWAY * 5:
        return False
    first, length = chance.randrange(5), 1 if chance.random() < SICK_AGAIN else 4
    return first <= day.weekday() < first + length


def on_duty(day: date, members: Sequence[int]) -> list[int]:
    """Which of a service's members work on a day, of whom the first manages it: on Saturdays two of
    the others in turn.
    """
    if not is_open(day):
        return []
    if day.weekday() == 5:
        turn, others = day.toordinal() // 7 * 2, members[1:] or members
        return sorted({others[(turn + n) % len(others)] for n in range(2)})
    return [member for member in members if not is_away(member, day)] or list(members[:1])


def shifts(day: date, midnight: int, members: Sequence[int]) -> dict[int, Shift]:
    """The working day of everybody who is on duty."""
    there = on_duty(day, members)
    if day.weekday() == 5:
        start, end = (midnight + hour * HOUR for hour in SATURDAY)
        return {member: Shift(member, start - (4 + member % 5) * MINUTE, end) for member in there}
    return {
        member: _shift(day, midnight, place, member)
        for place, member in enumerate(members)
        if member in there
    }


def _shift(day: date, midnight: int, place: int, member: int) -> Shift:
    """A working day: half of the time at the phone, half with tickets; lunch by turns."""
    chance = Random(f"shift {member} {day}")  # noqa: S311 - no key

    def at(hour: int, minute: int = 0) -> int:
        return midnight + hour * HOUR + minute * MINUTE

    late = chance.randrange(-4, 5)
    plan = []
    if day.weekday() == 0 and place < 3:
        plan.append((at(9), at(9, 20), S.MEETING))
    lunch = 12 if (place + day.toordinal()) % 2 else 13
    rest = at(10, 20 + 12 * (place % 3) + late)
    plan.append((rest, rest + 10 * MINUTE, S.REST))
    plan.append((at(lunch, late), at(lunch + 1, late), S.MEAL))
    again = at(15, 10 + 14 * (place % 3) + late)
    plan.append((again, again + 12 * MINUTE, S.REST))
    if not place:
        plan += [
            (at(9, 20), at(10), S.REPORTING),
            (at(11), at(12), S.TICKET),
            (at(14), at(15), S.MEETING if day.weekday() % 2 else S.COACHING),
            (at(15, 40), at(17), S.TICKET),
            (at(17), at(CLOSES), S.REPORTING),
        ]
    elif (place + day.toordinal()) % 2:
        plan += [(at(9, 30), at(10, 15), S.TICKET), (at(14, 20), at(15), S.TICKET)]
        plan.append((at(16, 20), at(17, 30), S.TICKET))
    else:
        plan += [(at(11), at(11, 50), S.TICKET), (at(15, 25), at(16, 15), S.TICKET)]
    if day.weekday() == 2 and place == 1 + day.isocalendar()[1] % 5:
        plan.append((at(16), at(17), S.TRAINING))
    goes = at(CLOSES) + chance.randrange(0, 12) * MINUTE
    return Shift(member, at(8, 52) + chance.randrange(0, 12) * MINUTE, goes, tuple(plan))


def working(at: int, midnight: int, day: date) -> int:
    """The first instant from `at` on, which lies on or after a day, at which somebody works."""
    while True:
        if is_open(day):
            opens, closes = SATURDAY if day.weekday() == 5 else (OPENS, CLOSES)
            if at < midnight + closes * HOUR:
                return max(at, midnight + opens * HOUR)
        day, midnight = day + timedelta(days=1), midnight + 24 * HOUR


def between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
