"""Old inquiries are brought in, in a real browser (MIG-1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from occ.core.i18n import force_locale
from tests.factories import migration as old
from tests.factories import ticket as tickets
from tests.journeys.test_calls import sign_in
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens

HERE = "/c/org/migration"


@pytest.mark.live
@pytest.mark.full
@pytest.mark.spec("MIG-1")
@screens(("ko", 1440, 900, "sqlite"), ("en", 390, 844, "postgres"), ("ja", 1440, 900, "sqlite"))
def test_from_the_template_to_tickets_and_back(
    center: Callable[..., Live],
    person: Callable[..., Person],
    tmp_path: Path,
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    file = tmp_path / "old.xlsx"

    def furnish(boss: Any) -> None:
        desk = tickets.desk(boss)
        with force_locale(language):
            rows = [{**old.LIKE, "title": f"No. {n}"} for n in range(3)]
            file.write_bytes(old.book(desk, *rows, {**old.CLOSED, "assignee": "nobody"}))

    live = center(engine, language, furnish)
    page = sign_in(person(live, language, width, height), "boss")
    page.goto(live.url + HERE)
    page.click(f"a[href='{HERE}/new'] >> nth=0")
    with page.expect_download() as template:
        page.click(f"a[href='{HERE}/template/mall']")
    assert template.value.suggested_filename.endswith(".xlsx")
    page.click(f"a[href='{HERE}/new/mall']")
    page.set_input_files("#file", file)
    page.click("form.o-page-form button[type=submit]")
    page.wait_for_selector(":text('old.xlsx')")
    page.click("form.o-page-form button[type=submit]")

    # the page follows the child by itself: check, tickets, undo
    page.click("a[href$='/1/reserve'], a[hx-get$='/1/reserve']", timeout=60_000)
    page.check("#o-dialog input[value=now]")
    with page.expect_response("**/1/reserve"):
        page.click("#o-dialog button[type=submit]")
    page.wait_for_selector("a[href$='/1/undo'], a[hx-get$='/1/undo']", timeout=60_000)
    with page.expect_download() as refused:
        page.click(f"a[href='{HERE}/1/refused']")
    assert refused.value.suggested_filename.endswith(".xlsx")
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    page.wait_for_selector(":text('No. 2')")
    page.goto(f"{live.url}{HERE}/1")
    page.click("a[href$='/1/undo'], a[hx-get$='/1/undo']")
    with page.expect_response("**/1/undo"):
        page.click("#o-dialog button[type=submit]")
    page.wait_for_selector("a[href$='/1/undo']", state="detached", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('[role=status][data-n]')", timeout=60_000)
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    assert page.locator(":text('No. 2')").count() == 0
