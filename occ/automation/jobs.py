"""Triggers with conditions of time."""

from occ.automation import queries, running
from occ.core import jobs
from occ.core.db import db


def run_timed() -> str | None:
    """What is due is found by reading, and done ticket by ticket (TRG-3)."""
    count = 0
    for service_id in queries.timed():
        after: int | None = 0
        while after is not None:
            due, after = running.due_by_time(service_id, after)
            db.session.rollback()
            count += jobs.one_by_one(due, running.act_in_time)
            jobs.breathe(pause=False)
    db.session.rollback()
    return f"{count}" if count else None
