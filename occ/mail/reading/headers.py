"""What headers say: words, people, ids, times and parameters, in the right forms and the usual
wrong ones. All of it works on bytes, for what a header holds need not be ASCII.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from occ.core.text import visible, writable
from occ.mail.reading import charsets, words
from occ.mail.reading.letter import Person

NAME_MAX, ADDRESS_MAX, SUBJECT_MAX, ID_MAX = 200, 254, 1000, 998
PEOPLE_MAX, IDS_MAX = 500, 100
FILE_NAME_MAX = 180
AHEAD = timedelta(days=1)  # how far a clock may be wrong before its time is none

_ID = re.compile(r"<([^<>]{1,2000})>")
_BARE_ID = re.compile(r"[^\s<>,;\"]{1,900}@[^\s<>,;\"]{1,900}")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\]{1,254}@[^\s<>()\[\],;:\"\\]{1,254}")
_ANGLE = re.compile(r"<([^<>]*)>?[^<>]*$")
# An encoded word, a quoted text, a comment, or one sign.
_PIECE = re.compile(
    r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,4000}\?="
    r'|"(?:\\.|[^"\\]){0,4000}"'
    r"|\((?:\\.|[^()\\]){0,4000}\)|.",
    re.DOTALL,
)
ZONES = {
    "KST": "+0900",
    "JST": "+0900",
    "HKT": "+0800",
    "SGT": "+0800",
    "AWST": "+0800",
    "CET": "+0100",
    "CEST": "+0200",
    "BST": "+0100",
    "EET": "+0200",
    "MSK": "+0300",
    "AEST": "+1000",
    "AEDT": "+1100",
    "NZST": "+1200",
    "NZDT": "+1300",
    "ICT": "+0700",
    "UTC": "+0000",
    "Z": "+0000",
}


def clean(text: str, most: int) -> str:
    """On one line, without signs that nobody sees."""
    return " ".join(writable(text).split())[:most].strip()


def subject(raw: bytes) -> str:
    return clean(words.read(raw), SUBJECT_MAX)


# People


def people(values: Iterable[bytes]) -> list[Person]:
    """Everybody whom address headers name, in their order."""
    found: list[Person] = []
    for value in values:
        found += _people(value)
        if len(found) >= PEOPLE_MAX:
            break
    return found[:PEOPLE_MAX]


def _people(value: bytes) -> list[Person]:
    found: list[Person] = []
    before = ""  # an item without an address belongs to the next one: `Kim, Minsu <k@x>`
    items = _items(value.decode("latin-1"))
    for item in items:
        person = _person(f"{before}, {item}" if before else item)
        if person.address:
            found.append(person)
            before = ""
        else:
            before = f"{before}, {item}" if before else item
    if before and not found:
        person = _person(before)
        if person.name:
            found.append(person)
    return found


def _items(text: str) -> list[str]:
    """What commas and semicolons divide, without the names of groups."""
    items, item, inside = [], "", False
    for piece in _PIECE.findall(text):
        if piece in ",;" and not inside:
            items.append(item)
            item = ""
            continue
        if piece == ":" and not inside and "@" not in item and "<" not in item:
            item = ""
            continue
        inside = piece == "<" or (inside and piece != ">")
        if piece in ",;" and "@" in item.rpartition("<")[2]:
            # `<` that was never closed
            items.append(item)
            item, inside = "", False
            continue
        item += piece
    return [item for item in (*items, item) if item.strip()]


def _person(item: str) -> Person:
    if "<" in item:
        angle = _ANGLE.search(item)
        inner = angle[1] if angle else ""
        name = item[: angle.start()] if angle else item
        address = _address(inner)
        if not address:
            address = _address(_last(words.read(_raw(item))))
            name = item.partition("<")[0]
        return Person(_name(name, address), address)
    bare = item.strip()
    if re.fullmatch(r'"(?:\\.|[^"\\]){1,64}"@[^\s@"<>]+', bare):
        return Person("", _address(bare))
    if not bare.startswith("=?"):
        plain = re.sub(r"\((?:\\.|[^()\\])*\)", " ", bare)
        address = _address(_last(plain))
        if address:
            comment = re.search(r"\(((?:\\.|[^()\\])*)\)", bare)
            rest = plain.replace(address, " ")
            return Person(_name(comment[1] if comment else rest, address), address)
    said = words.read(_raw(item))
    address = _address(_last(said))
    rest = said[: said.rfind(address)] if address else said
    name = clean(rest.replace("<", " ").replace(">", " "), NAME_MAX).strip("\"' ")
    return Person(name if name != address else "", address)


def _raw(text: str) -> bytes:
    return text.encode("latin-1")


def _last(text: str) -> str:
    found = _ADDRESS.findall(text)
    return found[-1] if found else ""


def _address(text: str) -> str:
    """An address as it was written, '' where it is none."""
    text = text.strip()
    if not text.isascii():
        text = charsets.decoded(_raw(text), "")[0] if _fits(text) else text
    if "=?" in text:
        text = words.read(_raw(text)) if _fits(text) else text
    text = re.sub(r"^mailto:", "", text.strip(), flags=re.IGNORECASE)
    if text.startswith("@"):
        text = text.rpartition(":")[2]  # a route
    quoted = re.fullmatch(r'"((?:\\.|[^"\\]){1,64})"@([^\s@"<>]+)', text)
    if not quoted:
        text = "".join(text.split())
        text = text.strip("'\"").rstrip(".")
    text = visible(writable(text))
    if not quoted and not re.fullmatch(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+", text):
        text = _last(text)
    return text if len(text) <= ADDRESS_MAX else ""


def _fits(text: str) -> bool:
    return all(sign <= "\xff" for sign in text)


def _name(raw: str, address: str) -> str:
    """A name without quotes, comments' brackets and a repeated address."""
    text = raw.strip()
    plain = []
    for piece in _PIECE.findall(text):
        if len(piece) > 1 and piece[0] == '"' and piece[-1] == '"':
            plain.append(re.sub(r"\\(.)", r"\1", piece[1:-1]))
        else:
            plain.append(piece)
    said = words.read(_raw("".join(plain)))
    said = clean(said, NAME_MAX).strip('"').strip()
    if len(said) > 1 and said[0] == said[-1] == "'":
        said = said[1:-1].strip()
    said = visible(said)
    if address:  # `Kim (kim@example.com)`: who sees the address masked reads the name
        around = rf"[\s(<\[\"']*{re.escape(address)}[\s)>\]\"']*"
        said = re.sub(around, " ", said, flags=re.IGNORECASE).strip()
    return said


