"""Settings of tickets: enums and pure decisions."""

import enum
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.text import placed, visible

LEVELS = 5
NAME_MAX = 50
TITLE_MAX, TEMPLATE_MAX, CODE_MAX = 100, 20_000, 20
WORD_MAX, WORDS_MAX = 50, 1_000
HITS_MAX = 50  # more are not shown
AROUND = 12  # characters shown on each side of a forbidden word


class CategoryKind(enum.Enum):
    INTAKE = "intake"
    RESOLUTION = "resolution"


def folded(text: str) -> str:
    """A text as it is compared: without case, width, surrounding blanks or signs that show nothing."""
    return unicodedata.normalize("NFKC", visible(text)).casefold().strip()


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


@dataclass(frozen=True)
class Hit:
    """A forbidden word in a text: what stands before, where and after."""

    word: str
    before: str
    there: str
    after: str


def forbidden_in(text: str, words: Iterable[str]) -> list[Hit]:
    """Where a text holds forbidden words (FBW-1): any part of it, without case or width; in the order of the text.

    Compared grapheme by grapheme of what is visible, so that a hit can be shown in the text as it was written, signs that show
    nothing with the one that they follow.
    """
    import regex

    shown, where = placed(text)
    signs: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in regex.finditer(r"\X", shown):
        plain = unicodedata.normalize("NFKC", found.group()).casefold()
        if plain.isspace():
            plain = "" if signs and signs[-1] == " " else " "  # several blanks and line breaks read as one
            if not plain:
                continue
        signs.append(plain)
        spans.extend([(where[found.start()], where[found.end()])] * len(plain))
    folded_text = "".join(signs)
    hits: list[tuple[int, Hit]] = []
    for word in words:
        wanted = folded(" ".join(visible(word).split()))
        at = folded_text.find(wanted) if wanted else -1
        while at >= 0 and len(hits) < HITS_MAX:
            start, end = spans[at][0], spans[at + len(wanted) - 1][1]
            hits.append((start, Hit(word, text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND])))
            at = folded_text.find(wanted, at + 1)
    return [hit for _start, hit in sorted(hits, key=lambda pair: pair[0])]


def check_word(text: str) -> str:
    """A forbidden word as it is stored."""
    word = " ".join(text.split())
    if not folded(word):
        raise Refused(_("Write a word."), "word")
    if len(word) > WORD_MAX:
        raise Refused(_("Use at most %(limit)s characters; this has %(count)s.", limit=WORD_MAX, count=len(word)), "word")
    return word


class Placeholder(enum.Enum):
    """What a template fills in from the ticket (TPL-1), written as #{name}."""

    NUMBER = "number"
    TITLE = "title"
    STATE = "state"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    AGENT = "agent"
    CUSTOMER = "customer"
    EMAIL = "email"


_PLACE = re.compile(r"#\{(\w{1,40})\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders filled in, once: what a value says is text, never a placeholder of its own."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def check_template(*, title: str, body: str, code: str, more: Collection[str] = ()) -> None:
    """What a template must have; `more` are placeholders besides the fixed ones. Raises Refused with the field."""
    if not title:
        raise Refused(_("Fill this in."), "title")
    if not body.strip():
        raise Refused(_("Write something first."), "body")
    if len(body) > TEMPLATE_MAX:
        raise Refused(_("Use at most %(limit)s characters; this has %(count)s.", limit=TEMPLATE_MAX, count=len(body)), "body")
    known = {place.value for place in Placeholder} | set(more)
    unknown = next((name for name in _PLACE.findall(body) if name not in known), None)
    if unknown:
        raise Refused(_("There is no placeholder #{%(name)s}. Choose one of those beside the text.", name=unknown), "body")
    if code and not re.fullmatch(rf"[A-Za-z0-9]{{1,{CODE_MAX}}}", code):
        raise Refused(_("Use at most 20 letters and digits."), "code")
