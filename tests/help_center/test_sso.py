"""HC-4: members of a customer site come in by POST and by GET, at the guide's own addresses."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from lxml import html

from occ.core import clock
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer, Membership
from occ.help_center.members import queries, service
from occ.help_center.members.models import SsoEntry, UsedToken, Visitor, VisitorPass
from occ.help_center.members.rules import EntryType, Method
from occ.identity.models import Member
from occ.organization import settings as organization
from occ.organization.models import Service
from tests.factories import help_center, world
from tests.help_center.conftest import entry_of
from tests.support.browser import Browser
from tests.support.customer_site import Site

pytestmark = [pytest.mark.spec("HC-4"), pytest.mark.heavy]

HOME = "http://localhost/mall/hc/en"
Browsers = Callable[..., Browser]


def enter(guest: Browser, values: dict[str, str], origin: str = "") -> Any:
    """A form that a page of `origin` sends through the browser."""
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"} if origin else None
    return guest._send("POST", "/v2/enduser/remote.json", data=values, headers=headers)


def who(guest: Browser) -> str:
    """Whom the help center knows the browser as; '' for a guest."""
    answer = guest.get("/mall/hc/en/login")
    assert answer.status_code == 200
    named = [one for one in guest.texts("//main//p") if one.startswith("You are signed in as")]
    return named[0].removeprefix("You are signed in as ").rstrip(".") if named else ""


def test_a_member_signs_in_at_the_shop_and_comes_back_signed_in(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    """All of the client side: link, the shop's own login, its form, the return address."""
    guest = browser()
    guest.get("/mall/hc/en/login?next=/mall/hc/en")
    (link,) = [url for said, url in guest.links().items() if said == "Sign in there"]
    with httpx.Client(follow_redirects=True) as theirs:
        page = theirs.get(link)
        back = html.fromstring(page.text).xpath("//input[@name='returnUrl']/@value")[0]
        assert back == HOME
        sent = {"id": "kim", "password": "shop-4071", "returnUrl": back}
        page = theirs.post(f"{shop.url}/login", data=sent)
    form = html.fromstring(page.text).forms[0]
    assert form.action == "http://localhost/v2/enduser/remote.json"
    answer = enter(guest, dict(form.fields), shop.url)
    assert (answer.status_code, answer.headers["Location"]) == (303, HOME)
    cookie = answer.headers["Set-Cookie"]
    assert "Path=/mall/" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert who(guest) == "김 하나"
    (member,) = db.session.scalars(sa.select(Membership)).all()
    assert (member.usercode, member.email, member.phone) == (
        "kim",
        "kim@shop.example",
        "+821012345678",
    )
    assert (member.customer.email, member.customer.phone) == (None, None)


def test_without_a_return_address_the_answer_is_the_guides_word(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    answer = enter(guest, shop.claim("kim"), shop.url)
    assert (answer.status_code, answer.text) == (200, "SUCCESS")
    assert who(guest) == "김 하나"


@pytest.mark.parametrize(
    "back", ["https://shop.example/help/me?x=1", "/mall/hc/ko", "http://localhost:5000/mall/hc"]
)
def test_allowed_return_addresses_are_followed(
    by_post: SsoEntry, shop: Site, browser: Browsers, back: str
) -> None:
    answer = enter(browser(), shop.claim("kim", returnUrl=back), shop.url)
    assert (answer.status_code, answer.headers["Location"]) == (303, back)


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/c/org/info", "https://shop.example/helpless"],
)
def test_a_foreign_return_address_is_refused_in_words(
    by_post: SsoEntry, shop: Site, browser: Browsers, back: str
) -> None:
    guest = browser()
    answer = enter(guest, shop.claim("kim", returnUrl=back), shop.url)
    assert answer.status_code == 403 and "Location" not in answer.headers
    assert "address to return to" in guest.text()
    assert who(guest) == ""
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UsedToken)) == 0


