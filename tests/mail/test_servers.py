"""Servers that cut, deny, lie and speak in between, and token servers that exchange tokens."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask

from occ.core import clock, crypto, storage
from occ.core import oauth as tokens_of
from occ.core.db import db
from occ.core.errors import Refused
from occ.mail import imap, labels, oauth, service
from occ.mail.models import MailAccount
from occ.mail.rules import Failed, MailState, Reason, Secret, Security, SignIn, Trouble
from occ.mail.secrets import secret_of
from occ.organization.models import Service
from tests.factories import mail
from tests.support.dovecot import Dovecot
from tests.support.imap_server import ImapServer
from tests.support.live import free_port
from tests.support.settings import change
from tests.support.slow import Line, slow_server

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.fixture(autouse=True)
def may_call_here(app: Flask, trusted: Path) -> Iterator[None]:
    before = app.extensions["occ_settings"]
    change(app, outgoing_private=True)
    yield
    app.extensions["occ_settings"] = before


def terms(port: int, **changes: Any) -> Any:
    return mail.terms(Dovecot(Path(), port, port, Path()), **changes)


def begun(app: Flask, mall: Service, port: int, **changes: Any) -> MailAccount:
    """An account that has looked once."""
    account = mail.account(mall, terms(port, **changes))
    mail.look(app, account)
    return account


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("size", [0, 1_500_000])
def test_a_mail_that_was_cut_in_the_middle_comes_whole_the_next_time(
    app: Flask, mall: Service, tls: ssl.SSLContext, size: int
) -> None:
    server = ImapServer({}, tls, cuts=2)
    with slow_server(server) as port:
        account = begun(app, mall, port)
        server.mails |= {4: mail.eml(4, size=size), 9: mail.eml(9)}
        for _cut in range(2):
            with pytest.raises(Failed) as failed:
                mail.look(app, account)
            assert failed.value.trouble is Trouble.CUT
        mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(4, size=size), mail.eml(9)]
    assert not [path for path in storage.folder().iterdir() if path.suffix == ".part"]
    assert server.flags == {4: {"\\Seen"}, 9: {"\\Seen"}}


@pytest.mark.spec("MAIL-1")
def test_a_mail_that_the_server_does_not_give_stops_nobody(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    server = ImapServer({}, tls, denied=frozenset({2}))
    with slow_server(server) as port:
        account = begun(app, mall, port)
        server.mails |= {n: mail.eml(n) for n in (1, 2, 3)}
        mail.look(app, account)
        mail.look(app, account)
    found = [(one.uid, one.state, one.reason) for one in mail.mails(mall)]
    assert found == [
        (1, MailState.WAITING, None),
        (2, MailState.QUARANTINED, Reason.GONE),
        (3, MailState.WAITING, None),
    ]
    assert 2 not in server.flags


@pytest.mark.spec("MAIL-1")
def test_what_comes_while_a_search_is_answered_is_found_before_waiting(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    server = ImapServer({3: mail.eml("old")}, tls)
    with slow_server(server) as port:
        account = begun(app, mall, port)
        server.arrives = mail.eml("late")
        mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml("late")]


@pytest.mark.spec("MAIL-1")
def test_a_mailbox_that_says_little_and_lets_nothing_be_marked_is_read(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    server = ImapServer({5: mail.eml("old")}, tls, tells_next=False, marks=False)
    with slow_server(server) as port:
        account = begun(app, mall, port)
        server.mails |= {n: mail.eml(n) for n in (6, 7)}
        mail.look(app, account)
        server.mails[8] = mail.eml(8)
        mail.look(app, account)
    assert [one.uid for one in mail.mails(mall)] == [6, 7, 8]


@pytest.mark.spec("MAIL-1")
def test_wrong_sizes_and_originals_without_uidplus(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    server = ImapServer({}, tls, lies=700_000, offers="IMAP4rev1 AUTH=PLAIN")
    with slow_server(server) as port:
        account = begun(app, mall, port, keep_original=False)
        server.mails |= {1: mail.eml(1), 2: mail.eml(2, size=600_000)}
        mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1), mail.eml(2, size=600_000)]
    assert server.flags[1] == server.flags[2] == {"\\Seen", "\\Deleted"}
    assert not any("EXPUNGE" in said for said in server.said)


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("changes", "field", "trouble"),
    [
        ({"host": "localhost"}, "host", Trouble.CERTIFICATE),
        ({"port": 0}, "host", Trouble.NO_ANSWER),
        ({"secret": Secret(password="wrong-one")}, "password", Trouble.REFUSED),
        ({"security": Security.STARTTLS}, "host", Trouble.NO_ANSWER),
    ],
)
def test_a_check_says_beside_the_field_what_is_wrong(
    app: Flask,
    mall: Service,
    tls: ssl.SSLContext,
    changes: dict[str, Any],
    field: str,
    trouble: Trouble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = ImapServer({}, tls, accepts=lambda told: told != "wrong-one")
    with slow_server(server) as port:
        found = service.check(terms(port))
        assert (found.mails, found.idles, found.deletes) == (0, False, True)
        if changes.get("port") == 0:
            changes = {"port": free_port()}
        monkeypatch.setattr(imap, "SECONDS", 2.0)
        with pytest.raises(Refused) as refused:
            service.check(replace(terms(port), **changes))
    assert refused.value.field == field
    assert str(labels.TROUBLES[trouble].text).rstrip(".") in str(refused.value)
    assert "wrong-one" not in str(refused.value)


@pytest.mark.spec("MAIL-1")
def test_a_server_that_drips_is_left_in_its_time(
    app: Flask, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "SECONDS", 0.5)
    with slow_server(lambda line: line.drip(b"* OK")) as port, pytest.raises(Refused):
        service.check(terms(port))


@pytest.mark.spec("MAIL-1")
def test_hosts_of_this_network_are_called_where_the_operator_lets_them(
    app: Flask, mall: Service
) -> None:
    change(app, outgoing_private=False)
    with pytest.raises(Refused) as refused:
        service.check(terms(free_port()))
    assert str(refused.value) == str(labels.TROUBLES[Trouble.BLOCKED].text)


class TokenServer:
    """Exchanges each refresh token once, for another one."""

    def __init__(self, valid: str = "r0", status: int = 200) -> None:
        self.valid, self.status, self.asked = valid, status, 0
        self.gave: list[str] = []

    def __call__(self, line: Line) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += line.connection.recv(65_536)
        head, _blank, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += line.connection.recv(65_536)
        form = parse_qs(body.decode())
        self.asked += 1
        told: dict[str, Any] = {"error": "invalid_grant", "error_description": f"not {form}"}
        status = 400
        if form["refresh_token"] == [self.valid] and self.status == 200:
            self.valid = f"r{self.asked}"
            self.gave.append(f"a{self.asked}")
            told = {"access_token": self.gave[-1], "expires_in": 3599, "refresh_token": self.valid}
            status = 200
        answer = json.dumps(told).encode()
        line.connection.sendall(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
        )


def secret(port: int, refresh: str = "r0") -> Secret:
    return Secret(
        client_id="occ",
        client_secret="shh",
        refresh_token=refresh,
        endpoint=f"http://127.0.0.1:{port}/token",
    )


@contextmanager
def gmail(tls: ssl.SSLContext, tokens: TokenServer) -> Iterator[tuple[ImapServer, int, int]]:
    """A mail server that takes the newest access token alone, and its token server."""
    server = ImapServer({}, tls, accepts=lambda told: bool(tokens.gave) and told == tokens.gave[-1])
    with slow_server(server) as port, slow_server(tokens) as token_port:
        yield server, port, token_port


@pytest.mark.spec("MAIL-1")
def test_refresh_tokens_are_kept_before_their_access_is_used(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    tokens = TokenServer()
    with gmail(tls, tokens) as (server, port, token_port):
        chosen = terms(port, sign_in=SignIn.OAUTH, secret=secret(token_port))
        found = service.check(chosen)
        assert found.secret.refresh_token == "r1"
        account = begun(app, mall, port, sign_in=SignIn.OAUTH, secret=found.secret)
        server.mails[1] = mail.eml(1)
        mail.look(app, account)  # with the access that it has
        assert tokens.asked == 2
        db.session.refresh(account)
        assert secret_of(account).refresh_token == tokens.valid == "r2"
        assert server.secrets == ["a1", "a2", "a2"]
        with clock.at(clock.now() + tokens_of.BUSY + 21 * tokens_of.SPARE):
            mail.look(app, account)
        assert tokens.asked == 3
        # what is refused is not tried a second time
        tokens.gave.append("another")
        with pytest.raises(Failed):
            mail.look(app, account)
        mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1)]


@pytest.mark.spec("MAIL-1")
def test_a_token_server_that_refuses_says_so_without_secrets(
    app: Flask, mall: Service, tls: ssl.SSLContext
) -> None:
    tokens = TokenServer(status=400)
    with gmail(tls, tokens) as (_server, port, token_port):
        chosen = terms(port, sign_in=SignIn.OAUTH, secret=secret(token_port, "r-very-secret"))
        with pytest.raises(Refused) as refused:
            service.check(chosen)
    assert refused.value.field == "refresh_token"
    assert "r-very-secret" not in str(refused.value)
    assert "shh" not in str(refused.value)


@pytest.mark.spec("MAIL-1")
def test_two_who_want_access_ask_once(app: Flask, mall: Service, tls: ssl.SSLContext) -> None:
    tokens = TokenServer()
    with gmail(tls, tokens) as (_server, port, token_port):
        account = mail.account(mall, terms(port, sign_in=SignIn.OAUTH, secret=secret(token_port)))
        ident = account.id
        db.session.rollback()
        assert tokens_of.claim(oauth.place(ident))
        assert not tokens_of.claim(oauth.place(ident))
        with db.write():  # the other one is there
            row = db.session.get_one(MailAccount, ident)
            row.access = crypto.ring().encrypt("theirs")
            row.access_until = clock.now() + 2 * tokens_of.SPARE
        assert oauth.access_of(ident) == "theirs"
    assert tokens.asked == 0


@pytest.mark.spec("MAIL-1")
def test_secrets_are_sealed(app: Flask, mall: Service) -> None:
    account = mail.account(mall, terms(1, secret=Secret(password="in-clear")))
    assert "in-clear" not in account.sealed
    assert "in-clear" not in repr(secret_of(account))
    assert secret_of(account).password == "in-clear"
