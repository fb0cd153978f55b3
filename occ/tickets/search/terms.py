"""What people type into the search box of tickets, read into conditions (TKT-7)."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from occ.core import phones, search
from occ.core.i18n import gettext as _
from occ.core.text import visible

QUERY_MAX, TERMS_MAX = 200, 10
OFFERED = 12  # values that are named where one is not understood
PHONE_LENGTHS = range(7, 16)  # digits of a whole number without its 0
CLOSE = 0.6  # how alike what was meant is, of 1
_SIGNS = str.maketrans({"：": ":", "＃": "#", "“": '"', "”": '"', "„": '"', "＂": '"'})
_TERM = re.compile(
    r'"(?P<exact>[^"]*)"|(?P<key>[^\s":]+):(?P<value>"[^"]*(?:"|$)|\S*)|(?P<plain>\S+)'
)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_PART_OF_PHONE = re.compile(r"[+(]?[\d().–-]+", re.ASCII)


@dataclass(frozen=True)
class Equals:
    """A value is one of these, or has one of them as a line.

    `seen` is how the search index has it, one of several; () where it has not.
    """

    keys: tuple[str, ...]
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holds:
    """A value has this in it, without case; so has the search index."""

    text: str


@dataclass(frozen=True)
class Reached:
    """A number or address is one of `whole`, or has a part in it on a
    ticket where the viewer sees it.
    """

    part: str
    whole: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """A value, compared by its letters, is not below `low` and below `high`; None is open."""

    low: str | None
    high: str | None


@dataclass(frozen=True)
class Unset:
    """There is no value."""


@dataclass(frozen=True)
class Meant:
    """What a value of a condition means, and how it is told."""

    meaning: Any
    words: str


class Unclear(Exception):
    """A value that means nothing: what to write instead, and values that do."""

    def __init__(self, message: str, offers: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.message, self.offers = message, list(offers)[:OFFERED]


@dataclass(frozen=True)
class Key:
    """Something to search by: its code, its name for the reader, all that it may be
    called, and how its values are read.
    """

    code: str
    name: str
    known_as: frozenset[str]
    read: Callable[[str], Meant]
    short: str = ""  # how it is written where its name has blanks, else its code

    @property
    def typed(self) -> str:
        """How it is written before the colon."""
        return self.name if re.fullmatch(r'[^\s":]+', self.name) else self.short or self.code


@dataclass(frozen=True)
class Problem:
    """What is not understood; each offer is (words, the whole search with them instead)."""

    message: str
    offers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """One condition as it was understood: its name ('' for a text), its value in
    words, and the search without it.
    """

    name: str
    words: str
    rest: str
    problem: Problem | None = None


@dataclass(frozen=True)
class Query:
    """Conditions that all hold: `texts` are parts of what a ticket says, `wanted` meanings by key,
    one of which fits.

    `likely` is the number of a ticket that fits, too, and stands first: the only text, where it
    could be one.
    """

    texts: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    likely: int | None = None
    wanted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    parts: tuple[Part, ...] = field(default=(), compare=False)

    @property
    def problems(self) -> list[Problem]:
        """What was not understood; while there is something, nothing is found."""
        return [part.problem for part in self.parts if part.problem]

    @property
    def only_texts(self) -> bool:
        return bool(self.texts) and not (self.numbers or self.wanted or self.problems)


@dataclass(frozen=True)
class Term:
    """A piece of what was typed and where it stands: a text, exactly so where
    it was quoted, or a condition.
    """

    start: int
    end: int
    text: str
    key: str = ""
    exact: bool = False


def plain(text: str) -> str:
    """A name as it is compared: without case, width, blanks and signs."""
    return "".join(search.runs(text)) or text.strip()


def quoted(value: str) -> str:
    """A value as it is typed."""
    kept = value.replace('"', " ").strip()
    return kept if re.fullmatch(r"\S+", kept) else f'"{kept}"'


def typed(text: str) -> str:
    """A search as it is read: without signs that nobody sees, with the
    colons and quotes of every keyboard.
    """
    return visible(text).translate(_SIGNS).strip()


def without(text: str, *terms: Term) -> str:
    """A search without some of its terms."""
    for term in sorted(terms, key=lambda one: one.start, reverse=True):
        text = f"{text[: term.start].rstrip()} {text[term.end :].lstrip()}".strip()
    return text


def terms(text: str, is_known: Callable[[str], bool]) -> list[Term]:
    """The terms of a search.

    A known key may be followed by a blank; what only looks like a condition is text.
    """
    found: list[Term] = []
    open_key: Term | None = None
    for match in _TERM.finditer(text):
        start, end, key, value = match.start(), match.end(), match["key"], match["value"]
        if open_key is not None and not key:
            term = Term(open_key.start, end, match["exact"] or match["plain"] or "", open_key.key)
            found[-1], open_key = term, None
            continue
        open_key = None
        if key is None:
            found.append(
                Term(
                    start, end, match["plain"] or match["exact"] or "", exact=match["plain"] is None
                )
            )
        elif not value and is_known(key):
            open_key = Term(start, end, "", key)
            found.append(open_key)
        elif _is_condition(key, value):
            found.append(Term(start, end, value.strip('"').strip(), key))
        else:
            found.append(Term(start, end, match[0]))
    return _numbers_joined(text, [term for term in found if term.key or term.text.strip()])


def _is_condition(key: str, value: str) -> bool:
    """Times, addresses and faces are texts: 10:30, https://…, :)"""
    return (
        any(map(str.isalpha, key)) and any(map(str.isalnum, value)) and not value.startswith("//")
    )


