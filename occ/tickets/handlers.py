"""What tickets add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.organization.events import ServiceErased
from occ.telephony.events import TicketDue
from occ.tickets import service
from occ.tickets.models import Ticket


@on(TicketDue)
def make_ticket(event: TicketDue) -> None:
    """CTI-6: a call has one ticket, also after a transfer."""
    if event.call.link_id is None:
        service.of_call(event.call, event.member_id)


@on(ServiceErased)
def forget_tickets(event: ServiceErased) -> None:
    erased = db.session.execute(sa.delete(Ticket).where(Ticket.service_id == event.service.id))
    event.counts["tickets"] = erased.rowcount  # type: ignore[attr-defined]
