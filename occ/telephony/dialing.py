"""What somebody means by a number they dial: a colleague's, a short one, one outside (CTI-4)."""

from dataclasses import dataclass

from occ.core import phones
from occ.core.errors import Refused
from occ.core.values import phone_number
from occ.telephony import queries


@dataclass(frozen=True)
class Dialed:
    """A number as the phone system takes it, CTI and short ones as they are, others E.164;
    `member_id` is whose CTI number it is.
    """

    number: str
    member_id: int | None = None


def dialed(text: str, country: str) -> Dialed:
    """What a typed number means in a country, CTI numbers of the organization
    first; raises Refused on `number`.
    """
    bare = phones.bare(text)
    colleague = queries.holder(bare) if bare else None
    if colleague is not None:
        return Dialed(bare, colleague.member_id)
    try:
        return Dialed(phones.short(text, country) or phone_number(text, country))
    except Refused as error:
        raise Refused(error.message, "number") from error
