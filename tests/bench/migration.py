"""Old inquiries that are brought in: how soon a file is checked, made into tickets and found, what
memory that takes, and how long others wait to write meanwhile (MIG-1).
"""

import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from openpyxl import Workbook

from occ.core.db import db
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.migration import columns, service, templates
from occ.migration.models import Batch
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service
from occ.tickets.search import index
from tests.bench import console, processes
from tests.bench.console import Console, application
from tests.bench.figures import TAIL, Figure
from tests.bench.jobs import writer
from tests.bench.standing import MIB, SETTLED
from tests.factories import field, world
from tests.factories import migration as old
from tests.support.live import Live, until

ROWS, MOST = 20_000, 100_000
SECONDS = 60 * ROWS / MOST  # what is asked for the largest file, for this one
FIRST = datetime.fromisoformat("2021-01-01T09:30")
SAMPLED, WRITTEN = 0.2, 0.05  # seconds between two looks at the memory, and two writes


def figures(folder: Path) -> list[Figure]:
    made = console.make(folder)
    with processes.console(made.instance) as live:
        time.sleep(SETTLED)
        return _brought(made, live)


def workbook(of: Service, rows: int) -> bytes:
    """A file as another system gives it: a customer asks five times, three in four are done."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Inquiries")
    shown = columns.columns(of)
    sheet.append([column.head for column in shown])
    for n in range(rows):
        row = _row(n)
        sheet.append([row.get(column.key) for column in shown])
    marks = book.create_sheet("occ")
    for text in (templates.MARK, of.slug, columns.signature(of)):
        marks.append([text])
    return old.saved(book)


def _row(n: int) -> dict[str, Any]:
    at, who = FIRST + timedelta(minutes=13 * n), n // 5
    row = {
        "title": f"{console.WHAT[n % 8]} {console.HOW[n % 5]} {n}",
        "content": f"주문번호 {n:08} {console.WHAT[n % 8]} 문의입니다. "
        + "확인 부탁드립니다. " * 5,
        "name": f"고객 {who}",
        "email": f"customer{who}@example.com",
        "phone": f"010-{2000 + who // 10_000}-{who % 10_000:04}",
        "priority": "Normal",
        "state": "Unassigned",
        "received": at,
        "f:grade": f"값 {n}",
    }
    if n % 4:
        answered = {"answer": f"답변 드립니다. {n}", "resolved": at + timedelta(hours=3)}
        row |= {"state": "Done", "done": at + timedelta(days=14), **answered}
    return row


class _Beside:
    """What happens meanwhile: the most private memory of a console with its children, and the
    milliseconds that a writer of another process waits.
    """

    def __init__(self, app: Flask, live: Live) -> None:
        self._app, self._pid = app, processes.place(live)[1]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._look, self._write)]
        self.most, self.waited = 0, list[float]()

    def __enter__(self) -> "_Beside":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._over.wait(SAMPLED):
            self.most = max(self.most, processes.private(self._pid))

    def _write(self) -> None:
        self.waited += writer(self._app, self._over.is_set, every=WRITTEN)


def _state(ident: int) -> BatchState:
    db.session.rollback()
    return db.session.get_one(Batch, ident, populate_existing=True).state


def _is_found() -> bool:
    db.session.rollback()
    return not index.is_behind()


def _brought(made: Console, live: Live) -> list[Figure]:
    idle = processes.private(processes.place(live)[1])
    took: dict[str, float] = {}

    def measure(what: str, is_over: Callable[[], bool]) -> None:
        began = time.monotonic()
        until(is_over, seconds=600)
        took[what] = time.monotonic() - began

    with application(made.instance) as app:
        boss = db.session.get_one(Member, made.people[0].member_id)
        mall = db.session.get_one(Service, made.found.service_id)
        field.field(mall, "grade", FieldKind.AGENT)
        content = workbook(mall, ROWS)
        with _Beside(app, live) as beside:
            ident = old.uploaded(mall, boss, content).id
            measure("check", lambda: _state(ident) is not BatchState.CHECKING)
            batch = db.session.get_one(Batch, ident)
            assert (batch.state, batch.good) == (BatchState.CHECKED, ROWS), batch.why
            with db.write():
                service.reserve(batch, at_once=True, actor=world.actor(boss))
            measure("make", lambda: _state(ident) is BatchState.DONE)
            measure("index", _is_found)
    return [
        Figure(f"migration: {ROWS:,} rows checked", took["check"], "s", SECONDS),
        Figure(f"migration: {ROWS:,} rows made", took["make"], "s", SECONDS),
        Figure("migration: made", ROWS / took["make"], "rows/s", ROWS / SECONDS, more=True),
        Figure("migration: then all are found after", took["index"], "s", 5 * SECONDS),
        Figure("migration: memory above idle (USS)", (beside.most - idle) / MIB, "MiB", 150),
        Figure(
            "migration: a writer beside, p99",
            statistics.quantiles(beside.waited, n=100)[-1],
            "ms",
            100,
            chance=TAIL,
        ),
    ]
