"""Copies in the outboxes, found by what they belong to (`about`), whoever
made them and however long ago.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto
from occ.core.db import UTCDateTime, db
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.rules import State

Change = Callable[[str], str]
_ADDRESS = re.compile(r"[^\s<>:;,'\"()]+@[^\s<>:;,'\"()]+")
# every answer asks this, so it is built once
_LEAVING = sa.select(
    sa.or_(
        *(
            sa.exists().where(
                outbox.about == sa.bindparam("about"),
                outbox.created_at >= sa.bindparam("since", type_=UTCDateTime()),
                outbox.due_at <= outbox.created_at,
            )
            for outbox in (Outgoing, WebCall)
        )
    )
)


def forget(abouts: Any) -> int:
    """Removes the mails and web calls about these, a list or a subquery of names.

    Returns how many.
    """
    return sum(
        db.changed(sa.delete(outbox).where(outbox.about.in_(abouts)))
        for outbox in (Outgoing, WebCall)
    )


def unname(about: str, is_erased: Callable[[str], bool]) -> None:
    """Mails about something go to these addresses no more, and do not say that they did.

    A mail whose receiver is erased is from now on one to the first of those who get a copy: they
    are promised it, and what they answer finds its thread by it. One to nobody else is removed, and
    so is one that came back from whom it was written to.
    """
    found = sa.select(Outgoing).where(Outgoing.about == about).with_for_update()
    for row in db.session.scalars(found.execution_options(populate_existing=True)):
        row.cc = [one for one in row.cc if not is_erased(one)]
        if is_erased(row.recipient):
            if not row.cc or row.state is State.BOUNCED:
                db.session.delete(row)
                continue
            row.recipient, *row.cc = row.cc
        if is_erased(row.reply_to):
            row.reply_to = ""
        missed, row.left = row.left, [one for one in row.left if not is_erased(one)]
        if missed and not row.left:  # all others have it
            row.state, row.finished_at = State.SENT, clock.now()
            row.body = row.html = row.error = None
        elif row.error:
            row.error = _ADDRESS.sub(lambda one: "…" if is_erased(one[0]) else one[0], row.error)


def hold_back(about: str, since: datetime) -> bool:
    """Removes what was written about something since an instant; False where some of it has left or
    is leaving, and nothing is removed then.
    """
    rows: list[Any] = []
    for outbox in (Outgoing, WebCall):
        made = sa.select(outbox).where(outbox.about == about, outbox.created_at >= since)
        fresh = made.with_for_update().execution_options(populate_existing=True)
        rows += db.session.scalars(fresh).all()
    if any(row.state is not State.WAITING or row.attempts or row.lease_until for row in rows):
        return False
    for row in rows:
        db.session.delete(row)
    return True


def leaves_at_once(about: str, since: datetime) -> bool:
    """Whether something that was written about something since an instant is not kept for a
    moment, so that `hold_back` could not catch it.
    """
    return bool(db.session.scalar(_LEAVING, {"about": about, "since": since}))


def reword(about: str, change: Change, change_html: Change) -> None:
    """What still waits or stays here about something says from now on what `change` makes of it.

    A mail's HTML is changed where its plain words are.
    """
    for mail in _held(Outgoing, about):
        before = crypto.ring().decrypt(mail.body)
        after = change(before)
        if after != before:
            mail.body = crypto.ring().encrypt(after)
            mail.html = (
                crypto.ring().encrypt(change_html(crypto.ring().decrypt(mail.html)))
                if mail.html
                else None
            )
    for call in _held(WebCall, about):
        content = _changed(json.loads(crypto.ring().decrypt(call.body)), change)
        call.body = crypto.ring().encrypt(json.dumps(content, ensure_ascii=False))


def _held(outbox: type[Any], about: str) -> list[Any]:
    """Those whose text is still here, as they are now: one that is sent just
    now is waited for and left out.
    """
    found = (
        sa.select(outbox).where(outbox.about == about, outbox.body.is_not(None)).with_for_update()
    )
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def _changed(value: Any, change: Change) -> Any:
    """JSON with every text changed."""
    if isinstance(value, dict):
        return {key: _changed(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_changed(one, change) for one in value]
    return change(value) if isinstance(value, str) else value
