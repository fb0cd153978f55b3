"""A mailbox of a real Dovecot, added and changed through its page (MAIL-1)."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from occ.core import clock
from occ.core.db import db
from occ.mail import imap, queries
from occ.mail.models import MailOwner
from occ.organization.models import Service
from tests.factories import mail
from tests.support import dovecot, live, mail_server
from tests.support.browser import Browser
from tests.support.dovecot import Dovecot
from tests.support.slow import Line, slow_server

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
MAIL = "/c/s/mall/mail"


def typed(server: Dovecot, **changes: str) -> dict[str, str]:
    return {
        "name": "Help",
        "address": "mall@example.com",
        "host": "127.0.0.1",
        "port": str(server.port),
        "security": "tls",
        "user": "mall",
        "sign_in": "password",
        "password": dovecot.PASSWORD,
        "original": "keep",
        "sender_name": "",
        "silence_hours": "",
        **changes,
    }


def refusal(admin: Browser, field: str) -> str:
    (beside,) = admin.texts(f"//*[@id='{field}-error']")
    return beside


@pytest.mark.spec("MAIL-1")
def test_mail_comes_by_a_mailbox_that_was_added_on_its_page(
    app: Flask, mall: Service, admin: Browser, server: Dovecot
) -> None:
    server.put("mall", mail.eml("old"))
    admin.get(f"{MAIL}/new")
    assert admin.post(f"{MAIL}/new", typed(server), htmx=True).status_code == 204, admin.errors()
    with db.write():  # this process is the one that reads mailboxes
        until = clock.now() + timedelta(hours=9)
        db.insert_missing(MailOwner, id=1, owner="", epoch=mail.EPOCH, lease_until=until)
    (row,) = [one for one in queries.accounts(mall.id) if one.host]
    mail.look(app, row)
    server.put("mall", mail.eml(1))
    mail.look(app, row)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1)]
    admin.get(MAIL)
    (line,) = [cells for cells in admin.rows() if cells[0].startswith("Help")]
    assert line[2] == "In order" and "–" not in line[3:5]
    admin.get(f"{MAIL}/doctor")
    (line,) = [cells for cells in admin.rows() if cells[0].startswith("Help")]
    assert line[4].startswith("1 The oldest since")


@pytest.mark.spec("MAIL-1")
def test_what_a_real_server_refuses_is_said_beside_its_field(
    mall: Service, admin: Browser, server: Dovecot
) -> None:
    admin.get(f"{MAIL}/new")
    for changes, field, words in (
        ({"password": "quite-wrong"}, "password", "refuses this user and password"),
        ({"port": str(server.starttls)}, "port", "not an IMAP server"),
        ({"port": str(live.free_port())}, "host", "does not answer"),
    ):
        answer = admin.post(f"{MAIL}/new", typed(server, **changes), htmx=True)
        assert answer.status_code == 422, changes
        assert words in refusal(admin, field), changes
        assert "quite-wrong" not in answer.text and dovecot.PASSWORD not in answer.text
        assert admin.field("name") == "Help"
    started = typed(server, port=str(server.starttls), security="starttls")
    assert admin.post(f"{MAIL}/new", started, htmx=True).status_code == 204, admin.errors()


@pytest.mark.spec("MAIL-1")
def test_a_certificate_that_does_not_fit_is_refused_before_the_password_is_sent(
    mall: Service,
    admin: Browser,
    server: Dovecot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mail_server.certificate(tmp_path)  # of somebody else
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    admin.get(f"{MAIL}/new")
    assert admin.post(f"{MAIL}/new", typed(server), htmx=True).status_code == 422
    assert "certificate" in refusal(admin, "host")


@pytest.mark.spec("MAIL-1")
def test_a_host_that_says_nothing_holds_nobody_up(
    mall: Service, admin: Browser, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "SECONDS", 0.5)
    admin.get(f"{MAIL}/new")
    with slow_server(Line.rest) as port:
        answer = admin.post(f"{MAIL}/new", typed(server, port=str(port)), htmx=True)
    assert answer.status_code == 422 and "does not answer" in refusal(admin, "host")
