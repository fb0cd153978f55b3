"""Tickets as the conditions of triggers see them (TRG-2)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.fields.models import Field
from occ.ticket_settings import queries as settings
from occ.tickets.models import Ticket, TicketEntry, TicketValue
from occ.tickets.rules import Entry
from occ.triggers.rules import Snapshot, Subject


def values_of(ticket: Ticket, needed: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What the needed keys say; categories with all they stand below, so that a condition on one holds for those under it."""
    return of_many([ticket], needed)[ticket.id]


def of_many(tickets: Sequence[Ticket], needed: Collection[str]) -> dict[int, dict[str, tuple[str, ...]]]:
    """The same for several tickets, a few statements for all."""
    bodies = _bodies([t.id for t in tickets]) if Subject.BODY.value in needed else {}
    fields = _fields([t.id for t in tickets]) if any(key.startswith("field:") for key in needed) else {}
    types = (
        {ident for t in tickets for ident in (t.intake_id, t.resolution_id) if ident} if {"intake", "resolution"} & set(needed) else set()
    )
    above = settings.ancestors(types)
    return {t.id: {**_plain(t, above), "body": bodies.get(t.id, ()), **fields.get(t.id, {})} for t in tickets}


def _plain(ticket: Ticket, above: Mapping[int, Sequence[int]]) -> dict[str, tuple[str, ...]]:
    def ids(*found: Any) -> tuple[str, ...]:
        return tuple(str(one) for one in found if one)

    now = clock.now()

    def hours(since: datetime) -> tuple[str, ...]:
        return (f"{(now - since).total_seconds() / 3600:.4f}",)

    return {
        "state": (ticket.state.value,), "channel": (ticket.channel.value,), "priority": (ticket.priority.value,),
        "title": (ticket.subject,), "intake": ids(ticket.intake_id, *above.get(ticket.intake_id or 0, ())), "language": (ticket.language,),
        "resolution": ids(ticket.resolution_id, *above.get(ticket.resolution_id or 0, ())), "assignee": ids(ticket.assignee_id),
        "group": ids(ticket.group_id), "received": hours(ticket.created_at), "quiet": hours(ticket.changed_at or ticket.created_at),
    }  # fmt: skip


def _bodies(idents: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What customers asked, by ticket."""
    rows = sa.select(TicketEntry.ticket_id, TicketEntry.body).where(TicketEntry.ticket_id.in_(idents), TicketEntry.kind == Entry.INQUIRY)
    found: dict[int, tuple[str, ...]] = {}
    for ident, body in db.session.execute(rows.order_by(TicketEntry.id)):
        found[ident] = (*found.get(ident, ()), body)
    return found


def _fields(idents: Sequence[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    """Values of fields, several of a list apart; personal ones say nothing."""
    rows = (
        sa.select(TicketValue.ticket_id, TicketValue.code, TicketValue.text)
        .join(Ticket, Ticket.id == TicketValue.ticket_id)
        .join(Field, sa.and_(Field.service_id == Ticket.service_id, Field.code == TicketValue.code))
        .where(TicketValue.ticket_id.in_(idents), Field.encrypted.is_(False), Field.purge.is_(None), Field.deleted_at.is_(None))
    )
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for ident, code, text in db.session.execute(rows.where(TicketValue.text.is_not(None))):
        found.setdefault(ident, {})[f"field:{code}"] = tuple((text or "").split("\n"))
    return found


def snapshot(ticket: Ticket, needed: Collection[str], changed: Collection[str]) -> Snapshot:
    return Snapshot(values_of(ticket, needed), frozenset(changed))
