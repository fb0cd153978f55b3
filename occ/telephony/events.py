"""Facts that the features above react to, in the transaction of the fact."""

from dataclasses import dataclass

from occ.telephony.models import Call


@dataclass(frozen=True)
class TicketDue:
    """A call needs its ticket now (CTI-6); the handler attaches it by `service.attach`."""

    call: Call
    member_id: int


@dataclass(frozen=True)
class CallDialed:
    """An agent calls out; `about` is what the feature that asked for it wrote there.

    A handler may refuse.
    """

    call: Call
    member_id: int
    about: dict[str, int]


@dataclass(frozen=True)
class CallEnded:
    call: Call


@dataclass(frozen=True)
class CallbackAsked:
    """The caller of a call wants to be called back by the people of a queue (CBK-1)."""

    call: Call
    queue_id: int
