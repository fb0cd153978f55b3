"""What a page of statistics is: its filters, columns and rows, for the console, Excel and mail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any

from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics import labels
from occ.statistics.days import Period, Unit
from occ.statistics.rules.tables import Column, Facts, Progress, Value, folded

ALL_UNITS = tuple(Unit)
ALL = "all"  # of a filter by rows: none of them


@dataclass(frozen=True)
class Choice:
    """A filter beside the period: `options` are (value, words), of which the first holds where the
    address says nothing that is offered.
    """

    name: str
    label: Any
    options: Callable[[Service], Sequence[tuple[str, Any]]]


def one_of(name: str, label: Any, every: Any, rows: Callable[[Service], Iterable[Any]]) -> Choice:
    """A filter by one of some rows, whose values are their ids, or by none of them."""
    return Choice(
        name,
        label,
        lambda service: [(ALL, every), *((f"{row.id}", row.name) for row in rows(service))],
    )


@dataclass(frozen=True)
class Asked:
    """What somebody asks of a page: a service, a period of its days, and the chosen filters."""

    service: Service
    period: Period
    chosen: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.chosen[name]

    def ident(self, name: str) -> int | None:
        """The id of the row that a filter means; None where it means all."""
        return None if self[name] == ALL else int(self[name])


def unit(asked: Asked) -> Any:
    """The head of rows that are parts of the period."""
    return labels.UNITS[asked.period.unit]


@dataclass(frozen=True)
class Row:
    """A row: what it is about, in an address and in words, and its facts."""

    key: str
    label: str
    facts: Facts


@dataclass(frozen=True)
class Link:
    """Where the rows behind a figure are: an endpoint of a service, with values of its address."""

    endpoint: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of statistics.

    `rows` reads facts, the only part that asks the database. Without `units` rows are no parts of
    the period. `figures` are columns that stand above the table, `charts` sets of up to five of
    them that are drawn together. `leads` says where a figure of a column with `leads` leads,
    `progress` how far the daily sums are that `rows` reads.
    """

    media: str
    name: str
    title: Any
    lead: Any
    feature: Feature
    head: Callable[[Asked], Any]
    columns: Callable[[Asked], Sequence[Column]]
    rows: Callable[[Asked], Sequence[Row]]
    units: tuple[Unit, ...] = ()
    choices: tuple[Choice, ...] = ()
    figures: tuple[str, ...] = ()
    charts: tuple[tuple[str, ...], ...] = ()
    leads: Callable[[Asked, Row | None, Column], Link | None] = lambda asked, row, column: None
    progress: Callable[[Service, Period], Progress] = lambda service, period: Progress()

    @property
    def key(self) -> str:
        """Its name where something about it is kept."""
        return f"{self.media}/{self.name}"


@dataclass(frozen=True)
class Table:
    """A page's figures: the rows of the period and of the one before."""

    page: Page
    asked: Asked
    every: Sequence[Column]
    columns: Sequence[Column]
    rows: Sequence[Row]
    rows_before: Sequence[Row]

    @cached_property
    def total(self) -> Facts:
        return folded(row.facts for row in self.rows)

    @cached_property
    def before(self) -> Facts:
        """The total of the period before."""
        return folded(row.facts for row in self.rows_before)

    def cells(self, facts: Facts) -> list[tuple[Column, Value]]:
        """The values of the chosen columns."""
        return [(column, column.of(facts)) for column in self.columns]

    def column(self, key: str) -> Column:
        return next(column for column in self.every if column.key == key)

    @property
    def heads(self) -> list[tuple[Any, list[Column]]]:
        """The chosen columns in order, those beside each other under the same words together."""
        return [
            (group, list(columns))
            for group, columns in groupby(self.columns, key=lambda column: column.group)
        ]

    @property
    def is_empty(self) -> bool:
        return not any(value for value in self.total.values())


def being_counted(page: Page, asked: Asked) -> Progress | None:
    """How far the daily sums of a period and of the one before are; None where what they lack is
    counted with the page.
    """
    found = page.progress(asked.service, asked.period)
    found += page.progress(asked.service, asked.period.before)
    return found if found.is_behind else None


def table(page: Page, asked: Asked, chosen: Sequence[str] | None = None) -> Table:
    """The figures of a page; `chosen` are the keys of the columns that somebody keeps, None where
    they chose none.
    """
    every = page.columns(asked)
    keys = {column.key for column in every if column.shown} if chosen is None else set(chosen)
    columns = [column for column in every if column.key in keys] or every
    before = Asked(asked.service, asked.period.before, asked.chosen)
    return Table(page, asked, every, columns, page.rows(asked), page.rows(before))
