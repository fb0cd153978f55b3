"""Contracts that are signed with all that they charge for (ORG-3, TNT-1), the day's usage, and the
daily accrual: facts of a day, once, in one transaction (BIL-1).
"""

from datetime import date, timedelta

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.billing import queries, rules
from occ.billing.models import BillingDay, Charge, Usage
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.money import to_micros
from occ.organization import service as contracts
from occ.organization.models import Organization, Service
from occ.organization.queries import organization, price_lists, prices_on
from occ.organization.rules import Feature, Item, Terms
from occ.tenant import service as tenant
from occ.tenant.rules import Licence


def sign(
    service: Service,
    terms: Terms,
    licence: Licence | None,
    *,
    actor: Actor,
    seen: int | None = None,
) -> None:
    """Signs a service's contract, or changes the one `seen`, and with the first phone service the
    phone contract (ORG-3, TNT-1).

    `licence` is what was chosen for it, None where there is a phone contract already. Raises
    Conflict when somebody was faster.
    """
    if licence is not None and Feature.PHONE in terms.features:
        tenant.sign(licence, actor=actor)
    if seen is None:
        contracts.sign(service, terms, actor=actor)
    else:
        contracts.change_contract(service, terms, actor=actor, seen=seen)


def record_usage(service_id: int, item: Item, quantity: int, *, day: date) -> None:
    """Counts per-use items of a day that is not charged yet; called in the
    transaction of what was used.
    """
    db.lock(Organization, 1)
    if db.session.get(BillingDay, day) is not None:
        raise Refused(_("%(day)s is charged already.", day=day.isoformat()))
    row = db.session.get(Usage, (service_id, day, item))
    if row is None:
        db.session.add(Usage(service_id=service_id, day=day, item=item, quantity=quantity))
    else:
        row.quantity += quantity
    db.session.flush()


def days_due() -> list[date]:
    """Days of the organization that have ended and are not charged, oldest
    first: missed ones are made up.
    """
    org = organization()
    first = queries.first_contract_day()
    if org is None or first is None:
        return []
    last = queries.last_day()
    day = last + timedelta(days=1) if last else first
    due = []
    while day < org.today():
        due.append(day)
        day += timedelta(days=1)
    return due


def accrue(day: date) -> int:
    """Charges one day: every contract in force at its end.

    Returns how many rows; raises IntegrityError if done before.
    """
    db.lock(Organization, 1)  # contracts and usage of the day wait, or are seen
    prices = prices_on(day)
    db.session.add(
        BillingDay(
            day=day,
            closed_at=clock.now(),
            currency=prices.currency,
            vat_basis_points=prices.vat_basis_points,
        )
    )
    db.session.flush()
    micros = {item: to_micros(price) for item, price in prices.prices.items()}
    used = queries.usage_of(day)
    charged = [
        (service_id, charge)
        for service_id, terms in queries.in_force(day).items()
        for charge in rules.charges_of_day(day, terms, used.get(service_id, {}), micros)
    ]
    charged += [
        (rules.ORGANIZATION, charge) for charge in queries.phone_charges(day, price_lists())
    ]
    rows = [
        {
            "service_id": service_id,
            "day": day,
            "month": rules.month_of(day),
            "item": c.item,
            "quantity": c.quantity,
            "unit_micros": c.unit_micros,
            "currency": prices.currency,
            "divisor": c.divisor,
        }
        for service_id, c in charged
    ]
    if rows:
        db.session.execute(sa.insert(Charge), rows)
    return len(rows)
