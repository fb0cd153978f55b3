"""Ids plus name snapshots, no foreign keys: the log outlives whom it names."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from occ.audit.rules import Action, LoginChannel, LoginResult, SessionEnd, Work
from occ.core.db import Base, enum_type


class AuthorityEntry(Base):
    """LOG-1: one change of rights, chained by HMAC; ids count without a gap."""

    __tablename__ = "authority_entry"
    CHAINED = (
        "id",
        "at",
        "action",
        "actor_id",
        "actor_login",
        "actor_name",
        "ip",
        "service_id",
        "service_name",
        "target_login",
        "target_name",
        "before",
        "after",
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    action: Mapped[Action] = mapped_column(enum_type(Action))
    actor_id: Mapped[int | None]
    actor_login: Mapped[str] = mapped_column(sa.String(64))
    actor_name: Mapped[str] = mapped_column(sa.String(100))
    ip: Mapped[str] = mapped_column(sa.String(64))
    service_id: Mapped[int | None]
    service_name: Mapped[str] = mapped_column(sa.String(100))
    target_login: Mapped[str] = mapped_column(sa.String(64))
    target_name: Mapped[str] = mapped_column(sa.String(100))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    mac: Mapped[str] = mapped_column(sa.String(64))

    def content(self) -> dict[str, Any]:
        """What the chain covers, as plain values."""
        return {
            n: v.value if isinstance(v := getattr(self, n), Action) else v for n in self.CHAINED
        }


class AuditHead(Base):
    """The end of the chain, locked while a row is appended."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    mac: Mapped[str] = mapped_column(sa.String(64))


class LoginEntry(Base):
    """LOG-2: one sign-in or attempt."""

    __tablename__ = "login_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    channel: Mapped[LoginChannel] = mapped_column(enum_type(LoginChannel))
    result: Mapped[LoginResult] = mapped_column(enum_type(LoginResult))
    member_id: Mapped[int | None] = mapped_column(index=True)
    login_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(100))
    ip: Mapped[str] = mapped_column(sa.String(64))
    device: Mapped[str] = mapped_column(sa.String(200))


class LoginEnd(Base):
    """LOG-2: when and why the session of a successful sign-in ended."""

    __tablename__ = "login_end"
    login_entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    reason: Mapped[SessionEnd] = mapped_column(enum_type(SessionEnd))


class WorkEntry(Base):
    """LOG-3: who looked up, played or downloaded what."""

    __tablename__ = "work_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    work: Mapped[Work] = mapped_column(enum_type(Work))
    member_id: Mapped[int | None]
    login_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(100))
    ip: Mapped[str] = mapped_column(sa.String(64))
    service_id: Mapped[int | None]
    service_name: Mapped[str] = mapped_column(sa.String(100))
    detail: Mapped[dict[str, Any]]


def _append_only(mapper: Any, connection: Any, target: Any) -> None:
    raise RuntimeError(f"{type(target).__name__} is append-only")


for _model in (AuthorityEntry, LoginEntry, LoginEnd, WorkEntry):
    event.listen(_model, "before_update", _append_only)
    event.listen(_model, "before_delete", _append_only)
