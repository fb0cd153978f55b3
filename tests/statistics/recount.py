"""A naive recount of tickets: one loop over raw rows, which knows nothing of how the console counts them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from occ.statistics.days import Period, Unit
from occ.statistics.rules.tickets import Basis, Side
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Reason, State

NOT_COUNTED = {Reason.SPAM, Reason.ABUSE, Reason.TEST}


def part(period: Period, instant: datetime | None) -> str | None:
    """The name of the part of a period that an instant lies in, read off a clock on the wall there."""
    if instant is None:
        return None
    local = instant.astimezone(ZoneInfo(period.zone))
    day = local.date()
    if not period.since <= day <= period.until:
        return None
    first: date = day
    if period.unit is Unit.WEEK:
        first = max(day - timedelta(days=day.weekday()), period.since)
    elif period.unit is Unit.MONTH:
        first = max(day.replace(day=1), period.since)
    return f"{first}T{local.hour:02}" if period.unit is Unit.HOUR else f"{first}"


def seconds(start: datetime, end: datetime) -> int:
    return max(int(end.timestamp()) - int(start.timestamp()), 0)


def tickets(
    rows: Iterable[Ticket], period: Period, side: Side, basis: Basis, channels: Iterable[Channel]
) -> dict[tuple[str, int], dict[str, int]]:
    """What each part (or the whole, '') counts by key, without what is 0."""
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    of = {
        Side.INTAKE: "intake_id",
        Side.RESOLUTION: "resolution_id",
        Side.AGENT: "assignee_id",
        Side.GROUP: "group_id",
    }

    def add(row: Any, instant: datetime | None, name: str, value: int = 1) -> None:
        where = part(period, row.created_at if basis is Basis.RECEIVED else instant)
        if where is not None and value:
            key = getattr(row, of[side]) or 0 if side in of else 0
            found[where if side is Side.ALL else "", key][name] += value

    for row in rows:
        if row.deleted_at or row.spam_at or row.reason in NOT_COUNTED:
            continue
        if row.channel not in channels:
            continue
        add(row, row.created_at, "received")
        ended = row.resolved_at or row.held_at
        if row.state in (State.RESOLVED, State.DONE, State.HOLD):
            name = "held" if row.state is State.HOLD else "other" if row.reason else "resolved"
            add(row, ended, name)
            add(row, ended, "seconds", seconds(row.created_at, ended))
            if name != "other":
                add(row, ended, "answered_seconds", seconds(row.created_at, ended))
        elif basis is Basis.RECEIVED and side in (Side.AGENT, Side.GROUP):
            add(row, row.created_at, "open")
        if row.state is State.DONE:
            add(row, row.done_at, "done")
            add(row, row.done_at, "done_seconds", seconds(row.created_at, row.done_at))
    return {key: dict(facts) for key, facts in found.items()}
