"""`make bench`: what the console costs, in one run on one machine.

Everything goes over HTTP to `occ serve` as people start it, on SQLite, on a service with every
feature contracted; `--quick` leaves out what takes minutes. `--keep` makes the figures those of
this release (`docs/bench.json`), which the next runs are compared with.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench import (
    console,
    counts,
    figures,
    first_visit,
    help_center,
    jobs,
    mails,
    migration,
    pages,
    polls,
    processes,
    reference,
    standing,
    statistics,
    telephony,
    texts,
    two_processes,
)
from tests.bench.figures import Figure
from tests.support.live import free_port
from tests.support.migrated import keep_in

SMALL, MIDDLE, LARGE = 10_000, 100_000, 1_000_000
ROWS, CALLS, CROWD = 50_000, 100_000, 500
Places = dict[str, tuple[int, int]]


def referred(stack: ExitStack, folder: Path) -> tuple[Places, str]:
    """The reference page on both servers, and the cookie of its reader."""
    made = folder / "reference"
    cookie = reference.make(made)
    commands = {"gunicorn": reference.gunicorn, "waitress": reference.waitress}
    return {
        name: placed(stack, lambda port: command(made, port))  # noqa: B023 - called at once
        for name, command in commands.items()
    }, cookie


def placed(stack: ExitStack, command: Callable[[int], list[str]]) -> tuple[int, int]:
    """The port and the process of another program."""
    port = free_port()
    return port, stack.enter_context(processes.serving(command(port), port))


def counted(folder: Path) -> list[Figure]:
    """Statements, bytes and plans, of which `tests/contract/test_counts.py` holds the limits."""
    made = console.make(
        folder, tickets=counts.TICKETS, calls=counts.CALLS, callbacks=counts.CALLBACKS
    )
    with console.application(folder) as app:
        cost = counts.count(made.found, made.newest, counts.asker(app, made.people[0]))
    return [
        Figure(f"{name}, {what}", value, unit, chance=chance)
        for name, one in cost.items()
        for what, unit, value, chance in (
            ("statements", "statements", one.statements, 0.0),
            ("answer", "bytes", one.bytes, 0.02),  # days and names differ
            ("tables read whole", "reads", one.scans, 0.0),
            ("sorts", "sorts", one.sorts, 0.0),
        )
    ]


def quick(folder: Path) -> Iterator[list[Figure]]:
    """What a developer asks for between two changes, part by part."""
    yield counted(folder / "counted")
    made = console.make(folder / "small", tickets=SMALL, callbacks=counts.CALLBACKS)
    with ExitStack() as stack:
        places, cookie = referred(stack, folder)
        live = stack.enter_context(processes.console(made.instance))
        here = processes.place(live)
        yield standing.Idle(live).figures(at_least=15)
        yield pages.alone(made, here, places, cookie, rounds=3)
        yield pages.together(made, here, places, cookie, rounds=2)
        yield pages.created(made, here, rounds=2)
        yield polls.unchanged(made, live, placed(stack, reference.bare), rounds=3)


def whole(folder: Path) -> Iterator[list[Figure]]:
    """Everything, part by part."""
    yield counted(folder / "counted")
    small = console.make(folder / "small", tickets=SMALL, callbacks=ROWS)
    with processes.console(small.instance) as live:
        here = processes.place(live)
        idle = standing.Idle(live)
        # these are filled while nobody asks the first one
        larger = {size: console.make(folder / f"{size}", tickets=size) for size in (MIDDLE, LARGE)}
        yield idle.figures(at_least=standing.RENEWAL)
        with ExitStack() as stack:
            places, cookie = referred(stack, folder)
            yield pages.alone(small, here, places, cookie, rounds=8)
            yield pages.together(small, here, places, cookie, rounds=5)
            yield polls.unchanged(small, live, placed(stack, reference.bare), rounds=5)
        yield first_visit.figures(small, live)
        yield standing.afterwards(small, live, rows=ROWS)
        with ExitStack() as stack:
            sizes = {SMALL: (small, here)}
            for size, made in larger.items():
                served = stack.enter_context(processes.console(made.instance))
                sizes[size] = (made, processes.place(served))
            yield pages.growth(sizes, rounds=6)
        yield pages.created(small, here, rounds=5)
    yield standing.pause(small)
    yield two_processes.figures(folder, rounds=4)
    crowded = console.make(folder / "crowded", tickets=SMALL, agents=CROWD)
    with processes.console(crowded.instance) as live:
        yield polls.watched(crowded, live, seconds=30)
    phones = console.make(folder / "phones", calls=CALLS)
    telephony.add_robots(phones)
    with processes.console(phones.instance) as live:
        yield telephony.manager(phones, live, calls=CALLS)
        yield telephony.orders(phones)
        yield telephony.clicks(phones, live)
    yield help_center.figures(folder, rounds=5, seconds=3 * help_center.EVERY)
    yield mails.figures(folder / "mails")
    yield texts.figures(folder / "texts")
    yield migration.figures(folder / "migration")
    yield jobs.figures(folder / "jobs")
    yield statistics.figures(folder / "statistics")


def main() -> int:
    """Prints the figures; 1 where one got worse than in the last release."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    form = asked.add_mutually_exclusive_group()
    form.add_argument("--quick", action="store_true", help="in two minutes instead of fifteen")
    form.add_argument("--keep", action="store_true", help="as the figures of this release")
    chosen = asked.parse_args()
    found: list[Figure] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="occ-bench-") as name:
        keep_in(Path(name))
        for some in (quick if chosen.quick else whole)(Path(name)):
            found += some
            said = ", ".join(one.name for one in some[:1])
            print(f"{time.monotonic() - began:4.0f} s: {said} …", file=sys.stderr, flush=True)
    version, kept = figures.read()
    print(figures.table(found, version, kept))
    if chosen.keep:
        figures.keep(found)
        return 0
    gone = figures.worse(found, figures.compared(found, kept))
    print(f"\nWorse than {version}: {', '.join(gone) or 'nothing'}" if kept else "")
    return int(bool(gone))


if __name__ == "__main__":
    sys.exit(main())
