"""A customer who is signed in at a shop is known in its help center (HC-4), and who sets that up."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.core.db import db
from occ.help_center.members import service
from occ.help_center.members.rules import EntryTerms, EntryType, Method
from occ.screening import service as screening
from occ.screening.rules import Channel, Reason, Source, Verdict
from tests.factories import world
from tests.journeys.test_calls import sign_in
from tests.support.customer_site import customer_site
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens


@pytest.mark.live
@pytest.mark.spec("HC-4")
@screens(("en", 390, 844, "sqlite"), ("ko", 1440, 900, "postgres"))
def test_a_member_of_a_shop_comes_in_by_its_login_and_leaves_with_it(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    with customer_site() as shop:

        def furnish(boss: Any) -> None:
            mall, by = world.contracted(boss), world.actor(boss)
            terms = EntryTerms(
                "Shop", EntryType.POST, f"{shop.url}/login", f"{shop.url}/state", "", {}
            )
            with db.write():
                entry = service.add_entry(terms, actor=by)
                shop.key = service.key_of(entry)
                service.choose(
                    mall,
                    method=Method.SSO,
                    entry=entry,
                    guests=True,
                    return_addresses=[],
                    version=0,
                    actor=by,
                )

        live = center(engine, language, furnish)
        shop.console = live.url
        one = person(live, language, width, height)
        page, login = one.page, f"/mall/hc/{language}/login"
        one.go(login)
        page.click("main a.btn-primary")
        page.fill("[name=id]", "kim")
        page.fill("[name=password]", "shop-4071")
        page.click("button")
        page.wait_for_url(f"{live.url}/mall/hc/{language}")
        one.go(login)
        expect(page.locator("main")).to_contain_text("김 하나")
        # who is out at the shop is out here, and comes in again by being in there
        known = shop.signed_in.copy()
        shop.signed_in.clear()
        page.reload()
        page.wait_for_url(f"{live.url}/mall/hc/{language}")
        one.go(login)
        expect(page.locator("main")).not_to_contain_text("김 하나")
        shop.signed_in.update(known)
        page.evaluate("sessionStorage.clear()")
        page.reload()
        page.wait_for_url(f"{live.url}/mall/hc/{language}")
        one.go(login)
        expect(page.locator("main")).to_contain_text("김 하나")


@pytest.mark.live
@pytest.mark.spec("HC-4")
@screens(("ko", 390, 844, "sqlite"), ("en", 1440, 900, "postgres"))
def test_a_member_comes_in_by_the_signed_address_of_their_app_and_nobody_else_by_it(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    """SSO by GET: the app signs an address, the console asks the shop whether that holds."""
    with customer_site() as shop:

        def furnish(boss: Any) -> None:
            mall, by = world.contracted(boss), world.actor(boss)
            terms = EntryTerms(
                "Shop", EntryType.GET, f"{shop.url}/login", "", f"{shop.url}/check", {}
            )
            with db.write():
                entry = service.add_entry(terms, actor=by)
                service.change_key(entry, actor=by)
                shop.key = service.key_of(entry)
                service.choose(
                    mall,
                    method=Method.SSO,
                    entry=entry,
                    guests=True,
                    return_addresses=[],
                    version=0,
                    actor=by,
                )

        live = center(engine, language, furnish, OUTGOING_PRIVATE="on")
        shop.console = live.url
        home, mine = f"/mall/hc/{language}", "/mall/hc/ticket/list/"
        one = person(live, language, width, height)
        page = one.page
        page.goto(f"{shop.url}/app?page={mine}")
        page.fill("[name=id]", "kim")
        page.fill("[name=password]", "shop-4071")
        page.click("button")
        used = page.locator("#help").get_attribute("href")
        page.click("#help")
        page.wait_for_url(f"{live.url}{home}/inquiries")  # without what the address said
        one.check()
        one.go(f"{home}/login")
        expect(page.locator("main")).to_contain_text("김 하나")

        other = person(live, language, width, height)
        theirs, right = other.page, shop.key

        def comes_in(address: str, to: str) -> bool:
            """Whether an address signs somebody in, who ends on a page of this help center."""
            other.page.context.clear_cookies()
            theirs.goto(address)
            theirs.wait_for_url(live.url + to)
            other.go(f"{home}/login")
            return "김 하나" in theirs.locator("main").inner_text()

        assert not comes_in(used, f"{home}/inquiry")  # a guest has no list
        shop.key = "sso_wrong"
        assert not comes_in(shop.address(live.url + mine, "kim"), f"{home}/inquiry")
        shop.key = right
        forged = shop.address(live.url + mine, "kim").replace("usercode=kim", "usercode=lee")
        assert not comes_in(forged, f"{home}/inquiry")
        evil = "https://evil.example/"
        assert comes_in(shop.address(f"{live.url}/mall/hc/", "kim", returnUrl=evil), home)
        door = shop.address(f"{live.url}/mall/hc/sign-in", "kim")
        assert comes_in(f"{door}&at={evil}", home)


@pytest.mark.live
@pytest.mark.spec("HC-4", "HC-5")
@screens(("ko", 1440, 900, "sqlite"), ("ja", 390, 844, "postgres"))
def test_an_admin_adds_a_shop_and_a_manager_chooses_it_and_reads_what_was_held_back(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    def furnish(boss: Any) -> None:
        mall = world.contracted(boss)
        world.agent(boss, mall, boss, manager=True)
        source = Source(Channel.FORM, ip="203.0.113.7", email="somebody@spam.example")
        with db.write():
            screening.hold(mall, source, Verdict(Reason.LIMIT), title="4071", text="1170")
            screening.add_block(mall, "@spam.example")

    one = person(center(engine, language, furnish), language, width, height)
    page = sign_in(one, "boss")
    one.go("/c/org/sso")
    page.click("main .o-actions a")
    opened = page.locator("#o-dialog[open]")
    page.fill("#name", "Shop")
    page.fill("#login_url", "https://shop.example/login")
    expect(page.locator("#check_url")).to_be_hidden()
    page.check("[name=type][value=get]")
    expect(page.locator("#status_url")).to_be_hidden()
    page.fill("#check_url", "https://shop.example/check")
    one.check()
    opened.locator("button[type=submit]").click()
    expect(page.locator("#list")).to_contain_text("https://shop.example/login")
    one.check()
    one.go("/c/s/mall/member-login")
    expect(page.locator("#entry")).to_be_hidden()
    page.check("[name=method][value=sso]")
    page.select_option("#entry", label="Shop")
    page.fill("#return_addresses", "https://shop.example")
    one.submit()
    expect(page.locator("#return_addresses")).to_have_value("https://shop.example")
    one.go("/c/s/mall/spam")
    page.click("tbody a")
    expect(opened).to_contain_text("1170")
    one.check()
    opened.locator("[data-close]").click()
    one.go("/c/s/mall/spam/rule")
    expect(page.locator("#list")).to_contain_text("@spam.example")
    page.locator("#list button").click()
    expect(page.locator("#list")).not_to_contain_text("@spam.example")
