"""Batches of old inquiries that are brought in from files (MIG-1)."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service


class Batch(Base):
    """A file of old inquiries and what became of it.

    Its files are stored sealed: `file_key` the file as it came, `rows_key` its good rows,
    `refusals_key` the workbook of the refused ones; `secrets` holds what they are opened with, in
    the keeping of the instance's key. `made` rows are tickets: it changes with them, in one
    transaction. `why` says why nothing or not all of it was taken.
    """

    __tablename__ = "migration_batch"
    __table_args__ = (
        sa.Index("ix_migration_batch_state_run_at", "state", "run_at"),
        sa.Index("ix_migration_batch_service_id_digest", "service_id", "digest"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    member_id: Mapped[int]
    by: Mapped[str] = mapped_column(sa.String(50))
    name: Mapped[str] = mapped_column(sa.String(150))
    digest: Mapped[str] = mapped_column(sa.String(64))
    signature: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[BatchState] = mapped_column(enum_type(BatchState))
    why: Mapped[str] = mapped_column(sa.String(500), default="")
    file_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    rows_key: Mapped[str | None] = mapped_column(sa.String(64))
    refusals_key: Mapped[str | None] = mapped_column(sa.String(64))
    secrets: Mapped[str] = mapped_column(sa.Text)
    good: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[int | None]
    run_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    service: Mapped[Service] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": version}


class BatchTicket(Base):
    """A ticket that was made of a row."""

    __tablename__ = "migration_ticket"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    batch_id: Mapped[int] = mapped_column(
        sa.ForeignKey("migration_batch.id", ondelete="CASCADE"), index=True
    )


class BatchCustomer(Base):
    """A customer whom nobody knew before a batch."""

    __tablename__ = "migration_customer"
    customer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True
    )
    batch_id: Mapped[int] = mapped_column(
        sa.ForeignKey("migration_batch.id", ondelete="CASCADE"), index=True
    )
