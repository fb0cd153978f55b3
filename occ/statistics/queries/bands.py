"""Tickets by how long their processing took, in bands of hours and of days (STA-1).

What daily sums hold is taken from them, the other days from the tickets themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.core.db import db
from occ.organization.models import Service
from occ.statistics.days import Bucket, Period
from occ.statistics.models import TicketDay
from occ.statistics.queries.tickets import (
    ANSWERED,
    KEYS,
    PROCESSED_AT,
    Span,
    days_that_hold,
    lasted,
    of_channels,
    rest,
    spanned,
    within,
)
from occ.statistics.rules.tickets import BAND_SECONDS, BANDS_MAX, HERE, Band, Basis, Side
from occ.tickets.models import Ticket
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import Channel

Bands = dict[int, dict[int, int]]  # by key, how many tickets by the number of their band
_LATER = BANDS_MAX + 1
_SUMS = {Band.HOUR: TicketDay.hours, Band.DAY: TicketDay.days}


@dataclass(frozen=True)
class Banded:
    """How many tickets of some keys and a channel took as long: the numbers of their bands, in
    hours and in days, of which the last is *later*.
    """

    keys: Sequence[int]
    channel: Channel
    bands: Mapping[Band, int]
    count: int


def _number(seconds: Any, unit: Band) -> Any:
    """The band of a processing time (`rules.tickets.band`)."""
    size = BAND_SECONDS[unit]
    return sa.case(
        (seconds <= size, sa.literal_column("1")),
        (seconds > size * BANDS_MAX, sa.literal_column(f"{_LATER}")),
        else_=(seconds + (size - 1)) // size,
    )


def counted(
    service_id: int,
    spans: Sequence[Span],
    sides: Sequence[Side],
    basis: Basis,
    channels: frozenset[Channel],
) -> Iterator[Banded]:
    """Tickets that were resolved or put on hold, from their rows; their keys are those of `sides`.

    By the processed date a ticket lies where it was resolved or put on hold, else where it was
    received.
    """
    if not spans:
        return
    part = spanned(spans)
    instants = (
        (Ticket.created_at,) if basis is Basis.RECEIVED else (Ticket.resolved_at, Ticket.held_at)
    )
    for at in instants:
        took = (
            sa.select(
                *(KEYS[side].label(side.value) for side in sides),
                Ticket.channel,
                lasted(Ticket.created_at, PROCESSED_AT).label("seconds"),
            )
            .select_from(part)
            .join(Ticket, within(service_id, at, part))
            .where(ANSWERED, *COUNTED_TICKETS, *of_channels(Ticket.channel, channels))
            .cte("took")
            .prefix_with("MATERIALIZED")  # else each use of it parses two instants again
        )
        one = sa.select(
            *(took.c[side.value] for side in sides),
            took.c.channel,
            *(_number(took.c.seconds, unit).label(unit.value) for unit in Band),
        ).subquery()
        groups = [*one.c]
        for *values, count in db.session.execute(
            sa.select(*groups, sa.func.count()).group_by(*groups)
        ):
            keys, (channel, *numbers) = values[: len(sides)], values[len(sides) :]
            yield Banded(keys, channel, dict(zip(Band, numbers, strict=True)), count)


def bands(
    service: Service,
    period: Period,
    side: Side,
    basis: Basis,
    unit: Band,
    channels: frozenset[Channel] = HERE,
) -> Bands:
    """Of a period by key: how many tickets were resolved or put on hold within n units, by n up to
    `BANDS_MAX`; one more for later.
    """
    held = days_that_hold(service.id, period.since, period.until)
    found: Bands = {}
    if held:
        rows = sa.select(TicketDay.key, _SUMS[unit]).where(
            TicketDay.service_id == service.id,
            TicketDay.side == side,
            TicketDay.basis == basis,
            TicketDay.day.in_(sorted(held)),
            *of_channels(TicketDay.channel, channels),
        )
        for key, counts in db.session.execute(rows):
            for number, count in counts.items():
                _add(found, key, int(number), count)
    whole = Bucket(period.start, period.end, period.since, period.until)
    left = list(rest([whole], held, period))
    for one in counted(service.id, left, [side], basis, channels):
        _add(found, one.keys[0], one.bands[unit], one.count)
    return found


def _add(found: Bands, key: int, number: int, count: int) -> None:
    of = found.setdefault(key, {})
    of[number] = of.get(number, 0) + count
