from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.telephony import service as telephony
from occ.telephony.models import Call
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel


def of_call(call: Call, member_id: int) -> Ticket:
    """The ticket of a call, made once, assigned to whoever talks (CTI-6)."""
    made = Ticket(
        service_id=call.service_id, channel=Channel.PHONE, customer_id=call.customer_id, assignee_id=member_id, call_id=call.id,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    telephony.attach(call, label=f"#{made.id}", endpoint="tickets.detail", ident=made.id)
    return made


def by_hand(service_id: int, customer_id: int | None, *, actor: Actor) -> Ticket:
    """A ticket that somebody writes without a call, assigned to them."""
    made = Ticket(
        service_id=service_id, channel=Channel.MANUAL, customer_id=customer_id, assignee_id=actor.id, call_id=None, created_at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    return made
