"""`make bench`: pages over 10,000 rows against a bare Flask page of the same size, in the same run.

The bare page is what Flask and Flask-SQLAlchemy need to list 20 of 10,000 rows on a page of as many bytes, with a
link a cell: no session, no permissions, no translations, no menu. Both are asked in turn, in one process, without a
network.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader

from occ.audit.models import AuditHead, AuthorityEntry, LoginEntry
from occ.audit.rules import Action, LoginChannel, LoginResult
from occ.automation import service as triggers
from occ.automation.rules import Comparison, Condition, Result, ResultKind, Subject
from occ.automation.views import trigger_form
from occ.callbacks.models import Callback
from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Source
from occ.callbacks.sheets import to_params
from occ.cli.start import prepare
from occ.core import clock, tasks
from occ.core.db import db
from occ.factory import create_app
from occ.identity.models import Member
from occ.identity.rules import MemberState
from occ.organization.models import Contract, Service, ServiceLanguage, terms_values
from occ.organization.rules import ContractKind, Editor, Feature, ServiceState, ServiceType, Terms
from occ.tickets import jobs as ticket_jobs
from occ.tickets import service as ticket_service
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, Priority, State
from occ.tickets.search import index
from tests.factories import phone, world
from tests.support.browser import Browser

ROWS = 10_000
ROUNDS = 120
CALLBACKS = 50_000
TICKETS = 100_000
PAGES = (
    "/c/org/contracts",
    "/c/org/members",
    "/c/org/logs/authority",
    "/c/org/logs/logins",
    "/c/s/mall/callbacks",
    "/c/s/mall/tickets",
    "/c/s/mall/tickets/99000",
    "/c/s/mall/tickets?q=환불",
    "/c/s/mall/tickets?q=order",
    "/c/s/mall/tickets?q=state:done",
)
MANY = sa.text(
    """INSERT INTO ticket (service_id, channel, state, subject, priority, assignee_id, created_at, changed_at, language, indexed, version)
    WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < :count)
    SELECT :service, 'manual', CASE WHEN n > :count - 200 THEN 'progress' ELSE 'done' END, 'Inquiry ' || n, 'normal', :member, :now, :now, 'ko', 1, 1
    FROM many"""
)
LAYOUT = """<!doctype html><html lang="en"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
{% block main %}{% endblock %}</body></html>"""
BARE = """{% extends "layout.html" %}{% block main %}<p>{{ count }} rows</p><table>
{% for row in rows %}<tr>{% for _i in range(repeat) %}<td><a class="cell" href="{{ url_for('detail', ident=row.id) }}">{{ row.name }}</a>
 <span class="note">{{ row.note }}</span></td>{% endfor %}</tr>
{% endfor %}</table>{% endblock %}"""


def fill() -> None:
    """10,000 services, members and log rows. Bulk inserts: this measures reading, not the services."""
    boss = world.owner()
    now = clock.now()
    terms = terms_values(Terms(frozenset({Feature.TICKET, Feature.HELP_CENTER}), 5))
    letters = lambda n: "".join(chr(97 + int(d)) for d in f"{n:05}")
    services = [
        {
            "id": n,
            "slug": f"s{letters(n)}",
            "name": f"Service {n}",
            "type": ServiceType.CONSULTATION,
            "state": ServiceState.ACTIVE,
            "time_zone": "Asia/Seoul",
            "editor": Editor.HTML,
            "submit_key": str(n),
            "created_at": now - timedelta(seconds=ROWS - n),
            "contract_id": n,
            "version": 1,
        }
        for n in range(1, ROWS + 1)
    ]
    members = [
        {
            "login_id": f"m{n}",
            "name": f"Member {n}",
            "email": f"m{n}@example.com",
            "state": MemberState.ACTIVE,
            "created_at": now,
            "version": 1,
            "phone": "",
            "nickname": "",
        }
        for n in range(ROWS)
    ]
    entries = [
        {
            "id": n,
            "at": now - timedelta(seconds=ROWS - n),
            "action": Action.MEMBER_CHANGED,
            "actor_id": boss.id,
            "actor_login": "boss",
            "actor_name": "Boss",
            "ip": "127.0.0.1",
            "service_id": 1,
            "service_name": "Service 1",
            "target_login": "m1",
            "target_name": "Member 1",
            "before": {},
            "after": {},
            "mac": "0" * 64,
        }
        for n in range(2, ROWS + 2)
    ]
    logins = [
        {
            "at": now - timedelta(seconds=n),
            "channel": LoginChannel.CONSOLE,
            "result": LoginResult.SUCCESS,
            "member_id": boss.id,
            "login_id": "boss",
            "name": "Boss",
            "ip": "127.0.0.1",
            "device": "Mozilla/5.0 (X11; Linux x86_64) Chrome/150",
        }
        for n in range(ROWS)
    ]
    with db.write() as session:
        session.execute(sa.insert(Service), services)
        session.execute(
            sa.insert(ServiceLanguage),
            [
                {"service_id": s["id"], "code": c, "position": p, "hidden": False, "greeting": ""}
                for s in services
                for p, c in enumerate(("ko", "en"))
            ],
        )
        session.execute(
            sa.insert(Contract),
            [
                {
                    "id": s["id"],
                    "service_id": s["id"],
                    "kind": ContractKind.SIGNED,
                    "local_date": now.date(),
                    "at": now,
                    "values": terms,
                }
                for s in services
            ],
        )
        session.execute(sa.insert(Member), members)
        session.execute(sa.insert(AuthorityEntry), entries)
        session.execute(sa.insert(LoginEntry), logins)
        session.execute(sa.update(AuditHead).values(count=ROWS + 1, mac="0" * 64))
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    callbacks(mall.id, phone.queue(mall, []).id)
    tickets(mall.id, boss.id)


def callbacks(service_id: int, queue_id: int) -> None:
    """50,000 callbacks of a year, the last hundred of them open."""
    now = clock.now()
    rows = [
        {
            "service_id": service_id,
            "queue_id": queue_id,
            "number": f"+8210{n:08}",
            "requests": 1,
            "attempts": 0,
            "failures": 0,
            "version": 1,
            "state": CallbackState.REGISTERED if n < 100 else CallbackState.COMPLETED,
            "source": Source.QUEUE,
            "requested_at": now - timedelta(minutes=10 * n),
            "last_requested_at": now - timedelta(minutes=10 * n),
            "promise_until": now + timedelta(hours=24) - timedelta(minutes=10 * n),
        }
        for n in range(CALLBACKS)
    ]
    with db.write() as session:
        session.execute(sa.insert(Callback), rows)


def tickets(service_id: int, member_id: int) -> None:
    """100,000 tickets of two years with an inquiry each, the last two hundred of them open, half of these the owner's."""
    ticket_jobs.index_tickets()  # as a console that runs: its index is of this version
    now = clock.now()
    rows, entries = [], []
    for n in range(1, TICKETS + 1):
        is_open, own = n > TICKETS - 200, n % 2 == 0
        state = (State.PROGRESS if own else State.UNASSIGNED) if is_open else State.DONE
        at = now - timedelta(minutes=10 * (TICKETS - n))
        rows.append(
            {
                "id": n,
                "service_id": service_id,
                "channel": Channel.MANUAL,
                "state": state,
                "subject": f"Inquiry {n} about an order" if n % 50 else f"상품환불이 {n}",
                "priority": Priority.NORMAL,
                "assignee_id": member_id if own else None,
                "created_at": at,
                "version": 1,
            }
        )
        entries.append(
            {
                "ticket_id": n,
                "kind": Entry.INQUIRY,
                "author": "Customer",
                "body": "Where is my order?",
                "mailed_to": "",
                "at": at,
            }
        )
    with db.write() as session:
        session.execute(sa.insert(Ticket), rows)
        session.execute(sa.insert(TicketEntry), entries)
    while indexed():
        pass


