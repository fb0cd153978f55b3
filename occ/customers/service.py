from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.customers import queries
from occ.customers.events import (
    CustomerChanged,
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.customers.models import Customer, Erasure, Membership
from occ.organization.models import Organization


@dataclass(frozen=True)
class Known:
    """What a service's own system says of one of its members."""

    usercode: str
    name: str = ""
    email: str = ""
    phone: str = ""
    number: str = ""


def member(service_id: int, known: Known) -> Membership:
    """The member of a usercode, made when nobody has it: found by it alone, never by an address or
    a number, so that nothing of whoever wrote with the same one becomes theirs (CUS-1).
    """
    found = queries.membership(service_id, known.usercode)
    if found is None:
        db.hold(Organization, 1)  # of two who come at once one makes it
        found = queries.membership(service_id, known.usercode)
    if found is None:
        person = Customer(name=known.name, created_at=clock.now())
        db.session.add(person)
        db.session.flush()
        found = Membership(service_id=service_id, usercode=known.usercode, customer=person)
        db.session.add(found)
    found.number = known.number or found.number or ""
    found.name = known.name or found.name or ""
    found.email = known.email or found.email or ""
    found.phone = known.phone or found.phone or ""
    found.seen_at = clock.now()
    if found.name and not found.customer.name:
        found.customer.name = found.name
        emit(CustomerChanged(found.customer))
    db.session.flush()
    return found


def of_number(number: str) -> Customer:
    """The customer of a phone number, created when nobody has it (CTI-6)."""
    found = queries.by_phone(number)
    if found is None:
        found = Customer(phone=number, name="", created_at=clock.now())
        db.session.add(found)
        db.session.flush()
    return found


def found_or_made(*, name: str, phone: str, email: str) -> Customer | None:
    """The customer of a phone number, else of an address, made when nobody has them (CUS-1); None
    when both are empty.

    What was not known yet is filled in; what belongs to somebody else is left with them.
    """
    if not phone and not email:
        return None
    db.hold(Organization, 1)
    found = (queries.by_phone(phone) if phone else None) or (
        queries.by_email(email) if email else None
    )
    if found is None:
        found = Customer(
            name=name, phone=phone or None, email=email or None, created_at=clock.now()
        )
        db.session.add(found)
        db.session.flush()
        return found
    if phone and found.phone is None and queries.owner_of(phone=phone) is None:
        found.phone = phone
    if email and found.email is None and queries.owner_of(email=email) is None:
        found.email = email
    found.name = found.name or name
    if db.session.is_modified(found):
        emit(CustomerChanged(found))
    db.session.flush()
    return found


def edit(customer: Customer, *, name: str, phone: str, email: str, version: int) -> None:
    """Changes a customer; number and address each belong to one."""
    db.hold(Organization, 1)
    db.session.refresh(customer)
    check_version(customer, version)
    for value, other, field in (
        (phone, queries.by_phone(phone), "phone"),
        (email, queries.by_email(email), "email"),
    ):
        if value and other is not None and other.id != customer.id:
            raise Refused(_("Customer %(number)s has it already.", number=f"#{other.id}"), field)
    if not phone and not email:
        raise Refused(_("A customer needs a phone number or an e-mail address."), "email")
    for held in (
        queries.owner_of(phone=phone) if phone else None,
        queries.owner_of(email=email) if email else None,
    ):
        if held is not None and held.id != customer.id:  # one that was merged into this customer
            held.phone, held.email = (
                held.phone if held.phone != phone else None,
                held.email if held.email != email else None,
            )
    db.session.flush()
    customer.name, customer.phone, customer.email = name, phone or None, email or None
    emit(CustomerChanged(customer))


def merge(gone: Customer, kept: Customer) -> None:
    """Makes one customer of two (CUS-1): everything of `gone` becomes that of `kept`.

    What `kept` has not known yet it gets; a second number or address stays with `gone` and leads to
    `kept`.
    """
    db.hold(Organization, 1)
    for one in (gone, kept):
        db.session.refresh(one)
    if gone.id == kept.id:
        raise Refused(_("Choose another customer."), "other")
    if gone.merged_into is not None or kept.merged_into is not None:
        raise Conflict(_("Somebody merged one of them meanwhile."))
    kept.name = kept.name or gone.name
    phone, email = (None if kept.phone else gone.phone), (None if kept.email else gone.email)
    gone.phone, gone.email = (
        (gone.phone if kept.phone else None),
        (gone.email if kept.email else None),
    )
    db.session.flush()
    kept.phone, kept.email = kept.phone or phone, kept.email or email
    db.session.execute(
        sa.update(Customer).where(Customer.merged_into == gone.id).values(merged_into=kept.id)
    )
    db.session.execute(
        sa.update(Membership).where(Membership.customer_id == gone.id).values(customer_id=kept.id)
    )
    gone.merged_into = kept.id
    db.session.flush()
    emit(CustomersMerged(gone, kept))


def data_of(customer: Customer, service_id: int) -> dict[str, Any]:
    """Everything a service keeps of a customer, by what it is (FLD-4)."""
    asked = CustomerDataAsked(customer, service_id)
    emit(asked)
    also = [
        {"name": one.name, "phone": one.phone, "email": one.email}
        for one in queries.merged_into(customer.id)
    ]
    person = {
        "number": customer.id,
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "known_since": customer.created_at.isoformat(),
        "also": also,
        "memberships": [
            {
                "usercode": one.usercode,
                "number": one.number,
                "name": one.name,
                "phone": one.phone,
                "email": one.email,
            }
            for one in queries.memberships(service_id, customer.id)
        ],
    }
    return {"customer": person, **asked.found}


def erase(customer: Customer, service_id: int, *, by: str) -> Erasure:
    """Destroys what a service keeps of a customer; who is known nowhere else loses
    name, number and address, too.
    """
    db.hold(Organization, 1)
    db.session.refresh(customer)
    erased = CustomerErased(customer, service_id)
    emit(erased)
    gone = (Membership.customer_id == customer.id, Membership.service_id == service_id)
    db.session.execute(sa.delete(Membership).where(*gone))
    db.session.flush()
    left = CustomerUsesCounted(
        customer, uses=queries.memberships_elsewhere(service_id, customer.id)
    )
    emit(left)
    if not left.uses:
        for one in (customer, *queries.merged_into(customer.id)):
            one.name, one.phone, one.email = "", None, None
    made = Erasure(
        service_id=service_id,
        customer_id=customer.id,
        at=clock.now(),
        by=by,
        counts=dict(erased.counts),
        whole=not left.uses,
    )
    db.session.add(made)
    db.session.flush()
    return made
