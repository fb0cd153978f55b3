from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.organization.rules import ContractKind
from occ.tenant.rules import Licence, OrderState, Phones, Plan, Stopped, TenantState, stopped


class Tenant(Base):
    """A phone contract of the organization; the newest one counts,
    terminated ones stay for their charges.
    """

    __tablename__ = "tenant"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[TenantState] = mapped_column(enum_type(TenantState))
    name: Mapped[str] = mapped_column(sa.String(100))
    business_number: Mapped[str] = mapped_column(sa.String(20), default="")
    contact: Mapped[str] = mapped_column(sa.String(50), default="")
    phone: Mapped[str] = mapped_column(sa.String(32), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    postal_code: Mapped[str] = mapped_column(sa.String(10), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    licence_id: Mapped[int | None]
    terminated_at: Mapped[datetime | None]
    terminated_on: Mapped[date | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    licence_row: Mapped["LicenceVersion | None"] = relationship(
        primaryjoin="foreign(Tenant.licence_id) == LicenceVersion.id", lazy="joined", viewonly=True
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def licence(self) -> Licence:
        """The licence in force."""
        assert self.licence_row is not None
        return self.licence_row.licence

    def stopped(self, today: date) -> Stopped | None:
        """Why it is not in use on a day of the organization; None while it is."""
        return stopped(self.state, self.ends_on, today)


class LicenceVersion(Base):
    """One version of a phone contract's licence; the newest of a day is
    in force at its end (BIL-1).
    """

    __tablename__ = "tenant_licence"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "local_date", "kind", name="uq_tenant_licence_once_a_day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(sa.ForeignKey("tenant.id", ondelete="CASCADE"))
    kind: Mapped[ContractKind] = mapped_column(enum_type(ContractKind))
    local_date: Mapped[date]
    at: Mapped[datetime]
    plan: Mapped[Plan] = mapped_column(enum_type(Plan))
    seats: Mapped[int]
    lines: Mapped[int]

    @property
    def licence(self) -> Licence:
        return Licence(self.plan, self.seats, self.lines)

    def changed_on(self, day: date) -> bool:
        """Whether it is that day's change (ORG-4's rule; signing does not count)."""
        return self.kind is ContractKind.CHANGED and self.local_date == day


class DeskPhoneOrder(Base):
    """Desk phones that were ordered together (TNT-2)."""

    __tablename__ = "desk_phone_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("tenant.id", ondelete="CASCADE"), index=True
    )
    submit_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[OrderState] = mapped_column(enum_type(OrderState))
    model: Mapped[str] = mapped_column(sa.String(50))
    quantity: Mapped[int]
    recipient: Mapped[str] = mapped_column(sa.String(50))
    phone: Mapped[str] = mapped_column(sa.String(32))
    postal_code: Mapped[str] = mapped_column(sa.String(10))
    address: Mapped[str] = mapped_column(sa.String(200))
    ordered_by: Mapped[str] = mapped_column(sa.String(100))
    ordered_at: Mapped[datetime]
    shipped_on: Mapped[date | None] = mapped_column(index=True)
    in_use_on: Mapped[date | None]
    returned_on: Mapped[date | None]

    @property
    def phones(self) -> Phones:
        return Phones(self.quantity, self.shipped_on, self.in_use_on, self.returned_on)
