"""Timed work of statistics: daily sums, reports by mail."""

from occ.statistics import counting, telling
from occ.statistics.calls import service as calls


def sum_up() -> str | None:
    """Makes the sums of days long past (STA-1, STA-2)."""
    count = counting.make_waiting() + calls.make_waiting()
    return f"{count}" if count else None


def is_behind() -> bool:
    """Whether a day long past has no sums."""
    return counting.is_behind() or calls.is_waiting()


def send_reports() -> str | None:
    """Mails the reports that are due (STA-4)."""
    count = telling.send_due()
    return f"{count}" if count else None
