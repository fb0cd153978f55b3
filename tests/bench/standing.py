"""What a console takes that nobody asks: CPU, disk, wake-ups, memory; and what it keeps afterwards."""

import math
import sys
import time
from dataclasses import dataclass

from occ.core import tasks
from occ.core.db import db
from occ.telephony.engine import IDLE_RENEW
from tests.bench import processes
from tests.bench.client import Client
from tests.bench.console import HOME, Console, application
from tests.bench.figures import Figure
from tests.bench.pages import LIST, get
from tests.support.live import Live, until

MIB = 1024 * 1024
DAY, RENEWAL = 86_400, IDLE_RENEW.total_seconds()
SETTLED = 10.0  # seconds after the start in which a console does what it found undone
REQUESTS = 2_000


@dataclass
class Idle:
    """A console that nobody uses, from the moment this is made."""

    live: Live

    def __post_init__(self) -> None:
        time.sleep(SETTLED)
        self.memory = self.live.private_memory()
        _port, self._pid = processes.place(self.live)
        self._before, self._began = self._read(), time.monotonic()

    def _read(self) -> tuple[float, int, int]:
        pid = self._pid
        return processes.cpu(pid), processes.written(pid), processes.wake_ups(pid)

    def figures(self, *, at_least: float) -> list[Figure]:
        """What it has taken since, over at least so many seconds; a long time is a whole number of
        renewals of the telephony lease, which is most of what is written.
        """
        until_now = time.monotonic() - self._began
        if at_least >= RENEWAL:
            at_least = math.ceil(max(at_least, until_now) / RENEWAL) * RENEWAL
        time.sleep(max(0.0, at_least - until_now))
        seconds = time.monotonic() - self._began
        cpu, written, wakes = (
            (now - before) / seconds for now, before in zip(self._read(), self._before, strict=True)
        )
        return [
            Figure("idle: CPU", cpu * 100, "% of a core", 0.5),
            Figure("idle: written", written * DAY / MIB, "MiB a day", 30),
            Figure("idle: wake-ups", wakes, "a second", 5),
            Figure("idle: memory (USS)", self.memory / MIB, "MiB", 86),
        ]


def pause(console: Console) -> list[Figure]:
    """The longest pause by a full garbage collection while people ask; at the start nobody waits."""
    note = console.instance.with_name("longest-pause")
    live, client = Live(console.instance, BENCH_PAUSE=str(note)), Client()
    live.program = (sys.executable, "-m", "tests.bench.collected")
    live.start()
    at_start = len(note.read_text().split())
    client.ask(live.port, [[get(LIST, one.cookie)] for one in console.people], count=REQUESTS)
    client.stop()
    live.stop()
    pauses = [float(told) for told in note.read_text().split()[at_start:]]
    return [
        Figure("full collections meanwhile", len(pauses), "pauses"),
        Figure("longest pause by a full collection", max(pauses, default=0), "ms", 15),
    ]


def afterwards(console: Console, live: Live, *, rows: int) -> list[Figure]:
    """Memory after 2,000 requests and an export of so many callbacks."""
    client, who = Client(), console.people[0]
    client.ask(live.port, [[get(LIST, one.cookie) for one in console.people]], count=REQUESTS)
    client.ask(live.port, [[get(f"{HOME}/callbacks/callbacks.xlsx", who.cookie)]], count=1)
    client.stop()
    began = time.monotonic()
    with application(console.instance):
        until(lambda: _exported(rows), seconds=120)
    return [
        Figure(
            "memory (USS) after 2,000 requests and an export",
            live.private_memory() / MIB,
            "MiB",
            100,
        ),
        Figure(f"export of {rows:,} rows", time.monotonic() - began, "s"),
    ]


def _exported(rows: int) -> bool:
    db.session.rollback()
    return any(
        one.state is tasks.TaskState.DONE and one.done == rows
        for one in db.session.scalars(db.select(tasks.Task))
    )
