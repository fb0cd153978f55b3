"""A generated day in simulated time: every figure equals an independent count over the raw events (TEL-2, MON, MEM-8)."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.factory import create_app
from occ.identity.models import Agent
from occ.statistics.calls import queries as figures
from occ.statistics.calls import rules
from occ.statistics.calls.rules import Kind
from occ.statistics.days import Period, Unit
from occ.statistics.queries.own import performance, talks
from occ.telephony import jobs, queries, settings
from occ.telephony.models import CtiEvent, CtiLogDay
from occ.telephony.rules.calls import AgentState, Direction
from occ.wallboard import queries as wallboard
from occ.wallboard.rules import Calls
from tests.conftest import QUIET
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support import sums
from tests.support.migrated import prepare


class Ledger:
    """An own account of what happened, read from nothing but the event rows in their order."""

    def __init__(self, events: list[CtiEvent], level: int) -> None:
        self.offered: dict[int, Any] = {}
        self.answered: dict[int, float] = {}
        self.abandoned: set[int] = set()
        self.states: dict[int, list[tuple[Any, str]]] = {}
        self.talk: Counter[tuple[int, str]] = Counter()
        self.counts: Counter[tuple[int, str]] = Counter()
        self.level = level
        direction: dict[int, str] = {}
        talking: dict[int, tuple[int, Any]] = {}
        for event in events:
            if event.code.startswith("state.") and event.member_id is not None:
                self.states.setdefault(event.member_id, []).append(
                    (event.at, event.code.removeprefix("state."))
                )
            if event.call_id is None:
                continue
            call = event.call_id
            if event.code == "arrived":
                direction[call], self.offered[call] = "in", event.at
            elif event.code == "dialed":
                direction[call] = "out"
            elif event.code in ("answered", "callee_answered") and event.member_id is not None:
                talking[call] = (event.member_id, event.at)
                self.counts[event.member_id, direction[call]] += 1
                if direction[call] == "in":
                    self.answered[call] = (event.at - self.offered[call]).total_seconds()
            elif event.code in ("caller_left", "agent_hung_up"):
                if call in talking:
                    member, since = talking.pop(call)
                    self.talk[member, direction[call]] += round(
                        (event.at - since).total_seconds() * 1000
                    )
                elif direction[call] == "in":
                    self.abandoned.add(call)

    def calls(self) -> Calls:
        in_time = sum(waited <= self.level for waited in self.answered.values())
        waiting = len(self.offered) - len(self.answered) - len(self.abandoned)
        return Calls(
            waiting, len(self.offered), len(self.answered), in_time, len(self.abandoned), 0
        )

    def time_in(self, member: int, state: str, end: Any) -> timedelta:
        marks = [*self.states.get(member, []), (end, "")]
        return sum(
            (
                after[0] - before[0]
                for before, after in zip(marks, marks[1:], strict=False)
                if before[1] == state
            ),
            timedelta(),
        )


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.full)])
def floor(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Iterator[Floor]:
    """A database of its own: one transaction could not hold a day of savepoints."""
    application = create_app(
        {**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": database_url(request.param, "day")}
    )
    prepare(application)
    with application.app_context():
        yield Floor()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.live
@pytest.mark.timeout(900)
@pytest.mark.spec("TEL-2", "MON-1", "MON-4", "MEM-8", "CTI-3")
@pytest.mark.parametrize(
    ("calls", "robots", "hours"), [(60, 6, 1), pytest.param(2000, 40, 5, marks=pytest.mark.full)]
)
def test_a_day_of_calls_adds_up_to_the_unit(
    floor: Floor, calls: int, robots: int, hours: int
) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    people = [phone.agent(boss, mall, f"a{n:02}") for n in range(robots)]
    phone.queue(mall, people)
    with db.write() as session:
        session.execute(sa.update(Agent).values(created_at=phone.START))
        settings.save_load(
            mall.id,
            {
                "on": True,
                "calls_per_hour": calls // hours,
                "patience_seconds": 45,
                "talk_seconds": 180,
                "robots": robots,
            },
        )
    until = floor.now + timedelta(hours=hours)
    while floor.now < until:
        floor.now += timedelta(seconds=7)
        floor.step()
    with db.write():
        settings.save_load(mall.id, {"on": False})
    floor.wait(5)
    while queries.open_calls() or queries.open_sessions():
        floor.now += timedelta(seconds=15)
        floor.step()
    level = settings.ensure().service_level_seconds
    events = list(db.session.scalars(sa.select(CtiEvent).order_by(CtiEvent.id)))
    ledger, idents = Ledger(events, level), [event.id for event in events]
    assert len(ledger.offered) > calls * 0.8 and ledger.abandoned and ledger.answered
    with floor.time():
        board, dashboard = wallboard.board([mall.id]), wallboard.dashboard(mall, [mall])
        assert board.calls == board.rows[0].calls == dashboard.calls == ledger.calls()
        assert sum(dashboard.hours) == dashboard.total_inbound == len(ledger.offered)
        day = clock.local_day(floor.now, mall.time_zone)
        assert {row.ident: row.calls for row in dashboard.queues} == sums.by_queue(mall, day, level)
        assert dashboard.hours == sums.by_hour(mall, day) and sum(dashboard.hours_before) == 0
        assert board.people.logged_in == dashboard.lines_used == 0
        today = Period(day, day, mall.time_zone)
        found = figures.cells(mall, today.buckets(), list(Kind))
        hourly = figures.cells(mall, replace(today, unit=Unit.HOUR).buckets(), list(Kind))
        for cells in (found, hourly):
            whole, shown = rules.totals(cells), board.calls
            assert (whole.queued, whole.answered, whole.within, whole.waiting) == (
                shown.offered,
                shown.answered,
                shown.within,
                shown.waiting,
            )
            assert whole.offered == dashboard.total_inbound
            assert rules.of_queue(cells).abandoned == shown.abandoned
            talked = sum(ledger.talk[person.member_id, "in"] for person in people)
            assert rules.of_queue(cells).talk == talked
        for person in people:
            member = person.member_id
            for direction, word in ((Direction.INBOUND, "in"), (Direction.OUTBOUND, "out")):
                told = talks(member, mall.id, day, direction)
                assert (told.count, told.ms) == (
                    ledger.counts[member, word],
                    ledger.talk[member, word],
                )
            own = performance(member, mall)
            mine = rules.of_agent(cell for cell in found if cell.subject == member)
            assert (mine.answered, mine.talk_in) == (own.inbound.count, own.inbound.ms)
            assert (mine.reached, mine.talk_out) == (own.outbound.count, own.outbound.ms)
            assert mine.transfers_out == own.transfers
            times = rules.in_states(cell for cell in found if cell.subject == member)
            assert {
                state: timedelta(milliseconds=one.ms) for state, one in times.items()
            } == own.states
            ends = [e.at for e in events if e.code == "logout" and e.member_id == member]
            for state in (
                AgentState.READY,
                AgentState.WRAP_UP,
                AgentState.REST,
                AgentState.TALKING,
            ):
                assert own.states.get(state, timedelta()) == ledger.time_in(
                    member, state.value, ends[-1] if ends else floor.now
                )
    middle = phone.START + timedelta(hours=hours / 2)
    floor.now = middle + timedelta(days=1)
    with floor.time():
        then = wallboard.dashboard(mall, [mall])
        assert 0 < then.offered_before == sums.offered_until(mall, day, middle)
        assert then.offered_before < len(ledger.offered) and not then.queues
        assert then.hours_before == sums.by_hour(mall, day) and sum(then.hours) == 0
        jobs.close_days()
        jobs.close_days()
        row = db.session.scalars(sa.select(CtiLogDay)).one()
        lines = queries.log_lines(row.file)
        assert [line["id"] for line in lines] == idents, "every event once"
        assert row.events == len(events)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CtiEvent)) == 0
