"""What is known of a message before it is sent: its words, its recipients, its cost (SMS-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import listed, ngettext, number
from occ.customers.models import Customer
from occ.organization.queries import organization, prices_on
from occ.organization.rules import Item
from occ.sms.rules.kinds import PASTED, Recipient, TextKind
from occ.sms.rules.recipients import Bad, Fault, Typed, Typing
from occ.ticket_settings.queries import words
from occ.ticket_settings.rules import forbidden_in

SHOWN = 5  # bad numbers that a refusal names
LONGEST = 30  # characters of one that are named
FIELD = "recipients"
_ITEMS = {TextKind.SMS: Item.SMS_MESSAGE, TextKind.MMS: Item.MMS_MESSAGE}


@dataclass(frozen=True)
class Cost:
    """What a sending is charged, without tax: each message, and all of them."""

    each: Decimal
    total: Decimal
    currency: str


def cost(kind: TextKind, count: int) -> Cost | None:
    """What as many messages cost by today's price list (BIL-1); None before there is an
    organization.
    """
    org = organization()
    if org is None:
        return None
    prices = prices_on(org.today())
    each = prices.prices.get(_ITEMS[kind], Decimal(0))
    return Cost(each, each * count, prices.currency)


def check_words(service_id: int, text: str, field: str) -> None:
    """Raises Refused for a text that says what it must not (FBW-1)."""
    hits = forbidden_in(text, words(service_id))
    if hits:
        said = listed(dict.fromkeys(hit.there for hit in hits))
        raise Refused(
            _("The text holds forbidden words. Change them: %(words)s.", words=said), field
        )


def check_recipients(typing: Typing, taken: Sequence[Typed] = ()) -> None:
    """Raises Refused for numbers that cannot be texted, each with its place; for none at all, and
    for more than a thousand at once. `taken` came from a ticket, customer or callback.
    """
    if typing.cut:
        raise Refused(too_many(), FIELD)
    if typing.bad:
        named = ", ".join(map(_named, typing.bad[:SHOWN]))
        more = len(typing.bad) - SHOWN
        if more > 0:
            named = ngettext(
                "%(named)s and %(num)d more", "%(named)s and %(num)d more", more, named=named
            )
        raise Refused(_("These cannot be texted: %(named)s.", named=named), FIELD)
    if not typing.found and not taken:
        raise Refused(_("Enter at least one number."), FIELD)
    if len(typing.found) > PASTED:
        raise Refused(
            _(
                "Enter at most %(limit)s numbers at once; these are %(count)s.",
                limit=number(PASTED),
                count=number(len(typing.found)),
            ),
            FIELD,
        )


def too_many() -> str:
    """What is said of more numbers than are taken at once."""
    return _("Enter at most %(limit)s numbers at once.", limit=number(PASTED))


def _named(one: Bad) -> str:
    return _(
        "%(text)s (number %(place)s: %(why)s)",
        text=one.text[:LONGEST],
        place=one.place,
        why=why(one.fault),
    )


def why(fault: Fault) -> str:
    """What is wrong with a number, in a few words."""
    return {
        Fault.DIGITS: _("10 to 13 digits"),
        Fault.NO_NUMBER: _("no phone number"),
        Fault.ABROAD: _("of another country"),
    }[fault]


def recipients(found: Sequence[Typed], known: Recipient | None = None) -> list[Recipient]:
    """Whom a text goes to, each once, with the customers whose numbers these are (SMS-7); `known`
    is the one that was taken over, first.
    """
    numbers = [one.number for one in found]
    people = sa.select(Customer.phone, sa.func.coalesce(Customer.merged_into, Customer.id)).where(
        Customer.phone.in_(numbers)
    )
    owners = dict(db.session.execute(people).tuples().all()) if numbers else {}
    listed = [] if known is None else [known]
    listed += [
        Recipient(one.number, one.text, owners.get(one.number))
        for one in found
        if known is None or one.number != known.number
    ]
    return listed
