"""The search box of tickets (TKT-7)."""

import random
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import search
from occ.core.db import db
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import jobs
from occ.tickets.models import IndexState, SavedSearch, Ticket
from occ.tickets.rules import Priority
from occ.tickets.search import finding, index
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.support import sheets
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, titles

Make = Callable[..., Browser]
LETTERS = st.text(st.sampled_from("ab가나다환불 -,漢字テスト1ㆍ·・\u200b\ufe0f"), max_size=20)


def hits(who: Browser, text: str, box: str = "all") -> list[str]:
    """The titles that a search finds."""
    answer = who.get(HOME, query_string={"q": text, "box": box})
    assert answer.status_code == 200
    return titles(who)


@given(LETTERS, st.integers(0, 19), st.integers(1, 8))
def test_every_part_of_a_text_is_found_in_it_and_nothing_else(
    text: str, start: int, length: int
) -> None:
    """A phrase of pairs stands in the tokens of a text exactly where its letters stand in the text."""
    part = text[start : start + length]
    phrase, stored = search.phrase(part), search.tokens(text)
    if not phrase:
        return
    spots = [stored[n : n + len(phrase)] for n in range(len(stored))]
    matched = any(
        spot[:-1] == phrase[:-1]
        and spot
        and spot[-1].startswith(phrase[-1])
        and len(spot) == len(phrase)
        for spot in spots
    )
    assert matched