@pytest.mark.spec("ORG-6", "HC-3")
def test_a_refusal_speaks_the_visitors_language(
    boss: Member, shop: Site, browser: Browsers
) -> None:
    """One that the console does not speak, too; the other languages lead to the first page, for
    nobody asks for the form's own address again.
    """
    mall = help_center.furnished(boss, languages=["ko", "ar"]).service
    entry_of(boss, shop, EntryType.POST, mall)
    guest = browser()
    for changed in ({"returnUrl": "https://evil.example/"}, {"time": "1"}, {"usercode": "lee"}):
        answer = guest._send(
            "POST",
            "/v2/enduser/remote.json",
            data={**shop.claim("kim", returnUrl=HOME), **changed},
            headers={"Origin": shop.url, "Accept-Language": "ar"},
        )
        assert answer.status_code == 403
        words = " ".join(guest.texts("//main//p"))
        assert re.search("[\u0600-\u06ff]", words) and not re.search("[가-힣]", words)
        assert guest.find("/html")[0].get("dir") == "rtl"
        assert guest.links()["한국어"] == "/mall/hc/ko"


def test_a_token_used_again_is_a_guest(by_post: SsoEntry, shop: Site, browser: Browsers) -> None:
    values = shop.claim("kim", returnUrl=HOME)
    assert enter(browser(), values, shop.url).headers.get("Set-Cookie")
    thief = browser()
    for again in (values, {**values, "token": values["token"].replace("+", " ")}):
        answer = enter(thief, again, shop.url)
        assert (answer.status_code, answer.headers["Location"]) == (303, HOME)
        assert "Set-Cookie" not in answer.headers
    assert enter(thief, values, "https://evil.example").status_code == 303  # nor is it asked for
    assert who(thief) == ""


@pytest.mark.parametrize(
    ("off", "words"),
    [(-181.0, "three minutes"), (-175.0, ""), (55.0, ""), (65.0, "fast")],
)
def test_a_claim_holds_for_three_minutes_by_either_clock(
    by_post: SsoEntry, shop: Site, browser: Browsers, off: float, words: str
) -> None:
    shop.clock = off
    guest = browser()
    answer = enter(guest, shop.claim("kim"), shop.url)
    assert answer.status_code == (403 if words else 200)
    assert words in guest.text()
    assert who(guest) == ("" if words else "김 하나")


def test_the_wrong_key_is_refused_and_so_is_the_old_one_after_a_change(
    by_post: SsoEntry, shop: Site, boss: Member, browser: Browsers
) -> None:
    guest, right = browser(), shop.key
    shop.key = "sso_wrong"
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 403
    assert "could not be checked" in guest.text()
    shop.key = right
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 200
    with db.write():
        service.change_key(by_post, actor=world.actor(boss))
    assert who(guest) == ""  # who came in by the old key is out
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 403
    shop.key = service.key_of(by_post)
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 200


def test_the_organizations_key_holds_until_the_entry_gets_its_own(
    boss: Member, hc: Service, shop: Site, browser: Browsers
) -> None:
    entry = entry_of(boss, shop, EntryType.POST, hc)
    entry.own_key = None
    db.session.commit()
    own = shop.key
    assert service.key_of(entry) != own
    shop.key = service.key_of(entry)
    assert enter(browser(), shop.claim("kim"), shop.url).status_code == 200
    with db.write():
        organization.change_key(actor=world.actor(boss))
    assert enter(browser(), shop.claim("kim"), shop.url).status_code == 403


