"""LibreOffice without a screen: what it reads in workbooks, and workbooks as it saves them."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

PROGRAM = "soffice"
SECONDS = 240  # to start and to convert all files of a test
NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
LENGTH = re.compile(r"(-?)PT(\d+)H(\d+)M([\d.,]+)S")
REPEATED_MOST = 1_000  # cells and rows that are repeated more often are the empty rest of a sheet


def missing() -> str | None:
    """Why it is not there; None where it is."""
    return None if shutil.which(PROGRAM) else f"{PROGRAM} (apt-get install libreoffice-calc)"


@dataclass(frozen=True)
class Cell:
    """A cell as LibreOffice holds it, as it shows it, and what its comment says."""

    value: Any
    shown: str
    comment: str


@dataclass(frozen=True)
class Sheet:
    name: str
    rows: Sequence[Sequence[Cell]]

    @property
    def values(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Book:
    """A workbook: its sheets in order, its drop-downs by what they choose from, how many formulas
    it has.
    """

    sheets: Sequence[Sheet]
    choices: Sequence[str]
    formulas: int


def converted(files: Mapping[str, bytes], to: str, folder: Path) -> dict[str, bytes]:
    """Files by name, all saved in another format by one start of LibreOffice."""
    came, went = folder / "in", folder / to
    for made in (came, went):
        made.mkdir(parents=True, exist_ok=True)
    numbers = {name: f"{number:03}" for number, name in enumerate(files)}
    for name, number in numbers.items():
        (came / f"{number}.xlsx").write_bytes(files[name])
    done = subprocess.run(
        [
            PROGRAM,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            to,
            "--outdir",
            str(went),
            *sorted(str(path) for path in came.iterdir()),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    there = {name: went / f"{number}.{to}" for name, number in numbers.items()}
    lost = [name for name, path in there.items() if not path.is_file()]
    assert not lost, f"{lost}: {done.stdout[-500:]}{done.stderr[-2000:]}"
    return {name: path.read_bytes() for name, path in there.items()}


def books(files: Mapping[str, bytes], folder: Path) -> dict[str, Book]:
    """What LibreOffice reads in workbooks."""
    return {name: _book(content) for name, content in converted(files, "fods", folder).items()}


def _book(content: bytes) -> Book:
    root = etree.fromstring(content, etree.XMLParser(huge_tree=True))
    sheets = root.iterfind("office:body/office:spreadsheet/table:table", NAMES)
    choices = root.iterfind(".//table:content-validation", NAMES)
    return Book(
        [Sheet(_of(sheet, "table:name"), _rows(sheet)) for sheet in sheets],
        [_of(choice, "table:condition") for choice in choices],
        len(root.xpath("//@table:formula", namespaces=NAMES)),
    )


def _of(element: Any, name: str) -> str:
    prefix, _colon, local = name.partition(":")
    return str(element.get(f"{{{NAMES[prefix]}}}{local}") or "")


def _rows(sheet: Any) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for row in sheet.iterfind(".//table:table-row", NAMES):
        cells: list[Cell] = []
        for one in row:
            if etree.QName(one).localname not in ("table-cell", "covered-table-cell"):
                continue
            repeated = int(_of(one, "table:number-columns-repeated") or 1)
            if repeated <= REPEATED_MOST:
                cells += [_cell(one)] * repeated
        while cells and cells[-1] == Cell(None, "", ""):
            cells.pop()
        repeated = int(_of(row, "table:number-rows-repeated") or 1)
        if repeated <= REPEATED_MOST:
            rows += [cells] * repeated
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _cell(element: Any) -> Cell:
    shown = "\n".join(_text(one) for one in element.iterfind("text:p", NAMES))
    notes = element.iterfind("office:annotation", NAMES)
    comment = "\n".join(_text(one) for note in notes for one in note.iterfind("text:p", NAMES))
    match _of(element, "office:value-type"):
        case "":
            value: Any = None
        case "string":
            value = shown
        case "date":
            value = datetime.fromisoformat(_of(element, "office:date-value")[:19])
        case "time":
            value = _length(_of(element, "office:time-value"))
        case kind:
            assert kind in ("float", "percentage", "currency"), kind
            value = Decimal(_of(element, "office:value"))
    return Cell(value, shown, comment)


def _length(text: str) -> timedelta:
    found = LENGTH.fullmatch(text)
    assert found, text
    sign, hours, minutes, seconds = found.groups()
    length = timedelta(
        hours=int(hours), minutes=int(minutes), seconds=float(seconds.replace(",", "."))
    )
    return -length if sign else length


def _text(paragraph: Any) -> str:
    """What a paragraph says; several spaces, tabs and line breaks are elements of their own."""
    text = paragraph.text or ""
    for one in paragraph:
        match etree.QName(one).localname:
            case "s":
                text += " " * int(_of(one, "text:c") or 1)
            case "tab":
                text += "\t"
            case "line-break":
                text += "\n"
            case _:
                text += _text(one)
        text += one.tail or ""
    return text
