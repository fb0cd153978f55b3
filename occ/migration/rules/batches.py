"""How a batch of old inquiries stands, and when it runs (MIG-1)."""

import enum
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ROWS_MAX = 100_000
COMMENTS_MAX = 5_000  # of a workbook of refused rows: more of them make spreadsheets slow to open
RUN_HOUR = 1
"""Reserved batches become tickets at this hour of the service's day."""
KEPT = timedelta(days=7)  # what nobody confirmed, and workbooks of refused rows


class BatchState(enum.Enum):
    CHECKING = "checking"
    CHECKED = "checked"  # its good rows wait for a confirmation
    REFUSED = "refused"  # nothing of its file can be taken
    RESERVED = "reserved"
    MAKING = "making"
    STOPPED = "stopped"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


BUSY = (BatchState.CHECKING, BatchState.MAKING, BatchState.UNDOING)
"""A child works on it."""
DELETABLE = (BatchState.CHECKED, BatchState.REFUSED, BatchState.RESERVED)
"""No ticket was made of it yet."""
UNDOABLE = (BatchState.DONE, BatchState.STOPPED)
HOLDING = (*BUSY, *UNDOABLE, BatchState.RESERVED)
"""Its rows are tickets, or will be."""


def next_run(now: datetime, zone: str) -> datetime:
    """The next 01:00 of a zone; where a change of summer time leaves it out, an hour later."""
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    for day in (today, today + timedelta(days=1)):
        at = datetime(day.year, day.month, day.day, RUN_HOUR, tzinfo=there).astimezone(now.tzinfo)
        if at > now:
            return at
    raise AssertionError
