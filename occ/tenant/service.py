"""Writes of the phone contract. Every function runs inside the caller's write transaction."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.settings import configured
from occ.organization.models import Organization
from occ.organization.queries import next_change, the_organization
from occ.organization.rules import ContractKind
from occ.tenant import queries, rules
from occ.tenant.events import SeatsCounted
from occ.tenant.models import DeskPhoneOrder, LicenceVersion, Tenant
from occ.tenant.rules import Licence, OrderState, TenantState


@dataclass(frozen=True)
class Company:
    """Who contracted, and until when (TNT-1)."""

    name: str
    business_number: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    postal_code: str = ""
    address: str = ""
    ends_on: date | None = None


@dataclass(frozen=True)
class Delivery:
    """Where desk phones are sent (TNT-2)."""

    recipient: str
    phone: str
    postal_code: str
    address: str


def seats_used() -> int:
    """How many members have a licence seat."""
    counted = SeatsCounted()
    emit(counted)
    return counted.used


def _values(licence: Licence) -> dict[str, Any]:
    return {"plan": licence.plan.value, "seats": licence.seats, "lines": licence.lines}


def _write(tenant: Tenant, kind: ContractKind, licence: Licence) -> None:
    row = LicenceVersion(
        tenant_id=tenant.id,
        kind=kind,
        local_date=the_organization().today(),
        at=clock.now(),
        plan=licence.plan,
        seats=licence.seats,
        lines=licence.lines,
    )
    db.session.add(row)
    db.session.flush()
    tenant.licence_id = row.id
    db.session.flush()
    db.session.expire(tenant, ["licence_row"])


def _sign(licence: Licence, actor: Actor) -> Tenant:
    org = the_organization()
    tenant = Tenant(
        state=TenantState.ACTIVE, name=org.name, contact=actor.name[:50], starts_on=org.today()
    )
    db.session.add(tenant)
    db.session.flush()
    _write(tenant, ContractKind.SIGNED, licence)
    audit.authority(Action.TENANT_SIGNED, actor=actor, after=_values(licence))
    return tenant


def sign(licence: Licence, *, actor: Actor) -> Tenant:
    """The phone contract, filled from set-up, with the first service that contracts phone, or after
    the last one was terminated.
    """
    db.lock(Organization, 1)
    before = queries.current()
    if before is not None and before.state is not TenantState.TERMINATED:
        raise Conflict(_("There is a phone contract already."))
    return _sign(rules.check_licence(licence, used=seats_used()), actor)


def _locked() -> Tenant:
    """The contract that counts, read again under the organization's lock; raises Refused
    when there is nothing to change.
    """
    db.lock(Organization, 1)
    found = queries.current()
    if found is None or found.state is TenantState.TERMINATED:
        raise Refused(_("The phone contract is terminated."))
    db.session.refresh(found)
    return found


def edit(company: Company, *, version: int) -> None:
    """Changes the details; the last day of use is today or later."""
    tenant = _locked()
    check_version(tenant, version)
    if (
        company.ends_on
        and company.ends_on != tenant.ends_on
        and company.ends_on < the_organization().today()
    ):
        raise Refused(_("Choose today or a later day."), "ends_on")
    values = asdict(company) | {
        "business_number": rules.check_business_number(company.business_number)
    }
    if company.postal_code:
        values["postal_code"] = rules.check_postal_code(company.postal_code)
    for name, value in values.items():
        setattr(tenant, name, value)


def change(licence: Licence, *, seen: int | None, actor: Actor) -> None:
    """Changes plan, seats and lines, once an organization's day (TNT-1, ORG-4's rule).

    `seen` is the id of the version the change was made from; raises Conflict when it is not in
    force any more.
    """
    tenant, org = _locked(), the_organization()
    assert tenant.licence_row is not None
    if tenant.licence_row.changed_on(org.today()):
        raise Refused(
            _(
                "Contracts can change once a day. You can change this one again from %(time)s.",
                time=next_change(org),
            )
        )
    if seen is not None and seen != tenant.licence_id:
        raise Conflict(
            _(
                "Somebody else changed this contract first. What you chose is kept; "
                "compare it with what is in force now."
            )
        )
    before = tenant.licence
    if rules.check_licence(licence, used=seats_used()) == before:
        raise Refused(_("Nothing is different from the contract in force."))
    _write(tenant, ContractKind.CHANGED, licence)
    audit.authority(
        Action.TENANT_CHANGED, actor=actor, before=_values(before), after=_values(licence)
    )


def set_state(*, active: bool, actor: Actor) -> bool:
    """Active ↔ Suspended. False when it was so already."""
    tenant, target = _locked(), TenantState.ACTIVE if active else TenantState.SUSPENDED
    if tenant.state is target:
        return False
    tenant.state = target
    audit.authority(Action.TENANT_RESUMED if active else Action.TENANT_SUSPENDED, actor=actor)
    return True


def terminate(*, typed: str, code: str, actor: Actor) -> None:
    """Ends the phone contract for ever: only while suspended, with the tenant ID `code` typed."""
    tenant = _locked()
    if tenant.state is not TenantState.SUSPENDED:
        raise Refused(_("Suspend the phone contract first; only then it can be terminated."))
    if typed.strip().lower() != code.lower():
        raise Refused(_("This is not the tenant ID. Type %(code)s.", code=code), "typed")
    tenant.state, tenant.terminated_at, tenant.terminated_on = (
        TenantState.TERMINATED,
        clock.now(),
        the_organization().today(),
    )
    audit.authority(Action.TENANT_TERMINATED, actor=actor)


def order(quantity: int, delivery: Delivery, *, key: str, actor: Actor) -> DeskPhoneOrder:
    """Orders desk phones; the same key again returns the order made before (double click)."""
    tenant = _locked()
    made = db.session.scalar(sa.select(DeskPhoneOrder).where(DeskPhoneOrder.submit_key == key))
    if made is not None:
        return made
    if tenant.stopped(the_organization().today()) is not None:
        raise Refused(
            _(
                "The phone contract is not in use. Set it active, or its last day "
                "later, before you order."
            )
        )
    where = asdict(delivery) | {"postal_code": rules.check_postal_code(delivery.postal_code)}
    made = DeskPhoneOrder(
        tenant_id=tenant.id,
        submit_key=key,
        state=OrderState.ORDERED,
        model=rules.DESK_PHONE,
        quantity=quantity,
        ordered_by=actor.name,
        ordered_at=clock.now(),
        **where,
    )
    db.session.add(made)
    db.session.flush()
    return made


def move_order(ident: int, wanted: OrderState) -> DeskPhoneOrder:
    """An order is shipped, in use or returned (TNT-2); its day decides what is charged."""
    tenant = _locked()
    found = queries.order(tenant.id, ident)
    if found is None:
        raise Refused(_("This order was not found. Choose one from the list."))
    db.session.refresh(found)
    rules.check_order(found.state, wanted)
    today = the_organization().today()
    if wanted is OrderState.SHIPPED and tenant.stopped(today) is not None:
        raise Refused(
            _(
                "The phone contract is not in use. Set it active, or its last day "
                "later, before you order."
            )
        )
    found.state = wanted
    if wanted is OrderState.SHIPPED:
        found.shipped_on = today
    elif wanted is OrderState.IN_USE:
        found.in_use_on = today
    else:
        found.returned_on = today
    return found


def erase_due() -> int:
    """Personal details of contracts terminated long ago are destroyed (ORG-5); charges stay."""
    gone = queries.erasable(configured().terminated_days)
    for tenant in gone:
        tenant.contact = tenant.phone = tenant.email = tenant.address = tenant.postal_code = ""
        tenant.erased_at = clock.now()
        wiped = {"recipient": "", "phone": "", "postal_code": "", "address": ""}
        db.session.execute(
            sa.update(DeskPhoneOrder).where(DeskPhoneOrder.tenant_id == tenant.id).values(**wiped)
        )
    return len(gone)
