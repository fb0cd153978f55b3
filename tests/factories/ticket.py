"""Tickets for tests, made through the services."""

from typing import Any

from occ.core import crypto
from occ.core.db import db
from occ.customers import service as customers
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.tickets import service
from occ.tickets.models import Ticket
from occ.tickets.service import Inquiry
from tests.factories import world

FEATURES = frozenset({Feature.TICKET, Feature.MAIL})


def desk(boss: Member, slug: str = "mall", *, seats: int = 20) -> Service:
    """A service with tickets and mail that the owner manages."""
    made = world.contracted(boss, slug, features=FEATURES, seats=seats)
    world.agent(boss, made, boss, manager=True)
    return made


def ticket(
    of: Service,
    by: Member,
    subject: str = "Where is my order?",
    *,
    email: str = "",
    phone: str = "",
    **values: Any,
) -> Ticket:
    """An inquiry that nobody has taken, unless told otherwise."""
    with db.write():
        person = customers.found_or_made(name="", phone=phone, email=email)
        inquiry = Inquiry(
            subject,
            "It has not come yet.",
            person.id if person else None,
            **{"take": False, **values},
        )
        return service.create(of, inquiry, key=crypto.token(), actor=world.actor(by))
