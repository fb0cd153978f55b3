"""Calls in real browsers at once: a caller, two agents, and somebody who watches the boards."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from occ.core.db import db
from occ.telephony import settings as telephony
from tests.factories import phone, world
from tests.support.held import arrived, pressed
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import Screen, screens

SCREENS: list[Screen] = [
    ("ko", 1440, 900, "postgres"),
    ("ko", 1440, 900, "sqlite"),
    ("ko", 390, 844, "postgres"),
    ("en", 390, 844, "sqlite"),
    ("en", 1440, 900, "postgres"),
    ("ja", 1440, 900, "sqlite"),
    ("ja", 390, 844, "postgres"),
]


@pytest.fixture
def call_center(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A server with a phone service, a manager `boss` and the agents `kim` and `lee`."""

    def furnish(boss: Any) -> None:
        mall = phone.service(boss)
        world.agent(boss, mall, boss, manager=True)
        for name in ("watch", "floor"):
            world.agent(boss, mall, world.member(name), manager=True)
        phone.queue(mall, [phone.agent(boss, mall, "kim"), phone.agent(boss, mall, "lee")])
        with db.write():
            phone.ars.save_disposition(mall, None, name="Refund")
            telephony.ensure().recall_seconds = 300  # it rings until a slow machine has looked

    return lambda engine, language: center(engine, language, furnish)


def sign_in(one: Person, login_id: str) -> Any:
    one.page.goto(one.live.url + "/login")
    one.page.fill("#login_id", login_id)
    one.page.fill("#password", world.PASSWORD)
    with one.page.expect_navigation():  # until its scripts listen
        one.page.click("main button[type=submit]")
    return one.page


def click(page: Any, command: str) -> None:
    """A button of the widget, by its command."""
    page.locator(f"#o-phone-card form[action$='/{command}'] button[type=submit]").first.click()


def take_beside_news(page: Any) -> None:
    """Takes the ticket of the call while news draw the card anew, so that its button is gone, and
    ask for the card once more, so that this question is on its way when the ticket is asked for.
    """
    held: list[Any] = []
    news = "document.body.dispatchEvent(new CustomEvent('occ:news', {detail: {phone: '%s'}}))"
    page.route("**/phone/take", lambda route: held.append(route))
    with page.expect_request("**/phone/take"):
        click(page, "take")
    with page.expect_response("**/c/phone"):
        page.evaluate(news % "new")
    settled(page)
    holding = [True]
    page.route("**/c/phone", lambda one: held.append(one) if holding else one.continue_())
    with page.expect_request("**/c/phone"):
        page.evaluate(news % "newer")
    arrived(page, held, 2)
    with page.expect_response("**/phone/take"):
        held.pop(0).continue_()
    page.evaluate(news % "newest")
    holding.clear()
    for route in held:
        route.continue_()


def cards_come_late(page: Any) -> None:
    """Logs in by phone while a card from before is on its way; then cards are refused or come
    while a button is pressed.
    """
    held: list[Any] = []
    news = "document.body.dispatchEvent(new CustomEvent('occ:news', {detail: {phone: '%s'}}))"
    holding = ["old"]

    def hold(route: Any) -> None:
        if holding and holding.pop():
            held.append((route, route.fetch()))
        else:
            route.continue_()

    settled(page)
    page.route("**/c/phone", hold)
    with page.expect_request("**/c/phone"):
        page.evaluate(news % "old")
    arrived(page, held)
    click(page, "login")
    state(page, "ready")
    route, answer = held.pop()
    with page.expect_request("**/c/phone"):
        route.fulfill(response=answer)
    assert page.locator("#o-phone-card[data-state=ready]").count(), "the click is newer"
    settled(page)
    page.unroute("**/c/phone")

    page.route("**/c/phone", lambda route: route.fulfill(status=503))
    with page.expect_response("**/c/phone"):
        page.evaluate(news % "missed")
    with page.expect_response(lambda said: said.url.endswith("/c/phone") and said.ok):
        page.unroute("**/c/phone")  # asked again, though no news come
    settled(page)

    out = page.locator("#o-phone-card form[action$='/logout'] button")
    with page.expect_response("**/logout"), pressed(page, out):
        with page.expect_event("requestfinished", lambda asked: asked.url.endswith("/c/phone")):
            page.evaluate(news % "pressed")
        page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken
    state(page, "out")
    click(page, "login")


def settled(page: Any) -> None:
    """Waits until what was fetched is drawn."""
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')"
    )


