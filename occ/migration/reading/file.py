"""Rows of a workbook or CSV file, bounded before anything of it is unpacked (MIG-1)."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from occ.migration.reading.book import COLUMNS_MAX, PIECE, WORKBOOK, Book
from occ.migration.reading.faults import Unfit
from occ.migration.rules.batches import ROWS_MAX
from occ.migration.rules.cells import Cell
from occ.migration.rules.files import Fault, fault_of, is_workbook

UNPACKED_MAX, PARTS_MAX = 600 * 1024 * 1024, 500
MARKS = "occ"  # the hidden sheet that says for which fields a template was made
_MACROS = "xl/vbaProject.bin"


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
    encoding = next((one for one in ("utf-8-sig", "cp949") if _holds(content, one)), None)
    if encoding is None:
        raise Unfit(Fault.ENCODING)
    first = content.partition(b"\n")[0].decode(encoding, "replace")
    between = max(",\t;", key=first.count)
    said = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    return Sheet([], _taken(enumerate(_csv_rows(said, between), 1)))


def _holds(content: bytes, encoding: str) -> bool:
    """Whether a file is in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for at in range(0, len(content), PIECE):
            decoder.decode(content[at : at + PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(said: IO[str], between: str) -> Iterator[list[Cell]]:
    try:
        for row in csv.reader(said, delimiter=between):
            yield [cell or None for cell in row[:COLUMNS_MAX]]
    except csv.Error as error:
        raise Unfit(Fault.UNREADABLE) from error


def _taken(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that say something."""
    taken = 0
    for number, row in rows:
        if all(cell is None for cell in row):
            continue
        taken += 1
        if taken > ROWS_MAX + 2:  # the head and the example
            raise Unfit(Fault.TOO_MANY)
        yield number, row


def _workbook(content: bytes) -> Sheet:
    try:
        packed = zipfile.ZipFile(io.BytesIO(content))
        _look_through(packed)
        book = Book(packed)
        marks = [str(row[0]) for _number, row in book.rows(MARKS)] if MARKS in book.names else []
        name = next(name for name in book.names if name != MARKS)
    except Unfit:
        raise
    except Exception as error:  # whatever a damaged or hostile archive brings zipfile to
        raise Unfit(Fault.UNREADABLE) from error
    return Sheet(marks, _taken(book.rows(name)))


def _look_through(packed: zipfile.ZipFile) -> None:
    """Unpacks every part a piece at a time and keeps none, for what an archive says of its own size
    is not believed.
    """
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unfit(Fault.LOCKED)
    if _MACROS in names:
        raise Unfit(Fault.MACROS)
    if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
        raise Unfit(Fault.TOO_LARGE)
    if WORKBOOK not in names:
        raise Unfit(Fault.UNREADABLE)
    room = UNPACKED_MAX
    for part in parts:
        with packed.open(part) as opened:
            while piece := opened.read(PIECE):
                room -= len(piece)
                if room < 0:
                    raise Unfit(Fault.TOO_LARGE)
