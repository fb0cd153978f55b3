"""Mailboxes elsewhere, read by IMAP from a real Dovecot: nothing is lost and nothing doubled."""

import pytest
from flask import Flask

from occ.core import clock, disk, storage
from occ.core.db import db
from occ.mail import service
from occ.mail.rules import Failed, Security, Trouble
from occ.organization.models import Service
from tests.factories import mail
from tests.support.dovecot import Dovecot

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

SEEN = b"\\Seen"


@pytest.mark.spec("MAIL-1")
def test_a_new_mailbox_begins_with_the_next_mail(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    server.put("mall", mail.eml("old"))
    account = mail.account(mall, mail.terms(server))
    mail.look(app, account)
    server.put("mall", mail.eml(1), mail.eml(2))
    mail.look(app, account)
    mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1), mail.eml(2)]
    assert [SEEN in flags for flags in server.flags("mall")] == [False, True, True]


@pytest.mark.spec("MAIL-1")
def test_older_mail_comes_when_it_is_asked_for_and_says_that_it_is_old(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    server.put("mall", mail.eml("old"))
    account = mail.account(mall, mail.terms(server))
    mail.look(app, account)
    with db.write():
        service.fetch_older(account, 7)
    server.put("mall", mail.eml("new"))
    mail.look(app, account)
    mail.look(app, account)
    found = {mail.raw(one): one.older for one in mail.mails(mall)}
    assert found == {mail.eml("new"): False, mail.eml("old"): True}
    db.session.refresh(account)
    assert account.older_since is None


@pytest.mark.spec("MAIL-1")
def test_originals_are_deleted_where_that_is_chosen_and_no_mail_that_others_marked(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    server.put("mall", mail.eml("marked"))
    account = mail.account(mall, mail.terms(server, keep_original=False))
    mail.look(app, account)
    program = server.connect("mall")
    program.select("INBOX")
    program.uid("STORE", "1", "+FLAGS", "(\\Deleted)")
    server.put("mall", mail.eml(1))
    mail.look(app, account)
    assert [flags.count(b"Deleted") for flags in server.flags("mall")] == [1]
    program.logout()
    assert len(mail.mails(mall)) == 1


@pytest.mark.spec("MAIL-1")
def test_another_uidvalidity_neither_loses_nor_doubles_a_mail(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    with clock.at(clock.now()):
        server.put("mall", mail.eml(0))
        account = mail.account(mall, mail.terms(server))
        mail.look(app, account)
        server.put("mall", mail.eml(1), mail.eml(2))
        mail.look(app, account)
    server.put("mall", mail.eml(3))
    server.renumber("mall")
    mail.look(app, account)
    found = [mail.raw(one) for one in mail.mails(mall)]
    # the oldest came on the day on which the account was added: it is not left behind
    assert sorted(found) == sorted(map(mail.eml, range(4)))
    assert found[:2] == [mail.eml(1), mail.eml(2)]


@pytest.mark.spec("MAIL-1")
def test_a_mail_that_was_moved_away_and_back_is_the_same_mail(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    account = mail.account(mall, mail.terms(server))
    mail.look(app, account)
    server.put("mall", mail.eml(1))
    mail.look(app, account)
    program = server.connect("mall")
    program.create("Done")
    program.select("INBOX")
    program.uid("MOVE", "1", "Done")
    program.select("Done")
    program.uid("MOVE", "1", "INBOX")
    program.logout()
    mail.look(app, account)
    assert len(mail.mails(mall)) == 1


@pytest.mark.spec("MAIL-1")
def test_a_large_mail_comes_whole(app: Flask, mall: Service, server: Dovecot) -> None:
    large = mail.eml("large", size=3_000_000)
    account = mail.account(
        mall, mail.terms(server, security=Security.STARTTLS, port=server.starttls)
    )
    mail.look(app, account)
    server.put("mall", mail.eml(1), large, mail.eml(2))
    mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1), large, mail.eml(2)]


@pytest.mark.spec("MAIL-1", "OPS-2")
def test_while_the_disk_is_full_mail_waits_in_the_mailbox(
    app: Flask, mall: Service, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = mail.account(mall, mail.terms(server, keep_original=False))
    mail.look(app, account)
    server.put("mall", mail.eml(1), mail.eml(2))
    before = set(storage.folder().iterdir())
    with monkeypatch.context() as full:
        full.setattr(disk, "free", lambda _folder: 0)
        for _look in range(2):
            with pytest.raises(disk.DiskFull):
                mail.look(app, account)
    assert [SEEN in flags for flags in server.flags("mall")] == [False, False]
    assert mail.mails(mall) == []
    assert set(storage.folder().iterdir()) == before
    mail.look(app, account)
    mail.look(app, account)
    assert [mail.raw(one) for one in mail.mails(mall)] == [mail.eml(1), mail.eml(2)]
    assert server.flags("mall") == []


@pytest.mark.spec("MAIL-1")
def test_a_wrong_password_is_a_trouble_with_a_name(
    app: Flask, mall: Service, server: Dovecot
) -> None:
    chosen = mail.terms(server)
    assert chosen.secret is not None
    account = mail.account(
        mall, mail.terms(server, secret=type(chosen.secret)(password="quite-wrong"))
    )
    with pytest.raises(Failed) as failed:
        mail.look(app, account)
    assert failed.value.trouble is Trouble.REFUSED
    assert "quite-wrong" not in str(failed.value)
