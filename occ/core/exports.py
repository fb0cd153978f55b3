"""Excel files too large for a request: a row with progress, written by a child process, downloaded by whoever asked for it.

One is made at a time. A child that dies is started again, at most three times; files live a day.
"""

import enum
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Mapped, mapped_column

from occ.core import clock, i18n, storage, xlsx
from occ.core.db import Base, db, enum_type
from occ.core.events import emit
from occ.core.live import touch

ALIVE, KEPT, TRIES = timedelta(seconds=60), timedelta(hours=24), 3


class ExportState(enum.Enum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Export(Base):
    __tablename__ = "export"
    __table_args__ = (sa.Index("ix_export_state_id", "state", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(index=True)
    service_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(sa.String(30))
    name: Mapped[str] = mapped_column(sa.String(100))
    params: Mapped[dict[str, Any]]
    locale: Mapped[str] = mapped_column(sa.String(10))
    zone: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[ExportState] = mapped_column(enum_type(ExportState), default=ExportState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    file: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    progress_at: Mapped[datetime]


@dataclass(frozen=True)
class ExportDone:
    """An export is ready or has failed; whoever asked for it is told."""

    export: Export


@dataclass(frozen=True)
class Sheet:
    """What an export writes: a head, and rows in batches that are read one after the other."""

    title: str
    head: Sequence[Any]
    total: int
    batches: Iterable[Sequence[Sequence[Any]]]


Maker = Callable[[dict[str, Any]], Sheet]


class Cancelled(Exception):
    """Whoever asked for it does not want it any more."""


def start(kind: str, name: str, params: dict[str, Any], *, member_id: int, service_id: int | None, total: int) -> Export:
    """Asks for a file; `params` are what the kind's maker needs."""
    now = clock.now()
    made = Export(
        member_id=member_id, service_id=service_id, kind=kind, name=name[:100], params=params, locale=str(i18n.locale()),
        zone=i18n.viewer_zone(), total=total, created_at=now, progress_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def own(member_id: int, ident: int) -> Export | None:
    """A member's own export; another one's is not found."""
    return db.session.scalar(sa.select(Export).where(Export.id == ident, Export.member_id == member_id))


def cancel(export: Export) -> None:
    if export.state in (ExportState.QUEUED, ExportState.RUNNING):
        _set(export.id, state=ExportState.CANCELLED)


def _set(ident: int, **values: Any) -> bool:
    """Changes an export that is not cancelled; False when it is."""
    alive = sa.update(Export).where(Export.id == ident, Export.state != ExportState.CANCELLED)
    changed = db.session.execute(alive.values(**values)).rowcount  # type: ignore[attr-defined]
    touch(f"export/{ident}")
    return bool(changed)


def run_queued() -> str | None:
    """The job: one child at a time; children that fell silent are started again; old files are dropped."""
    now = clock.now()
    old = db.session.scalar(sa.select(Export.id).where(Export.created_at < now - KEPT).limit(1))
    running = db.session.scalars(sa.select(Export).where(Export.state == ExportState.RUNNING)).all()
    silent = [row.id for row in running if row.progress_at < now - ALIVE]
    waiting = db.session.scalar(sa.select(Export.id).where(Export.state == ExportState.QUEUED).order_by(Export.id).limit(1))
    busy = len(running) > len(silent)
    db.session.rollback()
    if old is not None:
        with db.write() as session:
            session.execute(sa.delete(Export).where(Export.created_at < now - KEPT))
    for ident in silent:
        _again(ident)
    if waiting is None or busy:
        return None
    with db.write() as session:
        taken = sa.update(Export).where(Export.id == waiting, Export.state == ExportState.QUEUED)
        values = {"state": ExportState.RUNNING, "tries": Export.tries + 1, "progress_at": now}
        if not session.execute(taken.values(**values)).rowcount:  # type: ignore[attr-defined]
            return None
        touch(f"export/{waiting}")
    _spawn(current_app._get_current_object(), waiting)  # type: ignore[attr-defined]
    return f"{waiting}"


def _again(ident: int) -> None:
    with db.write() as session:
        row = session.get_one(Export, ident, populate_existing=True)
        if row.state is not ExportState.RUNNING:
            return
        row.state = ExportState.QUEUED if row.tries < TRIES else ExportState.FAILED
        touch(f"export/{ident}")
        if row.state is ExportState.FAILED:
            emit(ExportDone(row))


def _spawn(app: Flask, ident: int) -> None:
    environment = {**os.environ, "OCC_INSTANCE": str(app.config["OCC_INSTANCE"]), "DATABASE_URL": app.config["DATABASE_URL"]}
    command = [sys.executable, "-m", "occ", "task", str(ident)]
    subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def make(ident: int) -> None:
    """Writes one export's file; what `occ task` does, in a process of its own."""
    export = db.session.get_one(Export, ident)
    kind, params, locale, zone, name = export.kind, dict(export.params), export.locale, export.zone, export.name
    db.session.rollback()
    makers: dict[str, Maker] = current_app.extensions["occ_exports"]
    try:
        with i18n.force_locale(locale), i18n.force_zone(zone):
            sheet = makers[kind](params)
            content = xlsx.workbook(name, sheet.head, _counted(ident, sheet))
        key = storage.save(content, ".xlsx")
        _finish(ident, state=ExportState.READY, file=key, done=sheet.total, total=sheet.total)
    except Cancelled:
        return
    except Exception:
        db.session.rollback()
        current_app.logger.exception("export failed id=%s kind=%s", ident, kind)
        _finish(ident, state=ExportState.FAILED)


def _counted(ident: int, sheet: Sheet) -> Iterator[Sequence[Any]]:
    done = 0
    for batch in sheet.batches:
        yield from batch
        done += len(batch)
        db.session.rollback()
        with db.write():
            if not _set(ident, done=done, total=max(done, sheet.total), progress_at=clock.now()):
                raise Cancelled


def _finish(ident: int, **values: Any) -> None:
    with db.write() as session:
        if _set(ident, **values):
            emit(ExportDone(session.get_one(Export, ident, populate_existing=True)))
