"""Figures as coordinates, drawn as SVG by the template: lines over time, bars of what is named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from occ.core.i18n import compact, timer
from occ.statistics.pages.frame import Row, Table
from occ.statistics.rules.tables import Column, Kind

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 1080, 220, 72, 1000, 16
TICKS, BARS, BAR, GAP = 8, 12, 22, 12
NAMES, SIGN = (72, 240), 7  # room of names, from and to, and of a sign of a value
NAME_GAP, TICK_GAP = 16, 12
DENSE = 120  # points of a line from which it is a thin one
_STEPS = (1, 2, 3, 4, 6, 10)


@dataclass(frozen=True)
class Line:
    """One series; 0 is the dashed one of the period before. `last` is where its words stand."""

    series: int
    label: Any
    points: str
    last: tuple[float, float]
    value: str


@dataclass(frozen=True)
class Lines:
    lines: tuple[Line, ...]
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    peak: tuple[str, str]  # the highest value of the first series, and where
    is_dense: bool


@dataclass(frozen=True)
class Block:
    series: int
    y: float
    width: float


@dataclass(frozen=True)
class Bar:
    label: str
    y: float
    blocks: tuple[Block, ...]
    value: str
    end: float


@dataclass(frozen=True)
class Bars:
    bars: tuple[Bar, ...]
    height: int
    names: int  # where they end
    more: int  # rows that are only in the table


def shown(kind: Kind, value: float) -> str:
    """A value as a chart writes it."""
    return timer(value) if kind is Kind.DURATION else compact(round(value))


def _top(value: float, kind: Kind) -> float:
    """The least round number that three steps below it end at."""
    if kind is Kind.DURATION:
        value, size = max(value, 60), 60
        while value > size * 3 * 10:
            size *= 60 if size < 3_600 else 24 if size == 3_600 else 10
        return next(size * 3 * step for step in (*_STEPS, 30) if size * 3 * step >= value)
    power = 1
    while True:
        for step in _STEPS[:-1]:
            if 3 * step * power >= value:
                return 3 * step * power
        power *= 10


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0


def lines(table: Table, keys: Sequence[str]) -> Lines:
    """Lines over the parts of a period; the first column's has the period before beside it."""
    columns = [table.column(key) for key in keys]
    series = [(n, column, table.rows) for n, column in enumerate(columns, 1)]
    if len(table.rows) > 1:
        series.append((0, columns[0], table.rows_before[: len(table.rows)]))
    kind = columns[0].kind
    values = [[_number(column.of(row.facts)) for row in rows] for _n, column, rows in series]
    top = _top(max((max(one, default=0) for one in values), default=0), kind)
    step = (RIGHT - LEFT) / max(1, len(table.rows) - 1)

    def place(n: int, value: float) -> tuple[float, float]:
        return round(LEFT + n * step, 1), round(HEIGHT - value / top * (HEIGHT - TOP), 1)

    made = []
    for (number, column, _rows), found in zip(series, values, strict=True):
        points = " ".join(f"{x},{y}" for x, y in (place(n, v) for n, v in enumerate(found)))
        last = place(len(found) - 1, found[-1]) if found else (LEFT, HEIGHT)
        said = shown(kind, found[-1]) if found else ""
        made.append(Line(number, column.label, points, last, said))
    every = _every([row.label for row in table.rows])
    peak = max(range(len(table.rows)), key=lambda n: values[0][n])
    return Lines(
        tuple(made),
        tuple((place(0, top * n / 3)[1], shown(kind, top * n / 3)) for n in range(4)),
        tuple((place(n, 0)[0], row.label) for n, row in enumerate(table.rows) if n % every == 0),
        (shown(kind, values[0][peak]), table.rows[peak].label),
        len(table.rows) > DENSE,
    )


def _every(labels: Sequence[str]) -> int:
    """Each how many-th of the labels below a chart is written, so that none meets the next one."""
    fit = (RIGHT - LEFT) // (_room(labels, 1_000) + TICK_GAP)
    return max(1, -(-len(labels) // max(1, min(TICKS, fit))))


def _pairs(row: Row, columns: Sequence[Column]) -> list[float]:
    return [_number(column.of(row.facts)) for column in columns]


def bars(table: Table, keys: Sequence[str]) -> Bars:
    """A bar for each series of the rows with the highest figures."""
    columns = [table.column(key) for key in keys]
    rows = [row for row in table.rows if any(_pairs(row, columns))]
    rows = sorted(rows, key=lambda row: _pairs(row, columns), reverse=True)
    most = max((max(_pairs(row, columns)) for row in rows[:BARS]), default=0) or 1
    thick = BAR / len(columns)
    values = [
        " / ".join(shown(columns[0].kind, value) for value in _pairs(row, columns))
        for row in rows[:BARS]
    ]
    names = max(NAMES[0], _room((row.label for row in rows[:BARS]), NAMES[1] - NAME_GAP) + NAME_GAP)
    widest = WIDTH - names - 16 - SIGN * max(map(len, values), default=0)
    made = []
    for number, row in enumerate(rows[:BARS]):
        y = number * (BAR + GAP)
        found = _pairs(row, columns)
        blocks = tuple(
            Block(n, round(y + (n - 1) * thick, 1), round(value / most * widest, 1))
            for n, value in enumerate(found, 1)
        )
        end = names + max(block.width for block in blocks) + 8
        made.append(Bar(row.label, y, blocks, values[number], end))
    return Bars(tuple(made), len(made) * (BAR + GAP), names, max(0, len(rows) - BARS))


def _room(names: Iterable[str], most: int) -> int:
    """What the longest name takes, as large as it is on a phone."""
    widest = max((sum(18 if sign > "\u2e80" else 10 for sign in name) for name in names), default=0)
    return min(widest, most)
