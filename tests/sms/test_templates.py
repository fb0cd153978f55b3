"""Templates of text messages and their pictures as people use them (SMS-2, SMS-3, SMS-4)."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from occ.core import storage
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.sms import templates
from occ.sms.models import SmsCategory, SmsSending, SmsTemplate
from occ.sms.rules.kinds import GatewayKind
from tests.factories import sms, world
from tests.factories.sms import library, template
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/sms"


@pytest.fixture
def shop(boss: Member) -> Service:
    """A service that texts into the local outbox."""
    return sms.texting(boss, kind=GatewayKind.LOCAL)


def category(of: Service, name: str, under: SmsCategory | None = None) -> SmsCategory:
    with db.write():
        return templates.add_category(
            of, name=name, parent_id=under.id if under else None, active=True
        )


def jpeg(width: int = 100, height: int = 100, *, kind: str = "JPEG", pad: int = 0) -> bytes:
    """A picture; `pad` bytes long where that is more."""
    output = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(output, kind)
    return output.getvalue().ljust(pad, b"\0")


def upload(browser: Browser, content: bytes, name: str = "map.jpg", kept: Any = ()) -> Any:
    return browser.post(
        f"{PAGE}/pictures", {"file": (io.BytesIO(content), name), "picture": list(kept)}, htmx=True
    )


def typed(browser: Browser, **changes: Any) -> dict[str, Any]:
    """The form of the composer as it opens, with what somebody typed."""
    browser.get(PAGE)
    return {
        "recipients": "010-1234-5678",
        "kind": "sms",
        "sender": sms.SENDER,
        "body": "Hello",
        "when": "now",
        "submit_key": browser.field("submit_key"),
        **changes,
    }


def sent() -> list[SmsSending]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(SmsSending).order_by(SmsSending.id)))


@pytest.mark.spec("SMS-2")
def test_categories_have_two_levels(shop: Service, admin: Browser) -> None:
    admin.get(f"{PAGE}/templates")
    new = f"{PAGE}/templates/categories/new"
    assert (
        admin.post(new, {"name": "Orders", "parent": "0", "active": "y"}, htmx=True).status_code
        == 204
    )
    top = templates.tree(shop.id)[0].row
    data = {"name": "Delivery", "parent": str(top.id), "active": "y"}
    assert admin.post(new, data, htmx=True).status_code == 204
    under = templates.tree(shop.id)[0].below[0].row
    for wrong in ({"parent": str(under.id)}, {"parent": "999"}, {"name": ""}, {"name": "x" * 51}):
        assert admin.post(new, {**data, **wrong}, htmx=True).status_code == 422
    assert [len(one.below) for one in templates.tree(shop.id)] == [1]

    # a name that is changed, and a stale form
    edit = f"{PAGE}/templates/categories/{under.id}"
    admin.get(edit)
    version = admin.field("version")
    assert (
        admin.post(edit, {"name": "Post", "version": version, "active": "y"}, htmx=True).status_code
        == 204
    )
    stale = admin.post(edit, {"name": "Mine", "version": version}, htmx=True)
    assert stale.status_code == 409
    assert "Post" in stale.text and "Mine" in stale.text


@pytest.mark.spec("SMS-2")
def test_deleting_a_category_says_what_goes_with_it(shop: Service, admin: Browser) -> None:
    top, under = library(shop)
    template(shop, under)
    template(shop, under, "Early")
    page = admin.get(f"{PAGE}/templates/categories/{top.id}/delete")
    assert "2 templates are deleted with it" in page.text
    assert "1 category below it" in page.text
    admin.post(f"{PAGE}/templates/categories/{top.id}/delete")
    db.session.rollback()
    assert templates.tree(shop.id) == []
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SmsTemplate)) == 0


@pytest.mark.spec("SMS-2")
def test_a_category_not_in_use_hides_its_templates(shop: Service, admin: Browser) -> None:
    top, under = library(shop)
    row = template(shop, under)
    off = template(shop, under, "Off", active=False)
    assert [one.name for one in templates.usable(shop.id)[0].below[0].templates] == ["Late"]
    assert templates.to_send(shop.id, off.id) is None
    for one in (top, under):
        with db.write():
            templates.change_category(one, name=one.name, active=False, version=one.version)
        db.session.rollback()
        assert templates.usable(shop.id) == []
        assert templates.to_send(shop.id, row.id) is None
        refused = admin.post(PAGE, typed(admin, template=str(row.id)))
        assert refused.status_code == 422
        assert "no longer in use" in admin.errors()
        with db.write():
            templates.change_category(one, name=one.name, active=True, version=one.version)
    db.session.rollback()
    assert templates.to_send(shop.id, row.id) is not None


@pytest.mark.spec("SMS-2", "SMS-3")
def test_rows_are_moved_within_their_level(shop: Service, admin: Browser) -> None:
    top, under = library(shop)
    category(shop, "Refunds", top)
    rows = [template(shop, under, name) for name in ("a", "b", "c")]
    admin.get(f"{PAGE}/templates")
    admin.post(f"{PAGE}/templates/{rows[2].id}/move", {"place": "0"}, htmx=True)
    admin.post(f"{PAGE}/templates/categories/{under.id}/move", {"place": "9"}, htmx=True)
    db.session.rollback()
    found = templates.tree(shop.id)[0].below
    assert [one.row.name for one in found] == ["Refunds", "Delivery"]
    assert [one.name for one in found[1].templates] == ["c", "a", "b"]


@pytest.mark.spec("SMS-3", "SMS-4")
def test_a_template_is_written(shop: Service, admin: Browser) -> None:
    _top, under = library(shop)
    values = {
        "kind": "mms",
        "category": str(under.id),
        "name": "Map",
        "title": "가" * 20,
        "body": "가" * 1000,
        "active": "y",
        "editable": "y",
        "sender": sms.SENDER,
        "version": "0",
    }
    admin.get(f"{PAGE}/templates/new")
    for wrong, words in (
        ({"title": "가" * 20 + "a"}, "at most 40 bytes; this has 41"),
        ({"title": ""}, "An MMS has one"),
        ({"body": "가" * 1000 + "a"}, "at most 2,000 bytes; this has 2,001"),
        ({"body": ""}, "Enter something first"),
        ({"body": "hi 😀"}, "😀 (4)"),
        ({"kind": "sms", "body": "가" * 45 + "a"}, "at most 90 bytes; this has 91"),
        ({"name": ""}, "Fill this in"),
        ({"category": str(_top.id)}, "Choose one of those"),
        ({"sender": "0311112222"}, "Choose one of the sender numbers"),
    ):
        assert admin.post(f"{PAGE}/templates/new", {**values, **wrong}).status_code == 422
        assert words in admin.errors()
        assert admin.field("body").strip() == {**values, **wrong}["body"]
    upload(admin, jpeg())
    token = admin.field("picture")
    done = admin.post(f"{PAGE}/templates/new", {**values, "picture": token})
    assert done.status_code == 303, admin.errors()
    row = templates.tree(shop.id)[0].below[0].templates[0]
    assert (row.name, row.title, len(row.images)) == ("Map", "가" * 20, 1)
    assert storage.path(row.images[0].key).read_bytes() == jpeg()

    # it is kept when saved anew, copied into another, and goes with it
    admin.get(f"{PAGE}/templates/{row.id}")
    version, held = admin.field("version"), admin.field("picture")
    admin.post(f"{PAGE}/templates/{row.id}", {**values, "picture": held, "version": version})
    admin.post(f"{PAGE}/templates/new", {**values, "name": "Copy", "picture": held})
    db.session.rollback()
    first, second = templates.tree(shop.id)[0].below[0].templates
    keys = [one.images[0].key for one in (first, second)]
    assert len(set(keys)) == 2
    admin.post(f"{PAGE}/templates/{second.id}/delete")
    db.session.rollback()
    assert [storage.path(key).exists() for key in keys] == [True, False]
    stale = admin.post(f"{PAGE}/templates/{first.id}", {**values, "body": "mine", "version": "1"})
    assert stale.status_code == 409
    assert admin.field("body").strip() == "mine"


@pytest.mark.spec("SMS-4")
@pytest.mark.parametrize(
    ("content", "words", "offers"),
    [
        (jpeg(kind="PNG"), "this is PNG", True),
        (jpeg(pad=307_201), "at most 307,200 bytes; this has 307,201", True),
        (jpeg(1001, 10), "1,000 × 1,000 pixels; this has 1,001 × 10", True),
        (jpeg()[:300], "cannot be read", False),
        (b"<svg/>", "not a picture", False),
        (b"", "not empty", False),
    ],
)
def test_pictures_are_taken_by_what_they_are(
    shop: Service, admin: Browser, content: bytes, words: str, offers: bool
) -> None:
    admin.get(PAGE)
    assert upload(admin, content).status_code == 422
    assert words in admin.errors()
    offered = [json.loads(str(one.get("hx-vals"))) for one in admin.find("//button[@hx-vals]")]
    assert bool(offered) is offers
    assert admin.find("//input[@name='picture']") == []
    if offered:
        admin.post(f"{PAGE}/pictures", offered[0], htmx=True)
        shown = admin.get(f"{PAGE}/pictures?token=" + admin.field("picture").replace("+", "%2B"))
        assert shown.mimetype == "image/jpeg"
        assert shown.data[:3] == b"\xff\xd8\xff"
        assert max(Image.open(io.BytesIO(shown.data)).size) <= 1000


@pytest.mark.spec("SMS-4")
def test_a_message_takes_two_pictures(shop: Service, admin: Browser) -> None:
    admin.get(PAGE)
    assert upload(admin, jpeg(pad=307_200)).status_code == 200
    token = admin.field("picture")
    assert upload(admin, jpeg(1000, 1000), "x" * 60 + ".jpeg", [token]).status_code == 200
    kept = [str(one.get("value")) for one in admin.find("//input[@name='picture']")]
    assert len(kept) == 2
    assert all(len(one.partition(" ")[2]) <= 45 for one in kept)
    assert upload(admin, jpeg(), kept=kept).status_code == 422
    assert "at most 2 pictures" in admin.errors()
    assert len(admin.find("//input[@name='picture']")) == 2
    values = typed(admin, kind="mms", title="Map", picture=kept)
    assert admin.post(PAGE, {**values, "picture": [*kept, kept[0]]}).status_code == 422
    assert admin.post(PAGE, values).status_code == 303
    assert [one.size for one in sent()[0].images] == [307_200, len(jpeg(1000, 1000))]


@pytest.mark.spec("SMS-4")
@pytest.mark.parametrize("content", [jpeg(kind="PNG"), jpeg(pad=307_201), jpeg(1001, 10)])
def test_a_picture_that_was_only_offered_is_neither_sent_nor_kept(
    shop: Service, admin: Browser, content: bytes
) -> None:
    admin.get(PAGE)
    upload(admin, content)
    offered = json.loads(str(admin.find("//button[@hx-vals]")[0].get("hx-vals")))["offered"]
    for picture in (offered, [offered, offered]):
        values = typed(admin, kind="mms", title="Map", picture=picture)
        assert admin.post(PAGE, values).status_code == 422
        assert sent() == []
    _top, second = library(shop)
    filled = {"kind": "mms", "title": "x", "body": "x", "name": "Map", "category": str(second.id)}
    made = admin.post(f"{PAGE}/templates/new", {**filled, "sender": "", "picture": offered})
    assert made.status_code == 422
    assert db.session.scalar(sa.select(SmsTemplate.id)) is None


@pytest.mark.spec("SMS-4")
def test_nobody_sees_the_pictures_of_others(
    shop: Service, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    admin.get(PAGE)
    upload(admin, jpeg())
    token = admin.field("picture")
    kim = world.member("kim")
    world.agent(boss, shop, kim, ticket=True)
    other = browser("kim")
    other.get(PAGE)
    assert other.get(f"{PAGE}/pictures?token={token}").status_code == 404
    assert other.post(PAGE, typed(other, kind="mms", title="x", picture=token)).status_code == 422
    assert sent() == []
