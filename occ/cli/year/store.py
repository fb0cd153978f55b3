"""Rows of the demo's year on their way into the database, numbered as they are made."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from occ.callbacks.models import Callback
from occ.core.db import db
from occ.customers.models import Customer
from occ.sms.models import SmsRecipient, SmsSending
from occ.telephony.models import AgentInterval, Call, CtiSession, Leg, QueueEntry
from occ.tickets.models import Ticket, TicketEntry, TicketEvent, TicketValue

NUMBERED = (Customer, Call, Ticket, SmsSending)
# what others point to comes first
TABLES = (
    *NUMBERED,
    Leg,
    QueueEntry,
    AgentInterval,
    CtiSession,
    Callback,
    TicketEntry,
    TicketEvent,
    TicketValue,
    SmsRecipient,
)
PART = 4_000  # rows of a table in one statement


class Store:
    """Collects rows by table, and writes them all at once."""

    def __init__(self) -> None:
        self._rows: dict[Any, list[Mapping[str, Any]]] = {table: [] for table in TABLES}
        newest = [sa.select(sa.func.max(table.id)).scalar_subquery() for table in NUMBERED]
        found = db.session.execute(sa.select(*newest)).one()
        self._next = {table: (last or 0) + 1 for table, last in zip(NUMBERED, found, strict=True)}

    def number(self, table: Any) -> int:
        """The number of the next row of a table."""
        found = self._next[table]
        self._next[table] += 1
        return found

    def add(self, table: Any, **row: Any) -> None:
        self._rows[table].append(row)

    def write(self) -> None:
        """Writes what was collected; a table's rows all have the same columns."""
        with db.write() as session:
            for table, rows in self._rows.items():
                for start in range(0, len(rows), PART):
                    db.insert_all(table, rows[start : start + PART])
            if session.get_bind().dialect.name == "postgresql":
                for table in NUMBERED:
                    self._count_on(table)
        for rows in self._rows.values():
            rows.clear()

    def _count_on(self, table: Any) -> None:
        """PostgreSQL counts on from the numbers that were given."""
        serial = sa.func.pg_get_serial_sequence(table.__tablename__, "id")
        last = sa.select(sa.func.max(table.id)).scalar_subquery()
        db.session.execute(sa.select(sa.func.setval(serial, sa.func.coalesce(last, 1))))
