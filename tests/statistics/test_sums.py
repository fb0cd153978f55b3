"""Daily sums (STA-1): made of days long past, never shown once a ticket of the day changed, always remade."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.events import emit
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.statistics import counting
from occ.statistics.days import Period, Unit
from occ.statistics.models import FigureDay, TicketDay
from occ.statistics.queries import tickets as queries
from occ.statistics.queries.bands import bands
from occ.statistics.rules import tables
from occ.statistics.rules.tables import Progress
from occ.statistics.rules.tickets import Band, Basis, Side, channels
from occ.tickets.events import TicketsRewritten
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, State
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
NOW = datetime(2026, 6, 15, 3, tzinfo=UTC)  # noon in Seoul
PAGE = "/c/s/mall/statistics/tickets"
PERIOD = Period(date(2026, 6, 1), date(2026, 6, 15), "Asia/Seoul")


@pytest.fixture
def past(shop: Service, boss: Member) -> Service:
    """A ticket of each of two weeks' days, resolved after an hour, with the owner's group; every
    third was brought in from elsewhere.
    """
    [group] = identity.groups(shop.id)
    with db.write() as session:
        for n in range(14):
            at = NOW - timedelta(days=n)
            session.add(
                Ticket(
                    service_id=shop.id,
                    channel=Channel.MAIL if n % 3 else Channel.MIGRATION,
                    state=State.RESOLVED,
                    assignee_id=boss.id,
                    group_id=group.id,
                    created_at=at,
                    resolved_at=at + timedelta(hours=1),
                    version=1,
                )
            )
    return shop


def figures(of: Service) -> dict[Any, Any]:
    banded = {
        (side, basis, said, unit): bands(of, PERIOD, side, basis, unit, channels(said))
        for side in Side
        for basis in Basis
        for said in ("all", "migration")
        for unit in Band
    }
    return banded | {
        (side, basis, said): {
            where: {name: value for name, value in facts.items() if value}
            for where, facts in queries.facts(of, PERIOD, side, basis, channels(said)).items()
            if any(facts.values())
        }
        for side in Side
        for basis in Basis
        for said in ("all", "migration")
    }


def held(of: Service) -> set[date]:
    return queries.days_that_hold(of.id, PERIOD.since, PERIOD.until)


@pytest.mark.spec("STA-1")
def test_days_long_past_are_summed_up_and_say_the_same(past: Service) -> None:
    with clock.at(NOW):
        before = figures(past)
        assert counting.is_behind()
        assert counting.make_waiting() == 11
        assert before[Side.GROUP, Basis.RECEIVED, "migration"] != {}
        assert max(held(past)) == date(2026, 6, 12), "the last that ended two days ago"
        assert not counting.is_behind() and figures(past) == before
        with db.write():
            db.session.execute(sa.update(TicketDay).values(received=99))
        assert figures(past) != before, "they are read"
        assert counting.rebuild(past.id) == 11 and figures(past) == before


@pytest.mark.spec("STA-1")
def test_a_day_holds_no_more_once_its_tickets_change(past: Service, boss: Member) -> None:
    with clock.at(NOW):
        counting.make_waiting()
        all_of = held(past)
        old = db.session.scalars(sa.select(Ticket).order_by(Ticket.created_at)).first()
        assert old is not None
        with db.write():
            db.lock(Ticket, old.id).subject = "Another title"
        assert held(past) == all_of, "what no figure counts changes none"
        with db.write():
            db.lock(Ticket, old.id).assignee_id = None
        assert all_of - held(past) == {date(2026, 6, 2)}
        with db.write() as session:
            session.add(
                Ticket(
                    service_id=past.id,
                    channel=Channel.MAIL,
                    state=State.UNASSIGNED,
                    created_at=NOW - timedelta(days=9),
                    version=1,
                )
            )
        assert all_of - held(past) == {date(2026, 6, 2), date(2026, 6, 6)}
        seen = figures(past)
        assert counting.make_waiting() == 2 and figures(past) == seen


@pytest.mark.spec("STA-1")
def test_what_changes_many_tickets_makes_all_days_be_made_anew(past: Service, boss: Member) -> None:
    with clock.at(NOW):
        counting.make_waiting()
        [group] = identity.groups(past.id)
        with db.write():
            agents.remove_group(group, actor=world.actor(boss))
        assert not held(past)
        [(_part, key)] = queries.facts(past, PERIOD, Side.GROUP, Basis.RECEIVED)
        assert key == 0, "nobody's group"
        counting.make_waiting()
        with db.write():
            db.lock(Service, past.id).time_zone = "America/New_York"
        assert not held(past)
        counting.make_waiting()
        with db.write():
            emit(TicketsRewritten(past.id, [NOW - timedelta(days=9), NOW - timedelta(days=8)]))
        assert not held(past) & {date(2026, 6, 5), date(2026, 6, 6)} and held(past)


@pytest.mark.spec("STA-1")
def test_sums_that_were_reckoned_while_somebody_wrote_are_thrown_away(
    past: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_day, day = counting.of_day, date(2026, 6, 3)

    def meanwhile(*args: Any) -> Any:
        found = of_day(*args)
        monkeypatch.setattr(counting, "of_day", of_day)
        with db.write():
            row = db.session.scalars(sa.select(Ticket).order_by(Ticket.created_at)).all()[1]
            row.state = State.DONE
        return found

    with clock.at(NOW):
        monkeypatch.setattr(counting, "of_day", meanwhile)
        assert not counting.make(past.id, day)
        assert day not in held(past)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(TicketDay)) == 0
        assert counting.make(past.id, day) and day in held(past)
        assert db.session.scalar(sa.select(FigureDay.holds).where(FigureDay.day == day))


@pytest.mark.spec("STA-1")
def test_a_page_waits_for_the_sums_of_many_tickets_and_counts_few_at_once(
    past: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "period=range&since=2026-06-01&until=2026-06-15&channel=migrated"
    admin.time = lambda: clock.at(NOW)
    with clock.at(NOW):
        admin.get(f"{PAGE}?{query}")
        assert admin.texts("//tfoot/tr[1]/td[1]") == ["14"], "counted at once"
        for module in (queries, tables):
            monkeypatch.setattr(module, "LIVE_ROWS", 10)
        admin.get(f"{PAGE}?{query}")
        [waiting] = admin.find("//*[@id='list']//*[@hx-trigger='every 3s']")
        assert "0 of 11 days are ready" in waiting.text_content() and not admin.find("//table")
        refused = admin.get(f"{PAGE}/period/figures.xlsx?{query}")
        assert refused.status_code == 422 and "being counted" in refused.text
        assert counting.make(past.id, date(2026, 6, 2))
        assert queries.progress(past, PERIOD) == Progress(11, 1, 10)
        admin.get(f"{PAGE}?{query}")
        assert admin.find("//table"), "the rest is counted at once"
        counting.make_waiting()
        assert queries.progress(past, PERIOD) == Progress(11, 11)
        assert queries.progress(past, replace(PERIOD, unit=Unit.HOUR)) == Progress()
