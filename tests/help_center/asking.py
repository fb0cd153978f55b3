"""A customer at the inquiry form of a help center."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from occ.core import clock
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from tests.factories import world
from tests.support.browser import Browser

FEATURES = frozenset({Feature.TICKET, Feature.MAIL, Feature.HELP_CENTER})
FORM = "/mall/hc/en/inquiry"
HELD = ("stamp", "consent_version")


def mall(boss: Member, **changes: Any) -> Service:
    """A service with tickets, mail and a help center in Korean, English, Japanese and Arabic."""
    made = world.contracted(
        boss, features=FEATURES, **{"languages": ["ko", "en", "ja", "ar"], **changes}
    )
    world.agent(boss, made, boss, manager=True, ticket=True)
    return made


def later(
    wait: timedelta, since: datetime | None = None
) -> Callable[[], AbstractContextManager[None]]:
    """For `Browser.time`: a while after now, or after an instant."""
    at = (since or clock.now()) + wait
    return lambda: clock.at(at)


def kind(of: Service, name: str, above: Category | None = None, *, on: bool = True) -> Category:
    """An intake type by its Korean name, `(en)` after it in English."""
    with db.write():
        made = settings.add_category(
            of,
            CategoryKind.INTAKE,
            parent_id=above.id if above else None,
            names={"ko": name, "en": f"{name} (en)"},
        )
        made.in_help_center = on
    return made


def upload(name: str, content: bytes) -> tuple[BytesIO, str]:
    return BytesIO(content), name


def send(guest: Browser, *, form: str = FORM, waits: float = 10, **values: Any) -> TestResponse:
    """Opens the form and sends it some seconds later; None leaves a value out."""
    guest.get(form)
    return again(guest, form=form, waits=waits, **values)


def again(guest: Browser, *, form: str = FORM, waits: float = 10, **values: Any) -> TestResponse:
    """Sends the form that the last page shows."""
    held = {name: guest.field(name) for name in HELD if name not in values}
    written = {
        "email": "kim@example.com",
        "title": "Where is my order?",
        "content": "It has not come yet.",
        "consent": "1",
        **held,
        **values,
    }
    guest.time = later(timedelta(seconds=waits))
    try:
        return guest.post(
            form,
            {name: value for name, value in written.items() if value is not None},
            content_type="multipart/form-data",
        )
    finally:
        guest.time = Browser.time


def tickets() -> Sequence[Ticket]:
    """Every ticket, the oldest first."""
    db.session.expire_all()
    return db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).unique().all()


def mails(to: str = "kim@example.com") -> list[str]:
    """Subject and text of the mails to an address, the oldest first."""
    rows = db.session.scalars(
        sa.select(Outgoing).where(Outgoing.recipient == to).order_by(Outgoing.id)
    )
    return [f"{row.subject}\n{delivery.body_of(row)}" for row in rows]


def links(mail: str) -> list[str]:
    """The paths of the links of a mail."""
    return [
        line.partition("localhost:5000")[2] for line in mail.splitlines() if "://localhost" in line
    ]
