"""Settings of tickets: enums and pure decisions."""

import enum
import unicodedata
from collections.abc import Iterable, Mapping

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

LEVELS = 5
NAME_MAX = 50


class CategoryKind(enum.Enum):
    INTAKE = "intake"
    RESOLUTION = "resolution"


def folded(text: str) -> str:
    """A text as it is compared: without case, width or surrounding blanks."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def check_level(parent_level: int | None) -> int:
    """The level under a parent, 1 without one (SET-1: five levels)."""
    level = (parent_level or 0) + 1
    if level > LEVELS:
        raise Refused(_("Categories have at most %(levels)s levels.", levels=LEVELS))
    return level


def check_names(names: Mapping[str, str], languages: Iterable[str]) -> dict[str, str]:
    """Names by language, empty ones left out; the first language, which all others fall back to, needs one."""
    known = list(languages)
    kept = {code: " ".join(names.get(code, "").split()) for code in known}
    if not kept[known[0]]:
        raise Refused(_("Give it a name."), "name")
    for text in kept.values():
        if len(text) > NAME_MAX:
            raise Refused(_("Use at most %(limit)s characters; this has %(count)s.", limit=NAME_MAX, count=len(text)), "name")
    return {code: text for code, text in kept.items() if text}
