from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.notifications.models import Notification
from occ.notifications.rules import SHOWN


def newest(member_id: int) -> Sequence[Notification]:
    """The member's newest notices, at most 30."""
    found = sa.select(Notification).where(Notification.member_id == member_id)
    return db.session.scalars(found.order_by(Notification.id.desc()).limit(SHOWN)).all()


_NEWEST = (
    sa.select(Notification.read_at)
    .where(Notification.member_id == sa.bindparam("member_id"))
    .order_by(Notification.id.desc())
    .limit(SHOWN)
    .subquery()
)
UNREAD = (
    sa.select(sa.func.count().label("unread"))
    .select_from(_NEWEST)
    .where(_NEWEST.c.read_at.is_(None))
)
"""How many of a member's newest 30 are unread."""
