from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from occ.core import clock, paging
from occ.core.db import db
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.rules import LONGEST, State, key_of


def due(model: type[Outgoing] | type[WebCall], lease: timedelta) -> sa.Select[Any]:
    """Ids of what is to be sent now, first what waits longest.

    Nothing waits longer than the longest back-off or lease: later times were set by a clock that
    was ahead.
    """
    now = clock.now()
    is_time = sa.or_(model.due_at <= now, model.due_at > now + LONGEST)
    is_free = sa.or_(
        model.lease_until.is_(None), model.lease_until < now, model.lease_until > now + lease
    )
    return (
        sa.select(model.id)
        .where(model.state == State.WAITING, is_time, is_free)
        .order_by(model.due_at, model.id)
        .limit(1)
    )


def mails(*, state: State | None, text: str, after: str, before: str) -> paging.Page:
    """Mails newest first, by state and part of receiver or subject."""
    query = sa.select(Outgoing)
    if state:
        query = query.where(Outgoing.state == state)
    if text:
        query = query.where(
            sa.or_(paging.like(Outgoing.recipient, text), paging.like(Outgoing.subject, text))
        )
    return paging.page(
        query, keys=(Outgoing.created_at, Outgoing.id), descending=True, after=after, before=before
    )


def by_key(key: str) -> Outgoing | None:
    """A mail by what its Message-ID begins with."""
    return db.session.scalar(sa.select(Outgoing).where(Outgoing.key == key)) if key else None


# every mail that comes asks this, so it is built once
_ABOUTS = sa.select(Outgoing.key, Outgoing.about).where(
    Outgoing.key.in_(sa.bindparam("keys", expanding=True)), Outgoing.about.is_not(None)
)


def abouts(message_ids: Sequence[str]) -> dict[str, str]:
    """What mails of ours belong to, by their Message-IDs; others are left out (MAIL-1)."""
    keys = {key: one for one in message_ids if (key := key_of(one))}
    rows = db.session.execute(_ABOUTS, {"keys": list(keys)}) if keys else ()
    return {keys[key]: about for key, about in rows if about}


def failed(about: str, part: str) -> Outgoing | None:
    """The newest mail of a text that failed for good and can be sent again."""
    return db.session.scalar(
        sa.select(Outgoing)
        .where(
            Outgoing.about == about,
            Outgoing.part == part,
            Outgoing.state == State.FAILED,
            Outgoing.body.is_not(None),
        )
        .order_by(Outgoing.id.desc())
        .limit(1)
    )


def counted(by: str, since: datetime) -> int:
    """How many mails that are counted by this digest were written since then."""
    found = sa.select(sa.func.count()).select_from(Outgoing)
    of_it = found.where(Outgoing.counted == by, Outgoing.counted != "", Outgoing.created_at > since)
    return db.session.scalar(of_it) or 0


def mail(ident: int) -> Outgoing | None:
    return db.session.get(Outgoing, ident)
