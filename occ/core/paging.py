"""Lists: keyset paging on (sort column, id), so that page 1,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from occ.core.db import db

SIZES = (20, 50, 100)
COUNT_LIMIT = 10_000
LOOK, LOOK_ON = 10_000, 100_000
"""Rows that a page of a search looks at which no index answers: the first one, and one that was
asked to search on.
"""


@dataclass(frozen=True)
class Page:
    """Rows of one page, cursors of its neighbours (None at an end) and
    the count, capped at 10,001.

    Of a search that no index answers the count is `partial` where there is more to look at; where
    it `stopped` before the page was full, the next page looks further.
    """

    rows: Sequence[Any]
    previous: str | None
    next: str | None
    count: int
    size: int
    partial: bool = False
    stopped: bool = False


@dataclass(frozen=True)
class Look:
    """What a page of a search looks at that no index answers: rows of the list from the page's
    position up to `last`, for the count from the list's beginning up to `counted`.

    Both are the keys of a row, None at an end of the list.
    """

    last: Sequence[Any] | None
    counted: Sequence[Any] | None


@dataclass(frozen=True)
class Columns:
    """How rows of a list are read as columns, a third of the work of entities: the select of them
    made of one of entities, and what a row becomes, whatever it has behind them.
    """

    of: Callable[[sa.Select[Any]], sa.Select[Any]]
    make: Callable[[Sequence[Any]], Any]


def _pack(values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, date) else v for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _unpack(cursor: str, types: Sequence[type]) -> list[Any] | None:
    """The position a cursor names; None when it was not made here."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor[:500] + "=" * (-len(cursor) % 4)))
        return [_value(v, t) for v, t in zip(values, types, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _value(value: Any, kind: type) -> Any:
    """A value as its column holds it; raises ValueError when it cannot."""
    if kind is datetime:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None or not 1970 <= instant.year <= 2200:
            raise ValueError(value)
        return instant
    if kind is date:
        return date.fromisoformat(value)
    if kind is bool:
        if type(value) is not bool:
            raise ValueError(value)
        return value
    if kind is int:
        if type(value) is not int or not 0 <= value < 2**31:
            raise ValueError(value)
        return value
    text = str(value)
    text.encode()  # lone surrogates are refused
    return text.replace("\x00", "")


def sized(size: int) -> int:
    """A page size that is offered."""
    return size if size in SIZES else SIZES[0]


def position(keys: Sequence[Any], after: str, before: str) -> tuple[list[Any] | None, bool]:
    """Where a page begins, and whether it goes back from there; (None, False) at the beginning and
    for what is no cursor.
    """
    found = (
        _unpack(before or after, [k.type.python_type for k in keys]) if before or after else None
    )
    return found, bool(before) and found is not None


def look(
    listed: sa.Select[Any], *, keys: Sequence[Any], descending: bool, after: str, before: str
) -> Look:
    """How far a page of a search looks; `listed` is its list without what is searched for."""

    def edge(there: Sequence[Any] | None, *, downwards: bool, rows: int) -> Sequence[Any] | None:
        onward = _onward(listed, keys, there, downwards=downwards)
        found = onward.with_only_columns(*keys, maintain_column_froms=True)
        ends = db.session.execute(found.offset(rows - 1).limit(2)).all()
        return ends[0] if len(ends) > 1 else None  # with one behind it

    there, back = position(keys, after, before)
    counted = edge(None, downwards=descending, rows=LOOK)
    if there is None:
        return Look(counted, counted)
    return Look(edge(there, downwards=descending != back, rows=LOOK_ON), counted)


def _compared(keys: Sequence[Any], values: Sequence[Any]) -> tuple[Any, Any]:
    """A row's keys and some values of them, as databases compare them at once."""
    literals = (sa.literal(v, k.type) for v, k in zip(values, keys, strict=True))
    return sa.tuple_(*keys), sa.tuple_(*literals)


def _order(keys: Sequence[Any], *, downwards: bool) -> list[Any]:
    return [k.desc() if downwards else k.asc() for k in keys]


def _onward(
    query: sa.Select[Any], keys: Sequence[Any], there: Sequence[Any] | None, *, downwards: bool
) -> sa.Select[Any]:
    """A query from a position on, in order."""
    if there is not None:
        row, mark = _compared(keys, there)
        query = query.where(row < mark if downwards else row > mark)
    return query.order_by(None).order_by(*_order(keys, downwards=downwards))


def _until(
    query: sa.Select[Any], keys: Sequence[Any], last: Sequence[Any] | None, *, downwards: bool
) -> sa.Select[Any]:
    """A query up to and with a row."""
    if last is None:
        return query
    row, mark = _compared(keys, last)
    return query.where(row >= mark if downwards else row <= mark)


def counting(query: sa.Select[Any], counted: sa.Select[Any] | None = None) -> sa.Select[Any]:
    """How many rows an entity query has, or another one, as far as pages count them."""
    if counted is None:
        counted = query.with_only_columns(sa.literal_column("1"), maintain_column_froms=True)
    there_are = counted.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    return sa.select(sa.func.count()).select_from(there_are)


def first_page(rows: Sequence[Any], *, keys: Sequence[Any], size: int, count: int) -> Page:
    """The first page of a list of which one row more than `size` was read, if there is one."""
    shown = rows[:size]
    further = _cursor(shown[-1], keys) if len(rows) > size else None
    return Page(rows=shown, previous=None, next=further, count=count, size=size)


def _cursor(row: Any, keys: Sequence[Any]) -> str:
    return _pack([getattr(row, key.key) for key in keys])


def page(
    query: sa.Select[Any],
    *,
    keys: Sequence[Any],
    descending: bool,
    after: str = "",
    before: str = "",
    size: int = SIZES[0],
    counted: sa.Select[Any] | None = None,
    within: Look | None = None,
    columns: Columns | None = None,
) -> Page:
    """One page of an entity query, ordered by `keys` (columns of one entity, the last one unique).

    A cursor that was tampered with starts at the beginning. Costs one query whatever the page.
    `counted` is the same query in words that another index answers, where the order's index would
    make counting slow. `within` is what a search looks at that no index answers. The rows are
    entities, or what `columns` makes of them.
    """
    size = sized(size)
    there, back = position(keys, after, before)
    order = _order(keys, downwards=descending != back)
    if within is None:
        ordered = _onward(query, keys, there, downwards=descending != back)
        number = counting(query, counted)
    else:
        # by keys alone: an index that has what is searched for is looked at without the rows
        keyed = query.with_only_columns(*keys, maintain_column_froms=True)
        there_are = _until(keyed, keys, within.counted, downwards=descending).cte("fitting")
        number = sa.select(sa.func.count()).select_from(there_are)
        if there is None:
            first = [there_are.c[k.key] for k in keys]
            idents = sa.select(first[-1]).order_by(*_order(first, downwards=descending))
        else:
            onward = _onward(keyed, keys, there, downwards=descending != back)
            idents = _until(onward, keys, within.last, downwards=descending != back)
            idents = idents.with_only_columns(keys[-1], maintain_column_froms=True).correlate(None)
        rows = sa.select(keys[-1].parent.entity)
        ordered = rows.where(keys[-1].in_(idents.limit(size + 1))).order_by(*order)
    ordered, total = ordered.limit(size + 1), number.scalar_subquery()
    if columns is None:
        both = db.session.execute(ordered.add_columns(total)).unique().all()
        shown = [row[0] for row in both]
    else:
        both = db.session.connection().execute(columns.of(ordered).add_columns(total)).all()
        shown = [columns.make(row) for row in both]
    if both:
        count = both[0][-1]
    else:  # past an end, or nothing at all
        count = (db.session.scalar(number) or 0) if there is not None else 0
    more = len(shown) > size
    shown = shown[:size]
    if back:
        shown.reverse()

    head, tail = (_cursor(shown[0], keys), _cursor(shown[-1], keys)) if shown else (None, None)
    edge = within.last if within is not None else None
    further = head if back else tail
    if not more:
        further = _pack(edge) if edge is not None else None
    return Page(
        rows=shown,
        previous=further if back else head if there is not None else None,
        next=tail if back else further,
        count=count,
        size=size,
        partial=within is not None and within.counted is not None,
        stopped=edge is not None and not more and not back,
    )


def like(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Case-insensitive substring match; % and _ in the text stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    matched: sa.ColumnElement[bool] = column.ilike(f"%{escaped}%", escape="\\")
    return matched
