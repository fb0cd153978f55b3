"""What callbacks add to facts of the features below them."""

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.ars.rules.phone import ATTEMPTS
from occ.audit.service import Actor
from occ.callbacks import queries, service
from occ.callbacks.models import Callback, CallbackTurn
from occ.callbacks.rules import CallbackState, Source
from occ.core import clock
from occ.core.db import db
from occ.core.events import on
from occ.core.live import touch
from occ.customers.events import (
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.identity.events import AgentChanged, AgentRemoved
from occ.identity.models import Member
from occ.organization.events import ServiceEmptied, ServiceErased
from occ.organization.models import Service
from occ.sms import service as texts
from occ.sms.events import RecipientAsked
from occ.sms.rules.kinds import ByItself
from occ.telephony.events import CallbackAsked, CallDialed, CallEnded, CallFiled, CallShown
from occ.telephony.rules.calls import CallOutcome, Direction


@on(CallbackAsked)
def register(event: CallbackAsked) -> None:
    """CBK-1: from the voice menu or out of the queue."""
    call = event.call
    source = Source.QUEUE if call.queue_id is not None else Source.MENU
    of = db.session.get_one(Service, call.service_id)
    service.ask(of, event.queue_id, call.customer_number, source)
    texts.text_by_itself(of, ByItself.CALLBACK_RECEIVED, call.customer_number)


@on(CallDialed)
def count_attempt(event: CallDialed) -> None:
    ident = event.about.get("callback")
    if isinstance(ident, int):
        service.dialing(ident, event.call, event.member_id)


@on(CallEnded)
def note_end(event: CallEnded) -> None:
    phone = ars.phone_service(event.call.service_id)
    service.call_over(event.call, phone.callback_attempts if phone else ATTEMPTS)


@on(CallShown)
def offer_completion(event: CallShown) -> None:
    """CBK-2: whoever reached the customer can complete the callback in wrap-up."""
    if event.call.direction is not Direction.OUTBOUND:
        return
    row = queries.last_called(event.call.id)
    event.is_callback = row is not None and service.is_open_for(row, event.member_id)
    event.completes = event.is_callback and event.call.outcome is CallOutcome.COMPLETED


@on(RecipientAsked)
def tell_recipient(event: RecipientAsked) -> None:
    """SMS-5: a text beside a callback goes to who asked for it; agents see their own."""
    rights = event.rights
    if event.kind != "callback" or not (rights.manager or rights.phone):
        return
    sees_all = rights.manager or rights.assign_callbacks
    row = queries.callback(event.service_id, event.ident, None if sees_all else event.member_id)
    if row is not None:
        event.seen = True
        event.number, event.customer_id = row.number, row.customer_id
        event.whole = rights.manager or row.assignee_id == event.member_id


@on(CallFiled)
def note_filed(event: CallFiled) -> None:
    """CBK-2: what a call came to stands beside its callback, which is completed where asked for."""
    actor = None
    if event.completes:
        member = db.session.get_one(Member, event.member_id)
        actor = Actor(member.id, member.login_id, member.name, "")
    service.filed(event.call, event.disposition_id, actor)


@on(AgentRemoved)
@on(AgentChanged)
def take_back(event: AgentRemoved | AgentChanged) -> None:
    """Whoever is no phone agent any more has no open callbacks (MEM-2)."""
    if event.agent.removed_at is not None or not event.agent.phone:
        service.leave(event.agent.service_id, event.agent.member_id)


@on(ServiceEmptied)
def forget_callbacks(event: ServiceEmptied) -> None:
    event.went(
        "callbacks", db.remove(Callback, Callback.service_id == event.service_id, limit=event.limit)
    )


@on(ServiceErased)
def forget_turns(event: ServiceErased) -> None:
    db.session.execute(sa.delete(CallbackTurn).where(CallbackTurn.service_id == event.service.id))


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(Callback)
        .where(Callback.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    mine = sa.select(Callback).where(
        Callback.customer_id == event.customer.id, Callback.service_id == event.service_id
    )
    event.found["callbacks"] = [
        {
            "number": row.number,
            "requested_at": row.requested_at.isoformat(),
            "state": row.state.value,
        }
        for row in db.session.scalars(mine.order_by(Callback.id))
    ]


@on(CustomerErased)
def erase(event: CustomerErased) -> None:
    """Numbers go; open ones are deleted, done ones stay for the figures."""
    mine = (Callback.customer_id == event.customer.id, Callback.service_id == event.service_id)
    db.session.execute(
        sa.update(Callback)
        .where(*mine, Callback.state != CallbackState.COMPLETED, Callback.deleted_at.is_(None))
        .values(deleted_at=clock.now())
    )
    event.counts["callbacks"] = db.changed(
        sa.update(Callback).where(*mine).values(number="", customer_id=None)
    )
    touch(service.scope(db.session.get_one(Service, event.service_id).slug))


@on(CustomerUsesCounted)
def count_uses(event: CustomerUsesCounted) -> None:
    event.uses += (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Callback)
            .where(Callback.customer_id == event.customer.id)
        )
        or 0
    )
