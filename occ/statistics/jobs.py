"""Timed work of statistics: daily sums, reports by mail."""

from occ.statistics import counting, telling


def sum_up() -> str | None:
    """Makes the sums of days long past (STA-1)."""
    count = counting.make_waiting()
    return f"{count}" if count else None


def send_reports() -> str | None:
    """Mails the reports that are due (STA-4)."""
    count = telling.send_due()
    return f"{count}" if count else None
