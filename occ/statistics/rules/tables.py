"""What every table of figures is made of: facts that add up, columns that are reckoned from them.

A row holds facts, never shares or averages: those are reckoned from the sums, so that the line of
totals says what the whole period says, not what its rows say on average.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Facts = Mapping[str, Any]
Value = int | float | str | datetime | None
LEAST, MOST = "min_", "max_"  # names of facts of which the least or the most counts, not the sum


class Kind(enum.Enum):
    """What a column's values are: whole numbers, seconds, percent, words, instants."""

    NUMBER = "number"
    DURATION = "duration"
    SHARE = "share"
    TEXT = "text"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """One column: its words, with those of a `group` above several, and how its value is reckoned
    from a row's facts.

    `leads` names the figure by which rows behind it are found; `shown` is whether those see it who
    chose no columns of their own.
    """

    key: str
    label: Any
    of: Callable[[Facts], Value]
    kind: Kind = Kind.NUMBER
    group: Any = ""
    leads: str = ""
    shown: bool = True


LIVE_ROWS = 50_000  # as many a page counts at once: about a quarter of a second


@dataclass(frozen=True)
class Progress:
    """How many days of a period are long past, of how many the sums are made, and how many rows
    the others have, of which more than LIVE_ROWS are counted no further.
    """

    days: int = 0
    made: int = 0
    rows: int = 0

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.days + other.days, self.made + other.made, self.rows + other.rows)

    @property
    def is_behind(self) -> bool:
        """Whether so much is left that a page waits for the job that makes the sums."""
        return self.rows > LIVE_ROWS


def folded(rows: Iterable[Facts]) -> dict[str, Any]:
    """The facts of several rows as those of one: sums, the most of `max_…` and the least of
    `min_…`. What is neither a number nor of these has no place in totals.
    """
    total: dict[str, Any] = {}
    for facts in rows:
        for name, value in facts.items():
            if value is None:
                continue
            if name not in total:
                if name.startswith((LEAST, MOST)) or isinstance(value, int | float):
                    total[name] = value
            elif name.startswith(MOST):
                total[name] = max(total[name], value)
            elif name.startswith(LEAST):
                total[name] = min(total[name], value)
            else:
                total[name] += value
    return total


def number(name: str) -> Callable[[Facts], Value]:
    """The fact itself; 0 where there is none."""
    return lambda facts: facts.get(name) or 0


def total(*names: str) -> Callable[[Facts], Value]:
    """Several facts together."""
    return lambda facts: sum(facts.get(name) or 0 for name in names)


def seconds(name: str, *, ms: bool = False) -> Callable[[Facts], Value]:
    """A length of time, rounded to whole seconds, from a fact in seconds or milliseconds."""
    return lambda facts: round((facts.get(name) or 0) / (1000 if ms else 1))


def average(name: str, *of: str, ms: bool = False) -> Callable[[Facts], Value]:
    """The mean length in seconds of the `of` that the length belongs to; None where there are
    none.
    """

    def mean(facts: Facts) -> Value:
        count = sum(facts.get(one) or 0 for one in of)
        return round((facts.get(name) or 0) / count / (1000 if ms else 1)) if count else None

    return mean


def share(part: str, *of: str) -> Callable[[Facts], Value]:
    """A part of the whole in percent with one decimal; None where there is no whole."""

    def percent(facts: Facts) -> Value:
        whole = sum(facts.get(one) or 0 for one in of)
        # half up, as the wallboard does (MON)
        return ((facts.get(part) or 0) * 2000 + whole) // (2 * whole) / 10 if whole else None

    return percent


def as_is(name: str) -> Callable[[Facts], Value]:
    """The fact, whatever it is; None where there is none."""
    return lambda facts: facts.get(name)


def change(now: Value, before: Value) -> float | None:
    """By how many percent a figure grew; None where nothing was before, or either is no number."""
    if not isinstance(now, int | float) or not isinstance(before, int | float) or not before:
        return None
    return round((now - before) * 100 / before, 1)