def indexed() -> int:
    """Indexes some of the tickets, without the pauses of the job."""
    with db.write():
        return index.catch_up(1_000)


def bare(size: int, instance: Path) -> Callable[[], None]:
    """A bare Flask list page of about `size` bytes, as a function that asks it once.

    Flask and Jinja with a layout, Flask-SQLAlchemy with 10,000 rows of its own: it reads 20 of them, counts them and
    links each. No session, permissions, languages, menus or writes.
    """
    application = Flask("bare")
    application.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{instance}/bare.sqlite3"
    database = SQLAlchemy(application)

    class Row(database.Model):  # type: ignore[name-defined,misc]
        id = database.Column(database.Integer, primary_key=True)
        name = database.Column(database.String(50), index=True)
        note = database.Column(database.String(200))

    with application.app_context():
        database.create_all()
        if not database.session.scalar(sa.select(Row.id).limit(1)):
            database.session.execute(
                sa.insert(Row),
                [
                    {"name": f"Row {n}", "note": "A note that says what the row is about"}
                    for n in range(ROWS)
                ],
            )
            database.session.commit()
    application.jinja_loader = DictLoader({"layout.html": LAYOUT, "page.html": BARE})  # type: ignore[assignment]

    @application.get("/")
    def page() -> str:
        rows = database.session.scalars(sa.select(Row).order_by(Row.name, Row.id).limit(20)).all()
        count = database.session.scalar(sa.select(sa.func.count()).select_from(Row))
        return render_template(
            "page.html", title="Bare", rows=rows, count=count, repeat=application.config["REPEAT"]
        )

    @application.get("/<int:ident>")
    def detail(ident: int) -> str:
        return str(ident)

    client = application.test_client()
    application.config["REPEAT"] = 1
    while len(client.get("/").data) < size:
        application.config["REPEAT"] += 1

    def ask() -> None:
        assert client.get("/").status_code == 200

    return ask


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Prints a line a page; returns how many are over the bound of 2.5."""
    application = create_app(
        {
            "OCC_INSTANCE": Path(tempfile.mkdtemp()),
            "DATABASE_URL": "",
            "RATELIMIT_ENABLED": False,
            "RATE_LIMITS": False,
        }
    )
    prepare(application)
    with application.app_context():
        fill()
        db.session.remove()
    one = Browser(application)
    with application.app_context():
        one.login("boss", world.PASSWORD)
        one.get("/c/me")
        db.session.remove()
    over = 0
    print(
        f"{'page':<26}{'bytes':>8}{'queries':>9}{'p50 ms':>9}{'p95 ms':>9}{'bare ms':>9}{'ratio':>7}"
    )
    for path in PAGES:
        size = len(one.client.get(path).data)
        statements = 0

        def note(*args: object) -> None:
            nonlocal statements
            statements += 1

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
        one.client.get(path)
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
        ask = bare(size, application.extensions["occ_settings"].instance)
        ours: list[float] = []
        theirs: list[float] = []
        for _i in range(ROUNDS):
            ours.append(timed(lambda: one.client.get(path)))  # noqa: B023
            theirs.append(timed(ask))
        ratio = statistics.median(ours) / statistics.median(theirs)
        over += ratio > 2.5
        print(
            f"{path:<26}{size:>8}{statements:>9}{statistics.median(ours):>9.2f}{statistics.quantiles(ours, n=20)[18]:>9.2f}{statistics.median(theirs):>9.2f}{ratio:>7.2f}"
        )
    return (
        over
        + beside_export(application, one)
        + with_triggers(application)
        + at_a_million(application, one)
    )


def beside_export(application: Flask, one: Browser) -> int:
    """The list's p95 while 50,000 rows are written to Excel by a child, against idle; 1 when over the bound of 1.5."""
    path = PAGES[4]

    def ask() -> float:
        return timed(lambda: one.client.get(path))

    idle = [ask() for _i in range(400)]
    with application.app_context():
        service_id = db.session.scalars(sa.select(Service.id).where(Service.slug == "mall")).one()
        params = to_params(Filters(service_id))
        db.session.rollback()
        with db.write():
            ident = tasks.start(
                "callbacks",
                "Callbacks",
                params,
                member_id=1,
                service_id=service_id,
                total=CALLBACKS,
            ).id
        began = time.perf_counter()
        tasks.run_queued()
        busy: list[float] = []
        while True:
            busy.append(ask())
            if len(busy) % 20 == 0:
                db.session.rollback()
                row = db.session.get_one(tasks.Task, ident, populate_existing=True)
                if row.state not in (tasks.TaskState.QUEUED, tasks.TaskState.RUNNING):
                    break
                db.session.rollback()
        took, done = time.perf_counter() - began, row.done
        db.session.remove()
    before, during = (statistics.quantiles(times, n=20)[18] for times in (idle, busy))
    print(
        f"export of {done} rows in {took:.1f} s: p95 idle {before:.2f} ms, meanwhile {during:.2f} ms, ratio {during / before:.2f}"
    )
    return int(during / before > 1.5 or done != CALLBACKS)


