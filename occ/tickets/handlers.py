"""What tickets add to facts of the features below them."""

from occ.core.events import on
from occ.telephony.events import TicketDue
from occ.tickets import service


@on(TicketDue)
def make_ticket(event: TicketDue) -> None:
    """CTI-6: a call has one ticket, also after a transfer."""
    if event.call.link_id is None:
        service.of_call(event.call, event.member_id)
