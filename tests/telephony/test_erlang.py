"""Simulated days against queueing theory: what the statistics count is what Erlang-A says (TEL-3, STA-2)."""

import contextvars
import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import mean, stdev

import pytest
import sqlalchemy as sa

from occ.ars.queries import phone_service
from occ.ars.rules.phone import AfterCall
from occ.core import clock
from occ.core.db import db
from occ.factory import create_app
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.statistics.calls import queries as figures
from occ.statistics.calls import rules
from occ.statistics.calls.rules import Kind
from occ.statistics.days import Period, Unit
from occ.statistics.queries.own import performance
from occ.telephony import bus, queries
from occ.telephony.models import CtiSession
from occ.telephony.rules.calls import AgentState, Command, Phase
from occ.wallboard import queries as wallboard
from tests.conftest import QUIET
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.migrated import prepare

DAYS, AGENTS = 20, 3
ARRIVALS, SERVICE, PATIENCE = (
    60.0,
    180.0,
    120.0,
)  # seconds between calls, of a talk, until one leaves
# of a bank's calls by Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn and Zhao, "Statistical Analysis
# of a Telephone Call Center", Journal of the American Statistical Association 100 (2005): seconds
BANK_MEAN, BANK_DEVIATION = 188.0, 240.0
QUANTILE = 2.093  # of Student's t with 19 degrees of freedom, 95 % of both sides


def erlang_a(arrivals: float, service: float, patience: float, agents: int) -> tuple[float, float]:
    """(share of callers who leave, mean wait of all in seconds) of M/M/n+M in its steady state."""
    rate, weights = 1 / arrivals, [1.0]
    for callers in range(1, 400):
        leaving = min(callers, agents) / service + max(0, callers - agents) / patience
        weights.append(weights[-1] * rate / leaving)
    whole = sum(weights)
    waiting = sum((n - agents) * w for n, w in enumerate(weights) if n > agents) / whole
    return waiting / patience / rate, waiting / rate


@pytest.mark.spec("TEL-3")
def test_erlang_a_knows_its_limits() -> None:
    lost, wait = erlang_a(60, 180, 1e-6, 3)  # nobody waits: Erlang B
    load = [3**n / math.factorial(n) for n in range(4)]
    assert lost == pytest.approx(load[3] / sum(load), rel=1e-3) and wait < 1e-6
    patient, long = erlang_a(60, 120, 1e7, 3)  # nobody leaves: Erlang C
    waits = 2**3 / 6 * 3 / (3 - 2)
    chance = waits / (sum(2**n / math.factorial(n) for n in range(3)) + waits)
    assert patient < 1e-4 and long == pytest.approx(chance * 120 / (3 - 2), rel=1e-2)


