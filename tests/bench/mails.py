"""Mail that comes in: how many become tickets a second, what they cost in memory, and what people at
the pages notice of it.
"""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa

from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core.db import db
from occ.mail import service as mail
from occ.mail.models import ReceivedMail
from occ.mail.rules import AccountTerms, MailState, Secret, Security, SignIn
from occ.organization.models import Service
from occ.tickets.models import Ticket
from tests.bench import console, processes
from tests.bench.client import Client
from tests.bench.console import Console, application
from tests.bench.figures import TAIL, Figure
from tests.bench.pages import LIST, get
from tests.factories import trigger
from tests.support import dovecot, mail_server
from tests.support.live import Live, until

MIB = 1024 * 1024
MAILS, HTML, LARGE = 1_000, 100_000, 25_000_000  # bytes
ANONYMOUS, PEAK = "RssAnon:", "VmHWM:"  # of /proc/PID/status
QUIET = 10  # seconds in which the pages are asked before any mail comes
ROW = (
    '<tr><td style="padding:8px 12px;font:14px/1.6 sans-serif;color:#333333;border-bottom:1px solid #e5e5e5">'
    '상품 <b>늘봄 텀블러</b></td><td style="padding:8px 12px;text-align:right;font:14px/1.6 sans-serif">12,000원</td></tr>\n'
)
EVERY = 0.1  # seconds between two requests of one who looks at the list


def figures(folder: Path) -> list[Figure]:
    """Nothing where there is no Dovecot."""
    if dovecot.missing():
        return []
    folder.mkdir()
    mail_server.certificate(folder)
    certificate = folder / "server.pem"
    made = console.make(folder / "console", tickets=10_000)
    with dovecot.running(certificate) as server:
        add_account(made, server)
        live = Live(made.instance, SSL_CERT_FILE=str(certificate), OUTGOING_PRIVATE="on")
        live.start()
        try:
            return [*_many(made, live, server), *_large(made, live, server)]
        finally:
            live.stop()


def add_account(made: Console, server: dovecot.Dovecot) -> None:
    """A mailbox of the service, and two triggers that fire for each mail."""
    terms = AccountTerms(
        name="Help",
        address="help@example.com",
        host="127.0.0.1",
        port=server.port,
        security=Security.TLS,
        user="help",
        sign_in=SignIn.PASSWORD,
        secret=Secret(password=dovecot.PASSWORD),
    )
    with application(made.instance):
        mall = db.session.get_one(Service, made.found.service_id)
        for priority in ("high", "urgent"):
            trigger.trigger(
                mall,
                priority,
                [trigger.when(Subject.TITLE, Comparison.CONTAINS, "주문")],
                Result(ResultKind.PRIORITY, priority),
            )
        with db.write():
            mail.add(mall, terms)


def letter(number: int) -> bytes:
    """A mail of a customer with 100 KB of HTML, styled in its elements as newsletters are."""
    made = EmailMessage()
    made["From"], made["To"] = f"customer{number % 300}@example.com", "help@example.com"
    made["Subject"], made["Message-ID"] = f"주문 {number} 문의", f"<{number}@example.com>"
    made.set_content("언제 오나요?")
    made.add_alternative(f"<table>{ROW * (HTML // len(ROW.encode()))}</table>", subtype="html")
    return made.as_bytes()


def large() -> bytes:
    """One with an enclosed file, of 25 MB in all."""
    made = EmailMessage()
    made["From"], made["To"] = "large@example.com", "help@example.com"
    made["Subject"], made["Message-ID"] = "사진", "<large@example.com>"
    made.set_content("사진을 보냅니다.")
    content = bytes(LARGE * 3 // 4 * 76 // 78)  # base64 with its line ends
    made.add_attachment(content, maintype="image", subtype="png", filename="photo.png")
    return made.as_bytes()


@dataclass
class Memory:
    """The most that a console and its children held, in bytes: each for itself."""

    own: int = 0
    child: int = 0


@contextmanager
def watched(live: Live) -> Iterator[Memory]:
    """Looks again and again how much memory is held: by the kernel's own counters, since adding up
    a process's pages, as its USS asks for, holds it up.
    """
    most, over = Memory(), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            assert live.process is not None
            most.own = max(most.own, _held(live.process.pid, ANONYMOUS))
            for child in processes.family(live.process.pid)[1:]:
                most.child = max(most.child, _held(child, PEAK))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def _held(pid: int, what: str) -> int:
    """What a process holds, in bytes, as Linux tells it; 0 where it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(what))


def _idle(live: Live) -> int:
    assert live.process is not None
    return _held(live.process.pid, ANONYMOUS)


def _are_read(count: int) -> bool:
    """Whether so many mails have become tickets."""
    db.session.rollback()
    done = sa.select(sa.func.count()).where(ReceivedMail.state == MailState.READ)
    return (db.session.scalar(done) or 0) >= count


def _many(made: Console, live: Live, server: dovecot.Dovecot) -> list[Figure]:
    client, asked = Client(), [[get(LIST, one.cookie)] for one in made.people[:4]]
    client.ask(live.port, asked, seconds=2)
    quiet = client.ask(live.port, asked, seconds=QUIET, every=EVERY)
    idle = _idle(live)
    letters = [letter(number) for number in range(MAILS)]
    with application(made.instance), watched(live) as most:
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0
        db.session.rollback()
        server.deliver("help", letters)
        began = time.monotonic()
        client.begin(live.port, asked, seconds=QUIET, every=EVERY)
        until(lambda: _are_read(MAILS), seconds=120)
        took = time.monotonic() - began
        busy = client.end()
        after = db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0
        assert after - before == MAILS
    client.stop()
    slower = _p95(busy.times) / _p95(quiet.times)
    return [
        Figure(
            "mails into tickets, 100 KB of HTML, two triggers", MAILS / took, "/s", 60, more=True
        ),
        Figure("memory meanwhile, above idle", (most.own - idle) / MIB, "MiB", 40),
        Figure("list, p95 meanwhile / before", slower, "×", 2, chance=TAIL),
    ]


def _large(made: Console, live: Live, server: dovecot.Dovecot) -> list[Figure]:
    idle = _idle(live)
    with application(made.instance), watched(live) as most:
        server.deliver("help", [large()])
        until(lambda: _are_read(MAILS + 1), seconds=120)
    return [
        Figure("a mail of 25 MB: memory above idle", (most.own - idle) / MIB, "MiB", 40),
        Figure("a mail of 25 MB: memory of its child", most.child / MIB, "MiB", 350),
    ]


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
