"""What a child does with a file that was uploaded: reads and checks it row by row (MIG-1)."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from occ.core import uploads
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import listed
from occ.core.tasks import Order, Progress
from occ.migration import columns, secrets, service, templates
from occ.migration.models import Batch
from occ.migration.reading.faults import Unfit
from occ.migration.rules import cells
from occ.migration.rules.batches import ROWS_MAX, BatchState
from occ.migration.rules.cells import Cell
from occ.migration.rules.files import WORDS, Fault
from occ.migration.secrets import RowsFile
from occ.migration.templates import Refusals
from occ.migration.values import Checker
from occ.organization.models import Service

KIND = "migration_check"
CHILD = [sys.executable, "-m", "occ.migration.children.read"]
TOLD = 1_000  # rows between two words about progress
NAMED = 5  # columns that a refusal names


class Refused(Exception):
    """Nothing of a file can be taken: why, in words."""


@dataclass(frozen=True)
class _File:
    marks: list[str]
    rows: Iterator[tuple[int, list[Cell]]]


def check(order: Order, progress: Progress) -> None:
    """Checks the file of a batch; what was written half goes when the process dies, and the next
    one begins anew.
    """
    ident = order.params["batch"]
    batch = db.session.get_one(Batch, ident, populate_existing=True)
    if batch.state is not BatchState.CHECKING or batch.file_key is None:
        return
    of, content = batch.service, secrets.content(batch, "file")
    try:
        _check(ident, of, content, progress)
    except Unfit as unfit:
        why = str(WORDS[unfit.fault])
    except Refused as refused:
        why = str(refused)
    else:
        return
    db.session.rollback()
    with db.write():
        service.refuse(ident, why)


def _check(ident: int, of: Service, content: bytes, progress: Progress) -> None:
    file = _read(content)
    heads, keys = _heads(of, file)
    checker, refusals = Checker(of, keys), Refusals(of, heads)
    mark = columns.signature(of)
    with RowsFile() as good:
        count = 0
        for number, row in file.rows:
            if checker.is_example(row):
                continue
            count += 1
            if count > ROWS_MAX:
                raise Unfit(Fault.TOO_MANY)
            found = checker.check(number, row)
            if found.wrong:
                refusals.add(number, row, found.wrong)
            else:
                good.add(found.row)
            if count % TOLD == 0:
                progress(count, count)
        if not count:
            raise Unfit(Fault.EMPTY)
        progress(count, count)
        taken = good.keep() if good.count else None
    book = uploads.keep("", refusals.content(), sealed=True) if refusals.count else None
    db.session.rollback()
    with db.write():
        service.checked(
            ident,
            service.Outcome(good.count, refusals.count, taken, book, mark),
        )


def _read(content: bytes) -> _File:
    """The rows that a child reads; raises Unfit, also on the way."""
    child = subprocess.Popen(
        CHILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it would quote the file
    )
    assert child.stdin is not None
    assert child.stdout is not None
    threading.Thread(target=_tell, args=(child.stdin, content), daemon=True).start()
    rows = _rows(child, child.stdout)
    number, marks = next(rows)
    assert number == 0
    return _File([str(mark) for mark in marks], rows)


def _tell(pipe: IO[bytes], content: bytes) -> None:
    try:
        with pipe:
            pipe.write(content)
    except BrokenPipeError:
        return  # it has ended: who reads what it says finds so


def _rows(child: "subprocess.Popen[bytes]", said: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    """What the child says, its marks first, numbered 0; ends it, whatever happens."""
    is_first = True
    try:
        for line in said:
            found = json.loads(line)
            if found is True:
                return
            if isinstance(found, str):
                raise Unfit(Fault(found))
            if is_first:
                is_first = False
                yield 0, found
            else:
                number, row = found
                yield number, [cells.unpacked(cell) for cell in row]
        raise Unfit(Fault.TOO_LARGE if child.wait() < 0 else Fault.UNREADABLE)
    finally:
        child.kill()
        child.wait()
        said.close()


def _heads(of: Service, file: _File) -> tuple[list[str], list[str]]:
    """The heads of a file and the keys of its columns, '' for none; raises Refused where they are
    not those of the service's fields, Unfit where the file says so itself.
    """
    _check_marks(of, file.marks)
    first = next(file.rows, None)
    if first is None:
        raise Unfit(Fault.EMPTY)
    heads = [cells.plain(cell).strip() for cell in first[1]]
    known = columns.heads(of)
    keys = [known.get(cells.folded(head), "") if head else "" for head in heads]
    if missing := columns.missing(of, keys):
        raise Refused(_said(WORDS[Fault.OLDER], _("Missing columns: %(names)s"), missing))
    strange = [head for head, key in zip(heads, keys, strict=True) if head and not key]
    if strange:
        raise Refused(_said(WORDS[Fault.OLDER], _("Columns of no field: %(names)s"), strange))
    twice = [head for head, key in zip(heads, keys, strict=True) if key and keys.count(key) > 1]
    if twice:
        raise Refused(_said("", _("Columns that stand there twice: %(names)s"), twice))
    return heads, keys


def _said(why: Any, words: str, names: Sequence[str]) -> str:
    named = listed([name[:50] for name in dict.fromkeys(names)][:NAMED])
    return f"{why} {words % {'names': named}}".strip()


def _check_marks(of: Service, marks: Sequence[str]) -> None:
    """What the hidden sheet says; a file without one is known by its heads."""
    if len(marks) < 3 or marks[0] != templates.MARK:
        return
    if marks[1] != of.slug:
        raise Unfit(Fault.OTHER_SERVICE)
    if marks[2] != columns.signature(of):
        raise Unfit(Fault.OLDER)
