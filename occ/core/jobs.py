"""Timed work: rows decide what is due, leases decide who does it, so that two workers never do one
job twice.

Nothing is written by looking: a job that is due is first asked whether there is anything to do. A
job that changes many rows does so in many short transactions (`in_batches`, `one_by_one`), so that
nobody who writes beside it waits.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from occ.core import clock, processes, waiting
from occ.core.db import Base, db, is_retryable
from occ.core.errors import Refused
from occ.core.unit import Mark

LEASE = timedelta(minutes=5)
RENEWED = timedelta(minutes=1)  # how old a lease is when its owner renews it
SKEW = timedelta(seconds=10)  # how far the clocks of two hosts may differ
RETRY = timedelta(minutes=1)  # when a job that was asked for and failed is begun again
RUNS_KEPT = timedelta(days=30)
HOLD, PAUSE = 0.010, 0.025  # seconds a batch holds SQLite's only writer, and leaves it to others
PATIENCE, LOOK = 0.5, 0.002  # seconds for which a child gives way, and between two looks
# rows of the first batch, at least (a commit alone takes its time), and at most
FIRST, SMALLEST, LARGEST = (20, 5, 1_000)
T = TypeVar("T")


class Job(Base):
    __tablename__ = "job"
    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    next_due: Mapped[datetime]
    requested_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(200))
    epoch: Mapped[int] = mapped_column(default=0)


class JobRun(Base):
    __tablename__ = "job_run"
    __table_args__ = (sa.Index("ix_job_run_name_started_at", "name", "started_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    epoch: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(sa.Text)
    error: Mapped[str | None] = mapped_column(sa.Text)


@dataclass(frozen=True)
class Definition:
    """A job: its name in words, how often it is due, and a function that says what it did (None:
    nothing).

    `ready` only reads; where it says no, a due job is not begun, unless somebody asked for it.
    """

    name: str
    label: Any
    every: timedelta
    run: Callable[[], str | None]
    ready: Callable[[], bool] = lambda: True


class Stopped(Exception):
    """The process ends, or the lease went to another one: what is left is done by the next run."""


@dataclass
class Run:
    """A job that runs in this thread."""

    name: str
    epoch: int
    renewed: datetime
    stopping: threading.Event = field(default_factory=threading.Event)


_run: ContextVar[Run | None] = ContextVar("occ_job", default=None)


def definitions() -> dict[str, Definition]:
    found: dict[str, Definition] = current_app.extensions["occ_jobs"]
    return found


def request_run(name: str) -> None:
    """Runs the job as soon as the open transaction has committed, whatever its next time."""
    now = clock.now()
    db.insert_missing(Job, name=name, next_due=now, epoch=0)
    db.session.execute(sa.update(Job).where(Job.name == name).values(requested_at=now))
    wake_later()


def wake_later() -> None:
    """Jobs look for work as soon as the open transaction has committed; those of
    other processes within a second.
    """
    _asked.noted().append(True)


def wake_asked() -> None:
    """Wakes the jobs of this process, if the transaction that has committed wanted it."""
    if _asked.take():
        woken.set()


_asked: Mark[list[bool]] = Mark(list)
woken = threading.Event()
"""Somebody of this process left work for a job."""


def is_due(next_due: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether it is time; a time further off than the period itself (and what the clocks of two
    hosts may differ by) was set by a clock that was ahead, and counts as due.
    """
    return next_due is None or next_due <= now or next_due > now + every + SKEW


def _is_free(row: Job, now: datetime) -> bool:
    """Whether nobody holds the lease (one that ends later than any could was
    taken by a clock that was ahead).
    """
    until = row.lease_until
    return (
        until is None
        or until <= now
        or until > now + 2 * LEASE
        or processes.is_dead(row.lease_owner)
    )


def _is_left(row: Job, now: datetime) -> bool:
    """Whether somebody asked for the job, or whoever did it died in the
    middle: the lease was not given back.
    """
    if row.lease_owner is not None:
        return True
    return row.requested_at is not None and not now < row.requested_at <= now + RETRY


