"""FAQ and notices (HC-2): enums and pure decisions."""

import difflib
import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

TITLE_MAX, BODY_MAX = 200, 50_000
ON_HOME = 5
TOPICS_MAX = 500  # categories, headings or tags of a service
TAGS_MAX = 20  # of a notice
MISSED_MAX, MISSED_LENGTH = 1_000, 100
YEARS = range(2000, 9999)  # at the ends of the calendar other zones and days have no instants
EXCERPT = 120
_FORM = "%Y-%m-%dT%H:%M"


class DocumentKind(enum.Enum):
    FAQ = "faq"
    NOTICE = "notice"


class DocumentState(enum.Enum):
    DRAFT = "draft"
    PUBLISHED = "published"


class Readers(enum.Enum):
    """Who reads a FAQ: customers and agents, or agents only, who have it beside the ticket."""

    CUSTOMERS = "customers"
    AGENTS = "agents"


class TopicKind(enum.Enum):
    """What documents are put in order by: FAQ stand in categories, notices under headings and
    tags.
    """

    CATEGORY = "category"
    HEADING = "heading"
    TAG = "tag"


class TopicIcon(enum.Enum):
    """What the home page shows beside a category of the first level."""

    FOLDER = "folder"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    RETURN = "return"
    RECEIPT = "receipt"
    MEMBER = "member"
    BENEFIT = "benefit"
    REPAIR = "repair"
    SECURITY = "security"
    GUIDE = "guide"
    PHONE = "phone"
    INFO = "info"


class NoticeState(enum.Enum):
    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


LEVELS = {TopicKind.CATEGORY: 3, TopicKind.HEADING: 1, TopicKind.TAG: 1}
STANDS_IN = {DocumentKind.FAQ: TopicKind.CATEGORY, DocumentKind.NOTICE: TopicKind.HEADING}


def check_level(kind: TopicKind, above: int | None) -> int:
    """The level under a parent, 1 without one; raises Refused below the lowest."""
    level = (above or 0) + 1
    if level > LEVELS[kind]:
        raise Refused(_("Categories of FAQ have at most %(levels)s levels.", levels=LEVELS[kind]))
    return level


@dataclass(frozen=True)
class Text:
    """What a document says in one language: its title, and its text in plain words; `html` is
    sanitized, '' where plain text was written.
    """

    title: str
    body: str
    html: str = ""

    def __bool__(self) -> bool:
        return bool(self.title or self.body.strip() or self.html)


def check_texts(
    texts: Mapping[str, Text], languages: Sequence[str], *, published: bool
) -> dict[str, Text]:
    """A document's texts by language, empty ones left out.

    A draft has a title in some language. What customers see has title and text in the first
    language, which all others fall back to (ORG-6), and both or none in every other. Raises
    Refused beside the field of a language.
    """
    kept = {code: text for code, text in texts.items() if text}
    for code, text in kept.items():
        _check_length(text.title, TITLE_MAX, f"title-{code}")
        _check_length(text.body, BODY_MAX, f"body-{code}")
    first = languages[0]
    if not published:
        if not any(text.title for text in kept.values()):
            raise Refused(_("Enter a title."), f"title-{first}")
        return kept
    for code in (first, *(code for code in languages if code in kept and code != first)):
        text = kept.get(code, Text("", ""))
        if not text.title:
            raise Refused(_("Enter a title."), f"title-{code}")
        if not (text.body.strip() or text.html):
            raise Refused(_("Enter the content."), f"body-{code}")
    return kept


def _check_length(said: str, limit: int, field: str) -> None:
    if len(said) > limit:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=limit,
                count=len(said),
            ),
            field,
        )


T = TypeVar("T")


def in_language(texts: Mapping[str, T], language: str, first: str) -> tuple[str, T] | None:
    """The text in a language, else in the service's first one, else in any, with the language that
    it is in; None where there is none (ORG-6).
    """
    for code in (language, first, *texts):
        if code in texts:
            return code, texts[code]
    return None