def test_a_stranger_of_another_service_is_none_here(
    by_post: SsoEntry, shop: Site, boss: Member, browser: Browsers
) -> None:
    """A visit belongs to one service; so does what a site signs."""
    world.contracted(boss, "depot")
    guest = browser()
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 200
    cookie = guest.client.get_cookie("occ_visit", path="/mall/")
    assert cookie is not None
    assert guest.client.get_cookie("occ_visit", path="/depot/") is None
    other = browser()
    other.client.set_cookie("occ_visit", cookie.value, path="/depot/")
    assert other.get("/depot/hc/en/login").status_code == 404  # nobody signs in there
    values = {**shop.claim("kim"), "service": "depot"}
    assert enter(other, values, shop.url).status_code == 403
    for unknown in ("", "nowhere"):
        assert enter(other, {**values, "service": unknown}, shop.url).status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_of_another_page_signs_nobody_in_before_they_said_so(
    by_post: SsoEntry, shop: Site, browser: Browsers, origin: str
) -> None:
    """Who has a token of their own might else have others write under it."""
    guest = browser()
    answer = enter(guest, shop.claim("kim", returnUrl=HOME), origin)
    assert answer.status_code == 200 and "occ_visit" not in answer.headers.get("Set-Cookie", "")
    assert "wants to sign you in as 김 하나" in guest.text()
    assert "shop.example" not in answer.headers["Content-Security-Policy"]
    secret, path = guest.field("pass"), guest.find("//main//form")[0].get("action")
    assert who(guest) == ""
    sent = {"pass": secret}
    guest.token, token = "", guest.token
    assert guest.post(path, sent).status_code == 400  # not by another site's form either
    guest.token = token
    answer = guest.post(path, sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, HOME)
    assert who(guest) == "김 하나"
    thief = browser()
    thief.get("/mall/hc/en/login")
    assert thief.post(path, sent).status_code == 410


