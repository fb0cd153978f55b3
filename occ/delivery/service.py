"""The outbox: a row in the caller's transaction, delivered by a job, at least once."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from occ.core import clock, crypto, jobs, storage
from occ.core.db import db
from occ.core.settings import configured
from occ.delivery import queries, rules, smtp
from occ.delivery.models import Outgoing

PATIENCE = 20.0
LONGEST_LEASE = timedelta(hours=1)  # of mails with more files than anything here encloses


def send_mail(
    *,
    to: str,
    subject: str,
    body: str,
    html: str = "",
    key: str | None = None,
    about: str | None = None,
    attachments: Sequence[Mapping[str, str]] = (),
    after: timedelta = timedelta(0),
) -> Outgoing:
    """Puts a mail into the outbox.

    `key` makes it unique and becomes its Message-ID; by `about` it is found again (copies.py).

    It stays here for `after`, in which `copies.hold_back` still catches it.

    `html` is sanitized and goes beside the text. `attachments` are stored files: `{"key", "name",
    "kind"}`, the last a picture's media type or ''; with a `cid` it is a picture of the HTML.
    """
    now = clock.now()
    row = Outgoing(
        key=key or crypto.token(),
        about=about,
        state=rules.State.WAITING,
        recipient=to,
        subject=subject,
        body=crypto.ring().encrypt(body),
        html=crypto.ring().encrypt(html) if html else None,
        attachments=[dict(one) for one in attachments],
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


def _finish(ident: int, *, state: rules.State | None, error: str | None) -> None:
    with db.write():
        row: Outgoing | None = db.lock(Outgoing, ident)
        if row is None:  # forgotten while it was sent
            return
        row.lease_until = None
        row.attempts += 1
        if state is not None:
            row.state, row.finished_at, row.error = state, clock.now(), None
            if state is rules.State.SENT:
                row.body = row.html = None
            return
        row.error = error
        row.due_at = clock.now() + rules.back_off(row.attempts)
        if row.attempts >= rules.ATTEMPTS:
            row.state, row.finished_at, row.body, row.html = (
                rules.State.FAILED,
                clock.now(),
                None,
                None,
            )


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
        html=html,
        enclosed=enclosed,
    )
    db.session.rollback()
    if not configured().smtp_url:
        _finish(ident, state=rules.State.LOCAL, error=None)
        return True
    error = smtp.send(mail, url=configured().smtp_url, sender=configured().mail_from)
    _finish(ident, state=None if error else rules.State.SENT, error=error)
    return error is None


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
