"""What a day costs, what a month comes to: pure decisions on facts."""

import calendar
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.money import MICROS, share
from occ.organization.rules import OF_TENANT, OFFERS, PER_USE, Group, Item, Terms, is_priced
from occ.tenant.rules import LICENCES, Licence, Phones, pieces_of_day

MONTHS_MAX = 36
ORGANIZATION = 0  # in place of a service id: what the organization itself pays


class Scope(enum.Enum):
    ALL = "all"
    TYPE = "type"
    SERVICE = "service"


class Series(enum.Enum):
    """How items are grouped in the chart."""

    SEATS = "seats"
    CHANNELS = "channels"
    EXTRAS = "extras"
    MESSAGES = "messages"
    PHONE = "phone"


_GROUP = {Item(offer.feature.value): offer.group for offer in OFFERS}


def series_of(item: Item) -> Series:
    if item is Item.SEAT:
        return Series.SEATS
    if item in OF_TENANT:
        return Series.PHONE
    if item in PER_USE:
        return Series.MESSAGES
    return Series.CHANNELS if _GROUP[item] in (Group.TICKETS, Group.CONTACT) else Series.EXTRAS


@dataclass(frozen=True)
class DayCharge:
    """One item of one day, as it is stored."""

    item: Item
    quantity: int
    unit_micros: int
    divisor: int


def days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def months(first: date, last: date) -> list[date]:
    """Every month from first to last; raises Refused when reversed or longer than three years."""
    if month_of(first) > month_of(last):
        raise Refused(_("The first month comes after the last. Choose them again."), "first")
    found = [month_of(first)]
    while found[-1] < month_of(last):
        found.append(next_month(found[-1]))
        if len(found) > MONTHS_MAX:
            raise Refused(_("Choose at most %(count)s months.", count=MONTHS_MAX), "first")
    return found


def charges_of_day(
    day: date, terms: Terms, used: Mapping[Item, int], unit_micros: Mapping[Item, int]
) -> list[DayCharge]:
    """What the contract in force at the end of a day costs that day (BIL-1).

    Free items leave no row, nor what does not work yet.
    """
    days = days_in_month(day)
    monthly = [(Item(feature.value), 1) for feature in terms.features] + [(Item.SEAT, terms.seats)]
    rows = [DayCharge(item, count, unit_micros[item], days) for item, count in monthly]
    rows += [
        DayCharge(item, used[item], unit_micros[item], 1) for item in PER_USE if used.get(item)
    ]
    return sorted(
        (row for row in rows if row.unit_micros and is_priced(row.item)),
        key=lambda row: row.item.value,
    )


def phone_charges(
    day: date,
    licence: Licence | None,
    orders: Iterable[Phones],
    micros_on: Callable[[date], Mapping[Item, int]],
) -> list[DayCharge]:
    """What the phone contract costs on a day (BIL-1); `micros_on` gives the unit prices of
    a day.
    """
    rows = []
    if licence is not None:
        item = LICENCES[licence.plan]
        rows.append(DayCharge(item, licence.seats, micros_on(day)[item], days_in_month(day)))
    counts: dict[tuple[Item, int], int] = {}  # pieces of different days may have one price
    for piece in pieces_of_day(day, orders):
        key = (piece.item, micros_on(piece.priced_on)[piece.item])
        counts[key] = counts.get(key, 0) + piece.quantity
    rows += [
        DayCharge(item, quantity, micros, 1)
        for (item, micros), quantity in counts.items()
        if quantity
    ]
    return [row for row in rows if row.unit_micros]


@dataclass(frozen=True)
class ItemMonth:
    """The facts of one service's item in a month, summed: Σ(price × quantity) and the divisor."""

    service_id: int
    month: date
    item: Item
    currency: str
    divisor: int
    micros: int

    @property
    def amount(self) -> Decimal:
        """Multiplied before divided, rounded once (BIL-1)."""
        return share(Decimal(self.micros), self.divisor * MICROS, self.currency)


@dataclass
class Table:
    """Rates of one currency: amounts by item and month, with VAT by month."""

    currency: str
    months: list[date]
    amounts: dict[Item, dict[date, Decimal]] = field(default_factory=dict)
    vat: dict[date, Decimal] = field(default_factory=dict)

    def month_total(self, month: date) -> Decimal:
        return sum((row.get(month, Decimal(0)) for row in self.amounts.values()), Decimal(0))

    def item_total(self, item: Item) -> Decimal:
        return sum(self.amounts[item].values(), Decimal(0))

    def series_total(self, series: Series, month: date) -> Decimal:
        return sum(
            (
                row.get(month, Decimal(0))
                for item, row in self.amounts.items()
                if series_of(item) is series
            ),
            Decimal(0),
        )

    @property
    def total(self) -> Decimal:
        return sum((self.month_total(month) for month in self.months), Decimal(0))

    @property
    def vat_total(self) -> Decimal:
        return sum(self.vat.values(), Decimal(0))


def tables(rows: Iterable[ItemMonth], span: Sequence[date], vat: Mapping[date, int]) -> list[Table]:
    """One table a currency (normally one), items in the price list's order.

    `vat` in basis points by month.
    """
    found: dict[str, Table] = {}
    order = {item: position for position, item in enumerate(Item)}
    for row in sorted(rows, key=lambda row: (order[row.item], row.month)):
        table = found.setdefault(row.currency, Table(row.currency, list(span)))
        by_month = table.amounts.setdefault(row.item, {})
        by_month[row.month] = by_month.get(row.month, Decimal(0)) + row.amount
    for table in found.values():
        for month in span:
            table.vat[month] = share(
                table.month_total(month) * vat.get(month, 0), 10_000, table.currency
            )
    return list(found.values())


def merged(rows: Iterable[ItemMonth]) -> list[ItemMonth]:
    """Rows of the same service, month, item, currency and divisor added up,
    so that each is rounded once.
    """
    sums: dict[tuple[int, date, Item, str, int], int] = {}
    for row in rows:
        key = (row.service_id, row.month, row.item, row.currency, row.divisor)
        sums[key] = sums.get(key, 0) + row.micros
    return [ItemMonth(*key, micros) for key, micros in sums.items()]
