"""Files of old inquiries for tests, and what children do with them."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook

from occ.core import tasks, uploads
from occ.core.db import db
from occ.core.i18n import force_locale
from occ.core.tasks import Task, TaskState
from occ.identity.models import Member
from occ.migration import columns, service, templates
from occ.migration.models import Batch
from occ.organization.models import Service
from tests.factories import world

RECEIVED = datetime.fromisoformat("2024-03-04T09:30")
LIKE: Mapping[str, Any] = {
    "title": "배송 문의",
    "content": "아직 오지 않았어요.",
    "state": "Unassigned",
    "received": RECEIVED,
}
CLOSED: Mapping[str, Any] = {
    **LIKE,
    "state": "Done",
    "answer": "내일 도착해요.",
    "resolved": datetime.fromisoformat("2024-03-04T14:00"),
    "done": datetime.fromisoformat("2024-03-18T14:00"),
}


def rows_of(of: Service, *rows: Mapping[str, Any]) -> list[list[Any]]:
    """A head and rows, whose cells are given by the keys of their columns."""
    shown = columns.columns(of)
    return [
        [column.head for column in shown],
        *([row.get(column.key) for column in shown] for row in rows),
    ]


def book(
    of: Service, *rows: Mapping[str, Any], marks: Sequence[str] | None = None, **formats: str
) -> bytes:
    """A workbook as a person would fill it in; `formats` are those of cells by key."""
    made = Workbook()
    assert made.active is not None
    shown = columns.columns(of)
    for row in rows_of(of, *rows):
        made.active.append(row)
    for place, column in enumerate(shown, 1):
        if column.key in formats:
            for number in range(2, len(rows) + 2):
                made.active.cell(number, place).number_format = formats[column.key]
    hidden = made.create_sheet("occ")
    hidden.sheet_state = "hidden"
    for text in marks or (templates.MARK, of.slug, columns.signature(of)):
        hidden.append([text])
    return saved(made)


def saved(made: Workbook) -> bytes:
    output = io.BytesIO()
    made.save(output)
    return output.getvalue()


def uploaded(of: Service, boss: Member, content: bytes, name: str = "old.xlsx") -> Batch:
    """A batch of a file, not checked yet."""
    kept = uploads.keep(name, content, sealed=True)
    with force_locale("en"), db.write():
        return service.begin(of, kept, service.digest(content), actor=world.actor(boss))


def child(batch: Batch) -> TaskState:
    """What the child of a batch does, in this process."""
    task = db.session.get_one(Task, batch.task_id)
    with db.write():
        tasks.begin(task)
    ended = tasks.run(task.id)
    db.session.expire_all()
    return ended


def checked(of: Service, boss: Member, content: bytes, name: str = "old.xlsx") -> Batch:
    """A batch of a file after its check."""
    batch = uploaded(of, boss, content, name)
    assert child(batch) is TaskState.DONE
    return batch


def brought(of: Service, boss: Member, *rows: Mapping[str, Any]) -> Batch:
    """A batch whose rows are tickets."""
    batch = checked(of, boss, book(of, *rows))
    assert batch.refused == 0, batch.why
    with db.write():
        service.reserve(batch, at_once=True, actor=world.actor(boss))
    assert child(batch) is TaskState.DONE
    return batch


def count(model: Any, *where: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0
