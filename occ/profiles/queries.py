"""Customers as a service knows them: those with a ticket, call or callback in it (CUS-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.callbacks.models import Callback
from occ.core import paging
from occ.core.db import db
from occ.customers import queries as customers
from occ.customers.models import Customer
from occ.sms import history as texts
from occ.telephony.models import Call
from occ.tickets.models import Ticket

TIMELINE = 100


@dataclass(frozen=True)
class Contact:
    """Something a customer did: a ticket, a call or a callback."""

    at: datetime
    kind: str
    row: Any


def _of(service_id: int, *, spam: bool) -> sa.Select[Any]:
    """A service's customers; those who sent nothing but `spam` are there
    for managers only, as that is.
    """
    there = (Ticket.deleted_at.is_(None), *(() if spam else (Ticket.spam_at.is_(None),)))
    known = [
        sa.exists().where(
            Ticket.customer_id == Customer.id, Ticket.service_id == service_id, *there
        ),
        sa.exists().where(Call.customer_id == Customer.id, Call.service_id == service_id),
        sa.exists().where(
            Callback.customer_id == Customer.id,
            Callback.service_id == service_id,
            Callback.deleted_at.is_(None),
        ),
    ]
    return sa.select(Customer).where(Customer.merged_into.is_(None), sa.or_(*known))


def customer(service_id: int, ident: int, *, manager: bool) -> Customer | None:
    """A customer of this service; others, and merged ones, are not found."""
    found: Customer | None = db.session.scalar(
        _of(service_id, spam=manager).where(Customer.id == ident)
    )
    return found


def customer_list(
    service_id: int, text: str, *, whole: bool, after: str, before: str, size: int
) -> paging.Page:
    """A service's customers by part of name, number or address, or by their whole user ID or member
    number, the newest first; `whole` for managers, who see numbers and addresses whole.
    """
    found = _of(service_id, spam=whole)
    if text:
        called = customers.called(service_id, text)
        found = found.where(sa.or_(customers.named_like(text, whole=whole), called))
    return paging.page(
        found, keys=(Customer.id,), descending=True, after=after, before=before, size=size
    )


def timeline(service_id: int, ident: int, *, spam: bool) -> Sequence[Contact]:
    """What a customer did in this service, newest first, at most a hundred; `spam` for managers."""
    there = (Ticket.deleted_at.is_(None), *(() if spam else (Ticket.spam_at.is_(None),)))

    def newest(model: Any, order: Any, *conditions: Any) -> Sequence[Any]:
        rows = sa.select(model).where(
            model.customer_id == ident, model.service_id == service_id, *conditions
        )
        return db.session.scalars(rows.order_by(order.desc()).limit(TIMELINE)).unique().all()

    found = [Contact(row.created_at, "ticket", row) for row in newest(Ticket, Ticket.id, *there)]
    found += [Contact(row.started_at, "call", row) for row in newest(Call, Call.id)]
    found += [
        Contact(row.requested_at, "callback", row)
        for row in newest(Callback, Callback.id, Callback.deleted_at.is_(None))
    ]
    found += [
        Contact(row.registered_at, "text", row)
        for row in texts.of_customer(service_id, ident, limit=TIMELINE)
    ]
    return sorted(found, key=lambda contact: contact.at, reverse=True)[:TIMELINE]


def mergeable(service_id: int, besides: int, text: str, limit: int = 10) -> Sequence[Customer]:
    """Customers that one could be merged with, by part of name, number or address."""
    found = _of(service_id, spam=True).where(
        customers.named_like(text, whole=True), Customer.id != besides
    )
    return db.session.scalars(found.order_by(Customer.id.desc()).limit(limit)).all()
