from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.core import paging, phones
from occ.core.db import db
from occ.customers.models import Customer, Erasure


def _merged(found: Customer | None) -> Customer | None:
    """The one that a merged customer became."""
    return db.session.get(Customer, found.merged_into) if found and found.merged_into else found


def owner_of(*, phone: str = "", email: str = "") -> Customer | None:
    """The row that holds a number or an address, also one that was merged."""
    held = Customer.phone == phone if phone else Customer.email == email
    return db.session.scalar(sa.select(Customer).where(held))


def by_phone(number: str) -> Customer | None:
    """The customer of a number in E.164 form."""
    return _merged(db.session.scalar(sa.select(Customer).where(Customer.phone == number)))


def by_email(address: str) -> Customer | None:
    """The customer of an e-mail address."""
    return _merged(db.session.scalar(sa.select(Customer).where(Customer.email == address)))


def customer(ident: int) -> Customer | None:
    return db.session.get(Customer, ident)


def merged_into(ident: int) -> Sequence[Customer]:
    """Those whose number or address leads to a customer since they were merged."""
    return db.session.scalars(sa.select(Customer).where(Customer.merged_into == ident).order_by(Customer.id)).all()


def named_like(text: str, *, whole: bool) -> Any:
    """A condition: part of the name, the address or the number, as people write it.

    For who sees them masked (not `whole`) only the whole number or address counts, so that none is guessed piece by piece.
    """
    if not whole:
        return sa.or_(paging.like(Customer.name, text), Customer.email == text.lower(), Customer.phone == phones.parse(text))
    digits = "".join(sign for sign in text if sign.isdigit())
    found = [paging.like(Customer.name, text), paging.like(Customer.email, text)]
    if digits:
        found.append(paging.like(Customer.phone, digits.removeprefix("0") if text.strip().startswith("0") else digits))
    return sa.or_(*found)


def erasures(service_id: int, limit: int = 50) -> Sequence[Erasure]:
    """The certificates of a service, the newest first (FLD-4)."""
    found = sa.select(Erasure).where(Erasure.service_id == service_id).order_by(Erasure.id.desc()).limit(limit)
    return db.session.scalars(found).all()


def erasure(service_id: int, ident: int) -> Erasure | None:
    return db.session.scalar(sa.select(Erasure).where(Erasure.id == ident, Erasure.service_id == service_id))
