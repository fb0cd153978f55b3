"""Figures of calls summed up row by row, as a check of what the console has the database count."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from occ.core.db import db
from occ.organization.models import Service
from occ.telephony.models import Call, QueueEntry
from occ.telephony.rules.calls import Direction, QueueOutcome
from occ.wallboard.rules import Calls


def _waits(of: Service, day: date) -> Sequence[QueueEntry]:
    found = sa.select(QueueEntry).where(QueueEntry.service_id == of.id, QueueEntry.day == day)
    return db.session.scalars(found).all()


def by_queue(of: Service, day: date, level: int) -> dict[int, Calls]:
    """Figures of a service's day; `level` is the service-level time in seconds."""
    queues: dict[int, Calls] = {}
    for wait in _waits(of, day):
        answered = wait.outcome is QueueOutcome.ANSWERED
        queues[wait.queue_id] = queues.get(wait.queue_id, Calls()) + Calls(
            wait.left_at is None,
            1,
            answered,
            answered and wait.waited_ms is not None and wait.waited_ms <= level * 1000,
            wait.outcome is QueueOutcome.ABANDONED,
            wait.outcome is QueueOutcome.CALLBACK,
        )
    return queues


def offered_until(of: Service, day: date, then: datetime) -> int:
    """How many waits of a service's day had begun at an instant."""
    return sum(wait.entered_at <= then for wait in _waits(of, day))


def by_hour(of: Service, day: date) -> tuple[int, ...]:
    """Inbound calls of a service's day by the hour on its clocks."""
    hours = [0] * 24
    calls = sa.select(Call).where(Call.service_id == of.id, Call.day == day)
    for call in db.session.scalars(calls.where(Call.direction == Direction.INBOUND)):
        hours[call.started_at.astimezone(ZoneInfo(of.time_zone)).hour] += 1
    return tuple(hours)
