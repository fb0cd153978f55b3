"""Timed work: rows decide what is due, leases decide who does it, so that two workers never do one job twice."""

import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from occ.core import clock
from occ.core.db import Base, db

LEASE = timedelta(minutes=5)
RUNS_KEPT = timedelta(days=30)


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
    """A job: its name in words, how often it is due, and a function that says what it did (None: nothing)."""

    name: str
    label: Any
    every: timedelta
    run: Callable[[], str | None]


def definitions() -> dict[str, Definition]:
    found: dict[str, Definition] = current_app.extensions["occ_jobs"]
    return found


def owner() -> str:
    """This process: host, boot and pid, so that a restart recognises a dead predecessor."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()}/{boot.read_text().strip() if boot.exists() else '-'}/{os.getpid()}"


def is_dead(lease_owner: str | None) -> bool:
    """Whether the lease belongs to a process of this machine that no longer runs."""
    if not lease_owner:
        return False
    host, boot, pid = lease_owner.rsplit("/", 2)
    my_host, my_boot, _pid = owner().rsplit("/", 2)
    if host != my_host:
        return False
    if boot != my_boot:
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def request_run(name: str) -> None:
    """Runs the job at the next tick, whatever its next time."""
    db.session.execute(sa.update(Job).where(Job.name == name).values(requested_at=clock.now()))


def claim(name: str) -> int | None:
    """Takes the lease of a due job and returns its epoch; None when it is not due or taken."""
    now = clock.now()
    definition = definitions()[name]
    row: Job | None = db.lock(Job, name)
    if row is None:
        row = Job(name=name, next_due=now, epoch=0)
        db.session.add(row)
    if row.next_due > now and row.requested_at is None:
        return None
    if row.lease_until is not None and row.lease_until > now and not is_dead(row.lease_owner):
        return None
    row.lease_owner, row.lease_until = owner(), now + LEASE
    row.requested_at, row.next_due = None, now + definition.every
    row.epoch += 1
    return row.epoch


def _record(name: str, epoch: int, started: datetime, result: str | None, error: str | None) -> None:
    with db.write() as session:
        session.execute(sa.update(Job).where(Job.name == name, Job.epoch == epoch).values(lease_until=None, lease_owner=None))
        if result is not None or error is not None:
            session.add(JobRun(name=name, epoch=epoch, started_at=started, finished_at=clock.now(), result=result, error=error))
        session.execute(sa.delete(JobRun).where(JobRun.name == name, JobRun.started_at < clock.now() - RUNS_KEPT))


def run_one(name: str) -> bool:
    """Claims and runs one job; True when it ran. An error is recorded, logged and tried again when next due."""
    due = db.session.execute(sa.select(Job.next_due, Job.requested_at).where(Job.name == name)).first()
    db.session.rollback()
    if due is not None and due.next_due > clock.now() and due.requested_at is None:
        return False
    requested = due is None or due.requested_at is not None
    with db.write():
        epoch = claim(name)
    if epoch is None:
        return False
    started, result, error = clock.now(), None, None
    try:
        result = definitions()[name].run()
    except Exception:
        db.session.rollback()
        error = traceback.format_exc(limit=8)
        current_app.logger.exception("job failed name=%s", name)
    _record(name, epoch, started, result or ("" if requested else None), error)
    return True


def tick() -> int:
    """Runs every due job once, in order; returns how many ran."""
    return sum(run_one(name) for name in definitions())
