"""Statistics over a year of a million calls and a million tickets: pages, the job that makes daily sums,
and who writes beside it (STA-1, STA-2).

A day is written as the console's rows are, then repeated inside the database.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import UTCDateTime, db
from occ.statistics import jobs as statistics_jobs
from occ.telephony.models import Call, Leg, QueueEntry
from occ.telephony.rules.calls import (
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
)
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Priority, State
from tests.bench import console, jobs, processes, standing
from tests.bench.client import Client
from tests.bench.console import HOME, Console, Furnished, application
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import get

MIB = 1024 * 1024
ZONE, DAYS, ROWS = "Asia/Seoul", 365, 2_740  # a day; 1,000,100 of each in the year
MONTH, ROUNDS = 31, 9
MONTH_MS, YEAR_MS, WRITER_MS, MEMORY_MIB = 300, 1_000, 50, 60
GROWN = (Call, Leg, QueueEntry, Ticket)
Row = dict[str, Any]


def figures(folder: Path) -> list[Figure]:
    """The job first, then the pages that read what it made."""
    made = _make(folder)
    app = jobs.served(str(made.instance))
    with app.app_context():
        found = jobs.beside(app, "daily sums of a year", statistics_jobs.sum_up)
        db.session.remove()
        db.engine.dispose()
    longest = found[-1]
    found[-1] = Figure(longest.name, longest.value, longest.unit, WRITER_MS, chance=TAIL)
    return found + _pages(made)


def _make(folder: Path) -> Console:
    """A console whose service has both, a day after the other; no sums are made yet."""
    made = console.make(folder)
    with application(folder), _without_indexes(*GROWN):
        first = clock.local_day(clock.now(), ZONE) - timedelta(days=DAYS - 1)
        with db.write() as session:
            for model, rows in _day(made.found, first).items():
                session.execute(sa.insert(model.__table__), rows)  # type: ignore[arg-type]
        for model in GROWN:
            for number in range(1, DAYS):
                with db.write() as session:
                    session.execute(_again(model, number))
    return made


@contextmanager
def _without_indexes(*models: type[Any]) -> Iterator[None]:
    """They are made at the end, from rows in their order."""
    indexes = [index for model in models for index in model.__table__.indexes]
    with db.write() as session:
        for index in indexes:
            index.drop(session.connection())
    yield
    with db.write() as session:
        for index in indexes:
            index.create(session.connection())


def _again(model: type[Any], number: int) -> Any:
    """The rows of the first day so many days later."""
    table = model.__table__
    moved = [_moved(column, number) for column in table.columns]
    first = sa.select(*moved).where(table.c.id <= ROWS)
    return sa.insert(table).from_select([column.name for column in table.columns], first)


def _moved(column: Any, number: int) -> Any:
    days = f"+{number} days"
    if column.name in ("id", "call_id"):
        return column + number * ROWS
    if column.name == "ref":
        return column + f"-{number}"
    if isinstance(column.type, UTCDateTime):
        return sa.func.strftime("%Y-%m-%d %H:%M:%f000", column, days)
    return sa.func.date(column, days) if isinstance(column.type, sa.Date) else column


def _day(found: Furnished, day: date) -> dict[type[Any], list[Row]]:
    """Calls from 9 to 18 o'clock, four of five answered after up to a minute; as many tickets,
    every second one made of a call, resolved within two days and done after an hour.
    """
    begins = clock.day_start(day, ZONE) + timedelta(hours=9)
    rows: dict[type[Any], list[Row]] = {Call: [], Leg: [], QueueEntry: [], Ticket: []}
    for n in range(ROWS):
        at = begins + timedelta(hours=9) * n / ROWS
        waited, talk = n * 7_919 % 60_000, 20_000 + n * 104_729 % 400_000
        answered = n % 5 > 0
        begun = at + timedelta(milliseconds=waited)
        ended = begun + timedelta(milliseconds=talk * answered)
        member = found.members[n % len(found.members)]
        of = {"service_id": found.service_id, "day": day}
        rows[Call].append(
            {
                **of,
                "id": n + 1,
                "ref": f"figures-{n}",
                "direction": Direction.INBOUND,
                "phase": Phase.ENDED,
                "customer_number": f"+8210{n:08}",
                "service_number": "+827000000001",
                "queue_id": found.queue_id,
                "phase_at": ended,
                "started_at": at,
                "answered_at": begun if answered else None,
                "ended_at": ended,
                "outcome": CallOutcome.COMPLETED if answered else CallOutcome.ABANDONED,
                "handled_by": member if answered else None,
            }
        )
        rows[Leg].append(
            {
                **of,
                "id": n + 1,
                "call_id": n + 1,
                "direction": Direction.INBOUND,
                "kind": LegKind.AGENT,
                "member_id": member,
                "started_at": begun,
                "answered_at": begun if answered else None,
                "ended_at": ended,
                "outcome": LegOutcome.COMPLETED if answered else LegOutcome.CALLER_LEFT,
                "talk_ms": talk * answered,
            }
        )
        rows[QueueEntry].append(
            {
                **of,
                "id": n + 1,
                "call_id": n + 1,
                "queue_id": found.queue_id,
                "entered_at": at,
                "left_at": begun,
                "outcome": QueueOutcome.ANSWERED if answered else QueueOutcome.ABANDONED,
                "agent_id": member if answered else None,
                "waited_ms": waited,
            }
        )
        resolved = at + timedelta(seconds=60 + n * 7_919 % 172_800)
        rows[Ticket].append(
            {
                "id": n + 1,
                "service_id": found.service_id,
                "channel": Channel.PHONE if n % 2 else Channel.MAIL,
                "state": State.DONE,
                "subject": "Refund",
                "priority": Priority.NORMAL,
                "language": "ko",
                "assignee_id": member,
                "intake_id": found.intake_id if n % 4 else None,
                "call_id": n + 1 if n % 2 else None,
                "created_at": at,
                "resolved_at": resolved,
                "done_at": resolved + timedelta(hours=1),
                "indexed": True,
                "version": 1,
            }
        )
    return rows


def _pages(made: Console) -> list[Figure]:
    """Pages of the last month by day and of the year by month, beside what counting the month's rows
    takes.
    """
    with application(made.instance):
        today = clock.local_day(clock.now(), ZONE)
        month = today - timedelta(days=MONTH - 1)
        counting = {
            "tickets": _milliseconds(_received(made, month, today)),
            "calls": _milliseconds(_offered(made, month, today)),
        }
    spans = {
        "a month by day": (month, "day", MONTH_MS),
        "a year by month": (today - timedelta(days=DAYS - 1), "month", YEAR_MS),
    }
    who, client, found = made.people[0], Client(), []
    with processes.console(made.instance) as live:
        port, pid = processes.place(live)
        time.sleep(standing.SETTLED)
        client.ask(port, [[get(f"{HOME}/tickets", who.cookie)]], count=2)
        idle = processes.anonymous(pid)
        for media, page, name in (
            ("tickets", "period", "tickets"),
            ("tickets", "staff", "tickets of agents"),
            ("tickets", "bands", "time bands"),
            ("calls", "totals", "calls"),
            ("calls", "agents", "calls of agents"),
        ):
            for span, (since, unit, target) in spans.items():
                asked = f"period=range&since={since}&until={today}&unit={unit}"
                path = f"{HOME}/statistics/{media}/{page}?{asked}"
                client.ask(port, [[get(path, who.cookie)]], count=1)  # compiles its templates
                before = processes.cpu(pid)
                seen = client.ask(port, [[get(path, who.cookie)]], count=ROUNDS)
                took = (processes.cpu(pid) - before) / seen.count * 1000
                middle = statistics.median(seen.times)
                found.append(Figure(f"{name}, {span}", middle, "ms", target))
                found.append(Figure(f"{name}, {span}, CPU", took, "ms"))
                if name in counting and unit == "day":
                    share = took / counting[name]
                    found.append(Figure(f"{name}, {span} / counting its rows, CPU", share, "×", 10))
        grown = (processes.anonymous(pid) - idle) / MIB
    client.stop()
    return [
        *found,
        Figure("memory (anonymous) above idle after statistics", grown, "MiB", MEMORY_MIB),
    ]


def _received(made: Console, first: date, last: date) -> Any:
    start, end = (clock.day_start(day, ZONE) for day in (first, last + timedelta(days=1)))
    return sa.select(sa.func.count()).where(
        Ticket.service_id == made.found.service_id,
        Ticket.created_at >= start,
        Ticket.created_at < end,
    )


def _offered(made: Console, first: date, last: date) -> Any:
    here = (Call.service_id == made.found.service_id, Call.day.between(first, last))
    return sa.select(sa.func.count()).where(*here)


def _milliseconds(query: Any) -> float:
    """The median of what a statement takes of the CPU."""
    times = []
    for _round in range(ROUNDS):
        began = time.process_time()
        assert db.session.scalar(query) == MONTH * ROWS
        times.append((time.process_time() - began) * 1000)
        db.session.rollback()
    return statistics.median(times)
