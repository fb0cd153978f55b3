"""Who gets which call (TEL-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Waiting:
    """A call in a queue; `since` is its entry, which a recall keeps."""

    call: int
    queue: int
    since: datetime


@dataclass(frozen=True)
class Ready:
    """A ready agent; `idle_since` is the end of the last call or the CTI login (TEL-3)."""

    member: int
    idle_since: datetime
    queues: frozenset[int]


def distribute(waiting: Sequence[Waiting], ready: Sequence[Ready]) -> list[tuple[int, int]]:
    """(call, agent) pairs: the longest-waiting call first, to the
    longest-idle agent of its queue.
    """
    free = sorted(ready, key=lambda r: (r.idle_since, r.member))
    pairs = []
    for entry in sorted(waiting, key=lambda w: (w.since, w.call)):
        chosen = next((r for r in free if entry.queue in r.queues), None)
        if chosen is not None:
            free.remove(chosen)
            pairs.append((entry.call, chosen.member))
    return pairs
