"""What carries text messages (SMS-1): one interface, values in and values out, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from occ.sms.rules.kinds import RecipientState, TextKind


class Rejected(Exception):
    """The gateway answered, and took nothing; `code` is its own."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class NotReached(Exception):
    """Nothing was sent: no connection came about. `why` is a word of labels.REASONS."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoAnswer(Exception):
    """What was sent may have arrived: its answer never came, or says nothing."""


@dataclass(frozen=True)
class Address:
    """A recipient: our key, and its E.164 number."""

    key: str
    number: str = field(repr=False)


@dataclass(frozen=True)
class Order:
    """One request: at most 1,000 recipients. `key` is our name for it, `attached` what the gateway
    calls its pictures, `since` when it was tried first and last.
    """

    kind: TextKind
    key: str
    sender: str
    title: str
    body: str = field(repr=False)
    advertising: bool
    recipients: Sequence[Address]
    attached: Sequence[str] = ()
    since: tuple[datetime, datetime] | None = None
    remote_id: str = ""


@dataclass(frozen=True)
class Result:
    """How one message stands at the gateway: by our key, `code` its own ('' for none yet), `at`
    when it became final.
    """

    key: str
    state: RecipientState
    code: str = ""
    sequence: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What the gateway took: its name for the request, and each recipient as it stands."""

    remote_id: str
    results: Sequence[Result]


class Gateway(Protocol):
    """All raise NotReached, NoAnswer and Rejected."""

    def senders(self) -> list[str]:
        """The numbers that may be sent from, as the gateway writes them."""

    def upload(self, name: str, content: bytes) -> str:
        """Leaves a JPEG there; what the gateway calls it."""

    def send(self, order: Order) -> Receipt:
        """Sends one request."""

    def find(self, order: Order) -> Receipt | None:
        """What the gateway has of a request whose answer never came; None where it has none."""

    def results(self, order: Order) -> Sequence[Result]:
        """How the recipients of a request that was taken stand by now."""
