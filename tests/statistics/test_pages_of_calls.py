"""The pages of calls and text messages in the frame of statistics (STA-2)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.ars import service as ars
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics.pages import calls, texts
from occ.telephony.rules.calls import Command
from tests.factories import phone, sms, world
from tests.factories.phone import Floor
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("all_features")]
HERE = "/c/s/mall/statistics"
DAY = "period=range&since=2026-11-23&until=2026-11-23"

ALWAYS = "period=range&since=2026-01-01&until=2030-12-31&unit=month"


@pytest.fixture
def mall(all_features: None, boss: Member) -> Service:
    made = phone.service(boss, features=phone.FEATURES | {Feature.SMS})
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def lee(floor: Floor, boss: Member, mall: Service) -> Agent:
    """Has taken one call of a minute and filed it, dialed one, asked nobody, and let a caller go."""
    made = phone.agent(boss, mall, "lee")
    phone.queue(mall, [made])
    with db.write() as session:
        session.execute(sa.update(Agent).values(created_at=phone.START))
        refund = ars.save_disposition(mall, None, name="Refund")
    floor.login(made)
    ref = floor.place(mall, "+821012345678")
    floor.wait(25)
    floor.do(made, Command.ANSWER)
    floor.wait(60)
    call = floor.call(ref)
    floor.leave(ref)
    floor.do(made, Command.WRAP_UP, call=call.id, disposition=refund.id, state="meal")
    gone = floor.place(mall)
    floor.wait(9)
    floor.leave(gone)
    floor.wait(60)
    return made


def table(browser: Browser, path: str) -> dict[str, list[str]]:
    """The rows of the page's table by their first cell."""
    assert browser.get(f"{HERE}/{path}").status_code == 200
    return {row[0]: row[1:] for row in browser.rows() if row}


@pytest.mark.spec("STA-2")
def test_each_page_of_calls_says_what_happened(
    floor: Floor, mall: Service, lee: Agent, admin: Browser
) -> None:
    with floor.time():
        totals = table(admin, f"calls?{DAY}")["Total"]
        assert totals[:5] == ["2", "0", "2", "1", "1"]
        assert totals[-2:] == ["50.0%", "0.0%"], "it waited 25 of 20 seconds"
        queue = table(admin, f"calls/queues?{DAY}")["Orders"]
        assert queue[:5] == ["2", "0", "1", "1", "0"]
        assert queue[-3:] == ["1", "01:00", "01:00"], "one left within ten seconds"
        waits = table(admin, f"calls/waits?{DAY}")["Orders"]
        assert waits[5:] == ["00:25", "00:34", "00:17", "00:09", "00:09", "00:09"]
        agent = table(admin, f"calls/agents?{DAY}")["Lee"]
        assert agent[:4] == ["1", "1", "0", "0"] and "01:00" in agent
        states = table(admin, f"calls/states?{DAY}")["Lee"]
        assert states[:2] == ["1", "1"] and "01:00" in states
        filed = table(admin, f"calls/dispositions?{DAY}")["Refund"]
        assert filed[:3] == ["1", "1", "0"]


@pytest.mark.spec("STA-2")
def test_units_of_every_page_add_up_to_its_whole(
    floor: Floor, mall: Service, lee: Agent, admin: Browser
) -> None:
    with floor.time():
        for page in ("totals", "queue", "agent"):
            sums = {
                tuple(table(admin, f"calls/{page}?{DAY}&unit={unit}")["Total"])
                for unit in ("hour", "day", "week", "month")
            }
            assert len(sums) == 1, page
        other = table(admin, f"calls/agent?{DAY}&agent={lee.member_id}")["Total"]
        assert other == table(admin, f"calls/agent?{DAY}")["Total"]


@pytest.mark.spec("STA-2", "LOG-3")
def test_excel_of_each_page_holds_what_it_shows(
    floor: Floor, mall: Service, lee: Agent, boss: Member, admin: Browser
) -> None:
    sms.furnished(mall, boss)
    with floor.time():
        for page in (*calls.PAGES, *texts.PAGES):
            path = f"{page.media}/{page.name}"
            assert admin.get(f"{HERE}/{path}?{DAY}").status_code == 200, path
            answer = admin.get(f"{HERE}/{path}/figures.xlsx?{DAY}")
            assert answer.status_code == 200 and sheet(answer.data)[-1][0] == "Total", path
        head, row, _total = sheet(admin.get(f"{HERE}/calls/waits/figures.xlsx?{DAY}").data)
        assert row[head.index("Wait of all that are over · Longest")] == timedelta(seconds=25)
        assert (row[0], row[head.index("Answer rate (%)")]) == ("Orders", 50)


@pytest.mark.spec("STA-2", "SMS-7")
def test_texts_count_a_recipient_each_by_period_and_template(
    floor: Floor, mall: Service, boss: Member, admin: Browser
) -> None:
    sms.furnished(mall, boss)
    period = table(admin, f"texts?{ALWAYS}")["Total"]
    by_template = table(admin, f"texts/templates?{ALWAYS}")["Total"]
    assert period == by_template and int(period[0]) > 0
    assert int(period[0]) == sum(map(int, period[1:5])), "every one is in one request state"
    assert int(period[2]) == sum(map(int, period[5:8])), "and every sent one in one result"
    for path in (f"texts?{ALWAYS}&sender=all", f"texts/templates?{ALWAYS}"):
        admin.get(f"{HERE}/{path}")
        links = admin.find("//table//td/a[@href]")
        assert links
        for link in links:
            count = int("".join(link.itertext()).strip())
            admin.get(link.get("href") or "")
            assert len(admin.find("//tbody/tr")) == count, link.get("href")


@pytest.mark.spec("STA-2")
def test_pages_of_calls_are_for_managers_of_services_with_phone(
    mall: Service, lee: Agent, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    assert browser("lee").get(f"{HERE}/calls").status_code == 403
    shop = world.contracted(
        boss, "shop", features=frozenset({Feature.TICKET, Feature.STATISTICS}), seats=5
    )
    world.agent(boss, shop, boss, manager=True)
    for path in ("calls", "calls/queues", "texts", "calls/queues/figures.xlsx"):
        assert admin.get(f"/c/s/shop/statistics/{path}").status_code == 404


@pytest.mark.spec("STA-2", "STA-3")
def test_each_figure_leads_to_the_calls_that_it_counts(
    floor: Floor, mall: Service, lee: Agent, admin: Browser
) -> None:
    with floor.time():
        tried = 0
        for page in ("totals", "queues", "waits", "queue", "agents", "agent", "dispositions"):
            for unit in ("hour", "day"):
                admin.get(f"{HERE}/calls/{page}?{DAY}&unit={unit}")
                links = admin.find("//table//td/a[@href]")
                for link in links:
                    count = int("".join(link.itertext()).strip())
                    admin.get(link.get("href") or "")
                    rows = admin.find("//tbody/tr")
                    assert len(rows) == count, link.get("href")
                    tried += 1
        assert tried > 30
