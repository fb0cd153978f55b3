"""Inquiries that became work."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.customers.models import Customer
from occ.tickets.rules import Channel


class Ticket(Base):
    """One inquiry; so far those that calls make (CTI-6)."""

    __tablename__ = "ticket"
    __table_args__ = (sa.Index("ix_ticket_service_id_id", "service_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": version}
