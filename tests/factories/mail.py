"""Mail accounts of a service, and mails as they come."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from occ.core import clock
from occ.core.db import db
from occ.mail import queries, service
from occ.mail.boxes import Box
from occ.mail.models import MailAccount, MailOwner, ReceivedMail
from occ.mail.rules import AccountTerms, Secret, Security, SignIn
from occ.organization.models import Service
from tests.support import dovecot

EPOCH = 1


def eml(number: int | str, *, text: str = "", subject: str = "", size: int = 0) -> bytes:
    """A mail of a customer; `size`: so many bytes of text more."""
    words = subject or f"Order {number}"
    body = text or f"Where is order {number}?"
    filling = "".join(f"{'x' * 76}\r\n" for _line in range(size // 78))
    return (
        f"From: Hong <hong{number}@example.com>\r\nTo: help@example.com\r\nSubject: {words}\r\n"
        f"Date: Mon, 05 Jan 2026 09:00:00 +0900\r\nMessage-ID: <m{number}@example.com>\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n{filling}"
    ).encode()


def terms(server: dovecot.Dovecot, user: str = "mall", **changes: Any) -> AccountTerms:
    """A mailbox of a Dovecot."""
    return AccountTerms(
        **{
            "name": "Help",
            "address": f"{user}@example.com",
            "host": "127.0.0.1",
            "port": server.port,
            "security": Security.TLS,
            "user": user,
            "sign_in": SignIn.PASSWORD,
            "secret": Secret(password=dovecot.PASSWORD),
            **changes,
        }
    )


def account(of: Service, chosen: AccountTerms) -> MailAccount:
    """An external account, and this process as the one that reads it."""
    with db.write():
        now = clock.now()
        db.insert_missing(MailOwner, id=1, owner="", epoch=EPOCH, lease_until=now + timedelta(9))
        return service.add(of, chosen)


def look(app: Flask, of: MailAccount, epoch: int = EPOCH) -> None:
    """What its thread does until there is nothing new."""
    ident = db.key_of(of)
    db.session.rollback()  # in tests its savepoint holds what the thread's session writes
    with closing(Box(app, ident, epoch)) as box:
        box.read(forever=False)


def mails(of: Service) -> list[ReceivedMail]:
    """All rows of a service, in their order."""
    found = sa.select(ReceivedMail).where(ReceivedMail.service_id == of.id)
    db.session.rollback()
    return list(db.session.scalars(found.order_by(ReceivedMail.id)))


def raw(mail: ReceivedMail) -> bytes:
    """What is stored of it."""
    found = service.original(mail)
    assert found is not None
    return found


def own_address(of: Service) -> MailAccount:
    """The account of a service's own address."""
    with db.write():
        service.representative(of)
    found = queries.representative(of.id)
    assert found is not None
    return found
