"""Each figure of tickets equals a naive recount of raw rows (STA-1), on days on which clocks change, too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.statistics import counting
from occ.statistics.days import Period, Unit
from occ.statistics.models import FigureDay, TicketDay
from occ.statistics.queries import tickets as queries
from occ.statistics.queries.bands import bands as banded
from occ.statistics.rules.tickets import BAND_SECONDS, Band, Basis, Side, channels
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Reason, Standing, State
from tests.statistics import recount

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
# (zone, a day on which its clocks change)
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
]


SOME = [Channel.MAIL, Channel.PHONE, Channel.MIGRATION]
SAID = ["all", "migrated", "mail", "migration", "nonsense"]


@contextmanager
def zoned(shop: Service, zone: str) -> Iterator[None]:
    """The service counts days in a zone, and all that is written inside lies long ago."""
    with db.write():
        db.lock(Service, shop.id).time_zone = zone
    with clock.at(datetime(2027, 6, 1, tzinfo=UTC)):
        yield


@st.composite
def rows(draw: Any, around: datetime, people: list[int | None]) -> dict[str, Any]:
    """A ticket as moves leave it, near an instant."""
    at = around + timedelta(
        minutes=draw(st.integers(-3_000, 3_000)), milliseconds=draw(st.integers(0, 999))
    )
    state = draw(st.sampled_from(State))
    ended = at + timedelta(
        seconds=draw(st.integers(0, 200_000)), milliseconds=draw(st.integers(0, 999))
    )
    closed = state in (State.RESOLVED, State.DONE)
    reason = draw(st.sampled_from([None, *Reason])) if closed else None
    return {
        "state": state,
        "channel": draw(st.sampled_from(SOME)),
        "created_at": at,
        "assignee_id": draw(st.sampled_from(people)),
        "reason": reason,
        "held_at": ended if state is State.HOLD else None,
        "resolved_at": ended if closed else None,
        "done_at": ended + timedelta(minutes=draw(st.integers(0, 900)))
        if state is State.DONE
        else None,
        "spam_at": ended if reason is Reason.SPAM else None,
        "deleted_at": ended if closed and draw(st.integers(0, 9)) == 0 else None,
    }


@pytest.mark.spec("STA-1")
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), change=st.sampled_from(CHANGES), unit=st.sampled_from(Unit))
def test_each_figure_equals_a_recount_of_raw_rows(
    shop: Service, boss: Member, data: st.DataObject, change: tuple[str, date], unit: Unit
) -> None:
    zone, day = change
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    made = data.draw(st.lists(rows(noon, [None, boss.id]), max_size=12))
    of = channels(data.draw(st.sampled_from(SAID)))
    period = Period(
        day - timedelta(days=data.draw(st.integers(0, 2))), day + timedelta(days=1), zone, unit
    )
    with db.write() as session:
        session.execute(sa.delete(Ticket))
        session.execute(sa.delete(FigureDay))
        session.execute(sa.delete(TicketDay))
        session.add_all(Ticket(service_id=shop.id, version=1, **values) for values in made)
    stored = db.session.scalars(sa.select(Ticket)).all()
    parts = period.buckets()
    assert [one.end for one in parts[:-1]] == [one.start for one in parts[1:]], "no gap, no overlap"
    compare(shop, period, stored, of)
    days = [period.since + timedelta(days=n) for n in range(period.days)]
    summed = data.draw(st.lists(st.sampled_from(days), unique=True))
    with zoned(shop, zone):
        assert all(counting.make(shop.id, one) for one in summed)
        assert queries.days_that_hold(shop.id, period.since, period.until) == set(summed)
        compare(shop, period, stored, of)
        if stored:
            touched = data.draw(st.sampled_from(stored))
            with db.write():
                touched = db.lock(Ticket, touched.id)
                touched.standing = Standing(
                    State.HOLD, boss.id, held_at=touched.created_at + timedelta(hours=1)
                )
            compare(shop, period, db.session.scalars(sa.select(Ticket)).all(), of)


def compare(
    shop: Service, period: Period, stored: Sequence[Ticket], said: frozenset[Channel]
) -> None:
    parts = period.buckets()
    for side in (Side.ALL, Side.AGENT, Side.INTAKE):
        for basis in Basis:
            found = queries.facts(shop, period, side, basis, said)
            named = {
                (parts[number].key if side is Side.ALL else "", key): {
                    name: value for name, value in facts.items() if value
                }
                for (number, key), facts in found.items()
            }
            named = {where: facts for where, facts in named.items() if facts}
            assert named == recount.tickets(stored, period, side, basis, said), (side, basis)
    for unit, basis in product(Band, Basis):
        bands: dict[int, dict[int, int]] = {}
        for row in stored:
            ended = row.resolved_at or row.held_at
            is_answer = row.state is State.HOLD or (ended and not row.reason)
            at = row.created_at if basis is Basis.RECEIVED else ended
            here = recount.part(period, at) is not None
            is_there = not row.deleted_at and not row.spam_at and row.channel in said
            if ended and is_answer and here and is_there:
                took = recount.seconds(row.created_at, ended)
                ends = (n for n in range(1, 32) if took <= n * BAND_SECONDS[unit])
                of = bands.setdefault(row.assignee_id or 0, {})
                n = next(ends, 32)
                of[n] = of.get(n, 0) + 1
        assert banded(shop, period, Side.AGENT, basis, unit, said) == bands, (unit, basis)
