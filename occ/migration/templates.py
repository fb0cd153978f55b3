"""Workbooks to fill in, and those of refused rows (MIG-1)."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from occ.core import disk
from occ.core.i18n import gettext as _
from occ.core.text import writable
from occ.core.xlsx import TEXT_MAX
from occ.fields.rules import FieldType
from occ.migration import columns
from occ.migration.columns import Column
from occ.migration.reading.file import MARKS
from occ.migration.rules.batches import COMMENTS_MAX, ROWS_MAX
from occ.migration.rules.cells import Cell, is_figure, plain
from occ.organization.models import Service

MARK = "occ-migration"
LISTS = "lists"
SUMMED = 1_000  # lines of a summary
_TIMES = ("received", "resolved", "done")
_WIDE = {"title": 34, "content": 50, "answer": 50, "intake": 26, "resolution": 26}
_HEAD, _NEEDED, _EXAMPLE, _REFUSED = "FFE8EEF7", "FFD6E4F5", "FFF2F2F2", "FFFDD5D1"


def template(of: Service) -> bytes:
    """The workbook of a service: a sheet to fill in, one of explanations, and two hidden ones."""
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    shown = columns.columns(of)
    book = Workbook()
    sheet = book.active
    sheet.title = _sheet_name(_("Inquiries"))
    sheet.freeze_panes = "A2"
    lists = columns.lists(of)
    example = _example(of, lists)
    for place, column in enumerate(shown, 1):
        letter = get_column_letter(place)
        head = sheet.cell(1, place)
        _put(head, column.head)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor=_NEEDED if column.required else _HEAD)
        note = columns.kind_of(column)
        needed = _("Required") + ". " if column.required else ""
        head.comment = Comment(f"{needed}{note}", "OCC", height=90, width=240)
        cell = sheet.cell(2, place)
        _put(cell, example.get(column.key))
        cell.font = Font(italic=True, color="FF6B6B6B")
        cell.fill = PatternFill("solid", fgColor=_EXAMPLE)
        cell.alignment = Alignment(vertical="top")
        cell.number_format = _format(column)
        sheet.column_dimensions[letter].width = _WIDE.get(column.key, 20)
        # of the whole column: so a number that is typed keeps its leading 0
        sheet.column_dimensions[letter].number_format = _format(column)
    _drop_downs(book, sheet, shown, lists)
    _explanations(book, of)
    _marks(book, of)
    return _saved(book)


def _sheet_name(text: str) -> str:
    return "".join(sign for sign in text if sign not in "\\*?:/[]")[:31]


def _format(column: Column) -> str:
    kind = column.field.type if column.field else None
    if column.key in _TIMES or kind is FieldType.DATE_TIME:
        return "yyyy-mm-dd hh:mm"
    if kind is FieldType.DATE:
        return "yyyy-mm-dd"
    return "General" if kind is FieldType.NUMBER else "@"


def _put(cell: Any, value: Any) -> None:
    """A text stays a text, whatever it begins with."""
    if isinstance(value, str):
        cell.value = writable(value)[: TEXT_MAX // 2]
        cell.data_type = "s"
    else:
        cell.value = value


def _example(of: Service, lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A row that shows what goes where; nothing is made of it."""
    first = {key: words[0] for key, words in lists.items()}
    return {
        **first,
        "title": str(columns.EXAMPLE),
        "content": _("I ordered a week ago. When will it arrive?"),
        "name": _("Example customer"),
        "email": "name@example.com",
        "state": lists["state"][-1],
        "priority": lists["priority"][1],
        "answer": _("It is on its way and arrives tomorrow."),
        "received": datetime.fromisoformat("2025-03-04T09:30"),
        "resolved": datetime.fromisoformat("2025-03-04T14:00"),
        "done": datetime.fromisoformat("2025-03-18T14:00"),
    }


def _drop_downs(
    book: Any, sheet: Any, shown: Sequence[Column], lists: Mapping[str, Sequence[str]]
) -> None:
    """Lists stand on a hidden sheet and are named: in the cell itself they would hold 255
    characters, and no word with a comma.
    """
    from openpyxl.utils import get_column_letter
    from openpyxl.workbook.defined_name import DefinedName
    from openpyxl.worksheet.datavalidation import DataValidation

    hidden = book.create_sheet(LISTS)
    hidden.sheet_state = "hidden"
    for place, column in enumerate(shown, 1):
        words = lists.get(column.key)
        if not words:
            continue
        at, letter = hidden.max_column + 1, get_column_letter(place)
        for row, word in enumerate(words, 1):
            _put(hidden.cell(row, at), word)
        name = f"occ_list_{place}"
        where = get_column_letter(at)
        book.defined_names[name] = DefinedName(
            name, attr_text=f"'{LISTS}'!${where}$1:${where}${len(words)}"
        )
        rule = DataValidation("list", formula1=f"={name}", allow_blank=True)
        rule.error, rule.errorTitle = _("Choose one of the list."), column.head[:30]
        rule.add(f"{letter}2:{letter}{ROWS_MAX + 2}")
        sheet.add_data_validation(rule)


