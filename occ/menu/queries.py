"""What every page shows of what waits for its viewer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from occ.callbacks.queries import BADGES
from occ.core.db import db
from occ.notifications.queries import UNREAD
from occ.telephony.queries import OWN_INTERVAL
from occ.telephony.rules.calls import AgentState

_UNREAD, _STATE, _BADGES = UNREAD.subquery(), OWN_INTERVAL.subquery(), BADGES.subquery()
# one row with the notices and the state, as many as there are services with callbacks
_WAITING = (
    sa.select(_UNREAD, _STATE, _BADGES)
    .outerjoin_from(_UNREAD, _STATE, sa.true())
    .outerjoin(_BADGES, sa.true())
)


@dataclass(frozen=True)
class Waiting:
    """Unread notices, the state in which the viewer's phone is and since when (None when not logged
    in), and callbacks by service.
    """

    unread: int
    phone: tuple[AgentState, datetime] | None
    callbacks: Mapping[int, int]


def waiting(member_id: int, *, services: Collection[int], managed: Collection[int]) -> Waiting:
    """What waits for a member; callbacks of these services, of those that they manage also the
    unassigned ones.
    """
    asked = {"member_id": member_id, "services": [*services], "managed": [*managed]}
    rows = db.session.connection().execute(_WAITING, asked).all()
    first = rows[0]
    return Waiting(
        unread=first.unread,
        phone=(first.state, first.started_at) if first.state else None,
        callbacks={row.service_id: row.waiting for row in rows if row.service_id},
    )
