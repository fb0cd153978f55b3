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


@dataclass
class CallShown:
    """The widget shows a call to whoever talks or talked in it last; who made its ticket says what
    can be done with that (CTI-6), and callbacks whether it is one that can be completed (CBK-2).
    """

    call: Call
    member_id: int
    takes: bool = False
    resolves: bool = False
    holder_id: int | None = None
    is_callback: bool = False
    completes: bool = False


@dataclass(frozen=True)
class TicketWanted:
    """Whoever talks in a call takes its ticket; a handler may refuse."""

    call: Call
    member_id: int


@dataclass(frozen=True)
class CallFiled:
    """An agent has noted what a call was about, and may have its ticket resolved and its callback
    completed with it; a handler may refuse.
    """

    call: Call
    member_id: int
    disposition_id: int | None
    resolves: bool
    completes: bool


@dataclass(frozen=True)
class CallbackAsked:
    """The caller of a call wants to be called back by the people of a queue (CBK-1)."""

    call: Call
    queue_id: int
