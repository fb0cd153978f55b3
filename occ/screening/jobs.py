"""Timed work of the spam rule."""

from functools import partial

from occ.core import clock, jobs
from occ.screening import queries, rules, service


def forget_old() -> str | None:
    """Destroys what was held back for thirty days, and what counts no more."""
    now = clock.now()
    jobs.in_batches(partial(service.forget_marks, now))
    before = now - rules.HELD_FOR
    gone = jobs.in_batches(lambda limit: service.forget(queries.old_held(before, limit)))
    return f"{gone}" if gone else None
