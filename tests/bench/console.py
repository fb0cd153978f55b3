"""A console to measure: one service with every feature contracted, people who are signed in, and as
many tickets, calls and callbacks as asked for.

What grows is written in bulk: this measures how the console lives with it, not how it came.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from occ.ars import service as ars
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState, Source
from occ.core import clock
from occ.core.db import db
from occ.core.search import Document
from occ.customers.models import Customer
from occ.factory import create_app
from occ.identity import sessions
from occ.identity.models import Agent, Member
from occ.organization.rules import CONSULTATION, OFFERS, Feature, ServiceType
from occ.statistics import jobs as sums
from occ.telephony.models import Call, Leg, QueueEntry
from occ.telephony.rules.calls import (
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
)
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import jobs as ticket_jobs
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, Move, Priority, begin, transition
from occ.tickets.search import index
from tests.conftest import QUIET
from tests.factories import field, phone, trigger, world
from tests.support.migrated import prepare

FEATURES = frozenset(offer.feature for offer in OFFERS if offer.types >= CONSULTATION)
HOME = "/c/s/mall"
AGENTS, OPEN, RARE, CHUNK = 8, 400, 5, 5_000
YEARS = timedelta(days=730)
WHAT = ("환불", "교환", "배송 지연", "결제 오류", "쿠폰", "세금계산서", "재입고", "파손")
HOW = ("문의드립니다", "언제 되나요?", "확인 부탁드려요", "처리가 안 돼요", "다시 요청합니다")


@dataclass(frozen=True)
class Person:
    """Somebody at a browser: the cookie of a session and the token that its forms send."""

    member_id: int
    cookie: str
    token: str


@dataclass(frozen=True)
class Furnished:
    """A service with its agents and one of everything that its pages read."""

    service_id: int
    members: list[int]
    queue_id: int
    intake_id: int


@dataclass(frozen=True)
class Console:
    """A console on disk, the number of its newest ticket, and who is signed in: the manager first,
    then the agents.
    """

    instance: Path
    found: Furnished
    newest: int
    people: list[Person]


@contextmanager
def application(instance: Path, url: str = "") -> Iterator[Flask]:
    """The console of a folder inside this process."""
    made = create_app({**QUIET, "OCC_INSTANCE": instance, "DATABASE_URL": url})
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def make(instance: Path, url: str = "", *, agents: int = AGENTS, **rows: int) -> Console:
    """A console in a new folder, ready to be served; `rows` as in `grow`."""
    instance.mkdir()
    with application(instance, url) as app:
        prepare(app)
        boss = world.owner()
        found = furnish(boss, agents=agents)
        newest = grow(found, **rows)
        sums.sum_up()  # two years came at once, whose days a console sums up as they go by
        people = [sign_in(app, member) for member in (boss.id, *found.members)]
        return Console(instance, found, newest, people)


def furnish(boss: Member, *, agents: int = AGENTS) -> Furnished:
    """A service `mall` with every feature, and one that it hands tickets over to; the owner
    manages it.
    """
    desk = {"type": ServiceType.ISSUE, "features": frozenset({Feature.TICKET})}
    world.contracted(boss, "desk", **desk)
    mall = phone.service(boss, features=FEATURES, seats=agents + 10)
    people = [
        world.agent(boss, mall, boss, manager=True, ticket=True, phone=True),
        *(phone.agent(boss, mall, f"agent{n:03}") for n in range(agents)),
    ]
    queue = phone.queue(mall, people[1:])
    field.field(mall, "note")
    for n in range(5):
        trigger.trigger(
            mall,
            f"Refund {n}",
            [trigger.when(Subject.TITLE, Comparison.CONTAINS, f"nowhere {n}")],
            Result(ResultKind.PRIORITY, "high"),
        )
    with db.write():
        kinds = [
            ticket_settings.add_category(mall, kind, parent_id=None, names={"ko": f"유형 {n}"})
            for kind in CategoryKind
            for n in range(5)
        ]
        for n in range(5):
            ars.save_disposition(mall, None, name=f"Disposition {n}")
            ticket_settings.save_word(mall, None, f"guarantee {n}")
            ticket_settings.save_template(
                mall, None, title=f"Sorry {n}", body="Dear #{customer}", code=f"s{n}", shared=False
            )
        members = [one.member_id for one in people[1:]]
        intake = next(one for one in kinds if one.kind is CategoryKind.INTAKE)
        return Furnished(mall.id, members, queue.id, intake.id)


def grow(found: Furnished, tickets: int = 0, *, calls: int = 0, callbacks: int = 0) -> int:
    """Writes what grows; returns the number of the newest ticket."""
    ticket_jobs.index_tickets()  # as a console that runs: its index is of this version
    first = (db.session.scalar(sa.select(sa.func.max(Ticket.id))) or 0) + 1
    people = list(
        db.session.scalars(
            sa.select(Agent.member_id)
            .where(Agent.service_id == found.service_id)
            .order_by(Agent.id)
        )
    )
    of = found.service_id
    db.session.rollback()
    for part in _parts(tickets):
        _tickets(of, people, part, first, tickets)
    for part in _parts(calls):
        _calls(of, found.queue_id, people, part)
    for part in _parts(callbacks):
        _callbacks(of, found.queue_id, part)
    _settle(Customer, Ticket, Call)
    return first + tickets - 1


def _settle(*models: type[Any]) -> None:
    """PostgreSQL counts on from the numbers that were given, and learns what is there, which it
    does by itself after a while. SQLite never does.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    with db.write() as session:
        for model in models:
            newest = sa.select(sa.func.coalesce(sa.func.max(model.id), 1)).scalar_subquery()
            serial = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
            session.execute(sa.select(sa.func.setval(serial, newest)))
        session.execute(sa.text("ANALYZE"))


