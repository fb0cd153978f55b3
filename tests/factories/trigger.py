"""Triggers for tests, made through the service."""

from typing import Any

import sqlalchemy as sa

from occ.automation import service
from occ.automation.models import Trigger
from occ.automation.rules import Comparison, Condition, Result, Subject
from occ.automation.views import trigger_form
from occ.core.db import db
from occ.organization.models import Service
from occ.tickets.models import Ticket, TriggerRun


def when(
    subject: Subject, comparison: Comparison, *values: str, required: bool = True, code: str = ""
) -> Condition:
    return Condition(required, subject, comparison, values, code)


def trigger(of: Service, title: str, conditions: list[Condition], *results: Result) -> Trigger:
    with db.write():
        known = trigger_form.known(of)
        return service.save(
            of, None, title=title, conditions=conditions, results=results, known=known
        )


def runs(ticket: Ticket) -> list[Any]:
    return [
        row.report
        for row in db.session.scalars(
            sa.select(TriggerRun).where(TriggerRun.ticket_id == ticket.id).order_by(TriggerRun.id)
        )
    ]
