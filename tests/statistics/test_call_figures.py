"""Figures of calls: each equals a recount by hand from the rows, in any unit, with summaries or without (STA-2)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import Phase as Phase_
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from occ.core import clock
from occ.core.db import db
from occ.core.events import emit
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.statistics.calls import queries, rules, service
from occ.statistics.calls.models import SummedCell, SummedDay
from occ.statistics.calls.rules import Cell, Kind
from occ.statistics.days import Period, Unit
from occ.telephony import settings
from occ.telephony.events import CallFiled
from occ.telephony.models import AgentInterval, Call, Leg, QueueEntry
from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Direction,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
)
from tests.factories import phone
from tests.support.recount import Facts

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
# days on which clocks change, by half an hour on Lord Howe
CHANGES = (
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2026, 3, 8)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Seoul", date(2026, 11, 24)),
)
QUEUES, DISPOSITIONS = (1, 2), (None, 7, 8)


@dataclass(frozen=True)
class Floor:
    """A service and who works there."""

    service: int
    people: Sequence[int]


@pytest.fixture
def floor(app: Flask, boss: Member) -> Floor:
    mall = phone.service(boss)
    people = [phone.agent(boss, mall, name).member_id for name in ("kim", "lee")]
    with db.write() as session:
        session.execute(sa.update(Agent).values(created_at=datetime(2025, 1, 1, tzinfo=UTC)))
    return Floor(mall.id, people)


def empty() -> None:
    with db.write() as session:
        for model in (Leg, QueueEntry, AgentInterval, Call, SummedCell, SummedDay):
            session.execute(sa.delete(model))
        session.expunge_all()  # numbers are given again


def fill(floor: Floor, zone: str, middle: date, chance: random.Random, count: int) -> None:
    """Facts of three days around one; some go on, some begin before a midnight and end after it."""
    start = clock.day_start(middle - timedelta(days=1), zone)
    span = clock.day_start(middle + timedelta(days=2), zone) - start
    number = 0

    def moment() -> datetime:
        return start + timedelta(milliseconds=chance.randrange(span // timedelta(milliseconds=1)))

    def day(at: datetime) -> date:
        return clock.local_day(at, zone)

    with db.write() as session:
        session.get_one(Service, floor.service).time_zone = zone
        for number in range(count):
            at, way = moment(), chance.choice(tuple(Direction))
            outcome = chance.choice((*CallOutcome, None))
            queued = way is Direction.INBOUND and chance.random() < 0.7
            call = Call(
                ref=f"f{number}",
                service_id=floor.service,
                direction=way,
                phase=Phase.ENDED,
                customer_number="",
                service_number="",
                queue_id=chance.choice(QUEUES) if queued else None,
                day=day(at),
                started_at=at,
                phase_at=at,
                answered_at=chance.choice((None, at)),
                ended_at=at if outcome else None,
                outcome=outcome,
            )
            session.add(call)
            session.flush()
            if queued:
                entered = at + timedelta(milliseconds=chance.randrange(90_000))
                how = chance.choice((*QueueOutcome, None))
                session.add(
                    QueueEntry(
                        call_id=call.id,
                        service_id=floor.service,
                        queue_id=call.queue_id,
                        day=day(entered),
                        entered_at=entered,
                        left_at=entered if how else None,
                        outcome=how,
                        waited_ms=chance.choice((0, 9_999, 10_000, 20_000, 20_001, 70_000))
                        if how
                        else None,
                    )
                )
            for _leg in range(chance.randrange(3)):
                began = at + timedelta(milliseconds=chance.randrange(7_200_000))
                kind = chance.choice(tuple(LegKind))
                talked = chance.random() < 0.6
                session.add(
                    Leg(
                        call_id=call.id,
                        service_id=floor.service,
                        direction=way,
                        kind=kind,
                        member_id=chance.choice((*floor.people, None))
                        if kind is LegKind.CONSULT
                        else chance.choice(floor.people),
                        asked_by=chance.choice(floor.people) if kind is LegKind.CONSULT else None,
                        day=day(began),
                        started_at=began,
                        answered_at=began if talked else None,
                        ended_at=began,
                        outcome=chance.choice((*LegOutcome, None)),
                        talk_ms=chance.randrange(600_000) if talked else 0,
                        disposition_id=chance.choice(DISPOSITIONS),
                    )
                )
        for member in floor.people:
            marks = sorted({moment() for _mark in range(count)})
            states = list(AgentState)
            for number, at in enumerate(marks):
                ends = marks[number + 1] if number + 1 < len(marks) else None
                if ends is not None and chance.random() < 0.2:  # logged out for a while
                    ends = at + (ends - at) // timedelta(milliseconds=2) * timedelta(milliseconds=1)
                session.add(
                    AgentInterval(
                        member_id=member,
                        state=chance.choice(states),
                        started_at=at,
                        ended_at=ends,
                    )
                )


def whole(cells: Sequence[Cell], *kinds: Kind) -> list[Cell]:
    """Cells of all units together."""
    return rules.merged(replace(cell, unit=0) for cell in cells if cell.kind in (kinds or Kind))


def check(floor: Floor, period: Period) -> dict[Unit, list[Cell]]:
    """Every figure of every unit against the recount; returns the cells by unit."""
    level, of = settings.ensure(), db.session.get_one(Service, floor.service)
    facts = Facts(of, level.service_level_seconds, level.accepted_abandon_seconds)
    made: dict[Unit, list[Cell]] = {}
    for unit in Unit:
        buckets = replace(period, unit=unit).buckets()
        cells = made[unit] = queries.cells(of, buckets, list(Kind))
        for place, bucket in enumerate(buckets):
            here = [cell for cell in cells if cell.unit == place]
            assert rules.totals(here) == facts.totals(bucket)
            for queue in QUEUES:
                mine = [cell for cell in here if cell.subject == queue]
                assert rules.of_queue(mine) == facts.of_queue(bucket, queue)
            for member in floor.people:
                mine = [cell for cell in here if cell.subject == member]
                assert rules.of_agent(mine) == facts.of_agent(bucket, member)
                counted = facts.in_states(bucket, member)
                assert rules.in_states(mine) == counted
            for disposition in DISPOSITIONS:
                mine = [cell for cell in here if cell.subject == (disposition or 0)]
                assert rules.filed(mine) == facts.filed(bucket, disposition)
    return made


def _tried(examples: int) -> Any:
    return hypothesis(
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        phases=[Phase_.explicit, Phase_.generate],
        max_examples=examples,
        deadline=None,
    )


FACTS = given(
    change=st.sampled_from(CHANGES),
    seed=st.integers(0, 2**32),
    count=st.integers(2, 8),
    # whole milliseconds, in which figures are counted
    until=st.integers(3_600_000, 6 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms)),
)


@pytest.mark.spec("STA-2")
@_tried(2)
@FACTS
def test_each_figure_equals_a_recount_and_units_add_up_to_the_whole(
    floor: Floor, change: tuple[str, date], seed: int, count: int, until: timedelta
) -> None:
    recount(floor, change, seed, count, until)


@pytest.mark.full
@pytest.mark.spec("STA-2")
@_tried(60)
@FACTS
def test_many_figures_equal_a_recount(
    floor: Floor, change: tuple[str, date], seed: int, count: int, until: timedelta
) -> None:
    recount(floor, change, seed, count, until)


def recount(
    floor: Floor, change: tuple[str, date], seed: int, count: int, until: timedelta
) -> None:
    """Every figure of made facts, counted and summed up."""
    zone, middle = change
    empty()
    fill(floor, zone, middle, random.Random(seed), count)
    period = Period(middle - timedelta(days=1), middle + timedelta(days=1), zone)
    with clock.at(clock.day_start(middle, zone) + until):
        counted = check(floor, period)
        together = whole(counted[Unit.DAY])
        assert all(whole(cells) == together for cells in counted.values()), "units add up"
        service.make_waiting()
        summed = check(floor, period)
        assert summed == counted
        assert service.rebuild()[1] == 0, "made anew they are the same"


@pytest.mark.spec("STA-2", "CTI-1")
def test_a_summary_holds_for_its_settings_and_until_a_talk_is_filed(floor: Floor) -> None:
    day = date(2026, 11, 24)
    fill(floor, "Asia/Seoul", day, random.Random(1), 12)
    with db.write() as session:  # nothing of these days goes on
        session.execute(sa.update(Leg).values(ended_at=Leg.started_at))
        session.execute(
            sa.update(QueueEntry)
            .where(QueueEntry.left_at.is_(None))
            .values(left_at=QueueEntry.entered_at, outcome=QueueOutcome.ABANDONED, waited_ms=0)
        )
        session.execute(
            sa.update(Call).values(ended_at=Call.started_at, outcome=CallOutcome.COMPLETED)
        )
    days = [day - timedelta(days=1), day, day + timedelta(days=1)]

    def made() -> list[date]:
        return sorted(db.session.scalars(sa.select(SummedDay.day)))

    with clock.at(datetime(2026, 11, 27, 3, 0, tzinfo=UTC)):
        service.make_waiting()
        assert made() == days[:2], "what ended less than two days ago is not long past"
    with clock.at(datetime(2026, 12, 3, 3, 0, tzinfo=UTC)):
        assert service.is_waiting()
        service.make_waiting()
        assert made()[:3] == days and not service.is_waiting()
        of = db.session.get_one(Service, floor.service)
        period = Period(days[0], days[-1], "Asia/Seoul").buckets()
        before = queries.cells(of, period, [Kind.WAIT])
        with db.write() as session:
            settings.ensure().accepted_abandon_seconds = 0
        assert service.is_waiting(), "they were made by another accepted time"
        now = queries.cells(of, period, [Kind.WAIT])
        assert sum(c.early for c in before) > sum(c.early for c in now) == 0
        service.make_waiting()
        assert queries.cells(of, period, [Kind.WAIT]) == now and not service.is_waiting()
        leg = db.session.scalars(
            sa.select(Leg).where(Leg.kind == LegKind.AGENT, Leg.day == day)
        ).first()
        assert leg is not None and leg.member_id is not None
        with db.write():
            call = db.session.get_one(Call, leg.call_id)
            emit(CallFiled(call, leg.member_id, None, resolves=False, completes=False))
        assert day not in made(), "it is counted anew"
        with db.write() as session:
            row = session.scalars(sa.select(SummedCell)).first()
            assert row is not None
            row.count += 1
        assert service.rebuild()[1] == 1, "what was changed by hand is found and mended"
        assert service.rebuild()[1] == 0


@pytest.mark.spec("STA-2")
def test_a_day_on_which_something_goes_on_is_not_summed_up(floor: Floor) -> None:
    day = date(2026, 11, 24)
    fill(floor, "Asia/Seoul", day, random.Random(1), 9)
    with db.write() as session:
        session.execute(sa.update(Leg).values(ended_at=None))
    with clock.at(datetime(2026, 12, 3, 3, 0, tzinfo=UTC)):
        service.make_waiting()
        legs = set(db.session.scalars(sa.select(Leg.day)))
        assert legs and not legs & set(db.session.scalars(sa.select(SummedDay.day)))