def notice_state(starts_at: datetime, ends_at: datetime | None, now: datetime) -> NoticeState:
    """How a published notice stands; it runs from its start up to, but not with, its end."""
    if now < starts_at:
        return NoticeState.SCHEDULED
    return NoticeState.RUNNING if ends_at is None or now < ends_at else NoticeState.ENDED


def instant(text: str, zone: str, field: str, *, last: bool = False) -> datetime:
    """The instant of a minute that was chosen in the service's zone, in UTC; of two that a clock
    shows twice the first, or the `last`.

    Raises Refused for no time, and for one that the clock of the service skips.
    """
    try:
        chosen = datetime.strptime(text, _FORM).replace(tzinfo=ZoneInfo(zone), fold=int(last))
    except ValueError as error:
        raise Refused(_("Choose a day and a time."), field) from error
    if chosen.year not in YEARS:
        raise Refused(_("Choose a day and a time."), field)
    found = chosen.astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).strftime(_FORM) != chosen.strftime(_FORM):
        raise Refused(_("The clock skips this time. Choose another one."), field)
    return found


def day(text: str, field: str) -> date:
    """A day that was chosen; raises Refused for none."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Refused(_("Choose a day."), field) from error
    if found.year not in YEARS:
        raise Refused(_("Choose a day."), field)
    return found


def spelt(at: datetime, zone: str) -> str:
    """An instant as an input of the browser takes it, in the service's zone."""
    return at.astimezone(ZoneInfo(zone)).strftime(_FORM)


def check_period(starts_at: datetime, ends_at: datetime | None) -> None:
    """Raises Refused for a notice that ends before it begins."""
    if ends_at is not None and ends_at <= starts_at:
        raise Refused(_("The end has to be after the start."), "ends_at")


class Changed(Protocol):
    """What the home page of a help center chooses from."""

    @property
    def id(self) -> int: ...
    @property
    def pinned_home(self) -> bool: ...
    @property
    def changed_at(self) -> datetime: ...


C = TypeVar("C", bound=Changed)


def on_home(faq: Iterable[C]) -> list[C]:
    """The FAQ of the home page: those that are pinned there, last changed first, filled up with the
    last changed others (HC-2).
    """
    order = sorted(faq, key=lambda one: (one.pinned_home, one.changed_at, one.id), reverse=True)
    return order[:ON_HOME]


@dataclass(frozen=True)
class Line:
    """A line of a comparison: `sign` is '+' for a new one, '-' for one that went, else ' '."""

    sign: str
    text: str


def compared(before: str, after: str) -> list[Line]:
    """Two texts line by line, the lines that went above those that came."""
    old, new = before.split("\n"), after.split("\n")
    lines: list[Line] = []
    for tag, first, last, begin, end in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            lines += [Line(" ", said) for said in old[first:last]]
            continue
        lines += [Line("-", said) for said in old[first:last]]
        lines += [Line("+", said) for said in new[begin:end]]
    return lines


