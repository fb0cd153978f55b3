"""The sheets of a workbook, read in parts (MIG-1).

calamine holds all cells of a sheet and each of their texts, thirty times what the file has. So a
sheet is cut between rows, and each part is given to it as a small workbook with the texts that its
cells name.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping

from occ.migration.reading.faults import Unfit
from occ.migration.reading.texts import Texts
from occ.migration.rules.cells import Broken, Cell
from occ.migration.rules.files import Fault

PIECE = 1024 * 1024  # bytes of a sheet that are read at once
ROW_MAX = 32 * 1024 * 1024  # bytes of a row, and of what stands before the first one
INDEX_MAX = 1024 * 1024  # bytes of what names the sheets
COLUMNS_MAX = 300
WORKBOOK = "xl/workbook.xml"
_RELATED = "xl/_rels/workbook.xml.rels"
_STYLES, _TEXTS = "xl/styles.xml", "xl/sharedStrings.xml"
_SHEET = "xl/worksheets/sheet1.xml"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_1904 = re.compile(r"<(?:\w+:)?workbookPr\b[^>]*\sdate1904\s*=\s*[\"'](?:1|true)[\"']")
_ROWS = re.compile(rb"<(\w+:)?sheetData\b[^>]*?(/?)>")
_ROW = re.compile(rb"<(?:\w+:)?row\b(?P<numbered>[^>]*\sr\s*=)?")
# a cell whose value is the number of a text; a formula may stand before it
_NAMING = re.compile(
    rb"<(?:\w+:)?c\b[^<>]*\st\s*=\s*[\"']s[\"'][^<>]*>"
    rb"(\s*(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v\b[^<>]*>\s*(?=\d))?"
    rb"(\d*)"
)
_BROKEN = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\br=\"([A-Z]{1,3})(\d+)\")[^>]*?(?:"
    rb"(?P<error>\bt=\"e\"[^>]*>)"
    rb"|>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>)"
)
_SUSPECT = re.compile(rb"<(?:\w+:)?f[ />]|\bt=\"e\"")


class Book:
    """An opened workbook; raises Unfit, also on the way through its rows."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        said = self._head(WORKBOOK)
        self._sheets = _sheets(said, self._head(_RELATED))
        there = set(packed.namelist())
        self._styles = packed.read(_STYLES) if _STYLES in there else b"<styleSheet/>"
        self._texts = Texts(packed.open(_TEXTS) if _TEXTS in there else None)
        self._small = _small(is_1904=_1904.search(said) is not None)

    def _head(self, name: str) -> str:
        with self._packed.open(name) as opened:
            return opened.read(INDEX_MAX).decode("utf-8", "replace")

    @property
    def names(self) -> list[str]:
        """What its sheets are called, in their order."""
        return list(self._sheets)

    def rows(self, name: str) -> Iterator[tuple[int, list[Cell]]]:
        """The rows of a sheet that have cells, each with its number."""
        before = 0
        for part in _parts(self._packed, self._sheets[name]):
            first = _ROW.search(part)
            counted = before if first and not first["numbered"] else 0  # calamine counts anew
            before += len(_ROW.findall(part)) if first and not first["numbered"] else 0
            broken = _broken(part)
            found = self._cells(part)
            for number in sorted({*found, *broken}):
                cells = _with(found.get(number, []), broken.get(number, {}))
                yield counted + number + 1, cells

    def _cells(self, part: bytes) -> dict[int, list[Cell]]:
        """The rows that calamine finds in a part."""
        from python_calamine import CalamineWorkbook

        numbers: dict[int, int] = {}

        def renumbered(cell: re.Match[bytes]) -> bytes:
            if cell[1] is None:  # an empty one, or written as nobody writes it
                after = part[cell.end() : cell.end() + 2]
                if not cell[0].endswith(b"/>") and after != b"</":
                    raise Unfit(Fault.UNREADABLE)
                return cell[0]
            number = numbers.setdefault(int(cell[2]), len(numbers))
            return cell[0][: -len(cell[2])] + b"%d" % number

        said = _NAMING.sub(renumbered, part)
        texts = b"".join(self._texts.elements(list(numbers)))
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w") as made:
            for name, content in self._small.items():
                made.writestr(name, content)
            made.writestr(_STYLES, self._styles)
            made.writestr(_TEXTS, b"<sst>" + texts + b"</sst>")
            made.writestr(_SHEET, b"<worksheet><sheetData>" + said + b"</sheetData></worksheet>")
        output.seek(0)
        try:
            sheet = CalamineWorkbook.from_filelike(output).get_sheet_by_index(0)
            rows = sheet.to_python()
        except BaseException as error:  # pyo3's PanicException is no Exception
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            raise Unfit(Fault.UNREADABLE) from error
        top, left = sheet.start or (0, 0)  # before them calamine cuts what is empty
        before: list[Cell] = [None] * left
        return {
            number: [*before, *(None if cell == "" else cell for cell in row)][:COLUMNS_MAX]
            for number, row in enumerate(rows, top)
        }


