"""Work too large for a request: a row with progress, done by a child process for whoever asked for
it.

One is done at a time. A child that dies is started again, at most three times; what the disk has no
room for waits and is tried again. Rows and their files live a day.
"""

import enum
import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from occ.core import clock, disk, i18n, jobs
from occ.core.db import Base, db, enum_type
from occ.core.disk import DiskFull
from occ.core.errors import Refused
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.core.settings import configured

ALIVE, KEPT, TRIES = timedelta(seconds=60), timedelta(hours=24), 3
PUT_OFF = timedelta(minutes=1)
ON_THE_WAY = 3  # of a member at once: the others want a turn, too


class TaskState(enum.Enum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Task(Base):
    __tablename__ = "task"
    __table_args__ = (sa.Index("ix_task_state_id", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(index=True)
    service_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(sa.String(30))
    name: Mapped[str] = mapped_column(sa.String(100))
    params: Mapped[dict[str, Any]]
    locale: Mapped[str] = mapped_column(sa.String(10))
    zone: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState), default=TaskState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    file: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    progress_at: Mapped[datetime]


@dataclass(frozen=True)
class TaskDone:
    """A task is done or has failed; whoever asked for it is told."""

    task: Task


@dataclass(frozen=True)
class Order:
    """What a worker is to do, and for whom."""

    ident: int
    name: str
    params: dict[str, Any]


Progress = Callable[[int, int], None]
"""Told (done, of how many) after each part; raises Cancelled when nobody wants the rest."""
Worker = Callable[[Order, Progress], str | None]
"""Does a task's work in parts that can be repeated after a crash; returns the
key of the file it made, if any.
"""


_children: list["subprocess.Popen[bytes]"] = []


class TooMany(Refused):
    """So many tasks of one member wait already."""

    status = 429


class Cancelled(Exception):
    """Whoever asked for it does not want it any more."""


def start(
    kind: str,
    name: str,
    params: dict[str, Any],
    *,
    member_id: int,
    service_id: int | None,
    total: int,
) -> Task:
    """Asks for work; `params` are what the kind's worker needs."""
    now = clock.now()
    made = Task(
        member_id=member_id,
        service_id=service_id,
        kind=kind,
        name=name[:100],
        params=params,
        locale=str(i18n.locale()),
        zone=i18n.viewer_zone(),
        total=total,
        created_at=now,
        progress_at=now,
    )
    db.session.add(made)
    db.session.flush()
    jobs.wake_later()
    return made


def ask(
    kind: str,
    name: str,
    params: dict[str, Any],
    *,
    member_id: int,
    service_id: int | None,
    total: int,
    kinds: Collection[str],
) -> Task:
    """Asks for work, unless the same is on its way to the same member: then that is it.

    Raises TooMany beyond ON_THE_WAY of these kinds.
    """
    there = _on_the_way(member_id, kinds)
    wanted = (
        kind,
        json.loads(json.dumps(params)),
        service_id,
        str(i18n.locale()),
        i18n.viewer_zone(),
    )
    same = next(
        (
            row
            for row in there
            if (row.kind, row.params, row.service_id, row.locale, row.zone) == wanted
        ),
        None,
    )
    if same is not None:
        return same
    _check_count(there)
    return start(kind, name, params, member_id=member_id, service_id=service_id, total=total)


def check_turn(task: Task) -> None:
    """Raises TooMany when whoever asked for it has ON_THE_WAY others of its kind on their way."""
    _check_count([row for row in _on_the_way(task.member_id, [task.kind]) if row.id != task.id])


def _on_the_way(member_id: int, kinds: Collection[str]) -> Sequence[Task]:
    """A member's tasks that wait or are being done; nobody adds one of
    them until this transaction ends.
    """
    db.lock_name(f"tasks/{member_id}")
    mine = sa.select(Task).where(
        Task.member_id == member_id,
        Task.kind.in_(kinds),
        Task.state.in_((TaskState.QUEUED, TaskState.RUNNING)),
    )
    return db.session.scalars(mine.order_by(Task.id)).all()


def _check_count(there: Sequence[Task]) -> None:
    if len(there) >= ON_THE_WAY:
        names = ", ".join(row.name for row in there)
        raise TooMany(
            _(
                "%(count)s of yours are on their way already: %(names)s. Wait until "
                "one is done, or cancel one.",
                count=len(there),
                names=names,
            )
        )


def begin(task: Task) -> None:
    """The caller does it in this process; should that die, a child goes on."""
    task.state, task.tries = TaskState.RUNNING, 1


def own(member_id: int, ident: int) -> Task | None:
    """A member's own task; another one's is not found."""
    return db.session.scalar(sa.select(Task).where(Task.id == ident, Task.member_id == member_id))


def is_put_off(task: Task) -> bool:
    """Whether it waits for room on the disk."""
    return (
        task.state is TaskState.QUEUED and task.tries > 0 and task.progress_at > clock.now() - ALIVE
    )


def cancel(task: Task) -> None:
    """Nobody wants the rest; one that has ended meanwhile stays as it is."""
    going = (TaskState.QUEUED, TaskState.RUNNING)
    db.session.execute(
        sa.update(Task)
        .where(Task.id == task.id, Task.state.in_(going))
        .values(state=TaskState.CANCELLED)
    )
    touch(f"task/{task.id}")


def _set(ident: int, turn: int, **values: Any) -> bool:
    """Changes a task that is in its `turn`-th run; False when it was
    cancelled, or given to another process.
    """
    mine = sa.update(Task).where(
        Task.id == ident, Task.state == TaskState.RUNNING, Task.tries == turn
    )
    changed = db.changed(mine.values(**values))
    touch(f"task/{ident}")
    return bool(changed)


def is_waiting() -> bool:
    """Whether a task waits, runs, or is past its time."""
    going = Task.state.in_((TaskState.QUEUED, TaskState.RUNNING))
    found = sa.select(Task.id).where(sa.or_(going, Task.created_at < clock.now() - KEPT)).limit(1)
    return db.session.scalar(found) is not None


def run_queued() -> str | None:
    """The job: one child at a time; children that fell silent are started
    again; old files are dropped.
    """
    now = clock.now()
    old = db.session.scalar(sa.select(Task.id).where(Task.created_at < now - KEPT).limit(1))
    running = db.session.scalars(sa.select(Task).where(Task.state == TaskState.RUNNING)).all()
    silent = [row.id for row in running if abs(now - row.progress_at) > ALIVE]
    # put off by a clock that was ahead
    is_due = sa.or_(Task.progress_at <= now, Task.progress_at > now + PUT_OFF)
    ready = sa.select(Task.id).where(Task.state == TaskState.QUEUED, is_due)
    waiting = db.session.scalar(ready.order_by(Task.id).limit(1))
    busy = len(running) > len(silent)
    db.session.rollback()
    if old is not None:
        with db.write() as session:
            session.execute(sa.delete(Task).where(Task.created_at < now - KEPT))
    for ident in silent:
        _again(ident, now)
    if waiting is None or busy:
        return None
    with db.write() as session:
        taken = sa.update(Task).where(Task.id == waiting, Task.state == TaskState.QUEUED)
        values = {"state": TaskState.RUNNING, "tries": Task.tries + 1, "progress_at": now}
        if not db.changed(taken.values(**values)):
            return None
        touch(f"task/{waiting}")
        turn = session.scalar(sa.select(Task.tries).where(Task.id == waiting)) or 0
    _spawn(waiting, turn)
    return f"{waiting}"


def _again(ident: int, now: datetime) -> None:
    """Another child goes on with a task whose own has said nothing for long, or
    says so by a clock that was ahead.
    """
    with db.write():
        row: Task | None = db.lock(Task, ident)
        if row is None or row.state is not TaskState.RUNNING or abs(now - row.progress_at) <= ALIVE:
            return
        row.state = TaskState.QUEUED if row.tries < TRIES else TaskState.FAILED
        touch(f"task/{ident}")
        if row.state is TaskState.FAILED:
            emit(TaskDone(row))


def _spawn(ident: int, turn: int) -> None:
    settings = configured()
    environment = {
        **os.environ,
        "OCC_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-m", "occ", "task", str(ident), str(turn)]
    # those that ended are let go
    _children[:] = [child for child in _children if child.poll() is None]
    _children.append(
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
    )


def run(ident: int, turn: int | None = None) -> TaskState:
    """Does one task's work, unless nobody wants it any more; what `occ task` does, in a process of
    its own.

    `turn` is the run that the process was started for: one that comes late leaves the work to its
    successor.
    """
    task = db.session.get_one(Task, ident, populate_existing=True)
    order, kind, locale, zone = (
        Order(ident, task.name, dict(task.params)),
        task.kind,
        task.locale,
        task.zone,
    )
    wanted, mine = task.state is TaskState.RUNNING and turn in (None, task.tries), task.tries
    db.session.rollback()
    workers: dict[str, Worker] = current_app.extensions["occ_tasks"]

    def progress(done: int, total: int) -> None:
        db.session.rollback()
        with db.write():
            if not _set(ident, mine, done=done, total=max(done, total), progress_at=clock.now()):
                raise Cancelled

    if wanted:
        try:
            with i18n.force_locale(locale), i18n.force_zone(zone):
                file = workers[kind](order, progress)
            _finish(ident, mine, state=TaskState.DONE, file=file)
        except Cancelled:
            pass
        except Exception as error:
            db.session.rollback()
            if isinstance(error, DiskFull) or disk.is_full(error):
                return _put_off(ident, mine)
            current_app.logger.exception("task failed id=%s kind=%s", ident, kind)
            _finish(ident, mine, state=TaskState.FAILED)
    db.session.rollback()
    return db.session.get_one(Task, ident, populate_existing=True).state


def _put_off(ident: int, turn: int) -> TaskState:
    """For want of room on the disk it waits, its page says so, and is tried again a minute
    later.
    """
    current_app.logger.warning("task put off id=%s: %s", ident, disk.FULL)
    with db.write() as session:
        _set(ident, turn, state=TaskState.QUEUED, progress_at=clock.now() + PUT_OFF)
        return session.get_one(Task, ident, populate_existing=True).state


def _finish(ident: int, turn: int, **values: Any) -> None:
    with db.write() as session:
        if _set(ident, turn, **values):
            emit(TaskDone(session.get_one(Task, ident, populate_existing=True)))
