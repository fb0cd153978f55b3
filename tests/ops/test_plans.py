"""How the statements of the main pages find their rows, on both databases with 100,000 tickets and 50,000 calls."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState, Source
from occ.core import clock, paging
from occ.core.db import db
from occ.core.search import CHUNKS
from occ.customers.models import Customer
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceType
from occ.telephony.models import Call, Leg
from occ.telephony.rules.calls import (
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    Phase,
)
from occ.tickets.models import Ticket, TicketEntry, TicketValue
from occ.tickets.rules import Channel, Entry, Priority, State
from occ.tickets.search import index
from tests.factories import field as fields
from tests.factories import phone, world
from tests.support.browser import Browser

BASE, TIMES, OPEN = 1_000, 100, 200
GROWING = {
    model.__tablename__
    for model in (Call, Callback, Customer, Leg, Ticket, TicketEntry, TicketValue)
} | {"queue_entry", "ticket_event", "agent_interval", "attachment", "trigger_run"}
READ, STEPS = 25_000, 400_000
"""What one statement may do: rows that PostgreSQL reads of a table, steps of SQLite's machine, which takes about
fifteen for a row that a list looks at.
"""
PAGES = (
    "tickets",
    "tickets/50500",
    "tickets/list?box=all",
    "tickets/counters",
    "tickets/50500/viewers",
    *(f"tickets?box={box}" for box in ("progress", "done", "unassigned", "groups", "spam")),
    *(
        f"tickets?q={q}"
        for q in (
            "환불",
            "환불 문의",
            "50500",
            "%2350500",
            "0050500",
            "010-9000-0123",
            "nobody@example.com",
            "state:hold",
            "state:done",
            "channel:phone",
            "channel:phone priority:urgent",
            "assignee:boss",
            "assignee:kim channel:phone",
            "assignee:boss channel:phone",
            "customer:고객",
            "customer:01090000123",
            "received:today",
            "received:2025",
            "received:2025 channel:phone",
            "amount:70",
            "visit:2026-12",
            "agreed:no",
            "환불 channel:phone",
        )
    ),
    "tickets?q=channel:phone&after=WzUwMDAwXQ",
    "tickets?q=channel:phone&before=WzUwMDAwXQ",
    "callbacks",
    "callbacks?state=completed",
    "callbacks?number=9000123",
    "customers/100",
    "performance",
    "performance/today",
)


def copied(model: Any, *, later: tuple[str, ...] = (), **other: Any) -> None:
    """The first rows of a table TIMES times, a week later each; `other` gives the columns that differ, made of the row and
    the number of the copy.
    """
    number = sa.select(sa.literal(1).label("n")).cte("many", recursive=True)
    more = sa.select(number.c.n + 1).where(number.c.n < TIMES - 1)
    number = number.union_all(more)
    n, table = number.c.n, model.__table__

    def moved(column: Any) -> Any:
        if db.session.get_bind().dialect.name == "sqlite":
            days = sa.cast(n * 7, sa.Text) + " days"
            return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", column, days)
        return column + n * sa.text("interval '7 days'")

    def value(column: Any) -> Any:
        if column.name in other:
            return other[column.name](column, n)
        return moved(column) if column.name in later else column

    rows = sa.select(*(value(column) for column in table.columns)).select_from(
        table.join(number, sa.true())
    )
    names = [column.name for column in table.columns]
    db.session.execute(sa.insert(table).from_select(names, rows))


def shifted(column: Any, n: Any) -> Any:
    """A number that counts on in each copy."""
    return column + n * BASE


def filled(mall: Service, other: Service, boss: Member) -> None:
    """Two years of two services, one of them with calls; what is open today in it."""
    now = clock.now()
    begin = now - timedelta(days=7 * TIMES)
    numbers = range(1, BASE + 1)
    at = {n: begin + timedelta(minutes=10 * n) for n in numbers}
    queue = phone.queue(mall, [])

    def turn(_column: Any, n: Any) -> Any:
        return sa.case((n % 2 == 0, mall.id), else_=other.id)

    ticket = {"channel": Channel.MANUAL, "priority": Priority.NORMAL, "language": "ko"}
    customers = [{"id": n, "name": f"고객 {n}", "version": 1, "created_at": begin} for n in numbers]
    tickets = [
        {
            **ticket,
            "id": n,
            "service_id": mall.id,
            "state": State.DONE,
            "subject": "환불",
            "assignee_id": boss.id,
            "customer_id": n,
            "created_at": at[n],
            "done_at": at[n],
            "indexed": True,
            "version": 1,
        }
        for n in numbers
    ]
    opened = [
        {
            **ticket,
            "id": BASE * TIMES + n,
            "service_id": mall.id,
            "state": (State.UNASSIGNED, State.PROGRESS)[n % 2],
            "subject": "교환",
            "assignee_id": (None, boss.id)[n % 2],
            "customer_id": n,
            "created_at": now,
            "indexed": True,
            "version": 1,
        }
        for n in range(1, OPEN + 1)
    ]
    calls = [
        {
            "id": n,
            "ref": f"call {n}",
            "service_id": mall.id,
            "direction": Direction.INBOUND,
            "phase": Phase.ENDED,
            "customer_number": f"+82109{n:07}",
            "service_number": "+827000000001",
            "customer_id": n,
            "queue_id": queue.id,
            "day": at[n].date(),
            "started_at": at[n],
            "phase_at": at[n],
            "ended_at": at[n],
            "outcome": CallOutcome.COMPLETED,
        }
        for n in numbers
    ]
    callbacks = [
        {
            "id": n,
            "service_id": mall.id,
            "queue_id": queue.id,
            "number": f"+82109{n:07}",
            "state": CallbackState.COMPLETED,
            "source": Source.QUEUE,
            "requested_at": at[n],
            "last_requested_at": at[n],
            "promise_until": at[n],
            "version": 1,
        }
        for n in numbers
    ]
    with db.write() as session:
        session.execute(sa.insert(Customer), customers)
        copied(Customer, id=shifted)
        number = sa.func.substr(sa.cast(Customer.id + 10_000_000, sa.Text), 2)
        session.execute(
            sa.update(Customer)
            .values(phone="+82109" + number)
            .execution_options(synchronize_session=False)
        )
        session.execute(sa.insert(Ticket), tickets)
        copied(
            Ticket,
            id=shifted,
            customer_id=shifted,
            service_id=turn,
            later=("created_at", "done_at"),
        )
        session.execute(sa.insert(Ticket), opened)
        ids = sa.select(Ticket.id)
        for model, said in (
            (
                TicketEntry,
                {"kind": Entry.INQUIRY, "body": "환불 문의", "author": "고객", "mailed_to": ""},
            ),
            (TicketValue, {"code": "amount", "text": "70", "stored_at": now}),
        ):
            of_ticket = {"ticket_id": ids.selected_columns[0], "at": now, **said}
            named = {name: v for name, v in of_ticket.items() if name in model.__table__.columns}
            columns = model.__table__.columns
            values = [
                v if name == "ticket_id" else sa.literal(v, columns[name].type)
                for name, v in named.items()
            ]
            session.execute(sa.insert(model).from_select(list(named), sa.select(*values)))
        session.execute(sa.insert(Call), calls)
        copied(
            Call,
            id=shifted,
            customer_id=shifted,
            service_id=turn,
            ref=lambda column, n: column + "-" + sa.cast(n, sa.Text),
            later=("started_at", "phase_at", "ended_at"),
        )
        leg = {"call_id": Call.id, "service_id": Call.service_id, "day": Call.day}
        session.execute(
            sa.insert(Leg).from_select(
                [
                    *leg,
                    "direction",
                    "kind",
                    "member_id",
                    "started_at",
                    "outcome",
                    "number",
                    "talk_ms",
                    "notes",
                ],
                sa.select(
                    *leg.values(),
                    sa.literal(Direction.INBOUND, Leg.direction.type),
                    sa.literal(LegKind.AGENT, Leg.kind.type),
                    sa.literal(boss.id),
                    Call.started_at,
                    sa.literal(LegOutcome.COMPLETED, Leg.outcome.type),
                    sa.literal(""),
                    sa.literal(60_000),
                    sa.literal(""),
                ),
            )
        )
        session.execute(sa.insert(Callback), callbacks)
        copied(Callback, id=shifted, service_id=turn, later=("requested_at", "promise_until"))
        _index()
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ANALYZE"))


def _index() -> None:
    """What the search index keeps of each ticket, without its way through the service."""
    owner = sa.cast(index.owner(0, spam=False) + Ticket.service_id * 2, sa.BigInteger)
    if db.session.get_bind().dialect.name == "sqlite":
        rows: Any = sa.select(owner * 2**40 + Ticket.id, sa.literal("환불 불"), sa.literal(""))
        key, kind = "rowid", sa.Text()
    else:
        from sqlalchemy.dialects.postgresql import TSVECTOR

        text = "'\ue000" + sa.cast(owner, sa.Text) + "':1 '환불':2"
        rows = sa.select(
            sa.cast(Ticket.id, sa.BigInteger) * CHUNKS,
            sa.cast(text, TSVECTOR),
            sa.cast("", TSVECTOR),
        )
        key, kind = "id", TSVECTOR()
    columns = (
        sa.column(key, sa.BigInteger),
        sa.column("everybody", kind),
        sa.column("privately", kind),
    )
    rows = rows.where(Ticket.id % 50 == 0)  # half of them of the service that is looked at
    db.session.execute(
        sa.insert(sa.table("ticket_fts", *columns)).from_select([c.name for c in columns], rows)
    )


@contextmanager
def statements() -> Iterator[dict[str, Any]]:
    """The reading statements that are asked meanwhile, with the values of the last time."""
    asked: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if re.match(r"\s*(SELECT|WITH)", text):
            asked[text] = values

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def faults(text: str, values: Any) -> list[str]:
    """What a statement does that grows with the tables: reads one from end to end, sorts it, or looks at too much of it."""
    connection = db.session.connection().connection
    if db.session.get_bind().dialect.name == "sqlite":
        return list(sqlite_faults(connection, text, values))
    cursor = connection.cursor()
    cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", values)
    return list(postgres_faults(cursor.fetchone()[0][0]["Plan"]))


def sqlite_faults(connection: Any, text: str, values: Any) -> Iterator[str]:
    """It says no numbers of rows: a sort is one of a growing table where such a one is read beside it."""
    plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    steps = [(row[1], row[3]) for row in plan]
    named = {alias: table for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) AS (\w+)", text)}

    def grows(step: str) -> bool:
        read = re.match(r"(?:SCAN|SEARCH) (\w+)", step)
        return bool(read) and named.get(read[1], read[1]) in GROWING

    for parent, step in steps:
        if step.startswith("SCAN") and grows(step):
            yield step
        if step.startswith("USE TEMP B-TREE FOR ORDER BY"):
            for above, other in steps:
                if above == parent and grows(other) and "rowid=?" not in other:
                    yield f"{step}: {other}"
    rounds = itertools.count(1)
    connection.driver_connection.set_progress_handler(lambda: next(rounds) and None, 1_000)
    connection.cursor().execute(text, values).fetchall()
    connection.driver_connection.set_progress_handler(None, 0)
    if (taken := (next(rounds) - 1) * 1_000) > STEPS:
        yield f"{taken} steps"


def postgres_faults(node: dict[str, Any]) -> Iterator[str]:
    read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    if read > READ and (node.get("Relation Name") in GROWING or node["Node Type"] == "Sort"):
        yield f"{node['Node Type']} of {read} rows: {node.get('Relation Name', '')}"
    for below in node.get("Plans", ()):
        yield from postgres_faults(below)


@pytest.mark.full
@pytest.mark.spec("TKT-2", "TKT-7", "CBK-2")
def test_no_page_reads_or_sorts_a_table_that_grows(
    boss: Member, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "LOOK_ON", paging.LOOK)  # there are not ten times as many
    issues = frozenset({Feature.TICKET, Feature.MAIL})
    other = world.contracted(boss, "other", features=issues, type=ServiceType.ISSUE)
    mall = phone.service(boss, features=phone.FEATURES | {Feature.HANDOVER})
    world.agent(boss, mall, boss, manager=True, ticket=True, phone=True)
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    for code, type in (
        ("amount", FieldType.NUMBER),
        ("visit", FieldType.DATE),
        ("agreed", FieldType.CHECKBOX),
    ):
        fields.field(mall, code, FieldKind.AGENT, type)
    filled(mall, other, boss)
    found = {}
    for login_id in ("boss", "kim"):
        person = browser(login_id)
        # kim works on tickets alone
        for page in (one for one in PAGES if login_id == "boss" or one.startswith("tickets")):
            with statements() as asked:
                answer = person.get(f"/c/s/mall/{page}")
            assert answer.status_code == 200, (page, answer.status_code)
            wrong = [
                (fault, text) for text, values in asked.items() for fault in faults(text, values)
            ]
            if wrong:
                found[login_id, page] = wrong
    assert not found, json.dumps({" ".join(k): v for k, v in found.items()}, indent=1)
