"""Customers who asked to be called back, and whose turn it is to call them."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.ars.models import Disposition
from occ.callbacks.rules import CallbackState, Source
from occ.core.db import Base, enum_type

_THERE = sa.text("deleted_at IS NULL")
_OPEN = sa.text("state <> 'completed' AND deleted_at IS NULL")


class Callback(Base):
    """One customer waiting for a call; of a number in a queue at most one is open (CBK-6).

    `call_id` is the call that is being dialed, `last_call_id` the last one that was; `called_at` is
    when that began, `disposition` how it was filed.
    """

    __tablename__ = "callback"
    __table_args__ = (
        sa.Index(
            "uq_callback_open",
            "queue_id",
            "number",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # with deleted_at, so that SQLite counts in the index alone
        sa.Index(
            "ix_callback_service_id_requested_at",
            "service_id",
            "requested_at",
            "id",
            "deleted_at",
            sqlite_where=_THERE,
            postgresql_where=_THERE,
        ),
        sa.Index(
            "ix_callback_service_id_state_requested_at",
            "service_id",
            "state",
            "requested_at",
            "id",
            "deleted_at",
            sqlite_where=_THERE,
            postgresql_where=_THERE,
        ),
        sa.Index("ix_callback_history", "service_id", "requested_at", "id"),
        sa.Index("ix_callback_assignee_id_requested_at", "assignee_id", "requested_at", "id"),
        sa.Index("ix_callback_service_id_assigned_day", "service_id", "assigned_day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    queue_id: Mapped[int] = mapped_column(sa.ForeignKey("queue.id"))
    number: Mapped[str] = mapped_column(sa.String(32))
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    state: Mapped[CallbackState] = mapped_column(
        enum_type(CallbackState), default=CallbackState.REGISTERED
    )
    source: Mapped[Source] = mapped_column(enum_type(Source))
    requests: Mapped[int] = mapped_column(default=1)
    requested_at: Mapped[datetime]
    last_requested_at: Mapped[datetime]
    promise_until: Mapped[datetime]
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("member.id"))
    assigner_id: Mapped[int | None]
    assigned_at: Mapped[datetime | None]
    assigned_day: Mapped[date | None]
    cancelled_from: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime | None]
    call_id: Mapped[int | None] = mapped_column(index=True)
    last_call_id: Mapped[int | None] = mapped_column(index=True)
    called_at: Mapped[datetime | None]
    disposition_id: Mapped[int | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[int | None]
    version: Mapped[int] = mapped_column()
    disposition: Mapped[Disposition | None] = relationship(
        primaryjoin=lambda: orm.foreign(Callback.disposition_id) == Disposition.id,
        lazy="joined",
        viewonly=True,
    )
    __mapper_args__ = {"version_id_col": version}


class CallbackTurn(Base):
    """Who got the last callback of the last even deal to a set of agents of a service (CBK-3)."""

    __tablename__ = "callback_turn"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    agents: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    last_member_id: Mapped[int]
