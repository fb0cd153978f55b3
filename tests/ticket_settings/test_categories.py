"""Intake and resolution types through their page (SET-1)."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from lxml import html

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.ticket_settings import queries, service
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from tests.contract.test_contract import Counter
from tests.factories import world
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
INTAKE = "/c/s/mall/categories/intake"
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    """A service in Korean and English that the owner manages."""
    made = world.contracted(boss, features=frozenset({Feature.TICKET}))
    world.agent(boss, made, boss, manager=True)
    return made


def add(
    admin: Browser, name: str, parent: int | None = None, kind: str = "intake"
) -> Category | None:
    """Types a name at the foot of a column; the category that was made, None when it was refused."""
    before = set(db.session.scalars(sa.select(Category.id)))
    admin.get(f"/c/s/mall/categories/{kind}")
    admin.post(
        f"/c/s/mall/categories/{kind}/add", {"name": name, "parent": parent or ""}, htmx=True
    )
    db.session.expire_all()
    return db.session.scalar(sa.select(Category).where(Category.id.not_in(before)))


def shown(page: str) -> list[list[str]]:
    """The names in each column of the browser."""
    columns = html.fromstring(page).xpath("//section[contains(@class, 'k-col')]")
    return [
        [" ".join(name.split()) for name in column.xpath(".//li//*[@data-name]/text()")]
        for column in columns
    ]


@pytest.mark.spec("SET-1")
def test_categories_go_down_five_levels_each_under_the_selected_one(
    mall: Service, admin: Browser
) -> None:
    parent = None
    for level, name in enumerate(("결제", "환불", "카드", "해외", "부분"), start=1):
        made = add(admin, name, parent)
        assert made is not None and made.level == level
        parent = made.id
    assert add(admin, "여섯째", parent) is None
    assert "Categories have at most 5 levels." in admin.text()
    page = admin.get(f"{INTAKE}?at={parent}").text
    assert shown(page) == [["결제"], ["환불"], ["카드"], ["해외"], ["부분"]]
    assert f'id="k-id">{parent}</code>' in page and 'data-copy="k-id"' in page
    assert shown(admin.get(INTAKE).text) == [["결제"], [], [], [], []]
    assert shown(admin.get("/c/s/mall/categories/resolution").text) == [[], [], [], [], []]


@pytest.mark.spec("SET-1")
def test_a_name_is_unique_within_its_level_and_free_on_the_others(
    mall: Service, admin: Browser
) -> None:
    first, second = add(admin, "Refund"), add(admin, "Delivery")
    assert first and second
    assert (
        add(admin, "refund ") is None and "“refund” is there already on this level." in admin.text()
    )
    assert admin.field("name") == "refund", "what was typed is kept"
    assert add(admin, "ＲＥＦＵＮＤ") is None, "width counts for nothing"
    below = add(admin, "Refund", second.id)
    assert below and below.level == 2
    assert add(admin, "Refund", first.id) is None, "also under another parent of the level"
    assert add(admin, "Refund", kind="resolution"), "resolution types are a tree of their own"
    admin.post(f"/c/s/mall/categories/{first.id}/delete")
    assert add(admin, "Refund") is not None, "a deleted name is free again"


@pytest.mark.spec("SET-1")
@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Enter a name."), (" \t", "Enter a name."), ("x" * 51, "Use at most 50 characters")],
)
def test_bad_names_are_refused_in_words(
    mall: Service, admin: Browser, name: str, words: str
) -> None:
    assert add(admin, name) is None
    assert words in admin.text()
    assert add(admin, "x" * 50) is not None


@pytest.mark.spec("SET-1", "ORG-6")
def test_names_in_each_language_fall_back_to_the_first(
    boss: Member, mall: Service, admin: Browser
) -> None:
    made, other = add(admin, "환불"), add(admin, "배송")
    assert made and other
    assert shown(admin.get(INTAKE).text)[0] == ["환불", "배송"], "English is missing"
    path = f"/c/s/mall/categories/{made.id}/names"
    admin.get(path)
    version = admin.field("version")
    admin.post(path, {"name-ko": "환불", "name-en": "Refunds", "version": version})
    assert shown(admin.get(INTAKE).text)[0] == ["Refunds", "배송"]
    admin.post(path, {"name-ko": "환불 문의", "name-en": "Refund", "version": version})
    assert (
        "Somebody else saved first." in admin.errors()
        and admin.field("name-ko") == "환불 문의"
        and "Refunds" in admin.text()
    )
    other_path = f"/c/s/mall/categories/{other.id}/names"
    admin.get(other_path)
    admin.post(
        other_path, {"name-ko": "배송", "name-en": "refunds", "version": admin.field("version")}
    )
    assert "“refunds” is there already on this level." in admin.errors()
    admin.post(
        other_path, {"name-ko": "", "name-en": "Delivery", "version": admin.field("version")}
    )
    assert "Enter a name." in admin.errors(), "the first language is what others fall back to"
    admin.post(f"/c/s/mall/categories/{made.id}/rename", {"name": "Money back"}, htmx=True)
    db.session.expire_all()
    assert db.session.get_one(Category, made.id).texts == {"ko": "환불", "en": "Money back"}, (
        "renamed in the language that is shown"
    )


@pytest.mark.spec("SET-1")
def test_the_toggle_hides_a_category_with_all_below_it(mall: Service, admin: Browser) -> None:
    top = add(admin, "Pay")
    assert top
    child = add(admin, "Refund", top.id)
    assert child and child.in_help_center, "new ones are on"
    admin.post(f"/c/s/mall/categories/{top.id}/help-center", {"on": "0"}, htmx=True)
    assert "hidden with “Pay”" in admin.get(f"{INTAKE}?at={child.id}").text
    rows = sheet(admin.get(f"{INTAKE}/excel").data)
    assert [row[-1] for row in rows[1:]] == ["No", "No"]
    admin.post(f"/c/s/mall/categories/{top.id}/help-center", {"on": "1"}, htmx=True)
    assert [row[-1] for row in sheet(admin.get(f"{INTAKE}/excel").data)[1:]] == ["Yes", "Yes"]
    done = add(admin, "Solved", kind="resolution")
    assert (
        done
        and admin.post(f"/c/s/mall/categories/{done.id}/help-center", {"on": "0"}).status_code
        == 404
    )


@pytest.mark.spec("SET-1")
def test_deleting_takes_what_is_below_and_says_so(mall: Service, admin: Browser) -> None:
    top = add(admin, "Pay")
    assert top
    child = add(admin, "Refund", top.id)
    assert child and add(admin, "Card", child.id)
    add(admin, "Other")
    asked = admin.get(f"/c/s/mall/categories/{top.id}/delete").text
    assert "2 categories below it are deleted, too." in asked and "No ticket uses it." in asked
    admin.post(f"/c/s/mall/categories/{top.id}/delete")
    assert shown(admin.get(INTAKE).text)[0] == ["Other"]
    assert admin.get(f"/c/s/mall/categories/{child.id}/names").status_code == 404
    assert (
        add(admin, "Late", top.id) is None
        and "Somebody deleted the category above." in admin.text()
    )


@pytest.mark.spec("SET-1", "LOG-3")
def test_the_whole_tree_as_excel(mall: Service, admin: Browser) -> None:
    top = add(admin, "=Pay")
    assert top
    add(admin, "Refund", top.id)
    answer = admin.get(f"{INTAKE}/excel")
    rows = sheet(answer.data)
    assert rows[0][:6] == ["ID", "Level 1", "Level 2", "Level 3", "Level 4", "Level 5"]
    assert [row[1:4] for row in rows[1:]] == [["=Pay", None, None], ["=Pay", "Refund", None]]
    entry = db.session.scalars(
        sa.select(WorkEntry).where(WorkEntry.work == Work.EXCEL_CATEGORIES)
    ).one()
    assert entry.detail == {"rows": 2}


@pytest.mark.spec("SET-1")
def test_strangers_find_no_category(
    boss: Member, mall: Service, admin: Browser, browser: Make
) -> None:
    made = add(admin, "Pay")
    assert made
    shop = world.contracted(boss, "shop", features=frozenset({Feature.TICKET}))
    world.agent(boss, shop, world.member("kim"), manager=True)
    world.agent(boss, mall, world.member("lee"), ticket=True)
    theirs, agents = browser("kim"), browser("lee")
    assert theirs.get(INTAKE).status_code == 404
    for path in ("names", "delete", "rename", "help-center"):
        assert (
            theirs.post(f"/c/s/shop/categories/{made.id}/{path}", {"name": "x"}).status_code == 404
        )
    assert (
        theirs.post(
            "/c/s/shop/categories/intake/add", {"name": "x", "parent": made.id}, htmx=True
        ).status_code
        == 409
    )
    assert agents.get(INTAKE).status_code == 403
    assert agents.post(f"{INTAKE}/add", {"name": "x"}).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Category)) == 1


@pytest.mark.spec("SET-1")
def test_a_tree_of_five_thousand_costs_no_more_queries(mall: Service, admin: Browser) -> None:
    top = add(admin, "Pay")
    assert top
    child = add(admin, "Refund", top.id)
    assert child

    def queries_of(path: str) -> int:
        with Counter() as counter:
            assert admin.get(path).status_code == 200
        return len(counter.statements)

    small = queries_of(f"{INTAKE}?at={child.id}")
    with db.write():
        for one in range(50):
            above = service.add_category(
                mall, CategoryKind.INTAKE, parent_id=None, names={"ko": f"A{one}"}
            )
            rows = [
                {
                    "service_id": mall.id,
                    "kind": CategoryKind.INTAKE,
                    "parent_id": above.id,
                    "level": 2,
                    "created_at": above.created_at,
                    "version": 1,
                    "in_help_center": True,
                }
                for _n in range(100)
            ]
            db.session.execute(sa.insert(Category), rows)
    assert queries.tree_size(mall.id, CategoryKind.INTAKE) == 5052
    page = admin.get(f"{INTAKE}?at={above.id}")
    assert queries_of(f"{INTAKE}?at={above.id}") == small
    assert [len(column) for column in shown(page.text)] == [51, 100, 0, 0, 0] and len(
        re.findall("data-id", page.text)
    ) == 151
