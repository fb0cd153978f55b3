"""Reads of batches (MIG-1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, paging
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.migration.models import Batch, BatchCustomer, BatchTicket
from occ.migration.rules.batches import BUSY, HOLDING, KEPT, BatchState
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.tickets.models import Ticket


def services() -> list[Service]:
    """The services into which inquiries can be brought, by name."""
    return [
        one
        for one in organization.contracted_services()
        if one.state is ServiceState.ACTIVE and one.offers(Feature.TICKET)
    ]


def service(slug: str) -> Service | None:
    """One of them."""
    return next((one for one in services() if one.slug == slug), None)


def batch(ident: int) -> Batch | None:
    return db.session.get(Batch, ident)


def listed(*, after: str, before: str, size: int) -> paging.Page:
    """Batches, the newest first; those of erased services are gone."""
    return paging.page(
        sa.select(Batch), keys=(Batch.id,), descending=True, after=after, before=before, size=size
    )


def twin(service_id: int, digest: str) -> Batch | None:
    """The newest batch of the same file that holds tickets, or will."""
    same = sa.select(Batch).where(
        Batch.service_id == service_id, Batch.digest == digest, Batch.state.in_(HOLDING)
    )
    return db.session.scalar(same.order_by(Batch.id.desc()).limit(1))


def due(now: datetime) -> Sequence[int]:
    """Reserved batches whose time has come, of services in use."""
    found = (
        sa.select(Batch.id)
        .join(Service, Service.id == Batch.service_id)
        .where(Batch.state == BatchState.RESERVED, Batch.run_at <= now)
        .where(Service.state == ServiceState.ACTIVE)
    )
    return db.session.scalars(found.order_by(Batch.run_at, Batch.id)).all()


def left() -> Sequence[int]:
    """Batches on which nobody works although somebody should: their task failed or is gone."""
    going = sa.exists().where(
        Task.id == Batch.task_id, Task.state.in_((TaskState.QUEUED, TaskState.RUNNING))
    )
    found = sa.select(Batch.id).where(Batch.state.in_(BUSY), ~going)
    return db.session.scalars(found.order_by(Batch.id)).all()


def old(now: datetime) -> Sequence[int]:
    """Batches whose files were kept long enough."""
    holds = sa.or_(Batch.refusals_key.is_not(None), Batch.state == BatchState.CHECKED)
    still = Batch.state.not_in((*BUSY, BatchState.RESERVED, BatchState.STOPPED))
    found = sa.select(Batch.id).where(holds, still, Batch.created_at < now - KEPT)
    return db.session.scalars(found.order_by(Batch.id)).all()


def is_waiting() -> bool:
    """Whether the job has anything to do."""
    now = clock.now()
    return bool(due(now) or left() or old(now))


def touched(ident: int) -> int:
    """How many tickets of a batch somebody has worked on since."""
    found = (
        sa.select(sa.func.count())
        .select_from(BatchTicket)
        .join(Ticket, Ticket.id == BatchTicket.ticket_id)
        .where(BatchTicket.batch_id == ident, Ticket.changed_at.is_not(None))
    )
    return db.session.scalar(found) or 0


def held(ident: int) -> int:
    """How many tickets of a batch are there."""
    found = sa.select(sa.func.count()).select_from(BatchTicket)
    return db.session.scalar(found.where(BatchTicket.batch_id == ident)) or 0


def untouched(ident: int, limit: int) -> Sequence[Any]:
    """(id, service, its instants) of tickets of a batch that nobody has worked on, locked."""
    instants = (Ticket.created_at, Ticket.resolved_at, Ticket.done_at)
    found = (
        sa.select(Ticket.id, Ticket.service_id, *instants)
        .join(BatchTicket, BatchTicket.ticket_id == Ticket.id)
        .where(BatchTicket.batch_id == ident, Ticket.changed_at.is_(None))
        .order_by(Ticket.id)
        .limit(limit)
    )
    return db.session.execute(found.with_for_update(of=Ticket)).all()


def customers(ident: int, limit: int) -> Sequence[int]:
    """Customers whom a batch made."""
    found = sa.select(BatchCustomer.customer_id).where(BatchCustomer.batch_id == ident)
    return db.session.scalars(found.order_by(BatchCustomer.customer_id).limit(limit)).all()
