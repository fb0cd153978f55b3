"""The tickets of bulk actions."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.tickets.bulk.rules import ItemState


class BulkItem(Base):
    """One ticket of a bulk action (TKT-2), and why it could not be changed."""

    __tablename__ = "ticket_bulk"
    __table_args__ = (
        sa.UniqueConstraint("task_id", "ticket_id"),
        sa.Index("ix_ticket_bulk_state", "task_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState))
    why: Mapped[str] = mapped_column(sa.String(300))
