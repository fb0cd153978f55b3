"""Rows of a workbook or CSV file, bounded before anything of it is unpacked (MIG-1)."""

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from occ.migration.rules.batches import ROWS_MAX
from occ.migration.rules.cells import Broken, Cell
from occ.migration.rules.files import Fault, fault_of, is_workbook

UNPACKED_MAX, PARTS_MAX, COLUMNS_MAX = 600 * 1024 * 1024, 500, 300
PIECE = 1024 * 1024
INDEX_MAX = 1024 * 1024  # bytes of what names the sheets
MARKS = "occ"  # the hidden sheet that says for which fields a template was made
_MACROS = "xl/vbaProject.bin"
_BROKEN = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\br=\"([A-Z]{1,3})(\d+)\")[^>]*?(?:"
    rb"(?P<error>\bt=\"e\"[^>]*>)"
    rb"|>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>)"
)
_SUSPECT = re.compile(rb"<(?:\w+:)?f[ />]|\bt=\"e\"")
_LONGEST = 64 * 1024  # bytes of a cell that may be cut by the end of a piece


class Unfit(Exception):
    """A file of which nothing can be taken."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, the head first, each with its number in the file; `marks` is what its
    hidden sheet says.
    """

    marks: list[str]
    rows: Iterator[tuple[int, list[Cell]]]


def read(content: bytes) -> Sheet:
    """Opens a file; raises Unfit, also on the way through its rows."""
    if (fault := fault_of(content)) is not None:
        raise Unfit(fault)
    return _workbook(content) if is_workbook(content) else _csv(content)


def _csv(content: bytes) -> Sheet:
    # in this order: a detector takes short Korean texts for Chinese
    for encoding in ("utf-8-sig", "cp949"):
        try:
            said = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unfit(Fault.ENCODING)
    first = said.partition("\n")[0]
    between = max(",\t;", key=first.count)
    return Sheet([], _counted(_csv_rows(said, between)))


def _csv_rows(said: str, between: str) -> Iterator[list[Cell]]:
    try:
        for row in csv.reader(io.StringIO(said, newline=""), delimiter=between):
            yield [cell or None for cell in row[:COLUMNS_MAX]]
    except csv.Error as error:
        raise Unfit(Fault.UNREADABLE) from error


def _counted(rows: Iterator[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that say something."""
    taken = 0
    for number, row in enumerate(rows, 1):
        if all(cell is None for cell in row):
            continue
        taken += 1
        if taken > ROWS_MAX + 2:  # the head and the example
            raise Unfit(Fault.TOO_MANY)
        yield number, row


def _workbook(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            broken = _looked_through(packed)
    except Unfit:
        raise
    except Exception as error:  # whatever a damaged or hostile archive brings zipfile to
        raise Unfit(Fault.UNREADABLE) from error
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        marks = []
        if MARKS in book.sheet_names:
            marks = [str(row[0]) for row in book.get_sheet_by_name(MARKS).to_python() if row]
        name = next(name for name in book.sheet_names if name != MARKS)
        sheet = book.get_sheet_by_name(name)
    except BaseException as error:  # pyo3's PanicException is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Unfit(Fault.UNREADABLE) from error
    rows = _cells(sheet, broken.get(name, {}))
    return Sheet(marks, _counted(rows))


def _cells(sheet: Any, broken: dict[tuple[int, int], Broken]) -> Iterator[list[Cell]]:
    # calamine cuts empty columns at the left, and all that lies beyond the last value
    left = sheet.start[1] if sheet.start else 0
    by_row: dict[int, dict[int, Broken]] = {}
    for (number, column), one in broken.items():
        by_row.setdefault(number, {})[column] = one
    number = -1
    for number, row in enumerate(sheet.iter_rows()):
        cells = [None] * left + [None if cell == "" else cell for cell in row]
        yield _with(cells[:COLUMNS_MAX], by_row.get(number, {}))
    for beyond in range(number + 1, max(by_row, default=-1) + 1):
        yield _with([], by_row.get(beyond, {}))


def _with(cells: list[Cell], broken: dict[int, Broken]) -> list[Cell]:
    """A row with its cells that have no value."""
    for column, one in broken.items():
        if column < COLUMNS_MAX:
            cells += [None] * (column + 1 - len(cells))
            cells[column] = one
    return cells


def _looked_through(packed: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], Broken]]:
    """Unpacks every part a piece at a time and keeps none, for what an archive says of its own size
    is not believed; returns by sheet the cells that have no value, which calamine reads as empty.
    """
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unfit(Fault.LOCKED)
    if _MACROS in names:
        raise Unfit(Fault.MACROS)
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise Unfit(Fault.TOO_LARGE)
    if "xl/workbook.xml" not in names:
        raise Unfit(Fault.UNREADABLE)
    room, found, sheets = UNPACKED_MAX, {}, _sheets(packed)
    for part in parts:
        name = sheets.get(part.filename)
        broken: dict[tuple[int, int], Broken] = {}
        rest = b""
        with packed.open(part) as opened:
            while piece := opened.read(PIECE):
                room -= len(piece)
                if room < 0:
                    raise Unfit(Fault.TOO_LARGE)
                if name is not None:
                    rest = _note(rest + piece, broken)
        if name is not None and broken:
            found[name] = broken
    return found


def _sheets(packed: zipfile.ZipFile) -> dict[str, str]:
    """The names of sheets by the parts that hold them."""
    said = {}
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        with packed.open(name) as opened:
            said[name] = opened.read(INDEX_MAX).decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", said["xl/_rels/workbook.xml.rels"]):
        target = _attribute(tag, "Target").removeprefix("/xl/").removeprefix("/")
        targets[_attribute(tag, "Id")] = f"xl/{target}"
    tags = re.findall(r"<(?:\w+:)?sheet\b[^>]*>", said["xl/workbook.xml"])
    return {targets.get(_attribute(tag, r"\w+:id"), ""): _attribute(tag, "name") for tag in tags}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[1] or found[2] or "") if found else ""


def _note(piece: bytes, broken: dict[tuple[int, int], Broken]) -> bytes:
    """Notes the cells without a value of a piece; returns its end, where one may be cut."""
    end = 0
    if _SUSPECT.search(piece) is None:
        return piece[-_LONGEST:]
    for cell in _BROKEN.finditer(piece):
        end = cell.end()
        place = int(cell[2]) - 1, _column(cell[1])
        broken[place] = Broken.ERROR if cell["error"] else Broken.FORMULA
    return piece[max(end, len(piece) - _LONGEST) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