def _small(*, is_1904: bool) -> dict[str, str]:
    """What a workbook of one sheet needs besides."""
    return {
        "_rels/.rels": _related("officeDocument", WORKBOOK),
        WORKBOOK: (
            f'<workbook><workbookPr date1904="{int(is_1904)}"/>'
            '<sheets><sheet name="s" sheetId="1" r:id="r"/></sheets></workbook>'
        ),
        _RELATED: _related("worksheet", "worksheets/sheet1.xml"),
    }


def _related(kind: str, part: str) -> str:
    return (
        f'<Relationships><Relationship Id="r" Type="{_KINDS}/{kind}" Target="{part}"/>'
        "</Relationships>"
    )


def _sheets(book: str, related: str) -> dict[str, str]:
    """The parts that hold its sheets, by their names, in their order."""
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", related):
        if _attribute(tag, "Type").endswith("/worksheet"):
            target = _attribute(tag, "Target").removeprefix("/xl/").removeprefix("/")
            targets[_attribute(tag, "Id")] = f"xl/{target}"
    found = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        if (part := targets.get(_attribute(tag, r"\w+:id"))) is not None:
            found[_attribute(tag, "name")] = part
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[1] or found[2] or "") if found else ""


def _parts(packed: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The rows of a sheet as they are written, some whole ones at a time."""
    with packed.open(name) as opened:
        rest, row, end = b"", b"", b""
        while piece := opened.read(PIECE):
            rest += piece
            if not row:
                began = _ROWS.search(rest)
                if began is not None:
                    if began[2]:
                        return
                    row, end = (b"<%srow" % (began[1] or b""), b"</%ssheetData" % (began[1] or b""))
                    rest = rest[began.end() :]
            if row and end in rest:
                yield rest[: rest.index(end)]
                return
            cut = rest.rfind(row) if row else 0
            if cut > 0:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > ROW_MAX:
                raise Unfit(Fault.TOO_LARGE)
    raise Unfit(Fault.UNREADABLE)


def _broken(part: bytes) -> dict[int, dict[int, Broken]]:
    """The cells that have no value, by row and column: calamine reads them as empty."""
    found: dict[int, dict[int, Broken]] = {}
    if _SUSPECT.search(part) is not None:
        for cell in _BROKEN.finditer(part):
            row = found.setdefault(int(cell[2]) - 1, {})
            row[_column(cell[1])] = Broken.ERROR if cell["error"] else Broken.FORMULA
    return found


def _with(cells: list[Cell], broken: Mapping[int, Broken]) -> list[Cell]:
    """A row with its cells that have no value."""
    for column, one in broken.items():
        if column < COLUMNS_MAX:
            cells += [None] * (column + 1 - len(cells))
            cells[column] = one
    return cells


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
