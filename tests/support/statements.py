"""The statements of what runs, and how the database would carry them out."""

import itertools
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.core.db import db

AROUND = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA", "EXPLAIN", "SET LOCAL")
MANY = 1_000  # rows that PostgreSQL expects to sort


class Counter:
    """Keeps the statements of what runs inside, each with its values, and the seconds they took.

    Those of other threads, which earlier tests may have left at work, are not of it.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.values: list[Any] = []
        self.seconds = 0.0
        self._thread = threading.get_ident()

    def __enter__(self) -> "Counter":
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", self._note)
        sa.event.listen(sa.engine.Engine, "after_cursor_execute", self._end)
        return self

    def __exit__(self, *error: object) -> None:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", self._note)
        sa.event.remove(sa.engine.Engine, "after_cursor_execute", self._end)

    def _note(
        self, connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if self._thread == threading.get_ident() and not statement.startswith(AROUND):
            self.statements.append(statement)
            self.values.append(values[0] if many else values)
        self._began = time.perf_counter()

    def _end(self, *args: Any) -> None:
        self.seconds += time.perf_counter() - self._began


@dataclass(frozen=True)
class Plan:
    """What of growing tables a statement reads whole, and whether it sorts any of them."""

    scans: tuple[str, ...]
    sorts: bool


def plans(counted: Counter, growing: frozenset[str]) -> list[Plan]:
    """The plan of each statement that was counted; `growing` are the names of tables that hold
    many rows now.
    """
    connection = db.session.connection()
    read = _of_sqlite if connection.dialect.name == "sqlite" else _of_postgres
    return [
        read(connection, statement, values, growing)
        for statement, values in zip(counted.statements, counted.values, strict=True)
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", statement)
    ]


def _of_sqlite(
    connection: sa.Connection, statement: str, values: Any, growing: frozenset[str]
) -> Plan:
    """SQLite names what it reads by its alias, which is the table's name with a number."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    steps = [str(row[3]) for row in rows]
    read = {
        re.sub(r"_\d+$", "", found[2]): found[1]
        for step in steps
        if (found := re.match(r"(SCAN|SEARCH) (\w+)", step))
    }
    named = {name for name in growing if re.search(rf"\b{name}\b", statement)}
    sorts = any("TEMP B-TREE" in step for step in steps)
    return Plan(
        tuple(sorted(name for name, how in read.items() if how == "SCAN" and name in growing)),
        sorts and bool(named & set(read)),
    )


def _of_postgres(
    connection: sa.Connection, statement: str, values: Any, growing: frozenset[str]
) -> Plan:
    """PostgreSQL chooses by the size of tables, so it is asked to avoid both: what it still reads
    whole or sorts has no index.
    """
    with connection.begin_nested() as trial:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
        answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
        top = answer.scalar_one()[0]["Plan"]
        trial.rollback()
    steps = list(_steps(top))
    return Plan(
        tuple(
            sorted(
                step["Relation Name"]
                for step in steps
                if step["Node Type"] == "Seq Scan" and step["Relation Name"] in growing
            )
        ),
        any(step["Node Type"].endswith("Sort") and step["Plan Rows"] >= MANY for step in steps),
    )


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)


def looked_at(counted: Counter, naming: str = "") -> int:
    """What the statements that read look at, those with a text in them, in figures that are the same
    on every machine: steps of SQLite's machine, which takes one and more for an entry of an index,
    or rows of PostgreSQL's plans.
    """
    connection = db.session.connection()
    look = _steps_of_sqlite if connection.dialect.name == "sqlite" else _rows_of_postgres
    return sum(
        look(connection, statement, values)
        for statement, values in zip(counted.statements, counted.values, strict=True)
        if re.match(r"\s*(SELECT|WITH)", statement) and naming in statement
    )


def _steps_of_sqlite(connection: sa.Connection, statement: str, values: Any) -> int:
    rounds = itertools.count()
    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: next(rounds) < 0, 10)
    try:
        connection.exec_driver_sql(statement, values).all()
    finally:
        driver.set_progress_handler(None, 0)
    return next(rounds) * 10


def _rows_of_postgres(connection: sa.Connection, statement: str, values: Any) -> int:
    """As where tables are long: short ones it reads whole. Entries of an index that tell it which
    rows to fetch are none.
    """
    with connection.begin_nested() as trial:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        answer = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        top = answer.scalar_one()[0]["Plan"]
        trial.rollback()
    return round(
        sum(
            (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
            for step in _steps(top)
            if step["Node Type"] != "Bitmap Index Scan"
        )
    )
