import sqlalchemy as sa

from occ.billing import service
from occ.billing.models import BillingDay
from occ.core import jobs
from occ.core.db import db


def is_behind() -> bool:
    """Whether a day that has ended is not charged yet."""
    return bool(service.days_due())


def accrue() -> str | None:
    """Charges every day that has ended, one transaction a day; a day
    another worker took is left to it.
    """
    due = service.days_due()
    rows = 0
    for day in due:
        try:
            with db.write():
                rows += service.accrue(day)
        except sa.exc.IntegrityError:
            if db.session.get(BillingDay, day) is None:
                raise
        jobs.breathe()
    return f"{due[0]} – {due[-1]}: {rows}" if due else None
