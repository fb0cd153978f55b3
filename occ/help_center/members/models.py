from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.customers.models import Customer, Membership
from occ.help_center.members.rules import (
    ENTRY_NAME_MAX,
    Carrier,
    EntryType,
    Method,
    Parameter,
    PassKind,
    parameters_of,
)


class SsoEntry(Base):
    """A customer site whose members can sign in to help centers (HC-4), kept by organization
    admins. Without a key of its own its key is the organization's.
    """

    __tablename__ = "sso_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(ENTRY_NAME_MAX), unique=True)
    type: Mapped[EntryType] = mapped_column(enum_type(EntryType))
    login_url: Mapped[str] = mapped_column(sa.String(500), default="")
    status_url: Mapped[str] = mapped_column(sa.String(500), default="")
    check_url: Mapped[str] = mapped_column(sa.String(500), default="")
    # `{"name": …, "carrier": …}`, values of `rules.Parameter` and `rules.Carrier`
    told: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    own_key: Mapped[str | None] = mapped_column(sa.Text)
    key_changed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def parameters(self) -> dict[Parameter, Carrier]:
        """What of a member the login-state URL is told."""
        return parameters_of(self.told)


class MemberLogin(Base):
    """How visitors of a service's help center say who they are; without a row nobody does."""

    __tablename__ = "member_login"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[Method] = mapped_column(enum_type(Method))
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sso_entry.id"), index=True)
    guests: Mapped[bool] = mapped_column(default=True)
    return_addresses: Mapped[list[str]]
    entry: Mapped[SsoEntry | None] = relationship(lazy="joined")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Visitor(Base):
    """Somebody who is signed in at a help center: hash of the random token in their cookie. It is
    removed when they leave, when it ends or when it is revoked.

    Whoever confirmed an address has no customer where the address leads to a member (CUS-1).
    """

    __tablename__ = "visitor"
    __table_args__ = (sa.Index("ix_visitor_expires_at", "expires_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("membership.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(sa.String(254), default="")  # that was confirmed
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    customer: Mapped[Customer | None] = relationship(lazy="joined", viewonly=True)
    membership: Mapped[Membership | None] = relationship(lazy="joined", viewonly=True)


class VisitorPass(Base):
    """What is exchanged for a visit once: hash of a random secret in an address or a mail. It is
    removed when it is used.
    """

    __tablename__ = "visitor_pass"
    __table_args__ = (sa.Index("ix_visitor_pass_expires_at", "expires_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[PassKind] = mapped_column(enum_type(PassKind))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    membership_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("membership.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    back: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    membership: Mapped[Membership | None] = relationship(lazy="joined", viewonly=True)


class UsedToken(Base):
    """A token that was used, as long as it would hold (`rules.KEPT_FOR`)."""

    __tablename__ = "used_token"
    __table_args__ = (
        sa.Index("ix_used_token_until", "until"),
        sa.Index("ix_used_token_service_id", "service_id"),
    )
    mark: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    until: Mapped[datetime]
