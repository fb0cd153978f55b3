"""Timed work of statistics: daily sums."""

from occ.statistics import counting


def sum_up() -> str | None:
    """Makes the sums of days long past (STA-1)."""
    count = counting.make_waiting()
    return f"{count}" if count else None
