from collections.abc import Sequence

import sqlalchemy as sa

from occ.core import live
from occ.core.db import db
from occ.notifications.models import Notification
from occ.notifications.rules import SHOWN


def newest(member_id: int) -> Sequence[Notification]:
    """The member's newest notices, at most 30."""
    found = sa.select(Notification).where(Notification.member_id == member_id)
    return db.session.scalars(found.order_by(Notification.id.desc()).limit(SHOWN)).all()


# Every page asks this, so it is built once.
_NEWEST = (
    sa.select(Notification.read_at)
    .where(Notification.member_id == sa.bindparam("member_id"))
    .order_by(Notification.id.desc())
    .limit(SHOWN)
    .subquery()
)
_UNREAD = live.Probe(
    sa.select(sa.func.count()).select_from(_NEWEST).where(_NEWEST.c.read_at.is_(None))
)


def unread(member_id: int) -> int:
    """How many of the newest 30 are unread."""
    row = _UNREAD.first(member_id=member_id)
    return row[0] if row else 0