# Ids


def ids(values: Iterable[bytes]) -> list[str]:
    """Message ids in their order, each once, `<id@host>`; the first and the newest of many."""
    found: dict[str, None] = {}
    for value in values:
        text = _plain(value)
        for one in _ID.findall(text):
            said = "".join(one.split())
            if said and len(said) <= ID_MAX:
                found[f"<{said}>"] = None
        if not found and "<" not in text:
            for said in _BARE_ID.findall(text):
                found[f"<{said}>"] = None
    known = list(found)
    return known if len(known) <= IDS_MAX else [known[0], *known[-(IDS_MAX - 1) :]]


def message_id(value: bytes) -> str:
    """`<id@host>`, '' where it is none."""
    found = ids([value])
    if found:
        return found[0]
    said = "".join(_plain(value).split()).strip("<>")
    return f"<{said}>" if 0 < len(said) <= ID_MAX else ""


def _plain(value: bytes) -> str:
    text = words.read(value) if b"=?" in value else charsets.decoded(value, "")[0]
    return writable(text)


# Times


def instant(value: bytes, received_at: datetime) -> datetime | None:
    """An aware instant; None for none, for a wrong one and for one in the future."""
    text = value.decode("latin-1").strip()[:200]
    text = re.sub(r"\([^()]*\)", " ", text).strip()
    text = re.sub(r"(?:GMT|UTC)\s*([+-]\d{2}):?(\d{2})$", r"\1\2", text)
    text = re.sub(r"([+-]\d{2}):(\d{2})$", r"\1\2", text)
    text = re.sub(r"([+-]\d{4})\s+[A-Z]{1,5}$", r"\1", text)
    text = re.sub(r"-0000$", "+0000", text)
    zone = re.search(r"\s([A-Za-z]{1,5})$", text)
    if zone and zone[1].upper() in ZONES:
        text = f"{text[: zone.start()]} {ZONES[zone[1].upper()]}"
    try:
        made = parsedate_to_datetime(text)
        if made.tzinfo is None:
            return None
        made = made.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return made if made.year >= 1980 and made <= received_at + AHEAD else None


# Parameters