def _explanations(book: Any, of: Service) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(_sheet_name(_("Explanations")))
    lines = [
        _("Old inquiries of “%(service)s”", service=of.name),
        _("Fill in the first sheet, a row for each inquiry, and upload this file as .xlsx."),
        _("The grey row is an example and is not taken. At most 100,000 rows a file."),
        _("Times are those of %(zone)s.", zone=of.time_zone),
        _("A formula counts by the value it shows. Leave heads and hidden sheets as they are."),
        _("Files, mails and consents are not brought in. Nobody gets a mail, no trigger runs."),
    ]
    for row, line in enumerate(lines, 1):
        _put(sheet.cell(row, 1), line)
    sheet.cell(1, 1).font = Font(bold=True)
    top = len(lines) + 2
    for place, head in enumerate((_("Column"), _("Required"), _("What goes in")), 1):
        _put(sheet.cell(top, place), head)
        sheet.cell(top, place).font = Font(bold=True)
    for row, said in enumerate(columns.explained(of), top + 1):
        for place, text in enumerate(said, 1):
            _put(sheet.cell(row, place), text)
            sheet.cell(row, place).alignment = Alignment(vertical="top", wrap_text=place == 3)
    for letter, width in (("A", 30), ("B", 12), ("C", 90)):
        sheet.column_dimensions[letter].width = width


def _marks(book: Any, of: Service) -> None:
    """What says for which service and fields a file was made."""
    sheet = book.create_sheet(MARKS)
    sheet.sheet_state = "veryHidden"
    for text in (MARK, of.slug, columns.signature(of)):
        sheet.append([text])


class Refusals:
    """The workbook of the refused rows of a file, written as they come: their cells as they were
    read, those that are wrong coloured and, up to COMMENTS_MAX of them, with a comment; and a sheet
    that counts what is wrong. It can be corrected and uploaded again.
    """

    def __init__(self, of: Service, heads: Sequence[str]) -> None:
        self._of, self._heads = of, heads
        self._book: Any = None
        self.count = self._comments = 0
        self._wrong: Counter[tuple[int, str]] = Counter()
        self._first: dict[tuple[int, str], int] = {}

    def _begin(self) -> None:
        from openpyxl import Workbook
        from openpyxl.styles import Font, PatternFill

        disk.need(disk.temporary(), 0)
        self._fill = PatternFill("solid", fgColor=_REFUSED)
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(_sheet_name(_("Inquiries")))
        self._sheet.freeze_panes = "A2"
        heads = [self._made(head) for head in self._heads]
        for cell in heads:
            cell.font = Font(bold=True)
        self._sheet.append(heads)

    def add(self, number: int, row: Sequence[Cell], wrong: Mapping[int, str]) -> None:
        """One more row, with its number in the file and what is wrong with its cells."""
        from openpyxl.comments import Comment

        if self._book is None:
            self._begin()
        width = len(self._heads)
        cells = [self._made(value) for value in [*row[:width], *[None] * (width - len(row))]]
        for place, words in wrong.items():
            cells[place].fill = self._fill
            if self._comments < COMMENTS_MAX:
                cells[place].comment = Comment(words, "OCC")
                self._comments += 1
            self._wrong[place, words] += 1
            self._first.setdefault((place, words), number)
        self._sheet.append(cells)
        self.count += 1

    def _made(self, value: Cell) -> Any:
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(self._sheet)
        if isinstance(value, datetime | date):
            cell.value = value
            cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
        elif is_figure(value):
            cell.value = value
        else:
            _put(cell, plain(value) or None)
            cell.number_format = "@"
        return cell

    def content(self) -> bytes:
        """The workbook with its summary."""
        self._summarize()
        _marks(self._book, self._of)
        return _saved(self._book)

    def _summarize(self) -> None:
        sheet = self._book.create_sheet(_sheet_name(_("Summary")))
        cells = self._wrong.total()
        lines: list[list[Any]] = [
            [_("Refused rows"), self.count],
            [_("Cells that are wrong"), cells],
        ]
        if cells > COMMENTS_MAX:
            said = _("Only the first %(count)s cells have a comment.", count=f"{COMMENTS_MAX:,}")
            lines.append([said])
        lines += [[], [_("Column"), _("What is wrong"), _("Cells"), _("First row of your file")]]
        for (place, words), count in self._wrong.most_common(SUMMED):
            lines.append([self._heads[place], words, count, self._first[place, words]])
        for line in lines:
            sheet.append([_text_cell(sheet, value) for value in line])


def _text_cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    _put(cell, value)
    return cell


def _saved(book: Any) -> bytes:
    output = io.BytesIO()
    try:
        book.save(output)
    except OSError as error:
        if disk.is_full(error):
            raise disk.DiskFull from error
        raise
    return output.getvalue()
