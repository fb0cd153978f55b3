"""The channel of a service (SMS-1): pure decisions."""

import re

from occ.core import phones
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

SENDERS_MAX = 50
COUNTRY, PREFIX = "KR", "+82"
HINT = 4  # characters of a key that are shown
_REFUSAL = re.compile(r"080[0-9]{7,8}")
_CALL_CENTER = re.compile(r"1[568][0-9]{6}")


def refusal_number(text: str, field: str = "refusal_number") -> str:
    """The 080 number by which people refuse advertising, in digits, '' for none; raises Refused."""
    digits = phones.digits(text)
    if digits and not _REFUSAL.fullmatch(digits):
        raise Refused(_("Enter a number that begins with 080, such as 080-123-4567."), field)
    return digits


def sender_number(text: str) -> str:
    """A number of Korea to send from, in digits as it is dialed at home; raises Refused."""
    try:
        digits = phones.parse(text, COUNTRY).removeprefix(PREFIX)
    except phones.NotANumber as error:
        raise Refused(
            _("“%(text)s” is not a Korean phone number.", text=text[:30]), "numbers"
        ) from error
    if digits.startswith("+"):
        raise Refused(_("“%(text)s” is not a Korean phone number.", text=text[:30]), "numbers")
    return digits if _CALL_CENTER.fullmatch(digits) else f"0{digits}"


def typed_senders(text: str) -> list[str]:
    """The numbers of a text, one a line or between commas, each once; raises Refused."""
    parts = filter(None, (one.strip() for one in re.split(r"[,;\n]+", text)))
    return check_senders(dict.fromkeys(map(sender_number, parts)))


def check_senders(numbers: dict[str, None]) -> list[str]:
    """The numbers that a service sends from; raises Refused for too many."""
    if len(numbers) > SENDERS_MAX:
        raise Refused(_("Choose at most %(limit)s numbers.", limit=SENDERS_MAX), "numbers")
    return list(numbers)
