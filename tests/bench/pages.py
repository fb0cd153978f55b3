"""Pages over HTTP: alone and by eight people at once, beside the reference page, and at a hundred
times the tickets. Everything takes turns of about a second, so that a noisy minute is everybody's.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from tests.bench import processes
from tests.bench.client import NUMBER, Client, Seen
from tests.bench.console import HOME, Console, Person
from tests.bench.figures import TAIL, Figure

LIST = f"{HOME}/tickets"
OPENED = {"HX-Request": "true", "HX-Target": "t-ticket"}
CROWD = 8


@dataclass
class Case:
    """Requests of people at a server, a list for each of them; and what came of them."""

    port: int
    pid: int
    requests: Sequence[Sequence[str]]
    polls: bool = False
    turns: list[Seen] = field(default_factory=list)
    cpu: float = 0.0

    def take_turn(self, client: Client, seconds: float) -> None:
        before = processes.cpu(self.pid)
        self.turns.append(client.ask(self.port, self.requests, seconds=seconds, polls=self.polls))
        self.cpu += processes.cpu(self.pid) - before

    @property
    def count(self) -> int:
        return sum(turn.count for turn in self.turns)

    @property
    def p50(self) -> float:
        """Milliseconds: the median of the turns' medians."""
        return statistics.median(statistics.median(turn.times) for turn in self.turns)

    @property
    def p95(self) -> float:
        return self._of_all(19)

    @property
    def p99(self) -> float:
        return self._of_all(99)

    def _of_all(self, part: int) -> float:
        """The milliseconds that one answer of so many is slower than."""
        return statistics.quantiles((t for turn in self.turns for t in turn.times), n=part + 1)[-1]

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the server's CPU a request."""
        return self.cpu / self.count * 1000

    @property
    def rate(self) -> float:
        """Requests a second."""
        return statistics.median(turn.count / turn.seconds for turn in self.turns)

    @property
    def bytes(self) -> float:
        """Bytes of an answer as it was sent."""
        return sum(turn.bytes for turn in self.turns) / self.count

    @property
    def client_ms(self) -> float:
        """Milliseconds of the client's CPU a request."""
        return sum(turn.cpu for turn in self.turns) / self.count * 1000


def get(path: str, cookie: str, **headers: str) -> str:
    """A request as a browser sends it, as far as a server looks at it."""
    said = {"Host": "localhost:5000", "Accept-Encoding": "gzip, br", "Cookie": cookie}
    lines = [f"{name}: {value}" for name, value in {**said, **headers}.items()]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""])


def post(path: str, who: Person, values: dict[str, str]) -> str:
    """A form sent by htmx."""
    body = urlencode(values)
    head = get(
        path,
        who.cookie,
        **{
            "HX-Request": "true",
            "X-CSRFToken": who.token,
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        },
    )
    return head.replace("GET", "POST", 1) + body


def creation(console: Console, who: Person) -> str:
    """A new ticket of a known customer."""
    values = {
        "key": f"bench-{who.member_id}-{NUMBER}",
        "subject": f"주문 문의 {NUMBER}",
        "body": "언제 오나요?",
        "intake": str(console.found.intake_id),
        "priority": "normal",
        "take": "1",
        "name": "고객",
        "phone": "010-1234-5678",
    }
    return post(f"{LIST}/new", who, values)


def interleaved(cases: Sequence[Case], *, rounds: int, seconds: float) -> None:
    """Lets the cases take turns; a turn of each before them warms up and is forgotten."""
    client = Client()
    for one in cases:
        client.ask(one.port, one.requests, count=5 * len(one.requests))
    for _round in range(rounds):
        for one in cases:
            one.take_turn(client, seconds)
    client.stop()