@pytest.mark.spec("TKT-7")
def test_what_one_document_says_is_what_the_index_finds_in_it(app: Flask) -> None:
    """Both ways of asking find the same, of documents of any length and of each owner."""
    made, idents, few = random.Random(7), range(1, 61), "a1가환불テ"

    def said(length: int) -> str:
        return "".join(made.choice(f"{few}{few}b나漢 -") for _ in range(made.randrange(length)))

    long = "가나다" * (search.CHUNK // 2)
    documents = [
        *(search.Document(n, 4 + n % 2, said(40), said(10)) for n in idents),
        search.Document(61, 4, f"a1 {long} 환불", f"{long} テ1"),
    ]
    with db.write():
        index.INDEX.put(documents)
    asked = sa.union_all(*(sa.select(sa.literal(n).label("id")) for n in range(70))).subquery()
    found = 0
    for _ in range(150):
        phrases = [
            [words for _ in range(made.randint(1, 2)) if (words := search.phrase(said(6)))]
            for _ in range(made.randint(1, 2))
        ]
        conditions, owner = [some for some in phrases if some], made.randint(3, 5)
        everything = made.random() < 0.5
        if not conditions:
            continue
        there = index.INDEX.documents(owner, conditions, all_texts=everything).select
        holds = index.INDEX.holds(asked.c.id, owner, conditions, all_texts=everything)
        one_by_one = db.session.scalars(sa.select(asked.c.id).where(holds)).all()
        assert sorted(one_by_one) == sorted(db.session.scalars(there)), conditions
        found += len(one_by_one)
    assert found > 500


@pytest.mark.spec("TKT-7")
def test_parts_of_words_are_found_in_every_script(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "상품환불이 늦어요")
    tickets.ticket(mall, boss, "配達テストの件", priority=Priority.HIGH)
    tickets.ticket(mall, boss, "Refund please")
    act(admin, one, "comment", body="카드사 확인 중")
    for text, found in (
        ("환불", ["상품환불이 늦어요"]),
        ("환", ["상품환불이 늦어요"]),
        ("불이 늦", ["상품환불이 늦어요"]),
        ("카드 환불", ["상품환불이 늦어요"]),
        ("達ﾃｽ", ["配達テストの件"]),
        ("EFUN", ["Refund please"]),
        ("come yet", ["Refund please", "配達テストの件", "상품환불이 늦어요"]),
        ('"yet come"', []),
        ("yet come", ["Refund please", "配達テストの件", "상품환불이 늦어요"]),
        ("환불은", []),
        ("%", []),
        ("' OR 1", []),
        ('"', []),
        ("refund priority:high", []),
        ("priority:high", ["配達テストの件"]),
        (f"#{one.id}", ["상품환불이 늦어요"]),
        ("state:progress", []),
        ("assignee:none 배", []),
        ("assignee:none 늦", ["상품환불이 늦어요"]),
        ("assignee:boss", []),
        ("channel:phone", []),
        ("channel:manual 상", ["상품환불이 늦어요"]),
    ):
        assert hits(admin, text) == found, text


@pytest.mark.spec("TKT-7")
def test_fields_and_customers_are_found_by_who_may_see_them(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "order_no", FieldKind.AGENT)
    fields.field(mall, "blame", FieldKind.AGENT, managers_only=True)
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    fields.field(mall, "birth", FieldKind.AGENT, purge="m1")
    one = tickets.ticket(mall, boss, "Late", phone="+821012345678", email="lee@example.com")
    said = {"order_no": "A-7741", "blame": "warehouse", "passport": "M1234567", "birth": "19900101"}
    with db.write():
        value_service.store(one, {fields.shown(mall, code): text for code, text in said.items()})
        index.mark(one.id)
    agent = browser("kim")
    for text in ("7741", "order_no:7741", "01012345678", "010-1234-5678", "lee@example.com"):
        assert hits(admin, text) == hits(agent, text) == ["Late"], text
    for text in ("12345", "lee@", "warehous"):
        assert (hits(admin, text), hits(agent, text)) == (["Late"], []), text
    for text in ("M1234567", "passport:M1234567", "19900101", "birth:1990"):
        assert hits(admin, text) == [], "personal values stay out of the index"
    other = tickets.desk(boss, "shop")
    tickets.ticket(other, boss, "Late too")
    assert hits(admin, "late") == ["Late"], "another service's are not found"


@pytest.mark.spec("TKT-7")
def test_the_index_follows_what_changes(mall: Service, boss: Member, admin: Browser) -> None:
    fields.field(mall, "order_no", FieldKind.AGENT)
    one = tickets.ticket(mall, boss, "Late", email="lee@example.com")
    order = fields.shown(mall, "order_no")
    with db.write():
        value_service.store(one, {order: "A-7741"})
        index.mark(one.id)
    admin.get(f"{HOME}/{one.id}/customer")
    admin.post(
        f"{HOME}/{one.id}/customer",
        {
            "version": admin.field("version"),
            "name": "Dayoon",
            "phone": "",
            "email": "lee@example.com",
        },
        htmx=True,
    )
    assert hits(admin, "ayoo") == []
    jobs.index_tickets()
    assert hits(admin, "ayoo") == ["Late"] == hits(admin, "7741")
    admin.get("/c/s/mall/fields/order_no")
    form = {
        "type": "text",
        "name-ko": "주문",
        "name-en": "Order",
        "version": admin.field("version"),
        "encrypted": "y",
        "purge": "",
    }
    assert admin.post("/c/s/mall/fields/order_no", form).status_code == 303
    jobs.keep_values()
    jobs.index_tickets()
    assert hits(admin, "7741") == [], "turning encryption on clears the index"


@pytest.mark.spec("TKT-7")
def test_a_long_text_is_found_to_its_end(mall: Service, boss: Member, admin: Browser) -> None:
    one = tickets.ticket(mall, boss, "Long")
    filler = "lorem ipsum dolor sit amet "
    for _n in range(2):
        act(admin, one, "comment", body=(filler * 740)[:19_900] + " zebraend")
    assert hits(admin, "zebraend") == ["Long"]


@pytest.mark.spec("TKT-7")
def test_searches_are_kept_under_a_name(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    tickets.ticket(mall, boss, "Refund please")
    admin.get(f"{HOME}/searches/new?q=refund&box=all")
    for name, words in (("", "Enter a name."), ("x" * 51, "Use at most 50 characters")):
        answer = admin.post(
            f"{HOME}/searches/new", {"q": "refund", "box": "all", "name": name}, htmx=True
        )
        assert answer.status_code == 422 and words in answer.text
    for text in ("refund", "refund state:unassigned"):
        assert (
            admin.post(
                f"{HOME}/searches/new", {"q": text, "box": "all", "name": "Refunds"}, htmx=True
            ).status_code
            == 204
        )
    kept = db.session.scalars(sa.select(SavedSearch)).one()
    assert kept.query == "refund state:unassigned", "the same name again replaces it"
    page = admin.get(HOME).text
    assert "Refunds" in page and "q=refund+state%3Aunassigned" in page
    asking = html.fromstring(page).xpath("//*[@class='t-saved']/button")[0]
    assert asking.get("data-verb") == "Delete" and "is-danger" in asking.classes, "it is an icon"
    agent = browser("kim")
    assert "Refunds" not in agent.get(HOME).text
    assert agent.post(f"{HOME}/searches/{kept.id}/delete", htmx=True).status_code == 404
    assert admin.post(f"{HOME}/searches/{kept.id}/delete", htmx=True).status_code == 204
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SavedSearch)) == 0


