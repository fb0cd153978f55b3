"""The demo's mail: a mailbox that is switched off, so that the demo calls nobody, and mails in
quarantine.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from occ.core import clock, storage
from occ.core.db import db
from occ.mail import intake, queries, rules, service, writes
from occ.mail.models import ReceivedMail
from occ.mail.rules import AccountTerms, Reason, Secret, Security, SignIn
from occ.organization import queries as organization
from occ.organization.models import Service

STUCK = """\
From: =?utf-8?b?7ZmN6ri464+Z?= <hong@example.com>
To: help@neulbom.example
Subject: =?utf-8?b?67Cw7IahIOyCrOynhOydhCDrs7Trgrjri4jri6Q=?=
Message-ID: <demo-stuck@example.com>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

주문 20261129-3311 배송 사진을 보냅니다.
"""


def _service(slug: str) -> Service:
    found = organization.service_by_slug(slug)
    assert found is not None
    return found


def furnish(slug: str) -> None:
    """A mailbox elsewhere, as somebody left it who has to look for its app password again."""
    terms = AccountTerms(
        name="고객센터 메일",
        address="help@neulbom.example",
        host="imap.neulbom.example",
        port=993,
        security=Security.TLS,
        user="",
        sign_in=SignIn.PASSWORD,
        secret=Secret(password="none"),  # noqa: S106 - it is never called
        sender_name="늘봄몰 고객센터",
        silence_hours=48,
    )
    with db.write():
        made = service.add(_service(slug), terms)
        service.switch(made, False, version=made.version)


def put_aside(slug: str) -> None:
    """A mail that its mailbox did not give, and one whose reading was cut off again and again."""
    of, now = _service(slug), clock.now()
    account = next(one for one in queries.accounts(of.id) if one.host)
    content = STUCK.replace("\n", "\r\n").encode()
    key = storage.save(content, "")
    with db.write() as session:
        for n, (kept, size) in enumerate(((None, 0), (key, len(content)))):
            writes.note(
                writes.Came(
                    service_id=of.id,
                    account_id=account.id,
                    key=kept,
                    size=size,
                    identity=f"demo-{n}",
                    received_at=now - timedelta(hours=9 - 4 * n),
                )
            )
        for row in session.query(ReceivedMail).filter_by(key=key):
            row.attempts = rules.ATTEMPTS  # what processes leave that end in the middle
    with _on_purpose():
        intake.read_waiting()


@contextmanager
def _on_purpose() -> Iterator[None]:
    """While mails are put aside to be seen there: the log says nothing of those, or whoever makes
    a demo would look for what went wrong.
    """

    def is_news(record: logging.LogRecord) -> bool:
        return Reason.KILLED.value not in (record.args or ())

    log = logging.getLogger("occ.mail")
    log.addFilter(is_news)
    try:
        yield
    finally:
        log.removeFilter(is_news)
