"""The widget on somebody else's site: it opens, searches, leads to an answer, and stands nowhere
else (HC-3)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.core.db import db
from occ.help_center.site import service
from tests.factories import help_center
from tests.support.live import Live
from tests.support.person import Person
from tests.support.widget_site import widget_site

pytestmark = [pytest.mark.live, pytest.mark.heavy]
FRAME = "iframe"


@dataclass
class Sites:
    """A console, and two sites with its script: one is allowed, one is not."""

    live: Live
    allowed: str
    other: str


@pytest.fixture(params=["sqlite", "postgres"])
def sites(center: Callable[..., Live], request: pytest.FixtureRequest) -> Iterator[Sites]:
    address = [""]
    with ExitStack() as stack:
        allowed, other = (
            stack.enter_context(
                widget_site(lambda: f"{address[0]}/mall/hc/widget.js", language=one)
            )
            for one in ("en-GB", "ko")
        )

        def furnish(boss: Any) -> None:
            made = help_center.furnished(boss).service
            with db.write():
                service.save_origins(made, [allowed], version=0)

        live = center(request.param, "en", furnish)
        address[0] = live.url
        yield Sites(live, allowed, other)


@pytest.mark.spec("HC-3", "ORG-6")
def test_the_widget_opens_searches_and_leads_to_an_answer(
    sites: Sites, person: Callable[..., Person]
) -> None:
    page = person(sites.live, "en", 1280, 800).page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = page.goto(sites.allowed) and page.evaluate("Object.keys(window)")
    button = page.get_by_role("button", name="Open help")
    expect(button).to_have_attribute("aria-expanded", "false")
    added = set(page.evaluate("Object.keys(window)")) - set(before)
    assert added <= {"OCC"} and page.evaluate("Object.keys(OCC)") == ["open", "close"]
    assert not [url for url in asked if "/embed" in url]  # nothing is loaded before it is opened
    button.press("Enter")
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    expect(page.get_by_role("button", name="Close help")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    frame = page.frame_locator(FRAME)
    box = frame.get_by_role("searchbox")
    box.fill("refund")
    box.press("Enter")
    frame.get_by_role("link", name="When do I get my refund?").click()
    expect(frame.get_by_role("heading", name="When do I get my refund?")).to_be_visible()
    expect(frame.get_by_text("Within three working days.")).to_be_visible()
    # Escape closes from within the frame, too, and the focus comes back
    frame.get_by_role("link", name="Back to the questions").press("Escape")
    expect(page.get_by_role("dialog", name="Help")).to_be_hidden()
    expect(button).to_be_focused()
    page.evaluate("OCC.open()")
    expect(frame.get_by_text("Within three working days.")).to_be_visible()  # where it was left
    page.get_by_role("button", name="Close help").press("Escape")
    expect(button).to_be_focused()
    assert not [url for url in asked if not url.startswith((sites.allowed, sites.live.url))]
    assert not page.context.cookies()


@pytest.mark.spec("HC-3")
def test_another_site_shows_nothing(sites: Sites, person: Callable[..., Person]) -> None:
    one = person(sites.live, "en")
    page = one.page
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with page.expect_console_message(lambda message: "is not among the sites" in message.text):
        page.goto(sites.other)
    assert said == [f"OCC: {sites.other} is not among the sites that may show this help center."]
    assert page.locator("body > *").count() == 3 and page.evaluate("typeof OCC") == "undefined"
    # whoever frames the page without the script gets nothing of it
    page.goto(sites.other)
    frame = page.evaluate(
        """async (address) => {
            const made = document.createElement("iframe");
            document.body.append(made);
            await new Promise((done) => { made.onload = done; made.src = address; });
            try { return made.contentDocument === null ? "refused" : "blank"; }
            catch { return "refused"; }
        }""",
        f"{sites.live.url}/mall/hc/en/embed",
    )
    assert frame == "refused"
    texts = [one.locator("body").inner_text() for one in page.frames[1:]]
    assert not any("refund" in text for text in texts)
    blocked = [problem for problem in one.problems if "frame-ancestors" in problem]
    assert len(blocked) == 1
    one.problems.remove(blocked[0])


@pytest.mark.spec("HC-3")
def test_the_widget_fits_a_phone_and_its_pages_are_clean(
    sites: Sites, person: Callable[..., Person]
) -> None:
    one = person(sites.live, "en", 390, 844)
    one.page.goto(sites.allowed)
    one.page.get_by_role("button", name="Open help").click()
    assert one.page.get_by_role("dialog", name="Help").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 390,
        "height": 844,
    }
    button = one.page.get_by_role("button", name="Open help")
    expect(button).to_be_hidden()  # nothing lies over what is asked
    one.page.get_by_role("button", name="Close help").click()
    expect(button).to_be_focused()
    for path in ("embed", "embed?q=refund", "embed?q=nowhere", "embed/1"):
        one.go(f"/mall/hc/en/{path}")
