import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.delivery.rules import State


def mails(*, state: State | None, text: str, after: str, before: str) -> paging.Page:
    """Mails newest first, by state and part of receiver or subject."""
    query = sa.select(Outgoing)
    if state:
        query = query.where(Outgoing.state == state)
    if text:
        query = query.where(sa.or_(paging.like(Outgoing.recipient, text), paging.like(Outgoing.subject, text)))
    return paging.page(query, keys=(Outgoing.created_at, Outgoing.id), descending=True, after=after, before=before)


def mail(ident: int) -> Outgoing | None:
    return db.session.get(Outgoing, ident)
