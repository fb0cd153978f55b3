"""Text messages: kinds and states, and when one may leave (SMS-1, SMS-5, SMS-6, SMS-7)."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

KOREA = ZoneInfo("Asia/Seoul")  # whose law keeps advertising from the night
NIGHT_ENDS, NIGHT_BEGINS = 8, 21  # hours there
SOONEST, LATEST = timedelta(minutes=30), timedelta(hours=24)  # of a reserved time, from now
TOO_LATE = timedelta(hours=24)  # after its time, when nothing is sent any more
LATE = timedelta(seconds=60)  # after its time, from when it is marked
MOST = 10_000  # recipients of a sending
PASTED = 1_000  # recipients typed at once
A_REQUEST = 1_000  # recipients of a request to a gateway
A_NUMBER = timedelta(hours=1)  # how rarely a service texts a number by itself


_MOBILE = re.compile(r"\+821[016-9]\d{7,8}")


class GatewayKind(enum.Enum):
    """Who carries messages (SMS-1)."""

    LOCAL = "local"
    NHN = "nhn"


class TextKind(enum.Enum):
    """What is sent. A long text without pictures is an MMS, too (the gateway's LMS)."""

    SMS = "sms"
    MMS = "mms"


class SendingState(enum.Enum):
    """How a request stands (SMS-7)."""

    PROCESSING = "processing"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Problem(enum.Enum):
    """Why a sending did not leave, or not wholly."""

    TOO_LATE = "too_late"
    NIGHT = "night"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class RecipientState(enum.Enum):
    """How one message stands: accepted is what the gateway took and has no result of yet, refused
    what it never took (and nobody is charged for), failed what did not arrive.
    """

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCLEAR = "unclear"


class RequestState(enum.Enum):
    """How a request to a gateway stands.

    Written before it is sent; lost while its answer never came and the gateway is asked for it;
    unclear where that cannot be found out.
    """

    WRITTEN = "written"
    LOST = "lost"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    FINAL = "final"


class ByItself(enum.Enum):
    """What makes a service send a text by itself."""

    CALLBACK_RECEIVED = "callback_received"
    CALL_ABANDONED = "call_abandoned"
    AFTER_HOURS = "after_hours"


# of what arrived, or still may
STANDS = (
    RecipientState.WAITING,
    RecipientState.UNCLEAR,
    RecipientState.ACCEPTED,
    RecipientState.DELIVERED,
)
OPEN_HOURS = {TextKind.SMS: timedelta(hours=25), TextKind.MMS: timedelta(hours=80)}
LOOKS = 3  # in vain before a request is sent again, or failed before it is unclear


@dataclass(frozen=True)
class Picture:
    """A JPEG of an MMS, checked: its name and bytes."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Recipient:
    """Who gets a message: the number as E.164 and as it was typed."""

    number: str
    typed: str = ""
    customer_id: int | None = None


@dataclass(frozen=True)
class Message:
    """What is sent. `sender` is one of the channel's numbers, as its gateway lists it."""

    kind: TextKind
    sender: str
    body: str
    title: str = ""
    pictures: tuple[Picture, ...] = ()
    advertising: bool = False


def may_cancel(sender_id: int | None, member_id: int | None, *, manager: bool) -> bool:
    """Whether a member takes a text back that waits: their own, a manager each of the service's,
    also what it sends by itself (SMS-6).
    """
    return manager or (sender_id is not None and sender_id == member_id)


def is_mobile(number: str) -> bool:
    """Whether an E.164 number is one of a mobile phone in Korea."""
    return _MOBILE.fullmatch(number) is not None


def is_night(instant: datetime) -> bool:
    """Whether advertising may not be sent then: 21:00 to 08:00 in Korea."""
    hour = instant.astimezone(KOREA).hour
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


def after_night(instant: datetime) -> datetime:
    """The first instant from then on at which advertising may be sent."""
    if not is_night(instant):
        return instant
    local = instant.astimezone(KOREA)
    day = local.date() + timedelta(days=1) if local.hour >= NIGHT_BEGINS else local.date()
    return datetime(day.year, day.month, day.day, NIGHT_ENDS, tzinfo=KOREA).astimezone(
        instant.tzinfo
    )


def window(now: datetime) -> tuple[datetime, datetime]:
    """The first and the last instant to reserve a sending for (SMS-5), both included."""
    return now + SOONEST, now + LATEST


def outcome(states: Mapping[RecipientState, int]) -> SendingState:
    """How a sending stands that has nothing more to send, by its recipients (SMS-7): sent once the
    gateway took one of them, whether it arrives or not.
    """
    taken = (RecipientState.ACCEPTED, RecipientState.DELIVERED, RecipientState.FAILED)
    if any(states.get(state) for state in taken):
        return SendingState.SENT
    if states.get(RecipientState.UNCLEAR) or states.get(RecipientState.WAITING):
        return SendingState.PROCESSING
    if states.get(RecipientState.REFUSED):
        return SendingState.FAILED
    return SendingState.CANCELLED


def obstacle(due: datetime, now: datetime, *, advertising: bool) -> Problem | None:
    """Why a text that is due does not leave now and never will (SMS-6)."""
    if now - due > TOO_LATE:
        return Problem.TOO_LATE
    return Problem.NIGHT if advertising and is_night(now) else None


def next_look(looks: int) -> timedelta:
    """How long after its try, or its last look, a request without an answer is looked for: three
    looks within five minutes.
    """
    return (timedelta(seconds=20), timedelta(seconds=120), timedelta(seconds=160))[looks]


def next_try(attempts: int) -> timedelta:
    """How long after a try that reached nobody the next one is made."""
    return timedelta(seconds=min(10 * 2**attempts, 600))


def next_results(kind: TextKind, taken: datetime, now: datetime) -> timedelta | None:
    """When the results of what a gateway took are fetched again: often at first; None when it
    keeps none open any more (25 hours for SMS, 80 for LMS and MMS).
    """
    age = now - taken
    if age >= OPEN_HOURS[kind]:
        return None
    if age < timedelta(minutes=2):
        return timedelta(seconds=10)
    if age < timedelta(hours=1):
        return timedelta(minutes=1)
    return min(timedelta(minutes=30), OPEN_HOURS[kind] - age)