def excerpt(body: str, words: Sequence[str]) -> str:
    """A piece of a text around the first of some words, on one line."""
    plain = " ".join(body.split())
    places = [plain.casefold().find(word.casefold()) for word in words]
    at = min((place for place in places if place >= 0), default=0)
    start = max(0, at - EXCERPT // 4) if len(plain) > EXCERPT else 0
    piece = plain[start : start + EXCERPT]
    return f"{'…' if start else ''}{piece}{'…' if start + EXCERPT < len(plain) else ''}"


class Taken(enum.Enum):
    """What is taken out of a text before others read it."""

    NAME = "name"
    NUMBER = "number"
    ADDRESS = "address"


@dataclass(frozen=True)
class Piece:
    """A piece of a text as it is scrubbed: `taken` says why it is left out, None that it stays."""

    text: str
    taken: Taken | None = None


OUT = "○○○"
# E-mail and web addresses, then postal ones of Korea and Japan as people write them.
_ADDRESSES = (
    r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    r"(?:https?://|www\.)[^\s<>\"']+",
    r"(?:[가-힣]{1,8}(?:시|도)\s+)?[가-힣]{1,8}(?:시|군|구)\s+(?:[가-힣]{1,8}(?:구|읍|면|동)\s+){0,2}"
    r"[가-힣][가-힣\d]{0,11}?(?:로|길|동|리|가)"
    r"(?:\s*,?\s*\d{1,5}(?:-\d{1,5})?(?:번지|번길|길|동|층|호)?){0,6}",
    r"(?:〒?\s?\d{3}-\d{4}\s*)?(?:東京都|北海道|京都府|大阪府|[一-龥]{2,3}県)"
    r"[一-龥ぁ-んァ-ヶー々]{1,20}[\d０-９一二三四五六七八九十丁目番地号−ー-]{0,20}",
)
# Four digits and more, whatever stands between them: of phones, cards, orders and days.
_NUMBERS = r"\+?\d(?:[\s\-–.,/()·_:]{0,2}\d){3,}"
# Who is addressed or named with a title; the words of titles that are nobody's name stay.
_NAMES = (
    r"(?<![가-힣])(?!고객|회원|담당|상담|선생|사장|기사|여러|손님|판매|구매|점장|팀장|매니저)"
    r"[가-힣]{2,4}(?=\s?(?:고객|회원|상담원)?님|\s씨|씨(?:[가는의와를께도]|\b))",
    r"(?<![一-龥])(?!客|皆|担当)[一-龥々]{1,4}(?:[ 　]?[一-龥々]{1,4})?(?=[ 　]?(?:様|さん|さま))",
    r"(?<=Mr\. )[A-Z][\w'-]+|(?<=Ms\. )[A-Z][\w'-]+|(?<=Mrs\. )[A-Z][\w'-]+"
    r"|(?<=Dear )(?!Customer|Sir|Madam|Team|All)[A-Z][\w'-]+(?: [A-Z][\w'-]+)?",
)


def pieces(text: str, names: Iterable[str] = ()) -> list[Piece]:
    """A text in pieces, those that say whom it was about apart: `names` that are known, and names,
    numbers of four digits and more, and addresses as people write them.
    """
    known = [re.escape(one) for one in sorted(filter(None, names), key=len, reverse=True)]
    wanted = re.compile(
        "|".join(
            (
                f"(?P<address>{'|'.join(_ADDRESSES)})",
                f"(?P<number>{_NUMBERS})",
                f"(?P<name>{'|'.join((*known, *_NAMES))})",
            )
        )
    )
    found: list[Piece] = []
    done = 0
    for one in wanted.finditer(text):
        if one.start() > done:
            found.append(Piece(text[done : one.start()]))
        found.append(Piece(one[0], Taken(one.lastgroup)))
        done = one.end()
    if done < len(text):
        found.append(Piece(text[done:]))
    return found


def scrubbed(text: str, names: Iterable[str] = ()) -> tuple[str, list[Piece]]:
    """A text without the names, numbers and addresses in it, and what was taken out in the order of
    the text: a draft of a FAQ made from an answer is for everybody.
    """
    found = pieces(text, names)
    return (
        "".join(OUT if one.taken else one.text for one in found),
        [one for one in found if one.taken],
    )


def asked(text: str) -> str:
    """What somebody searched for, as it is counted: without case, width and surplus blanks, its
    numbers and addresses masked; '' for nothing that can be counted.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    masked = "".join(
        "*" if one.taken in (Taken.NUMBER, Taken.ADDRESS) else one.text for one in pieces(plain)
    )
    kept = masked[:MISSED_LENGTH].strip()
    return kept if any(sign.isalnum() for sign in kept) else ""


def is_nobodys(text: str) -> bool:
    """Whether a text says nothing of anybody, as far as can be seen: no name, number or address."""
    return not any(one.taken for one in pieces(text))


def placed(idents: Sequence[int], ident: int, place: int) -> list[int]:
    """The order with one of them at a place, counted from 0 and kept within the list."""
    rest = [one for one in idents if one != ident]
    at = max(0, min(place, len(rest)))
    return [*rest[:at], ident, *rest[at:]]
