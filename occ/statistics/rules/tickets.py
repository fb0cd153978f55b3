"""What is counted of tickets (STA-1): each figure's definition, once.

A ticket is counted once, by how it stands: processed while it is resolved, on hold or done, by its
last processing; when a customer's reply opens it again, it is not processed any more. Those of the
spam box, deleted ones, and those resolved internally as spam, abuse or test are not counted at all.
"""

import enum
from datetime import datetime

from occ.tickets.rules import CLOSED, Channel, Reason, State, is_counted


class Basis(enum.Enum):
    """By which date: what became of the tickets received in a period, or what was done in it.

    By the processed date each figure belongs to when it happened: received by the time of receipt,
    processed by the last processing, done by when it was done.
    """

    RECEIVED = "received"
    PROCESSED = "processed"


EVERY_CHANNEL = frozenset(Channel)
HERE = EVERY_CHANNEL - {Channel.MIGRATION}  # by which inquiries came to this console
ALL, WITH_MIGRATED = "all", "migrated"


def channels(said: str) -> frozenset[Channel]:
    """The channels that an address means: one by its value, or all; without those that were
    brought in from elsewhere, unless they are asked for (STA).
    """
    if said == WITH_MIGRATED:
        return EVERY_CHANNEL
    one = next((one for one in Channel if one.value == said), None)
    return frozenset({one}) if one else HERE


class Side(enum.Enum):
    """By what tickets are added up."""

    ALL = "all"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    AGENT = "agent"
    GROUP = "group"


class Figure(enum.Enum):
    """A figure that leads to the tickets that it counts."""

    RECEIVED = "received"
    PROCESSED = "processed"
    RESOLVED = "resolved"
    HELD = "held"
    OTHER = "other"
    ANSWERED = "answered"
    OPEN = "open"
    HANDED = "handed"
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    DONE = "done"


OUTCOMES = (Figure.RESOLVED, Figure.HELD, Figure.OTHER)


def outcome(state: State, reason: Reason | None) -> Figure | None:
    """How a ticket was processed; None while it is not, or where it is not counted.

    With an answer or without one *resolved*, internally *other* (STA-1).
    """
    if not is_counted(reason):
        return None
    if state in CLOSED:
        return Figure.OTHER if reason else Figure.RESOLVED
    return Figure.HELD if state is State.HOLD else None


def whole_seconds(start: datetime, end: datetime) -> int:
    """A length between two instants as it is added up: in seconds, as a clock without fractions
    shows them; nothing ends before it began.
    """
    return max(0, int(end.timestamp()) - int(start.timestamp()))


class Band(enum.Enum):
    """The unit of time bands."""

    HOUR = "hour"
    DAY = "day"


BAND_SECONDS = {Band.HOUR: 3_600, Band.DAY: 86_400}
BANDS_MAX = 31


def band(seconds: int, unit: Band, end: int) -> int:
    """Which band a processing time falls into: n for at most n units, `end` + 1 for later."""
    size = BAND_SECONDS[unit]
    return min(max(1, -(-seconds // size)), end + 1)
