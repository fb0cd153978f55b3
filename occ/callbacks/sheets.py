"""Callbacks as Excel rows, and those of every result: for a direct answer and for exports (CBK-2,
STA-3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from occ.ars.queries import queue_names
from occ.callbacks import labels, queries
from occ.callbacks.models import Callback
from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Result, result
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked, pgettext, phone
from occ.core.xlsx import zoned
from occ.exports.sheets import Sheet
from occ.identity.queries import names
from occ.organization.models import Service


def to_params(filters: Filters) -> dict[str, Any]:
    """Filters as plain values, for an export's row."""
    plain = asdict(filters)
    for name in ("since", "until"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    plain["result"] = filters.result.value if filters.result else None
    return {**plain, "states": [state.value for state in filters.states]}


def from_params(params: dict[str, Any]) -> Filters:
    moments = {
        name: datetime.fromisoformat(params[name]) if params[name] else None
        for name in ("since", "until")
    }
    states = tuple(CallbackState(state) for state in params["states"])
    wanted = Result(params["result"]) if params.get("result") else None
    return Filters(**{**params, **moments, "states": states, "result": wanted})


def sheet(params: dict[str, Any]) -> Sheet:
    """The callbacks that were searched, newest first."""
    filters = from_params(params)
    head = [
        zoned(_("Requested")),
        _("Queue"),
        _("Phone number"),
        _("State"),
        _("Requests"),
        _("Asked by"),
        zoned(_("Call back until")),
        _("Assignee"),
        _("Assigned by"),
        zoned(pgettext("day", "Assigned")),
        _("Attempts"),
        zoned(_("Last called")),
        _("Disposition"),
        _("Not reached"),
        zoned(pgettext("day", "Completed")),
        _("Completed by"),
    ]
    country = db.session.get_one(Service, filters.service_id).country
    return Sheet(
        _("Callbacks"), head, queries.count(filters, limit=10**7), _batches(filters, country)
    )


def _batches(filters: Filters, country: str) -> Iterator[Sequence[Sequence[Any]]]:
    for rows in queries.batches(filters):
        people = names(
            [i for r in rows for i in (r.assignee_id, r.assigner_id, r.completed_by) if i]
        )
        queues = queue_names(list({row.queue_id for row in rows}))
        yield [_row(row, people, queues, country) for row in rows]


def _row(
    row: Callback, people: dict[int, str], queues: dict[int, str], country: str
) -> Sequence[Any]:
    def name(member: int | None) -> str:
        return people.get(member or 0, "")

    return (
        row.requested_at,
        queues.get(row.queue_id, ""),
        phone(row.number, country),
        str(labels.STATES[row.state].text),
        row.requests,
        str(labels.SOURCES[row.source]),
        row.promise_until,
        name(row.assignee_id),
        name(row.assigner_id),
        row.assigned_at,
        row.attempts,
        row.called_at,
        row.disposition.name if row.disposition else "",
        _("Yes") if row.failed_at else "",
        row.completed_at,
        name(row.completed_by),
    )


def result_of(row: Callback) -> Result:
    """What has come of a callback."""
    return result(row.state, failed=row.failed_at is not None, deleted=row.deleted_at is not None)


def results(params: dict[str, Any]) -> Sheet:
    """The callbacks that were searched with what has come of them, newest first; numbers as the
    history shows them.
    """
    filters = from_params(params)
    head = [
        zoned(_("Requested")),
        _("Phone number"),
        _("Queue"),
        _("Result"),
        _("Assignee"),
        _("Attempts"),
        zoned(_("Last called")),
        _("Ended by"),
        zoned(_("Ended at")),
        _("Requests"),
        _("Asked by"),
        _("Disposition"),
    ]
    country = db.session.get_one(Service, filters.service_id).country
    found = queries.batches(filters)
    return Sheet(
        _("Callbacks"),
        head,
        queries.count(filters, limit=10**7),
        (_result_rows(rows, country) for rows in found),
    )


def _result_rows(rows: Sequence[Callback], country: str) -> Sequence[Sequence[Any]]:
    people = names([i for r in rows for i in (r.assignee_id, r.completed_by, r.deleted_by) if i])
    queues = queue_names(list({row.queue_id for row in rows}))
    return [
        (
            row.requested_at,
            masked(row.number, country),
            queues.get(row.queue_id, ""),
            str(labels.RESULTS[result_of(row)].text),
            people.get(row.assignee_id or 0, ""),
            row.attempts,
            row.called_at,
            people.get(row.deleted_by or row.completed_by or 0, ""),
            row.deleted_at or row.completed_at,
            row.requests,
            str(labels.SOURCES[row.source]),
            row.disposition.name if row.disposition else "",
        )
        for row in rows
    ]
