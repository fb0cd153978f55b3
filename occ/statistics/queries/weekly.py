"""The figures of the weekly sheet (STA-4)."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from occ.core.db import db
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics.days import Period, Unit
from occ.statistics.queries import tickets
from occ.statistics.rules.tables import Facts, folded
from occ.statistics.rules.tickets import Basis, Side
from occ.telephony.models import CtiSettings, QueueEntry
from occ.telephony.rules.calls import QueueOutcome
from occ.tickets.models import Ticket
from occ.tickets.queries import IS_OPEN

TYPES = 5


@dataclass(frozen=True)
class Week:
    """Facts of a week; how many tickets are `open` is known only of now. `types` are the ids of the
    intake types that most tickets have, 0 for none, with how many.
    """

    facts: Facts
    types: list[tuple[int, int]]


def open_now(service_id: int) -> int:
    """Tickets that wait for somebody or are being worked on."""
    found = sa.select(sa.func.count()).select_from(Ticket)
    return db.session.scalar(found.where(Ticket.service_id == service_id, IS_OPEN)) or 0


def _calls(service: Service, since: date, until: date) -> Facts:
    """Calls offered to queues, answered, and answered within the service-level time (MON)."""
    level = db.session.scalar(sa.select(CtiSettings.service_level_seconds)) or 20
    answered = QueueEntry.outcome == QueueOutcome.ANSWERED
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(answered),
            sa.func.count().filter(answered, QueueEntry.waited_ms <= level * 1000),
        ).where(QueueEntry.service_id == service.id, QueueEntry.day.between(since, until))
    ).one()
    return dict(zip(("offered", "answered", "within"), row, strict=True))


def week(service: Service, since: date, until: date) -> Week:
    """What came in and what was done in some days, by the dates on which it happened."""
    period = Period(since, until, service.time_zone, Unit.WEEK)
    found = tickets.facts(service, period, Side.ALL, Basis.PROCESSED)
    facts = folded(found.values())
    if service.offers(Feature.PHONE):
        facts |= _calls(service, since, until)
    by_type = tickets.facts(service, period, Side.INTAKE, Basis.RECEIVED)
    counts = [(key, int(one["received"])) for (_part, key), one in by_type.items()]
    return Week(facts, sorted(counts, key=lambda one: (-one[1], one[0]))[:TYPES])


def began(service_id: int) -> datetime | None:
    """When the first ticket of a service came."""
    return db.session.scalar(
        sa.select(sa.func.min(Ticket.created_at)).where(Ticket.service_id == service_id)
    )
