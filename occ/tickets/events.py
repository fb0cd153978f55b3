"""Facts that the features above react to."""

from dataclasses import dataclass
from datetime import datetime

from occ.tickets.models import Ticket


@dataclass
class LinkAsked:
    """A mail about a ticket is written; whoever shows the ticket to its customer says where."""

    ticket: Ticket
    link: str = ""


@dataclass(frozen=True)
class TicketsRewritten:
    """Tickets of a service were written, changed or removed by statements, all of whose instants
    lie between these two.
    """

    service_id: int
    since: datetime
    until: datetime
