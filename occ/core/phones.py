"""Telephone numbers: typed ones must be whole, reported ones are kept as they come, stored ones are
shown as people write them.

A stored number is E.164 (`+821012345678`) where it is whole, else what a phone system reported or
an earlier release took (`1234`, `+82119`). A country is its two letters; one that is not known
(`ZZ`) has no numbers of its own: all of them begin with +.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel.core import get_global
from phonenumbers import (
    CountryCodeSource,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    shortnumberinfo,
)

KEPT = 32  # the most characters that a column keeps of a number
WITHHELD = frozenset(
    ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld")
)
_TRUNK = re.compile(r"(\+\d{1,3}) ?\(0\)")  # +44 (0)20: the 0 is dialed at home only
_WHOLE = re.compile(r"\+?[-0-9()./ ]+")  # with the stroke that Germans write after the area code
_KOREAN_CALL_CENTER = re.compile(r"1[568]\d{6}")  # of those in use phonenumbers knows only some
_KOREAN_PERSONAL = re.compile(r"(50\d)(\d{3,4})(\d{4})")  # phonenumbers groups them after 050


class NotANumber(ValueError):
    """What was typed is no whole number; `tail` is what follows one, an
    extension or a second number.
    """

    def __init__(self, tail: str = "") -> None:
        super().__init__(tail)
        self.tail = tail


def country_of(zone: str) -> str:
    """The country in which a time zone is kept."""
    found = get_global("zone_territories").get(get_global("zone_aliases").get(zone, zone))
    return str(found or phonenumbers.UNKNOWN_REGION)


@lru_cache
def countries(locale: str) -> list[tuple[str, str]]:
    """(code, name in a language) of the countries that have numbers, by name."""
    names = Locale.parse(locale).territories
    return sorted(
        ((code, names[code]) for code in phonenumbers.SUPPORTED_REGIONS), key=lambda row: row[1]
    )


def example(country: str) -> str:
    """A number as the country writes it, to show how."""
    found = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    return _grouped(found, home=True) if found else "+82 10-2000-0000"


def _plain(text: str) -> str:
    """One kind of digit, dash and blank; no invisible signs, which come along from address
    books.
    """
    found = []
    for sign in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(sign)
        if kind == "Nd":
            found.append(str(unicodedata.decimal(sign)))
        elif kind == "Pd" or sign in "−ー":
            found.append("-")
        elif sign.isspace():
            found.append(" ")
        elif kind[0] != "C":
            found.append(sign)
    return " ".join("".join(found).split())


def digits(text: str) -> str:
    """The digits of a text, however they are typed."""
    return _digits(_plain(text))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def _parsed(text: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None


def _is_valid(number: PhoneNumber) -> bool:
    call_center = number.country_code == 82 and _KOREAN_CALL_CENTER.fullmatch(
        str(number.national_number)
    )
    return phonenumbers.is_valid_number(number) or bool(call_center)


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _whole(text: str, country: str) -> str | None:
    """The E.164 form of a number with all of its digits.

    phonenumbers also takes a local number for one whose area code lacks its 0 (2123-4567 for
    02-123-4567) and 1666-123456 for a number of 016: only digits that the country writes are taken.
    """
    number = _parsed(text, country) if _WHOLE.fullmatch(text) else None
    if number is None or not _is_valid(number):
        return None
    if number.country_code_source == CountryCodeSource.FROM_DEFAULT_COUNTRY:
        spelt = [_digits(_grouped(number, home=True))]
        if number.country_code == 1:  # whose 1 is dialed, but not written
            spelt.append(f"1{number.national_number}")
        if _digits(text) not in spelt:
            return None
    return _e164(number)


def parse(text: str, country: str) -> str:
    """A number that somebody typed, as E.164; raises NotANumber."""
    typed = _plain(text)
    tail = typed.lstrip("+0123456789-.() ")
    if _digits(tail) and _whole(typed.removesuffix(tail).rstrip(" ("), country):
        raise NotANumber(tail.rstrip(")"))
    number = _whole(typed, country)
    if number is None:
        raise NotANumber
    return number


def reported(text: str, country: str) -> str:
    """A number that a phone system reports: E.164 where it is whole, else as it comes; '' where it
    is withheld. Never refused.
    """
    plain = _plain(text)
    return "" if plain.casefold() in WITHHELD else _whole(plain, country) or plain[:KEPT]


def short(text: str, country: str) -> str | None:
    """The digits of a short or emergency number of the country (119, 1330), which is
    dialed as it is; None for others.
    """
    found = "" if _whole(_plain(text), country) else bare(text)
    number = _parsed(found, country)
    known = number is not None and shortnumberinfo.is_valid_short_number_for_region(number, country)
    return found if known or is_emergency(found, country) else None


def is_emergency(found: str, country: str) -> bool:
    """Whether digits call the police, a fire brigade or an ambulance in a country."""
    return bool(shortnumberinfo.is_emergency_number(found, country))


def bare(text: str) -> str:
    """The digits of what is typed as a number without +, as CTI and short
    numbers are; '' for other texts.
    """
    plain = _plain(text)
    return _digits(plain) if _WHOLE.fullmatch(plain) and plain[0] != "+" else ""


def part(text: str) -> str:
    """What a stored number holds where somebody looks for a part of one: digits without a leading
    0, '' for other texts.
    """
    plain = _TRUNK.sub(r"\1", _plain(text))
    found = _digits(plain) if _WHOLE.fullmatch(plain) else ""
    return found.removeprefix("0") or found


def candidates(text: str, country: str) -> list[str]:
    """The stored numbers that somebody may mean who looks for a whole one, however it is typed;
    empty for other texts.
    """
    plain = _plain(text)
    found = _digits(plain) if _WHOLE.fullmatch(plain) else ""
    if not found:
        return []
    number = _parsed(plain, country)
    spelt = (_e164(number) if number else plain, f"+{found}", plain, found)
    return list(dict.fromkeys(way[:KEPT] for way in spelt))


def _stored(number: str) -> PhoneNumber | None:
    """A stored number that is whole."""
    found = _parsed(number, phonenumbers.UNKNOWN_REGION) if number.startswith("+") else None
    return found if found is not None and _is_valid(found) and _e164(found) == number else None


def _grouped(number: PhoneNumber, *, home: bool) -> str:
    """A number as it is written at home, without its country code, or abroad."""
    personal = (
        _KOREAN_PERSONAL.fullmatch(str(number.national_number))
        if number.country_code == 82
        else None
    )
    if personal:
        return ("0" if home else "+82 ") + "-".join(personal.groups())
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    )


@lru_cache(4096)
def shown(number: str, country: str) -> str:
    """A stored number as people write it: without its country code where it is the country's, what
    is no whole number as it is.
    """
    found = _stored(number)
    return (
        _grouped(found, home=found.country_code == phonenumbers.country_code_for_region(country))
        if found
        else number
    )


@lru_cache(4096)
def masked(number: str, country: str) -> str:
    """A number as it is shown with the four digits before the last four hidden, of a shorter one
    the first four: 010-****-3305.

    A country code is no secret and stays; of eight digits and fewer the last ones stay, of four
    none.
    """
    text = shown(number, country)
    code = re.match(r"\+\d+ ", text) if _stored(number) else None
    start = code.end() if code else _code_length(text)
    secret = [place for place, sign in enumerate(text) if place >= start and sign.isalnum()]
    first = max(0, len(secret) - 8)
    hidden = (
        set(secret[first : first + 4])
        if all(text[place].isdigit() for place in secret)
        else set(secret)
    )
    return "".join("*" if place in hidden else sign for place, sign in enumerate(text))


def _code_length(text: str) -> int:
    """How many signs of a number that is not whole are + and its country code."""
    number = _parsed(text, phonenumbers.UNKNOWN_REGION) if text.startswith("+") else None
    return 1 + len(str(number.country_code)) if number else 0


def written(number: str) -> list[str]:
    """The ways in which people write a stored number, for an index: +821012345678, 01012345678,
    010-1234-5678, +82 10-1234-5678.
    """
    return list(_written(number))


@lru_cache(4096)
def _written(number: str) -> tuple[str, ...]:
    found = _stored(number)
    if found is None:
        return (number,)
    national = _grouped(found, home=True)
    return number, _digits(national), national, _grouped(found, home=False)
