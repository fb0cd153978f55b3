"""Facts of telephony: calls, legs, queue entries, agent states, events.

Figures are queries over them (TEL-2).
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Command,
    CtiVersion,
    Direction,
    Hears,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
    TicketOn,
)

_TALKS = sa.text("kind = 'agent' AND answered_at IS NOT NULL")


class CtiSettings(Base):
    """The organization's telephony (CTI-1): one row."""

    __tablename__ = "cti_settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_name: Mapped[CtiVersion] = mapped_column(enum_type(CtiVersion))
    tenant_id: Mapped[str] = mapped_column(sa.String(30))
    tenant_name: Mapped[str] = mapped_column(sa.String(50))
    service_level_seconds: Mapped[int] = mapped_column(default=20)
    recall_seconds: Mapped[int] = mapped_column(default=30)
    accepted_abandon_seconds: Mapped[int] = mapped_column(default=10)
    log_on: Mapped[bool] = mapped_column(default=True)
    record: Mapped[bool] = mapped_column(default=True)
    ticket_on: Mapped[TicketOn] = mapped_column(enum_type(TicketOn), default=TicketOn.CONNECTION)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class CtiAgent(Base):
    """A member's CTI data (CTI-2). A removed row keeps its ID, so that none is used twice."""

    __tablename__ = "cti_agent"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"), index=True)
    cti_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    number: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    popup: Mapped[bool] = mapped_column(default=True)
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class CtiSession(Base):
    """A CTI login; the open one of a member has no end."""

    __tablename__ = "cti_session"
    __table_args__ = (
        sa.Index("ix_cti_session_member_id_started_at", "member_id", "started_at"),
        sa.Index(
            "uq_cti_session_open",
            "member_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"))
    service_id: Mapped[int]
    login_entry_id: Mapped[int | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    idle_since: Mapped[datetime]
    before: Mapped[AgentState] = mapped_column(enum_type(AgentState))
    robot: Mapped[bool] = mapped_column(default=False)


class AgentInterval(Base):
    """A time in one state; the open one of a member has no end."""

    __tablename__ = "agent_interval"
    __table_args__ = (
        sa.Index(
            "uq_agent_interval_open",
            "member_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_agent_interval_member_id_started_at", "member_id", "started_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    state: Mapped[AgentState] = mapped_column(enum_type(AgentState))
    outbound: Mapped[bool] = mapped_column(default=False)
    call_id: Mapped[int | None]
    service_id: Mapped[int | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Call(Base):
    __tablename__ = "call"
    __table_args__ = (
        sa.Index(
            "ix_call_open",
            "phase",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_call_arrived", "service_id", "day", "direction", "started_at"),
        sa.Index("ix_call_direction_started_at", "direction", "started_at"),
        sa.Index("ix_call_listed", "service_id", "started_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(64), unique=True)
    service_id: Mapped[int]
    direction: Mapped[Direction] = mapped_column(enum_type(Direction))
    phase: Mapped[Phase] = mapped_column(enum_type(Phase))
    customer_number: Mapped[str] = mapped_column(sa.String(32))
    service_number: Mapped[str] = mapped_column(sa.String(32))
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    queue_id: Mapped[int | None]
    agent_id: Mapped[int | None]
    target_member_id: Mapped[int | None]
    target_number: Mapped[str] = mapped_column(sa.String(32), default="")
    closing: Mapped[CallOutcome | None] = mapped_column(enum_type(CallOutcome))
    hears: Mapped[Hears] = mapped_column(enum_type(Hears), default=Hears.RINGBACK)
    said: Mapped[list[dict[str, Any]] | None]
    ars_version_id: Mapped[int | None]
    position: Mapped[dict[str, Any] | None]
    day: Mapped[date]
    started_at: Mapped[datetime]
    phase_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    outcome: Mapped[CallOutcome | None] = mapped_column(enum_type(CallOutcome))
    handled_by: Mapped[int | None] = mapped_column(index=True)
    link_label: Mapped[str] = mapped_column(sa.String(40), default="")
    link_endpoint: Mapped[str] = mapped_column(sa.String(64), default="")
    link_id: Mapped[int | None]


class Leg(Base):
    """One party's time in a call: its ring, its talk, its outcome.

    `day` is the service's day of its start, `asked_by` the agent who asked for a consultation.
    """

    __tablename__ = "call_leg"
    __table_args__ = (
        sa.Index("ix_call_leg_member_id_day", "member_id", "day"),
        sa.Index("ix_call_leg_service_id_day", "service_id", "day"),
        sa.Index(
            "ix_call_leg_talks",
            "service_id",
            "started_at",
            "id",
            sqlite_where=_TALKS,
            postgresql_where=_TALKS,
        ),
        sa.Index(
            "ix_call_leg_consult",
            "service_id",
            "started_at",
            sqlite_where=sa.text("kind = 'consult'"),
            postgresql_where=sa.text("kind = 'consult'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[int]
    direction: Mapped[Direction] = mapped_column(enum_type(Direction))
    kind: Mapped[LegKind] = mapped_column(enum_type(LegKind))
    member_id: Mapped[int | None]
    number: Mapped[str] = mapped_column(sa.String(32), default="")
    asked_by: Mapped[int | None]
    day: Mapped[date]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[LegOutcome | None] = mapped_column(enum_type(LegOutcome))
    talk_ms: Mapped[int] = mapped_column(default=0)
    disposition_id: Mapped[int | None]
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    filed_at: Mapped[datetime | None]  # at the end of wrap-up: what was typed before is over


class QueueEntry(Base):
    """A wait in a queue: one *offered* call; `day` is the service's day of the
    entry, which also owns the outcome.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        sa.Index("ix_queue_entry_figures", "service_id", "day", "queue_id", "outcome", "waited_ms"),
        sa.Index("ix_queue_entry_service_id_day_entered_at", "service_id", "day", "entered_at"),
        sa.Index(
            "ix_queue_entry_open",
            "service_id",
            "queue_id",
            "entered_at",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id", ondelete="CASCADE"), index=True)
    service_id: Mapped[int]
    queue_id: Mapped[int]
    day: Mapped[date]
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    outcome: Mapped[QueueOutcome | None] = mapped_column(enum_type(QueueOutcome))
    agent_id: Mapped[int | None]
    waited_ms: Mapped[int | None]


class Recording(Base):
    """A recorded stretch of a call; hold is not recorded (TEL-2)."""

    __tablename__ = "recording"
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(sa.String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    file: Mapped[str | None] = mapped_column(sa.String(64))


class CtiEvent(Base):
    """What happened, once (CTI-3); `logged` ones belong to the CTI log of their day."""

    __tablename__ = "cti_event"
    __table_args__ = (
        sa.Index("ix_cti_event_at", "at"),
        sa.Index("ix_cti_event_call_id", "call_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    code: Mapped[str] = mapped_column(sa.String(40))
    member_id: Mapped[int | None]
    service_id: Mapped[int | None]
    call_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]]
    logged: Mapped[bool]


class CtiLogDay(Base):
    """A closed day of the CTI log: its file and how many events it holds."""

    __tablename__ = "cti_log_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    file: Mapped[str] = mapped_column(sa.String(64))
    events: Mapped[int]
    closed_at: Mapped[datetime]


class Favourite(Base):
    """A number an agent transfers to often (CTI-4): their own list."""

    __tablename__ = "phone_favourite"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    number: Mapped[str] = mapped_column(sa.String(32))


class PhoneCommand(Base):
    """What a person asks of the engine: made by a web process, done once
    by the one that owns telephony.
    """

    __tablename__ = "phone_command"
    __table_args__ = (
        sa.Index(
            "ix_phone_command_open",
            "id",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    member_id: Mapped[int]
    command: Mapped[Command] = mapped_column(enum_type(Command))
    args: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(sa.Text)
    result: Mapped[dict[str, Any] | None]


class TelephonyOwner(Base):
    """Who runs telephony: a lease with an epoch that every write of telephony checks."""

    __tablename__ = "telephony_owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(200), default="")
    epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime]
    alive_at: Mapped[datetime]
    driver: Mapped[str] = mapped_column(sa.String(30), default="")


class SimulatorLoad(Base):
    """The load mode of a service (TEL-1): calls an hour, patience, talk time,
    agents that answer by themselves.
    """

    __tablename__ = "simulator_load"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    on: Mapped[bool] = mapped_column("is_on", default=False)
    calls_per_hour: Mapped[int]
    patience_seconds: Mapped[int]
    talk_seconds: Mapped[int]
    robots: Mapped[int]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
