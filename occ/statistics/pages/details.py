"""Ticket details (STA-1): rows of tickets with chosen columns, also those behind a figure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as pgettext
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.statistics.queries.details import processed_at
from occ.statistics.rules.tables import Column, Facts, Kind, as_is
from occ.statistics.rules.tickets import whole_seconds
from occ.ticket_settings import queries as settings
from occ.tickets import labels
from occ.tickets.models import Ticket
from occ.tickets.queries import titles

KEY = "tickets/details"  # by which chosen columns are kept
COLUMNS = (
    Column("received", pgettext("day", "Received"), as_is("received"), Kind.MOMENT),
    Column("channel", _l("Channel"), as_is("channel"), Kind.TEXT),
    Column("intake", _l("Intake type"), as_is("intake"), Kind.TEXT),
    Column("resolution", _l("Resolution type"), as_is("resolution"), Kind.TEXT),
    Column("title", _l("Title"), as_is("title"), Kind.TEXT),
    Column("state", _l("State"), as_is("state"), Kind.TEXT),
    Column("reason", _l("Reason"), as_is("reason"), Kind.TEXT, shown=False),
    Column("priority", _l("Priority"), as_is("priority"), Kind.TEXT, shown=False),
    Column("agent", _l("Assignee"), as_is("agent"), Kind.TEXT),
    Column("group", _l("Group"), as_is("group"), Kind.TEXT),
    Column("processed", pgettext("day", "Handled"), as_is("processed"), Kind.MOMENT),
    Column("seconds", _l("Processing time"), as_is("seconds"), Kind.DURATION),
    Column("done", pgettext("day", "Done"), as_is("done"), Kind.MOMENT, shown=False),
    Column("done_seconds", _l("Time to done"), as_is("done_seconds"), Kind.DURATION, shown=False),
)


def chosen(keys: Sequence[str] | None) -> list[Column]:
    """The columns that somebody keeps, else those that are shown at first."""
    found = [column for column in COLUMNS if keys is None or column.key in keys]
    return [column for column in found if column.shown or keys is not None]


def _took(start: datetime, end: datetime | None) -> int | None:
    return whole_seconds(start, end) if end else None


def facts(service: Service, rows: Sequence[Ticket]) -> list[tuple[int, Facts]]:
    """(id, what the columns show) of tickets; nobody's personal data."""
    people = identity.names([row.assignee_id for row in rows if row.assignee_id])
    groups = {group.id: group.name for group in identity.group_choices(service.id)}
    types = settings.path_names(
        service, [i for row in rows for i in (row.intake_id, row.resolution_id) if i]
    )
    about = titles(service, rows)

    def one(row: Ticket) -> dict[str, Any]:
        processed = processed_at(row)
        return {
            "received": row.created_at,
            "channel": str(labels.CHANNELS[row.channel].text),
            "intake": types.get(row.intake_id or 0, ""),
            "resolution": types.get(row.resolution_id or 0, ""),
            "title": row.subject or about.get(row.id, ""),
            "state": str(labels.STATES[row.state].text),
            "reason": str(labels.REASONS[row.reason]) if row.reason else "",
            "priority": str(labels.PRIORITIES[row.priority].text),
            "agent": people.get(row.assignee_id or 0, ""),
            "group": groups.get(row.group_id or 0, ""),
            "processed": processed,
            "seconds": _took(row.created_at, processed),
            "done": row.done_at,
            "done_seconds": _took(row.created_at, row.done_at),
        }

    return [(row.id, one(row)) for row in rows]
