"""Inquiries of customers: how they stand, when a form is sent too fast, proof of work (HC-1,
HC-5).
"""

import enum
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from occ.core.errors import Conflict, Refused
from occ.core.i18n import lazy_gettext as _
from occ.tickets.rules import Channel, Entry, State

FASTEST = timedelta(seconds=3)
"""Nobody fills the form in sooner."""
FORM_FOR = timedelta(hours=20)
"""As long as files that were sent with it are kept."""
LINK_FOR = timedelta(days=90)
RENEWED_EVERY = timedelta(minutes=5)
RECEIPT_FOR = timedelta(hours=1)
CONFIRM_FOR = timedelta(hours=24)
PROOF_BITS = 16
"""Of a hash that begin with 0: some 65,000 attempts, which browsers make in a second or two."""
CONSENT_MAX = 5_000
SHOWN = (Channel.HELP_CENTER, Channel.MAIL)
"""Inquiries that customers wrote themselves."""
SEEN = (Entry.INQUIRY, Entry.REPLY, Entry.ANSWER, Entry.HOLD, Entry.MAIL, Entry.TEXT)
OWN = (Entry.INQUIRY, Entry.REPLY)


class Stage(enum.Enum):
    """How an inquiry stands, as its customer is told."""

    RECEIVED = "received"
    SEEN = "seen"
    MORE = "more"
    ANSWERED = "answered"
    CLOSED = "closed"


STAGES = {
    State.UNASSIGNED: Stage.RECEIVED,
    State.PROGRESS: Stage.SEEN,
    State.HANDED: Stage.SEEN,
    State.ANSWERED: Stage.SEEN,
    State.HOLD: Stage.MORE,
    State.RESOLVED: Stage.ANSWERED,
    State.DONE: Stage.CLOSED,
}


@dataclass(frozen=True)
class Node:
    """An intake type that customers can choose, with its parent's id."""

    id: int
    parent_id: int | None
    name: str


def cascade(offered: Sequence[Node], asked: Sequence[int]) -> tuple[list[int], list[list[Node]]]:
    """The chosen path of ids as far as each belongs to the one before it, and the choices of every
    level down to the first that is not chosen.
    """
    below: dict[int | None, list[Node]] = {}
    for node in offered:
        below.setdefault(node.parent_id, []).append(node)
    path: list[int] = []
    levels: list[list[Node]] = []
    there = below.get(None, [])
    for ident in [*asked, None]:
        if not there:
            break
        levels.append(there)
        if ident not in {node.id for node in there}:
            break
        path.append(ident)  # type: ignore[arg-type]
        there = below.get(ident, [])
    return path, levels


def path_of(offered: Sequence[Node], ident: int) -> list[int]:
    """The ids from the top down to one; [] where it is not offered."""
    known = {node.id: node for node in offered}
    path: list[int] = []
    at: int | None = ident
    while at is not None and at in known:
        path.insert(0, at)
        at = known[at].parent_id
    return path if at is None else []


def check_types(offered: Sequence[Node], asked: Sequence[int]) -> int | None:
    """The deepest chosen type; None where a service offers none. Raises Refused for one that is not
    offered, and where the choice stops above the deepest level.
    """
    path, levels = cascade(offered, asked)
    if set(asked) - {node.id for node in offered}:
        raise Refused(_("This intake type is no longer offered. Choose another one."), "intake")
    if len(path) < len(levels):
        raise Refused(_("Choose an intake type."), "intake")
    return path[-1] if path else None


def check_codes(sent: Collection[str], asked: Collection[str]) -> None:
    """Raises Refused where a form says something of fields that are not asked for."""
    if set(sent) - set(asked):
        raise Refused(
            _("The questions below have changed. Look at them again, then send your inquiry.")
        )


def check_pace(opened: datetime, now: datetime, *, calls: bool = False) -> None:
    """Raises Refused for a form that nobody can have filled in, and one that is too old: that of an
    inquiry, or one that `calls` are asked for by.
    """
    if now - opened < FASTEST:
        raise Refused(
            _("That was very fast. Look at your number once more, then ask again.")
            if calls
            else _("That was very fast. Look at your inquiry once more, then send it again.")
        )
    if now - opened > FORM_FOR:
        raise Refused(
            _("This page was open for very long. Look at your number once more, then ask again.")
            if calls
            else _(
                "This page was open for very long. Look at your inquiry once more, then send it."
            )
        )


def is_proof(stamp: str, proof: str, bits: int) -> bool:
    """Whether SHA-256 of a stamp, a dot and the proof begins with so many bits of 0."""
    if not proof.isascii() or len(proof) > 20:
        return False
    found = hashlib.sha256(f"{stamp}.{proof}".encode()).digest()
    return int.from_bytes(found, "big") >> (256 - bits) == 0


def check_consent(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Consent texts by language as they are stored, empty ones left out; the first is needed."""
    kept = {}
    for code in languages:
        text = texts.get(code, "").strip()
        if len(text) > CONSENT_MAX:
            raise Refused(
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=CONSENT_MAX,
                    count=len(text),
                ),
                f"text-{code}",
            )
        if text:
            kept[code] = text
    if languages[0] not in kept:
        raise Refused(_("Enter the text in the first language."), f"text-{languages[0]}")
    return kept


def changed() -> Conflict:
    """What refuses a text that was written over an older version."""
    return Conflict(_("Somebody saved another version meanwhile. Compare it with yours."))
