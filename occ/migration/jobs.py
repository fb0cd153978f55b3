"""Begins reserved batches at their time, and looks after those whose child has failed (MIG-1)."""

from occ.core import clock
from occ.core.db import db
from occ.migration import queries, service


def run() -> str | None:
    """Begins what is due, says of what broke off that it did, and forgets old files."""
    now = clock.now()
    due, left, old = queries.due(now), queries.left(), queries.old(now)
    db.session.rollback()
    begun = 0
    for ident in due:
        with db.write():
            begun += service.run_due(ident)
    for ident in left:
        with db.write():
            service.left_alone(ident)
    for ident in old:
        with db.write():
            service.forget_old(ident)
    return f"{begun}" if begun else None


is_waiting = queries.is_waiting
