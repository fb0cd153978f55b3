"""Who a text goes to, as people type and paste it (SMS-5)."""

import enum
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from occ.core import phones

FEWEST, MOST_DIGITS = 10, 13
LONGEST = 60_000  # characters that are read: far more than a thousand numbers have
WORDS = 5  # of a number with blanks inside, at most
COUNTRY, PREFIX = "KR", "+82"
_BETWEEN = re.compile(r"[,;\n\r、，；]+")
_SIGNS = re.compile(r"\+?[-0-9()./ ]*")


class Fault(enum.Enum):
    """What is wrong with one of them."""

    DIGITS = "digits"  # not 10 to 13
    NO_NUMBER = "no_number"
    ABROAD = "abroad"


@dataclass(frozen=True)
class Typed:
    """One that can be texted: E.164, and as it was typed."""

    number: str
    text: str


@dataclass(frozen=True)
class Bad:
    """One that cannot: its place among all of them from 1, and what is wrong."""

    place: int
    text: str
    fault: Fault


@dataclass(frozen=True)
class Typing:
    """What a field of recipients holds: each number once, in its order; `doubles` counts what was
    folded. `cut` says that the text is longer than what is read.
    """

    found: tuple[Typed, ...]
    bad: tuple[Bad, ...]
    doubles: int
    cut: bool = False


def read(text: str) -> Typing:
    """Recipients between commas, semicolons, line ends or blanks. Never raises."""
    found: dict[str, Typed] = {}
    bad: list[Bad] = []
    doubles = 0
    for place, one in enumerate(_split(text[:LONGEST]), 1):
        number = number_of(one)
        if isinstance(number, Fault):
            bad.append(Bad(place, one, number))
        elif number in found:
            doubles += 1
        else:
            found[number] = Typed(number, one)
    return Typing(tuple(found.values()), tuple(bad), doubles, cut=len(text) > LONGEST)


def _split(text: str) -> list[str]:
    """The parts, each as typed. Blanks stand between numbers, and inside of one where the words
    around them are a number together.
    """
    parts: list[str] = []
    for piece in _BETWEEN.split(text):
        words = piece.split()
        at = 0
        while at < len(words):
            size = _words_of_one(words, at)
            parts.append(" ".join(words[at : at + size]))
            at += size
    return parts


def _words_of_one(words: Sequence[str], at: int) -> int:
    """How many words the number has that begins there: 010 1234 5678 has three."""
    alone = number_of(words[at])
    if isinstance(alone, str) or not _SIGNS.fullmatch(_plain(words[at])):
        return 1
    for size in range(2, min(len(words) - at, WORDS) + 1):
        joined = " ".join(words[at : at + size])
        if isinstance(number_of(joined), str):
            return size
    if alone is not Fault.ABROAD:
        return 1
    last = at + 1
    while last < len(words) and words[last].isdecimal() and len(words[last]) < FEWEST:
        last += 1
    return last - at


def number_of(text: str) -> str | Fault:
    """A number of Korea as E.164, or what is wrong with it."""
    plain = _plain(text)
    digits = "".join(sign for sign in plain if sign in "0123456789")
    if not _SIGNS.fullmatch(plain) or not digits:
        return Fault.NO_NUMBER
    is_abroad = plain.startswith("+") and not digits.startswith("82")
    if is_abroad or digits.startswith("00"):
        return Fault.ABROAD
    if not FEWEST <= len(digits) <= MOST_DIGITS:
        return Fault.DIGITS
    if digits.startswith("82"):
        digits = digits[2:] if digits[2:].startswith("0") else f"0{digits[2:]}"
    if not digits.startswith("0"):
        return Fault.NO_NUMBER
    try:
        return phones.parse(digits, COUNTRY)
    except phones.NotANumber:
        return PREFIX + digits[1:]


def _plain(text: str) -> str:
    """With the signs, blanks and digits that numbers are written with here."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).split())


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
