"""What pages of text messages share: the numbers to send from, and the limits that they count."""

from collections.abc import Mapping, Sequence

from occ.core.i18n import gettext as _
from occ.sms.labels import sender_text
from occ.sms.models import SmsChannel
from occ.sms.rules.kinds import TextKind
from occ.sms.rules.text import MMS_BODY, MMS_TITLE, SMS_BODY


def limits() -> Mapping[str, Mapping[str, int]]:
    """The most bytes of each field, by kind (SMS-4); an SMS has no title."""
    return {
        "title": {TextKind.SMS.value: MMS_TITLE, TextKind.MMS.value: MMS_TITLE},
        "body": {TextKind.SMS.value: SMS_BODY, TextKind.MMS.value: MMS_BODY},
    }


def senders(channel: SmsChannel | None) -> Sequence[str]:
    """The numbers that a service sends from, in their order."""
    return [one.number for one in channel.senders] if channel else []


def sender_choices(channel: SmsChannel | None, stored: str) -> list[tuple[str, str]]:
    """The numbers to choose a template's from, or none of them; the stored one also where the
    channel no longer has it, which its words say.
    """
    known = senders(channel)
    gone = [(stored, _("%(number)s (no longer a sender)", number=sender_text(stored)))]
    return [
        ("", _("Chosen when sending")),
        *((number, sender_text(number)) for number in known),
        *(gone if stored and stored not in known else ()),
    ]
