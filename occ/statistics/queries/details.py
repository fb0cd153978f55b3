"""The tickets behind a figure, and those of a period with their details (STA-1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.statistics.queries.tickets import (
    ANSWERED,
    HANDED,
    IS,
    KEYS,
    PROCESSED,
    PROCESSED_AT,
    lasted,
    of_channels,
)
from occ.statistics.rules.tickets import HERE, OUTCOMES, Basis, Figure, Side
from occ.telephony.models import Call
from occ.telephony.rules.calls import Direction
from occ.tickets.models import Ticket
from occ.tickets.queries import COUNTED_TICKETS
from occ.tickets.rules import Channel

_OF_CALLS = {Figure.INBOUND: Direction.INBOUND, Figure.OUTBOUND: Direction.OUTBOUND}


@dataclass(frozen=True)
class Behind:
    """Which tickets: those that a figure counts of a service between two instants, where `keys` are
    named only of these types, agents or groups, and where they are given only of those whose
    processing took `over` or at `most` so many seconds.
    """

    service_id: int
    start: datetime
    until: datetime
    basis: Basis
    figure: Figure = Figure.RECEIVED
    side: Side = Side.ALL
    keys: frozenset[int] | None = None
    channels: frozenset[Channel] = HERE
    over: int | None = None
    most: int | None = None


def _says(figure: Figure) -> Any:
    match figure:
        case Figure.RECEIVED:
            return sa.true()
        case Figure.PROCESSED:
            return PROCESSED
        case Figure.ANSWERED:
            return ANSWERED
        case Figure.OPEN:
            return ~PROCESSED
        case Figure.HANDED:
            return HANDED
        case Figure.INBOUND | Figure.OUTBOUND:
            return sa.exists().where(Call.id == Ticket.call_id, Call.direction == _OF_CALLS[figure])
        case _:
            return IS[figure]


def _at(behind: Behind) -> list[Any]:
    """The instants by one of which a ticket belongs to the period (`rules.tickets.Basis`)."""
    if behind.basis is Basis.RECEIVED:
        return [Ticket.created_at]
    match behind.figure:
        case Figure.DONE:
            return [Ticket.done_at]
        case Figure.PROCESSED | Figure.ANSWERED:
            return [Ticket.resolved_at, Ticket.held_at]
        case figure if figure in OUTCOMES:
            return [Ticket.held_at if figure is Figure.HELD else Ticket.resolved_at]
        case _:
            return [Ticket.created_at]


def _found(behind: Behind) -> sa.Select[Any]:
    within = [
        sa.and_(Ticket.service_id == behind.service_id, at >= behind.start, at < behind.until)
        for at in _at(behind)
    ]
    found = sa.select(Ticket).where(
        Ticket.service_id == behind.service_id,
        sa.or_(*within),
        _says(behind.figure),
        *COUNTED_TICKETS,
        *of_channels(Ticket.channel, behind.channels),
    )
    if behind.keys is not None:
        found = found.where(KEYS[behind.side].in_(sorted(behind.keys)))
    took = lasted(Ticket.created_at, PROCESSED_AT)
    if behind.over is not None:
        found = found.where(took > behind.over)
    if behind.most is not None:
        found = found.where(took <= behind.most)
    return found


def page(behind: Behind, *, after: str, before: str, size: int) -> paging.Page:
    """Tickets, the newest first."""
    return paging.page(
        _found(behind),
        keys=(Ticket.created_at, Ticket.id),
        descending=True,
        after=after,
        before=before,
        size=size,
    )


def count(behind: Behind) -> int:
    """How many there are."""
    found = _found(behind).with_only_columns(sa.func.count())
    return db.session.scalar(found) or 0


def batches(behind: Behind, size: int = 500) -> Iterator[Sequence[Ticket]]:
    """All of them, the newest first, in short reads."""
    after: tuple[datetime, int] | None = None
    while True:
        query = _found(behind).order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(size)
        if after is not None:
            query = query.where(sa.tuple_(Ticket.created_at, Ticket.id) < after)
        rows = db.session.scalars(query).all()
        if not rows:
            return
        after = (rows[-1].created_at, rows[-1].id)
        yield rows
        db.session.rollback()


def processed_at(ticket: Ticket) -> datetime | None:
    """When it was processed last, as figures count it."""
    return ticket.resolved_at or ticket.held_at
