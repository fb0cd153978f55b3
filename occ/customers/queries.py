from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.customers.models import Customer


def _merged(found: Customer | None) -> Customer | None:
    """The one that a merged customer became."""
    return db.session.get(Customer, found.merged_into) if found and found.merged_into else found


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


def named_like(text: str) -> Any:
    """A condition: part of the name, the address or the number, as people write it."""
    digits = "".join(sign for sign in text if sign.isdigit())
    found = [paging.like(Customer.name, text), paging.like(Customer.email, text)]
    if digits:
        found.append(paging.like(Customer.phone, digits.removeprefix("0") if text.strip().startswith("0") else digits))
    return sa.or_(*found)
