"""Tickets in real browsers: types by keyboard, two agents on one ticket, drafts, keys (SET-1, TKT-2 – TKT-4)."""

from collections.abc import Callable
from typing import Any

import pytest

from occ.core.db import db
from occ.ticket_settings import service as settings
from tests.factories import ticket as tickets
from tests.factories import world
from tests.journeys.test_calls import apart, sign_in
from tests.support.held import arrived
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import Screen, screens

KEPT = "text => document.querySelector('[data-composer] textarea').value === text"  # put back once the swap has settled
OTHERS: list[Screen] = [
    ("ko", 1440, 900, "postgres"),
    ("en", 390, 844, "sqlite"),
    ("ja", 1440, 900, "postgres"),
    ("ja", 390, 844, "sqlite"),
]


@pytest.fixture
def desk(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A server with a ticket service, its manager `boss`, the agents `kim` and `lee`, and three inquiries."""

    def furnish(boss: Any) -> None:
        mall = tickets.desk(boss)
        for login in ("kim", "lee"):
            world.agent(boss, mall, world.member(login), ticket=True, transfer=True)
        with db.write():
            settings.save_template(
                mall,
                None,
                title="Hello",
                body="Dear customer of #{number},",
                code="hi",
                shared=False,
            )
            settings.save_template(
                mall, None, title="Return", body="Send it back. " * 30, code="back", shared=False
            )
            settings.save_word(mall, None, "guarantee")
        for subject in ("first", "second", "third"):
            tickets.ticket(mall, boss, subject, email=f"{subject}@example.com")

    return lambda engine, language: center(engine, language, furnish)


def renames_while_rows_are_drawn_anew(page: Any) -> None:
    """The answer to the first click of two comes while the second is down."""
    row = page.locator(".k-col:nth-child(1) li:nth-child(1) a")
    other = page.locator(".k-col:nth-child(1) li:nth-child(2) a")
    held: list[Any] = []
    page.route("**/intake?at=*", lambda route: held.append(route))
    with page.expect_request("**/intake?at=*"):
        row.dispatch_event("click", {"detail": 1})
    row.dispatch_event("mousedown", {"detail": 2})
    arrived(page, held)
    held.pop().continue_()
    page.unroute_all()
    page.wait_for_selector(".k-rename")  # neither click nor dblclick comes of the second press
    page.keyboard.press("Escape")

    other.click()
    page.wait_for_selector(".k-col:nth-child(1) li:nth-child(2) a[aria-current]")


def drawn_before_it_was_kept(page: Any, ident: str) -> None:
    """A pane that the server drew just before it got a text shows the text all the same."""
    drafts: list[Any] = []
    panes: list[Any] = []
    page.route(f"**/{ident}/draft", lambda route: drafts.append(route))
    page.fill("[data-composer] textarea", "Typed late")
    page.click(".t-subj:has-text('first')")
    page.wait_for_selector("#t-subject:has-text('first')")
    arrived(page, drafts)
    page.route(f"**/tickets/{ident}?*", lambda route: panes.append((route, route.fetch())))
    page.click(".t-subj:has-text('second')")
    arrived(page, panes)
    with page.expect_event("requestfinished", lambda one: one.url.endswith(f"/{ident}/draft")):
        drafts.pop(0).continue_()
    page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken
    route, answer = panes.pop()
    route.fulfill(response=answer)
    page.wait_for_selector("#t-subject:has-text('second')")
    page.wait_for_function(KEPT, arg="Typed late")
    page.unroute_all()


def answers_come_late(page: Any, ident: str) -> None:
    """Leaves the ticket `second` while something is on its way: what was opened last stays."""
    held: list[Any] = []
    change, template = f"/{ident}/priority", f"/{ident}/templates/"
    page.route(f"**{change}", lambda route: held.append(route))
    page.route(f"**{template}*", lambda route: held.append(route))
    with page.expect_request(f"**{change}"):
        page.select_option(".t-side select[name=priority]", "low")
    page.fill("[data-composer] textarea", "::ell")
    page.wait_for_selector("[data-code-list]:not([hidden]) [aria-current]:has-text('Hello')")
    with page.expect_request(f"**{template}*"):
        page.keyboard.press("Enter")
    page.click(".t-subj:has-text('first')")
    page.wait_for_selector("#t-subject:has-text('first')")
    page.fill("[data-composer] textarea", "About the first")
    arrived(page, held, 2)
    for late in (change, template):
        route = next(one for one in held if late in one.request.url)
        held.remove(route)
        with page.expect_event("requestfinished", lambda r, late=late: late in r.url):
            route.continue_()
    page.evaluate("new Promise(requestAnimationFrame)")  # by then the answers were taken
    assert page.text_content("#t-subject").strip().endswith("first"), "nobody is taken back"
    assert page.input_value("[data-composer] textarea") == "About the first", "no template comes in"
    page.fill("[data-composer] textarea", "")

    # what is on its way is not written on; what did not arrive can be
    page.route("**/comment", lambda route: held.append(route))
    page.click("[data-write=comment]")
    page.fill("[data-composer] textarea", "Not twice")
    with page.expect_request("**/comment"):
        page.keyboard.press("Control+Enter")
    page.keyboard.type(" and more")
    arrived(page, held)
    held.pop().fulfill(status=503)
    page.wait_for_selector("#o-problem [role=alert]")  # a proxy's page is not drawn in its place
    page.wait_for_selector("[data-composer]:not([inert])")
    assert page.input_value("[data-composer] textarea") == "Not twice"
    page.fill("[data-composer] textarea", "")

    page.route(f"**/tickets/{ident}*", lambda route: held.append(route))
    with page.expect_request(f"**/tickets/{ident}*"):
        page.click(".t-subj:has-text('second')")
    page.click(".t-subj:has-text('third')")
    page.wait_for_selector("#t-subject:has-text('third')")
    assert page.url.partition("?")[0].endswith(page.get_attribute("[data-ticket]", "data-ticket"))
    arrived(page, held)
    held.pop().abort()
    page.unroute_all()
    page.click(".t-subj:has-text('second')")
    page.wait_for_selector("#t-subject:has-text('second')")


def what_is_typed_stays(page: Any, ident: int, answer: str) -> None:
    """While the server misses it: over a reload, over panes that are drawn anew, with its tab."""

    def written(text: str, tab: str) -> None:
        page.wait_for_function(
            """([text, tab]) => {
                const at = document.querySelector("[data-composer]");
                return at?.elements.body.value === text && at.dataset.tab === tab;
            }""",
            arg=[text, tab],
        )

    page.route("**/draft", lambda route: route.fulfill(status=503))
    page.fill("[data-composer] textarea", answer)
    page.reload()
    written(answer, "answer")
    page.fill("[data-composer] textarea", f"{answer}!")
    page.evaluate(
        """() => htmx.ajax("GET", location.href, { source: "#t-ticket", target: "#t-ticket" })"""
    )
    written(f"{answer}!", "answer")
    page.click("[data-write=comment]")
    page.reload()
    written(f"{answer}!", "comment")
    page.click("[data-write=answer]")
    page.fill("[data-composer] textarea", answer)
    with page.expect_response(lambda r: r.url.endswith(f"/{ident}/draft") and r.ok):
        page.unroute_all()
    page.reload()
    written(answer, "answer")


@pytest.mark.live
@pytest.mark.spec("SET-1", "TKT-2", "TKT-3", "TKT-4", "TPL-1", "FBW-1")
@screens(("ko", 1440, 900, "sqlite"), *OTHERS)
def test_two_agents_on_one_ticket(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    boss, kim, lee = (
        sign_in(person(live, language, *size), login)
        for login, size in (("boss", (1440, 900)), ("kim", (width, height)), ("lee", (1440, 900)))
    )

    # the manager builds types by keyboard: typed one after the other, walked with arrows, renamed in place
    boss.goto(live.url + "/c/s/mall/categories/intake")
    for name in ("Refund", "Delivery"):
        boss.fill(".k-col:nth-child(1) .k-add input[name=name]", name)
        boss.keyboard.press("Enter")
        boss.wait_for_selector(f".k-col:nth-child(1) [data-name]:has-text('{name}')")
        boss.wait_for_function(
            "() => document.activeElement?.closest('.k-add') && !document.activeElement.value"
        )
    boss.focus(".k-col:nth-child(1) li:nth-child(1) a")
    boss.keyboard.press("ArrowDown")
    boss.keyboard.press("Enter")
    boss.wait_for_selector(".k-col:nth-child(2) .k-add")
    boss.focus(".k-col:nth-child(1) a[aria-current]")
    boss.keyboard.press("F2")
    boss.wait_for_selector(".k-rename")
    boss.keyboard.type("Shipping")
    boss.keyboard.press("Enter")
    boss.wait_for_selector(".k-col:nth-child(1) [data-name]:has-text('Shipping')")
    renames_while_rows_are_drawn_anew(boss)
    boss.dblclick(".k-col:nth-child(1) li:nth-child(1) a")
    boss.wait_for_selector(".k-rename")
    boss.keyboard.type("Money back")
    boss.click(".k-col:nth-child(1) li:nth-child(2) a")
    boss.wait_for_selector(".k-col:nth-child(1) [data-name]:has-text('Money back')")

    # kim goes down the list by keys, takes the second ticket and sets its type
    kim.goto(live.url + "/c/s/mall/tickets?box=all")
    kim.keyboard.press("j")
    kim.keyboard.press("j")
    kim.keyboard.press("Enter")
    kim.wait_for_selector("#t-subject:has-text('second')")
    ident = kim.get_attribute("[data-ticket]", "data-ticket")
    assert f"/tickets/{ident}" in kim.url, "the address names the ticket"
    assert f"#{ident}" in kim.title() and f"#{ident}" in kim.text_content(".o-crumb"), (
        "and so do title and path"
    )
    kim.click(f"button[hx-post$='/{ident}/take']")
    kim.wait_for_selector("[data-write=answer]")
    kim.click(f"a[href$='/{ident}/intake']")
    kim.fill("#o-dialog input[name=q]", "ship")
    kim.click("#t-found button:has-text('Shipping')")
    kim.wait_for_selector(".t-side a:has-text('Shipping')")

    # what is typed stays while the panes are swapped under it, and while another ticket is looked at
    kim.fill("[data-composer] textarea", "Typed in haste")
    kim.select_option(".t-side select[name=priority]", "high")
    kim.wait_for_selector(".t-dhead .o-chip.is-amber")
    kim.wait_for_function(KEPT, arg="Typed in haste")
    if width >= 760:
        kim.click(".t-subj:has-text('first')")
        kim.wait_for_selector("#t-subject:has-text('first')")
        kim.click(".t-subj:has-text('second')")
        kim.wait_for_selector("#t-subject:has-text('second')")
        kim.wait_for_function(KEPT, arg="Typed in haste")
        drawn_before_it_was_kept(kim, ident)
        answers_come_late(kim, ident)
    kim.fill("[data-composer] textarea", "")
    kim.evaluate("document.activeElement.blur()")

    # lee opens the same ticket: both see each other; what kim writes survives a reload
    lee.goto(f"{live.url}/c/s/mall/tickets/{ident}?box=all")
    kim.keyboard.press("r")
    kim.wait_for_function("() => document.activeElement?.name === 'body'")
    kim.keyboard.type("::")
    kim.wait_for_selector("[data-code-list]:not([hidden]) button:has-text('Return')")
    assert kim.evaluate(
        "['.t-detail', '.t-codes', '[data-composer] textarea'].every((s) => {"
        " const box = document.querySelector(s);"
        " return box.getBoundingClientRect().right <= innerWidth && box.scrollWidth <= box.clientWidth; })"
    ), "a long template widens neither the editor nor the page"
    kim.keyboard.type("ell")  # a part of the title is enough
    kim.wait_for_selector("[data-code-list]:not([hidden]) [aria-current]:has-text('Hello')")
    kim.keyboard.press("Enter")
    kim.wait_for_function(
        "ident => document.querySelector('[data-composer] textarea').value === `Dear customer of #${ident},`",
        arg=ident,
    )
    kim.fill("[data-composer] textarea", "")
    with kim.expect_response(lambda r: r.url.endswith(f"/{ident}/draft")):
        kim.keyboard.type("::hi ")
    kim.wait_for_function(
        "ident => document.querySelector('[data-composer] textarea').value === `Dear customer of #${ident},`",
        arg=ident,
    )
    kim.keyboard.type(" I guarantee it")
    answer = f"Dear customer of #{ident}, I guarantee it"
    lee.wait_for_selector("#t-viewers .t-viewers")
    what_is_typed_stays(kim, ident, answer)

    # lee comments; kim is told, sends the stale answer, keeps the text and sends it again
    lee.keyboard.press("c")
    lee.wait_for_function("() => document.activeElement?.name === 'body'")
    lee.keyboard.type("She called again")
    lee.keyboard.press("Control+Enter")
    lee.wait_for_selector(".t-msg.is-memo")
    boss.goto(f"{live.url}/c/s/mall/tickets/{ident}")
    boss.select_option(".t-side select[name=priority]", "urgent")
    boss.wait_for_selector(".t-dhead .o-chip.is-red")
    kim.wait_for_selector("[data-changed]:not([hidden])")
    kim.wait_for_selector(".t-item.p-urgent[aria-current]", state="attached")
    kim.focus("[data-composer] textarea")
    kim.keyboard.press("Control+Enter")
    kim.wait_for_selector("#t-ticket [data-errors]")
    assert kim.input_value("[data-composer] textarea") == answer
    assert kim.locator(".t-msg.is-memo").count() == 1, "what is new is there"
    kim.focus("[data-composer] textarea")
    kim.keyboard.press("Control+Enter")
    kim.wait_for_selector(".t-hits mark:has-text('guarantee')")
    kim.fill("[data-composer] textarea", answer.replace("guarantee", "promise"))
    with kim.expect_response(
        lambda r: "/tickets/list" in r.url
    ):  # the last one that nobody asks for
        kim.evaluate(
            """() => {
                document.querySelector(".t-cols").dataset.every = 600;
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
    held = kim.locator("[data-part=box-progress]").inner_text()
    kim.keyboard.press("Control+Enter")
    kim.wait_for_selector(".t-dhead .o-chip.is-green")
    kim.wait_for_selector(".t-item[aria-current] .o-chip.is-green", state="attached")
    kim.wait_for_function(  # long before the next poll, which asks every ten minutes here
        "held => document.querySelector('[data-part=box-progress]').innerText !== held", arg=held
    )
    assert kim.locator(".t-msg.is-own").count() == 1
    if width < 760:
        kim.click(".t-back")  # one after the other on phones
    kim.wait_for_selector(".t-items")

    # the manager chooses two tickets by keys and changes them together
    boss.goto(live.url + "/c/s/mall/tickets?box=all")
    for key in "jxjx":
        boss.keyboard.press(key)
    assert boss.locator(".t-item :checked").count() == 2
    assert boss.evaluate(
        "[...document.querySelectorAll('.t-item:has(:checked) .o-chip, .t-list')]"
        ".every((one, _, all) => getComputedStyle(one).backgroundColor"
        " === getComputedStyle(all[0]).backgroundColor)"
    ), "a chip of a chosen row has the tone of the row, not of the list"
    boss.click("#t-bulk button:not([name])")
    boss.select_option("#o-dialog #action", "priority")
    boss.select_option("#o-dialog #priority", "low")
    boss.click("#o-dialog button[type=submit]")
    boss.wait_for_selector(".o-toast")
    boss.wait_for_function("() => document.querySelectorAll('.t-item.p-low').length === 2")


@pytest.mark.live
@pytest.mark.spec("TKT-2", "TKT-7")
@screens(("ko", 390, 844, "sqlite"), *OTHERS)
def test_tickets_are_filtered_and_conditions_taken_away_by_keyboard(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    boss = sign_in(person(live, language, width, height), "boss")
    boss.goto(live.url + "/c/s/mall/tickets?box=all")
    first = boss.locator(".t-subj").first.bounding_box()
    assert first and first["y"] < 400, "the filters do not push the list away"
    apart(boss, ".t-strip .btn-primary", ".t-head", ".o-toast")
    boss.locator(".t-subj").first.click()
    boss.wait_for_selector(".t-comp")
    apart(boss, ".t-strip .btn-primary", ".t-dhead", ".t-comp", ".o-toast")
    with boss.expect_event("load"):  # the page is loaded anew
        boss.go_back()
    boss.wait_for_selector(".t-head")
    boss.click("[href*='/searches/filters']")
    boss.wait_for_selector("#filter-customer")
    assert not boss.is_visible("[name=since]")
    boss.select_option("#filter-period", "range")
    boss.fill("[name=since]", "2026-12-02")
    boss.fill("[name=until]", "2026-12-01")
    boss.keyboard.press("Enter")
    boss.wait_for_selector("#filter-received-error")
    assert boss.is_visible("[name=since]") and boss.input_value("[name=since]") == "2026-12-02"
    boss.select_option("#filter-period", "today")
    boss.fill("#filter-customer", "second@example.com")
    boss.keyboard.press("Enter")
    shows = """([rows, chips]) => document.querySelectorAll(".t-subj").length === rows
        && document.querySelectorAll(".t-asked .o-chip").length === chips"""
    boss.wait_for_function(shows, arg=[1, 2])
    boss.focus(".t-asked li:nth-child(2) .o-chip")
    boss.keyboard.press("Enter")
    boss.wait_for_function(shows, arg=[3, 1])
    boss.wait_for_load_state()
    assert (
        boss.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        == 0
    )
