"""Settings of tickets: enums and pure decisions."""

import difflib
import enum
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from occ.core import richtext
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.richtext import Edit
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
    """A text as it is compared: without case, width, surrounding
    blanks or signs that show nothing.
    """
    return unicodedata.normalize("NFKC", visible(text)).casefold().strip()


def check_level(parent_level: int | None) -> int:
    """The level under a parent, 1 without one (SET-1: five levels)."""
    level = (parent_level or 0) + 1
    if level > LEVELS:
        raise Refused(_("Categories have at most %(levels)s levels.", levels=LEVELS))
    return level


def check_names(names: Mapping[str, str], languages: Iterable[str]) -> dict[str, str]:
    """Names by language, empty ones left out; the first language, which all
    others fall back to, needs one.
    """
    known = list(languages)
    kept = {code: " ".join(names.get(code, "").split()) for code in known}
    if not kept[known[0]]:
        raise Refused(_("Enter a name."), "name")
    for text in kept.values():
        if len(text) > NAME_MAX:
            raise Refused(
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=NAME_MAX,
                    count=len(text),
                ),
                "name",
            )
    return {code: text for code, text in kept.items() if text}


@dataclass(frozen=True)
class Hit:
    """A forbidden word in a text: what stands before, where and after."""

    word: str
    before: str
    there: str
    after: str


def forbidden_in(text: str, words: Iterable[str]) -> list[Hit]:
    """Where a text holds forbidden words (FBW-1): any part of it, without case or width; in the
    order of the text.

    Compared grapheme by grapheme of what is visible, so that a hit can be shown in the text as it
    was written, signs that show nothing with the one that they follow.
    """
    import regex

    shown, where = placed(text)
    signs: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in regex.finditer(r"\X", shown):
        plain = unicodedata.normalize("NFKC", found.group()).casefold()
        if plain.isspace():
            # several blanks and line breaks read as one
            plain = "" if signs and signs[-1] == " " else " "
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
            hits.append(
                (
                    start,
                    Hit(
                        word,
                        text[max(0, start - AROUND) : start],
                        text[start:end],
                        text[end : end + AROUND],
                    ),
                )
            )
            at = folded_text.find(wanted, at + 1)
    return [hit for _start, hit in sorted(hits, key=lambda pair: pair[0])]


def check_word(text: str) -> str:
    """A forbidden word as it is stored."""
    word = " ".join(text.split())
    if not folded(word):
        raise Refused(_("Enter a word."), "word")
    if len(word) > WORD_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=WORD_MAX,
                count=len(word),
            ),
            "word",
        )
    return word


class Placeholder(enum.Enum):
    """What a text fills in from the ticket (TPL-1), written as #{name}."""

    NUMBER = "number"
    TITLE = "title"
    STATE = "state"
    INTAKE = "intake"
    RESOLUTION = "resolution"
    AGENT = "agent"
    CUSTOMER = "customer"
    EMAIL = "email"


PLACEHOLDERS = {
    Placeholder.NUMBER: _("Ticket number"),
    Placeholder.TITLE: _("Title"),
    Placeholder.STATE: _("State"),
    Placeholder.INTAKE: _("Intake type"),
    Placeholder.RESOLUTION: _("Resolution type"),
    Placeholder.AGENT: _("Agent's nickname"),
    Placeholder.CUSTOMER: _("Customer's name"),
    Placeholder.EMAIL: _("Customer's e-mail"),
}
_PLACE = re.compile(r"[#＃][{｛](?:(?P<name>[^{}｛｝\n]{0,60})[}｝]|\w{0,30})")


@dataclass(frozen=True)
class Place:
    """A placeholder of a text: where it stands, as it is written there, and where its name begins.

    `name` is read as people mean it, without case, width, blanks around it and signs that show
    nothing; None: it is not closed.
    """

    start: int
    end: int
    at: int
    written: str
    name: str | None