class Watch:
    """What one process knows of its jobs: which of them run here, and when it looked
    at those that had nothing to do.
    """

    def __init__(self) -> None:
        self.running: set[str] = set()
        self._looked: dict[str, datetime] = {}

    def due(self, *, anew: bool = False) -> list[str]:
        """The jobs to begin now; `anew` also looks at those that had nothing to do a moment ago.

        Reads only.
        """
        now = clock.now()
        rows = {
            row.name: row
            for row in db.session.scalars(sa.select(Job).execution_options(populate_existing=True))
        }
        free = [one for one in definitions().values() if one.name not in self.running]
        found = [one.name for one in free if self._wants(one, rows.get(one.name), now, anew=anew)]
        db.session.rollback()
        return found

    def _wants(self, one: Definition, row: Job | None, now: datetime, *, anew: bool) -> bool:
        if row is not None and not _is_free(row, now):
            return False
        if row is not None and _is_left(row, now):
            return True
        if not is_due(row.next_due if row else None, now, one.every):
            return False
        looked = self._looked.get(one.name)
        if looked is not None and looked <= now < looked + one.every and not anew:
            return False
        self._looked[one.name] = now
        try:
            return one.ready()
        except sa.exc.OperationalError:
            raise  # the database is away: the clock waits
        except Exception:
            current_app.logger.exception("looking for work failed name=%s", one.name)
            return True  # the job itself fails then, and its history says so

    def forget(self, name: str) -> None:
        """A job could not be begun: the next look asks it again."""
        self._looked.pop(name, None)


def claim(name: str) -> int | None:
    """Takes the lease of a due job and returns its epoch; None when it is not due or taken."""
    definition = definitions()[name]
    db.insert_missing(Job, name=name, next_due=clock.now(), epoch=0)
    row: Job = db.lock(Job, name)
    now = clock.now()  # who waited for the row compares with what was written meanwhile
    if not _is_free(row, now):
        return None
    if not is_due(row.next_due, now, definition.every) and not _is_left(row, now):
        return None
    row.lease_owner, row.lease_until = processes.owner(), now + LEASE
    row.requested_at, row.next_due = None, now + definition.every
    row.epoch += 1
    return row.epoch


def _record(
    run: Run, started: datetime, result: str | None, error: str | None, *, again: datetime | None
) -> None:
    """Gives the lease back and keeps the run in the history; `again` is
    when the rest is to be done.
    """
    mine = sa.update(Job).where(Job.name == run.name, Job.epoch == run.epoch)
    with db.write() as session:
        asked = {} if again is None else {"requested_at": sa.func.coalesce(Job.requested_at, again)}
        session.execute(mine.values(lease_until=None, lease_owner=None, **asked))
        if result is not None or error is not None:
            session.add(
                JobRun(
                    name=run.name,
                    epoch=run.epoch,
                    started_at=started,
                    finished_at=clock.now(),
                    result=result,
                    error=error,
                )
            )
        session.execute(
            sa.delete(JobRun).where(
                JobRun.name == run.name, JobRun.started_at < clock.now() - RUNS_KEPT
            )
        )


def run_one(name: str, stopping: threading.Event | None = None) -> bool:
    """Claims and runs one job; True when it ran.

    An error is recorded, logged and tried again when next due.

    What somebody asked for is tried again within RETRY. A process that is `stopping` leaves the
    rest to whoever starts next.
    """
    requested = db.session.scalar(sa.select(Job.requested_at).where(Job.name == name)) is not None
    with db.write():
        epoch = claim(name)
    if epoch is None:
        return False
    started, result, error, again = clock.now(), None, None, None
    run = Run(name, epoch, started, stopping or threading.Event())
    token = _run.set(run)
    try:
        result = definitions()[name].run()
    except Stopped:
        db.session.rollback()
        again = clock.now()
    except Refused as refused:
        db.session.rollback()
        error = str(refused.message)
        current_app.logger.warning("job refused name=%s: %s", name, error)
    except Exception:
        db.session.rollback()
        error = traceback.format_exc(limit=8)
        current_app.logger.exception("job failed name=%s", name)
        again = clock.now() + RETRY if requested else None
    finally:
        _run.reset(token)
    _record(
        run, started, result or ("" if requested and again is None else None), error, again=again
    )
    return True