def apart(page: Any, *parts: str) -> None:
    """None of these parts of the page covers another, while a toast is there."""
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('occ:toast', {detail: {text: 'Saved.'}}))"
    )
    boxes = page.evaluate(
        "parts => parts.map((part) => document.querySelector(part).getBoundingClientRect())", parts
    )
    for (one, at), (other, beside) in combinations(zip(parts, boxes, strict=True), 2):
        assert at["width"] and beside["width"], (one, other)
        assert (
            at["right"] <= beside["left"]
            or beside["right"] <= at["left"]
            or at["bottom"] <= beside["top"]
            or beside["bottom"] <= at["top"]
        ), f"{other} covers {one}"


def state(page: Any, name: str) -> None:
    page.wait_for_selector(f"#o-phone-card[data-state={name}]", state="attached")


def noted(page: Any, notes: str, disposition: str) -> None:
    """Waits until the card of wrap-up holds these; "" is no disposition."""
    state(page, "wrap_up")
    page.wait_for_function(
        """([notes, disposition]) => {
            const { elements } = document.querySelector("#o-phone-card textarea").form;
            const [chosen] = elements.disposition.selectedOptions;
            return elements.notes.value === notes
                && (disposition ? chosen.text === disposition : !chosen.value);
        }""",
        arg=[notes, disposition],
    )


def notes_outlive_the_page(page: Any) -> None:
    """What is typed about a call is there on the next page, also while it is on its way."""
    notes = "#o-phone-card textarea[name=notes]"
    with page.expect_response("**/notes"):  # by itself
        page.fill(notes, "Transferred")
    page.reload()
    noted(page, "Transferred", "")
    held: list[Any] = []
    page.route("**/notes", lambda route: held.append(route))
    page.fill(notes, "Transferred to Lee")
    page.select_option("#o-phone-card select[name=disposition]", label="Refund")
    page.reload()
    noted(page, "Transferred to Lee", "Refund")
    for route in held:
        if route.request.post_data.endswith("disposition="):
            route.abort()  # older than what was chosen: let go with it, it could come after it
    with page.expect_response("**/notes"):
        page.unroute_all()
    page.reload()
    noted(page, "Transferred to Lee", "Refund")


def figures(page: Any, text: str) -> None:
    """Waits until the board has a row with these figures, in their order."""
    page.wait_for_function(
        "text => [...document.querySelectorAll('[data-screen] tbody tr')].some(r => [...r.querySelectorAll('[data-n]')].map(n => n.textContent.trim()).join(' ').startsWith(text))",
        arg=text,
    )


def dashboard(page: Any, lines: int, waiting: int) -> None:
    """Waits until the dashboard has these lines in use and customers waiting."""
    page.wait_for_function(
        "wanted => ['lines', 'wait'].map(n => document.querySelector(`[data-n=${n}]`)?.textContent).join(' ') === wanted",
        arg=f"{lines} {waiting}",
    )