def with_triggers(application: Flask) -> int:
    """What 100 active triggers of three conditions add to a ticket change; 1 when over the bound of 3 ms."""
    with application.app_context():
        boss, mall = (
            db.session.get_one(Member, 1),
            db.session.scalars(sa.select(Service).where(Service.slug == "mall")).one(),
        )

        def change(n: int) -> None:
            ticket = db.session.get_one(Ticket, 1 + n % TICKETS)
            with db.write():
                ticket_service.prioritize(
                    ticket,
                    Priority.HIGH if ticket.priority is not Priority.HIGH else Priority.LOW,
                    actor=world.actor(boss),
                )

        def median(first: int) -> float:
            return statistics.median(
                timed(lambda n=n: change(n)) for n in range(first, first + 300)
            )  # type: ignore[misc]

        median(0)
        plain = median(300)
        known = trigger_form.known(mall)
        with db.write():
            for n in range(100):
                rows = [
                    Condition(True, Subject.STATE, Comparison.EQUAL, ("progress",)),
                    Condition(True, Subject.TITLE, Comparison.CONTAINS, (f"nowhere {n}",)),
                    Condition(False, Subject.BODY, Comparison.CONTAINS, ("nothing",)),
                ]
                triggers.save(
                    mall,
                    None,
                    title=f"Trigger {n}",
                    conditions=rows,
                    results=[Result(ResultKind.PRIORITY, "urgent")],
                    known=known,
                )
        median(600)
        added = median(900) - plain
        db.session.remove()
    print(f"a ticket change takes {plain:.2f} ms; 100 active triggers add {added:.2f} ms")
    return int(added > 3)


