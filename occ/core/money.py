"""Money: BIGINT micro-units in the database, Decimal in rules, rounded half-up to the minor
unit.
"""

from decimal import ROUND_HALF_UP, Decimal, localcontext

MICROS = 1_000_000
MINOR_UNITS = {"KRW": 0, "JPY": 0, "USD": 2, "EUR": 2}
CURRENCIES = tuple(MINOR_UNITS)


def to_micros(amount: Decimal) -> int:
    """An amount as whole micro-units."""
    return int((amount * MICROS).to_integral_value(ROUND_HALF_UP))


def from_micros(micros: int) -> Decimal:
    """Micro-units as an exact amount."""
    return Decimal(micros) / MICROS


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Half-up to the currency's minor unit: 0 decimals for KRW and JPY, 2 for USD and EUR."""
    return amount.quantize(Decimal(1).scaleb(-MINOR_UNITS[currency]), ROUND_HALF_UP)


def share(total: Decimal, divisor: int, currency: str) -> Decimal:
    """total / divisor, rounded once: the quotient is taken with room
    to spare, so half stays half.
    """
    with localcontext() as context:
        context.prec = 50
        return rounded(total / divisor, currency)
