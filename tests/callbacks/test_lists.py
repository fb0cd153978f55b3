"""The lists of callbacks: order, search, what is counted, Excel, figures (CBK-1 … CBK-6)."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from occ.ars.models import Queue
from occ.ars.rules.menu import Key, KeyKind, Language
from occ.audit.models import WorkEntry
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from tests.callbacks.screen import HOME, ask, assign, rows, waits
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support import sheets
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
KO = Language.KO


@pytest.mark.spec("CBK-2")
def test_a_deleted_one_leaves_lists_and_counts_but_is_kept(
    mall: Service, orders: Queue, admin: Browser
) -> None:
    ident = ask(mall, orders, "11112222")[0]
    admin.get(f"{HOME}/{ident}/delete")
    admin.post(f"{HOME}/{ident}/delete", htmx=True)
    assert "010-1111-2222" not in admin.get(HOME).text
    assert admin.get("/c/news").get_json()["callbacks"] == {}
    assert rows()[ident].deleted_at is not None
    assert admin.post(f"{HOME}/{ident}/complete").status_code == 404
    assert ask(mall, orders, "11112222") != [ident], "the number may ask anew"


@pytest.mark.spec("CBK-1", "CBK-2", "CBK-3", "MEM-8")
def test_each_count_of_callbacks_has_one_meaning(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    kims, lees, back, done, gone, *_free = ask(mall, orders, *(f"0000000{n}" for n in range(7)))
    assign(admin, [kims, back, done, gone], team[:1], "manual")
    assign(admin, [lees], team[1:2], "manual")
    admin.get(f"{HOME}/unassign")
    admin.post(f"{HOME}/unassign", {"callback": [back]}, htmx=True)
    kim = browser("kim")
    kim.get(HOME)
    kim.post(f"{HOME}/{done}/complete", htmx=True)
    admin.get(HOME)
    admin.post(f"{HOME}/{gone}/delete", htmx=True)

    def badge(who: Browser) -> list[str]:
        who.get(HOME)
        return who.texts("//*[@data-callbacks]")

    assert waits(kim)["Open callbacks"][0] == "1", "one's own, everywhere"
    assert badge(kim) == ["1", "1"]
    kim.get(f"{HOME}?state=unprocessed")
    assert len(kim.find("//tr[@data-row]")) == 1
    assert waits(admin)["Open callbacks"][0] == "5", "all that are open"
    assert badge(admin) == ["3", "3"], "what is left to assign"
    assert admin.find("//*[@data-callbacks]/ancestor-or-self::*[@title][1]")[0].get("title") == (
        "Callbacks for you to assign or to make"
    )
    admin.get(f"{HOME}/assign")
    assert "Callbacks 6 · Assigned 3 · Unassigned 3" in admin.text()


@pytest.mark.spec("CBK-2")
@pytest.mark.parametrize(
    ("query", "newest_first"),
    [
        ("", True),
        ("sort=requested", False),
        ("sort=nonsense", True),
        ("state=completed", True),
        ("state=unprocessed", False),
        ("state=unprocessed&sort=-requested", True),
        ("state=registered", False),
    ],
)
def test_a_log_begins_with_the_newest_and_work_with_who_waits_longest(
    mall: Service,
    orders: Queue,
    team: list[Agent],
    admin: Browser,
    query: str,
    newest_first: bool,
) -> None:
    idents = ask(mall, orders, *(f"0000000{n}" for n in range(6)))
    assign(admin, idents[:4], team[:1], "manual")
    admin.get(HOME)
    for ident in idents[:2]:
        admin.post(f"{HOME}/{ident}/complete", htmx=True)
    admin.get(f"{HOME}?{query}")
    shown = [int(row.get("data-row")) for row in admin.find("//tr[@data-row]")]
    assert len(shown) >= 2 and shown == sorted(shown, reverse=newest_first)
    assert admin.find("//th[@aria-sort]")[0].get("aria-sort") == (
        "descending" if newest_first else "ascending"
    )


@pytest.mark.spec("CBK-2")
@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"1", "2", "3"}),
        ("state=unprocessed", {"2"}),
        ("state=registered", {"1", "3"}),
        ("number=010-0000-0003", {"3"}),
        ("number=0002", {"2"}),
        ("number=kim2@example.com", set()),
        ("number=%2B82+10+0000+0003", {"3"}),
        ("people={kim}", {"2"}),
        ("assigner={boss}", {"2"}),
        ("period=today", {"1", "2", "3"}),
        ("period=range&since=2020-01-01&until=2020-01-02", set()),
        ("queue=999", set()),
        ("people=gx", {"1", "2", "3"}),
        ("people=g99999", set()),
        ("period=range&since=2021-01-02&until=2020-01-02", set()),
        ("after=nonsense", {"1", "2", "3"}),
    ],
)
def test_the_list_is_searched(
    mall: Service,
    orders: Queue,
    team: list[Agent],
    admin: Browser,
    boss: Member,
    query: str,
    seen: set[str],
) -> None:
    idents = ask(mall, orders, "00000001", "00000002", "00000003")
    assign(admin, idents[1:2], team[:1], "manual")
    answer = admin.get(f"{HOME}?{query.format(kim=team[0].member_id, boss=boss.id)}")
    assert answer.status_code == 200
    page = answer.text
    assert set(re.findall(r"010-0000-000(\d)</b>", page)) == seen


@pytest.mark.spec("CBK-2", "LOG-3")
def test_excel_holds_what_was_searched_and_is_recorded(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser
) -> None:
    idents = ask(mall, orders, "00000001", "00000002")
    assign(admin, idents[:1], team[:1], "manual")
    answer = admin.get(f"{HOME}/callbacks.xlsx?state=unprocessed")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[2]][1:4] == ["Orders", "010-0000-0001", "Unprocessed"]
    assert sheet["A1"].value == "Requested (Asia/Seoul)" and isinstance(sheet["A2"].value, datetime)
    assert sheet.max_row == 2
    entry = db.session.scalars(sa.select(WorkEntry).order_by(WorkEntry.id.desc())).first()
    assert entry is not None and entry.detail == {"rows": 1}


@pytest.mark.spec("CBK-2", "LOG-3")
def test_an_agent_takes_only_their_own_to_excel(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    own, other, _free = ask(mall, orders, "00000001", "00000002", "00000003")
    assign(admin, [own], team[:1], "manual")
    assign(admin, [other], team[1:2], "manual")
    for who, numbers in (
        (browser("kim"), ["010-0000-0001"]),
        (browser("lee"), ["010-0000-0002"]),
        (browser("park"), []),
        (admin, ["010-0000-0003", "010-0000-0002", "010-0000-0001"]),
    ):
        found = sheets.sheet(who.get(f"{HOME}/callbacks.xlsx").data)[1:]
        assert [row[2] for row in found] == numbers


@pytest.mark.spec("CBK-5")
def test_figures_count_each_callback_once_by_its_current_assignment(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    assert "Nothing was assigned in this period" in admin.get(f"{HOME}/statistics").text
    idents = ask(mall, orders, *(f"0000000{n}" for n in range(1, 6)))
    assign(admin, idents, team[:1], "manual")
    admin.post(f"{HOME}/{idents[0]}/complete", htmx=True)
    floor.now += timedelta(days=1)
    admin.login("boss", world.PASSWORD)
    admin.get(HOME)
    admin.post(f"{HOME}/unassign", {"callback": idents[1:3]}, htmx=True)
    assign(admin, idents[1:2], team[1:2], "manual")
    admin.get(f"{HOME}/statistics")
    head = ["Assigned", "Completed", "Open", "Completion rate"]
    assert admin.rows()[0] == ["Date", *head]
    assert admin.texts("//*[@class='o-fig']/dt") == head
    assert admin.texts("//*[@class='o-fig']/dd") == ["4", "1", "3", "25.0%"]
    assert [row[1:] for row in admin.rows()[1:]] == [
        ["3", "1", "2", "33.3%"],
        ["1", "0", "1", "0.0%"],
        ["4", "1", "3", "25.0%"],
    ]
    month = admin.get(f"{HOME}/statistics?by=month&people={team[0].member_id}").text
    assert "33.3%" in month and "25.0%" not in month
    assert admin.rows()[0] == ["Month", *head]
    later = "period=range&since=2026-11-24&until=2026-11-24"
    for query, total in ((f"queue={orders.id}", "4"), (later, "1"), ("queue=999", None)):
        admin.get(f"{HOME}/statistics?{query}")
        assert admin.texts("//tfoot//td[1]") == ([total] if total else []), query
    sheet = load_workbook(io.BytesIO(admin.get(f"{HOME}/statistics.xlsx").data)).active
    assert [cell.value for cell in sheet[2]][1:] == [3, 1, 2, 33.3] and isinstance(
        sheet["A2"].value, datetime
    )
    assert [cell.value for cell in sheet[4]] == ["Total", 4, 1, 3, 25]
    assert browser("kim").get(f"{HOME}/statistics.xlsx").status_code == 403


@pytest.mark.spec("CBK-6")
def test_late_ones_stand_out_and_closing_time_is_announced(
    floor: Floor, mall: Service, orders: Queue, admin: Browser
) -> None:
    with db.write() as session:
        session.get_one(Queue, orders.id).promise_hours = 1
    phone.menu(mall, Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id))
    ident = None
    with floor.time():
        ident = ask(mall, orders, "00000001")[0]
    assert ident
    floor.now += timedelta(hours=5)  # 15:00 in Seoul, closing at 18:00
    text = admin.get(f"{HOME}/assign").text
    assert "is-red" in text and "5 hours" in text
    admin.get(HOME)
    assert (
        "until closing at 18:00." in admin.text()
        and "1 callback is open." in admin.text()
        and "1 is later than promised." in admin.text()
    )


@pytest.mark.spec("ORG-3", "CBK-1")
def test_a_service_without_callbacks_has_no_pages_and_offers_none(
    floor: Floor, boss: Member, mall: Service, orders: Queue, admin: Browser
) -> None:
    from occ.organization import service as organization
    from occ.organization.rules import Feature, Terms

    phone.menu(mall, Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id, callback=True))
    with db.write():
        terms = Terms(phone.FEATURES - {Feature.CALLBACK}, 60)
        organization.change_contract(mall, terms, actor=world.actor(boss))
    assert admin.get(HOME).status_code == 404
    ref = floor.place(mall)
    floor.press(ref, "1")
    floor.wait(31)
    assert floor.said(ref) == ["delayed"]


@pytest.mark.spec("CBK-2", "CBK-3", "CBK-4")
@pytest.mark.parametrize("page", ["", "/assign", "/unassign"])
def test_nothing_found_offers_to_drop_the_conditions(
    mall: Service, orders: Queue, admin: Browser, page: str
) -> None:
    assert admin.get(f"{HOME}{page}?number=999&queue=1").status_code == 200
    assert "No callbacks match" in admin.text() and "Clear all conditions" in admin.text()
    assert "No callbacks match" not in admin.get(HOME + page).text