def at_a_million(application: Flask, one: Browser) -> int:
    """The list of a service with 1,000,000 tickets against that of one with 10,000; 1 when over the bound of 1.3."""
    with application.app_context():
        boss, old = (
            db.session.get_one(Member, 1),
            db.session.scalars(sa.select(Ticket).limit(1)).one(),
        )
        sizes = {"small": 10_000, "large": 1_000_000}
        for slug, count in sizes.items():
            made = world.contracted(boss, slug, features=frozenset({Feature.TICKET}))
            world.agent(boss, made, boss, manager=True)
            values = {"service": made.id, "count": count, "member": boss.id, "now": old.created_at}
            with db.write() as session:
                session.execute(MANY, values)
        db.session.remove()
    times: dict[str, list[float]] = {slug: [] for slug in sizes}
    for _i in range(ROUNDS):
        for slug in sizes:
            times[slug].append(timed(lambda slug=slug: one.client.get(f"/c/s/{slug}/tickets")))  # type: ignore[misc]
    small, large = (statistics.median(times[slug]) for slug in sizes)
    print(
        f"the list of 10,000 tickets takes {small:.2f} ms, of 1,000,000 {large:.2f} ms, ratio {large / small:.2f}"
    )
    return int(large / small > 1.3)


if __name__ == "__main__":
    sys.exit(bool(main()))
