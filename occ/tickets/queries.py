"""Reads of tickets."""

import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.tickets.models import Ticket


def ticket(service_id: int, ident: int) -> Ticket | None:
    """A ticket of this service; another one's is not found."""
    return db.session.scalar(sa.select(Ticket).where(Ticket.id == ident, Ticket.service_id == service_id))


def ticket_list(service_id: int, *, after: str, before: str, size: int) -> paging.Page:
    """A service's tickets, newest first."""
    query = sa.select(Ticket).where(Ticket.service_id == service_id)
    return paging.page(query, keys=(Ticket.id,), descending=True, after=after, before=before, size=size)
