"""People who turn to the organization's services."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base


class Customer(Base):
    """Known by their phone number or e-mail address (CUS-1); the name is empty until somebody
    learns it.

    One that was merged keeps its number and address, so that both still lead to the one it was
    merged into.
    """

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50), default="")
    phone: Mapped[str | None] = mapped_column(sa.String(32), unique=True)
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    merged_into: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Membership(Base):
    """Who a customer is in a service's own system (CUS-1), as that system last said.

    Its address and number stay here: those of a customer lead to them, and a member is found by
    the usercode alone. One that was merged into another customer goes with them.
    """

    __tablename__ = "membership"
    __table_args__ = (sa.UniqueConstraint("service_id", "usercode"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    usercode: Mapped[str] = mapped_column(sa.String(50))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(50), default="")
    name: Mapped[str] = mapped_column(sa.String(50), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    phone: Mapped[str] = mapped_column(sa.String(32), default="")
    seen_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship(lazy="joined")


class Erasure(Base):
    """The certificate of one customer's erasure in a service (FLD-4): numbers, never data."""

    __tablename__ = "erasure"
    __table_args__ = (sa.Index("ix_erasure_service_id_id", "service_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int]
    customer_id: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(sa.String(100))
    counts: Mapped[dict[str, Any]]
    whole: Mapped[bool]
