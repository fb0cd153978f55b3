"""When reports leave, and of which period (STA-4)."""

import enum
from datetime import date, timedelta

HOUR = 8  # of the service's day, when reports and the weekly sheet leave
_DAY = timedelta(days=1)


class Every(enum.Enum):
    NEVER = "never"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def period(every: Every, today: date) -> tuple[date, date] | None:
    """The days of the report that is due by the morning of a day: yesterday, the last whole week
    from Monday, the last whole month; None where none is sent.
    """
    match every:
        case Every.DAY:
            return today - _DAY, today - _DAY
        case Every.WEEK:
            monday = today - timedelta(days=today.weekday())
            return monday - 7 * _DAY, monday - _DAY
        case Every.MONTH:
            last = today.replace(day=1) - _DAY
            return last.replace(day=1), last
        case Every.NEVER:
            return None


def due(every: Every, today: date, hour: int, sent_for: date | None) -> tuple[date, date] | None:
    """The period that has to be sent now; what was not sent in time is caught up, the newest
    period alone.
    """
    last = today if hour >= HOUR else today - _DAY
    found = period(every, last)
    return found if found and (sent_for is None or sent_for < found[1]) else None