@pytest.mark.spec("TKT-7")
def test_tickets_from_before_the_index_are_brought_in(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "Refund please")
    jobs.index_tickets()
    with db.write() as session:
        index.forget([(mall.id, one.id)])
        session.execute(sa.update(Ticket).values(indexed=False))
    assert hits(admin, "refund") == []
    assert jobs.index_tickets() == "1" and jobs.index_tickets() is None
    assert hits(admin, "refund") == ["Refund please"]


@pytest.mark.spec("TKT-7")
def test_dots_between_words_are_one_and_signs_that_nobody_sees_are_none(
    mall: Service, boss: Member, admin: Browser
) -> None:
    for dot in ("ㆍ", "ᆞ", "·", "・", "･"):
        tickets.ticket(mall, boss, f"환불{dot}교환 {hex(ord(dot))}")
    tickets.ticket(mall, boss, "배\u200b송\u00ad지\ufe0f연")
    for dot in ("ㆍ", "ᆞ", "·", "・", "･"):
        assert len(hits(admin, f"환불{dot}교환")) == len(hits(admin, f'"불{dot}교"')) == 5, hex(
            ord(dot)
        )
    assert (
        len(hits(admin, "배송지연"))
        == len(hits(admin, "송\u200d지"))
        == len(hits(admin, "배\u034f송"))
        == 1
    )


@pytest.mark.spec("TKT-7")
def test_another_version_of_the_index_is_made_anew_a_few_tickets_at_a_time(
    mall: Service, boss: Member, admin: Browser
) -> None:
    for n in range(5):
        tickets.ticket(mall, boss, f"환불ㆍ교환 {n}")
    jobs.index_tickets()
    assert jobs.index_tickets() is None, "nothing is made anew twice"
    idents = list(db.session.scalars(sa.select(Ticket.id).order_by(Ticket.id)))
    with db.write():
        db.session.get_one(IndexState, "tickets").version = index.VERSION - 1
        index.forget([(mall.id, ident) for ident in idents])
    with db.write():
        assert index.renew(2) == 2
    assert hits(admin, "환불·교환") == ["환불ㆍ교환 4", "환불ㆍ교환 3"], "the newest first"
    tickets.ticket(mall, boss, "환불ㆍ교환 5")
    assert jobs.index_tickets() == "3", (
        "it goes on where it stopped; what was written meanwhile is there already"
    )
    assert len(hits(admin, "환불·교환")) == 6 and jobs.index_tickets() is None