def _numbers_joined(text: str, found: Sequence[Term]) -> list[Term]:
    """A phone number that was typed with blanks is one text."""
    joined: list[Term] = []
    first = 0
    while first < len(found):
        last = first
        while last + 1 < len(found) and _is_digits(found[first]) and _is_digits(found[last + 1]):
            last += 1
        whole = text[found[first].start : found[last].end]
        if last > first and wide(whole)[0] in "0+(" and len(phones.part(whole)) in PHONE_LENGTHS:
            joined.append(Term(found[first].start, found[last].end, whole))
            first = last
        else:
            joined.append(found[first])
        first += 1
    return joined


def _is_digits(term: Term) -> bool:
    return not term.key and not term.exact and bool(_PART_OF_PHONE.fullmatch(wide(term.text)))


def wide(text: str) -> str:
    """A text without differences of width: ＃１２３ is #123."""
    return unicodedata.normalize("NFKC", text)


def _by_name(keys: Iterable[Key]) -> dict[str, Key]:
    """Keys by all that they are called; of two with one name the first counts."""
    known: dict[str, Key] = {}
    for key in keys:
        for name in key.known_as:
            known.setdefault(name, key)
    return known


def conditions(text: str, keys: Iterable[Key]) -> list[tuple[Key, Term]]:
    """The conditions of a search on known keys, as typed."""
    known = _by_name(keys)
    found = terms(text, lambda name: plain(name) in known)
    return [(known[plain(term.key)], term) for term in found if plain(term.key) in known]


def rewritten(text: str, keys: Sequence[Key], values: Mapping[str, str]) -> str:
    """A search with other values of some keys, by code; '' takes the conditions away."""
    text = typed(text)
    kept = without(text, *(term for key, term in conditions(text, keys) if key.code in values))
    named = {key.code: key.typed for key in keys}
    added = " ".join(f"{named[code]}:{quoted(value)}" for code, value in values.items() if value)
    # behind a quotation mark that is not closed a condition would be a part of the text
    is_open = kept.count('"') % 2
    return f"{added} {kept}".strip() if is_open else f"{kept} {added}".strip()


def parse(text: str, keys: Callable[[], Sequence[Key]]) -> Query:
    """`#123`, `state:hold`, `code:value`, `"exactly this"` and words.

    `keys` are asked for only where there may be a condition.
    """
    text = typed(text)
    known = _by_name(keys()) if ":" in text else {}
    parts: list[Part] = []
    texts: list[str] = []
    numbers: list[int] = []
    wanted: dict[str, list[Any]] = {}
    if len(text) > QUERY_MAX:
        parts.append(
            _too_much(
                text[:QUERY_MAX].strip(), _("Use at most %(count)s characters.", count=QUERY_MAX)
            )
        )
        text = text[:QUERY_MAX]
    found = terms(text, lambda name: plain(name) in known)
    if len(found) > TERMS_MAX:
        rest = text[: found[TERMS_MAX].start].strip()
        parts.append(
            _too_much(rest, _("Use at most %(count)s words and conditions.", count=TERMS_MAX))
        )
    for term in found[:TERMS_MAX]:
        rest = without(text, term)
        said = wide(term.text)
        if not term.key and not term.exact and said.startswith("#") and _NUMBER.fullmatch(said[1:]):
            numbers.append(int(said[1:]))
            parts.append(Part(_("Number"), said, rest))
        elif not term.key:
            texts.append(term.text)
            parts.append(Part("", term.text, rest))
        elif asked := known.get(plain(term.key)):
            part, meant = _condition(text, term, asked, rest)
            parts.append(part)
            if meant:
                wanted.setdefault(asked.code, []).append(meant.meaning)
        else:
            parts.append(Part(term.key, term.text, rest, _unknown(text, term, known)))
    only = wide(texts[0]) if len(texts) == 1 and not numbers else ""
    likely = int(only) if _NUMBER.fullmatch(only) and int(only) else None
    return Query(
        tuple(texts),
        tuple(numbers),
        likely,
        {code: tuple(meanings) for code, meanings in wanted.items()},
        tuple(parts),
    )


def _too_much(rest: str, message: str) -> Part:
    return Part("", "…", rest, Problem(message))


def _condition(text: str, term: Term, key: Key, rest: str) -> tuple[Part, Meant | None]:
    try:
        if not term.text:
            raise Unclear(_("Enter after the colon what to look for."))
        meant = key.read(term.text)
    except Unclear as error:
        offers = tuple(
            (value, _instead(text, term, f"{key.typed}:{quoted(value)}")) for value in error.offers
        )
        return Part(key.name, term.text or "…", rest, Problem(error.message, offers)), None
    return Part(key.name, meant.words, rest), meant


def _unknown(text: str, term: Term, known: Mapping[str, Key]) -> Problem:
    """Says that a key is none, with the nearest known ones, and offers to look for it as a text."""
    said = plain(term.key)
    near = sorted(((likeness(said, name), name) for name in known), reverse=True)
    typed = dict.fromkeys(known[name].typed for likeness, name in near if likeness >= CLOSE)
    offers = [f"{key}:{quoted(term.text)}" for key in list(typed)[:2]]
    offers.append(f'"{term.key}:{term.text}"')
    return Problem(
        _("“%(key)s” is nothing to search by.", key=term.key),
        tuple((other, _instead(text, term, other)) for other in offers),
    )


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1, letter by letter also in Korean;
    a part of a name is like it.
    """
    if len(one) > 1 and one in other:
        return 0.9
    return SequenceMatcher(
        None, unicodedata.normalize("NFD", one), unicodedata.normalize("NFD", other)
    ).ratio()


def _instead(text: str, term: Term, other: str) -> str:
    return f"{text[: term.start]}{other}{text[term.end :]}"