class Parameters:
    """`charset`, `boundary`, `filename` and the like of a header, in whatever form."""

    def __init__(self, said: list[tuple[str, bytes]]) -> None:
        self.said = said

    def raw(self, name: str) -> bytes:
        """A parameter as it stands there, b'' where there is none."""
        plain = next((value for key, value in self.said if key == name), None)
        if plain is not None:
            return plain
        return self._extended(name)[0]

    def text(self, name: str) -> str:
        """In words: of the form that names its character set, where it is there twice."""
        raw, label = self._extended(name)
        if raw:
            return words.read(raw) if b"=?" in raw else charsets.decoded(raw, label)[0]
        plain = next((value for key, value in self.said if key == name), b"")
        return _wrongly_encoded(plain)

    def _extended(self, name: str) -> tuple[bytes, str]:
        """RFC 2231, also in several pieces, and the name of its character set."""
        pieces: dict[int, tuple[bytes, bool]] = {}
        for key, value in self.said:
            found = re.fullmatch(re.escape(name) + r"(?:\*(\d{1,3}))?(\*?)", key)
            if found and (found[1] or found[2]):
                pieces.setdefault(int(found[1] or 0), (value, bool(found[2])))
        label, made = "", b""
        for at, number in enumerate(sorted(pieces)):
            value, percent = pieces[number]
            if percent and at == 0:
                charset = re.match(rb"([A-Za-z0-9_.:-]*)'[^']*'", value)
                if charset:
                    label, value = charset[1].decode("ascii"), value[charset.end() :]
            made += unquote_to_bytes(value) if percent else value
        return made, label


def _wrongly_encoded(raw: bytes) -> str:
    """A plain value, which may be in encoded words, percent signs, references or bare bytes."""
    if b"=?" in raw:
        return words.read(raw)
    if b"%" in raw:
        made = unquote_to_bytes(raw)
        if not made.isascii():
            for name in ("utf-8", "cp949"):
                try:
                    return made.decode(name)
                except UnicodeDecodeError:
                    continue
    text = charsets.decoded(raw, "")[0]
    return re.sub(r"&#(\d{2,7});", lambda found: _sign(int(found[1])) or found[0], text)


def _sign(number: int) -> str:
    return chr(number) if 31 < number < 0x110000 else ""


_BOUND = re.compile(rb'[^;"]+|"(?:\\.|[^"\\]){0,8000}"?|;', re.DOTALL)


def parameters(value: bytes) -> tuple[str, Parameters]:
    """The value before the first semicolon in small letters, and what stands behind it."""
    pieces, piece = [], b""
    for part in _BOUND.findall(value):
        if part == b";":
            pieces.append(piece)
            piece = b""
        else:
            piece += part
    pieces.append(piece)
    said: list[tuple[str, bytes]] = []
    for piece in pieces[1:101]:
        key, sign, given = piece.partition(b"=")
        name = key.strip().decode("latin-1").lower()
        if sign and re.fullmatch(r"[a-z0-9_.*-]{1,60}", name):
            said.append((name, _unquoted(given.strip())))
        elif said and piece.strip():
            # a semicolon in a name that stands there without quotes
            said[-1] = (said[-1][0], said[-1][1] + b";" + piece.rstrip())
    return pieces[0].strip().decode("latin-1").lower(), Parameters(said)


def _unquoted(value: bytes) -> bytes:
    if not value.startswith(b'"'):
        return value
    end = len(value) - 1 if len(value) > 1 and value.endswith(b'"') else len(value)
    return re.sub(rb'\\(["\\])', rb"\1", value[1:end])


def file_name(said: Iterable[tuple[Parameters, str]]) -> str:
    """The first name that there is, without folders; '' for none."""
    for found, name in said:
        text = plain_file_name(found.text(name))
        if text:
            return text
    return ""


def plain_file_name(said: str) -> str:
    """A file's name without folders and signs that nobody sees, in one form of Hangul."""
    text = re.split(r"[/\\]", said.rstrip("/\\"))[-1]
    text = visible(unicodedata.normalize("NFC", clean(text, 2000))).strip(" .")
    stem, dot, end = text.rpartition(".")
    if len(text) > FILE_NAME_MAX and dot and len(end) < 20:
        return f"{stem[: FILE_NAME_MAX - len(end) - 1]}.{end}"
    return text[:FILE_NAME_MAX]


def content_id(value: bytes) -> str:
    """The id of a part without its brackets, '' for none."""
    return "".join(_plain(value).split()).strip("<>")[:ID_MAX]
