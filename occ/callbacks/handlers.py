"""What callbacks add to facts of the features below them."""

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.ars.rules.phone import ATTEMPTS
from occ.callbacks import service
from occ.callbacks.models import Callback, CallbackTurn
from occ.callbacks.rules import Source
from occ.core.db import db
from occ.core.events import on
from occ.customers.events import CustomersMerged
from occ.identity.events import AgentChanged, AgentRemoved
from occ.organization.events import ServiceErased
from occ.organization.models import Service
from occ.telephony.events import CallbackAsked, CallDialed, CallEnded


@on(CallbackAsked)
def register(event: CallbackAsked) -> None:
    """CBK-1: from the voice menu or out of the queue."""
    call = event.call
    source = Source.QUEUE if call.queue_id is not None else Source.MENU
    service.ask(db.session.get_one(Service, call.service_id), event.queue_id, call.customer_number, source)


@on(CallDialed)
def count_attempt(event: CallDialed) -> None:
    ident = event.about.get("callback")
    if isinstance(ident, int):
        service.dialing(ident, event.call, event.member_id)


@on(CallEnded)
def note_end(event: CallEnded) -> None:
    phone = ars.phone_service(event.call.service_id)
    service.call_over(event.call, phone.callback_attempts if phone else ATTEMPTS)


@on(AgentRemoved)
@on(AgentChanged)
def take_back(event: AgentRemoved | AgentChanged) -> None:
    """Whoever is no phone agent any more has no open callbacks (MEM-2)."""
    if event.agent.removed_at is not None or not event.agent.phone:
        service.leave(event.agent.service_id, event.agent.member_id)


@on(ServiceErased)
def forget_callbacks(event: ServiceErased) -> None:
    db.session.execute(sa.delete(CallbackTurn).where(CallbackTurn.service_id == event.service.id))
    erased = db.session.execute(sa.delete(Callback).where(Callback.service_id == event.service.id))
    event.counts["callbacks"] = erased.rowcount  # type: ignore[attr-defined]


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(sa.update(Callback).where(Callback.customer_id == event.gone.id).values(customer_id=event.kept.id))
