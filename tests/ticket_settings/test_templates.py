"""Templates: written, shared, linked, inserted (TPL-1, TPL-2)."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from lxml import html

from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.ticket_settings import queries, service
from occ.ticket_settings.models import Category, Template
from occ.ticket_settings.rules import CategoryKind
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser, said

PAGE = "/c/s/mall/templates"
pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return tickets.desk(boss)


def template(of: Service, title: str, body: str = "Hello", **values: object) -> Template:
    with db.write():
        return service.save_template(
            of, None, title=title, body=body, **{"code": "", "shared": False, **values}
        )  # type: ignore[arg-type]


def titles(page: str) -> list[str]:
    return [b.text_content() for b in html.fromstring(page).xpath("//div[@class='clip']/b")]


@pytest.mark.spec("TPL-1")
def test_a_template_is_written_with_placeholders_and_a_code(mall: Service, admin: Browser) -> None:
    admin.get(f"{PAGE}/new")
    values = {
        "title": "Late",
        "body": "Dear #{customer}, #{number} is on its way.",
        "code": "Late1",
        "version": "0",
    }
    for field, wrong, words in (
        ("title", "", "Fill this in."),
        ("title", "x" * 101, "Use at most 100 characters"),
        ("body", " ", "Enter something first."),
        ("body", "#{password}", "There is no placeholder #{password}."),
        ("body", "x" * 20_001, "Use at most 20000 characters"),
        ("code", "a-b", "Use at most 20 letters and digits."),
        ("code", "x" * 21, "Use at most 20 characters"),
        ("code", "늦음", "Use at most 20 letters and digits."),
    ):
        admin.post(f"{PAGE}/new", {**values, field: wrong})
        assert words in admin.errors(), (field, wrong)
        assert (
            admin.field("title" if field != "title" else "code")
            == values["title" if field != "title" else "code"]
        )
    admin.post(f"{PAGE}/new", values)
    admin.post(f"{PAGE}/new", {**values, "title": "Other", "code": "late1"})
    assert "“Late” has this search code." in admin.errors(), "case counts for nothing"
    row = db.session.scalars(sa.select(Template)).one()
    admin.get(f"{PAGE}/{row.id}")
    version = admin.field("version")
    admin.post(f"{PAGE}/{row.id}", {**values, "title": "Later", "version": version})
    admin.post(f"{PAGE}/{row.id}", {**values, "title": "Latest", "version": version})
    assert "Somebody else saved first." in admin.errors() and admin.field("title") == "Latest"
    assert titles(admin.get(PAGE).text) == ["Later"]
    admin.post(f"{PAGE}/{row.id}/delete")
    assert titles(admin.get(PAGE).text) == []
    admin.post(f"{PAGE}/new", values)
    assert titles(admin.get(PAGE).text) == ["Late"], "a deleted one's code is free again"


@pytest.mark.spec("TPL-1", "TPL-2")
def test_shared_ones_are_seen_and_linked_by_others_who_cannot_change_them(
    mall: Service, boss: Member, browser: Make
) -> None:
    shop = tickets.desk(boss, "shop")
    world.agent(boss, shop, world.member("kim"), manager=True)
    theirs = browser("kim")
    own, shared = template(mall, "Own"), template(mall, "Shared", shared=True)
    with db.write():
        refund = service.add_category(
            shop, CategoryKind.RESOLUTION, parent_id=None, names={"ko": "Refund"}
        )
        other = service.add_category(
            mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": "Elsewhere"}
        )
        service.link_template(mall, shared, [other.id])
    assert titles(theirs.get("/c/s/shop/templates").text) == ["Shared"]
    for path in (f"{own.id}", f"{own.id}/links", f"{shared.id}"):
        assert theirs.get(f"/c/s/shop/templates/{path}").status_code == 404, path
    assert theirs.post(f"/c/s/shop/templates/{own.id}/delete").status_code == 404
    refused = theirs.post(f"/c/s/shop/templates/{shared.id}/delete", {}, htmx=True)
    assert "belongs to another service" in refused.headers["HX-Trigger"]
    theirs.get(f"/c/s/shop/templates/{shared.id}/links")
    assert "Elsewhere" not in theirs.text()
    theirs.post(f"/c/s/shop/templates/{shared.id}/links", {"category": [refund.id, other.id, "x"]})
    assert titles(theirs.get(f"/c/s/shop/templates?resolution={refund.id}").text) == ["Shared"]
    assert titles(theirs.get(f"/c/s/shop/templates?resolution={other.id}").text) == ["Shared"], (
        "links of the owner stay"
    )
    assert titles(theirs.get("/c/s/shop/templates?whose=own").text) == []
    admin = browser("boss")
    assert titles(admin.get(f"{PAGE}?whose=own").text) == ["Own", "Shared"] and titles(
        admin.get(f"{PAGE}?q=HELL").text
    ) == [
        "Own",
        "Shared",
    ]
    assert "Refund" not in admin.text(), "another service's types stay its own"


@pytest.mark.spec("TPL-1", "TPL-2")
def test_while_answering_the_fitting_ones_come_first_and_are_filled_in(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    with db.write():
        db.session.get_one(Member, boss.id).nickname = "Bee"
    first = template(mall, "Common", "Hello")
    body = "Dear #{customer} (#{email}), #{number} “#{title}”: #{state}, #{resolution}#{intake}. #{agent} #{ customer}"
    fits = template(mall, "Refund", body, code="Ref1")
    hers = tickets.ticket(mall, boss, "<b>#{email}</b>", email="lee@example.com", take=True)
    with db.write():
        kind = service.add_category(
            mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": "환불", "en": "Money"}
        )
        service.link_template(mall, fits, [kind.id])
        assert hers.customer is not None
        hers.customer.name = "Lee #{agent}"
    path = f"/c/s/mall/tickets/{hers.id}"
    admin.get(path)
    admin.post(f"{path}/templates/{first.id}")
    assert re.findall(
        r"<b class=\"fw-semibold\">(\w+)</b>", admin.get(f"{path}/templates", htmx=True).text
    ) == ["Common", "Refund"]
    admin.post(f"{path}/resolution", {"category": kind.id})
    assert re.findall(
        r"<b class=\"fw-semibold\">(\w+)</b>", admin.get(f"{path}/templates", htmx=True).text
    ) == ["Refund", "Common"]
    answer = admin.post(f"{path}/templates/code", {"code": "REF1"})
    assert answer.mimetype == "text/plain"
    assert (
        answer.text
        == f"Dear Lee #{{agent}} (lee@example.com), #{hers.id} “<b>#{{email}}</b>”: 처리중, 환불. Bee Lee #{{agent}}"
    )
    db.session.expire_all()
    assert db.session.get_one(Template, fits.id).used == 1
    assert admin.post(f"{path}/templates/code", {"code": "none"}).status_code == 404
    shop = tickets.desk(boss, "shop")
    elsewhere = template(shop, "Theirs", code="own")
    assert admin.post(f"{path}/templates/{elsewhere.id}").status_code == 404
    assert admin.post(f"{path}/templates/code", {"code": "own"}).status_code == 404
    world.agent(boss, mall, world.member("kim"), ticket=True)
    template(shop, "Older", "Of all", code="same", shared=True)
    assert admin.post(f"{path}/templates/code", {"code": "same"}).text == "Of all"
    template(mall, "Newer", "Of its own", code="same")
    assert admin.post(f"{path}/templates/code", {"code": "same"}).text == "Of its own"
    assert browser("kim").get(PAGE).status_code == 403, "agents insert, managers write"


@pytest.mark.spec("TPL-1")
def test_saving_links_unchanged_keeps_them_however_many_types_there_are(
    mall: Service, admin: Browser
) -> None:
    row = template(mall, "Linked")
    with db.write():
        made = [
            service.add_category(
                mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": f"R{n}"}
            ).id
            for n in range(503)
        ]
        service.link_template(mall, row, [made[0], made[502]])
    path = f"{PAGE}/{row.id}/links"
    page = html.fromstring(admin.get(path).text)
    checked = [box.get("value") for box in page.xpath("//input[@name='category'][@checked]")]
    admin.post(path, {"category": checked})
    assert queries.links_of(mall.id, [row.id]) == {row.id: [made[0], made[502]]}


@pytest.mark.spec("TPL-1", "ORG-3")
def test_a_template_keeps_formats_where_the_service_does(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.HTML
    page = admin.get(f"{PAGE}/new")
    assert "<trix-editor" in page.text and "nonce-" in page.headers["Content-Security-Policy"]
    body = "<div>Dear <b>#{title}</b>,<br>bye</div><script>alert(1)</script>"
    values = {"title": "", "body": body, "formatted": "1", "code": "dear", "version": "0"}
    admin.post(f"{PAGE}/new", values)
    assert "Fill this in." in admin.errors() and "&lt;b&gt;#{title}&lt;/b&gt;" in answer(admin), (
        "nothing is lost from the form"
    )
    admin.post(f"{PAGE}/new", {**values, "title": "Dear", "body": "<div>#{password}</div>"})
    assert "There is no placeholder #{password}." in admin.errors()
    admin.post(f"{PAGE}/new", {**values, "body": "<div></div>", "code": "a-b"})
    links = admin.find("//*[@data-errors]//a")
    assert [link.text for link in links] == ["Template title", "Content", "Search code"]
    for link in links:
        (field,) = admin.find(f"//*[@id='{link.get('href')[1:]}']")
        assert field.get("aria-invalid") == "true", "each fault leads to its field"
    admin.post(f"{PAGE}/new", {**values, "title": "Dear"})
    row = db.session.scalars(sa.select(Template)).one()
    assert (row.body, row.html) == (
        "Dear #{title},\nbye",
        "<div>Dear <b>#{title}</b>,<br>bye</div>",
    )
    plain = template(mall, "Plain", "Hi #{title}\nbye")
    one = tickets.ticket(mall, boss, "<i>A & B</i>", take=True)
    at = f"/c/s/mall/tickets/{one.id}/templates"
    admin.get(f"/c/s/mall/tickets/{one.id}")
    assert (
        admin.post(f"{at}/code", {"code": "dear"}, htmx=True).text
        == "<div>Dear <b>&lt;i&gt;A &amp; B&lt;/i&gt;</b>,<br>bye</div>"
    )
    assert (
        admin.post(f"{at}/{plain.id}", {}, htmx=True).text
        == "<div>Hi &lt;i&gt;A &amp; B&lt;/i&gt;<br>bye</div>"
    )
    with db.write() as session:
        session.get_one(Service, mall.id).editor = Editor.TEXT
    assert admin.post(f"{at}/code", {"code": "dear"}, htmx=True).text == "Dear <i>A & B</i>,\nbye"
    assert "Dear #{title},\nbye</textarea>" in admin.get(f"{PAGE}/{row.id}").text


def answer(who: Browser) -> str:
    assert who.last is not None
    return who.last.text


@pytest.mark.spec("TPL-2")
def test_only_what_a_service_sees_is_linked_to_its_own_resolution_types(
    mall: Service, boss: Member, admin: Browser
) -> None:
    shop = tickets.desk(boss, "shop")
    own, theirs = template(mall, "Own").id, template(shop, "Theirs").id
    with db.write():
        here, there, intake = (
            service.add_category(of, kind, parent_id=None, names={"ko": "환불"}).id
            for of, kind in (
                (mall, CategoryKind.RESOLUTION),
                (shop, CategoryKind.RESOLUTION),
                (mall, CategoryKind.INTAKE),
            )
        )
        service.link_resolution(shop, db.session.get_one(Category, there), [theirs], on=True)
    page = f"{PAGE}/linked"
    admin.get(page)
    assert admin.post(f"{page}/{here}/add", {"template": theirs}, htmx=True).status_code == 422
    sent = {"template": [own, theirs]}
    assert admin.post(f"{page}/{here}/add", sent, htmx=True).status_code == 204
    admin.get(f"{page}?type={here}")
    assert admin.texts("//form[contains(@action, '/remove')]//li/span[1]") == ["Own"]
    for kind in (there, intake):
        assert admin.get(f"{page}?type={kind}").status_code == 404
        for what in ("add", "remove"):
            assert admin.post(f"{page}/{kind}/{what}", sent, htmx=True).status_code == 404
    assert queries.links_of(shop.id, [theirs]) == {theirs: [there]}


@pytest.mark.spec("TPL-2")
def test_templates_are_linked_by_the_tree_and_in_their_own_form(
    mall: Service, kim: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    page = "/c/s/mall/templates"
    assert "no resolution types yet" in admin.get(f"{page}/linked").text
    with db.write():
        add = lambda name, above=None: (
            service.add_category(
                mall, CategoryKind.RESOLUTION, parent_id=above, names={"ko": name}
            ).id
        )
        paid = add("환불")
        card = add("카드", paid)
        one, two = (
            service.save_template(mall, None, title=title, body="x", code="", shared=False).id
            for title in ("First", "Second")
        )
    listed = f"//form[contains(@action, '/linked/{card}/remove')]//li/span[1]"
    admin.get(f"{page}/linked?type={card}")
    tree = [li.get("class") for li in admin.find("//*[contains(@class, 't-choices')]/li")]
    assert tree == ["is-l1", "is-l2"] and admin.texts(listed) == []
    admin.get(f"{page}/linked/{card}/add")
    assert admin.texts("//label") == ["First", "Second"]
    assert admin.texts("//h2")[0] == "Link templates to “환불 › 카드”"
    assert admin.post(f"{page}/linked/{card}/add", {}, htmx=True).status_code == 422
    assert (
        admin.post(f"{page}/linked/{card}/add", {"template": [one, two]}, htmx=True).status_code
        == 204
    )
    admin.get(f"{page}/linked?type={card}")
    assert admin.texts(listed) == ["First", "Second"]
    unlink = admin.find("//button[@name='template']")[0]
    assert said(unlink) == "Unlink First" and unlink.get("value") == str(one)
    assert (
        admin.post(f"{page}/linked/{card}/remove", {"template": one}, htmx=True).status_code == 204
    )
    admin.get(f"{page}/linked?type={card}")
    assert admin.texts(listed) == ["Second"]
    admin.get(f"{page}/{two}")
    assert [box.get("value") for box in admin.find("//input[@name='category'][@checked]")] == [
        str(card)
    ]
    values = {"title": "Second", "body": "x", "version": admin.field("version"), "category": paid}
    assert admin.field("linked") == str(card)
    with db.write():  # meanwhile
        later = add("교환")
        service.link_resolution(mall, db.session.get_one(Category, later), [two], on=True)
    assert admin.post(f"{page}/{two}", {**values, "linked": card}).status_code == 303
    found = queries.links_of(mall.id, [one, two])
    assert {two: set(found[two])} == {two: {paid, later}}, "what the form did not show stays"
    intake = "/c/s/mall/templates/linked/9999"
    assert admin.get(f"{intake}/add").status_code == 404
    agent = browser("kim")
    assert agent.get(f"{page}/linked").status_code == 403
