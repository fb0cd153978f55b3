"""Two lines of hourly figures as coordinates, drawn as SVG by the template."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 720, 236, 34, 688, 20
STEP = (RIGHT - LEFT) / 23


@dataclass(frozen=True)
class Lines:
    """Points of today (up to this hour) and yesterday, grid lines (y, value),
    today's last and highest point.
    """

    today: str
    yesterday: str
    grid: tuple[tuple[float, int], ...]
    last: tuple[float, float, int]
    peak: tuple[float, float, int, int]


def _round_up(value: int) -> int:
    """The least of 3, 6, 12, 15, 30, 60 … that the value fits under."""
    power = 1
    while True:
        for base in (3, 6, 12, 15):
            if base * power >= value:
                return base * power
        power *= 10


def lines(today: Sequence[int], yesterday: Sequence[int], hour: int) -> Lines:
    """24 figures each; today's line ends at `hour`."""
    top = _round_up(max(*today, *yesterday, 3))

    def place(n: int, value: int) -> tuple[float, float]:
        return round(LEFT + n * STEP, 1), round(HEIGHT - value / top * (HEIGHT - TOP), 1)

    def path(values: Sequence[int]) -> str:
        return " ".join(f"{x},{y}" for x, y in (place(n, v) for n, v in enumerate(values)))

    shown = list(today[: hour + 1])
    peak = max(range(len(shown)), key=lambda n: shown[n])
    return Lines(
        path(shown),
        path(yesterday),
        tuple((place(0, top * n // 3)[1], top * n // 3) for n in range(4)),
        (*place(hour, shown[-1]), shown[-1]),
        (*place(peak, shown[peak]), shown[peak], peak),
    )
