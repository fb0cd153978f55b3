"""Facts that the features above react to."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from occ.tickets.models import Ticket


@dataclass
class LinkAsked:
    """A mail about a ticket is written; whoever shows the ticket to its customer says where."""

    ticket: Ticket
    link: str = ""


@dataclass
class ConsentAsked:
    """A ticket is shown; whoever took it in says what its customer consented to: a version of the
    text, 0 for the one that came with the console, the language it was shown in, and when. `at` is
    None where nobody was asked.
    """

    ticket: Ticket
    version: int = 0
    language: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class TicketsRewritten:
    """Tickets of a service were written or removed by statements; `instants` are theirs."""

    service_id: int
    instants: Collection[datetime]
