"""Rows become tickets, and tickets of a batch go again, a part in a transaction (MIG-1).

Nothing here runs triggers or sends mails: rows are written as they were, with their own times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, vault
from occ.core.db import Base, db
from occ.core.events import emit
from occ.core.live import touch
from occ.customers import intake
from occ.customers.models import Customer, Membership
from occ.customers.service import Known
from occ.fields import queries as fields
from occ.identity import queries as identity
from occ.migration import queries
from occ.migration.models import Batch, BatchCustomer, BatchTicket
from occ.migration.rules.batches import BatchState
from occ.organization.models import Service
from occ.ticket_settings.queries import languages
from occ.tickets.events import TicketsRewritten
from occ.tickets.models import Ticket, TicketEntry, TicketEvent, TicketValue
from occ.tickets.rules import Channel, Entry, Fact, Priority, State
from occ.tickets.search import index
from occ.tickets.values import queries as values
from occ.tickets.writes import scope

MADE = "migration"
"""How an event says that a ticket was brought in."""


class NotMine(Exception):
    """Somebody stopped the batch, or another process has made these rows."""


class FieldsChanged(Exception):
    """A field of checked rows is another one by now."""


def live_scope(ident: int) -> str:
    """The live scope of a batch."""
    return f"migration/{ident}"


def touched(batch: Batch) -> None:
    touch("migration", live_scope(batch.id))


@dataclass(frozen=True)
class Place:
    """Where rows become tickets, read before their transactions: the service with the language of
    its tickets, the members who are its agents, and the names of those whom rows name.
    """

    service_id: int
    slug: str
    language: str
    agents: set[int]
    names: Mapping[int, str]


def place(of: Service, rows: Sequence[Mapping[str, Any]]) -> Place:
    """That of some rows."""
    agents = {agent.member_id for agent in identity.all_agents(of.id)}
    names = identity.names(sorted({row["a"] for row in rows if row["a"]}))
    return Place(of.id, of.slug, languages(of)[0], agents, names)


def _count(ident: int, state: BatchState, change: int, *where: sa.ColumnElement[bool]) -> None:
    """Counts tickets of a batch; raises NotMine where it stands otherwise."""
    mine = sa.update(Batch).where(Batch.id == ident, Batch.state == state, *where)
    quiet = {"synchronize_session": False}
    if not db.changed(mine.values(made=Batch.made + change).execution_options(**quiet)):
        raise NotMine
    touch("migration", live_scope(ident))


def make(ident: int, at: int, rows: Sequence[Mapping[str, Any]], here: Place) -> int:
    """Tickets of the rows that follow the first `at`; all of them or, where somebody stopped it or
    made them, NotMine. Returns how many.
    """
    _count(ident, BatchState.MAKING, len(rows), Batch.made == at)
    whose = [Known(row["c"][3], row["c"][0], row["c"][1], row["c"][2]) for row in rows]
    found = intake.found_or_made(here.service_id, whose)
    tickets = [
        _ticket(here, row, customer) for row, customer in zip(rows, found.idents, strict=True)
    ]
    idents = db.inserted(Ticket, tickets)
    entries, events = _history(idents, rows, tickets, here.names)
    db.insert_all(TicketEntry, entries)
    db.insert_all(TicketEvent, events)
    db.insert_all(TicketValue, _values(here.service_id, idents, rows))
    db.insert_all(BatchTicket, [{"ticket_id": one, "batch_id": ident} for one in idents])
    db.insert_all(BatchCustomer, [{"customer_id": one, "batch_id": ident} for one in found.made])
    instants = {at for row in rows for at in map(_time, row["t"]) if at}
    emit(TicketsRewritten(here.service_id, instants))
    touch(scope(here.slug))
    return len(rows)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _ticket(here: Place, row: Mapping[str, Any], customer: int | None) -> dict[str, Any]:
    received, resolved, done = map(_time, row["t"])
    state, assignee = State(row["st"]), row["a"]
    if state in (State.PROGRESS, State.HOLD) and assignee not in here.agents:
        state, assignee = State.UNASSIGNED, None  # an agent of the day it was checked
    return {
        "service_id": here.service_id,
        "channel": Channel.MIGRATION,
        "state": state,
        "subject": row["s"],
        "priority": Priority(row["p"]),
        "customer_id": customer,
        "assignee_id": assignee,
        "intake_id": row["i"],
        "resolution_id": row["r"],
        "language": here.language,
        "created_at": received,
        "held_at": received if state is State.HOLD else None,
        "resolved_at": resolved,
        "done_at": done,
        "indexed": False,
        "version": 1,
    }


def _history(
    idents: Sequence[int],
    rows: Sequence[Mapping[str, Any]],
    tickets: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was written and what happened, at the rows' own times."""
    entries: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for ident, row, ticket in zip(idents, rows, tickets, strict=True):
        by = row["a"]
        name = names.get(by, "") if by else ""
        received = ticket["created_at"]
        entries.append(_entry(ident, Entry.INQUIRY, None, "", row["b"], received))
        events.append(_event(ident, Fact.CREATED, None, "", {"direction": MADE}, received))
        if row["w"]:
            resolved = ticket["resolved_at"]
            entries.append(_entry(ident, Entry.ANSWER, by, name, row["w"], resolved))
        if ticket["resolved_at"]:
            events.append(_event(ident, Fact.RESOLVED, by, name, {}, ticket["resolved_at"]))
        if ticket["done_at"]:
            events.append(_event(ident, Fact.FINISHED, None, "", {}, ticket["done_at"]))
    return entries, events


