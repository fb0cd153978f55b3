from occ.core import clock
from occ.core.db import db
from occ.customers import queries
from occ.customers.models import Customer


def of_number(number: str) -> Customer:
    """The customer of a phone number, created when nobody has it (CTI-6)."""
    found = queries.by_phone(number)
    if found is None:
        found = Customer(phone=number, name="", created_at=clock.now())
        db.session.add(found)
        db.session.flush()
    return found
