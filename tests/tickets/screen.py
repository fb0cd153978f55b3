"""Working on tickets as a person at a browser would."""

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


def titles(who: Browser) -> list[str]:
    """The titles in the list on the last page, in order."""
    return ["".join(link.xpath("bdi/text()")).strip() for link in who.find("//a[@class='t-subj']")]


def listed(who: Browser, box: str) -> list[str]:
    """The titles in a box."""
    who.get(f"{HOME}?box={box}")
    return titles(who)


def fill(who: Browser, ticket: Ticket, **typed: object) -> int:
    """Opens the dialog of a ticket's fields, types and saves; the status tells whether it was stored."""
    who.get(f"{HOME}/{ticket.id}/fields")
    sent = {"seen": who.field("seen"), **typed}
    return who.post(f"{HOME}/{ticket.id}/fields", sent, htmx=True).status_code
