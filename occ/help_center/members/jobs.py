"""Timed work of signing in."""

from functools import partial

from occ.core import clock, jobs
from occ.core.db import db
from occ.help_center.members.models import UsedToken, Visitor, VisitorPass


def forget_old() -> str | None:
    """Removes visits that have ended, passes and tokens that are too old to come in by."""
    now, gone = clock.now(), 0
    for table, ended in (
        (Visitor, Visitor.expires_at <= now),
        (VisitorPass, VisitorPass.expires_at <= now),
        (UsedToken, UsedToken.until <= now),
    ):
        gone += jobs.in_batches(partial(_some, table, ended))
    return f"{gone}" if gone else None


def _some(table: type, ended: object, limit: int) -> int:
    return db.remove(table, ended, limit=limit)  # type: ignore[arg-type]
