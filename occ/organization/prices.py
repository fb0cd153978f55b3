"""The price list OCC ships, so that an estimate is never empty (ORG-8), by the units of UNITS."""

from decimal import Decimal

from occ.organization.rules import Item

_ORDER = (
    Item.TICKET, Item.PHONE, Item.MAIL, Item.HELP_CENTER, Item.CHAT, Item.CUSTOMERS, Item.SECURITY,
    Item.STATISTICS, Item.OPEN_API, Item.CALLBACK, Item.SMS, Item.WALLBOARD, Item.HANDOVER,
    Item.DOORAY, Item.SEAT, Item.SMS_MESSAGE, Item.MMS_MESSAGE, Item.LICENCE_BASIC,
    Item.LICENCE_RECORDING, Item.DESK_PHONE, Item.DESK_PHONE_UPKEEP,
)  # fmt: skip
_TABLE = {
    "KRW": (
        "60000 90000 20000 50000 40000 20000 30000 0 0 30000 0 15000 0 0 22000 18 50 12000 "
        "18000 66000 60"
    ),
    "JPY": "6600 9900 2200 5500 4400 2200 3300 0 0 3300 0 1650 0 0 2400 3 8 1300 2000 7200 7",
    "USD": (
        "45.00 68.00 15.00 38.00 30.00 15.00 23.00 0 0 23.00 0 11.50 0 0 16.50 0.0140 "
        "0.0380 9.00 13.50 50.00 0.0450"
    ),
    "EUR": (
        "42.00 63.00 14.00 35.00 28.00 14.00 21.00 0 0 21.00 0 10.50 0 0 15.50 0.0130 "
        "0.0350 8.50 12.50 46.00 0.0420"
    ),
}
DEFAULT_PRICES: dict[str, dict[Item, Decimal]] = {
    currency: dict(zip(_ORDER, map(Decimal, row.split()), strict=True))
    for currency, row in _TABLE.items()
}
DEFAULT_VAT = {"KRW": Decimal(10), "JPY": Decimal(10), "USD": Decimal(0), "EUR": Decimal(20)}
