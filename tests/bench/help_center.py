"""The help center with 5,000 FAQ in three languages: its pages beside the reference page, drawn and
unchanged, and five hundred customers: who each open a page every ten seconds, and who ask all at
once.
"""

import statistics
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.search import Document as Indexed
from occ.help_center.documents import vocabulary
from occ.help_center.documents.index import INDEX
from occ.help_center.documents.models import Document, DocumentText
from occ.help_center.documents.rules import DocumentKind, DocumentState, Readers, TopicKind
from occ.organization.rules import Feature
from tests.bench import console, processes, reference
from tests.bench.client import NUMBER, Client
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import Case, get, interleaved
from tests.factories import world
from tests.support.live import free_port
from tests.support.migrated import prepare

FAQ, LANGUAGES, CATEGORIES = 5_000, ("ko", "en", "ja"), 12
CUSTOMERS, EVERY = 500, 10.0  # seconds between two pages of one
PAGES = 4  # that each of them asks for where all do so at once
HOME, PART = "/mall/hc/ko", 500
ABOUT = ("환불", "교환", "배송", "결제", "쿠폰", "세금계산서", "재입고", "회원 등급")
ASKED = ("언제 되나요?", "어떻게 하나요?", "얼마나 걸리나요?", "취소하고 싶어요", "확인해 주세요")


def make(instance: Path) -> None:
    """A service with its FAQ, in a new folder; they are written in bulk."""
    instance.mkdir()
    with console.application(instance) as app:
        prepare(app)
        boss = world.owner()
        features = frozenset({Feature.TICKET, Feature.HELP_CENTER})
        mall = world.contracted(boss, languages=list(LANGUAGES), features=features)
        with db.write():
            topics = [
                vocabulary.add_topic(mall, TopicKind.CATEGORY, {"ko": f"분류 {n}"}).id
                for n in range(CATEGORIES)
            ]
        for start in range(0, FAQ, PART):
            _write(mall.id, topics, range(start, start + PART))


def _write(service_id: int, topics: list[int], part: range) -> None:
    now = clock.now()
    rows = [
        {
            "id": n + 1,
            "service_id": service_id,
            "kind": DocumentKind.FAQ,
            "state": DocumentState.PUBLISHED,
            "readers": Readers.CUSTOMERS,
            "topic_id": topics[n % len(topics)],
            "pinned_home": n % 2_000 == 0,
            "pinned": n % 2_000 == 0,
            "registered_at": now - timedelta(minutes=n),
            "changed_at": now - timedelta(minutes=n),
            "changed_name": "Boss",
            "views": n,
            "helpful": 0,
            "unhelpful": 0,
            "version": 1,
        }
        for n in part
    ]
    texts = [
        {
            "id": n * len(LANGUAGES) + k + 1,
            "document_id": n + 1,
            "language": code,
            "title": f"{ABOUT[n % 8]} {ASKED[n % 5]} {n}",
            "body": f"{ABOUT[n * 3 % 8]} 안내입니다. " + "주문 상세에서 확인해 주세요. " * 12,
            "html": "",
        }
        for n in part
        for k, code in enumerate(LANGUAGES)
    ]
    documents = [
        Indexed(text["id"], service_id, text["title"], text["body"])  # type: ignore[arg-type]
        for text in texts
    ]
    with db.write() as session:
        session.execute(sa.insert(Document), rows)
        session.execute(sa.insert(DocumentText), texts)
        INDEX.put(documents)


def figures(folder: Path, *, rounds: int, seconds: float) -> list[Figure]:
    """All of it; `seconds` is how long the customers come."""
    instance = folder / "help_center"
    make(instance)
    cookie = reference.make(folder / "help_center_reference")
    port = free_port()
    with ExitStack() as stack:
        live = stack.enter_context(processes.console(instance))
        command = reference.waitress(folder / "help_center_reference", port)
        bare = port, stack.enter_context(processes.serving(command, port))
        there = processes.place(live)
        return [
            *_alone(there, bare, cookie, rounds=rounds),
            *_crowd(there, seconds=seconds),
        ]


def _alone(
    there: tuple[int, int], bare: tuple[int, int], cookie: str, *, rounds: int
) -> list[Figure]:
    base = Case(*bare, [[get("/", cookie)]])
    asked = {
        "help center, home": get(HOME, ""),
        "help center, home drawn anew": get(f"{HOME}?iframe=true", ""),
    }
    cases = {name: Case(*there, [[text]]) for name, text in asked.items()}
    # what many look for, and each time something else, with a number that is in no text
    some = [get(f"{HOME}/search?q={quote(f'{a} {b[:2]}')}", "") for a in ABOUT for b in ASKED]
    cases["help center, search"] = Case(*there, [some])
    once = get(f"{HOME}/search?q={quote('환불')}+{NUMBER}", "")
    cases["help center, search for the first time"] = Case(*there, [[once]])
    cases["help center, unchanged page"] = Case(*there, [[get(HOME, "")]], polls=True)
    interleaved([base, *cases.values()], rounds=rounds, seconds=1)
    drawn = ("help center, home drawn anew", "help center, search for the first time")
    most = {"help center, unchanged page": 0.3, **dict.fromkeys(drawn)}
    found = [Figure(f"{name}, p50", case.p50, "ms") for name, case in cases.items()]
    return found + [
        Figure(f"{name} / reference page, p50", case.p50 / base.p50, "×", most.get(name, 1.5))
        for name, case in cases.items()
    ]


def _crowd(there: tuple[int, int], *, seconds: float) -> list[Figure]:
    """Everybody reads something else: home, a list, an answer, a search; a refused or broken
    connection ends the run.
    """
    paths = ["", "/faq", f"/search?q={quote('교환')}", "/faq/1"]
    paths += [f"/faq/a/{n}" for n in range(1, CUSTOMERS)]
    requests = [get(f"{HOME}{path}", "") for path in paths]
    of_each = [requests[n:] + requests[:n] for n in range(CUSTOMERS)]
    client = Client()
    client.ask(there[0], [requests], count=len(requests))  # each is drawn once
    quiet = client.ask(there[0], [requests], seconds=2)
    cpu = processes.cpu(there[1])
    seen = client.ask(there[0], of_each, seconds=seconds, every=EVERY)
    cpu = processes.cpu(there[1]) - cpu
    at_once = client.ask(there[0], of_each, count=len(of_each) * PAGES)
    client.stop()
    times = sorted(seen.times)
    alone, p99 = statistics.median(quiet.times), times[len(times) * 99 // 100]
    said = f"{CUSTOMERS} customers, a page every {EVERY:.0f} s"
    return [
        Figure(f"{said}, p50", times[len(times) // 2], "ms"),
        Figure(f"{said}, p99", p99, "ms", chance=TAIL),
        Figure(f"{said}, p99 / p50 of one", p99 / alone, "×", 10, chance=TAIL),
        Figure(f"{said}, CPU of a page", cpu / seen.count * 1000, "ms"),
        Figure(f"{said}, pages a second", seen.count / seen.seconds, "/s", more=True),
        Figure(
            f"{CUSTOMERS} open connections at once, pages a second",
            at_once.count / at_once.seconds,
            "/s",
            more=True,
        ),
        Figure(
            f"{CUSTOMERS} open connections at once, slowest page",
            max(at_once.times),
            "ms",
            chance=TAIL,
        ),
    ]
