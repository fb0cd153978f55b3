"""The editor of formatted text in a real browser, under the page's policy (TKT-4, TKT-6, TPL-1); a refused style or script fails it."""

from collections.abc import Callable
from typing import Any

import pytest

from occ.core.db import db
from occ.organization.rules import Editor, Feature
from occ.ticket_settings import service as settings
from tests.factories import ticket as tickets
from tests.factories import world
from tests.journeys.test_automation import settled
from tests.journeys.test_calls import sign_in
from tests.support.held import arrived
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens

PASTE = """() => {
  const picture = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([picture], "shot.png", { type: "image/png" }));
  document.querySelector("trix-editor").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def desk(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A service that writes HTML and masks, its manager `boss` and two inquiries of his."""

    def furnish(boss: Any) -> None:
        features = tickets.FEATURES | {Feature.SECURITY}
        mall = world.contracted(boss, "mall", features=features, editor=Editor.HTML)
        world.agent(boss, mall, boss, manager=True)
        with db.write():
            made = settings.save_template(
                mall,
                None,
                title="Hello",
                body="Dear customer of #{number},\nhello",
                code="hi",
                shared=False,
            )
            made.body += "#{gone}"  # its field was deleted
        tickets.ticket(mall, boss, "Where is it?", email="lee@example.com", take=True)
        tickets.ticket(mall, boss, "Another", take=True)

    return lambda engine, language: center(engine, language, furnish)


def a_marked_text_is_masked_whatever_else_is_asked(page: Any) -> None:
    """News are asked for between pressing the button and letting it go."""
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.t-msg .t-body'))")
    page.hover("[data-marked]")
    page.mouse.down()
    page.evaluate(
        "() => htmx.ajax('GET', document.querySelector('.t-figs').dataset.live,"
        " { source: 'h1', swap: 'none' })"
    )
    page.mouse.up()
    page.wait_for_selector("#o-dialog[open] textarea")
    assert page.input_value("#o-dialog textarea") == "It has not come yet."
    page.click("#o-dialog [data-close]")


def a_late_picture_stays_with_its_ticket(page: Any) -> None:
    """It is sent at one ticket; by the time of the answer another is open."""
    page.click(".t-subj:has-text('Another')")
    page.wait_for_selector("#t-subject:has-text('Another')")
    page.wait_for_function("() => document.querySelector('trix-editor')?.editor")
    held: list[Any] = []
    page.route("**/2/files", lambda route: held.append(route))
    with page.expect_request("**/2/files"):
        page.evaluate(PASTE)
    page.click(".t-subj:has-text('Where is it?')")
    page.wait_for_selector("#t-subject:has-text('Where is it?')")
    arrived(page, held)
    with page.expect_event("requestfinished", lambda r: r.url.endswith("/2/files")):
        held.pop().continue_()
    page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken
    assert page.locator("#t-files img").count() == 0
    page.unroute_all()


@pytest.mark.full  # the longest of those whose parts have tests of their own
@pytest.mark.live
@pytest.mark.spec("TKT-4", "TKT-6", "TPL-1")
@screens(("ja", 1440, 900, "sqlite"), ("ko", 390, 844, "postgres"), ("en", 1440, 900, "postgres"))
def test_an_answer_with_formats_a_template_and_a_picture(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    one = person(live, language, width, height)
    page = sign_in(one, "boss")
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    assert page.evaluate("() => !window.Trix"), "nobody writes in a list"
    page.click(".t-subj:has-text('Where is it?')")
    page.wait_for_function("() => document.querySelector('trix-editor')?.editor")
    one.check()
    a_marked_text_is_masked_whatever_else_is_asked(page)
    page.click("trix-editor")
    page.keyboard.type("::hi ")
    page.wait_for_function(
        "() => document.querySelector('trix-editor').editor.getDocument().toString() === 'Dear customer of #1,\\nhello\\n'"
    )
    page.wait_for_selector(".o-toast:has-text('#{gone}')")
    page.keyboard.press("Enter")
    page.click("trix-toolbar [data-trix-attribute=bold]")
    page.keyboard.type("It comes tomorrow")
    page.click("trix-toolbar [data-trix-attribute=bold]")
    page.evaluate(PASTE)
    page.wait_for_selector("trix-editor img[src*='/files/']")
    settled(page)
    with page.expect_response(lambda r: r.url.endswith("/1/draft")):
        page.keyboard.type(" .")

    # a picture of another site is left out, and that is said
    assert page.is_hidden("[data-remote]")
    page.evaluate(
        "() => document.querySelector('trix-editor').editor.insertHTML('<img src=\"https://other.example/x.png\">')"
    )
    page.wait_for_selector("[data-remote]:not([hidden])")
    assert page.locator("trix-editor img").count() == 1
    settled(page)

    # it survives a reload and another ticket's panes; without a word it cannot be sent
    page.click("[data-open-pane=templates]")
    page.reload()
    page.wait_for_selector("#t-inserts button:has-text('Hello')")  # the part that was open is there
    page.click("#t-tab-work")
    page.wait_for_selector("trix-editor strong:has-text('It comes tomorrow')")
    page.wait_for_selector("trix-editor img[src*='/files/']")
    page.wait_for_function(
        "() => /writing=/.test(document.querySelector('[data-looking]').dataset.looking)"
    )
    assert "writing=0" in page.get_attribute("[data-looking]", "data-looking"), (
        "who only looks is not said to write"
    )
    page.select_option(".t-side select[name=priority]", "high")
    page.wait_for_selector(".t-dhead .o-chip.is-amber")

    # templates stand beside the ticket, and stay so after a swap; tabs are walked by arrows
    page.click("[data-open-pane=templates]")
    page.click("#t-inserts button:has-text('Hello')")
    page.wait_for_function(
        "() => document.querySelector('trix-editor').innerText.split('Dear customer').length === 3"
    )
    page.click("trix-toolbar [data-trix-action=undo]")
    page.focus("#t-tab-templates")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".t-side select[name=priority]")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#t-history:not([hidden]) .t-events")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("trix-editor strong:has-text('It comes tomorrow')")
    one.check()
    page.click("trix-editor")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".t-dhead .o-chip.is-green")
    page.wait_for_selector(".t-msg.is-own .t-rich strong:has-text('It comes tomorrow')")
    page.wait_for_function(
        "() => document.querySelector('.t-msg.is-own .t-rich img').naturalWidth === 1"
    )
    assert page.locator(".t-msg.is-own img").count() == 1
    one.check()
    if width >= 760:  # on a phone list and ticket stand one after the other
        a_late_picture_stays_with_its_ticket(page)
    # that the page's policy kept a picture from being loaded was told as an error, sooner or later
    one.problems[:] = [problem for problem in one.problems if "other.example" not in problem]
