"""Reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from occ.billing import rules
from occ.billing.models import BillingDay, Charge, Usage
from occ.billing.rules import ItemMonth
from occ.core.db import db
from occ.core.money import to_micros
from occ.organization.models import Contract, PriceList, Service, terms_from
from occ.organization.rules import Item, Terms
from occ.tenant import queries as tenant


def last_day() -> date | None:
    """The newest day that was charged."""
    return db.session.scalar(sa.select(sa.func.max(BillingDay.day)))


def first_contract_day() -> date | None:
    return db.session.scalar(sa.select(sa.func.min(Contract.local_date)))


def _in_force(day: date, service_ids: Sequence[int] | None = None) -> sa.Select[Any]:
    """(service id, contract values) of every contract in force at the end of a day (BIL-1)."""
    newest = sa.select(
        Contract.service_id,
        Contract.values,
        sa.func.row_number()
        .over(
            partition_by=Contract.service_id,
            order_by=(Contract.local_date.desc(), Contract.id.desc()),
        )
        .label("rank"),
    ).where(Contract.local_date <= day)
    if service_ids is not None:
        newest = newest.where(Contract.service_id.in_(service_ids))
    ranked = newest.subquery()
    alive = sa.or_(Service.terminated_on.is_(None), Service.terminated_on >= day)
    return (
        sa.select(ranked.c.service_id, ranked.c["values"])
        .join(Service, Service.id == ranked.c.service_id)
        .where(ranked.c.rank == 1, alive)
    )


def in_force(day: date, service_ids: Sequence[int] | None = None) -> dict[int, Terms]:
    """Terms by service, at the end of a day."""
    return {row[0]: terms_from(row[1]) for row in db.session.execute(_in_force(day, service_ids))}


def usage_of(day: date) -> dict[int, dict[Item, int]]:
    found: dict[int, dict[Item, int]] = {}
    for row in db.session.scalars(sa.select(Usage).where(Usage.day == day)):
        found.setdefault(row.service_id, {})[row.item] = row.quantity
    return found


def item_months(span: Sequence[date], service_ids: Sequence[int] | None = None) -> list[ItemMonth]:
    """The summed facts of a span of months; None for every service."""
    key = (Charge.service_id, Charge.month, Charge.item, Charge.currency, Charge.divisor)
    query = sa.select(*key, sa.func.sum(Charge.unit_micros * Charge.quantity)).where(
        Charge.month.between(span[0], span[-1])
    )
    if service_ids is not None:
        query = query.where(Charge.service_id.in_(service_ids))
    return [ItemMonth(*row[:5], int(row[5])) for row in db.session.execute(query.group_by(*key))]


def vat_of(span: Sequence[date]) -> dict[date, int]:
    """VAT in basis points by month: that of the month's last charged day."""
    rows = db.session.execute(
        sa.select(BillingDay.day, BillingDay.vat_basis_points)
        .where(BillingDay.day >= span[0], BillingDay.day < rules.next_month(span[-1]))
        .order_by(BillingDay.day)
    )
    return {rules.month_of(day): vat for day, vat in rows}


def list_on(lists: Sequence[PriceList], day: date) -> PriceList:
    """The list in force on a day; `lists` newest first."""
    return next((found for found in lists if found.effective_from <= day), lists[-1])


def _micros(prices: PriceList) -> dict[Item, int]:
    return {item: to_micros(price) for item, price in prices.prices.items()}


def phone_charges(day: date, lists: Sequence[PriceList]) -> list[rules.DayCharge]:
    """What the organization's phone contract costs on a day, in that day's
    currency; `lists` newest first.
    """
    now = list_on(lists, day)

    def micros_on(when: date) -> dict[Item, int]:
        then = list_on(lists, when)
        return _micros(then if then.currency == now.currency else now)

    return rules.phone_charges(day, tenant.licence_on(day), tenant.phones_on(day), micros_on)


def _expected_phones(
    day: date, month: date, lists: Sequence[PriceList], today: date
) -> Iterator[ItemMonth]:
    """The rest of the month with today's phone contract and the desk phones that are in use."""
    contract = tenant.current()
    last = (
        min(filter(None, (contract.ends_on, contract.terminated_on)), default=date.max)
        if contract
        else date.min
    )
    licence, orders = tenant.licence_on(today), tenant.phones_on(today)
    while rules.month_of(day) == month and day <= last:
        prices = list_on(lists, day)
        micros = _micros(prices)
        if contract and day >= contract.starts_on:
            for c in rules.phone_charges(day, licence, orders, lambda _day: micros):  # noqa: B023 - called at once
                yield ItemMonth(
                    rules.ORGANIZATION,
                    month,
                    c.item,
                    prices.currency,
                    c.divisor,
                    c.unit_micros * c.quantity,
                )
        day += timedelta(days=1)


def expected_rest(
    today: date, service_ids: Sequence[int] | None, lists: Sequence[PriceList]
) -> list[ItemMonth]:
    """What the days of this month that are not charged yet will cost with today's contracts.

    Monthly fees only; what is used is not guessed.
    """
    last = last_day()
    month = rules.month_of(today)
    day = max(month, last + timedelta(days=1)) if last else today
    terms = in_force(today, service_ids)
    signed = _signed_on(list(terms))
    ending = set(
        db.session.scalars(
            sa.select(Service.id).where(Service.id.in_(terms), Service.terminated_on == today)
        )
    )
    rows = list(_expected_phones(day, month, lists, today)) if service_ids is None else []
    while rules.month_of(day) == month:
        prices = list_on(lists, day)
        micros = _micros(prices)
        for service_id, contract in terms.items():
            if day < signed[service_id] or (day > today and service_id in ending):
                continue
            for c in rules.charges_of_day(day, contract, {}, micros):
                rows.append(
                    ItemMonth(
                        service_id,
                        month,
                        c.item,
                        prices.currency,
                        c.divisor,
                        c.unit_micros * c.quantity,
                    )
                )
        day += timedelta(days=1)
    return rules.merged(rows)


def _signed_on(service_ids: Sequence[int]) -> dict[int, date]:
    query = sa.select(Contract.service_id, sa.func.min(Contract.local_date)).where(
        Contract.service_id.in_(service_ids)
    )
    return dict(db.session.execute(query.group_by(Contract.service_id)).tuples().all())


def fees_this_month(service_ids: Sequence[int], today: date, currency: str) -> dict[int, Decimal]:
    """What each service was charged so far this month, in one currency."""
    fees: dict[int, Decimal] = {}
    if service_ids:
        for row in item_months([rules.month_of(today)], service_ids):
            if row.currency == currency:
                fees[row.service_id] = fees.get(row.service_id, Decimal(0)) + row.amount
    return fees


def total(rows: Mapping[Any, Decimal] | Sequence[ItemMonth], currency: str) -> Decimal:
    """The sum of item months in one currency, each rounded once."""
    values = (
        rows.values()
        if isinstance(rows, Mapping)
        else (row.amount for row in rows if row.currency == currency)
    )
    return sum(values, Decimal(0))
