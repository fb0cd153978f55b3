"""Template categories of two levels, and templates (SMS-2, SMS-3): pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.sms.rules.kinds import TextKind

NAME_MAX, DESCRIPTION_MAX = 50, 200  # characters


@dataclass(frozen=True)
class Stored:
    """A picture of a template: its name, and where it lies."""

    name: str
    key: str
    size: int


@dataclass(frozen=True)
class Draft:
    """A template as it was written (SMS-3); title and body as they are sent."""

    kind: TextKind
    name: str
    body: str
    description: str = ""
    active: bool = True
    editable: bool = True
    sender: str = ""
    title: str = ""
    pictures: Sequence[Stored] = field(default=())


def check_name(name: str) -> str:
    """A name of a category or template; raises Refused."""
    kept = " ".join(name.split())
    if not kept:
        raise Refused(_("Enter a name."), "name")
    if len(kept) > NAME_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=NAME_MAX,
                count=len(kept),
            ),
            "name",
        )
    return kept


def placed(idents: Sequence[int], ident: int, place: int) -> list[int]:
    """The order with one of them at a place, counted from 0 and kept within the list."""
    rest = [one for one in idents if one != ident]
    at = max(0, min(place, len(rest)))
    return [*rest[:at], ident, *rest[at:]]