def alone(
    console: Console,
    ours: tuple[int, int],
    references: dict[str, tuple[int, int]],
    cookie: str,
    *,
    rounds: int,
) -> list[Figure]:
    """The main pages for one person; `ours` and the references are ports with their processes."""
    who, ticket = console.people[1].cookie, console.newest - 1
    asked = {
        "ticket list": get(LIST, who),
        "ticket": get(f"{LIST}/{ticket}", who),
        "ticket opened in the list": get(f"{LIST}/{ticket}", who, **OPENED),
        "two-syllable search": get(f"{LIST}?q={quote('환불')}", who),
    }
    cases = {name: Case(*ours, [[text]]) for name, text in asked.items()}
    bases = {name: Case(*there, [[get("/", cookie)]]) for name, there in references.items()}
    interleaved([*cases.values(), *bases.values()], rounds=rounds, seconds=1)
    targets = {"ticket": 5.0, "two-syllable search": 4.0}
    figures = []
    for name, case in bases.items():
        figures += [
            Figure(f"reference page on {name}, p50", case.p50, "ms"),
            Figure(f"reference page on {name}, p99", case.p99, "ms", chance=TAIL),
            Figure(f"reference page on {name}, CPU", case.cpu_ms, "ms"),
        ]
    for name, case in cases.items():
        figures += [
            Figure(f"{name}, p50", case.p50, "ms", targets.get(name)),
            Figure(f"{name}, p99", case.p99, "ms", chance=TAIL),
            Figure(f"{name}, CPU", case.cpu_ms, "ms"),
            Figure(f"{name}, bytes sent", case.bytes, "bytes"),
        ]
    shown = cases["ticket list"]
    figures += [
        Figure(f"ticket list / reference page on {name}, p50", shown.p50 / case.p50, "×", target)
        for (name, case), target in zip(bases.items(), (1.5, None), strict=True)
    ]
    figures.append(Figure("the client's own CPU for a list", shown.client_ms, "ms"))
    return figures


def together(
    console: Console,
    ours: tuple[int, int],
    references: dict[str, tuple[int, int]],
    cookie: str,
    *,
    rounds: int,
) -> list[Figure]:
    """The list for eight people at once."""
    case = Case(*ours, [[get(LIST, who.cookie)] for who in console.people[1 : CROWD + 1]])
    bases = {name: Case(*there, [[get("/", cookie)]] * CROWD) for name, there in references.items()}
    interleaved([case, *bases.values()], rounds=rounds, seconds=2)
    return [
        Figure(f"ticket list, {CROWD} people", case.rate, "/s", 250, more=True),
        Figure(f"ticket list, {CROWD} people, p50", case.p50, "ms"),
        Figure(f"ticket list, {CROWD} people, p99", case.p99, "ms", chance=TAIL),
        *(
            Figure(f"reference page on {name}, {CROWD} people", base.rate, "/s")
            for name, base in bases.items()
        ),
    ]


def created(console: Console, ours: tuple[int, int], *, rounds: int) -> list[Figure]:
    """Tickets written by hand, by one and by eight people."""
    cases = {
        people: Case(*ours, [[creation(console, who)] for who in console.people[1 : people + 1]])
        for people in (1, CROWD)
    }
    interleaved(list(cases.values()), rounds=rounds, seconds=2)
    figures = []
    for people, case in cases.items():
        said = f"creating a ticket, {people} {'person' if people == 1 else 'people'}"
        figures += [
            Figure(said, case.rate, "/s", 110, more=True),
            Figure(f"{said}, p99", case.p99, "ms", chance=TAIL),
            Figure(f"{said}, CPU", case.cpu_ms, "ms"),
        ]
    return figures


GROWING = {"ticket list": 1.2, "ticket": 1.2, "ticket opened in the list": 1.2}
GROWING |= {"two-syllable search": 1.3, "number search": 1.3, "rare filter": 1.3}


def growth(sizes: dict[int, tuple[Console, tuple[int, int]]], *, rounds: int) -> list[Figure]:
    """How many times longer a page takes with more tickets, each against the smallest console."""
    cases: dict[str, dict[int, Case]] = {name: {} for name in GROWING}
    for size, (console, there) in sizes.items():
        who, newest = console.people[1].cookie, console.newest
        asked = {
            "ticket list": get(LIST, who),
            "ticket": get(f"{LIST}/{newest - 1}", who),
            "ticket opened in the list": get(f"{LIST}/{newest - 1}", who, **OPENED),
            "two-syllable search": get(f"{LIST}?q={quote('환불')}", who),
            "number search": get(f"{LIST}?q={newest // 2}", who),
            "rare filter": get(f"{LIST}?q=channel:phone", who),
        }
        for name, text in asked.items():
            cases[name][size] = Case(*there, [[text]])
    interleaved(
        [case for each in cases.values() for case in each.values()], rounds=rounds, seconds=0.4
    )
    smallest = min(sizes)
    return [
        Figure(
            f"{name} at {size:,} / {smallest:,} tickets",
            case.p50 / each[smallest].p50,
            "×",
            GROWING[name] if size == max(sizes) else None,
        )
        for name, each in cases.items()
        for size, case in each.items()
        if size != smallest
    ]
