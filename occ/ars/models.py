"""A service's phone side: its number, queues with their people,
dispositions, work settings and caller IDs.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.ars.rules.phone import ATTEMPTS, PROMISE_HOURS, AfterCall, AfterLogin, CallerIdState
from occ.core.db import Base, enum_type
from occ.identity.models import Agent


class PhoneService(Base):
    """What a service with phone has one of: the main number (ARS-1) and how
    its agents work (ARS-9, CTI-8).
    """

    __tablename__ = "phone_service"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    main_number: Mapped[str] = mapped_column(sa.String(32), unique=True)
    after_login: Mapped[AfterLogin] = mapped_column(enum_type(AfterLogin), default=AfterLogin.READY)
    after_call: Mapped[AfterCall] = mapped_column(enum_type(AfterCall), default=AfterCall.WRAP_UP)
    popup_url: Mapped[str] = mapped_column(sa.String(500), default="")
    as_caller_id: Mapped[bool] = mapped_column(default=True)
    callback_attempts: Mapped[int] = mapped_column(default=ATTEMPTS)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


queue_agent = sa.Table(
    "queue_agent",
    Base.metadata,
    sa.Column("queue_id", sa.ForeignKey("queue.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "agent_id", sa.ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class Queue(Base):
    """Where calls of one service wait for the agents assigned to it; retired ones keep their row
    for history.

    `callback` lets callers who will not wait be called back within `promise_hours`; `after_hours`
    also while it is closed. Tickets of its calls begin with `intake_id`.
    """

    __tablename__ = "queue"
    __table_args__ = (sa.Index("ix_queue_service_id_position", "service_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(30))
    position: Mapped[int]
    callback: Mapped[bool] = mapped_column(default=True)
    after_hours: Mapped[bool] = mapped_column(default=False)
    promise_hours: Mapped[int] = mapped_column(default=PROMISE_HOURS)
    intake_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    agents: Mapped[list[Agent]] = relationship(
        secondary=queue_agent, lazy="selectin", order_by=Agent.id
    )
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
    state: Mapped[CallerIdState] = mapped_column(
        enum_type(CallerIdState), default=CallerIdState.CHECKING
    )
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    proof: Mapped[str] = mapped_column(sa.String(64))
    position: Mapped[int]
    submitted_by: Mapped[int] = mapped_column(sa.ForeignKey("member.id"))
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class ArsDraft(Base):
    """A service's voice menu as it is being edited; nothing is stored before the first save."""

    __tablename__ = "ars_draft"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(sa.String(50))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class ArsVersion(Base):
    """A published voice menu; never changed, so that calls finish on the one they began with."""

    __tablename__ = "ars_version"
    __table_args__ = (sa.UniqueConstraint("service_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(sa.String(50))


class Sound(Base):
    """An uploaded audio file: as it came, and for the telephone at 8 kHz (narrow)
    and 16 kHz (wide), mono, 16 bit.
    """

    __tablename__ = "sound"
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(100))
    original: Mapped[str] = mapped_column(sa.String(64))
    narrow: Mapped[str] = mapped_column(sa.String(64))
    wide: Mapped[str] = mapped_column(sa.String(64))
    seconds: Mapped[float]
    created_at: Mapped[datetime]
