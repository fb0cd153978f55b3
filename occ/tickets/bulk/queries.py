"""How far bulk actions are."""

from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.tickets.bulk.models import BulkItem
from occ.tickets.bulk.rules import ItemState
from occ.tickets.models import Ticket


def counts(task_id: int) -> dict[ItemState, int]:
    """How many tickets of a bulk action wait, are changed, and could not be."""
    found = (
        sa.select(BulkItem.state, sa.func.count())
        .where(BulkItem.task_id == task_id)
        .group_by(BulkItem.state)
    )
    return {**dict.fromkeys(ItemState, 0), **dict(db.session.execute(found).tuples().all())}


def waiting(task_id: int, count: int) -> Sequence[int]:
    """The next rows of a bulk action that wait."""
    waiting = sa.select(BulkItem.id).where(
        BulkItem.task_id == task_id, BulkItem.state == ItemState.WAITING
    )
    return db.session.scalars(waiting.order_by(BulkItem.id).limit(count)).all()


def failed(task_id: int, limit: int = 200) -> Sequence[tuple[BulkItem, Ticket]]:
    """The first tickets of a bulk action that could not be changed."""
    rows = (
        sa.select(BulkItem, Ticket)
        .join(Ticket, Ticket.id == BulkItem.ticket_id)
        .where(BulkItem.task_id == task_id)
    )
    return (
        db.session.execute(
            rows.where(BulkItem.state == ItemState.FAILED).order_by(BulkItem.id).limit(limit)
        )
        .tuples()
        .all()
    )
