"""Excel files too large for a request, written as tasks (core/tasks.py)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from occ.core import storage, xlsx
from occ.core.tasks import Order, Progress, Worker


@dataclass(frozen=True)
class Sheet:
    """What an export writes: a head, and rows in batches that are read one after the other."""

    title: str
    head: Sequence[Any]
    total: int
    batches: Iterable[Sequence[Sequence[Any]]]


Maker = Callable[[dict[str, Any]], Sheet]
MANAGERS = "managers"
"""Among a task's parameters: whether the file holds what only managers see, so
that only a manager may fetch it.
"""


def writer(maker: Maker) -> Worker:
    """The worker that writes what `maker` makes of a task's parameters."""

    def write(order: Order, progress: Progress) -> str:
        sheet = maker({name: value for name, value in order.params.items() if name != MANAGERS})
        return storage.save(
            xlsx.workbook(order.name, sheet.head, _counted(sheet, progress)), ".xlsx"
        )

    return write


def _counted(sheet: Sheet, progress: Progress) -> Iterator[Sequence[Any]]:
    done = 0
    for batch in sheet.batches:
        yield from batch
        done += len(batch)
        progress(done, sheet.total)
