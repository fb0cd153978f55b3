from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from occ.core import clock, live
from occ.core.db import db
from occ.notifications.models import Notification
from occ.notifications.rules import Notice


def notify(member_ids: Iterable[int], notice: Notice, values: Mapping[str, Any]) -> None:
    """Tells members a fact, in the transaction that made it."""
    now = clock.now()
    member_ids = set(member_ids)
    live.touch(*(f"notices:{member}" for member in member_ids))
    db.session.add_all(
        Notification(member_id=m, notice=notice, values=dict(values), created_at=now)
        for m in member_ids
    )


def mark_read(member_id: int) -> None:
    live.touch(f"notices:{member_id}")
    unread = sa.update(Notification).where(
        Notification.member_id == member_id, Notification.read_at.is_(None)
    )
    db.session.execute(unread.values(read_at=clock.now()))
