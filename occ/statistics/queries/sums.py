"""What is stored of a day that is long past: its facts on every side at once (STA-1)."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core.db import db
from occ.statistics.queries import bands
from occ.statistics.queries.tickets import KEYS, SUMS, countings, spanned, within
from occ.statistics.rules.tickets import EVERY_CHANNEL, Band, Basis, Side
from occ.telephony.models import Call
from occ.tickets.models import Ticket
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import Channel

_SIDES = (Side.INTAKE, Side.RESOLUTION, Side.AGENT, Side.GROUP)
_OF_STAFF = ("open", "handed")  # facts that agents and groups alone have
_STAFF = (Side.AGENT, Side.GROUP)
_STORED = {Band.HOUR: "hours", Band.DAY: "days"}
Sums = defaultdict[tuple[Side, Basis, int, Channel], dict[str, Any]]


def of_day(service_id: int, start: datetime, until: datetime) -> Sums:
    """Facts by side, basis, key and channel, of tickets between two instants; as
    `queries.tickets.counted` and `queries.bands.counted` say of one side, with each ticket read
    once for all.
    """
    found: Sums = defaultdict(_nothing)
    for basis in Basis:
        _add_facts(found, service_id, (0, start, until), basis)
        for one in bands.counted(service_id, [(0, start, until)], _SIDES, basis, EVERY_CHANNEL):
            for side, key in zip((Side.ALL, *_SIDES), (0, *one.keys), strict=True):
                row = found[side, basis, key, one.channel]
                for unit, number in one.bands.items():
                    counts = row[_STORED[unit]]
                    counts[f"{number}"] = counts.get(f"{number}", 0) + one.count
    return found


def _nothing() -> dict[str, Any]:
    return {**dict.fromkeys(SUMS, 0), "hours": {}, "days": {}}


def _add_facts(
    found: Sums, service_id: int, span: tuple[int, datetime, datetime], basis: Basis
) -> None:
    part, groups = spanned([span]), [Ticket.channel, *(KEYS[side] for side in _SIDES)]
    for one in countings(Side.AGENT, basis):
        query = (
            sa.select(*groups, *one.facts.values())
            .select_from(part)
            .join(Ticket, within(service_id, one.at, part))
            .outerjoin(Call, Call.id == Ticket.call_id)
            .where(*COUNTED_TICKETS)
            .group_by(*groups)
        )
        for channel, *values in db.session.execute(query):
            keys, counts = values[: len(_SIDES)], values[len(_SIDES) :]
            facts = [
                (name, int(value)) for name, value in zip(one.facts, counts, strict=True) if value
            ]
            for side, key in zip((Side.ALL, *_SIDES), (0, *keys), strict=True):
                row = found[side, basis, key, channel]
                for name, value in facts:
                    if name not in _OF_STAFF or side in _STAFF:
                        row[name] += value