@pytest.mark.live
@pytest.mark.timeout(300)
@pytest.mark.spec("CTI-4", "CTI-6", "TEL-1", "MON-1", "MON-2", "MON-3", "MON-4")
@screens(*SCREENS)
def test_a_call_through_queue_hold_consultation_transfer_and_wrap_up(
    call_center: Any,
    person: Any,
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = call_center(engine, language)
    boss, kim, lee, watch = (
        person(live, language),
        person(live, language, width, height),
        person(live, language),
        person(live, language),
    )
    caller, wall = sign_in(boss, "boss"), sign_in(watch, "watch")
    wall.goto(live.url + "/c/s/mall/wallboard/agents")
    monitor = sign_in(person(live, language), "floor")
    monitor.goto(live.url + "/c/s/mall/monitoring")
    kims, lees = sign_in(kim, "kim"), sign_in(lee, "lee")

    for one, page in ((kim, kims), (lee, lees)):
        page.click("[data-phone-toggle]")
        click(page, "login")
        state(page, "ready")
        one.check()
    figures(wall, "0 2 2 0 0 0")

    boss.go("/c/s/mall/caller")
    caller.fill("#caller", "010-1234-5678")
    caller.click("main form[action$='/caller'] button[type=submit]")
    state(kims, "ringing")
    assert kims.locator("#o-phone-card").is_visible()
    figures(wall, "1 2 1 1 0 0")
    dashboard(monitor, 1, 1)
    kim.check()
    kims.keyboard.press("Alt+a")
    kims.wait_for_url(re.compile(r"/tickets/\d+$"))
    state(kims, "talking")
    figures(wall, "0 2 1 1 0 0")
    dashboard(monitor, 1, 0)
    kim.check()
    second = kims.context.new_page()
    second.goto(live.url + "/c/me")
    state(second, "talking")
    second.close()

    if kims.locator("#o-phone-card").is_hidden():
        kims.click("[data-phone-toggle]")
    kims.keyboard.press("Alt+h")
    state(kims, "hold")
    caller.wait_for_selector(".c-call.is-amber")
    assert (
        kims.evaluate(
            "new Set([...document.querySelectorAll('.p-tile .icon')].map("
            "(one) => one.getBoundingClientRect().top)).size"
        )
        == 1
    ), "an icon of the card stands lower than the others"
    kims.keyboard.press("Alt+t")
    apart(kims, ".p-card", ".o-toast")
    if width >= 1440:  # docked beside the page, it covers nothing
        for wide, high in ((1366, 700), (width, height)):
            kims.set_viewport_size({"width": wide, "height": high})
            apart(kims, ".t-dhead", ".t-comp", ".t-side", ".p-card", ".o-toast")
            assert kims.evaluate(
                "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"
                "(document.querySelector('.t-all'))"
            ), "figures are cut off"
    ask = kims.locator("#p-ready form[action$='/consult'] button").first
    ask.click()
    state(lees, "ringing")
    click(lees, "decline")
    kims.wait_for_selector("#o-phone-says:not(:empty)", state="attached")
    if not ask.is_visible():
        kims.keyboard.press("Alt+t")
    ask.click()
    state(lees, "ringing")
    click(lees, "answer")
    state(lees, "consult")
    state(kims, "consult")
    kims.wait_for_selector("#o-phone-card form[action$='/connect']")
    kim.check()
    kims.keyboard.press("Alt+t")
    state(kims, "wrap_up")
    lees.wait_for_url(re.compile(r"/tickets/\d+$"))  # whoever talks sees what it is about
    state(lees, "talking")
    figures(wall, "0 2 0 1 0 1")
    take_beside_news(lees)
    lees.wait_for_selector("[data-write=answer]")
    notes_outlive_the_page(kims)
    caller.locator("form[action$='/leave'] button").click()
    state(lees, "wrap_up")
    dashboard(monitor, 0, 0)
    lees.fill("#o-phone-card textarea[name=notes]", "Settled by Lee")
    lees.click("#o-phone-card button[value=resolve]")
    state(lees, "ready")
    lees.wait_for_selector("#t-call :text('Settled by Lee')")
    lees.wait_for_selector(".t-dhead .o-chip.is-green")
    # also where it leaves the list
    lees.wait_for_selector(".t-item[aria-current] .o-chip.is-green", state="attached")
    kim.check()

    boss.go("/c/s/mall/monitoring")
    boss.go("/c/s/mall/wallboard/window/overview")
    boss.go("/c/s/mall/performance")
    for wide in (390, 1100):  # a phone, and the room beside the docked one
        caller.set_viewport_size({"width": wide, "height": 900})
        lines = Counter(
            caller.evaluate("[...document.querySelectorAll('.o-fig')].map((one) => one.offsetTop)")
        )
        assert lines.total() == 7 and min(lines.values()) > 1, "a figure stands alone"


@pytest.mark.live
@pytest.mark.spec("CTI-4", "MON-3")
def test_a_caller_who_abandons_and_a_call_that_is_ended_for_abuse(
    call_center: Any, person: Any
) -> None:
    live = call_center("sqlite", "en")
    boss, kim = person(live, "en"), person(live, "en")
    caller, kims = sign_in(boss, "boss"), sign_in(kim, "kim")
    boss.go("/c/s/mall/caller")
    caller.fill("#caller", "010-1234-5678")
    caller.click("main form[action$='/caller'] button[type=submit]")
    caller.locator("form[action$='/leave'] button").click()
    caller.wait_for_selector("text=Abandoned")
    kims.click("[data-phone-toggle]")
    cards_come_late(kims)
    state(kims, "ready")
    board = caller.context.new_page()
    board.goto(live.url + "/c/s/mall/monitoring")
    board.evaluate("document.getElementById('monitor').dataset.every = '0.2'")
    board.evaluate("getSelection().selectAllChildren(document.querySelector('[data-n=lines]'))")
    boss.go("/c/s/mall/caller")
    caller.fill("#caller", "010-1234-5678")
    caller.click("main form[action$='/caller'] button[type=submit]")
    state(kims, "ringing")
    for _poll in range(2):  # what it did not take it asks for again
        with board.expect_response(lambda said: "/monitoring" in said.url and said.status == 200):
            pass
    assert board.locator("[data-n=lines]").inner_text() == "0", "somebody copies the figure"
    board.evaluate("getSelection().removeAllRanges()")
    dashboard(board, 1, 1)
    board.close()
    click(kims, "answer")
    kims.wait_for_url(re.compile(r"/tickets/\d+$"))
    state(kims, "talking")
    settled(kims)
    kims.locator(".p-confirm summary").click()
    click(kims, "abuse")
    state(kims, "wrap_up")
    caller.wait_for_selector("text=Ended for abuse")


def polls(page: Any, count: int) -> None:
    """Lets the widget be drawn anew as the poller does it, `count` times with nothing changed."""
    for _n in range(count):
        page.evaluate(
            """() => new Promise((done) => {
                const host = document.getElementById("o-phone");
                htmx.ajax("GET", host.dataset.phone, { target: host, swap: "innerHTML" }).then(() => setTimeout(done));
            })"""
        )


@pytest.mark.live
@pytest.mark.spec("CTI-4")
def test_the_ringing_card_stays_over_polls_and_pages_until_the_call_is_over_or_it_is_closed(
    call_center: Any, person: Any
) -> None:
    live = call_center("sqlite", "ko")
    boss, kim = person(live, "ko"), person(live, "ko")
    caller, kims = sign_in(boss, "boss"), sign_in(kim, "kim")
    card = kims.locator("#o-phone-card")
    kims.click("[data-phone-toggle]")
    click(kims, "login")
    state(kims, "ready")
    polls(kims, 1)
    assert card.is_visible(), "opened by hand it stays"
    kims.click("[data-phone-toggle]")
    assert card.is_hidden()

    def ring() -> None:
        boss.go("/c/s/mall/caller")
        caller.fill("#caller", "010-1234-5678")
        caller.click("main form[action$='/caller'] button[type=submit]")
        state(kims, "ringing")

    ring()
    polls(kims, 3)
    assert card.is_visible()
    kims.goto(live.url + "/c/me")  # a page loaded while it rings
    state(kims, "ringing")
    polls(kims, 3)
    assert card.is_visible()
    caller.locator("form[action$='/leave'] button").click()
    state(kims, "ready")
    polls(kims, 1)
    assert card.is_hidden(), "lost: it goes with the call that opened it"

    ring()
    assert card.is_visible()
    kims.click("[data-phone-toggle]")
    polls(kims, 3)
    kims.reload()
    state(kims, "ringing")
    polls(kims, 2)
    assert card.is_hidden(), "closed by hand"
    kims.keyboard.press("Alt+a")
    kims.wait_for_url(re.compile(r"/tickets/\d+$"))
    state(kims, "talking")
    polls(kims, 1)
    assert card.is_visible(), "answered by its key"
    caller.locator("form[action$='/leave'] button").click()
    state(kims, "wrap_up")
    click(kims, "wrap_up")
    state(kims, "ready")

    # a dialog gives way to what rings, and keeps what was typed in it
    kims.goto(live.url + "/c/s/mall/tickets?box=all")
    kims.click("a[aria-haspopup][href*='/filters']")
    typed = kims.locator("#o-dialog[open] input[name=customer]")
    typed.fill("Lee")
    is_modal = "document.getElementById('o-dialog').matches(':modal')"
    assert kims.evaluate(is_modal)
    ring()
    kims.wait_for_function(f"!{is_modal}")
    click(kims, "answer")
    state(kims, "talking")
    kims.wait_for_function(is_modal)
    assert typed.input_value() == "Lee"


@pytest.mark.live
@pytest.mark.spec("MON-3", "MON-5")
def test_the_wall_s_clock_is_the_service_s_wherever_the_screen_stands(
    call_center: Any, person: Any
) -> None:
    live = call_center("sqlite", "en")
    screen = person(live, "en", timezone_id="America/New_York")
    wall = sign_in(screen, "watch")
    screen.go("/c/s/mall/wallboard/window/overview")
    wall.wait_for_function(  # it is drawn each second
        """() => document.querySelector("[data-clock]").textContent.slice(0, 5)
            === new Date(Date.now() + 9 * 3600 * 1000).toISOString().slice(11, 16)"""
    )
    assert wall.locator(".w-clock").inner_text().startswith("Seoul")

    # the widest rates there are stand beside each other, not over each other
    for board in ("media", "people"):
        for width, height in ((1366, 768), (1920, 1080)):
            wall.set_viewport_size({"width": width, "height": height})
            screen.go(f"/c/s/mall/wallboard/window/{board}")
            wall.wait_for_selector(".w-table tbody td")
            frames = wall.evaluate("""() => [...document.querySelectorAll(".w-table tbody tr")].flatMap((row) =>
                [...row.querySelectorAll("td")].slice(-2).map((cell) => {
                    cell.innerHTML = `<span class="b-lv is-red"><svg class="icon"></svg>84<small>.9%</small></span>`;
                    const box = cell.firstChild.getBoundingClientRect();
                    return [box.left, box.right];
                }))""")
            assert frames[0][1] < frames[1][0], (board, width)