@pytest.fixture
def floor(
    tmp_path: Path, database_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Floor]:
    """A database of its own: one transaction could not hold so many savepoints."""
    application = create_app(
        {**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": database_url("sqlite", "erlang")}
    )
    prepare(application)
    with application.app_context():
        made = Floor()

        def step() -> None:
            with application.app_context():
                made.step()
                db.session.remove()

        monkeypatch.setattr(bus, "wake", lambda: contextvars.Context().run(step))
        yield made
        db.session.remove()
        db.engine.dispose()


class Line:
    """Callers and agents who do what chance says, event by event."""

    def __init__(self, floor: Floor, mall: Service, talk: Callable[[], float]) -> None:
        self.floor, self.mall, self.talk = floor, mall, talk
        self.chance = random.Random(20261123)
        self.events: list[tuple[float, int, str, str]] = []
        self.order = 0

    def at(self, second: float, what: str, ref: str = "") -> None:
        self.order += 1
        heapq.heappush(self.events, (second, self.order, what, ref))

    def run(self, seconds: float) -> None:
        """A day: callers come for so long, then all that goes on ends."""
        began = self.floor.now
        self.at(self.chance.expovariate(1 / ARRIVALS), "call")
        while self.events:
            second, _order, what, ref = heapq.heappop(self.events)
            if what == "call" and second > seconds:
                continue
            self.floor.now = began + timedelta(seconds=second)
            if what == "call":
                placed = self.floor.place(self.mall)
                self.at(second + self.chance.expovariate(1 / PATIENCE), "leave", placed)
                self.at(second + self.chance.expovariate(1 / ARRIVALS), "call")
            elif what == "end" or self.floor.call(ref).answered_at is None:
                self.floor.leave(ref)
            self.answer(second)

    def answer(self, second: float) -> None:
        """Whatever rings is taken at once."""
        while True:
            self.floor.step()
            ringing = [call for call in queries.open_calls() if call.phase is Phase.RINGING]
            if not ringing:
                return
            for call in ringing:
                ref, agent = call.ref, db.session.get(Member, call.agent_id)
                assert agent is not None
                self.floor.do(agent, Command.ANSWER)
                self.at(second + self.talk(), "end", ref)


def staffed(floor: Floor) -> tuple[Service, list[Agent]]:
    """A service and its agents, who are ready for the next call after each."""
    boss = world.owner()
    mall = phone.service(boss)
    people = [phone.agent(boss, mall, f"a{n}") for n in range(AGENTS)]
    phone.queue(mall, people)
    found = phone_service(mall.id)
    assert found is not None
    with db.write():
        found.after_call = AfterCall.READY
    floor.login(*people)
    with db.write() as session:
        session.execute(sa.update(CtiSession).values(robot=True))  # no browser keeps them
    return mall, people


def agree(floor: Floor, mall: Service, people: list[Agent]) -> None:
    """Wallboard, dashboard, My performance and statistics of the day that is, to the unit."""
    with floor.time():
        day = clock.local_day(floor.now, mall.time_zone)
        cells = figures.cells(mall, Period(day, day, mall.time_zone).buckets(), list(Kind))
        board, dashboard = wallboard.board([mall.id]), wallboard.dashboard(mall, [mall])
        whole, queue = rules.totals(cells), rules.of_queue(cells)
        shown = board.calls
        assert shown == dashboard.calls and whole.offered == dashboard.total_inbound > 0
        assert (whole.queued, whole.answered, whole.within, whole.waiting, queue.abandoned) == (
            shown.offered,
            shown.answered,
            shown.within,
            shown.waiting,
            shown.abandoned,
        )
        for person in people:
            own = performance(person.member_id, mall)
            mine = [cell for cell in cells if cell.subject == person.member_id]
            agent, states = rules.of_agent(mine), rules.in_states(mine)
            assert (agent.answered, agent.talk_in) == (own.inbound.count, own.inbound.ms)
            assert {
                state: timedelta(milliseconds=one.ms) for state, one in states.items()
            } == own.states


@pytest.mark.full
@pytest.mark.live
@pytest.mark.timeout(1800)
@pytest.mark.spec("TEL-3", "STA-2", "MON-1", "MEM-8")
def test_twenty_days_stand_by_what_erlang_a_says(floor: Floor) -> None:
    mall, people = staffed(floor)
    with db.write() as session:
        session.execute(sa.update(Agent).values(created_at=floor.now))
    chance = random.Random(7)
    line, first = Line(floor, mall, lambda: chance.expovariate(1 / SERVICE)), floor.now
    for day in range(DAYS):
        floor.now = first + timedelta(days=day)
        line.run(7200)
        agree(floor, mall, people)
    zone = mall.time_zone
    since = clock.local_day(first, zone)
    period = Period(since, since + timedelta(days=DAYS - 1), zone, Unit.HOUR)
    hours = period.buckets()
    lost, waits = [], []
    with floor.time():
        cells = figures.cells(mall, hours, [Kind.WAIT])
        for place, hour in enumerate(hours):
            if hour.hour == 11:  # the one before fills the line
                one = rules.of_queue(cell for cell in cells if cell.unit == place)
                assert one.offered == one.answered + one.abandoned > 20
                lost.append(one.abandoned / one.offered)
                waits.append(one.waited / one.over / 1000)
        day = rules.of_queue(
            figures.cells(mall, replace(period, unit=Unit.DAY).buckets(), [Kind.WAIT])
        )
        assert day.offered == rules.of_queue(cells).offered
    assert len(lost) == DAYS
    said = erlang_a(ARRIVALS, SERVICE, PATIENCE, AGENTS)
    for seen, theory in zip((lost, waits), said, strict=True):
        margin = QUANTILE * stdev(seen) / math.sqrt(DAYS)
        assert abs(mean(seen) - theory) <= margin, (mean(seen), theory, margin)


@pytest.mark.full
@pytest.mark.live
@pytest.mark.timeout(1800)
@pytest.mark.spec("TEL-3", "STA-2", "MON-1", "MEM-8")
def test_a_day_of_a_bank_shows_believable_figures(floor: Floor) -> None:
    """Talks are log-normal, as those of a bank: their logarithms have this mean and deviation."""
    spread = math.sqrt(math.log(1 + (BANK_DEVIATION / BANK_MEAN) ** 2))
    middle = math.log(BANK_MEAN) - spread**2 / 2
    mall, people = staffed(floor)
    with db.write() as session:
        session.execute(sa.update(Agent).values(created_at=floor.now))
    chance, drawn = random.Random(7), list[float]()

    def talk() -> float:
        drawn.append(chance.lognormvariate(middle, spread))
        return drawn[-1]

    first, hours = floor.now, 6
    Line(floor, mall, talk).run(hours * 3600)
    agree(floor, mall, people)
    day = clock.local_day(first, mall.time_zone)
    with floor.time():
        whole = Period(day, day, mall.time_zone).buckets()
        cells = figures.cells(mall, whole, list(Kind))
    seen, count = rules.of_queue(cells), len(drawn)
    calls = hours * 3600 / ARRIVALS
    assert abs(seen.offered - calls) < 3 * math.sqrt(calls), "Poisson"
    assert seen.offered == seen.answered + seen.abandoned and seen.answered == seen.talks == count
    assert abs(seen.talk - 1000 * sum(drawn)) <= count, "in whole milliseconds each"
    average = seen.talk / seen.talks / 1000
    assert abs(average - BANK_MEAN) < 3 * BANK_DEVIATION / math.sqrt(count)
    # of exponential times the half would last at most 130 s, and their deviation be their mean
    assert math.exp(middle) == pytest.approx(116, abs=1)
    assert sorted(drawn)[count // 2] == pytest.approx(116, abs=15) and stdev(drawn) > average
    # whoever is patient for an exponential time leaves by what they waited, whatever talks last
    lost, waited = seen.abandoned / seen.offered, seen.waited / seen.over / 1000
    assert abs(lost - waited / PATIENCE) < 2 * math.sqrt(seen.abandoned) / seen.offered
    busy = seen.answered * average / (AGENTS * hours * 3600)
    assert 0.7 < busy < 1 and 0.05 < lost < 0.35, "three agents for the work of three"
    assert seen.within < seen.answered and seen.max_wait / 1000 > 3 * waited
    for person in people:
        mine = [cell for cell in cells if cell.subject == person.member_id]
        state, agent = rules.in_states(mine)[AgentState.TALKING], rules.of_agent(mine)
        assert state.count == agent.answered and abs(state.ms - agent.talk_in) <= state.count
    assert rules.of_agent(cells).talk_in == seen.talk
