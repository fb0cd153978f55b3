"""Writes of triggers. Every function runs inside the caller's write transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from occ.automation import checks, queries, rules
from occ.automation.models import Trigger
from occ.automation.rules import (
    Condition,
    Known,
    Result,
    ResultKind,
    condition_values,
    result_values,
)
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.net import check_reachable
from occ.organization.models import Service
from occ.ticket_settings import queries as settings


def save(
    service: Service,
    row: Trigger | None,
    *,
    title: str,
    conditions: Sequence[Condition],
    results: Sequence[Result],
    known: Known,
    refused: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Trigger:
    """Adds a trigger, active and last, or changes one.

    `refused` is what of its form could not be read, by place. Raises checks.Wrong with all that is
    wrong.
    """
    db.lock(Service, service.id)
    title = " ".join(title.split())
    words = settings.words(service.id)
    wrong: dict[str, Any] = {}
    try:
        conditions = checks.check(
            title,
            conditions,
            results,
            known,
            placeholders=settings.placeholders(service),
            forbidden=words,
        )
    except checks.Wrong as error:
        wrong.update(error.errors)
    for n, result in enumerate(results):
        place = f"r{n}-value"
        if result.kind in (ResultKind.CALL, ResultKind.DOORAY) and place not in wrong:
            try:
                check_reachable(result.value)
            except Refused as error:
                wrong[place] = error.message
    wrong.update(refused or {})
    if wrong:
        raise checks.Wrong(wrong)
    if row is not None:
        _still_there(row)
        check_version(row, version or 0)
    else:
        count, last = db.session.execute(
            sa.select(sa.func.count(), sa.func.max(Trigger.position)).where(
                Trigger.service_id == service.id
            )
        ).one()
        if count >= rules.TRIGGERS_MAX:
            raise Refused(
                _("Keep at most %(count)s triggers; delete one first.", count=rules.TRIGGERS_MAX)
            )
        row = Trigger(
            service_id=service.id, active=True, position=(last or 0) + 1, created_at=clock.now()
        )
    row.title, row.conditions, row.results = (
        title,
        [condition_values(c) for c in conditions],
        [result_values(r) for r in results],
    )
    db.session.add(row)
    db.session.flush()
    return row


def _still_there(row: Trigger) -> None:
    """The row as it is now. Raises Conflict when somebody deleted it."""
    try:
        db.session.refresh(row)
    except sa.exc.InvalidRequestError as error:
        raise Conflict(_("Somebody deleted this trigger.")) from error


def activate(service: Service, row: Trigger, on: bool) -> None:
    """Moves a trigger between the two areas; an activated one runs last (TRG-1)."""
    db.lock(Service, service.id)
    _still_there(row)
    if row.active is not on:
        last = db.session.scalar(
            sa.select(sa.func.max(Trigger.position)).where(Trigger.service_id == service.id)
        )
        row.active, row.position = on, (last or 0) + 1


def move(service: Service, row: Trigger, to: int) -> None:
    """Puts an active trigger at a place of the order, counted from 0."""
    db.lock(Service, service.id)
    _still_there(row)
    order = [one for one in queries.triggers(service.id, active=True) if one.id != row.id]
    order.insert(max(0, min(to, len(order))), row)
    for position, one in enumerate(order, 1):
        one.position = position


def delete(service: Service, row: Trigger) -> None:
    """Only what is inactive (TRG-1)."""
    db.lock(Service, service.id)
    _still_there(row)
    if row.active:
        raise Conflict(_("Deactivate the trigger first, then delete it."))
    db.session.delete(row)
