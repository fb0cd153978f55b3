"""When a service can be reached (ARS-4, ARS-6): rows of days with ranges, holidays, and what they
say of a local time.

Times are minutes of the local day (0–1440). A local time is what the clock on the wall shows, so
that days with a change to or from summer time need nothing of their own.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

DAY = 24 * 60
HOLIDAY_NAME_MAX = 100
Span = tuple[int, int]


class Days(enum.Enum):
    """Whom a row of hours is for; a day's own row beats those of weekdays and weekend."""

    WEEKDAYS = "weekdays"
    WEEKEND = "weekend"
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = (Days.MON, Days.TUE, Days.WED, Days.THU, Days.FRI, Days.SAT, Days.SUN)


class HolidayKind(enum.Enum):
    COMPANY = "company"
    NATIONAL = "national"
    TEMPORARY = "temporary"


@dataclass(frozen=True)
class Range:
    """From–to; one that is *not reachable* is a note to the eye, for outside of all
    ranges nobody is reachable anyway.
    """

    start: int
    end: int
    reachable: bool = True


@dataclass(frozen=True)
class Row:
    days: Days
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Holiday:
    on: date
    name: str
    kind: HolidayKind
    yearly: bool = False


def check_ranges(ranges: Sequence[Range]) -> None:
    """Raises Refused for an empty, reversed or overlapping range, or one outside the day."""
    if not ranges:
        raise Refused(_("Enter at least one time."), "ranges")
    for found in ranges:
        if not 0 <= found.start < DAY or not 0 < found.end <= DAY:
            raise Refused(_("Times lie between 00:00 and 24:00."), "ranges")
        if found.start >= found.end:
            words = _(
                "%(start)s–%(end)s is empty or reversed. Past midnight takes two rows.",
                start=clock(found.start),
                end=clock(found.end),
            )
            raise Refused(words, "ranges")
    ordered = sorted(ranges, key=lambda r: r.start)
    for one, other in zip(ordered, ordered[1:], strict=False):
        if other.start < one.end:
            raise Refused(
                _(
                    "%(one)s and %(other)s overlap.",
                    one=f"{clock(one.start)}–{clock(one.end)}",
                    other=f"{clock(other.start)}–{clock(other.end)}",
                ),
                "ranges",
            )


def clock(minute: int) -> str:
    """09:30; the end of a day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minutes(text: str) -> int | None:
    """Minutes of `9:30` or `24:00`; None when it is no time."""
    hour, _colon, minute = text.strip().partition(":")
    if not (
        hour.isascii()
        and hour.isdigit()
        and minute.isascii()
        and minute.isdigit()
        and len(hour) <= 2
        and len(minute) == 2
    ):
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(minute) < 60 and found <= DAY else None


def row_of(rows: Iterable[Row], weekday: int) -> Row | None:
    """The row that rules a day (0 = Monday): its own, else that of weekdays or weekend."""
    by_days = {row.days: row for row in rows}
    return by_days.get(WEEK[weekday]) or by_days.get(Days.WEEKDAYS if weekday < 5 else Days.WEEKEND)


def reachable(rows: Iterable[Row], weekday: int) -> tuple[Span, ...]:
    """When a day is reachable: spans in order, those that touch joined."""
    row = row_of(rows, weekday)
    spans: list[Span] = []
    for found in sorted(row.ranges if row else (), key=lambda r: r.start):
        if not found.reachable:
            continue
        if spans and spans[-1][1] == found.start:
            spans[-1] = (spans[-1][0], found.end)
        else:
            spans.append((found.start, found.end))
    return tuple(spans)


def holiday_on(holidays: Iterable[Holiday], day: date) -> Holiday | None:
    """The holiday of a day, a yearly one in every year from its first on."""
    for found in holidays:
        if found.on == day or (
            found.yearly
            and found.on <= day
            and (found.on.month, found.on.day) == (day.month, day.day)
        ):
            return found
    return None


def is_open(rows: Iterable[Row], holidays: Iterable[Holiday], local: datetime) -> bool:
    """Whether agents can be reached at a local time."""
    if holiday_on(holidays, local.date()) is not None:
        return False
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in reachable(rows, local.weekday()))


def closing(rows: Iterable[Row], holidays: Iterable[Holiday], local: datetime) -> datetime | None:
    """Until when the day is worked: the end of its last span, None when that is
    past or the day is free (CBK-6).
    """
    spans = () if holiday_on(holidays, local.date()) else reachable(rows, local.weekday())
    if not spans or local.hour * 60 + local.minute >= spans[-1][1]:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(minutes=spans[-1][1])


def opening(rows: Iterable[Row], holidays: Iterable[Holiday], local: datetime) -> datetime | None:
    """When agents can be reached next, of a local time at which they cannot; None where no day of
    the year to come has hours. It is the first instant at which the clock shows one of their times,
    also where it is put forward over the beginning of a span.
    """
    rows, holidays, zone = tuple(rows), tuple(holidays), local.tzinfo
    now = local.astimezone(UTC)
    for day in (local.date() + timedelta(days=days) for days in range(366)):
        if holiday_on(holidays, day) is not None:
            continue
        walls = (
            datetime.combine(day, time(*divmod(start, 60)), zone)
            for start, _end in reachable(rows, day.weekday())
        )
        # a time that the clock shows twice is two instants
        begins = {wall.replace(fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
        if begins:
            begins |= _put(datetime.combine(day, time(), zone))
        local_ones = (one.astimezone(zone) for one in sorted(begins) if one >= now)
        if found := next((one for one in local_ones if is_open(rows, holidays, one)), None):
            return found
    return None


def _put(midnight: datetime) -> set[datetime]:
    """The instant at which the clock is put forward or back around a day, to the minute."""
    zone = midnight.tzinfo
    first, last = (midnight.astimezone(UTC) + timedelta(hours=hours) for hours in (-12, 36))
    before = first.astimezone(zone).utcoffset()
    if last.astimezone(zone).utcoffset() == before:
        return set()
    while last - first > timedelta(minutes=1):
        middle = first + (last - first) / 2
        same = middle.astimezone(zone).utcoffset() == before
        first, last = (middle, last) if same else (first, middle)
    return {last.replace(second=0, microsecond=0)}
