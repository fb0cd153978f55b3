"""The only clock, and what a local day is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_pinned: ContextVar[datetime | None] = ContextVar("occ_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Makes it another instant inside, as the demo needs that tells months of a console's life."""
    token = _pinned.set(instant)
    try:
        yield
    finally:
        _pinned.reset(token)


def local_day(instant: datetime, zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def day_start(day: date, zone: str) -> datetime:
    """The first existing instant of a local day, in UTC: a midnight skipped by DST starts later."""
    tz = ZoneInfo(zone)
    local = datetime.combine(day, time(), tz)
    start = local.astimezone(UTC)
    if start.astimezone(tz).date() < day:
        before = datetime.combine(day - timedelta(days=1), time(12), tz).utcoffset()
        assert before is not None
        start = datetime.combine(day, time(), UTC) - before
        while start.astimezone(tz).date() < day:
            start += timedelta(minutes=15)
    return start


def next_midnight(instant: datetime, zone: str) -> datetime:
    """The instant at which the local day of the given instant ends."""
    return day_start(local_day(instant, zone) + timedelta(days=1), zone)
