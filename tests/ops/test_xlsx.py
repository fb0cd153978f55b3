"""Excel files: what is written is read as it was, by every reader (TKT-2, BIL-2, CTI-3)."""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook

from occ.core import i18n, xlsx
from occ.core.text import writable
from tests.support.settings import change

SIGNS = st.characters() | st.sampled_from("_x0041\ud800\uffff\ufffe\x0b\x00\r\n\t")
NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def seoul() -> Iterable[None]:
    """An application that knows languages and nothing else, for a reader of English in Seoul."""
    made = Flask(__name__)
    change(made, disk_reserve_mb=0)
    i18n.init_app(made)
    with made.app_context(), i18n.force_locale("en"), i18n.force_zone("Asia/Seoul"):
        yield


def written(*rows: Sequence[Any]) -> bytes:
    return xlsx.workbook("Sheet", ["Head"], rows)


def as_excel(data: bytes) -> list[list[str]]:
    """The texts of the rows below the head as the format defines them: each run's escapes are read, then the runs stand together."""
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml"))
    escape = re.compile("_x([0-9A-Fa-f]{4})_")
    read = lambda run: escape.sub(lambda found: chr(int(found[1], 16)), run.text or "")
    return [
        [
            "".join(read(run) for run in cell.iterfind(".//m:t", NAMES))
            for cell in row.iterfind("m:c", NAMES)
        ]
        for row in root.iterfind(".//m:row", NAMES)
    ][1:]


def as_openpyxl(data: bytes) -> list[list[Any]]:
    active = load_workbook(io.BytesIO(data)).active
    assert active is not None
    return [[cell.value for cell in row] for row in active.iter_rows(min_row=2)]


@pytest.mark.usefixtures("seoul")
@pytest.mark.parametrize(
    "text",
    [
        "_x0041_",
        "a_x0041_x0042_b",
        "_x005F_x0041_",
        " _xAbCd_ ",
        "_x_",
        "=1+1",
        "#N/A",
        "007",
        "+8210",
        "a\nb",
        "@x",
        "-",
    ],
)
def test_a_text_stays_as_it_was_typed(text: str) -> None:
    data = written([text])
    assert as_excel(data) == [[text]] and as_openpyxl(data) == [[text]]


@pytest.mark.usefixtures("seoul")
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(st.lists(st.text(SIGNS, min_size=1, max_size=12), min_size=1, max_size=8))
def test_no_text_stops_a_workbook_and_all_of_it_that_can_be_written_is_there(
    cells: list[str],
) -> None:
    data = written(["start", *cells, "end"])
    expected = [writable(text).replace("\r\n", "\n").replace("\r", "\n") for text in cells]
    assert [text for text in as_excel(data)[0] if text] == [
        "start",
        *(text for text in expected if text),
        "end",
    ]
    assert [text for text in as_openpyxl(data)[0] if text] == [
        "start",
        *(text for text in expected if text),
        "end",
    ]


@pytest.mark.usefixtures("seoul")
@pytest.mark.parametrize("text", ["a" * 32_768, "😀" * 20_000, "_x0041_" * 6_000])
def test_a_text_too_long_for_a_cell_says_that_it_was_cut(text: str) -> None:
    assert as_excel(written(["a" * 32_767])) == [["a" * 32_767]], "as much as fits"
    (found,) = as_excel(written([text]))[0]
    said = f"… (cut: {len(text):,} characters)"
    assert len(found.encode("utf-16-le")) // 2 in (32_766, 32_767), "an emoji is not cut in half"
    assert (
        found.endswith(said)
        and text.startswith(found.removesuffix(said))
        and len(found) > len(text) // 2
    )


@pytest.mark.usefixtures("seoul")
def test_values_are_what_they_are() -> None:
    at = datetime(2026, 1, 2, 14, 59, 59, 999_999, tzinfo=UTC)
    figures = [Decimal("12.40"), Decimal("2345600"), 7, 3.5, Decimal("1234567890123456.5")]
    length = timedelta(hours=30, minutes=1, milliseconds=999)
    row = [at, date(2026, 1, 2), length, *figures, date(1899, 1, 1)]
    active = load_workbook(io.BytesIO(written(row))).active
    assert active is not None
    assert [(cell.value, cell.number_format) for cell in active[2]] == [
        (datetime.fromisoformat("2026-01-02T23:59:59"), "yyyy-mm-dd hh:mm:ss"),
        (datetime.fromisoformat("2026-01-02"), "yyyy-mm-dd"),
        (timedelta(hours=30, minutes=1), "[h]:mm:ss"),
        (12.4, "#,##0.00"),
        (2345600, "#,##0"),
        (7, "General"),
        (3.5, "General"),
        ("1234567890123456.5", "General"),
        ("1899-01-01", "General"),
    ]
    assert xlsx.zoned("Received") == "Received (Asia/Seoul)"


@pytest.mark.usefixtures("seoul")
@pytest.mark.parametrize("title", ["", "'", "\uffff\x0b", "a/b:c*[d]?", "가" * 60])
def test_any_title_names_a_sheet(title: str) -> None:
    assert load_workbook(io.BytesIO(xlsx.workbook(title, ["Head"], []))).sheetnames[0]
