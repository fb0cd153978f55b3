"""Tickets: enums and pure decisions (TKT-1)."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

SUBJECT_MAX, BODY_MAX = 200, 20_000
# how long a reply stays here: as long as the toast offers to take it back, and the way there
UNDO = timedelta(seconds=12)
NAME_MAX, SEARCHES_MAX = 50, 30  # of saved searches
COPIES_MAX = 20  # of one answer


class Channel(enum.Enum):
    """How an inquiry came in."""

    PHONE = "phone"
    MAIL = "mail"
    HELP_CENTER = "help_center"
    MANUAL = "manual"
    HANDOVER = "handover"
    MIGRATION = "migration"


class State(enum.Enum):
    UNASSIGNED = "unassigned"
    PROGRESS = "progress"
    HOLD = "hold"
    HANDED = "handed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    DONE = "done"


OPEN = (State.UNASSIGNED, State.PROGRESS, State.HOLD, State.HANDED, State.ANSWERED)
CLOSED = (State.RESOLVED, State.DONE)
HERE = (State.UNASSIGNED, State.PROGRESS, State.HOLD, State.ANSWERED)  # not with another service


class Priority(enum.Enum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Reason(enum.Enum):
    """Why a ticket was resolved without an answer (internal resolution)."""

    SPAM = "spam"
    ABUSE = "abuse"
    TEST = "test"
    DUPLICATE = "duplicate"
    BY_CHAT = "by_chat"
    BY_PHONE = "by_phone"
    OTHER = "other"


UNCOUNTED = (Reason.SPAM, Reason.ABUSE, Reason.TEST)
# no reasons for a ticket that a service handed over
NOT_HANDED = (Reason.SPAM, Reason.ABUSE, Reason.DUPLICATE)


def is_counted(reason: Reason | None) -> bool:
    """Whether a ticket is one in figures: not what turned out to be none (STA-1, TKT-2, MEM-8)."""
    return reason not in UNCOUNTED


class Entry(enum.Enum):
    """What a line of the history is."""

    INQUIRY = "inquiry"
    REPLY = "reply"  # by mail or in the help center, of the customer or somebody else
    ANSWER = "answer"
    HOLD = "hold"
    COMMENT = "comment"
    INTERNAL = "internal"
    HANDED = "handed"
    ANSWERED = "answered"
    MAIL = "mail"  # to the customer, by a trigger
    TEXT = "text"  # to the customer, a text message


class Move(enum.Enum):
    """What can be done to a ticket."""

    TAKE = "take"
    TRANSFER = "transfer"
    RESOLVE = "resolve"
    HOLD = "hold"
    INTERNAL = "internal"
    REOPEN = "reopen"
    FINISH = "finish"
    RESTORE = "restore"
    HANDOVER = "handover"
    ANSWERED = "answered"  # by the service that it was handed over to
    LEAVE = "leave"  # whoever has it is no agent any more
    DELETE = "delete"


@dataclass(frozen=True)
class Standing:
    """What moves change of a ticket: these fields of its row, always written together."""

    state: State
    assignee_id: int | None = None
    group_id: int | None = None
    reason: Reason | None = None
    held_at: datetime | None = None  # while it is on hold
    resolved_at: datetime | None = None
    done_at: datetime | None = None
    spam_at: datetime | None = None
    deleted_at: datetime | None = None


class Fact(enum.Enum):
    """What an event of a ticket says; its values are stored as codes and worded when shown."""

    CREATED = "created"
    TAKEN = "taken"
    TRANSFERRED = "transferred"
    UNASSIGNED = "unassigned"
    RESOLVED = "resolved"
    HELD = "held"
    INTERNAL = "internal"
    REOPENED = "reopened"
    FINISHED = "finished"
    RESTORED = "restored"
    DELETED = "deleted"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    PRIORITY = "priority"
    FIELD = "field"
    HANDED = "handed"
    ANSWERED = "answered"
    ERASED = "erased"
    MASKED = "masked"
    UNDONE = "undone"
    REPLIED = "replied"
    BOUNCED = "bounced"
    CONTINUED = "continued"
    UNDELIVERED = "undelivered"
    UNSENT = "unsent"


class Box(enum.Enum):
    """The boxes beside the list (TKT-2); the first five hold the viewer's own tickets."""

    PROGRESS = "progress"
    HOLD = "hold"
    RESOLVED = "resolved"
    DONE = "done"
    HANDED = "handed"
    ALL = "all"
    UNASSIGNED = "unassigned"
    GROUPS = "groups"
    SPAM = "spam"


