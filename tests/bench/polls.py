"""What open pages cost: polls that bring nothing new, and many lists while tickets change."""

import time

from tests.bench import processes
from tests.bench.client import Client
from tests.bench.console import HOME, Console
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import LIST, Case, get, interleaved, post
from tests.support.live import Live

LISTS, EVERY = 500, 5.0  # seconds between two polls of a list (templates/tickets/_list.html)
PRIORITIES = ("low", "high", "urgent", "normal")


def unchanged(console: Console, live: Live, hello: tuple[int, int], *, rounds: int) -> list[Figure]:
    """Polls that are answered by 304 beside a bare Flask "hello" on the same server, by the CPU of
    both: the time of the client, which is the same for both, would hide half of the difference.
    """
    who = console.people[1].cookie
    asked = get(f"{LIST}/list", who, **{"HX-Request": "true"})
    poll = Case(*processes.place(live), [[asked]], polls=True)
    bare = Case(*hello, [[get("/", "")]])
    interleaved([poll, bare], rounds=rounds, seconds=1)
    same = sum(turn.statuses.get(304, 0) for turn in poll.turns)
    return [
        Figure("unchanged poll", poll.rate, "/s", more=True),
        Figure("unchanged poll, CPU", poll.cpu_ms, "ms"),
        Figure("hello / unchanged poll, CPU", bare.cpu_ms / poll.cpu_ms * 100, "%", 55, more=True),
        Figure("unchanged polls answered by 304", same / poll.count * 100, "%", 99, more=True),
    ]


def watched(console: Console, live: Live, *, seconds: float) -> list[Figure]:
    """500 people with the list open, each polling every five seconds, and one ticket that changes
    each second.
    """
    (_port, pid), viewers, writer = processes.place(live), Client(), Client()
    boss = console.people[0]
    asked = [
        [get(f"{LIST}/list", one.cookie, **{"HX-Request": "true"})]
        for one in console.people[1 : LISTS + 1]
    ]
    assert len(asked) == LISTS
    changes = [
        post(f"{HOME}/tickets/{console.newest - n}/priority", boss, {"priority": PRIORITIES[n % 4]})
        for n in range(100)
    ]
    viewers.begin(live.port, asked, seconds=EVERY + seconds, every=EVERY, polls=True)
    time.sleep(EVERY)  # everybody opens the list
    before, began = processes.cpu(pid), time.monotonic()
    changed = writer.ask(live.port, [changes], seconds=seconds, every=1.0)
    cpu = (processes.cpu(pid) - before) / (time.monotonic() - began)
    seen = viewers.end()
    viewers.stop()
    writer.stop()
    times = sorted(seen.times[LISTS:])
    return [
        Figure(f"{LISTS} lists open, a change a second", cpu * 100, "% of a core", 30),
        Figure(f"{LISTS} lists open, a poll, p50", times[len(times) // 2], "ms"),
        Figure(
            f"{LISTS} lists open, a poll, p99", times[len(times) * 99 // 100], "ms", chance=TAIL
        ),
        Figure(f"{LISTS} lists open, a change, slowest", max(changed.times), "ms", chance=TAIL),
    ]