def _parts(count: int) -> Iterator[range]:
    for start in range(0, count, CHUNK):
        yield range(start, min(start + CHUNK, count))


def _insert(rows: dict[type[Any], list[dict[str, Any]]]) -> None:
    """Rows of tables, without the ORM's work for each."""
    connection = db.session.connection()
    for model, values in rows.items():
        connection.execute(sa.insert(model.__table__), values)


def _tickets(of: int, people: list[int], part: range, first: int, count: int) -> None:
    """Tickets of two years with an inquiry each, one customer for ten; the last few hundred are
    open, five came by phone.
    """
    now, step = clock.now(), YEARS / count
    rare = {count * n // RARE for n in range(RARE)}
    customers, rows, entries, documents = [], [], [], []
    for n in part:
        is_open, at = n >= count - OPEN, now - step * (count - n)
        standing = begin(None if is_open and n % 3 == 0 else people[n % len(people)])
        for move in ((), (), (Move.HOLD,))[n % 3] if is_open else (Move.RESOLVE, Move.FINISH):
            standing = transition(standing, move, at)
        title = f"{WHAT[n % len(WHAT)]} {HOW[n % len(HOW)]}"
        if n % 10 == 0:
            customers.append(
                {
                    "id": first + n,
                    "name": f"고객 {n}",
                    "phone": f"+8210{first + n:08}",
                    "version": 1,
                    "created_at": now,
                }
            )
        rows.append(
            {
                **vars(standing),
                "id": first + n,
                "service_id": of,
                "channel": Channel.PHONE if n in rare else Channel.MANUAL,
                "subject": title,
                "priority": list(Priority)[n * 7 % 4],
                "customer_id": first + n - n % 10,
                "language": "ko",
                "version": 1,
                "created_at": at,
                "indexed": True,
            }
        )
        entries.append(
            {
                "ticket_id": first + n,
                "kind": Entry.INQUIRY,
                "author": "고객",
                "mailed_to": "",
                "body": f"{title} {n:07}",
                "at": at,
            }
        )
        documents.append(Document(first + n, index.owner(of, spam=False), f"{title} {n:07}", ""))
    with db.write():
        _insert({Customer: customers, Ticket: rows, TicketEntry: entries})
        index.INDEX.put(documents)


def _calls(of: int, queue_id: int, people: list[int], part: range) -> None:
    """Calls of today and yesterday that were answered, each with its queue and its talk."""
    now = clock.now()
    day = clock.local_day(now, "Asia/Seoul")
    begun = clock.day_start(day, "Asia/Seoul")
    calls, legs, queued = [], [], []
    for n in part:
        at = begun + (now - begun) * ((n * 0.618034) % 1)
        ends = {"started_at": at, "answered_at": at, "ended_at": at}
        member = people[n % len(people)]
        calls.append(
            {
                "id": n + 1,
                "ref": f"bench-{n}",
                "service_id": of,
                "direction": Direction.INBOUND,
                "phase": Phase.ENDED,
                "customer_number": f"+8210{n:08}",
                "service_number": "+827000000001",
                "queue_id": queue_id,
                "day": day,
                "phase_at": at,
                "outcome": CallOutcome.COMPLETED,
                "handled_by": member,
                **ends,
            }
        )
        legs.append(
            {
                "call_id": n + 1,
                "service_id": of,
                "direction": Direction.INBOUND,
                "kind": LegKind.AGENT,
                "member_id": member,
                "day": day,
                "outcome": LegOutcome.COMPLETED,
                "talk_ms": 60_000,
                **ends,
            }
        )
        queued.append(
            {
                "call_id": n + 1,
                "service_id": of,
                "queue_id": queue_id,
                "day": day,
                "entered_at": at,
                "left_at": at,
                "outcome": QueueOutcome.ANSWERED,
                "agent_id": member,
                "waited_ms": n % 30_000,
            }
        )
    with db.write():
        _insert({Call: calls, Leg: legs, QueueEntry: queued})


def _callbacks(of: int, queue_id: int, part: range) -> None:
    """Callbacks of a year, the first hundred of them open."""
    now = clock.now()
    rows = [
        {
            "service_id": of,
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
        for n in part
    ]
    with db.write():
        _insert({Callback: rows})


def waiting(console: Console, count: int) -> None:
    """So many callers more wait in the queue of a console that is being served; they never leave."""
    with application(console.instance):
        now, first = clock.now(), (db.session.scalar(sa.select(sa.func.max(Call.id))) or 0) + 1
        common = {"service_id": console.found.service_id, "queue_id": console.found.queue_id}
        day = clock.local_day(now, "Asia/Seoul")
        calls = [
            {
                **common,
                "id": first + n,
                "ref": f"waiting-{n}",
                "direction": Direction.INBOUND,
                "phase": Phase.QUEUED,
                "customer_number": f"+8211{n:08}",
                "service_number": "+827000000001",
                "day": day,
                "phase_at": now,
                "started_at": now,
            }
            for n in range(count)
        ]
        queued = [
            {**common, "call_id": first + n, "day": day, "entered_at": now} for n in range(count)
        ]
        with db.write():
            _insert({Call: calls, QueueEntry: queued})


def sign_in(app: Flask, ident: int) -> Person:
    """A session of the member as a sign-in makes one, without its hundred milliseconds of hashing."""
    with db.write():
        visitor = sessions.Visitor("127.0.0.1", "bench")
        token = sessions.start(db.session.get_one(Member, ident), visitor=visitor, force=True)
    seed = secrets.token_hex(20)
    serializer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    cookie = serializer.dumps({"token": token, "csrf_token": seed})
    sent = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(seed)
    return Person(ident, f"occ={cookie}", sent)
