"""What the ways by which mail comes write, inside the caller's write transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from occ.core import clock, jobs
from occ.core.db import db
from occ.mail.models import MailAccount, MailOwner, ReceivedMail
from occ.mail.rules import Failed, MailState, Reason, Trouble

READING = "mail_read"
"""The job that reads what waits."""


@dataclass(frozen=True, kw_only=True)
class Came:
    """A mail whose bytes are stored under `key`; None: the mailbox does not give it."""

    service_id: int
    account_id: int
    key: str | None
    size: int
    identity: str
    received_at: datetime
    uid: int | None = None
    uidvalidity: int | None = None
    recipient: str = ""
    older: bool = False


class NotOwner(Exception):
    """Another process reads mailboxes and receives mail now."""


def check_owner(epoch: int) -> None:
    """Raises NotOwner unless this process still does it, and holds that until the transaction
    ends.
    """
    row: MailOwner | None = db.lock(MailOwner, 1)
    if row is None or row.epoch != epoch:
        raise NotOwner


def read_soon() -> None:
    """Mails wait, if this transaction commits: they are read at once, whenever others last were."""
    jobs.request_run(READING)


def note(came: Came) -> bool:
    """Inserts a mail's row, to be read at once; False where the service has this message already.

    Where the same account has it under another UID, it is that which is marked later.
    """
    is_new = _inserted(came)
    if is_new:
        read_soon()
    return is_new


def _inserted(came: Came) -> bool:
    is_gone = came.key is None
    values = {
        "service_id": came.service_id,
        "account_id": came.account_id,
        "identity": came.identity,
        "key": came.key,
        "size": came.size,
        "received_at": came.received_at,
        "uid": came.uid,
        "uidvalidity": came.uidvalidity,
        "marked": came.uid is None or is_gone,
        "recipient": came.recipient[:320],
        "older": came.older,
        "state": MailState.QUARANTINED if is_gone else MailState.WAITING,
        "reason": Reason.GONE if is_gone else None,
        "detail": "",
        "attempts": 0,
        "sender": "",
        "subject": "",
        "about": "",
    }
    if db.insert_missing(ReceivedMail, **values):
        return True
    same = (
        ReceivedMail.service_id == came.service_id,
        ReceivedMail.identity == came.identity,
        ReceivedMail.account_id == came.account_id,
    )
    db.session.execute(
        sa.update(ReceivedMail)
        .where(*same)
        .values(uid=came.uid, uidvalidity=came.uidvalidity, marked=came.uid is None)
    )
    return False


def note_all(mails: Sequence[Came]) -> list[Came]:
    """Inserts rows; those of the mails that the service had already are returned."""
    known = [one for one in mails if not _inserted(one)]
    if len(known) < len(mails):
        read_soon()
    return known


def marked_uids(account_id: int, uidvalidity: int, uids: Sequence[int]) -> None:
    """The originals of these mails are as the account wants them."""
    db.session.execute(
        sa.update(ReceivedMail)
        .where(
            ReceivedMail.account_id == account_id,
            ReceivedMail.marked.is_(False),
            ReceivedMail.uidvalidity == uidvalidity,
            ReceivedMail.uid.in_(uids),
        )
        .values(marked=True)
    )


def progressed(ident: int, *, mail: bool, **values: object) -> None:
    """Reading an account went on; `mail`: some came."""
    now = clock.now()
    found = {**values, **({"mail_at": now} if mail else {})}
    if found:
        db.session.execute(sa.update(MailAccount).where(MailAccount.id == ident).values(**found))


def looked(ident: int) -> None:
    """All new mail of an account was fetched: whatever troubled it is over."""
    db.session.execute(
        sa.update(MailAccount)
        .where(MailAccount.id == ident)
        .values(
            looked_at=clock.now(),
            trouble=None,
            trouble_words="",
            failing_since=None,
            told_failing_at=None,
        )
    )


def failed(ident: int, failure: Failed) -> None:
    """Reading an account failed, again or for the first time."""
    db.session.execute(
        sa.update(MailAccount)
        .where(MailAccount.id == ident)
        .values(
            trouble=failure.trouble,
            trouble_words=failure.words[:300],
            failing_since=sa.func.coalesce(MailAccount.failing_since, clock.now()),
        )
    )


FAULT = Failed(Trouble.FAULT)
