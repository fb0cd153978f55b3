from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.core import paging, phones
from occ.core.db import db
from occ.core.i18n import country
from occ.customers.models import Customer, Erasure, Membership

PART_MIN = 3
"""Fewer digits stand in nearly every number."""


def _merged(found: Customer | None) -> Customer | None:
    """The one that a merged customer became."""
    return db.session.get(Customer, found.merged_into) if found and found.merged_into else found


# every new ticket and call asks these, so they are built once
_BY_PHONE = sa.select(Customer).where(Customer.phone == sa.bindparam("number"))
_BY_EMAIL = sa.select(Customer).where(Customer.email == sa.bindparam("address"))


def owner_of(*, phone: str = "", email: str = "") -> Customer | None:
    """The row that holds a number or an address, also one that was merged."""
    held = Customer.phone == phone if phone else Customer.email == email
    return db.session.scalar(sa.select(Customer).where(held))


def by_phone(number: str) -> Customer | None:
    """The customer of a number in E.164 form."""
    return _merged(db.session.scalar(_BY_PHONE, {"number": number}))


def by_email(address: str) -> Customer | None:
    """The customer of an e-mail address."""
    return _merged(db.session.scalar(_BY_EMAIL, {"address": address}))


def reached(ways: Sequence[str]) -> list[int]:
    """The ids of the customers of numbers in E.164 form and e-mail addresses."""
    if not ways:
        return []
    people = sa.select(sa.func.coalesce(Customer.merged_into, Customer.id)).where(
        sa.or_(Customer.phone.in_(ways), Customer.email.in_(ways))
    )
    return sorted(set(db.session.scalars(people)))


def membership(service_id: int, usercode: str) -> Membership | None:
    """Who has a usercode in a service."""
    return db.session.scalar(
        sa.select(Membership).where(
            Membership.service_id == service_id, Membership.usercode == usercode
        )
    )


def memberships(service_id: int, customer_id: int) -> Sequence[Membership]:
    """What a service's own system calls a customer; several where members were merged."""
    found = sa.select(Membership).where(
        Membership.customer_id == customer_id, Membership.service_id == service_id
    )
    return db.session.scalars(found.order_by(Membership.id)).all()


def is_member(service_id: int, customer_id: int) -> bool:
    """Whether a customer has a usercode in a service."""
    return bool(memberships(service_id, customer_id))


def memberships_elsewhere(service_id: int, customer_id: int) -> int:
    """How many usercodes a customer has in other services."""
    found = sa.select(sa.func.count()).where(
        Membership.customer_id == customer_id, Membership.service_id != service_id
    )
    return db.session.scalar(found) or 0


def customer(ident: int) -> Customer | None:
    return db.session.get(Customer, ident)


def merged_into(ident: int) -> Sequence[Customer]:
    """Those whose number or address leads to a customer since they were merged."""
    return db.session.scalars(
        sa.select(Customer).where(Customer.merged_into == ident).order_by(Customer.id)
    ).all()


def named_like(text: str, *, whole: bool) -> Any:
    """A condition: part of the name, the address or the number, as people write it.

    Digits are looked for in numbers only where the text is a number, whole or in part: not those of
    an address or a name. For who sees them masked (not `whole`) only the whole number or address
    counts, so that none is guessed piece by piece.
    """
    digits = phones.part(text)
    found = [
        paging.like(Customer.name, text),
        paging.like(Customer.email, text) if whole else Customer.email == text.lower(),
    ]
    if not whole:
        found.append(Customer.phone.in_(phones.candidates(text, country())))
    elif len(digits) >= PART_MIN:
        found.append(paging.like(Customer.phone, digits))
    return sa.or_(*found)


def called(service_id: int, text: str) -> Any:
    """A condition: a service's own system calls the customer so, by user ID or member number."""
    return sa.exists().where(
        Membership.customer_id == Customer.id,
        Membership.service_id == service_id,
        sa.or_(Membership.usercode == text, Membership.number == text),
    )


def erasures(service_id: int, limit: int = 50) -> Sequence[Erasure]:
    """The certificates of a service, the newest first (FLD-4)."""
    found = (
        sa.select(Erasure)
        .where(Erasure.service_id == service_id)
        .order_by(Erasure.id.desc())
        .limit(limit)
    )
    return db.session.scalars(found).all()


def erasure(service_id: int, ident: int) -> Erasure | None:
    return db.session.scalar(
        sa.select(Erasure).where(Erasure.id == ident, Erasure.service_id == service_id)
    )
