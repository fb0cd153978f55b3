"""Reads of the phone contract."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from occ.core import clock, paging
from occ.core.db import db
from occ.organization.queries import today
from occ.tenant.models import DeskPhoneOrder, LicenceVersion, Tenant
from occ.tenant.rules import Licence, Phones, Stopped, TenantState


def current() -> Tenant | None:
    """The phone contract that counts: the newest; None before a service contracted phone."""
    return db.session.scalar(sa.select(Tenant).order_by(Tenant.id.desc()).limit(1))


def stopped_now() -> Stopped | None:
    """Why no call can come in now; None while the phone contract is in use."""
    found = current()
    return found.stopped(today()) if found else Stopped.NONE


def licence_history(tenant_id: int) -> Sequence[LicenceVersion]:
    """Every version of a phone contract, newest first."""
    rows = sa.select(LicenceVersion).where(LicenceVersion.tenant_id == tenant_id)
    return db.session.scalars(rows.order_by(LicenceVersion.id.desc())).all()


def licence_on(day: date) -> Licence | None:
    """The licence in force at the end of a day (BIL-1); None where there was no phone contract."""
    in_force = sa.or_(Tenant.terminated_on.is_(None), Tenant.terminated_on >= day)
    within = sa.or_(Tenant.ends_on.is_(None), Tenant.ends_on >= day)
    found = sa.select(LicenceVersion).join(Tenant, Tenant.id == LicenceVersion.tenant_id)
    rows = found.where(LicenceVersion.local_date <= day, in_force, within).order_by(
        LicenceVersion.local_date.desc(), LicenceVersion.id.desc()
    )
    row = db.session.scalar(rows.limit(1))
    return row.licence if row else None


def phones_on(day: date) -> list[Phones]:
    """Orders that can cost something on a day: shipped by then, of contracts in use."""
    alive = sa.or_(Tenant.terminated_on.is_(None), Tenant.terminated_on >= day)
    came_back = sa.and_(
        DeskPhoneOrder.returned_on == day, DeskPhoneOrder.shipped_on <= Tenant.ends_on
    )
    within = sa.or_(Tenant.ends_on.is_(None), Tenant.ends_on >= day, came_back)
    found = sa.select(DeskPhoneOrder).join(Tenant, Tenant.id == DeskPhoneOrder.tenant_id)
    return [
        row.phones
        for row in db.session.scalars(found.where(DeskPhoneOrder.shipped_on <= day, alive, within))
    ]


def orders(tenant_id: int, *, after: str, before: str, size: int) -> paging.Page:
    """Orders of desk phones, newest first."""
    rows = sa.select(DeskPhoneOrder).where(DeskPhoneOrder.tenant_id == tenant_id)
    return paging.page(
        rows, keys=(DeskPhoneOrder.id,), descending=True, after=after, before=before, size=size
    )


def order(tenant_id: int, ident: int) -> DeskPhoneOrder | None:
    return db.session.scalar(
        sa.select(DeskPhoneOrder).where(
            DeskPhoneOrder.tenant_id == tenant_id, DeskPhoneOrder.id == ident
        )
    )


def erasable(days: int) -> Sequence[Tenant]:
    """Terminated contracts whose personal details have been kept long enough (ORG-5)."""
    limit = clock.now() - timedelta(days=days)
    old = sa.select(Tenant).where(
        Tenant.state == TenantState.TERMINATED,
        Tenant.terminated_at <= limit,
        Tenant.erased_at.is_(None),
    )
    return db.session.scalars(old).all()
