"""Facts that the features above react to."""

from dataclasses import dataclass

from occ.tickets.models import Ticket


@dataclass
class LinkAsked:
    """A mail about a ticket is written; whoever shows the ticket to its customer says where."""

    ticket: Ticket
    link: str = ""
