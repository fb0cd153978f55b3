"""Killed, cut and doubled: as many mails come out as went in, none twice (MAIL-1)."""

import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from occ.core import storage
from occ.core.db import db
from occ.mail import rules, writes
from occ.mail.models import MailOwner, ReceivedMail
from occ.mail.rules import MailState
from occ.mail.writes import Came
from occ.organization.models import Service
from tests.conftest import ENGINES, made
from tests.factories import mail, world
from tests.factories import ticket as tickets
from tests.support import migrated
from tests.support.crash import count, killed
from tests.support.dovecot import Dovecot
from tests.support.live import Live, until


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database_url: Callable[..., str],
    trusted: Path,
) -> Iterator[Flask]:
    """An application whose database other processes share."""
    url = database_url(request.param, "killed")
    with made(tmp_path / "instance", url, OUTGOING_PRIVATE=True) as application:
        migrated.prepare(application)
        shutil.copy(trusted, tmp_path / "instance" / "trusted.pem")
        with application.app_context():
            yield application


@pytest.fixture
def mall(console: Flask) -> Service:
    return tickets.desk(world.owner())


def check_all(mall: Service, server: Dovecot, wanted: list[bytes]) -> None:
    """Each mail is stored and read once, and its original is marked."""
    rows = mail.mails(mall)
    assert Counter(mail.raw(one) for one in rows) == Counter(wanted)
    assert {one.state for one in rows} == {MailState.READ}
    assert all(b"\\Seen" in flags for flags in server.flags("mall"))
    named = {one.key for one in rows}
    kept = {path.name for path in storage.folder().iterdir() if path.suffix == ".eml"}
    assert named <= kept


@pytest.mark.heavy
@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("kind", ["commit", pytest.param("after", marks=pytest.mark.full)])
def test_killed_at_random_commits_no_mail_is_lost_or_doubled(
    console: Flask, mall: Service, dovecots: Dovecot, kind: str
) -> None:
    dovecots.empty()
    account = mail.account(mall, mail.terms(dovecots))
    mail.look(console, account)
    wanted = [mail.eml(n) for n in range(40)]
    chance = random.Random(16)
    strikes = 0
    for part in range(5):
        dovecots.put("mall", *wanted[part * 8 : part * 8 + 8])
        db.session.rollback()
        strikes += killed(console, "mail", kind, chance.randint(1, 12))
    assert strikes == 5
    assert not killed(console, "mail", kind, 100_000)
    check_all(mall, dovecots, wanted)


@pytest.mark.spec("MAIL-1")
def test_the_same_mail_by_two_ways_at_once_is_one(console: Flask, mall: Service) -> None:
    account = mail.own_address(mall)
    raw = mail.eml(1)
    came = Came(
        service_id=mall.id,
        account_id=account.id,
        key="one.eml",
        size=len(raw),
        identity=rules.identity(raw),
        received_at=mall.created_at,
    )
    db.session.rollback()
    barrier = threading.Barrier(4)
    took: list[bool] = []

    def take() -> None:
        with console.app_context():
            barrier.wait()
            with db.write():
                took.append(writes.note(came))
            db.session.remove()

    threads = [threading.Thread(target=take) for _way in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(took) == [False, False, False, True]
    assert len(mail.mails(mall)) == 1


@pytest.mark.live
@pytest.mark.full
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.spec("MAIL-1", "OPS-5")
def test_workers_that_are_killed_at_random_points_lose_and_double_nothing(
    console: Flask, mall: Service, dovecots: Dovecot, tmp_path: Path, workers: int
) -> None:
    dovecots.empty()
    settings = console.extensions["occ_settings"]
    account = mail.account(mall, mail.terms(dovecots))
    mail.look(console, account)
    with db.write():
        db.session.get_one(MailOwner, 1).lease_until = mall.created_at
    wanted = [mail.eml(n, size=n % 50 * 1000) for n in range(500)]
    alive = [
        Live(
            settings.instance,
            settings.database_url,
            OUTGOING_PRIVATE="on",
            SSL_CERT_FILE=str(settings.instance / "trusted.pem"),
        )
        for _worker in range(workers)
    ]

    def feed() -> None:
        for at in range(0, 500, 10):
            dovecots.put("mall", *wanted[at : at + 10])
            pause.wait(0.2)

    pause = threading.Event()
    feeding = threading.Thread(target=feed)
    feeding.start()
    chance = random.Random(500)
    for one in alive:
        one.start("worker")
    for _kill in range(20):
        pause.wait(chance.uniform(0.05, 1.5))
        one = chance.choice(alive)
        one.stop(signal.SIGKILL)
        one.start("worker")
    feeding.join()
    db.session.rollback()

    def is_done() -> bool:
        db.session.rollback()
        return count(ReceivedMail, ReceivedMail.state == MailState.READ, ReceivedMail.marked) == 500

    until(is_done, seconds=120)
    for one in alive:
        one.stop()
    check_all(mall, dovecots, wanted)
