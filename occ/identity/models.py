from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.identity.rules import AgentRights, AgentRole, Density, MemberState, Theme, TokenKind
from occ.organization.models import Service


class Member(Base):
    """A person of the organization. IDs are never given twice: removed members keep their row."""

    __tablename__ = "member"
    __table_args__ = (sa.Index("ix_member_name_id", "name", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    login_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(50))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    phone: Mapped[str] = mapped_column(sa.String(32), default="")
    nickname: Mapped[str] = mapped_column(sa.String(50), default="")
    state: Mapped[MemberState] = mapped_column(enum_type(MemberState), index=True)
    is_org_admin: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    totp_secret: Mapped[str | None] = mapped_column(sa.Text)
    totp_last: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    locale: Mapped[str | None] = mapped_column(sa.String(8))
    time_zone: Mapped[str | None] = mapped_column(sa.String(64))
    theme: Mapped[Theme] = mapped_column(enum_type(Theme), default=Theme.SYSTEM)
    density: Mapped[Density] = mapped_column(enum_type(Density), default=Density.COMFORTABLE)
    shortcuts: Mapped[bool] = mapped_column(default=True)
    notices: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    agents: Mapped[list["Agent"]] = relationship(back_populates="member")
    __mapper_args__ = {"version_id_col": version}

    @property
    def shown_name(self) -> str:
        """What customers see (MEM-7)."""
        return self.nickname or self.name


class MemberToken(Base):
    """A one-time link: only its hash is stored."""

    __tablename__ = "member_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"), index=True)
    kind: Mapped[TokenKind] = mapped_column(enum_type(TokenKind))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginSession(Base):
    """A signed-in browser: hash of a random token; ended ones are removed, their end is in
    LOG-2.
    """

    __tablename__ = "login_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"), unique=True)
    login_entry_id: Mapped[int]
    ip: Mapped[str] = mapped_column(sa.String(64))
    device: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    member: Mapped[Member] = relationship(lazy="joined")


agent_group = sa.Table(
    "agent_group",
    Base.metadata,
    sa.Column("agent_id", sa.ForeignKey("agent.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "group_id", sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class Agent(Base):
    """A member's role in a service (MEM-4).

    Removed ones keep their row, so that history names them.
    """

    __tablename__ = "agent"
    __table_args__ = (
        sa.UniqueConstraint("member_id", "service_id"),
        sa.Index("ix_agent_service_id_id", "service_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    role: Mapped[AgentRole] = mapped_column(enum_type(AgentRole))
    ticket: Mapped[bool]
    chat: Mapped[bool]
    phone: Mapped[bool]
    transfer: Mapped[bool]
    assign_callbacks: Mapped[bool]
    view_logs: Mapped[bool]
    ticket_assignment: Mapped[bool]
    chat_assignment: Mapped[bool]
    self_control: Mapped[bool]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    member: Mapped[Member] = relationship(back_populates="agents", lazy="joined")
    service: Mapped[Service] = relationship()
    groups: Mapped[list["Group"]] = relationship(
        secondary=agent_group, back_populates="agents", order_by="Group.name", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def takes_tickets(self) -> bool:
        """Whether tickets can be given to them (TKT-3)."""
        return self.removed_at is None and self.ticket_assignment and (self.ticket or self.phone)

    @property
    def rights(self) -> AgentRights:
        return AgentRights(
            **{name: getattr(self, name) for name in AgentRights.__dataclass_fields__}
        )

    @rights.setter
    def rights(self, value: AgentRights) -> None:
        for name in AgentRights.__dataclass_fields__:
            setattr(self, name, getattr(value, name))


class Group(Base):
    """Agents of a service that work together (MEM-5)."""

    __tablename__ = "team"
    __table_args__ = (sa.UniqueConstraint("service_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(50))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    agents: Mapped[list[Agent]] = relationship(
        secondary=agent_group, back_populates="groups", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}


class AccessRange(Base):
    """An address range from which guarded pages answer (ACC-1)."""

    __tablename__ = "access_range"
    id: Mapped[int] = mapped_column(primary_key=True)
    cidr: Mapped[str] = mapped_column(sa.String(64), unique=True)
    note: Mapped[str] = mapped_column(sa.String(100), default="")
