"""Parts of forms that are drawn anew or saved by themselves send what stands beside them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.core.db import db
from occ.identity.models import Agent
from occ.identity.queries import agent_of
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.journeys.test_calls import sign_in
from tests.journeys.test_menu import ARS, dialog


def answers_for_dialogs_come_late(page: Any, ticket: str) -> None:
    """Asks for the dialog that hands a ticket on and sends it, and is elsewhere when it answers."""
    held: list[Any] = []
    transfer, other = (
        page.locator(f"a[href*='{ticket}/transfer']").first,
        f"a[href='{ticket}/intake']",
    )
    form, found = page.locator("#o-dialog form[action*='/transfer']"), page.locator("#t-found")

    holding: list[bool] = []
    page.route(
        "**/transfer*",
        lambda route: held.append(route) if holding and holding.pop() else route.continue_(),
    )

    def hold(act: Callable[[], Any]) -> None:
        holding.append(True)
        with page.expect_request("**/transfer*"):
            act()

    def let() -> None:
        with page.expect_event("requestfinished", lambda r: "/transfer" in r.url):
            held.pop().continue_()
        page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken

    def leave() -> None:
        page.keyboard.press("Escape")
        page.click("#o-ask[open] button[value=yes]")
        page.wait_for_selector("#o-dialog:not([open])", state="attached")

    page.goto(page.url.partition("/c/")[0] + ticket)
    hold(transfer.click)
    page.locator(other).first.click()
    expect(found).to_be_visible()
    let()
    expect(found).to_be_visible()
    page.keyboard.press("Escape")

    transfer.click()
    form.wait_for()
    hold(lambda: page.select_option("#group", index=1))
    leave()
    let()
    expect(page.locator("#o-dialog[open]")).to_have_count(0)

    def refused() -> None:
        transfer.click()
        form.wait_for()
        hold(form.locator("button[type=submit]").click)
        page.keyboard.press("Escape")
        page.wait_for_selector("#o-dialog:not([open])", state="attached")

    refused()
    let()
    expect(form.locator("[data-errors]")).to_be_visible()
    leave()
    refused()
    page.locator(other).first.click()
    expect(found).to_be_visible()
    let()
    expect(found).to_be_visible()
    expect(page.locator("[role=alert]:has-text('was refused')")).to_be_visible()
    page.unroute_all()


@pytest.mark.live
@pytest.mark.spec("ARS-6", "ARS-8", "TKT-3", "MEM-7")
def test_a_part_that_is_drawn_anew_keeps_its_neighbours(
    center: Callable[..., Any], person: Any
) -> None:
    made: dict[str, int] = {}

    def furnish(boss: Any) -> None:
        mall = phone.service(boss)
        phone.menu(mall)
        mine = world.agent(boss, mall, boss, manager=True, ticket=True, self_control=True)
        with db.write() as session:
            session.get_one(Agent, mine.id).chat = True
        kim = phone.agent(boss, mall, "kim")
        role = agent_of(mall.id, kim.member_id)
        assert role is not None
        made.update(
            ticket=tickets.ticket(mall, boss, take=True).id,
            kim=kim.member_id,
            group=role.groups[0].id,
        )

    live = center("sqlite", "en", furnish)
    one = person(live, "en")
    page = sign_in(one, "boss")

    one.go(ARS)
    dialog(one, f"{ARS}/import")
    day, this_year = (
        page.locator("#o-dialog input[name=on]").first,
        datetime.now(UTC).astimezone().year,
    )
    for country, year in (
        ("KR", this_year + 1),
        ("KR", this_year),
        ("JP", this_year),
        ("JP", this_year + 1),
    ):
        page.select_option("#country", country)
        page.select_option("#year", str(year))
        expect(day).to_have_value(re.compile(f"^{year}-"))
        expect(page.locator("#country")).to_have_value(country)
        expect(page.locator("#year")).to_have_value(str(year))

    one.go(ARS)
    page.fill("#h-test input[name=at]", f"{this_year}-03-02T12:30")
    with page.expect_response(re.compile("/ars/test")):
        page.locator("#h-test .o-seg button").last.click()
    expect(page.locator("#h-test input[name=at]")).to_have_value(f"{this_year}-03-02T12:30")

    one.go(f"/c/s/mall/tickets/{made['ticket']}")
    page.locator("a[href$='/transfer']").first.click()
    page.wait_for_selector("#o-dialog[open] form")
    page.select_option("#member", str(made["kim"]))
    with page.expect_response(re.compile("/transfer")):
        page.select_option("#group", str(made["group"]))
    expect(page.locator("#group")).to_have_value(str(made["group"]))
    expect(page.locator("#member")).to_have_value(str(made["kim"]))

    one.go("/c/me")
    switches = page.locator("form[action$='/assignment'] input[type=checkbox]")
    for switch in switches.all():
        with page.expect_response(re.compile("/assignment")):
            switch.uncheck()
    one.go("/c/me")
    for switch in switches.all():
        expect(switch).not_to_be_checked()

    answers_for_dialogs_come_late(page, f"/c/s/mall/tickets/{made['ticket']}")
    one.go("/c/me")

    asked: list[str] = []
    page.on("dialog", lambda said: (asked.append(said.type), said.dismiss()))
    page.locator("#nickname").click()
    page.keyboard.type("Boss")
    with page.expect_event("dialog"):
        page.locator("a[href='/c/me/password']").first.click(no_wait_after=True)
    expect(page.locator("#nickname")).to_have_value("Boss")
    with page.expect_navigation():
        page.locator("form[data-guard] button[type=submit]").click()
    one.go("/c/me/password")
    assert asked == ["beforeunload"], "what is saved is left without a question"

    one.go("/c/me")
    page.fill("#nickname", "Boss Kim")
    out = page.locator("form[action$='/logout'] button")
    out.evaluate("(button) => { button.dataset.busy = 'Wait'; button.form.requestSubmit(); }")
    page.wait_for_selector("#o-ask[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("#o-ask:not([open])", state="attached")
    expect(page.locator("#nickname")).to_have_value("Boss Kim")
    assert not out.get_attribute("aria-busy"), "whoever stays can send it later"
    out.evaluate("(button) => button.form.requestSubmit()")
    page.click("#o-ask[open] button[value=yes]")
    page.wait_for_url("**/login*")
    assert asked == ["beforeunload"], "asked once"


def too_much_is_said_beside_it(page: Any) -> None:
    """More than the server takes in a dialog: not sent, and where it is sent, refused in there."""
    name, save = page.locator("#name"), page.locator("#o-dialog button[type=submit]")
    told = page.locator("#o-dialog .body > [role=alert]")
    name.fill("Typed")
    name.evaluate(
        "(field) => field.after(Object.assign(document.createElement('input'), "
        "{ type: 'hidden', name: 'more', value: 'x'.repeat(5_000_000) }))"
    )
    save.click()
    expect(told).to_contain_text("This is more text than can be sent at once.")
    page.evaluate("document.body.dataset.most = 1e9")
    save.click()
    expect(told).to_contain_text("This is too large")
    expect(name).to_have_value("Typed")
    page.evaluate("document.getElementById('o-dialog').dataset.dirty = ''")


@pytest.mark.live
@pytest.mark.spec("ORG-7", "FILE-1", "TRG-3")
def test_a_new_key_is_shown_once_and_copies_are_what_they_say(
    center: Callable[..., Any], person: Any
) -> None:
    def furnish(boss: Any) -> None:
        tickets.desk(boss)

    live = center("sqlite", "en", furnish)
    one = person(live, "en", permissions=["clipboard-read", "clipboard-write"])
    page = sign_in(one, "boss")
    copied = lambda: page.evaluate("navigator.clipboard.readText()")

    one.go("/c/org/info")
    page.locator("a[href$='/info/key']").click()
    confirm = page.locator("#o-dialog [data-confirm]")
    confirm.fill(confirm.get_attribute("data-confirm"))
    page.click("#o-dialog [data-final]")
    key = page.locator("#new-key-text")
    expect(key).to_have_text(re.compile("^occ_"))
    one.check()
    new = key.inner_text()
    page.click("#o-dialog [data-copy]")
    expect(page.locator(".o-toast")).to_contain_text("Copied.")
    assert copied() == new
    page.locator("#o-dialog .ft a").click()
    page.wait_for_selector("#o-dialog:not([open])", state="attached")
    assert new not in page.content()

    one.go("/c/s/mall/triggers/calls")
    secret = page.locator("[data-copy-text]")
    secret.click()
    expect(page.locator(".o-toast")).to_contain_text("Copied.")
    assert copied() == secret.get_attribute("data-copy-text") != new
    # as by plain http
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate(
        "document.execCommand = () => { window.taken = document.activeElement.value; return true; }"
    )
    secret.click()
    assert page.evaluate("window.taken") == secret.get_attribute("data-copy-text")

    # a console that does not answer is said once, asked for nothing more, and forgotten afterwards
    other = page.context.new_page()
    other.goto(live.url + "/c/org/info")
    asked: list[str] = []
    other.on("request", lambda request: asked.append(request.url))
    edit, note = other.locator("a[href$='/info/edit']"), other.locator("#o-problem [role=alert]")
    other.context.set_offline(True)
    edit.click()
    expect(note).to_have_count(1)
    other.keyboard.press("Control+k")
    other.wait_for_function("document.querySelector('#o-palette').open")
    other.keyboard.press("Escape")
    with other.expect_request("**/info/edit*"):
        edit.click()
    assert len([url for url in asked if "/info" in url]) == 2, "a click each"
    other.context.set_offline(False)
    edit.click()
    other.wait_for_selector("#o-dialog[open] form")
    expect(note).to_have_count(0)
    too_much_is_said_beside_it(other)
    other.keyboard.press("Escape")
    other.keyboard.press("Control+k")
    expect(other.locator("#o-palette li").first).to_be_visible()

    # what says again that the session ended takes no password away
    other.keyboard.press("Escape")
    ended = "document.body.dispatchEvent(new CustomEvent('occ:login'))"
    other.evaluate(ended)
    password = other.locator("#o-dialog[open] input[name=password]")
    password.fill("wrong")
    asked.clear()
    other.evaluate(ended)
    other.evaluate("new Promise(requestAnimationFrame)")
    assert not [url for url in asked if "/login" in url] and password.input_value() == "wrong"

    # a second click signs nobody in twice
    other.context.clear_cookies()
    other.goto(live.url + "/login")
    other.fill("#login_id", "boss")
    other.fill("#password", "wrong")
    asked.clear()
    with other.expect_navigation():
        other.evaluate(
            "const form = document.querySelector('main form');"
            "form.requestSubmit(); form.requestSubmit();"
        )
    assert len([url for url in asked if url.endswith("/login")]) == 1
