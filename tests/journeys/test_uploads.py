"""Files in forms, in a real browser: slow ones, dropped ones, two at once (FLD-1, TKT-6)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from occ.fields.rules import FieldKind, FieldType
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.journeys.test_calls import sign_in
from tests.support.held import arrived
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens

DROP = """([place, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["dropped"], name));
  const at = document.querySelector(place);
  ["dragover", "drop"].forEach((kind) => at.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true })));
}"""


def let_go(page: Any, held: list[Any], count: int) -> None:
    """Lets requests that were held back pass, once so many are."""
    arrived(page, held, count)
    while held:
        held.pop().continue_()


@pytest.fixture
def desk(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A service with a plain and an encrypted field of files, its manager `boss` and a ticket of his."""

    def furnish(boss: Any) -> None:
        mall = tickets.desk(boss)
        fields.field(mall, "receipt", FieldKind.AGENT, type=FieldType.FILE)
        fields.field(mall, "book", FieldKind.AGENT, type=FieldType.FILE, encrypted=True)
        tickets.ticket(mall, boss, "first", take=True)

    return lambda engine, language: center(engine, language, furnish)


@pytest.mark.live
@pytest.mark.spec("FLD-1", "FLD-3", "TKT-6")
@screens(("en", 1440, 900, "sqlite"), ("ko", 390, 844, "postgres"), ("ja", 1440, 900, "sqlite"))
def test_each_file_comes_where_it_was_chosen(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    tmp_path: Path,
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    one = person(live, language, width, height)
    page = sign_in(one, "boss")
    files = {name: tmp_path / name for name in ("receipt.txt", "book.txt", "other.txt")}
    for path in files.values():
        path.write_text(path.name)
    page.goto(live.url + "/c/s/mall/tickets/1")
    page.click("a[href$='/1/fields']")

    # one file is still on its way while the next is chosen: each comes into its own field, and the form waits for both
    held: list[Any] = []
    page.route("**/uploads", lambda route: held.append(route))
    page.set_input_files("#f-receipt", files["receipt.txt"])
    page.set_input_files("#f-book", files["book.txt"])
    page.wait_for_function("() => document.querySelector('#o-dialog form').dataset.sending === '2'")
    assert page.is_disabled("#o-dialog button[type=submit]")
    let_go(page, held, 2)
    page.wait_for_selector("#f-receipt-box :text('receipt.txt')")
    page.wait_for_selector("#f-book-box :text('book.txt')")
    assert page.is_enabled("#o-dialog button[type=submit]")
    page.unroute("**/uploads")

    # its name is no button; removed and chosen again by keyboard, the focus stays
    page.click("#f-receipt-name")
    assert page.is_visible("#f-receipt-box :text('receipt.txt')")
    page.focus("#f-receipt-box button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-receipt[type=file]", state="attached")
    assert page.evaluate("document.activeElement.id") == "f-receipt"

    # a file dropped on a field is that field's
    page.evaluate(DROP, ["#f-receipt-box label", "dropped.txt"])
    page.wait_for_selector("#f-receipt-box :text('dropped.txt')")
    assert page.locator("#t-files li").count() == 0
    one.check()
    page.click("#o-dialog button[type=submit]")
    page.wait_for_selector(".t-vals a:has-text('dropped.txt')")
    with page.expect_download() as hidden:
        page.click(".t-vals form button")
    assert (
        hidden.value.suggested_filename == "book.txt"
        and Path(hidden.value.path()).read_text() == "book.txt"
    )

    # a new ticket's files: chosen and dropped; the form waits for one on its way
    page.goto(live.url + "/c/s/mall/tickets/new")
    page.fill("#subject", "A parcel")
    page.fill("#body", "It came open.")
    page.route("**/new/files", lambda route: held.append(route))
    page.set_input_files("[data-files]", files["other.txt"])
    page.wait_for_function("() => document.querySelector('main form').dataset.sending === '1'")
    assert page.is_disabled("main form button[type=submit]")
    let_go(page, held, 1)
    page.wait_for_selector("#t-files :text('other.txt')")
    page.unroute("**/new/files")
    page.evaluate(DROP, ["#body", "second.txt"])
    page.wait_for_selector("#t-files :text('second.txt')")
    one.check()
    page.click("#t-files li:nth-child(2) button")
    page.wait_for_function("() => document.querySelectorAll('#t-files li').length === 1")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".t-msg .t-files :text('other.txt')")
    assert page.locator(".t-msg .t-files li").count() == 1
