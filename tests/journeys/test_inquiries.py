"""A customer asks in the help center, follows the link of the mail and writes again, with script and
without (HC-1, FLD-1, TKT-6).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.fields.rules import FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from tests.conftest import made
from tests.factories import document, field
from tests.help_center import asking
from tests.help_center.asking import kind
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens


def furnish(boss: Member) -> None:
    mall: Service = asking.mall(boss)
    pay = kind(mall, "결제")
    refund = kind(mall, "환불", pay)
    kind(mall, "영수증", pay)
    kind(mall, "배송")
    field.field(mall, "passport", encrypted=True, required=True)
    field.field(mall, "bill", type=FieldType.FILE)
    field.place(mall, refund, "passport", "bill")
    document.faq(mall, boss, "환불은 언제 되나요")


def mailed(live: Live) -> list[str]:
    """The paths of the links in mails, the oldest first."""
    environ = live.environ
    instance, url = Path(environ["OCC_INSTANCE"]), environ["DATABASE_URL"]
    with made(instance, url) as application, application.app_context():
        return [path for mail in asking.mails() for path in asking.links(mail)]


def sent(page: Any) -> None:
    """Sends the form; who is too fast looks at it once more."""
    for _again in range(100):
        page.click("[data-send]")
        page.wait_for_load_state()
        if "/inquiry/received/" in page.url:
            return


def typed(page: Any) -> None:
    page.fill("#f-passport", "M1234")
    page.fill("#email", "kim@example.com")
    page.fill("#content", "Two weeks already.")
    page.set_input_files("#file", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"aaa"})
    page.check("#consent")


@pytest.mark.live
@pytest.mark.spec("HC-1", "FLD-1", "HC-5")
@screens(("en", 390, 844, "sqlite"), ("ko", 1440, 900, "postgres"))
def test_with_script_the_questions_come_in_place_and_the_browser_proves_itself(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = center(engine, language, furnish)
    one = person(live, language, width, height)
    page = one.page
    one.go(f"/mall/hc/{language}/inquiry")
    page.select_option("#intake", index=1)
    page.wait_for_selector("#intake-1")
    page.select_option("#intake", index=1)
    page.wait_for_selector("#title")
    expect(page.locator("[data-again]")).to_be_hidden()
    # another type, and back: what was typed stays, and no page is loaded
    page.evaluate("window.here = true")
    page.fill("#title", "환불이 안 와요")
    page.select_option("#intake", index=2)
    expect(page.locator("#f-passport")).to_have_count(0)
    page.select_option("#intake", index=1)
    page.wait_for_selector("#f-passport")
    assert page.input_value("#title") == "환불이 안 와요" and page.evaluate("window.here")
    page.fill("#title", "환불은")
    expect(page.locator(".hi-offers a")).to_have_text(["환불은 언제 되나요"])
    typed(page)
    expect(page.locator("[data-chosen]").last).to_have_text("a.txt")
    one.check()
    page.evaluate("document.querySelector('[name=website]').value = 'x'")
    page.wait_for_function("() => performance.now() > 3_000")  # nobody is faster
    page.click("[data-send]")
    page.wait_for_url("**/inquiry/received/**")
    one.check()
    (path,) = mailed(live)
    one.go(path)
    expect(page.locator("main")).to_contain_text("Two weeks already.")
    expect(page.locator("main")).not_to_contain_text("M1234")
    page.fill("#body", "Any news?")
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("Any news?")
    one.check()


@pytest.mark.live
@pytest.mark.spec("HC-1", "FLD-1", "TKT-6")
@screens(("en", 390, 844, "postgres"), ("ko", 1440, 900, "sqlite"))
def test_without_script_nothing_is_missing(
    center: Callable[..., Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = center(engine, language, furnish)
    page = person(live, language, width, height, java_script_enabled=False).page
    page.goto(f"{live.url}/mall/hc/{language}/inquiry")
    page.select_option("#intake", index=1)
    page.click("[data-again]")
    page.select_option("#intake", index=1)
    page.click("[data-again]")
    page.fill("#title", "환불은")
    page.set_input_files(
        "#f-bill", {"name": "bill.txt", "mimeType": "text/plain", "buffer": b"bill"}
    )
    page.fill("#content", "Two weeks already.")
    page.click("[data-send]")
    expect(page.locator("[data-errors]")).to_be_visible()
    expect(page.locator("[name=f-bill]")).to_be_checked()
    page.click("[data-errors] a >> nth=0")
    typed(page)
    sent(page)
    (path,) = mailed(live)
    page.goto(live.url + path)
    page.fill("#body", "Any news?")
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("Any news?")
    with page.expect_download() as downloaded:
        page.click("main a:has-text('a.txt')")
    assert downloaded.value.suggested_filename == "a.txt"
