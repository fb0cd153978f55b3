"""The list from one and from two `occ web` on PostgreSQL."""

import statistics
from pathlib import Path

from tests.bench import console, processes
from tests.bench.client import Client
from tests.bench.figures import Figure
from tests.bench.pages import CROWD, LIST, get
from tests.support import postgres
from tests.support.live import Live
from tests.support.migrated import on_postgres

TICKETS, SECONDS = 10_000, 2


def figures(folder: Path, *, rounds: int) -> list[Figure]:
    """Nothing where there is no PostgreSQL."""
    if postgres.missing():
        return []
    server = postgres.cluster(folder)
    try:
        url = postgres.database(server, "occ_bench", template=on_postgres(server))
        made = console.make(folder / "postgres", url, tickets=TICKETS)
        with (
            processes.console(made.instance, url, "web") as first,
            processes.console(made.instance, url, "web") as second,
        ):
            return _measured([first, second], made, rounds)
    finally:
        postgres.stop(folder)


def _measured(servers: list[Live], made: console.Console, rounds: int) -> list[Figure]:
    clients = [Client() for _one in servers]
    asked = [[get(LIST, who.cookie)] for who in made.people[1 : CROWD + 1]]
    rates: dict[int, list[float]] = {1: [], 2: []}
    for round_number in range(rounds + 1):
        for count, found in rates.items():
            pairs = list(zip(clients[:count], servers[:count], strict=True))
            for n, (client, live) in enumerate(pairs):
                client.begin(live.port, asked[n::count], seconds=SECONDS)
            seen = [client.end() for client, _live in pairs]
            if round_number:  # the first one warms up
                found.append(sum(one.count / one.seconds for one in seen))
    for client in clients:
        client.stop()
    one, two = (statistics.median(rates[count]) for count in (1, 2))
    return [
        Figure(f"PostgreSQL, one occ web, list, {CROWD} people", one, "/s", more=True),
        Figure("PostgreSQL, two occ web / one", two / one, "×", 1.25, more=True),
    ]
