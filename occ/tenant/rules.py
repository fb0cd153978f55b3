"""The phone contract (TNT-1) and desk phones (TNT-2): enums, value types and pure decisions."""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import ngettext
from occ.organization.rules import Item

LINES, LINES_MAX = 30, 2_000
SEATS_MAX = 9_999
PHONES_MAX = 500
DESK_PHONE = "Moimstone IP460S"


class Plan(enum.Enum):
    """What a licence seat may do."""

    BASIC = "basic"
    RECORDING = "recording"


LICENCES = {Plan.BASIC: Item.LICENCE_BASIC, Plan.RECORDING: Item.LICENCE_RECORDING}


class TenantState(enum.Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class Stopped(enum.Enum):
    """Why a phone contract is not in use."""

    NONE = "none"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    ENDED = "ended"


class OrderState(enum.Enum):
    """The way of a desk phone: it can go back only before it is in use."""

    ORDERED = "ordered"
    SHIPPED = "shipped"
    IN_USE = "in_use"
    RETURNED = "returned"


NEXT = {
    OrderState.SHIPPED: {OrderState.ORDERED},
    OrderState.IN_USE: {OrderState.SHIPPED},
    OrderState.RETURNED: {OrderState.ORDERED, OrderState.SHIPPED},
}


@dataclass(frozen=True)
class Licence:
    """What is contracted: the plan, how many members may have CTI data,
    and how many lines there are.
    """

    plan: Plan = Plan.RECORDING
    seats: int = 1
    lines: int = LINES


@dataclass(frozen=True)
class Phones:
    """One order as the accrual sees it: how many, and the days on which something happened."""

    quantity: int
    shipped_on: date | None
    in_use_on: date | None
    returned_on: date | None


@dataclass(frozen=True)
class Piece:
    """What a day charges once: so many of an item, at the price of a day; fewer
    than none where it is given back.
    """

    item: Item
    quantity: int
    priced_on: date


def stopped(state: TenantState, ends_on: date | None, today: date) -> Stopped | None:
    """Why calls cannot come in; None while the contract is in use."""
    if state is TenantState.ACTIVE:
        return Stopped.ENDED if ends_on and ends_on < today else None
    return Stopped(state.value)


def check_licence(licence: Licence, *, used: int) -> Licence:
    """The licence as it can be contracted; seats are never fewer than the
    members who have CTI data (ARS-9).
    """
    if licence.seats < used:
        raise Refused(
            ngettext(
                "%(num)s member has CTI data. Remove it first, or choose at least one seat.",
                "%(num)s members have CTI data. Remove some of it first, or choose at least "
                "%(num)s seats.",
                used,
            ),
            "seats",
        )
    return licence


def check_order(now: OrderState, wanted: OrderState) -> None:
    """Whether an order can take this step (TNT-2). Raises Refused in words."""
    if now in NEXT.get(wanted, ()):
        return
    if wanted is OrderState.RETURNED and now is OrderState.IN_USE:
        raise Refused(_("Desk phones in use cannot be returned any more."))
    raise Refused(_("Somebody else moved this order on. Look at its state now."))


def pieces_of_day(day: date, orders: Iterable[Phones]) -> list[Piece]:
    """What desk phones cost on a day (BIL-1): the price when shipped, given back
    when returned, upkeep from in use.
    """
    found: dict[tuple[Item, date], int] = {}

    def add(item: Item, quantity: int, priced_on: date) -> None:
        found[item, priced_on] = found.get((item, priced_on), 0) + quantity

    for order in orders:
        if order.shipped_on == day:
            add(Item.DESK_PHONE, order.quantity, day)
        if order.shipped_on and order.returned_on == day:
            add(Item.DESK_PHONE, -order.quantity, order.shipped_on)
        if order.in_use_on and order.in_use_on <= day:
            add(Item.DESK_PHONE_UPKEEP, order.quantity, day)
    return [
        Piece(item, quantity, priced_on)
        for (item, priced_on), quantity in found.items()
        if quantity
    ]


def check_business_number(text: str) -> str:
    """A business number as it is stored; ten digits are a Korean one, whose last digit proves the
    others.

    Source: the check digit of the National Tax Service, weights 1 3 7 1 3 7 1 3 5.
    """
    if not text:
        return ""
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]{3,19}", text):
        raise Refused(_("Use 4 to 20 letters, digits or dashes."), "business_number")
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 10 or re.search("[A-Za-z]", text):
        return text
    total = (
        sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False))
        + digits[8] * 5 // 10
    )
    if (10 - total % 10) % 10 != digits[9]:
        raise Refused(
            _("This is not a Korean business number; check its digits."), "business_number"
        )
    plain = "".join(map(str, digits))
    return f"{plain[:3]}-{plain[3:5]}-{plain[5:]}"


def check_postal_code(text: str) -> str:
    """A postal code: 3 to 10 letters, digits, blanks or dashes."""
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z -]{1,8}[0-9A-Za-z]", text):
        raise Refused(_("Enter a postal code, such as 06236."), "postal_code")
    return text.upper()
