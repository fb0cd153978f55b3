"""Reports (STA-4): kept pages, mailed to those who may see them; the weekly sheet."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from occ.core import clock, storage
from occ.core.db import db
from occ.core.errors import Refused
from occ.delivery.models import Outgoing
from occ.identity import agents
from occ.identity.models import Member
from occ.organization.models import Service
from occ.statistics import service, telling
from occ.statistics.models import Report
from occ.statistics.pages import catalog
from occ.statistics.pages.frame import Page
from occ.statistics.queries import kept
from occ.statistics.rules.reports import HOUR, Every, due, period
from tests.factories import ticket as tickets
from tests.factories import world

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)  # 09:00 of a Monday in Seoul


def page() -> Page:
    found = catalog.page("tickets/period")
    assert found is not None
    return found


def save(shop: Service, by: Member, readers: list[Member], every: Every = Every.DAY) -> Report:
    with db.write():
        return service.save_report(
            shop,
            page(),
            name="Every morning",
            every=every,
            readers=[one.id for one in readers],
            allowed=[one.id for one in kept.managers(shop.id)],
            params={"unit": "hour", "period": "month", "evil": "x"},
            actor=world.actor(by),
        )


def mails() -> list[Outgoing]:
    found = sa.select(Outgoing).where(Outgoing.about.startswith("report/"))
    return list(db.session.scalars(found.order_by(Outgoing.id)))


def sheet_of(mail: Outgoing) -> list[list[Any]]:
    content = storage.path(mail.attachments[0]["key"]).read_bytes()
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.spec("STA-4")
@given(day=st.dates(date(2020, 1, 1), date(2030, 1, 1)), hour=st.integers(0, 23))
def test_a_report_is_due_once_a_period_from_eight_o_clock_on(day: date, hour: int) -> None:
    assert period(Every.NEVER, day) is None
    for every in (Every.DAY, Every.WEEK, Every.MONTH):
        first, last = due(every, day, hour, None) or (day, day)
        assert first <= last < day
        assert due(every, day, hour, last) is None, "it is sent once"
        assert due(every, day, hour, last - timedelta(days=1)) == (first, last)
        nobody_waits = period(every, day if hour >= HOUR else day - timedelta(days=1))
        assert (first, last) == nobody_waits
    assert period(Every.WEEK, date(2026, 11, 23)) == (date(2026, 11, 16), date(2026, 11, 22))
    assert period(Every.MONTH, date(2026, 3, 1)) == (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.spec("STA-4")
def test_it_goes_to_those_who_may_see_it_when_it_leaves(shop: Service, boss: Member) -> None:
    lee = world.member("lee")
    role = world.agent(boss, shop, lee, manager=True)
    with clock.at(MONDAY):
        report = save(shop, boss, [boss, lee])
        assert report.params == {"unit": "hour", "period": "month"}, "filters of the page alone"
        tickets.ticket(shop, boss)
        assert telling.send_due() == 0, "what is over already is not sent"
    with clock.at(MONDAY + timedelta(days=1)):
        assert telling.send_due() == 1 and telling.send_due() == 0
        assert {mail.recipient for mail in mails()} == {boss.email, lee.email}
        rows = sheet_of(mails()[0])
        assert len(rows) == 1 + 24 + 1, "the day before by hour, with a head and a total"
        assert rows[-1][1] == 1 and sum(row[1] for row in rows[1:-1]) == 1
        assert kept.files_on_their_way(), "the sweep leaves files of mails that wait"
    with db.write():
        agents.remove(role, actor=world.actor(boss))
    with clock.at(MONDAY + timedelta(days=2)):
        telling.send_due()
        newest = [mail for mail in mails() if "2026" in mail.key and "-24-" in mail.key]
        assert [mail.recipient for mail in newest] == [boss.email]


@pytest.mark.spec("STA-4")
def test_what_was_missed_is_caught_up_by_the_newest_period(shop: Service, boss: Member) -> None:
    with clock.at(MONDAY):
        save(shop, boss, [boss])
    with clock.at(MONDAY + timedelta(days=5)):
        assert telling.is_due()
        telling.send_due()
        assert [mail.key.rsplit("-", 1)[0][-10:] for mail in mails()] == ["2026-11-27"]
        assert not telling.is_due()


@pytest.mark.spec("STA-4")
def test_the_weekly_sheet_needs_no_setting_and_can_be_switched_off(
    shop: Service, boss: Member
) -> None:
    with clock.at(MONDAY - timedelta(days=3)):
        tickets.ticket(shop, boss)
    with clock.at(MONDAY - timedelta(hours=2)):
        assert telling.send_due() == 0, "it is 7 o’clock"
    with clock.at(MONDAY):
        assert telling.send_due() == 1 and telling.send_due() == 0
        [mail] = mails()
        assert [row[1] for row in sheet_of(mail)][1:] == [1, 0, 1, 1]
    with db.write():
        service.switch_weekly(shop, is_on=False)
    with clock.at(MONDAY + timedelta(days=7)):
        assert telling.send_due() == 0 and not telling.is_due()


@pytest.mark.spec("STA-4")
def test_a_report_is_refused_in_words(shop: Service, boss: Member) -> None:
    kim = world.member("kim")
    for readers, field in (([kim], "readers"), ([], "readers")):
        with pytest.raises(Refused) as refused:
            save(shop, boss, readers)
        assert refused.value.field == field
    save(shop, boss, [boss])
    with pytest.raises(Refused) as refused:
        save(shop, boss, [boss])
    assert refused.value.field == "name"
