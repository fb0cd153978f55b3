"""Working on tickets as a person at a browser would."""

import re

from occ.core.db import db
from occ.tickets.models import Ticket
from tests.support.browser import Browser

HOME = "/c/s/mall/tickets"


def fresh(ticket: Ticket) -> Ticket:
    """The ticket as it is stored now."""
    db.session.expire_all()
    return db.session.get_one(Ticket, ticket.id)


def act(who: Browser, ticket: Ticket, to: str, **values: object) -> str:
    """Presses a button of the ticket's panes as they stand; answers with what they show then."""
    who.get(f"{HOME}/{ticket.id}")
    version = fresh(ticket).version
    return who.post(f"{HOME}/{ticket.id}/{to}", {"version": version, **values}, htmx=True).text


def listed(who: Browser, box: str) -> list[str]:
    """The titles in a box."""
    return re.findall(r'class="t-subj">(.*?) <span', who.get(f"{HOME}?box={box}").text)


def fill(who: Browser, ticket: Ticket, **typed: object) -> int:
    """Opens the dialog of a ticket's fields, types and saves; the status tells whether it was stored."""
    page = who.get(f"{HOME}/{ticket.id}/fields").text
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    return who.post(f"{HOME}/{ticket.id}/fields", {"seen": seen[1], **typed}, htmx=True).status_code
