"""Old inquiries are brought in, in a real browser (MIG-1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

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
            file.write_bytes(
                old.book(desk, *rows, {**old.CLOSED, "title": "Mended", "assignee": "nobody"})
            )

    live = center(engine, language, furnish)
    page = sign_in(person(live, language, width, height), "boss")
    bring_in(page, live, file, 1)
    with page.expect_download() as refused:
        page.click(f"a[href='{HERE}/1/refused']")
    assert refused.value.suggested_filename.endswith(".xlsx")
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    page.wait_for_selector(":text('No. 2')")
    assert page.locator(":text('Mended')").count() == 0

    mended = tmp_path / "mended.xlsx"
    refused.value.save_as(mended)
    mend(mended)
    bring_in(page, live, mended, 2)
    assert page.locator(f"a[href='{HERE}/2/refused']").count() == 0, "nothing is wrong any more"
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    page.wait_for_selector(":text('Mended')")

    page.goto(f"{live.url}{HERE}/1")
    page.click("a[href$='/1/undo'], a[hx-get$='/1/undo']")
    with page.expect_response("**/1/undo"):
        page.click("#o-dialog button[type=submit]")
    page.wait_for_selector("a[href$='/1/undo']", state="detached", timeout=60_000)
    page.wait_for_function("() => !document.querySelector('[role=status][data-n]')", timeout=60_000)
    page.goto(live.url + "/c/s/mall/tickets?box=all")
    page.wait_for_selector(":text('Mended')")
    assert page.locator(":text('No. 2')").count() == 0


def bring_in(page: Any, live: Live, file: Path, number: int) -> None:
    """From the template over the upload to tickets; the page follows the child by itself."""
    page.goto(live.url + HERE)
    page.click(f"a[href='{HERE}/new'] >> nth=0")
    with page.expect_download() as template:
        page.click(f"a[href='{HERE}/template/mall']")
    assert template.value.suggested_filename.endswith(".xlsx")
    page.click(f"a[href='{HERE}/new/mall']")
    page.set_input_files("#file", file)
    page.click("form.o-page-form button[type=submit]")
    page.wait_for_selector(f":text('{file.name}')")
    page.click("form.o-page-form button[type=submit]")
    page.click(f"a[href$='/{number}/reserve'], a[hx-get$='/{number}/reserve']", timeout=60_000)
    page.check("#o-dialog input[value=now]")
    with page.expect_response(f"**/{number}/reserve"):
        page.click("#o-dialog button[type=submit]")
    page.wait_for_selector(f"a[href$='/{number}/undo']", timeout=60_000)


def mend(file: Path) -> None:
    """Corrects the cell that is marked as wrong in a workbook of refused rows."""
    book = load_workbook(file)
    wrong = [
        cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "nobody"
    ]
    [cell] = wrong
    assert cell.comment is not None and cell.fill.fgColor.rgb != "00000000"
    cell.value, cell.comment = "boss", None
    book.save(file)
