"""Values that somebody sent, read without trust."""

from occ.core import phones
from occ.core.errors import Refused
from occ.core.i18n import gettext as _


def ident(text: str | None) -> int | None:
    """A row id somebody sent, None when no id column could hold it."""
    return (
        int(text)
        if text and len(text) < 11 and text.isascii() and text.isdigit() and int(text) < 2**31
        else None
    )


def phone_number(text: str, country: str) -> str:
    """A phone number that somebody typed, as E.164; raises Refused with what to write instead."""
    try:
        return phones.parse(text, country)
    except phones.NotANumber as error:
        if error.tail:
            words = _(
                "Enter the number without “%(tail)s”. Extensions and second numbers are not taken.",
                tail=error.tail,
            )
        else:
            example = phones.example(country)
            words = _(
                "This is not a phone number. Enter it whole, such as %(example)s, or "
                "with + and its country code.",
                example=example,
            )
        raise Refused(words) from error