def _entry(
    ident: int, kind: Entry, by: int | None, name: str, body: str, at: datetime
) -> dict[str, Any]:
    return {
        "ticket_id": ident,
        "kind": kind,
        "author_id": by,
        "author": name,
        "body": body,
        "at": at,
    }


def _event(
    ident: int, fact: Fact, by: int | None, name: str, detail: dict[str, Any], at: datetime
) -> dict[str, Any]:
    return {
        "ticket_id": ident,
        "fact": fact,
        "actor_id": by,
        "actor": name,
        "detail": detail,
        "at": at,
    }


def _values(
    service_id: int, idents: Sequence[int], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What fields say, sealed where the field is encrypted by now; a purge counts from the time at
    which the inquiry was received.
    """
    codes = sorted({code for row in rows for code in row["v"]})
    if not codes:
        return []
    defined = fields.as_stored(service_id, codes)
    if len(defined) < len(codes):
        raise FieldsChanged
    found = []
    for ident, row in zip(idents, rows, strict=True):
        for code, value in row["v"].items():
            sealed = defined[code].encrypted
            found.append(
                {
                    "ticket_id": ident,
                    "code": code,
                    "text": None if sealed else value,
                    "sealed": vault.seal(value, values.about(ident, code)) if sealed else None,
                    "stored_at": _time(row["t"][0]),
                }
            )
    return found


def unmake(ident: int, slug: str, limit: int) -> int:
    """Removes tickets of a batch on which nobody has worked, with all that is theirs, the search
    index included. Returns how many.
    """
    rows = queries.untouched(ident, limit)
    if rows:
        _count(ident, BatchState.UNDOING, -len(rows))
        index.forget([(row.service_id, row.id) for row in rows])
        times = (at for row in rows for at in (row.created_at, row.resolved_at, row.done_at))
        emit(TicketsRewritten(rows[0].service_id, {at for at in times if at is not None}))
        db.session.execute(
            sa.delete(Ticket)
            .where(Ticket.id.in_([row.id for row in rows]))
            .execution_options(synchronize_session=False)
        )
        touch(scope(slug))
    return len(rows)


def unmake_customers(ident: int, _slug: str, limit: int) -> int:
    """Removes customers whom a batch made and whom nothing else knows by now; of the others it is
    forgotten that it made them. Returns how many it looked at.
    """
    batch: Batch = db.lock(Batch, ident)
    if batch.state is not BatchState.UNDOING:
        raise NotMine
    idents = queries.customers(ident, limit)
    if not idents:
        return 0
    unused = sa.select(Customer.id).where(
        Customer.id.in_(idents), Customer.version == 1, *map(sa.not_, _uses())
    )
    gone = list(db.session.scalars(unused.with_for_update(of=Customer)))
    quiet = {"synchronize_session": False}
    for table, column in (
        (BatchCustomer, BatchCustomer.customer_id),
        (Membership, Membership.customer_id),
        (Customer, Customer.id),
    ):
        there = idents if table is BatchCustomer else gone
        db.session.execute(sa.delete(table).where(column.in_(there)).execution_options(**quiet))
    return len(idents)


def _uses() -> list[sa.ColumnElement[bool]]:
    """That a row of any table names a customer, but for what a batch itself has made of them."""
    found: list[sa.ColumnElement[bool]] = []
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if not any(key.column is Customer.__table__.c.id for key in column.foreign_keys):
                continue
            if table is BatchCustomer.__table__:
                continue
            there = table.alias()
            names = there.c[column.name] == Customer.id
            if table is Membership.__table__:  # seen again since: it is its site's by now
                names = sa.and_(names, there.c.seen_at != Customer.created_at)
            found.append(sa.exists(sa.select(1).select_from(there).where(names)))
    return found


def end(batch: Batch, state: BatchState, why: str = "") -> None:
    """Nobody works on it any more."""
    batch.state, batch.why, batch.ended_at = state, why[:500], clock.now()
    touched(batch)
