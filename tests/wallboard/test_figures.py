"""Figures of a day of calls: counted by the database, once for all who look (MON)."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from hypothesis import given
from hypothesis import strategies as st

from occ.core import clock, live
from occ.core.db import db
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.statistics.queries import own as statistics
from occ.telephony import settings
from occ.telephony.models import Call, Leg, QueueEntry
from occ.telephony.rules.calls import (
    Direction,
    LegKind,
    Phase,
    QueueOutcome,
)
from occ.wallboard import queries, rules
from tests.factories import phone, world
from tests.support import sums
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
NOW = datetime(2026, 11, 24, 13, 40, tzinfo=UTC)


def fill(of: Service, queues: list[int], count: int, *, zone: str = "", seed: int = 1) -> None:
    """Calls, waits and consultations of the last 60 hours; `zone` is that in which days are counted."""
    chance = random.Random(seed)
    outcomes = (*QueueOutcome, *[QueueOutcome.ANSWERED] * 5, None)
    calls, waits, legs = [], [], []
    for number in range(count):
        at = NOW - timedelta(seconds=chance.randrange(60 * 3600))
        day = clock.local_day(at, zone or of.time_zone)
        outcome = chance.choice(outcomes)
        waited = None if outcome is None else chance.randrange(18_000, 22_000)
        calls.append(
            {
                "ref": f"{of.slug}-{number}",
                "service_id": of.id,
                "direction": chance.choice((*[Direction.INBOUND] * 3, Direction.OUTBOUND)),
                "phase": Phase.ENDED,
                "customer_number": "+821012345678",
                "service_number": "+827000000001",
                "day": day,
                "started_at": at,
                "phase_at": at,
                "ended_at": at,
            }
        )
        waits.append(
            {
                "call_id": 0,
                "service_id": of.id,
                "queue_id": chance.choice(queues),
                "day": day,
                "entered_at": at,
                "left_at": None if outcome is None else at,
                "outcome": outcome,
                "waited_ms": waited,
            }
        )
        legs.append(
            {
                "call_id": 0,
                "service_id": of.id,
                "direction": Direction.INBOUND,
                "kind": chance.choice((LegKind.AGENT, LegKind.CONSULT)),
                "member_id": chance.choice((None, 1)),
                "day": day,
                "started_at": at,
            }
        )
    with db.write() as session:
        made = session.scalars(
            sa.insert(Call).returning(Call.id, sort_by_parameter_order=True), calls
        )
        for ident, wait, leg in zip(made, waits, legs, strict=True):
            wait["call_id"] = leg["call_id"] = ident
        for model, rows in ((QueueEntry, waits), (Leg, legs)):
            session.execute(sa.insert(model), rows)
        live.touch("wall")


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that count the waits of a day."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "queue_entry.outcome, count(*)" in statement:
            found.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


@pytest.mark.spec("MON-1", "MON-4")
@pytest.mark.parametrize("zone", ["Asia/Seoul", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("counted_in", ["", "Pacific/Kiritimati"])
def test_what_the_database_counts_is_the_sum_of_the_rows(
    boss: Member, zone: str, counted_in: str
) -> None:
    mall, other = phone.service(boss), phone.service(boss, "pay", time_zone=zone)
    fill(mall, [1, 2], 200)
    fill(other, [3, 4], 200, zone=counted_in, seed=2)
    with clock.at(NOW):
        level = settings.ensure().service_level_seconds
        board, data = (
            queries.board([mall.id, other.id]),
            queries.dashboard(other, [mall, other]),
        )
        here, inbound, internal = clock.local_day(NOW, zone), 0, 0
        yesterday = NOW - timedelta(days=1)
        expected: dict[int, rules.Calls] = {}
        for row, of in zip(board.rows, (mall, other), strict=True):
            found = sums.by_queue(of, clock.local_day(NOW, of.time_zone), level)
            assert (
                row.service is of
                and sum(found.values(), rules.Calls()).parts[1:] == (row.calls.parts[1:])
            )
            expected |= found
        start = clock.day_start(clock.local_day(NOW, "Asia/Seoul"), "Asia/Seoul")
        for call in db.session.scalars(sa.select(Call)):
            inbound += call.direction is Direction.INBOUND and call.started_at >= start
        for leg in db.session.scalars(sa.select(Leg).where(Leg.member_id.is_not(None))):
            internal += leg.kind is LegKind.CONSULT and leg.started_at >= start
        assert {q.ident: q.calls.parts[1:] for q in data.queues if q.calls.offered} == {
            ident: calls.parts[1:] for ident, calls in expected.items()
        }
        assert data.offered_before == sum(
            sums.offered_until(of, clock.local_day(yesterday, of.time_zone), yesterday)
            for of in (mall, other)
        )
        assert (data.total_inbound, data.internal) == (inbound, internal)
        assert data.hours == sums.by_hour(other, here)
        assert data.hours_before == sums.by_hour(other, here - timedelta(days=1))
        assert min(inbound, internal, sum(data.hours), sum(data.hours_before)) > 0


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    zone=st.sampled_from(
        ("Asia/Seoul", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Asia/Tehran")
    ),
)
def test_each_instant_of_a_day_belongs_to_one_hour(day: date, zone: str) -> None:
    hours = rules.hours_of(day, zone)
    assert all(one[2] == after[1] for one, after in zip(hours, hours[1:], strict=False))
    assert hours[0][1] <= clock.day_start(day, zone)
    assert hours[-1][2] >= clock.day_start(day + timedelta(days=1), zone)
    last = timedelta(microseconds=1)
    for hour, begun, ended in hours:
        shown = {at.astimezone(ZoneInfo(zone)).hour for at in (begun, ended - last)}
        assert shown == {hour}


@pytest.mark.spec("MON-1", "MON-4")
def test_figures_are_read_from_indexes_and_never_from_calls(app: Flask, boss: Member) -> None:
    if db.session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the number of rows")
    mall, pay = phone.service(boss), phone.service(boss, "pay")
    fill(mall, [1, 2], 50)
    plans: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            plans.extend(row[3] for row in rows)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", explain)
    try:
        with clock.at(NOW):
            queries.board([mall.id, pay.id])
            queries.dashboard(mall, [mall, pay])
            statistics.today(
                mall, boss.id, tickets=False, callbacks=False, all_of_them=True, calls=True
            )
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", explain)
    of_calls = [plan for plan in plans if " call" in plan or " queue_entry" in plan]
    wide = [
        plan
        for plan in of_calls
        if not re.search(r"COVERING INDEX|INDEX \w+_(open|consult) ", f"{plan} ")
    ]
    assert of_calls and not wide, wide
    assert not [plan for plan in plans if "FOR GROUP BY" in plan]


@pytest.fixture
def two(boss: Member) -> tuple[Service, Service]:
    """Two services with calls; ann manages the first one, ben both."""
    mall, pay = phone.service(boss), phone.service(boss, "pay")
    fill(mall, [1], 40)
    fill(pay, [2], 60, seed=2)
    ann, ben = world.member("ann"), world.member("ben")
    for of, who in ((mall, ann), (mall, ben), (pay, ben)):
        world.agent(boss, of, who, manager=True)
    return mall, pay


def offered(his: Browser, path: str) -> int:
    with clock.at(NOW):
        his.get(path)
    assert his.last is not None
    return sum(int(row[2]) for row in his.rows() if len(row) == 7 and row[2].isdigit())


@pytest.mark.spec("MON-4")
def test_figures_are_counted_once_for_all_viewers_and_shown_to_those_who_may(
    floor: phone.Floor, two: tuple[Service, Service], browser: Make
) -> None:
    mall, _pay = two
    floor.now = NOW
    floor.step()
    own = {
        of.slug: sum(
            sums.by_queue(of, clock.local_day(NOW, of.time_zone), 20).values(), rules.Calls()
        )
        for of in two
    }
    ann, ben, pages = browser("ann"), browser("ben"), "/c/s/{}/monitoring"
    with counting() as first:
        assert offered(ben, pages.format("pay") + "?scope=all") == sum(
            calls.offered for calls in own.values()
        )
    with counting() as again:
        assert offered(ann, pages.format("mall")) == own["mall"].offered
        assert offered(ann, pages.format("mall") + "?scope=all") == own["mall"].offered
        assert offered(ben, pages.format("pay")) == own["pay"].offered
        assert ann.get(pages.format("pay")).status_code == 404
    assert len(first) == 1, "of both services at once"
    assert not again
    with counting() as later:
        floor.place(mall)
        offered(ann, pages.format("mall"))
    assert len(later) == 1, "a call has come"


@pytest.mark.spec("ORG-5")
def test_nothing_that_was_made_of_an_erased_service_stays(
    boss: Member, two: tuple[Service, Service]
) -> None:
    mall, pay = two
    with clock.at(NOW):
        queries.board([mall.id, pay.id])
        kept = current_app.extensions["occ_kept"]["figures of a day"]
        assert {ident for ident, _day in kept.values} == {mall.id, pay.id}
        with db.write():
            pay.state = ServiceState.TERMINATED
            organization.erase(pay.id)
        queries.board([mall.id])
        assert {ident for ident, _day in kept.values} == {mall.id}


def test_what_is_kept_is_of_one_version_and_bounded(app: Flask) -> None:
    kept: live.MadeOnce[str, int] = live.MadeOnce("test", 2)
    asked: list[str] = []

    def make(keys: list[str]) -> dict[str, int]:
        asked.extend(keys)
        return {key: len(asked) for key in keys}

    assert kept.get(1, ["a"], make) == kept.get(1, ["a"], make) == {"a": 1}
    assert kept.get(1, ["a", "b"], make) == {"a": 1, "b": 2}
    assert kept.get(2, ["a"], make) == {"a": 3}, "another version"
    assert kept.get(1, ["b"], make) == {"b": 4}, "the first one is gone"
    assert kept.get(1, ["b", "c", "d"], make)["d"] == 6
    assert len(app.extensions["occ_kept"]["test"].values) <= 3 and asked == list("ababcd")