def is_stopping() -> bool:
    """Whether the process of the job that runs here ends."""
    run = _run.get()
    return run is not None and run.stopping.is_set()


def breathe(*, pause: bool = True) -> None:
    """Between two transactions of many: lets others write, keeps the job's lease.

    Raises Stopped where the process ends.

    The pause is for other processes, whose writers SQLite does not queue.
    """
    run = _run.get()
    seconds = PAUSE if pause and db.session.get_bind().dialect.name == "sqlite" else 0.0
    if run is None:
        time.sleep(seconds)
        return
    if run.stopping.wait(seconds):
        raise Stopped
    now = clock.now()
    if run.renewed <= now < run.renewed + RENEWED:
        return
    with db.write():
        mine = sa.update(Job).where(Job.name == run.name, Job.epoch == run.epoch)
        if not db.changed(mine.values(lease_until=now + LEASE)):
            raise Stopped
    run.renewed = now


def give_way() -> None:
    """Between two transactions of a child: leaves SQLite to writers of other processes for as long
    as there are any, at most PATIENCE.
    """
    until = time.monotonic() + PATIENCE
    is_single = db.session.get_bind().dialect.name == "sqlite"
    while is_single and waiting.is_anybody() and time.monotonic() < until:
        time.sleep(LOOK)


def _transaction(work: Callable[[], T]) -> tuple[T, float]:
    """A part of a job's work, once more after a deadlock.

    Returns its result and the seconds for which it held the database.
    """
    for is_last in (False, True):
        try:
            with db.write():
                # its turn has come: what it waited for that is not held
                began = time.perf_counter()
                result = work()
            return result, time.perf_counter() - began
        except sa.exc.DBAPIError as error:
            if is_last or not is_retryable(error):
                raise
    raise AssertionError


def _next(limit: int, held: float) -> int:
    """How many rows the next part has, so that each holds the database for about HOLD seconds."""
    return max(SMALLEST, min(int(limit * max(0.25, min(2.0, HOLD / max(held, 1e-6)))), LARGEST))


def in_batches(work: Callable[[int], int]) -> int:
    """Repeats `work(limit)`, a transaction each, until it finds nothing more to do.

    Returns how many rows it changed.
    """
    count, limit = 0, FIRST
    while True:
        done, held = _transaction(partial(work, limit))
        count += done
        if not done:
            return count
        limit = _next(limit, held)
        breathe()


def in_parts(items: Sequence[T], change: Callable[[Sequence[T]], int]) -> int:
    """Changes rows that are known, several in a transaction.

    Returns the sum of what `change` returns.
    """
    count, at, limit = 0, 0, FIRST
    while at < len(items):
        part = items[at : at + limit]
        changed, held = _transaction(partial(change, part))
        count, at, limit = count + changed, at + len(part), _next(limit, held)
        if at < len(items):
            breathe()
    return count


def one_by_one(items: Iterable[T], change: Callable[[T], int]) -> int:
    """Changes rows in transactions that end HOLD seconds after they began.

    Returns the sum of what `change` returns.
    """
    waiting, count, at = list(items), 0, 0

    def some() -> tuple[int, int]:
        until, changed, end = time.perf_counter() + HOLD, 0, at
        while end < len(waiting):
            changed += change(waiting[end])
            end += 1
            if time.perf_counter() >= until:
                break
        return changed, end

    while at < len(waiting):
        (changed, at), _held = _transaction(some)
        count += changed
        if at < len(waiting):
            breathe()
    return count
