"""Lists: keyset paging on (sort column, id), so that page 1,000 costs what page 1 costs."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core.db import db

SIZES = (20, 50, 100)
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Page:
    """Rows of one page, cursors of its neighbours (None at an end) and
    the count, capped at 10,001.
    """

    rows: Sequence[Any]
    previous: str | None
    next: str | None
    count: int
    size: int


def _pack(values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
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


def page(
    query: sa.Select[Any],
    *,
    keys: Sequence[Any],
    descending: bool,
    after: str = "",
    before: str = "",
    size: int = SIZES[0],
    counted: sa.Select[Any] | None = None,
) -> Page:
    """One page of an entity query, ordered by `keys` (columns of one entity, the last one unique).

    A cursor that was tampered with starts at the beginning. Costs one query whatever the page.
    `counted` is the same query in words that another index answers, where the order's index would
    make counting slow.
    """
    size = sized(size)
    found = (
        query.with_only_columns(sa.literal_column("1"), maintain_column_froms=True)
        if counted is None
        else counted
    )
    counting = sa.select(sa.func.count()).select_from(
        found.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    )
    there, back = position(keys, after, before)
    downwards = descending != back
    if there is not None:
        row, mark = (
            sa.tuple_(*keys),
            sa.tuple_(*(sa.literal(v, k.type) for v, k in zip(there, keys, strict=True))),
        )
        query = query.where(row < mark if downwards else row > mark)
    ordered = query.order_by(None).order_by(*(k.desc() if downwards else k.asc() for k in keys))
    both = (
        db.session.execute(ordered.add_columns(counting.scalar_subquery()).limit(size + 1))
        .unique()
        .all()
    )
    if both:
        count = both[0][1]
    else:  # past an end, or nothing at all
        count = (db.session.scalar(counting) or 0) if there is not None else 0
    rows = [row[0] for row in both]
    more = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()

    def cursor(row: Any) -> str:
        return _pack([getattr(row, k.key) for k in keys])

    has_previous = more if back else there is not None
    has_next = True if back else more
    return Page(
        rows=rows,
        previous=cursor(rows[0]) if rows and has_previous else None,
        next=cursor(rows[-1]) if rows and has_next else None,
        count=count,
        size=size,
    )


def like(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Case-insensitive substring match; % and _ in the text stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    matched: sa.ColumnElement[bool] = column.ilike(f"%{escaped}%", escape="\\")
    return matched
