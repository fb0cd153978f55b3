"""A service's phone side: its number, queues with their people, dispositions, work settings and caller IDs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.ars.rules import AfterCall, AfterLogin, CallerIdState
from occ.core.db import Base, enum_type
from occ.identity.models import Agent


class PhoneService(Base):
    """What a service with phone has one of: the main number (ARS-1) and how its agents work (ARS-9, CTI-8)."""

    __tablename__ = "phone_service"
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True)
    main_number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    after_login: Mapped[AfterLogin] = mapped_column(enum_type(AfterLogin), default=AfterLogin.READY)
    after_call: Mapped[AfterCall] = mapped_column(enum_type(AfterCall), default=AfterCall.WRAP_UP)
    popup_url: Mapped[str] = mapped_column(sa.String(500), default="")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


queue_agent = sa.Table(
    "queue_agent",
    Base.metadata,
    sa.Column("queue_id", sa.ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Queue(Base):
    """Where calls of one service wait for the agents assigned to it; retired ones keep their row for history."""

    __tablename__ = "queue"
    __table_args__ = (sa.Index("ix_queue_service_id_position", "service_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(30))
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    agents: Mapped[list[Agent]] = relationship(secondary=queue_agent, lazy="selectin", order_by=Agent.id)
    __mapper_args__ = {"version_id_col": version}


class Disposition(Base):
    """How a call is filed after it (상담유형)."""

    __tablename__ = "disposition"
    __table_args__ = (sa.Index("ix_disposition_service_id_position", "service_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(30))
    position: Mapped[int]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class CallerId(Base):
    """A number that a service may call from, once it is registered (CTI-7)."""

    __tablename__ = "caller_id"
    __table_args__ = (sa.Index("ix_caller_id_service_id_position", "service_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[CallerIdState] = mapped_column(enum_type(CallerIdState), default=CallerIdState.CHECKING)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    proof: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    submitted_by: Mapped[int] = mapped_column(sa.ForeignKey("member.id"))
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
