"""What a child does with a confirmed batch, in parts so short that nobody waits (MIG-1)."""

import time
from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from occ.core import jobs
from occ.core.db import db, is_retryable
from occ.core.i18n import gettext as _
from occ.core.tasks import Order, Progress
from occ.migration import columns, queries, secrets, writes
from occ.migration.models import Batch
from occ.migration.rules.batches import BatchState
from occ.migration.writes import FieldsChanged, NotMine
from occ.tickets.search import index

MAKE, UNDO = "migration_make", "migration_undo"
HOLD = 0.025  # seconds for which a part holds the database
FIRST, SMALLEST, LARGEST = 25, 25, 300  # rows of the first part, at least, at most
TOLD = 0.5  # seconds between two words about progress


class _Parts:
    """How many rows the next part has, so that each holds the database for about HOLD seconds; and
    when progress is told.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self.size, self._progress, self._total = FIRST, progress, total
        self._told = 0.0

    def done(self, held: float, count: int) -> None:
        """After one that held the database for some seconds; `count` rows are done in all."""
        factor = max(0.25, min(2.0, HOLD / max(held, 1e-6)))
        self.size = max(SMALLEST, min(int(self.size * factor), LARGEST))
        if time.monotonic() - self._told >= TOLD:
            self._told = time.monotonic()
            self._progress(count, self._total)
        jobs.give_way()


def _transaction(work: Callable[[], int]) -> tuple[int, float]:
    """A part, once more after a deadlock; its result, and for how long it held the database."""
    for is_last in (False, True):
        try:
            with db.write() as session:
                session.connection()  # its turn has come: what it waited for that is not held
                began = time.perf_counter()
                result = work()
            return result, time.perf_counter() - began
        except sa.exc.DBAPIError as error:
            if is_last or not is_retryable(error):
                raise
    raise AssertionError


def make(order: Order, progress: Progress) -> None:
    """Tickets of what a batch has not made yet: whatever ends this process, the next one goes on
    behind the last row that is a ticket.
    """
    ident = order.params["batch"]
    batch = db.session.get_one(Batch, ident, populate_existing=True)
    if batch.state is not BatchState.MAKING or batch.rows_key is None:
        return
    if columns.signature(batch.service) != batch.signature:
        _end(ident, BatchState.MAKING, BatchState.STOPPED, changed())
        return
    of = batch.service
    key, secret, made, total = batch.rows_key, secrets.keys(batch)["rows"], batch.made, batch.good
    db.session.rollback()
    parts = _Parts(progress, total)
    try:
        for block in secrets.rows(key, secret, made):
            at, here = 0, writes.place(of, block)
            db.session.rollback()
            while at < len(block):
                part = block[at : at + parts.size]
                count, held = _transaction(partial(writes.make, ident, made, part, here))
                at, made = at + count, made + count
                parts.done(held, made)
    except NotMine:
        return
    except FieldsChanged:
        _end(ident, BatchState.MAKING, BatchState.STOPPED, changed())
        return
    _end(ident, BatchState.MAKING, BatchState.DONE, "")
    _index(parts, made)


def _index(parts: _Parts, made: int) -> None:
    """Has the tickets found: in larger parts than the job `search`, which takes over where this
    process ends.
    """
    parts.size = FIRST
    while True:
        count, held = _transaction(partial(index.catch_up, parts.size))
        if not count:
            return
        parts.done(held, made)


def changed() -> str:
    """Why a batch cannot go on after somebody changed the fields."""
    return _("The fields of the service have changed since. Undo it, then upload a new file.")


def undo(order: Order, progress: Progress) -> None:
    """Removes what a batch has made and nobody has worked on."""
    ident = order.params["batch"]
    total, slug = queries.held(ident), db.session.get_one(Batch, ident).service.slug
    db.session.rollback()
    parts, gone = _Parts(progress, total), 0
    try:
        for work in (writes.unmake, writes.unmake_customers):
            while True:
                count, held = _transaction(partial(work, ident, slug, parts.size))
                gone += count if work is writes.unmake else 0
                if not count:
                    break
                parts.done(held, gone)
    except NotMine:
        return
    left = queries.held(ident)
    db.session.rollback()
    why = _("Tickets that somebody worked on meanwhile stayed: %(count)s", count=left)
    _end(ident, BatchState.UNDOING, BatchState.UNDONE, why if left else "")


def _end(ident: int, before: BatchState, after: BatchState, why: str) -> None:
    with db.write():
        batch: Batch = db.lock(Batch, ident)
        if batch.state is not before:
            return
        writes.end(batch, after, why)
        if after in (BatchState.DONE, BatchState.UNDONE):
            secrets.forget(batch, ("file", "rows"))
