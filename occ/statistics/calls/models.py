"""Daily summaries of what the facts of calls say of days long past (STA-2).

They hold nothing that could not be made again from the facts.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.statistics.calls.rules import Kind


class SummedDay(Base):
    """A service's day whose cells are stored, by the settings in force when they were made."""

    __tablename__ = "call_day"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    level_seconds: Mapped[int]
    early_seconds: Mapped[int]
    zone: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime]


class SummedCell(Base):
    """A cell of such a day."""

    __tablename__ = "call_figure"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "kind", "day", "subject", "code"),
        sa.Index("ix_call_figure_day", "service_id", "day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int]
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    day: Mapped[date]
    subject: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(60))
    count: Mapped[int]
    ms: Mapped[int] = mapped_column(sa.BigInteger)
    longest: Mapped[int]
    within: Mapped[int]
    early: Mapped[int]
