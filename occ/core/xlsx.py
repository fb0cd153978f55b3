"""Excel out: strings stay strings, numbers stay numbers, memory stays flat."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask import Response

from occ.core import clock
from occ.core.i18n import viewer_zone

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_LIMIT = 2_000


def dated(title: str) -> str:
    """A file's name with the viewer's day."""
    return f"{title} {clock.local_day(clock.now(), viewer_zone()):%Y%m%d}"


def workbook(title: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet as .xlsx bytes. A text never becomes a formula, whatever it starts with."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(sign for sign in title if sign not in "\\*?:/[]")[:31])
    sheet.freeze_panes = "A2"

    def cell(value: Any, *, bold: bool = False) -> Any:
        if isinstance(value, datetime):
            value = value.replace(tzinfo=None)
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if value is not None and not number and not isinstance(value, datetime):
            value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        made = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"
        if bold:
            made.font = Font(bold=True)
        return made

    sheet.append([cell(str(h), bold=True) for h in head])
    for row in rows:
        sheet.append([cell(value) for value in row])
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def instant(text: str) -> datetime:
    """An instant stored as ISO 8601."""
    return datetime.fromisoformat(text)


def download(content: bytes, name: str) -> Response:
    """The workbook as an attachment with a name in any script."""
    response = Response(content, mimetype=MIMETYPE)
    response.headers["Content-Disposition"] = f"attachment; filename=\"occ.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx"
    return response