@pytest.mark.spec("TKT-2", "TKT-7")
def test_excel_holds_what_was_searched_as_who_asked_may_see_it(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "order_no", FieldKind.AGENT)
    fields.field(mall, "blame", FieldKind.AGENT, managers_only=True)
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    one = tickets.ticket(
        mall, boss, "=Refund please", phone="+821012345678", email="lee@example.com"
    )
    tickets.ticket(mall, boss, "Other")
    with db.write():
        said = {"order_no": "A-7741", "blame": "warehouse", "passport": "M1234567"}
        value_service.store(one, {fields.shown(mall, code): text for code, text in said.items()})
    head, *rows = sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?q=refund&box=all").data)
    assert len(rows) == 1 and dict(zip(head, rows[0], strict=True))["Title"] == "=Refund please"
    cells = [str(cell) for cell in rows[0]]
    assert (
        "010-1234-5678" in cells
        and "lee@example.com" in cells
        and "warehouse" in cells
        and "M1234567" not in " ".join(cells)
    )
    head, *rows = sheets.sheet(browser("kim").get(f"{HOME}/tickets.xlsx?q=refund&box=all").data)
    told = " ".join(str(cell) for cell in rows[0])
    assert (
        "A-7741" in told
        and "5678" in told
        and not any(
            text in told for text in ("1234-5678", "lee@example.com", "warehouse", "M1234567")
        )
    )
    assert len(sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?box=all").data)) == 3
    works = db.session.scalars(
        sa.select(WorkEntry.detail).where(WorkEntry.work == Work.EXCEL_TICKETS)
    ).all()
    assert works == [{"rows": 1}, {"rows": 1}, {"rows": 2}]


@pytest.mark.spec("TKT-7")
@pytest.mark.parametrize("few", [finding.FEW, 23])  # the last few have a page of them, or less
def test_hits_are_counted_whatever_the_page(
    mall: Service, boss: Member, admin: Browser, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FEW", few)
    for n in range(25):
        tickets.ticket(mall, boss, f"Zebra {n}")
        if n % 5 == 0:
            tickets.ticket(mall, boss, "Horse")
    found = [f"Zebra {n}" for n in reversed(range(25))]
    count = "//*[@data-part='count']"
    admin.get(f"{HOME}?box=all&q=zebra")
    assert admin.texts(count) == ["25"] and titles(admin) == found[:20]
    admin.get(admin.links()["Next"])
    assert admin.texts(count) == ["25"] and titles(admin) == found[20:]
    admin.get(admin.links()["Previous"])
    assert titles(admin) == found[:20]


@pytest.mark.spec("TKT-7")
def test_ends_of_long_texts_and_words_far_apart_are_found(
    mall: Service, boss: Member, admin: Browser
) -> None:
    """PostgreSQL keeps 256 positions of a token and holds a long ticket in several rows."""
    one = tickets.ticket(mall, boss, "Long and wide")
    filler = "the other mother gathers there with the brother; "
    act(admin, one, "comment", body=(filler * 400)[:19_000] + "ask about the weather")
    for text in ("weather", "wide weather", '"about the weather"', "mother wea"):
        assert hits(admin, text) == ["Long and wide"], text
    for text in ("w", "owner"):
        tickets.ticket(mall, boss, "환불") if text == "w" else None
        assert "환불" not in hits(admin, text), "whose a ticket is, is no text of it"


@pytest.mark.spec("TKT-7", "FLD-2")
def test_the_index_follows_who_may_see_a_field_and_what_its_choices_are_called(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "cause", FieldKind.AGENT)
    fields.field(
        mall,
        "color",
        FieldKind.AGENT,
        FieldType.DROPDOWN,
        choices=[f"Shade {n}" for n in range(12)],
    )
    one, other = tickets.ticket(mall, boss, "Late"), tickets.ticket(mall, boss, "Other")
    with db.write():
        value_service.store(
            one, {fields.shown(mall, "cause"): "warehouse", fields.shown(mall, "color"): "1"}
        )
        value_service.store(other, {fields.shown(mall, "color"): "12"})
        index.put([one.id, other.id])
    assert (
        hits(admin, 'color:"Shade 0"') == ["Late"]
        and hits(admin, 'color:"Shade 11"') == ["Other"]
        and hits(admin, "color:1") == ["Other"]
    )
    agent = browser("kim")
    assert hits(agent, "warehou") == ["Late"]
    admin.get("/c/s/mall/fields/cause")
    form = {
        "name-ko": "원인",
        "name-en": "Cause",
        "version": admin.field("version"),
        "managers_only": "y",
        "purge": "",
    }
    assert admin.post("/c/s/mall/fields/cause", form).status_code == 303
    jobs.index_tickets()
    assert (hits(admin, "warehou"), hits(agent, "warehou")) == (["Late"], [])
    admin.get("/c/s/mall/fields/cause")
    admin.post(
        "/c/s/mall/fields/cause", {**form, "version": admin.field("version"), "encrypted": "y"}
    )
    jobs.keep_values()
    admin.get("/c/s/mall/fields/cause")
    admin.post(
        "/c/s/mall/fields/cause", {**form, "version": admin.field("version"), "open_anew": "y"}
    )
    jobs.index_tickets()
    jobs.keep_values()
    jobs.index_tickets()
    assert hits(admin, "warehou") == ["Late"], (
        "readable again is found again, whichever job comes first"
    )
