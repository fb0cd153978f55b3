"""Days, periods and times as people type them, in the ways in which pages write them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BETWEEN = r"[-./\s年년月월]{1,3}"
_NUMERIC = re.compile(
    rf"(\d{{4}})(?:{_BETWEEN}(\d{{1,2}})(?:{_BETWEEN}(\d{{1,2}}))?)?[.\s年년月월日일]*", re.ASCII
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MONTH_FIRST = re.compile(
    r"([a-z]{3})[a-z]*\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})", re.ASCII
)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})", re.ASCII)
_RANGE = re.compile(r"\s*(?:\.\.|[~〜–])\s*")
_HALF = "오전|오후|午前|午後|am|pm"
_CLOCK = re.compile(
    rf"(.*?)[,t\s]+({_HALF})?\s*(\d{{1,2}}):(\d\d)(?::\d\d)?\s*({_HALF})?", re.ASCII
)
_LATE = ("오후", "午後", "pm")


@dataclass(frozen=True)
class Period:
    """Days from the first to the last, both of them in it; None is open."""

    first: date | None
    last: date | None


def _span(year: int, month: int | None, day: int | None) -> Period | None:
    """A day, a month or a year; None where there is no such one."""
    if not 1900 <= year <= 2200:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return Period(first, first)
    following = date(year + 1, 1, 1) if month in (None, 12) else date(year, (month or 0) + 1, 1)
    return Period(first, following - timedelta(days=1))


def _written(text: str) -> Period | None:
    if found := _COMPACT.fullmatch(text) or _NUMERIC.fullmatch(text):
        year, month, day = (int(part) if part is not None else None for part in found.groups())
        return _span(year or 0, month, day) if month != 0 and day != 0 else None
    if found := _MONTH_FIRST.fullmatch(text):
        name, day_text, year_text = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day_text, name, year_text = found.groups()
    else:
        return None
    return (
        _span(int(year_text), _MONTHS.index(name) + 1, int(day_text) if day_text else None)
        if name in _MONTHS
        else None
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def period(text: str, presets: Mapping[str, Period]) -> Period | None:
    """A day, month, year, `from..to` with one end open, or one of the presets by its plain name;
    None where it is none of them.
    """
    if found := presets.get("".join(_plain(text).split())):
        return found
    ends = _RANGE.split(_plain(text))
    if len(ends) == 1:
        return _written(ends[0])
    first, last = (_written(end) if end else None for end in (ends[0], ends[1]))
    if len(ends) > 2 or not any(ends) or (ends[0] and not first) or (ends[1] and not last):
        return None
    return Period(first.first if first else None, last.last if last else None)


def minute(text: str, zone: str) -> datetime | None:
    """A day with hours and minutes of a zone; None where it is none."""
    found = _CLOCK.fullmatch(_plain(text))
    there = _written(found[1].strip()) if found else None
    if found is None or there is None or there.first is None or there.first != there.last:
        return None
    hour, minutes, half = int(found[3]), int(found[4]), found[2] or found[5]
    if minutes > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half in _LATE else 0)
    return datetime.combine(there.first, time(hour, minutes), ZoneInfo(zone))


def preset_periods(today: date) -> Mapping[str, Period]:
    """Periods with names of their own that end today."""
    return {
        "today": Period(today, today),
        "week": Period(today - timedelta(days=6), today),
        "month": Period(today.replace(day=1), today),
    }
