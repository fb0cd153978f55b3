"""What is stored of a day that is long past: its facts on every side at once (STA-1)."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core.db import db
from occ.statistics.queries import bands
from occ.statistics.queries.tickets import KEYS, SUMS, countings, spanned, within
from occ.statistics.rules.tickets import Band, Basis, Side
from occ.telephony.models import Call
from occ.tickets.models import Ticket
from occ.tickets.queries import COUNTED_TICKETS

_SIDES = (Side.INTAKE, Side.RESOLUTION, Side.AGENT, Side.GROUP)
_OF_STAFF = ("open", "handed")  # facts that agents and groups alone have
_STAFF = (Side.AGENT, Side.GROUP)
_STORED = {Band.HOUR: "hours", Band.DAY: "days"}
Sums = defaultdict[tuple[Side, Basis, int], dict[str, Any]]


def of_day(service_id: int, start: datetime, until: datetime) -> Sums:
    """Facts by side, basis and key, of tickets between two instants; as `queries.tickets.counted`
    and `queries.bands.counted` say of one side, with each ticket read once for all.
    """
    found: Sums = defaultdict(_nothing)
    for basis in Basis:
        _add_facts(found, service_id, (0, start, until), basis)
        for one in bands.counted(service_id, [(0, start, until)], _SIDES, basis):
            for side, key in zip((Side.ALL, *_SIDES), (0, *one.keys), strict=True):
                row = found[side, basis, key]
                for unit, number in one.bands.items():
                    counts = row[_STORED[unit]]
                    counts[f"{number}"] = counts.get(f"{number}", 0) + one.count
    return found


def _nothing() -> dict[str, Any]:
    return {**dict.fromkeys(SUMS, 0), "hours": {}, "days": {}}


def _add_facts(
    found: Sums, service_id: int, span: tuple[int, datetime, datetime], basis: Basis
) -> None:
    part, keys = spanned([span]), [KEYS[side] for side in _SIDES]
    for one in countings(Side.AGENT, basis):
        query = (
            sa.select(*keys, *one.facts.values())
            .select_from(part)
            .join(Ticket, within(service_id, one.at, part))
            .outerjoin(Call, Call.id == Ticket.call_id)
            .where(*COUNTED_TICKETS)
            .group_by(*keys)
        )
        for values in db.session.execute(query):
            facts = [
                (name, int(value))
                for name, value in zip(one.facts, values[len(keys) :], strict=True)
                if value
            ]
            for side, key in zip((Side.ALL, *_SIDES), (0, *values[: len(keys)]), strict=True):
                row = found[side, basis, key]
                for name, value in facts:
                    if name not in _OF_STAFF or side in _STAFF:
                        row[name] += value