OWN = {
    Box.PROGRESS: (State.PROGRESS,),
    Box.HOLD: (State.HOLD,),
    Box.HANDED: (State.HANDED, State.ANSWERED),
    Box.RESOLVED: (State.RESOLVED,),
    Box.DONE: (State.DONE,),
}
_MOVES = {
    Move.TAKE: (HERE, State.PROGRESS),
    Move.TRANSFER: (HERE, State.PROGRESS),
    Move.RESOLVE: (HERE, State.RESOLVED),
    Move.INTERNAL: (HERE, State.RESOLVED),
    Move.HOLD: ((State.UNASSIGNED, State.PROGRESS, State.ANSWERED), State.HOLD),
    Move.HANDOVER: (HERE, State.HANDED),
    Move.ANSWERED: (OPEN, State.ANSWERED),
    Move.REOPEN: ((State.HOLD, State.RESOLVED, State.HANDED, State.ANSWERED), State.PROGRESS),
    Move.FINISH: ((State.RESOLVED,), State.DONE),
    Move.RESTORE: ((State.RESOLVED,), State.PROGRESS),
    Move.LEAVE: (OPEN, State.UNASSIGNED),
    Move.DELETE: ((State.RESOLVED,), State.RESOLVED),
}
_OF_SPAM = (Move.RESTORE, Move.DELETE)
_REFUSALS = {
    Move.HOLD: _("Only a ticket in progress can be put on hold."),
    Move.REOPEN: _("Only a ticket on hold or resolved can be opened again."),
    Move.FINISH: _("Only a resolved ticket can be marked as done."),
}
NOT_SPAM = _("This ticket is not in the spam box.")
IN_SPAM = _("This ticket is in the spam box.")
DELETED = _("Somebody deleted this ticket.")
WITH_ANOTHER = _(
    "This ticket is with another service. Wait for its answer, or withdraw the hand-over first."
)
TAKE_FIRST = _(
    "Take this ticket first. Only whoever has it and managers of this "
    "service may do this; they can reassign it to you."
)
CHANGED_SINCE = _("This ticket has changed since, or its mail has left. Open it again instead.")
CLOSED_ALREADY = _("This ticket is resolved already. Open it again first.")


class Forbidden(Refused):
    """A reply that says what it must not (FBW-1): `hits` tell where."""

    def __init__(self, hits: Sequence[Any]) -> None:
        super().__init__(
            _("The reply holds forbidden words. Change them, then send it again."), "body"
        )
        self.hits = hits


def begin(assignee: int | None) -> Standing:
    """How a ticket begins: in progress with somebody, else it waits for one."""
    return Standing(State.PROGRESS if assignee else State.UNASSIGNED, assignee)


def transition(
    standing: Standing,
    move: Move,
    now: datetime,
    *,
    member: int | None = None,
    group: int | None = None,
    reason: Reason | None = None,
) -> Standing:
    """How a ticket stands after a move (TKT-1, TKT-4, TKT-5); raises Refused in words.

    `member` has it afterwards where it is taken, transferred, opened again or restored; None makes
    it wait for somebody. Where it is processed or handed over, it is theirs if nobody has it.
    """
    _check(standing, move)
    target = _MOVES[move][1]
    match move:
        case Move.TAKE | Move.TRANSFER:
            return replace(begin(member), group_id=group)
        case Move.REOPEN | Move.RESTORE:
            return replace(begin(member), group_id=standing.group_id)
        case Move.RESOLVE | Move.INTERNAL | Move.HOLD | Move.HANDOVER:
            return replace(
                standing,
                state=target,
                assignee_id=standing.assignee_id or member,
                reason=reason,
                held_at=now if target is State.HOLD else None,
                resolved_at=now if target is State.RESOLVED else None,
                spam_at=now if reason is Reason.SPAM else None,
            )
        case Move.FINISH:
            return replace(standing, state=target, done_at=now)
        case Move.ANSWERED:
            return replace(standing, state=target, held_at=None)
        case Move.LEAVE:  # a hand-over goes on, and its answer stays one
            is_handed = standing.state in (State.HANDED, State.ANSWERED)
            return replace(
                standing,
                state=standing.state if is_handed else target,
                assignee_id=None,
                held_at=None,
            )
        case Move.DELETE:
            return replace(standing, deleted_at=now)


def _check(standing: Standing, move: Move) -> None:
    if standing.deleted_at is not None:
        raise Refused(DELETED)
    if standing.spam_at is None and move in _OF_SPAM:
        raise Refused(NOT_SPAM)
    if standing.spam_at is not None and move not in _OF_SPAM:
        raise Refused(IN_SPAM)
    if standing.state not in _MOVES[move][0]:
        is_away = standing.state is State.HANDED
        raise Refused(WITH_ANOTHER if is_away else _REFUSALS.get(move, CLOSED_ALREADY))


class Arrival(enum.Enum):
    """What a mail of a known thread becomes (TKT-1)."""

    JOINS = "joins"
    REOPENS = "reopens"
    FOLLOWS = "follows"  # a new ticket that is linked to the old one
    BEGINS = "begins"  # a new ticket, as if there were no thread


def arrival(standing: Standing, *, by_person: bool) -> Arrival:
    """What becomes of a mail for a ticket that stands so; only what a person wrote opens it again.

    What is for a deleted ticket begins anew, what is for one in the spam box stays there.
    """
    if standing.deleted_at is not None:
        return Arrival.BEGINS
    if standing.spam_at is not None or not by_person:
        return Arrival.JOINS
    if standing.state is State.DONE:
        return Arrival.FOLLOWS
    waits = standing.state in (State.HOLD, State.RESOLVED)
    return Arrival.REOPENS if waits else Arrival.JOINS


def undone(before: Standing, after: Standing) -> Standing:
    """How a ticket stands once its processing was taken back; raises Refused where it moved on."""
    if after.state not in (State.RESOLVED, State.HOLD) or after.deleted_at is not None:
        raise Refused(CHANGED_SINCE)
    return before


def check_body(text: str, *, field: str = "body") -> str:
    """An answer or comment as it can be stored: not empty, at most BODY_MAX characters."""
    if not text.strip():
        raise Refused(_("Enter something first."), field)
    if len(text) > BODY_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=BODY_MAX,
                count=len(text),
            ),
            field,
        )
    return text


def works_on(*, assignee: int | None, member: int, manager: bool) -> bool:
    """Who may process a ticket: whoever has it, and managers."""
    return manager or assignee == member