def test_a_form_that_was_asked_about_may_end_at_the_return_address(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    answer = enter(guest, shop.claim("kim", returnUrl="https://shop.example/help"), "null")
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://shop.example;" in policy
    path = guest.find("//main//form")[0].get("action")
    answer = guest.post(path, {"pass": guest.field("pass")})
    assert answer.headers["Location"] == "https://shop.example/help"


def test_in_a_frame_over_https_the_cookie_may_travel(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    answer = guest._send(
        "POST",
        "/v2/enduser/remote.json",
        data=shop.claim("kim"),
        headers={"Origin": shop.url, "Sec-Fetch-Dest": "iframe"},
        base_url="https://localhost",
    )
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=None" in cookie and "Secure" in cookie and "Partitioned" in cookie


# server side


def passed(values: dict[str, Any], guest: Browser, **kwargs: Any) -> dict[str, Any]:
    answer = guest._send("POST", "/api/v2/enduser/remote.json", **(kwargs or {"data": values}))
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert "Set-Cookie" not in answer.headers
    return dict(answer.json)


def test_a_pass_from_the_server_side_is_good_once_and_leaves_the_address(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    told = passed(shop.claim("kim"), browser())
    assert told["header"] == {"resultCode": 200, "resultMessage": "", "isSuccessful": True}
    secret = told["result"]["content"]
    guest = browser()
    at = f"/mall/hc/ticket/?accessToken={secret}&additionId=ef1b&iframe=true"
    answer = guest.get(at)
    assert answer.status_code == 302
    answer = guest.follow(answer)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/mall/hc/ticket/?additionId=ef1b&iframe=true"
    assert who(guest) == "김 하나"
    thief = browser()
    assert thief.follow(thief.get(at)).status_code == 303
    assert who(thief) == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_the_server_side_says_no_as_the_guide_words_it(
    by_post: SsoEntry, shop: Site, browser: Browsers, as_json: bool
) -> None:
    server = browser()

    def ask(values: dict[str, Any]) -> Any:
        sent = {"json": values} if as_json else {"data": values}
        return passed(values, server, **sent)["header"]

    values = shop.claim("kim")
    assert ask(values)["isSuccessful"]
    no = {"resultCode": 403, "resultMessage": "Access Denied", "isSuccessful": False}
    assert ask(values) == no  # again
    assert ask({**shop.claim("kim"), "usercode": "lee"}) == no
    assert ask({**shop.claim("kim"), "token": ""}) == no
    shop.clock = -181
    assert ask(shop.claim("kim"))["resultMessage"] == "Timeout"
    assert server._send("POST", "/api/v2/enduser/remote.json", json=[1]).status_code == 404


def test_the_server_side_signs_with_or_without_the_return_address(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    bare = {**shop.claim("kim"), "returnUrl": HOME}
    assert passed(bare, browser())["header"]["isSuccessful"]
    assert passed(shop.claim("kim", returnUrl=HOME), browser())["header"]["isSuccessful"]


def test_halves_of_signs_are_no_member(by_post: SsoEntry, shop: Site, browser: Browsers) -> None:
    body = '{"service": "mall", "usercode": "\\ud800", "time": "1", "token": "\\ud800"}'
    told = passed({}, browser(), data=body, content_type="application/json")
    assert not told["header"]["isSuccessful"]


def test_a_pass_is_too_old_after_three_minutes(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    secret = passed(shop.claim("kim"), browser())["result"]["content"]
    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=False):
        guest = browser()
        guest.follow(guest.get(f"/mall/hc/?accessToken={secret}"))
        assert who(guest) == ""


@pytest.mark.parametrize(
    ("address", "page"),
    [("/hc/", ""), ("/hc/ticket/", "/inquiry"), ("/hc/ticket/list/", "/inquiries")],
)
def test_the_guides_addresses_lead_to_the_pages_of_the_visitors_language(
    hc: Service, browser: Browsers, address: str, page: str
) -> None:
    answer = browser()._send(
        "GET", f"/mall{address}?iframe=true", headers={"Accept-Language": "ko"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/mall/hc/ko{page}?iframe=true",
    )


# GET


def test_a_signed_address_comes_in_when_the_site_says_yes(
    by_get: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    answer = guest.follow(guest.get(shop.address("/mall/hc/ticket/list/", "kim")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mall/hc/ticket/list/")
    (asked,) = shop.asked
    sent = parse_qs(urlsplit(asked).query)
    assert set(sent) == {"usercode", "token"}
    assert who(guest) == "김 하나"


def test_a_token_of_get_used_again_is_a_guest_and_the_site_is_not_asked(
    by_get: SsoEntry, shop: Site, browser: Browsers
) -> None:
    address = shop.address("/mall/hc/ticket/list/", "kim")
    first, thief = browser(), browser()
    first.follow(first.get(address))
    answer = thief.follow(thief.get(address))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mall/hc/ticket/")
    assert len(shop.asked) == 1
    assert who(thief) == ""


def test_whoever_the_site_does_not_vouch_for_is_a_guest(
    by_get: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    address = shop.address("/mall/hc/", "kim")
    shop.issued.clear()
    guest.follow(guest.get(address))
    assert len(shop.asked) == 1 and who(guest) == ""
    forged = shop.address("/mall/hc/", "kim").replace("usercode=kim", "usercode=lee")
    guest.follow(guest.get(forged))
    shop.clock = -181
    guest.follow(guest.get(shop.address("/mall/hc/", "kim")))
    assert len(shop.asked) == 1 and who(guest) == ""  # nobody is asked about what does not hold


def test_a_site_that_does_not_answer_makes_a_guest(
    by_get: SsoEntry, shop: Site, browser: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    by_get.check_url = "http://127.0.0.1:1/check"
    db.session.commit()
    guest = browser()
    answer = guest.follow(guest.get(shop.address("/mall/hc/", "kim")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mall/hc/")
    assert who(guest) == ""
    assert "token-check" in caplog.text and "kim" not in caplog.text


def test_a_head_uses_nothing_up(by_get: SsoEntry, shop: Site, browser: Browsers) -> None:
    """Programs that look at links before people do."""
    guest, address = browser(), shop.address("/mall/hc/", "kim")
    guest._send("HEAD", guest.get(address).headers["Location"])
    assert not shop.asked
    guest.follow(guest.get(address))
    assert who(guest) == "김 하나"


def test_a_login_state_says_no_more_than_the_site_of_its_service_is_asked(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    policy = guest.get("/mall/hc/en/login").headers["Content-Security-Policy"]
    assert f"connect-src 'self' {shop.url}" in policy and "frame-ancestors 'none'" in policy
    (form,) = guest.find("//form[@data-login-state]")
    assert form.get("data-login-state") == f"{shop.url}/state"
    assert form.get("data-usercode") == "" and form.get("data-told") == "[]"
    policy = guest.get("/mall/hc/en").headers["Content-Security-Policy"]
    assert "connect-src" not in policy


def test_a_frame_stands_in_the_allowed_sites_alone(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    framed = guest.get("/mall/hc/en?iframe=true")
    assert (
        "frame-ancestors 'self' https://shop.example" in (framed.headers["Content-Security-Policy"])
    )
    assert "dist/framed.js" in framed.text
    followed = guest._send("GET", "/mall/hc/en", headers={"Sec-Fetch-Dest": "iframe"})
    assert "https://shop.example" in followed.headers["Content-Security-Policy"]
    assert "Sec-Fetch-Dest" in followed.headers["Vary"]
    plain = guest.get("/mall/hc/en")
    assert "frame-ancestors 'none'" in plain.headers["Content-Security-Policy"]
    assert "dist/framed.js" not in plain.text


# leaving


def test_signing_out_ends_the_visit_for_good(
    by_post: SsoEntry, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    enter(guest, shop.claim("kim"), shop.url)
    assert who(guest) == "김 하나"
    cookie = guest.client.get_cookie("occ_visit", path="/mall/")
    assert cookie is not None
    assert guest.post("/mall/hc/en/logout").status_code == 303
    guest.client.set_cookie("occ_visit", cookie.value, path="/mall/")
    assert who(guest) == ""


def test_a_visit_ends_after_twelve_hours_and_is_forgotten(
    app: Flask, by_post: SsoEntry, hc: Service, shop: Site, browser: Browsers
) -> None:
    from occ.help_center.members import jobs

    guest = browser()
    start = clock.now()
    with time_machine.travel(start, tick=False):
        enter(guest, shop.claim("kim"), shop.url)
    with time_machine.travel(start + timedelta(hours=12, seconds=-1), tick=False):
        assert who(guest) == "김 하나"
    with time_machine.travel(start + timedelta(hours=12), tick=False):
        assert who(guest) == ""
        assert queries.has_old()
        db.session.commit()
        assert jobs.forget_old()
        assert not queries.has_old()
        left = [
            db.session.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (Visitor, VisitorPass, UsedToken)
        ]
        assert left == [0, 0, 0]


def test_another_choice_ends_every_visit(
    by_post: SsoEntry, hc: Service, shop: Site, boss: Member, browser: Browsers
) -> None:
    guest = browser()
    enter(guest, shop.claim("kim"), shop.url)
    row = queries.login(hc.id)
    with db.write():
        service.choose(
            hc,
            method=Method.EMAIL,
            entry=None,
            guests=False,
            return_addresses=[],
            version=row.version,
            actor=world.actor(boss),
        )
    assert who(guest) == ""
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Visitor)) == 0
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 403


def test_a_suspended_service_lets_nobody_in(
    by_post: SsoEntry, hc: Service, shop: Site, admin: Browser, browser: Browsers
) -> None:
    admin.post(f"/c/org/contracts/{hc.id}/state", {"on": "0"}, htmx=True)
    guest = browser()
    assert enter(guest, shop.claim("kim"), shop.url).status_code == 503
    assert not passed(shop.claim("kim"), browser())["header"]["isSuccessful"]
    assert guest.get("/mall/hc/ticket/").status_code == 503
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0


@pytest.mark.spec("FLD-4", "CUS-1")
def test_who_is_erased_is_signed_in_no_more(
    by_post: SsoEntry, hc: Service, shop: Site, browser: Browsers
) -> None:
    guest = browser()
    enter(guest, shop.claim("kim"), shop.url)
    passed(shop.claim("kim"), browser())
    member = customers.queries.membership(hc.id, "kim")
    assert member is not None
    with db.write():
        data = customers.data_of(member.customer, hc.id)
        assert len(data["visits"]) == 1
        made = customers.erase(member.customer, hc.id, by="Boss")
    assert made.counts["visits"] == 1 and made.whole
    assert who(guest) == ""
    left = [
        db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (Visitor, VisitorPass, Membership)
    ]
    assert left == [0, 0, 0]
