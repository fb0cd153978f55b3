"""Figures, histories and reports of a shop that has worked for some days, in a real browser (STA-1 … STA-4)."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from occ.ars import service as ars
from occ.cli import demo_tickets, demo_year
from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import phone, world
from tests.journeys.test_calls import settled, sign_in
from tests.support.live import Live, until
from tests.support.person import Person
from tests.support.screens import screens
from tests.support.sheets import sheet

HERE = "/c/s/neulbommall"
DAYS = 9  # so that the week has a week before


def furnish(boss: Member) -> None:
    """A shop whose manager is the owner, with some of the demo's days until now."""
    mall: Service = phone.service(boss, "neulbommall", languages=("ko", "en", "ja"))
    people = [
        world.agent(boss, mall, boss, manager=True, ticket=True, phone=True),
        *(phone.agent(boss, mall, name) for name in ("kim", "lee", "park")),
    ]
    demo_tickets.furnish("neulbommall")
    phone.queue(mall, people)
    phone.queue(mall, people[1:], "Delivery")
    with db.write():
        ars.save_disposition(mall, None, name="Refund")
    now = clock.now()
    first = clock.local_day(now - timedelta(days=DAYS), mall.time_zone)
    demo_year.live(["neulbommall"], first, now)
    demo_year.record("neulbommall", now)


def choose(page: Any, name: str, value: str) -> None:
    """Sets a filter of the page, which stands behind a button on a phone."""
    field = page.locator(f".o-filters [name={name}]")
    if not field.is_visible():
        page.click("[data-filters]")
    with page.expect_response(f"**{name}={value}**"):
        field.select_option(value)
    settled(page)


def download(page: Any, selector: str) -> bytes:
    with page.expect_download() as file:
        page.click(selector)
    return Path(file.value.path()).read_bytes()


def table(page: Any) -> list[str]:
    """What the total of a table says."""
    return [one.strip() for one in page.locator("tfoot tr").first.locator("td").all_inner_texts()]


