from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.organization.rules import Item


class BillingDay(Base):
    """A day of the organization that was charged; its row makes charging
    it twice impossible (BIL-1).
    """

    __tablename__ = "billing_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    currency: Mapped[str] = mapped_column(sa.String(3))
    vat_basis_points: Mapped[int]


class Charge(Base):
    """What one item cost on one day: facts, never a quotient.

    `service_id` is 0 for what the organization itself pays.

    A day's share is unit_micros × quantity / divisor: the days of the month for monthly fees, 1 per
    use.
    """

    __tablename__ = "charge"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "day", "item", "unit_micros"),
        sa.Index("ix_charge_month_service_id", "month", "service_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int]
    day: Mapped[date] = mapped_column(sa.ForeignKey("billing_day.day"))
    month: Mapped[date]
    item: Mapped[Item] = mapped_column(enum_type(Item))
    quantity: Mapped[int]
    unit_micros: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    divisor: Mapped[int]


class Usage(Base):
    """How often a per-use item was used on a day, until the day is charged."""

    __tablename__ = "usage"
    service_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    item: Mapped[Item] = mapped_column(enum_type(Item), primary_key=True)
    quantity: Mapped[int]
