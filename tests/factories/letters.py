"""Mails that arrive, as their values: made, and announced as who receives them does."""

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto
from occ.core.db import db
from occ.core.events import emit
from occ.mail.events import MailReceived
from occ.mail.intake import stored
from occ.mail.models import MailAccount, ReceivedMail
from occ.mail.reading import Automatic, Letter, Part, Person
from occ.mail.rules import AccountKind, MailState
from occ.organization.models import Service
from occ.tickets.models import Ticket

LEE, HELP = "lee@example.com", "help@mall.example"
_numbers = itertools.count(1)


def letter(
    text: str = "It has not come yet.",
    *,
    subject: str = "Where is my order?",
    sender: str | Person = LEE,
    to: Sequence[str] = (HELP,),
    cc: Sequence[str] = (),
    reply_to: Sequence[str] = (),
    **values: Any,
) -> Letter:
    """A mail of a customer to the service's account, unless told otherwise."""
    people = {
        "to": tuple(Person("", one) for one in to),
        "cc": tuple(Person("", one) for one in cc),
        "reply_to": tuple(Person("", one) for one in reply_to),
    }
    plain: dict[str, Any] = {
        "message_id": f"<{next(_numbers)}.{crypto.token()[:8]}@example.com>",
        "in_reply_to": (),
        "references": (),
        "also_from": (),
        "delivered_to": (),
        "sent_at": None,
        "quoted": "",
        "html": "",
        "quoted_html": "",
        "files": (),
        "automatic": Automatic.NO,
        "bounced": (),
        "returned": "",
        "defects": (),
    }
    who = sender if isinstance(sender, Person) else Person("Minho Lee", sender)
    return Letter(text=text, subject=subject, sender=who, **people, **{**plain, **values})


def part(name: str, content: bytes, **values: Any) -> Part:
    return Part(name, "application/octet-stream", content, **{"size": len(content), **values})


def account(of: Service, address: str = HELP) -> MailAccount:
    """An external account of a service; its mailbox is nowhere."""
    found = db.session.scalar(
        sa.select(MailAccount).where(MailAccount.service_id == of.id, MailAccount.folded == address)
    )
    if found is not None:
        return found
    with db.write() as session:
        made = MailAccount(
            service_id=of.id,
            kind=AccountKind.EXTERNAL,
            name="Help",
            address=address,
            folded=address,
            created_at=clock.now(),
        )
        session.add(made)
    return made


def received(of: Service, **values: Any) -> ReceivedMail:
    """The row of a mail that is read now; inside a transaction."""
    row = ReceivedMail(
        service_id=of.id,
        identity=crypto.token(),
        size=1_000,
        received_at=clock.now(),
        state=MailState.READ,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row


def arrives(of: Service, mail: Letter, **values: Any) -> Ticket:
    """The ticket that a mail has made or joined."""
    box, files = account(of), stored(mail)
    with db.write():
        sender = mail.sender.address.casefold()[:254]
        row = received(of, account_id=box.id, **{"sender": sender, **values})
        event = MailReceived(of, box, row, mail, files)
        emit(event)
        row.about = event.about
    db.session.expire_all()
    return db.session.get_one(Ticket, int(event.about.removeprefix("ticket/")))