@pytest.mark.live
@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.spec("STA-1", "STA-2", "STA-3", "STA-4", "MEM-8")
@screens(("ko", 1440, 900, "sqlite"), ("en", 390, 844, "postgres"), ("ja", 1440, 900, "sqlite"))
def test_a_manager_reads_figures_and_histories_and_an_agent_their_own(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = center(engine, language, furnish)
    boss = person(live, language, width, height)
    page = sign_in(boss, "boss")
    tickets_by_period(boss)
    save_and_mail(boss)
    calls_by_queue_and_agent(boss)
    hear_and_take_along(boss)

    kim = person(live, language, width, height)
    kims = sign_in(kim, "kim")
    for path in ("statistics/tickets", "statistics/reports", "histories"):
        with kims.expect_response(f"**/{path}") as answer:
            kims.goto(f"{live.url}{HERE}/{path}")
        assert answer.value.status == 403
    assert page.url.startswith(live.url), "the manager's page is still there"
    kim.go(f"{HERE}/performance")
    assert kims.locator("#performance .o-fig").count() > 3


def tickets_by_period(boss: Person) -> None:
    """Another period, other columns, the rows behind a figure, and Excel with the same numbers."""
    page = boss.page
    boss.go(f"{HERE}/statistics/tickets")
    week = table(page)
    choose(page, "period", "month")
    assert "period=month" in page.url
    page.reload()
    assert page.locator("[name=period]").input_value() == "month", "it stands in the address"
    choose(page, "period", "week")
    assert table(page) == week
    choose(page, "unit", "hour")
    assert page.locator("tbody tr").count() == 7 * 24 and table(page) == week
    choose(page, "unit", "day")
    boss.check()
    rows = sheet(download(page, "a[href*='figures.xlsx']"))
    assert len(rows) >= 8
    assert f"{rows[-1][1]}" == week[0] or f"{sum(row[1] for row in rows[1:8])}" == week[0]

    page.click("a[href*='/columns']")
    page.wait_for_selector("#o-dialog[open]")
    boss.check()
    page.uncheck("#o-dialog input[value=seconds]")
    with page.expect_navigation():
        page.click("#o-dialog button[type=submit]")
    assert len(table(page)) == len(week) - 1
    received = page.locator("tfoot td a").first
    count = int(received.inner_text().replace(",", ""))
    received.click()
    page.wait_for_url("**/statistics/details?**")
    boss.check()
    assert count > 20
    listed = page.locator("#list tbody tr").count()
    assert listed == min(count, 20), "as many as the figure said, a page of them"


def save_and_mail(boss: Person) -> None:
    """The page is kept as a report that somebody gets each morning."""
    page = boss.page
    boss.go(f"{HERE}/statistics/tickets?period=month&unit=week")
    page.click("a[href*='/save']")
    page.fill("#o-dialog #name", "Weeks")
    page.select_option("#o-dialog #every", "day")
    with page.expect_response("**/save?**") as answer:
        page.click("#o-dialog button[type=submit]")
    assert answer.value.status == 422, "somebody has to get it"
    page.check("#o-dialog input[name=readers]")
    with page.expect_response("**/save?**") as answer:
        page.click("#o-dialog button[type=submit]")
    assert answer.value.status == 204
    boss.go(f"{HERE}/statistics/reports")
    page.click("#list a:has-text('Weeks')")
    page.wait_for_url("**period=month**")
    assert "unit=week" in page.url
    boss.go(f"{HERE}/statistics/weekly")
    # that of last week was due when the console began
    page.goto(f"{boss.live.url}/c/org/outbox")
    until(lambda: page.reload() and page.locator("#list bdi:has-text('[')").count(), seconds=90)
    boss.check()


def calls_by_queue_and_agent(boss: Person) -> None:
    """The queues add up to the totals, and a figure leads to its calls."""
    page = boss.page
    for name in ("totals", "queues", "waits", "agents", "states", "dispositions"):
        boss.go(f"{HERE}/statistics/calls/{name}")
        assert page.locator("tbody tr").count(), name
    boss.go(f"{HERE}/statistics/calls/queues")
    offered = page.locator("tfoot td").first
    count = int(offered.inner_text().replace(",", ""))
    boss.go(f"{HERE}/statistics/calls/agents")
    page.locator("tbody td a[href*='/histories/talks?']").first.click()
    page.wait_for_url("**/histories/talks?**")
    boss.check()
    boss.go(f"{HERE}/statistics/calls/queues")
    page.locator("tfoot td a").first.click()
    page.wait_for_url("**/histories?**")
    boss.check()
    assert count > 20
    assert page.locator("#list tbody tr").count() == 20


def hear_and_take_along(boss: Person) -> None:
    """A recording plays faster, goes out as MP3, and some of them as a ZIP."""
    page = boss.page
    boss.go(f"{HERE}/histories/talks?recorded=1&period=all")
    rows = page.locator("#list tbody tr")
    player = rows.first.locator(".o-player")
    player.locator("button").first.click()
    player.locator("audio").wait_for()
    player.locator("select").select_option("1.5")
    assert page.evaluate("document.querySelector('.o-player audio').playbackRate") == 1.5
    page.wait_for_function("() => document.querySelector('.o-player audio').readyState > 0")
    boss.check()
    content = download(page, "#list tbody tr >> nth=0 >> a[href$='.mp3']")
    assert content[:3] == b"ID3" or content[0] == 0xFF
    for place in range(2):
        rows.nth(place).locator("input[name=talk]").check()
    with page.expect_response("**/talks/recordings"):
        page.click("button[formaction$='/talks/recordings']")
    page.wait_for_url("**/c/exports/*")
    page.wait_for_selector("a[href$='/file']", timeout=60_000)
    archive = zipfile.ZipFile(io.BytesIO(download(page, "a[href$='/file']")))
    assert len(archive.namelist()) == 2 and archive.testzip() is None
