"""Stacked bars of a rate table as coordinates, drawn as SVG by the
template (no inline style needed).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from occ.billing.rules import Series, Table

WIDTH, HEIGHT, LEFT, TOP, BAR = 1080, 164, 84, 24, 64


@dataclass(frozen=True)
class Block:
    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Bar:
    month: date
    middle: float
    top: float
    total: Decimal
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Chart:
    """Bars and horizontal grid lines (y, value)."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[float, Decimal], ...]


def _step(largest: Decimal) -> Decimal:
    """A round distance between grid lines: 1, 2, 4 or 5 times a power
    of ten, three or four lines.
    """
    power = Decimal(10) ** (largest.adjusted() - 1)
    return next(
        factor * power
        for factor in map(Decimal, (1, 2, 4, 5, 10, 20, 40, 50))
        if factor * power * 4 >= largest
    )


def bars(table: Table) -> Chart:
    """The chart of a table; heights are in proportion, a bar is at most 64 wide."""
    totals = [table.month_total(month) for month in table.months]
    largest = max([*totals, Decimal(1)])
    step = _step(largest)
    scale = Decimal(HEIGHT - TOP) / max(largest, step)
    slot = Decimal(WIDTH - LEFT) / len(table.months)
    width = min(Decimal(BAR), slot * Decimal("0.7"))
    made = []
    for index, month in enumerate(table.months):
        x, y = LEFT + slot * index + (slot - width) / 2, Decimal(HEIGHT)
        blocks = []
        for number, series in enumerate(Series, start=1):
            height = table.series_total(series, month) * scale
            y -= height
            if height:
                blocks.append(
                    Block(
                        number,
                        float(round(x, 1)),
                        float(round(y, 1)),
                        float(round(width, 1)),
                        float(max(round(height - 1, 1), Decimal("0.5"))),
                    )
                )
        made.append(
            Bar(
                month,
                float(round(x + width / 2, 1)),
                float(round(y, 1)),
                totals[index],
                tuple(blocks),
            )
        )
    lines = []
    value = Decimal(0)
    while value <= largest:
        lines.append((float(round(HEIGHT - value * scale, 1)), value))
        value += step
    return Chart(tuple(made), tuple(lines))
