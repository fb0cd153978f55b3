"""The outbox: a row in the caller's transaction, delivered by a job, at least once."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr, quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import Actor
from occ.core import clock, crypto, jobs, storage
from occ.core.db import db
from occ.core.errors import Conflict
from occ.core.events import emit
from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import masked_address
from occ.core.oauth import Unanswered
from occ.core.settings import configured
from occ.delivery import oauth, queries, rules, smtp
from occ.delivery.events import MailFailed, MailLeft
from occ.delivery.models import Outgoing

PATIENCE = 20.0
GONE = _l(
    "This mail cannot be sent again: it is still waiting, has already left, or its text is gone."
)
LONGEST_LEASE = timedelta(hours=1)  # of mails with more files than anything here encloses


@dataclass(frozen=True)
class Sender:
    """Who a mail is from where it is not MAIL_FROM, and where answers go."""

    name: str = ""
    address: str = ""  # '': that of MAIL_FROM
    reply_to: str = ""


def send_mail(
    *,
    to: str,
    subject: str,
    body: str,
    html: str = "",
    key: str | None = None,
    about: str | None = None,
    part: str = "",
    attachments: Sequence[Mapping[str, str]] = (),
    after: timedelta = timedelta(0),
    sender: Sender = Sender(),
    cc: Sequence[str] = (),
    thread: Sequence[str] = (),
    language: str = "",
    is_personal: bool = False,
    counted: str = "",
) -> Outgoing:
    """Puts a mail into the outbox.

    `key` makes it unique and becomes its Message-ID; by `about` it is found again (copies.py), and
    `part` says of which text the events of its fate tell. `thread` are the Message-IDs of what it
    answers, oldest first. `language` is a BCP 47 tag. `is_personal`: a person wrote it, which other
    people's robots are told. `counted` is by what `queries.counted` counts it, a digest.

    It stays here for `after`, in which `copies.hold_back` still catches it.

    `html` is sanitized and goes beside the text. `attachments` are stored files: `{"key", "name",
    "kind"}`, the last a picture's media type or ''; with a `cid` it is a picture of the HTML.
    """
    now = clock.now()
    row = Outgoing(
        key=key or crypto.token(),
        about=about,
        part=part,
        state=rules.State.WAITING,
        recipient=to,
        subject=subject,
        body=crypto.ring().encrypt(body),
        html=crypto.ring().encrypt(html) if html else None,
        attachments=[dict(one) for one in attachments],
        sender_name=sender.name,
        sender_address=sender.address,
        reply_to=sender.reply_to,
        cc=rules.others(to, cc),
        thread=rules.thread(thread),
        language=language,
        is_personal=is_personal,
        counted=counted,
        left=[],
        created_at=now,
        due_at=now + after,
        attempts=0,
    )
    db.session.add(row)
    db.session.flush()
    jobs.wake_later()
    return row


def body_of(row: Outgoing) -> str | None:
    """The text of a mail that stayed here; None once it left (links in
    it are for the receiver only).
    """
    return crypto.ring().decrypt(row.body) if row.body else None


def _claim(session: Session) -> int | None:
    """Takes a lease on the mail that is due first; None when none is."""
    found: int | None = session.scalar(
        queries.due(Outgoing, LONGEST_LEASE).with_for_update(skip_locked=True)
    )
    if found is not None:
        row = session.get_one(Outgoing, found)
        files = [storage.path(one["key"]) for one in row.attachments]
        size = sum(path.stat().st_size for path in files if path.exists())
        # a mail is larger than its files, by less than this
        row.lease_until = clock.now() + timedelta(seconds=2 * smtp.seconds(size))
    return found


def is_waiting() -> bool:
    """Whether a mail is to be delivered now."""
    return db.session.scalar(queries.due(Outgoing, LONGEST_LEASE)) is not None


def _finish(ident: int, *, state: rules.State | None, trouble: smtp.Trouble | None) -> None:
    with db.write():
        row: Outgoing | None = db.lock(Outgoing, ident)
        if row is None:  # forgotten while it was sent
            return
        missed = [one for one in trouble.left if one in (row.recipient, *row.cc)] if trouble else []
        if trouble is not None and trouble.left and not missed:  # who was erased meanwhile
            trouble = None
        row.lease_until = None
        row.attempts += 1
        if trouble is None:
            row.state, row.finished_at = state or rules.State.SENT, clock.now()
            had_failed, row.error, row.left = row.error is not None, None, []
            if row.state is rules.State.SENT:
                row.body = row.html = None
            if had_failed and row.about:
                emit(MailLeft(row.about, row.part))
            return
        row.error = str(trouble)
        row.left = missed or row.left
        row.due_at = clock.now() + rules.back_off(row.attempts)
        if trouble.is_final or row.attempts >= rules.ATTEMPTS:
            _give_up(row)


def _give_up(row: Outgoing) -> None:
    """It is not tried again by itself. Whom it was written to has it where only copies are left;
    else its text stays here, sealed, until somebody sends it again or `rules.KEPT` is over.
    """
    reached = bool(row.left) and row.recipient not in row.left
    row.state, row.finished_at = rules.State.SENT if reached else rules.State.FAILED, clock.now()
    if reached:
        row.body = row.html = None
    if row.about:
        missed = ", ".join(row.left) or row.recipient
        emit(MailFailed(row.about, row.part, missed, row.error or "", is_kept=not reached))


def send_again(row: Outgoing, *, actor: Actor) -> None:
    """What failed for good is due now, as if it had not been tried; who asked is recorded.

    Raises Conflict where it waits or has left already, or its text is gone.
    """
    db.session.refresh(row, with_for_update=True)
    if row.state is not rules.State.FAILED or row.body is None:
        raise Conflict(GONE)
    row.state, row.attempts, row.due_at = rules.State.WAITING, 0, clock.now()
    row.finished_at = row.lease_until = None
    told = {"to": masked_address(row.recipient), "mail": row.id}
    audit.work(Work.MAIL_AGAIN, actor=actor, detail=told)
    if row.about:
        emit(MailLeft(row.about, row.part))
    jobs.wake_later()


def undeliverable(message_id: str, why: str, *, about: str, address: str = "") -> Outgoing | None:
    """A bounce came for a mail of ours (MAIL-1): it did not reach `address`, by default whom it was
    written to. Returns the mail; None where none of ours belongs to `about`: a bounce is written by
    anybody, who may know the Message-ID of another ticket's.

    `why` is in the words of the server that gave it back.
    """
    row = queries.by_key(rules.key_of(message_id))
    if row is None or row.about != about:
        return None
    db.session.refresh(row, with_for_update=True)
    missed = address or row.recipient
    if missed.casefold() == row.recipient.casefold() and row.state is not rules.State.BOUNCED:
        row.state, row.finished_at, row.error = rules.State.BOUNCED, clock.now(), why
        row.body = row.html = None
    if row.about:
        emit(MailFailed(row.about, row.part, missed, why, is_kept=False, is_back=True))
    return row


def forget_failed() -> str | None:
    """Destroys texts that nobody has sent again for `rules.KEPT`."""
    old = sa.select(Outgoing.id).where(
        Outgoing.state == rules.State.FAILED,
        Outgoing.body.is_not(None),
        Outgoing.finished_at < clock.now() - rules.KEPT,
    )

    def work(count: int) -> int:
        found = db.session.scalars(old.limit(count)).all()
        gone = sa.update(Outgoing).where(Outgoing.id.in_(found)).values(body=None, html=None)
        return db.changed(gone) if found else 0

    done = jobs.in_batches(work)
    return str(done) if done else None


def _deliver(ident: int) -> bool:
    """Delivers one leased mail; whether it left."""
    row = db.session.get_one(Outgoing, ident)
    enclosed = [
        smtp.Enclosed(one["name"], one["kind"], storage.path(one["key"]), one.get("cid", ""))
        for one in row.attachments
    ]
    html = crypto.ring().decrypt(row.html) if row.html else ""
    mail = smtp.Mail(
        key=row.key,
        to=row.recipient,
        subject=row.subject,
        body=body_of(row) or "",
        html=rules.page(html, row.language) if html else "",
        enclosed=enclosed,
        cc=row.cc,
        reply_to=row.reply_to,
        thread=row.thread,
        language=row.language,
        is_personal=row.is_personal,
        left=row.left,
    )
    sender = written_sender(row, configured().mail_from)
    db.session.rollback()
    if not configured().smtp_url:
        _finish(ident, state=rules.State.LOCAL, trouble=None)
        return True
    trouble = _sent(mail, sender)
    _finish(ident, state=None, trouble=trouble)
    return trouble is None


def written_sender(row: Outgoing, mail_from: str) -> str:
    """The From of a mail, written as MAIL_FROM is."""
    name, address = parseaddr(mail_from)
    name, address = row.sender_name or name, row.sender_address or address
    return f'"{quote(name)}" <{address}>' if name else address


def _sent(mail: smtp.Mail, sender: str) -> smtp.Trouble | None:
    """One try, signed in as the settings say."""
    url = configured().smtp_url
    if not oauth.is_set():
        return smtp.send(mail, url=url, sender=sender)
    try:
        return smtp.send(mail, url=url, sender=sender, bearer=oauth.access_token())
    except Unanswered as error:
        return smtp.Trouble(f"the token service: {error}")
    except smtp.LoginRefused as error:
        oauth.forget_access()
        return smtp.Trouble(f"LoginRefused: {error}")


def deliver() -> str | None:
    """Delivers what is due, one lease a mail, for at most 20 seconds.

    Without SMTP mail stays here, readable to organization admins.
    """
    began, tried, sent = time.monotonic(), 0, 0
    while time.monotonic() - began < PATIENCE:
        with db.write() as session:
            ident = _claim(session)
        if ident is None:
            break
        tried += 1
        sent += _deliver(ident)
        jobs.breathe(pause=False)
    return f"{sent}/{tried}" if tried else None
