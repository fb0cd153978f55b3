"""Tickets as the conditions of triggers see them (TRG-2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.automation.rules import Snapshot, Subject
from occ.core import clock
from occ.core.db import db
from occ.fields import queries as fields
from occ.fields.rules import FieldType
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.tickets.models import Ticket, TicketEntry, TicketValue
from occ.tickets.rules import Entry


def of_many(tickets: Sequence[Ticket], needed: Collection[str]) -> dict[int, Snapshot]:
    """What the needed keys say on tickets of one service, a few statements for all; categories with
    all they stand below, so that a condition on one holds for those under it.
    """
    idents = [t.id for t in tickets]
    bodies = _bodies(idents) if Subject.BODY.value in needed else {}
    looks_at_fields = bool(tickets) and any(key.startswith("field:") for key in needed)
    service = db.session.get_one(Service, tickets[0].service_id) if looks_at_fields else None
    types = _types(service) if service else {}
    zone, country = (service.time_zone, service.country) if service else ("UTC", "")
    said = _fields(idents, types) if types else {}
    looks_at_categories = bool({"intake", "resolution"} & set(needed))
    above = settings.ancestors(
        {
            ident
            for t in tickets
            for ident in (t.intake_id, t.resolution_id)
            if ident and looks_at_categories
        }
    )
    says = {
        t.id: {**_plain(t, above), "body": bodies.get(t.id, ()), **said.get(t.id, {})}
        for t in tickets
    }
    return {
        ident: Snapshot(values, types=types, zone=zone, country=country)
        for ident, values in says.items()
    }


def _plain(ticket: Ticket, above: Mapping[int, Sequence[int]]) -> dict[str, tuple[str, ...]]:
    def ids(*found: Any) -> tuple[str, ...]:
        return tuple(str(one) for one in found if one)

    now = clock.now()

    def hours(since: datetime) -> tuple[str, ...]:
        return (f"{(now - since).total_seconds() / 3600:.4f}",)

    return {
        "state": (ticket.state.value,),
        "channel": (ticket.channel.value,),
        "priority": (ticket.priority.value,),
        "title": (ticket.subject,),
        "intake": ids(ticket.intake_id, *above.get(ticket.intake_id or 0, ())),
        "language": (ticket.language,),
        "resolution": ids(ticket.resolution_id, *above.get(ticket.resolution_id or 0, ())),
        "assignee": ids(ticket.assignee_id),
        "group": ids(ticket.group_id),
        "received": hours(ticket.created_at),
        "quiet": hours(ticket.changed_at or ticket.created_at),
    }


def _bodies(idents: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What customers wrote, by ticket."""
    rows = sa.select(TicketEntry.ticket_id, TicketEntry.body).where(
        TicketEntry.ticket_id.in_(idents), TicketEntry.kind.in_((Entry.INQUIRY, Entry.REPLY))
    )
    found: dict[int, tuple[str, ...]] = {}
    for ident, body in db.session.execute(rows.order_by(TicketEntry.id)):
        found[ident] = (*found.get(ident, ()), body)
    return found


def _types(service: Service) -> dict[str, FieldType]:
    """The types of a service's fields that are not personal, by key."""
    return {f"field:{one.code}": one.type for one in fields.own(service) if not one.personal}


def _fields(
    idents: Sequence[int], types: Mapping[str, FieldType]
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Values of fields that have a type here, several of a list apart."""
    rows = sa.select(TicketValue.ticket_id, TicketValue.code, TicketValue.text).where(
        TicketValue.ticket_id.in_(idents)
    )
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for ident, code, text in db.session.execute(rows.where(TicketValue.text.is_not(None))):
        key = f"field:{code}"
        if key in types:
            found.setdefault(ident, {})[key] = (
                tuple((text or "").split("\n")) if types[key] is FieldType.MULTI else (text or "",)
            )
    return found


def snapshot(ticket: Ticket, needed: Collection[str], changed: Collection[str] = ()) -> Snapshot:
    return replace(of_many([ticket], needed)[ticket.id], changed=frozenset(changed))
