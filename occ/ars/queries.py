"""Reads of a service's phone side."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.ars.models import CallerId, Disposition, PhoneService, Queue, Sound, queue_agent
from occ.ars.rules.phone import CallerIdState
from occ.core.db import db
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.organization.queries import services_in_use
from occ.organization.rules import Feature


def phone_service(service_id: int) -> PhoneService | None:
    return db.session.get(PhoneService, service_id)


def phone_services() -> list[Service]:
    """Services in use that contract phone, by name."""
    return [service for service in services_in_use() if service.offers(Feature.PHONE)]


def queues(service_id: int) -> Sequence[Queue]:
    """Queues in force, in their order."""
    found = sa.select(Queue).where(Queue.service_id == service_id, Queue.retired_at.is_(None))
    return db.session.scalars(found.order_by(Queue.position, Queue.id)).all()


def takes_callbacks(service_id: int) -> bool:
    """Whether any queue in force calls back (CBK-1)."""
    found = sa.select(Queue.id).where(
        Queue.service_id == service_id, Queue.retired_at.is_(None), Queue.callback
    )
    return db.session.scalar(found.limit(1)) is not None


_CHOICES = (  # built once, for callback lists are polled
    sa.select(Queue.id, Queue.name, Queue.retired_at)
    .where(Queue.service_id == sa.bindparam("service_id"))
    .order_by(Queue.position, Queue.id)
)


def queue_choices(service_id: int) -> Sequence[Any]:
    """(id, name, retired_at) of all queues a service has or had, in their order."""
    return db.session.execute(_CHOICES, {"service_id": service_id}).all()


def queue(service_id: int, ident: int) -> Queue | None:
    return db.session.scalar(
        sa.select(Queue).where(
            Queue.id == ident, Queue.service_id == service_id, Queue.retired_at.is_(None)
        )
    )


def queue_of_call(ident: int) -> Queue | None:
    """The queue that a call went to, also one that was retired meanwhile."""
    return db.session.get(Queue, ident)


def first_queue(service_id: int) -> int | None:
    """Where a call goes without a voice menu."""
    found = sa.select(Queue.id).where(Queue.service_id == service_id, Queue.retired_at.is_(None))
    return db.session.scalar(found.order_by(Queue.position, Queue.id).limit(1))


def queue_names(idents: Sequence[int]) -> dict[int, str]:
    """Names by id, retired ones included."""
    return dict(
        db.session.execute(sa.select(Queue.id, Queue.name).where(Queue.id.in_(idents)))
        .tuples()
        .all()
    )


def phone_people(service_id: int) -> Sequence[Agent]:
    """Agents of the service with the phone permission, by name."""
    found = (
        sa.select(Agent)
        .join(Agent.member)
        .where(Agent.service_id == service_id, Agent.removed_at.is_(None), Agent.phone)
    )
    rows = db.session.scalars(found).unique()
    return sorted(rows, key=lambda agent: (agent.member.name, agent.id))


def unassigned(service_id: int) -> list[str]:
    """Names of phone agents who are in no queue (ARS-9: the page says so)."""
    taken = set(
        db.session.scalars(
            sa.select(queue_agent.c.agent_id)
            .join(Queue, Queue.id == queue_agent.c.queue_id)
            .where(Queue.service_id == service_id, Queue.retired_at.is_(None))
        )
    )
    return [agent.member.name for agent in phone_people(service_id) if agent.id not in taken]


def dispositions(service_id: int) -> Sequence[Disposition]:
    found = sa.select(Disposition).where(
        Disposition.service_id == service_id, Disposition.retired_at.is_(None)
    )
    return db.session.scalars(found.order_by(Disposition.position, Disposition.id)).all()


def disposition(service_id: int, ident: int) -> Disposition | None:
    found = sa.select(Disposition).where(
        Disposition.id == ident, Disposition.service_id == service_id
    )
    return db.session.scalar(found.where(Disposition.retired_at.is_(None)))


def caller_ids(service_id: int) -> Sequence[CallerId]:
    """A service's caller IDs in their order."""
    found = sa.select(CallerId).where(
        CallerId.service_id == service_id, CallerId.removed_at.is_(None)
    )
    return db.session.scalars(found.order_by(CallerId.position, CallerId.id)).all()


def caller_id(service_id: int, ident: int) -> CallerId | None:
    found = sa.select(CallerId).where(
        CallerId.id == ident, CallerId.service_id == service_id, CallerId.removed_at.is_(None)
    )
    return db.session.scalar(found)


def all_caller_ids() -> Sequence[tuple[CallerId, Service]]:
    """Every service's caller IDs, those to be checked first."""
    found = (
        sa.select(CallerId, Service)
        .join(Service, Service.id == CallerId.service_id)
        .where(CallerId.removed_at.is_(None))
    )
    rows = db.session.execute(found.order_by(CallerId.id.desc())).unique().tuples().all()
    return sorted(rows, key=lambda row: row[0].state is not CallerIdState.CHECKING)


def any_caller_id(ident: int) -> CallerId | None:
    return db.session.scalar(
        sa.select(CallerId).where(CallerId.id == ident, CallerId.removed_at.is_(None))
    )


def numbers_to_dial_from(service_id: int) -> list[tuple[str, str]]:
    """(name, number) that a service's agents may call from: the main number where it is used, then
    registered caller IDs (ARS-1, CTI-7).
    """
    phone = phone_service(service_id)
    rows = [
        (row.name, row.number)
        for row in caller_ids(service_id)
        if row.state is CallerIdState.REGISTERED
    ]
    return ([("", phone.main_number)] if phone and phone.as_caller_id else []) + rows


def disposition_names(idents: Sequence[int]) -> dict[int, str]:
    """Names by id, retired ones included."""
    if not idents:
        return {}
    return dict(
        db.session.execute(
            sa.select(Disposition.id, Disposition.name).where(Disposition.id.in_(idents))
        )
        .tuples()
        .all()
    )


def sound(service_id: int, ident: int) -> Sound | None:
    """An uploaded audio file of this service; another one's is not found."""
    return db.session.scalar(
        sa.select(Sound).where(Sound.id == ident, Sound.service_id == service_id)
    )
