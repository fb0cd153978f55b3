"""How long somebody waits to write while a job changes 10,000 rows.

Two writers of one small row each, one in the process of the job and one in another, as `occ web` beside `occ worker`.
"""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from occ.automation import jobs as automation_jobs
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.billing import jobs as billing_jobs
from occ.cli.start import prepare
from occ.config import ROOT
from occ.core import clock, live, tasks
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.factory import create_app
from occ.fields.models import Field
from occ.fields.rules import FieldType
from occ.fields.service import Definition
from occ.fields.service import change as change_field
from occ.identity.models import Member
from occ.organization import jobs as organization_jobs
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.tickets import jobs as ticket_jobs
from occ.tickets.models import Ticket, TicketEntry, TicketValue
from occ.tickets.rules import Box, Channel, Entry, Priority, State
from tests.bench.figures import TAIL, Figure
from tests.conftest import QUIET
from tests.factories import field, trigger, world

ROWS, P95 = 10_000, 100.0  # milliseconds
EVERY = 0.005  # seconds between two writes
OTHER = (
    "import sys; from tests.bench.jobs import served, writer; a = served(sys.argv[1]); "
    "print('ready', flush=True); print(*writer(a, lambda: sys.stdin in __import__('select').select([sys.stdin], [], [], 0)[0]))"
)


def served(instance: str) -> Flask:
    """The console of a folder inside this process."""
    return create_app({**QUIET, "OCC_INSTANCE": Path(instance), "DATABASE_URL": ""})


def writer(app: Flask, ended: Callable[[], bool], *, every: float = EVERY) -> list[float]:
    """Writes a small row again and again until it has ended; milliseconds of each."""
    times = []
    with app.app_context():
        while not ended():
            began = time.perf_counter()
            with db.write():
                live.touch("bench")
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(every)
        db.session.remove()
    return times


def beside(app: Flask, name: str, job: Callable[[], Any]) -> list[Figure]:
    """What two writers waited beside a job, the one who waited more."""
    command = [sys.executable, "-c", OTHER, str(app.extensions["occ_settings"].instance)]
    other = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    other.stdout.readline()
    over, mine = threading.Event(), list[float]()
    thread = threading.Thread(target=lambda: mine.extend(writer(app, over.is_set)))
    thread.start()
    began = time.perf_counter()
    job()
    took = time.perf_counter() - began
    over.set()
    thread.join()
    theirs = [float(text) for text in other.communicate("end")[0].split()]
    p95 = [
        statistics.quantiles(times, n=20)[18] if len(times) > 1 else 0.0 for times in (mine, theirs)
    ]
    return [
        Figure(f"job: {name}", took, "s"),
        Figure(f"a writer beside: {name}, p95", max(p95), "ms", P95, chance=TAIL),
        Figure(f"a writer beside: {name}, longest", max(*mine, *theirs), "ms", chance=TAIL),
    ]


def fill(service_id: int, first: int, *, state: State, indexed: bool) -> None:
    """ROWS tickets with an inquiry and a value each."""
    at = clock.now() - timedelta(days=40)
    idents = range(first, first + ROWS)
    common = {
        "service_id": service_id,
        "channel": Channel.MANUAL,
        "priority": Priority.NORMAL,
        "created_at": at,
        "version": 1,
        "subject": "Order",
    }
    more = {"state": state, "resolved_at": at, "indexed": indexed}
    written = {
        "kind": Entry.INQUIRY,
        "author": "Customer",
        "body": "Where is my order?",
        "mailed_to": "",
        "at": at,
    }
    with db.write() as session:
        session.execute(sa.insert(Ticket), [{"id": n, **common, **more} for n in idents])
        session.execute(sa.insert(TicketEntry), [{"ticket_id": n, **written} for n in idents])
        session.execute(
            sa.insert(TicketValue),
            [
                {"ticket_id": n, "code": "note", "text": f"note {n}", "stored_at": at}
                for n in idents
            ],
        )


def seal(mall: Service) -> None:
    """Encrypts the field of 10,000 values; the request itself does little."""
    row = db.session.scalars(sa.select(Field).where(Field.code == "note")).one()
    names = {language: {"name": "Note"} for language in ("ko", "en")}
    wanted = Definition(code="note", type=FieldType.TEXT, names=names, encrypted=True)
    version = row.version
    db.session.rollback()
    with db.write():
        change_field(
            mall,
            db.session.get_one(Field, row.id),
            wanted,
            version=version,
            actor=world.actor(db.session.get_one(Member, 1)),
        )


def export(service_id: int, member_id: int) -> str:
    """An Excel file of every ticket, written by a child process as the console does it."""
    params = {
        "service": service_id,
        "member": member_id,
        "manager": True,
        "q": "",
        "box": Box.ALL.value,
    }
    with db.write():
        ident = tasks.start(
            "tickets", "Tickets", params, member_id=member_id, service_id=service_id, total=2 * ROWS
        ).id
    tasks.run_queued()
    while db.session.get_one(Task, ident, populate_existing=True).state is TaskState.RUNNING:
        db.session.rollback()
        time.sleep(0.1)
    state = db.session.get_one(Task, ident).state
    db.session.rollback()
    return state.value


def figures(folder: Path) -> list[Figure]:
    """A job after the other on one console."""
    folder.mkdir()
    app = served(str(folder))
    prepare(app)
    found: list[Figure] = []

    def measure(name: str, job: Callable[[], Any]) -> None:
        found.extend(beside(app, name, job))

    with app.app_context():
        boss = world.owner()
        first = clock.now() - timedelta(days=400)
        with clock.at(first):
            mall = world.contracted(boss, features=frozenset({Feature.TICKET}))
        field.field(mall, "note")
        ident = mall.id
        fill(ident, 1, state=State.RESOLVED, indexed=True)
        fill(ident, ROWS + 1, state=State.PROGRESS, indexed=False)
        measure("charging 400 days", billing_jobs.accrue)
        measure("setting 10,000 done", ticket_jobs.finish_resolved)
        measure("indexing 10,000", ticket_jobs.index_tickets)
        measure("exporting 20,000", lambda: export(ident, boss.id))
        db.session.expire_all()
        mall = db.session.get_one(Service, ident)
        trigger.trigger(
            mall,
            "Old",
            [trigger.when(Subject.RECEIVED, Comparison.MORE, "24")],
            Result(ResultKind.PRIORITY, "high"),
        )
        measure("triggers of time", automation_jobs.run_timed)
        measure("encrypting a field (request)", lambda: seal(mall))
        measure("encrypting 20,000 values", ticket_jobs.keep_values)
        with db.write() as session:
            session.execute(sa.update(Field).values(purge="m1"))
        measure("purging 20,000 values", ticket_jobs.keep_values)
        measure("indexing after it", ticket_jobs.index_tickets)
        with db.write() as session:
            gone = {
                "state": ServiceState.TERMINATED,
                "terminated_at": clock.now() - timedelta(days=200),
            }
            session.execute(sa.update(Service).where(Service.id == ident).values(**gone))
        measure("erasing a service of 20,000", organization_jobs.erase_terminated)
        measure("clearing the files", ticket_jobs.scrub)
        db.session.remove()
        db.engine.dispose()
    return found
