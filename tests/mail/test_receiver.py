"""Mail that the site's own mail server hands over, by LMTP and SMTP."""

import asyncio
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, disk, storage
from occ.core.db import db
from occ.identity.models import Member
from occ.mail import service
from occ.mail.models import MailAccount, MailOwner
from occ.mail.receiver import RECIPIENTS, Inlet
from occ.mail.rules import SIZE_MAX, MailState
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from tests.conftest import ENGINES, made
from tests.factories import mail, world
from tests.factories import ticket as tickets
from tests.support import migrated

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

DOMAIN = "mail.example.com"


@pytest.fixture(params=ENGINES)
def console(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Iterator[Flask]:
    """An application whose threads have transactions of their own."""
    url = database_url(request.param, "receiver")
    with made(tmp_path / "instance", url, OCC_MAIL_DOMAIN=DOMAIN) as application:
        migrated.prepare(application)
        with application.app_context():
            yield application


@pytest.fixture
def boss(console: Flask) -> Member:
    return world.owner()


@pytest.fixture
def mall(boss: Member) -> Service:
    made = tickets.desk(boss)
    mail.own_address(made)
    with db.write():
        db.insert_missing(
            MailOwner, id=1, owner="", epoch=1, lease_until=clock.now() + timedelta(days=9)
        )
    return made


@contextmanager
def receiving(app: Flask, protocol: str = "lmtp", epoch: int = 1) -> Iterator[Any]:
    """A client of the receiver that has said hello."""
    inlet = Inlet(app, protocol=protocol, host="127.0.0.1", port=0, domain=DOMAIN, epoch=epoch)
    inlet.start()
    try:
        kind = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
        with kind("127.0.0.1", inlet.port, local_hostname="mx.example.com") as client:
            client.ehlo()
            yield client
    finally:
        inlet.stop()
        inlet.join(10)
        assert not inlet.is_alive


def offered(client: Any, *recipients: str) -> list[int]:
    """The answers to the recipients of a mail of nobody, as bounces come."""
    assert client.mail("")[0] == 250
    return [client.rcpt(one)[0] for one in recipients]


def handed(client: Any, raw: bytes, *recipients: str) -> list[int]:
    """The answers to a mail, one a recipient that was accepted."""
    accepted = offered(client, *recipients).count(250)
    client.putcmd("data")
    assert client.getreply()[0] == 354
    client.send(raw)
    client.send(b".\r\n")
    return [client.getreply()[0] for _one in range(accepted)]


@pytest.mark.spec("MAIL-1")
def test_who_connects_while_the_receiver_opens_is_answered(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    inlet = Inlet(console, protocol="lmtp", host="127.0.0.1", port=0, domain=DOMAIN, epoch=1)
    listens = asyncio.Server._start_serving  # type: ignore[attr-defined]
    early: list[socket.socket] = []

    def listen(server: asyncio.Server) -> None:
        listens(server)
        early.append(socket.create_connection(server.sockets[0].getsockname(), timeout=10))

    monkeypatch.setattr(asyncio.Server, "_start_serving", listen)
    opening = threading.Thread(target=inlet.start, daemon=True)
    opening.start()
    opening.join(10)
    assert not opening.is_alive()
    with early[0]:
        assert early[0].recv(100).startswith(b"220 ")
    inlet.stop()
    inlet.join(10)
    assert not inlet.is_alive


@pytest.mark.spec("MAIL-1")
def test_each_recipient_gets_an_answer_and_each_service_a_mail(
    console: Flask, boss: Member, mall: Service
) -> None:
    shop = tickets.desk(boss, "shop")
    mail.own_address(shop)
    raw = mail.eml(1, text="..\r\n.two\r\n . three") + b"..\r\n"
    wire = raw.replace(b"\r\n.", b"\r\n..")
    db.session.rollback()
    with receiving(console) as client:
        answers = handed(client, wire, f"mall@{DOMAIN}", f"SHOP+t5.x@{DOMAIN.upper()}")
        again = handed(client, wire, f"mall+t5.x@{DOMAIN}")
    assert answers + again == [250, 250, 250]
    (one,), (two,) = mail.mails(mall), mail.mails(shop)
    assert mail.raw(one) == mail.raw(two) == raw
    assert (one.recipient, two.recipient) == (f"mall@{DOMAIN}", f"SHOP+t5.x@{DOMAIN.upper()}")
    assert one.key != two.key
    assert len(list(storage.folder().iterdir())) == 2


@pytest.mark.spec("MAIL-1")
def test_of_two_addresses_of_a_service_the_one_with_a_token_is_kept(
    console: Flask, mall: Service
) -> None:
    db.session.rollback()
    with receiving(console) as client:
        assert handed(client, mail.eml(1), f"mall@{DOMAIN}", f"mall+abc@{DOMAIN}") == [250, 250]
    assert [one.recipient for one in mail.mails(mall)] == [f"mall+abc@{DOMAIN}"]


@pytest.mark.spec("MAIL-1")
def test_the_greeting_names_no_version(console: Flask) -> None:
    with (
        receiving(console) as client,
        socket.create_connection(client.sock.getpeername()) as bare,
    ):
        assert bare.recv(200) == f"220 {DOMAIN} OCC\r\n".encode()


@pytest.mark.spec("MAIL-1")
def test_unknown_recipients_are_refused_before_their_mail_comes(
    console: Flask, boss: Member, mall: Service
) -> None:
    world.contracted(boss, "phones")  # without mail
    db.session.rollback()
    with receiving(console) as client:
        unknown = ("nobody@" + DOMAIN, "mall@example.org", "mall", "phones@" + DOMAIN)
        assert offered(client, *unknown) == [550, 550, 550, 550]
        client.send("RCPT TO:<몰@mail.example.com>\r\n".encode())
        assert client.getreply()[0] >= 500
        client.putcmd("data")
        assert client.getreply()[0] == 503
        client.rset()
        many = [f"mall+{n}@{DOMAIN}" for n in range(RECIPIENTS + 1)]
        assert offered(client, *many) == [250] * RECIPIENTS + [452]
    account = mail.own_address(mall)
    with db.write():
        service.switch(account, False, version=account.version)
    with receiving(console) as client:
        assert offered(client, f"mall@{DOMAIN}") == [550]
    assert mail.mails(mall) == []


@pytest.mark.spec("MAIL-1", "ORG-5")
def test_mail_to_a_suspended_service_waits(console: Flask, mall: Service) -> None:
    with db.write():
        db.session.get_one(Service, mall.id).state = ServiceState.SUSPENDED
    with receiving(console) as client:
        assert handed(client, mail.eml(1), f"mall@{DOMAIN}") == [250]
    assert [one.state for one in mail.mails(mall)] == [MailState.WAITING]


@pytest.mark.spec("MAIL-1")
def test_a_full_disk_is_no_reason_to_lose_a_mail(
    console: Flask, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.session.rollback()
    with receiving(console) as client:
        with monkeypatch.context() as full:
            full.setattr(disk, "free", lambda _folder: 0)
            assert handed(client, mail.eml(1), f"mall@{DOMAIN}", f"mall+x@{DOMAIN}") == [452, 452]
        assert handed(client, mail.eml(1), f"mall@{DOMAIN}") == [250]
    assert len(mail.mails(mall)) == len(list(storage.folder().iterdir())) == 1


@pytest.mark.spec("MAIL-1")
def test_who_lost_the_lease_answers_that_it_is_not_the_time(console: Flask, mall: Service) -> None:
    with db.write():
        db.session.execute(sa.update(MailOwner).values(epoch=2))
    with receiving(console) as client:
        assert handed(client, mail.eml(1), f"mall@{DOMAIN}") == [451]
    assert mail.mails(mall) == []
    assert list(storage.folder().iterdir()) == []


@pytest.mark.spec("MAIL-1")
def test_long_lines_are_taken_and_too_much_is_not(console: Flask, mall: Service) -> None:
    db.session.rollback()
    long = mail.eml(1) + b"x" * 3_000_000 + b"\r\n.\r\n"
    with receiving(console, "smtp") as client:
        assert f"size {SIZE_MAX}" in f"size {client.esmtp_features['size']}"
        wire = long.replace(b"\r\n.\r\n", b"\r\n..\r\n")
        assert handed(client, wire, f"mall@{DOMAIN}") == [250]
        assert client.docmd("MAIL", f"FROM:<a@example.com> SIZE={SIZE_MAX + 1}")[0] == 552
        client.rset()
        huge = mail.eml(2) + (b"y" * 998 + b"\r\n") * (SIZE_MAX // 1000)
        assert handed(client, huge, f"mall@{DOMAIN}") == [552]
        assert handed(client, mail.eml(3), f"mall@{DOMAIN}") == [250]
    assert [mail.raw(one) for one in mail.mails(mall)] == [long, mail.eml(3)]


@pytest.mark.spec("MAIL-1")
def test_a_cut_in_the_middle_of_a_mail_leaves_nothing(console: Flask, mall: Service) -> None:
    db.session.rollback()
    with receiving(console) as client, suppress(OSError):
        offered(client, f"mall@{DOMAIN}")
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(mail.eml(1))
        client.sock.close()
        client.close()
    assert mail.mails(mall) == []
    assert list(storage.folder().iterdir()) == []


@pytest.mark.spec("MAIL-1")
def test_receiving_keeps_the_account_s_last_success(console: Flask, mall: Service) -> None:
    account = mail.own_address(mall)
    ident = account.id
    db.session.rollback()
    with receiving(console) as client:
        handed(client, mail.eml(1), f"mall@{DOMAIN}")
    found = db.session.get_one(MailAccount, ident, populate_existing=True)
    assert found.mail_at is not None
    assert found.looked_at is not None
