"""What a text message can hold, and how long it is (SMS-4).

Gateways count CP949 bytes: ASCII is one, everything else that has a code is two. `euc_kr` of
Python is no measure: it spells syllables beyond KS X 1001 with eight bytes. The browser counts by
`static/js/sms/bytes.js`, whose figures a test compares with these.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import ngettext, number
from occ.sms.rules.kinds import Message, TextKind
from occ.sms.rules.pictures import check_count, check_size

SMS_BODY, MMS_TITLE, MMS_BODY = 90, 40, 2_000  # bytes
# Signs that people type and CP949 lacks, and what looks like them there; '' takes one out. All
# others are offered what NFKC or leaving out their marks makes of them, where that has a code.
SUBSTITUTES: Mapping[str, str] = {
    "₩": "￦",
    "–": "―",
    "—": "―",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "•": "·",
    "・": "·",
    "‧": "·",
    "⋯": "…",
    "〜": "～",
    "\u00a0": " ",
    "\u2028": "\n",
    "\u2029": "\n",
}
NAMED = 5  # characters that a refusal names; more are counted


@dataclass(frozen=True)
class Sign:
    """A character that cannot be sent, or may arrive as `?`.

    `places`: where it stands in the text as it was typed, in code points from 0. `substitute`: what
    to put in its place, '' to take it out, None where nothing is offered.
    """

    text: str
    places: tuple[int, ...]
    substitute: str | None = None


@dataclass(frozen=True)
class Measured:
    """A text as it is sent, its length in bytes (code points without a code count nothing), what
    cannot be sent, and what older phones may show as `?`.
    """

    text: str
    bytes: int
    refused: tuple[Sign, ...]
    warned: tuple[Sign, ...]


def code(text: str) -> bytes | None:
    """The text in CP949; None where it has a character without a code."""
    try:
        return text.encode("cp949")
    except UnicodeEncodeError:
        return None


def lines(text: str) -> str:
    """The text with line ends of one character: a form sends two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_rare(encoded: bytes) -> bool:
    """Whether a syllable stands in CP949 alone: gateways promise EUC-KR, so that a phone may show
    `?` for it (똠, 펲).
    """
    return len(encoded) == 2 and min(encoded) < 0xA1


@cache
def substitute(sign: str) -> str | None:
    """What is offered for a character without a code: '' to take it out, None for nothing.

    A letter of another script stays to be reworded: leaving it out changes what is said.
    """
    if sign in SUBSTITUTES:
        return SUBSTITUTES[sign]
    plain = "".join(
        one
        for one in unicodedata.normalize("NFD", sign)
        if unicodedata.category(one) not in ("Mn", "Me", "Cf")
    )
    for form in (
        unicodedata.normalize("NFKC", sign),
        unicodedata.normalize("NFC", plain),
        unicodedata.normalize("NFKC", plain),
    ):
        if form and code(form) is not None:
            return form
    return None if any(unicodedata.category(one)[0] in "LN" for one in sign) else ""


def measured(text: str) -> Measured:
    """Measures a text as it was typed.

    Composed first (NFC), so that syllables of a Mac's file names are two bytes; where the composed
    form has no code and the typed one has (U+212B, U+F92C, U+F9B8), the typed one is sent. Never
    NFKC: 154 characters would lose their code, ￦ among them.
    """
    import regex

    sent: list[str] = []
    length = place = 0
    refused: dict[str, list[int]] = {}
    warned: dict[str, list[int]] = {}
    for typed in regex.findall(r"\X", lines(text)):
        composed = unicodedata.normalize("NFC", typed)
        found = next((form for form in (composed, typed) if code(form) is not None), None)
        if found is None:
            refused.setdefault(composed, []).append(place)
            sent.append(composed)
            length += sum(len(code(one) or b"") for one in composed)
        else:
            encoded = found.encode("cp949")
            length += len(encoded)
            sent.append(found)
            if _is_rare(encoded):
                warned.setdefault(found, []).append(place)
        place += len(typed)
    return Measured(
        "".join(sent),
        length,
        tuple(Sign(sign, tuple(at), substitute(sign)) for sign, at in refused.items()),
        tuple(Sign(sign, tuple(at)) for sign, at in warned.items()),
    )


def _named(signs: tuple[Sign, ...]) -> str:
    """The first characters of those that cannot be sent, each with its place counted from 1."""
    return ", ".join(f"{name(sign.text)} ({sign.places[0] + 1})" for sign in signs[:NAMED])


def name(sign: str) -> str:
    """A character as it is named: by its number where it shows nothing."""
    if sign[0].isprintable() and not sign.isspace():
        return sign
    return " ".join(f"U+{ord(one):04X}" for one in sign)


def sendable(text: str, limit: int, field: str) -> str:
    """The text as it is sent, of at most `limit` bytes.

    Raises Refused for what cannot be sent, which it names, and for a text that is too long.
    """
    found = measured(text)
    if found.refused:
        count = len(found.refused)
        if count > NAMED:
            raise Refused(
                _(
                    "Text messages cannot hold these characters (with their places): %(signs)s and "
                    "%(more)s more.",
                    signs=_named(found.refused),
                    more=count - NAMED,
                ),
                field,
            )
        raise Refused(
            ngettext(
                "Text messages cannot hold this character (with its place): %(signs)s.",
                "Text messages cannot hold these characters (with their places): %(signs)s.",
                count,
                signs=_named(found.refused),
            ),
            field,
        )
    if found.bytes > limit:
        raise Refused(
            _(
                "Use at most %(limit)s bytes; this has %(count)s.",
                limit=number(limit),
                count=number(found.bytes),
            ),
            field,
        )
    return found.text


def title_of(kind: TextKind, title: str, field: str = "title") -> str:
    """The title as it is sent: an MMS needs one, an SMS has none. Raises Refused."""
    if kind is TextKind.SMS:
        return ""
    if not title.strip():
        raise Refused(_("Enter a title. An MMS has one."), field)
    return sendable(title, MMS_TITLE, field)


def kind_of(body: str) -> TextKind:
    """The kind that holds a text: an SMS as long as it fits into one."""
    return TextKind.SMS if measured(body).bytes <= SMS_BODY else TextKind.MMS


def body_of(kind: TextKind, body: str, field: str = "body") -> str:
    """The text as it is sent. Raises Refused."""
    if not body.strip():
        raise Refused(_("Enter something first."), field)
    return sendable(body, SMS_BODY if kind is TextKind.SMS else MMS_BODY, field)


def checked(message: Message) -> Message:
    """A message with its texts as they are sent, whoever wrote it: a form, an interface or the
    service itself. Raises Refused for texts that are too long or cannot be sent, an MMS without a
    title, and for pictures of an SMS, or too many or too large ones.
    """
    if message.kind is TextKind.SMS and message.pictures:
        raise Refused(_("Only an MMS has pictures."), "picture")
    check_count(len(message.pictures), "picture")
    for one in message.pictures:
        check_size(len(one.content), "picture")
    return replace(
        message,
        title=title_of(message.kind, message.title),
        body=body_of(message.kind, message.body),
    )


ADVERTISES, REFUSES = "(광고)", "무료수신거부"


def advertising(body: str, refusal_number: str) -> str:
    """A text as the law wants advertising: it begins with (광고) and ends with 무료수신거부 and a
    080 number; what is there already is not written twice.
    """
    ending = f"{REFUSES} {refusal_number}"
    told = body if body.startswith(ADVERTISES) else f"{ADVERTISES} {body}"
    return told if told.rstrip().endswith(ending) else f"{told.rstrip()}\n{ending}"
