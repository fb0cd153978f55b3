"""Who reads mailboxes and receives mail, what it costs while nothing comes, and who is told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.mail import boxes, jobs, queries, rules, service, writes
from occ.mail.jobs import PostRoom
from occ.mail.models import MailAccount, MailOwner
from occ.mail.rules import Failed, MailState, Trouble
from occ.notifications import queries as notices
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from tests.conftest import ENGINES, made
from tests.factories import mail, world
from tests.factories import ticket as tickets
from tests.support import migrated
from tests.support.dovecot import Dovecot
from tests.support.live import free_port, until
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database_url: Callable[..., str],
    trusted: Path,
) -> Iterator[Flask]:
    """An application whose threads have transactions of their own."""
    url = database_url(request.param, "lookout")
    changes = {"OUTGOING_PRIVATE": True, "OCC_MAIL_DOMAIN": "mail.example.com"}
    with made(tmp_path / "instance", url, **changes) as application:
        migrated.prepare(application)
        with application.app_context():
            yield application
            room = jobs.post_room()
            running = [box for _version, box in room.boxes.values()]
            room.leave()
            for box in running:
                box.join(20)
                assert not box.is_alive


@pytest.fixture
def lone(console: Flask) -> Service:
    return tickets.desk(world.owner())


@pytest.mark.spec("MAIL-1")
def test_a_console_without_mailboxes_is_asked_one_thing_and_does_nothing(
    console: Flask, lone: Service
) -> None:
    asked: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    db.session.rollback()
    assert not jobs.needs_looking()
    assert not queries.is_waiting()
    assert len([one for one in asked if one.startswith("SELECT")]) == 2
    assert jobs.look_after() is None
    assert jobs.post_room().boxes == {}
    db.session.rollback()
    assert db.session.get(MailOwner, 1) is None


@pytest.mark.spec("MAIL-1")
def test_mail_is_told_by_the_server_and_fetched_at_once(
    console: Flask, lone: Service, dovecots: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecots.empty()
    looks: list[int] = []
    real = boxes.Box._look

    def look(box: boxes.Box, *more: object) -> None:
        real(box, *more)  # type: ignore[arg-type]
        looks.append(1)

    monkeypatch.setattr(boxes.Box, "_look", look)
    with db.write():
        ident = service.add(lone, mail.terms(dovecots)).id
    assert jobs.needs_looking()
    assert jobs.look_after() == "1 begun, 0 told"
    assert not jobs.needs_looking()
    assert boxes.IDLE >= 180  # seconds: nothing is asked more often while nothing comes
    for number in range(3):
        until(lambda number=number: len(looks) == number + 1)
        dovecots.put("mall", mail.eml(number))
        until(lambda number=number: len(mail.mails(lone)) == number + 1)
    until(lambda: len(looks) >= 4)
    assert len(looks) == 4
    # what is switched off is left at once, and its mail waits where it is
    with db.write():
        row = db.session.get_one(MailAccount, ident)
        service.switch(row, False, version=row.version)
    (_version, box) = jobs.post_room().boxes[ident]
    assert jobs.needs_looking()
    jobs.look_after()
    box.join(20)
    assert not box.is_alive
    db.session.rollback()
    assert {one.state for one in mail.mails(lone)} == {MailState.WAITING}


@pytest.mark.spec("MAIL-1", "ORG-5")
def test_mailboxes_of_a_suspended_service_are_left_alone(
    console: Flask, lone: Service, dovecots: Dovecot
) -> None:
    with db.write():
        service.add(lone, mail.terms(dovecots))
        db.session.get_one(Service, lone.id).state = ServiceState.SUSPENDED
    assert queries.to_read() == []
    assert not jobs.needs_looking()


@pytest.mark.spec("MAIL-1")
def test_two_processes_never_read_the_same_mailbox(
    console: Flask, lone: Service, dovecots: Dovecot
) -> None:
    dovecots.empty()
    with db.write():
        service.add(lone, mail.terms(dovecots))
    jobs.look_after()
    mine = jobs.post_room()
    other = PostRoom(console)
    console.extensions["occ_post_room"] = other
    assert not jobs.needs_looking()
    jobs.look_after()
    assert other.boxes == {}
    # its owner is gone: another host's lease ends by its time
    with clock.at(clock.now() + jobs.LEASE):
        assert jobs.needs_looking()
        jobs.look_after()
        assert len(other.boxes) == 1
        console.extensions["occ_post_room"] = mine
        assert jobs.needs_looking()
        jobs.look_after()
    assert mine.boxes == {}
    assert mine.epoch is None
    running = [box for _version, box in other.boxes.values()]
    other.leave()
    for box in running:
        box.join(20)


@pytest.mark.spec("MAIL-1")
def test_the_receiver_opens_with_the_lease_and_closes_with_it(
    console: Flask, lone: Service
) -> None:
    change(console, mail_listen=("lmtp", "127.0.0.1", free_port()))
    assert jobs.needs_looking()
    jobs.look_after()
    inlet = jobs.post_room().inlet
    assert inlet is not None
    assert inlet.is_alive
    change(console, mail_listen=None)
    assert jobs.needs_looking()
    jobs.look_after()
    inlet.join(10)
    assert not inlet.is_alive
    assert not jobs.needs_looking()


@pytest.mark.spec("MAIL-1")
def test_managers_hear_of_failing_logins_once_until_they_work_again(
    app: Flask, boss: Member, mall: Service, server: Dovecot
) -> None:
    account = mail.account(mall, mail.terms(server))
    now = clock.now()

    def told() -> list[Notice]:
        db.session.rollback()
        return [one.notice for one in notices.newest(boss.id)]

    with clock.at(now), db.write():
        writes.failed(account.id, Failed(Trouble.REFUSED, "no"))
    for minutes, expected in ((4, 0), (5, 1), (60, 1)):
        with clock.at(now + timedelta(minutes=minutes)), db.write():
            jobs.telling.tell()
        assert told().count(Notice.MAIL_FAILS) == expected
    with clock.at(now + timedelta(hours=2)), db.write():
        writes.looked(account.id)
        writes.failed(account.id, Failed(Trouble.NO_ANSWER))
    for minutes, expected in ((29, 1), (30, 2)):
        with clock.at(now + timedelta(hours=2, minutes=minutes)), db.write():
            jobs.telling.tell()
        assert told().count(Notice.MAIL_FAILS) == expected


@pytest.mark.spec("MAIL-1")
def test_managers_hear_of_silence_once_for_each(
    app: Flask, boss: Member, mall: Service, server: Dovecot
) -> None:
    account = mail.account(mall, mail.terms(server, silence_hours=3))
    now, heard = clock.now(), []
    for hours in (2.99, 3.01, 9, 20):
        with clock.at(now + timedelta(hours=hours)), db.write():
            if hours == 9:
                writes.progressed(account.id, mail=True)
            jobs.telling.tell()
        db.session.rollback()
        found = [one.notice for one in notices.newest(boss.id)]
        heard.append(found.count(Notice.MAIL_SILENT))
    assert heard == [0, 1, 1, 2]


def test_a_mailbox_that_fails_is_left_alone_longer_each_time() -> None:
    waits = [rules.wait_after(failures) for failures in range(1, 20)]
    assert waits[0] == rules.WAIT_FIRST
    assert waits == sorted(waits)
    assert waits[-1] == rules.WAIT_MOST
