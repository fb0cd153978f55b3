"""Mail accounts and mails in quarantine for tests, made through the services."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from occ.core import clock, storage
from occ.core.db import db
from occ.mail import service
from occ.mail.imap import Inbox
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.rules import (
    AccountTerms,
    Failed,
    Mailbox,
    MailState,
    Reason,
    Secret,
    Security,
    SignIn,
    Trouble,
)
from occ.organization.models import Service

PASSWORD = "abcd-efgh-ijkl-mnop"
TERMS = AccountTerms(
    name="Support",
    address="support@shop.example",
    host="imap.shop.example",
    port=993,
    security=Security.TLS,
    user="",
    sign_in=SignIn.PASSWORD,
    secret=Secret(password=PASSWORD),
    silence_hours=24,
)


class Reached:
    """A mail server's answer to a look at an inbox of three mails."""

    inbox, idles, deletes = Inbox(1, 4, 3), True, True

    def close(self) -> None:
        pass


def answering(
    monkeypatch: pytest.MonkeyPatch, trouble: Trouble | None = None, words: str = ""
) -> list[Mailbox]:
    """Lets mail servers answer so; who was looked at is kept."""
    asked: list[Mailbox] = []

    def connect(box: Mailbox, *rest: Any, **more: Any) -> Reached:
        asked.append(box)
        if trouble is not None:
            raise Failed(trouble, words)
        return Reached()

    monkeypatch.setattr(service.imap, "connect", connect)
    return asked


def account(of: Service, **changes: Any) -> MailAccount:
    """A mailbox elsewhere that nobody has looked at yet."""
    with db.write():
        return service.add(of, replace(TERMS, **changes))


def state(row: MailAccount, **values: Any) -> None:
    """What reading found out about an account."""
    with db.write() as session:
        found = session.get_one(MailAccount, row.id)
        for name, value in values.items():
            setattr(found, name, value)


def mail(
    of: Service,
    account: MailAccount | None = None,
    content: bytes | None = b"From: lee@example.com\r\nSubject: Hello\r\n\r\nHi\r\n",
    **values: Any,
) -> ReceivedMail:
    """A mail in quarantine; one whose original is gone without `content`."""
    key = storage.save(content, ".eml") if content is not None else None
    with db.write() as session:
        known = session.scalar(sa.select(sa.func.count()).select_from(ReceivedMail))
        row = ReceivedMail(
            service_id=of.id,
            account_id=account.id if account else None,
            identity=f"{known:064}",
            key=key,
            size=len(content or b""),
            **{
                "received_at": clock.now(),
                "marked": True,
                "state": MailState.QUARANTINED,
                "reason": Reason.FAULT,
                "attempts": 1,
                "sender": "lee@example.com",
                "subject": "Where is it?",
                **values,
            },
        )
        session.add(row)
    return row
