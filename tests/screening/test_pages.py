"""HC-5: managers look at what was held back, let it in or delete it, and set the rule."""

from collections.abc import Callable

import pytest

from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.screening import queries
from occ.screening.events import InquiryLetIn
from tests.factories import world
from tests.screening.test_screening import TEXT, TITLE, held
from tests.screening.test_screening import taking as taking
from tests.support.browser import Browser

pytestmark = [pytest.mark.spec("HC-5"), pytest.mark.heavy]
Browsers = Callable[..., Browser]
SPAM = "/c/s/mall/spam"


def test_a_manager_reads_what_was_held_back_and_lets_it_in(
    mall: Service, admin: Browser, taking: list[InquiryLetIn]
) -> None:
    admin.get(SPAM)
    assert "Nothing is held back" in admin.text()
    ident = held(mall).id
    admin.get(SPAM)
    said = admin.text()
    assert TITLE in said and "kim@example.com" in said and "Too many at once" in said
    admin.get(f"{SPAM}/{ident}", htmx=True)
    assert TEXT in admin.text() and "prize.txt" in admin.text()
    answer = admin.post(f"{SPAM}/{ident}/let-in", htmx=True)
    assert answer.status_code == 204 and "#1" in answer.headers["HX-Trigger"]
    assert len(taking) == 1
    assert admin.post(f"{SPAM}/{ident}/let-in", htmx=True).status_code == 404


def test_or_deletes_it(mall: Service, admin: Browser) -> None:
    ident = held(mall).id
    admin.get(SPAM)
    assert admin.post(f"{SPAM}/{ident}/drop", htmx=True).status_code == 204
    assert queries.held(mall.id, ident) is None


def test_an_agent_may_not_and_a_stranger_finds_nothing(
    mall: Service, kim: Member, boss: Member, browser: Browsers
) -> None:
    row = held(mall)
    world.agent(boss, world.contracted(boss, "depot"), world.member("lee"), manager=True)
    his, stranger = browser("kim"), browser("lee")
    his.get("/c/me")
    stranger.get("/c/me")
    for path in (SPAM, f"{SPAM}/{row.id}", f"{SPAM}/rule"):
        assert his.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
    for path in (f"{SPAM}/{row.id}/let-in", f"{SPAM}/{row.id}/drop"):
        assert his.post(path).status_code == 403
        assert stranger.post(path).status_code == 404
        assert stranger.post(path.replace("mall", "depot")).status_code == 404
    assert queries.held(mall.id, row.id) is not None


def test_the_limit_is_set_within_its_bounds(mall: Service, admin: Browser) -> None:
    admin.get(f"{SPAM}/rule")
    assert (admin.field("most"), admin.field("minutes"), admin.field("version")) == ("5", "1", "0")
    sent = {"on": "y", "most": "3", "minutes": "10", "version": "0"}
    for wrong in ({"most": "0"}, {"most": "1001"}, {"minutes": "0"}, {"minutes": "1441"}):
        assert admin.post(f"{SPAM}/rule", {**sent, **wrong}).status_code == 422
    assert queries.stored(mall.id) is None
    assert admin.post(f"{SPAM}/rule", sent).status_code == 303
    assert admin.post(f"{SPAM}/rule", {**sent, "most": "4"}).status_code == 409
    assert "Stored now" in admin.text()
    admin.get(f"{SPAM}/rule")
    assert (admin.field("most"), admin.field("minutes")) == ("3", "10")
    off = {"most": "3", "minutes": "10", "version": admin.field("version")}
    assert admin.post(f"{SPAM}/rule", off).status_code == 303
    db.session.expire_all()
    assert queries.rule(db.session.get_one(Service, mall.id)).most == 0


def test_addresses_and_senders_are_blocked_and_freed(mall: Service, admin: Browser) -> None:
    admin.get(f"{SPAM}/blocks/new", htmx=True)
    assert admin.post(f"{SPAM}/blocks/new", {"value": "everybody"}, htmx=True).status_code == 422
    assert "an e-mail address, or a domain" in admin.errors()
    sent = {"value": "@Spam.example"}
    assert admin.post(f"{SPAM}/blocks/new", sent, htmx=True).status_code == 204
    admin.get(f"{SPAM}/rule")
    assert "@spam.example" in admin.text()
    (block,) = queries.blocks(mall.id)
    assert admin.post(f"{SPAM}/blocks/{block.id}/remove", htmx=True).status_code == 204
    assert not queries.blocks(mall.id)
