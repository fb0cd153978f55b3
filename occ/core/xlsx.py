"""Excel out: texts stay texts, figures, days, times and lengths are
what they are; memory stays flat. Excel in: bounded before anything of it is unpacked.
"""

import io
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Response

from occ.core import clock, disk
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import number, viewer_zone
from occ.core.text import writable

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_LIMIT = 2_000
TEXT_MAX = 32_767  # what a cell of Excel holds, in units of UTF-16
DIGITS = 15  # what a figure of Excel holds
UNPACKED_MAX, PARTS_MAX, COLUMNS_MAX = 50 * 1024 * 1024, 200, 200  # of a file that is read
FIRST_YEAR = 1900  # of Excel's calendar
_TIME, _DAY, _LENGTH = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "[h]:mm:ss"
_ESCAPED = re.compile("(?<=_)(?=x[0-9A-Fa-f]{4}_)")


def dated(title: str) -> str:
    """A file's name with the viewer's day."""
    return f"{title} {clock.local_day(clock.now(), viewer_zone()):%Y%m%d}"


def zoned(label: Any) -> str:
    """The head of a column of instants: they are written as times of the viewer's zone."""
    return f"{label} ({viewer_zone()})"


def workbook(
    title: str,
    head: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    wrong: Mapping[int, str] = MappingProxyType({}),
) -> bytes:
    """One sheet as .xlsx bytes.

    A text never becomes a formula, whatever it starts with; a Decimal is grouped and keeps its
    places. Rows that are `wrong`, by their number from 0, are coloured and say why in a comment.

    Rows wait in the temporary folder; raises DiskFull where it has no room.
    """
    from openpyxl import Workbook

    disk.need(disk.temporary(), 0)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(
        "".join(sign for sign in writable(title) if sign not in "\\*?:/[]").strip("'")[:31] or None
    )
    sheet.freeze_panes = "A2"
    cells = _Cells(sheet)
    output = io.BytesIO()
    try:
        sheet.append([cells.bold(str(text)) for text in head])
        for number, row in enumerate(rows):
            made = [cells.made(value) for value in row]
            sheet.append(cells.marked(made, wrong[number]) if number in wrong else made)
        book.save(output)
    except BaseException as error:
        _drop(sheet)
        if disk.is_full(error):
            raise disk.DiskFull from error
        raise
    return output.getvalue()


def _drop(sheet: Any) -> None:
    """Removes what was written of a sheet to the temporary folder: openpyxl would leave it there
    until the process ends.
    """
    writer = sheet._writer
    if writer is None:
        return
    for stream in (sheet._rows, writer.xf):
        with suppress(Exception):
            stream.close()
    if os.path.exists(writer.out):
        writer.cleanup()


class _Cells:
    """Makes the cells of a sheet; what they look like is kept once for each format."""

    def __init__(self, sheet: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.rich_text import CellRichText
        from openpyxl.styles import Font

        self.sheet, self.new, self.runs = sheet, WriteOnlyCell, CellRichText
        self.zone, self.styles = ZoneInfo(viewer_zone()), dict[str, Any]()
        self.font = Font(bold=True)

    def made(self, value: Any) -> Any:
        """A value as the sheet takes it; nothing for an empty text."""
        if value is None or (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and abs(value) < 10**DIGITS
        ):
            return value
        if isinstance(value, timedelta):  # in whole seconds, as pages show it: readers would round
            return self._formatted(timedelta(seconds=int(value.total_seconds())), _LENGTH)
        if isinstance(value, datetime):
            local = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
            return self._formatted(local, _TIME) if local.year >= FIRST_YEAR else str(local)
        if isinstance(value, date):
            return self._formatted(value, _DAY) if value.year >= FIRST_YEAR else str(value)
        if isinstance(value, Decimal):
            digits, places = value.normalize().as_tuple().digits, -int(value.as_tuple().exponent)
            if len(digits) > DIGITS:
                return f"{value:f}"
            return self._formatted(value, "#,##0" + ("." + "0" * places if places > 0 else ""))
        return self._text(str(value))

    def _text(self, text: str) -> Any:
        text = _fitting(writable(text).replace("\r\n", "\n").replace("\r", "\n"))
        runs = _ESCAPED.split(text)
        if len(runs) == 1 and not text.startswith(("=", "#")):
            return text or None
        # Formulas and errors are told by the type of the cell. A text like _x0041_ is an escape to
        # Excel: broken into two runs, it is none to any reader, while one more escape (_x005F_) is
        # shown as such by those that know of none.
        cell = self.new(self.sheet)
        cell._value, cell.data_type = self.runs(runs) if len(runs) > 1 else text, "s"
        return cell

    def bold(self, text: str) -> Any:
        found = self._text(text)
        cell = self.new(self.sheet, found) if isinstance(found, str) or found is None else found
        cell.font = self.font
        return cell

    def marked(self, row: Sequence[Any], why: str) -> list[Any]:
        """A row that was refused: all of it coloured, the reason at its first cell."""
        from openpyxl.comments import Comment
        from openpyxl.styles import PatternFill

        fill = PatternFill("solid", fgColor="FFFDD5D1")
        marked = []
        for value in row:
            cell = value if hasattr(value, "data_type") else self.new(self.sheet, value)
            cell.fill = fill
            marked.append(cell)
        marked[0].comment = Comment(why, "OCC")
        return marked

    def _formatted(self, value: Any, format: str) -> Any:
        cell = self.new(self.sheet)
        if format not in self.styles:
            cell.number_format = format
            self.styles[format] = cell._style
        cell._style = self.styles[format]
        cell.value = value
        return cell


def _fitting(text: str) -> str:
    """The text as far as a cell holds it; where it is cut, its end says so."""
    if len(text) <= TEXT_MAX // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * TEXT_MAX:
        return text
    mark = _("… (cut: %(count)s characters)", count=number(len(text)))
    return units[: 2 * (TEXT_MAX - len(mark))].decode("utf-16-le", "ignore") + mark


def read(content: bytes) -> list[list[Any]]:
    """The cells of a workbook's first sheet, row by row; what is empty is None.

    Raises Refused for what is no workbook, for one that unpacks to more than UNPACKED_MAX or holds
    more than ROW_LIMIT rows below its head or COLUMNS_MAX columns.
    """
    from openpyxl import load_workbook

    refused = Refused(_("This is no Excel file (.xlsx). Choose another one."), "file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise refused from error
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise Refused(_("This file unpacks to too much. Divide it."), "file")
    rows: list[list[Any]] = []
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what it says of its own size is not believed
            for row in sheet.iter_rows(max_col=COLUMNS_MAX, values_only=True):
                rows.append(list(row))
                if len(rows) > ROW_LIMIT + 1:
                    raise Refused(
                        _("A file may have at most %(count)s rows. Divide it.", count=ROW_LIMIT),
                        "file",
                    )
        finally:
            book.close()
    except Refused:
        raise
    except Exception as error:  # whatever a damaged or hostile file brings openpyxl to
        raise refused from error
    return rows


def download(content: bytes, name: str) -> Response:
    """The workbook as an attachment with a name in any script."""
    response = Response(content, mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"occ.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    )
    return response
