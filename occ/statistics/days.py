"""Periods of a service's days, cut into hours, days, weeks and months (STA)."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from occ.core import clock
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

DAY = timedelta(days=1)
# how long ago days ended that are summed up: whoever began to write while one was young has ended
# before, and calls that began before its midnight are over and filed
MADE_AFTER = timedelta(hours=48)
# what clocks are put forward or back by is a multiple of it
_STEP = timedelta(minutes=15)


class Unit(enum.Enum):
    """What one row of a period stands for."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


# days of the longest period by each unit: more rows than that nobody reads
LONGEST = {Unit.HOUR: 31, Unit.DAY: 366, Unit.WEEK: 3 * 366, Unit.MONTH: 10 * 366}


@dataclass(frozen=True)
class Bucket:
    """One part of a period: the instants from `start` until before `end`, which are those of the
    days `first` to `last`, or of one `hour` of the clock on one day.
    """

    start: datetime
    end: datetime
    first: date
    last: date
    hour: int | None = None

    @property
    def key(self) -> str:
        """Its name in addresses: 2026-03-01, or 2026-03-01T14 for an hour."""
        return f"{self.first}" if self.hour is None else f"{self.first}T{self.hour:02}"


@dataclass(frozen=True)
class Period:
    """Whole days `since` to `until` of a zone, cut by a unit."""

    since: date
    until: date
    zone: str
    unit: Unit = Unit.DAY

    @property
    def start(self) -> datetime:
        return clock.day_start(self.since, self.zone)

    @property
    def end(self) -> datetime:
        """The instant before which it ends."""
        return clock.day_start(self.until + DAY, self.zone)

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Period":
        """As much time directly before it: whole months before whole months, else as many days."""
        if self.since.day == 1 and (self.until + DAY).day == 1:
            end = self.until + DAY
            months = (end.year - self.since.year) * 12 + end.month - self.since.month
            ordinal = self.since.year * 12 + self.since.month - 1 - months
            since = date(ordinal // 12, ordinal % 12 + 1, 1)
            return replace(self, since=since, until=self.since - DAY)
        return replace(self, since=self.since - timedelta(days=self.days), until=self.since - DAY)

    def buckets(self) -> list[Bucket]:
        """Its parts in order, without a gap; weeks begin on Mondays, the first and last one of
        them and of months end where the period does.
        """
        if self.unit is Unit.HOUR:
            return [hour for day in self._dates() for hour in _hours(day, self.zone)]
        found: list[tuple[date, date]] = []
        for day in self._dates():
            if found and _is_same(found[-1][0], day, self.unit):
                found[-1] = (found[-1][0], day)
            else:
                found.append((day, day))
        bounds = [clock.day_start(first, self.zone) for first, _last in found] + [self.end]
        return [
            Bucket(bounds[n], bounds[n + 1], first, last) for n, (first, last) in enumerate(found)
        ]

    def part(self, key: str) -> Bucket | None:
        """The one of its parts that is named so in addresses."""
        return _by_key(self).get(key)

    def _dates(self) -> Iterator[date]:
        for number in range(self.days):
            yield self.since + timedelta(days=number)


@lru_cache(maxsize=16)  # a table asks for each of its cells
def _by_key(period: Period) -> Mapping[str, Bucket]:
    return {part.key: part for part in period.buckets()}


def _is_same(first: date, day: date, unit: Unit) -> bool:
    match unit:
        case Unit.WEEK:
            return first.isocalendar()[:2] == day.isocalendar()[:2]
        case Unit.MONTH:
            return (first.year, first.month) == (day.year, day.month)
        case _:
            return first == day


def _hours(day: date, zone: str) -> list[Bucket]:
    """The hours that a clock in the zone shows on a day: 24, one fewer where one is skipped. An
    hour that comes twice is one of them, twice as long.
    """
    tz, at = ZoneInfo(zone), clock.day_start(day, zone)
    end = clock.day_start(day + DAY, zone)
    starts: list[tuple[int, datetime]] = []
    while at < end:
        hour = at.astimezone(tz).hour
        if not starts or starts[-1][0] != hour:
            starts.append((hour, at))
        at += _STEP
    ends = [start for _hour, start in starts[1:]] + [end]
    return [
        Bucket(start, until, day, day, hour)
        for (hour, start), until in zip(starts, ends, strict=True)
    ]


def checked(period: Period) -> Period:
    """The period, if it can be shown; raises Refused in words, at the field that is wrong."""
    if period.since > period.until:
        raise Refused(_("The first day comes after the last. Choose them again."), "since")
    longest = LONGEST[period.unit]
    if period.days > longest:
        raise Refused(
            _(
                "By this unit a period may have at most %(limit)s days; this one has %(count)s. "
                "Choose a larger unit or a shorter period.",
                limit=longest,
                count=period.days,
            ),
            "unit",
        )
    return period


def last_summed(zone: str) -> date:
    """The newest day of a zone that is long past: it is summed up."""
    return clock.local_day(clock.now() - MADE_AFTER, zone) - DAY


class Preset(enum.Enum):
    """Periods that move with the day on which somebody looks."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    LAST_WEEK = "last_week"
    MONTH = "month"
    LAST_MONTH = "last_month"
    YEAR = "year"


def days_of(preset: Preset, today: date) -> tuple[date, date]:
    """The first and last day of a preset; a week is the last 7 days, the one before begins on a
    Monday.
    """
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    match preset:
        case Preset.TODAY:
            return today, today
        case Preset.YESTERDAY:
            return today - DAY, today - DAY
        case Preset.WEEK:
            return today - 6 * DAY, today
        case Preset.LAST_WEEK:
            return monday - 7 * DAY, monday - DAY
        case Preset.MONTH:
            return first, today
        case Preset.LAST_MONTH:
            return (first - DAY).replace(day=1), first - DAY
        case Preset.YEAR:
            return today.replace(month=1, day=1), today