def places(text: str) -> list[Place]:
    """The placeholders of a text in their order (TPL-1, TRG-3)."""
    plain, at = placed(text)
    found = []
    for one in _PLACE.finditer(plain):
        name = one["name"]
        begins = one.start() + 2 + (len(name) - len(name.lstrip()) if name else 0)
        last = one.end() - 1
        found.append(
            Place(
                at[one.start()],
                at[last] + 1,
                at[min(begins, last)],
                one[0],
                None if name is None else folded(name),
            )
        )
    return found


def unknown(texts: Iterable[str], known: Collection[str]) -> list[str]:
    """The placeholders that stand for nothing, as they are written, each once."""
    return list(
        dict.fromkeys(
            one.written for text in texts for one in places(text) if one.name not in known
        )
    )


def check_places(texts: Iterable[str], known: Mapping[str, str], field: str) -> None:
    """Every text with placeholders, before it is saved; `known` are their names in words.

    Raises Refused, with the nearest one.
    """
    one = next((one for text in texts for one in places(text) if one.name not in known), None)
    if one is None:
        return
    if one.name is None:
        raise Refused(
            _("The placeholder %(written)s has no } at its end.", written=one.written), field
        )
    words = {
        **{folded(said): name for name, said in known.items()},
        **{name: name for name in known},
    }
    near = difflib.get_close_matches(one.name, words, n=1, cutoff=0.5)
    if near:
        raise Refused(
            _(
                "There is no placeholder %(written)s. Did you mean %(near)s?",
                written=one.written,
                near=f"#{{{words[near[0]]}}}",
            ),
            field,
        )
    raise Refused(
        _(
            "There is no placeholder %(written)s. Choose one of those that are listed.",
            written=one.written,
        ),
        field,
    )


@dataclass(frozen=True)
class Filled:
    """A text with its placeholders filled in, and those that stand for nothing
    any more: they are left empty.
    """

    text: str
    empty: tuple[str, ...]


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """A text with its placeholders filled in, once: what a value says is text,
    never a placeholder of its own.
    """
    said, done = [], 0
    for one in _closed(text):
        said += [text[done : one.start], values.get(one.name or "", "")]
        done = one.end
    return Filled("".join([*said, text[done:]]), tuple(unknown([text], values)))


def _closed(text: str) -> list[Place]:
    return [one for one in places(text) if one.name is not None]


def filled_html(html: str, values: Mapping[str, str]) -> Filled:
    """The same for sanitized HTML: a value takes the format in which the placeholder's name begins,
    in an address it is encoded.
    """
    empty: list[str] = []

    def edits(said: str) -> list[Edit]:
        empty.extend(unknown([said], values))
        return [
            Edit(one.start, one.end, one.at, values.get(one.name or "", ""))
            for one in _closed(said)
        ]

    encoded = {name: quote(value, safe="") for name, value in values.items()}
    there = richtext.edited(html, edits, lambda address: filled(address, encoded).text)
    return Filled(there, tuple(dict.fromkeys([*empty, *unknown(richtext.addresses(html), values)])))


def check_title(title: str) -> None:
    """Raises Refused for a template without a title."""
    if not title:
        raise Refused(_("Fill this in."), "title")


def check_text(said: richtext.Writing, known: Mapping[str, str]) -> None:
    """Raises Refused for what is no text of a template; `known` are the names of its
    placeholders.
    """
    body = said.text
    if not body.strip():
        raise Refused(_("Enter something first."), "body")
    if len(body) > TEMPLATE_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=TEMPLATE_MAX,
                count=len(body),
            ),
            "body",
        )
    check_places([body, *richtext.addresses(said.html)], known, "body")


def check_code(code: str) -> None:
    """Raises Refused for what no template is searched by; '' is none."""
    if code and not re.fullmatch(rf"[A-Za-z0-9]{{1,{CODE_MAX}}}", code):
        raise Refused(_("Use at most 20 letters and digits."), "code")
