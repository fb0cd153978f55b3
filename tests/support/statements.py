"""Counts what is asked of the database."""

from typing import Any

import sqlalchemy as sa


class Counter:
    """Counts the statements of what runs inside."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __enter__(self) -> "Counter":
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")):
            self.statements.append(statement)
