"""Phone numbers as people type them, to E.164."""

import re
import unicodedata

import phonenumbers

from occ.core.text import visible

REGION = "KR"
_TYPED = re.compile(r"[+(]{0,2}\d[\d\s().+/~–—−‐‑ー-]*")
_TRUNK = re.compile(r"(\+\d{1,3})\s*\(0\)")


def parse(text: str) -> str | None:
    """A number somebody typed, Korean unless it starts with +, as E.164; None when it is none."""
    try:
        parsed = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(parsed) else None


def written(number: str) -> list[str]:
    """The ways in which people write an E.164 number: +821012345678, 01012345678, 010-1234-5678."""
    parsed = phonenumbers.parse(number, REGION)
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return [number, "".join(sign for sign in national if sign.isdigit()), national]


def part(text: str) -> str:
    """The digits to look for in stored numbers where a text is a number or a part of one, however typed; '' where it is not.

    The 0 that begins national numbers is left out: `010-1234` stands in +821012345678.
    """
    plain = _TRUNK.sub(r"\1", unicodedata.normalize("NFKC", visible(text)).strip())
    return re.sub(r"\D", "", plain).removeprefix("0") if _TYPED.fullmatch(plain) else ""
