from collections.abc import Callable
from functools import partial

from occ.core import vault
from occ.core.db import db
from occ.tickets import index, masking, service, triggering, values
from occ.tickets.models import TicketValue
from occ.triggers import queries as triggers


def finish_resolved() -> str | None:
    """Sets tickets done that were resolved long enough ago (TKT-1), a batch a transaction."""
    count = _batches(service.finish_old)
    return f"{count}" if count else None


def index_tickets() -> str | None:
    """Brings the search index up to date (TKT-7), a batch a transaction."""
    count = _batches(index.catch_up)
    return f"{count}" if count else None


def keep_values() -> str | None:
    """Destroys values whose time is over, seals and opens those whose field changed (FLD-3), a batch a transaction."""
    gone = _batches(values.purge)
    sealed = _batches(values.reseal)
    if gone or sealed:
        vault.scrub(TicketValue)
    return f"{gone} destroyed, {sealed} kept anew" if gone or sealed else None


def _batches(work: Callable[[], int]) -> int:
    count = 0
    while True:
        with db.write():
            done = work()
        count += done
        if not done:
            return count


def _rotate(old: int, *, wait: bool = False) -> int:
    return values.rotate(old, wait=wait) + masking.rotate(old, wait=wait)


def rotate_keys() -> int:
    """A new data key, every value sealed with it, the old keys removed. Returns how many values."""
    with db.write():
        vault.new_key()
    count = 0
    while old := vault.old_keys():
        db.session.rollback()
        count += _batches(partial(_rotate, old[0]))
        with db.write():
            vault.hold_key(old[0])
            while done := _rotate(old[0], wait=True):
                count += done
            vault.drop_key(old[0])
    db.session.rollback()
    return count


def run_timed_triggers() -> str | None:
    """Triggers with conditions of time (TRG-3), a batch of tickets a transaction."""
    count = 0
    for service_id in triggers.timed():
        db.session.rollback()
        after: int | None = 0
        while after is not None:
            with db.write():
                acted, after = triggering.run_timed(service_id, after)
            count += acted
    db.session.rollback()
    return f"{count}" if count else None
