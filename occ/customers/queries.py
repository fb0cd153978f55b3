import sqlalchemy as sa

from occ.core.db import db
from occ.customers.models import Customer


def by_phone(number: str) -> Customer | None:
    """The customer of a number in E.164 form."""
    return db.session.scalar(sa.select(Customer).where(Customer.phone == number))


def by_email(address: str) -> Customer | None:
    """The customer of an e-mail address."""
    return db.session.scalar(sa.select(Customer).where(Customer.email == address))


def customer(ident: int) -> Customer | None:
    return db.session.get(Customer, ident)
