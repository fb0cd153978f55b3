"""One map an enum, and a gateway's codes in words."""

from typing import Any

from occ.core import phones
from occ.core.i18n import gettext, lazy_pgettext, phone
from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.sms.rules.kinds import ByItself, Problem, RecipientState, SendingState, TextKind

KINDS = {TextKind.SMS: _("SMS"), TextKind.MMS: _("MMS")}
SEND_KINDS = {"now": _("Sent at once"), "reserved": _("Reserved")}
STATES = {
    SendingState.PROCESSING: Label(lazy_pgettext("text message", "Processing"), "teal", "progress"),
    SendingState.SENT: Label(lazy_pgettext("text message", "Sent"), "green", "circle-check"),
    SendingState.FAILED: Label(lazy_pgettext("text message", "Failed"), "red", "alert-circle"),
    SendingState.CANCELLED: Label(
        lazy_pgettext("text message", "Cancelled"), "gray", "arrow-back-up"
    ),
}
RESERVED = Label(_("Reserved"), "blue", "clock")
UNCLEAR = Label(_("Unclear"), "amber", "alert-triangle")
LATE = Label(_("Sent late"), "amber", "clock")
RESULTS = {
    RecipientState.ACCEPTED: Label(_("No result yet"), "teal", "progress"),
    RecipientState.DELIVERED: Label(_("Delivered"), "green", "circle-check"),
    RecipientState.FAILED: Label(_("Not delivered"), "red", "alert-circle"),
}
PROBLEMS = {
    Problem.TOO_LATE: _(
        "Its time was more than 24 hours ago when it could have been sent. Send it again if it "
        "still holds."
    ),
    Problem.NIGHT: _(
        "Advertising is not sent between 21:00 and 08:00 in Korea. Send it again in the daytime."
    ),
    Problem.REFUSED: _("The gateway did not take it."),
    Problem.UNCLEAR: _(
        "The gateway’s answer never came, and it cannot be asked whether it has the text. It is "
        "not sent again by itself. Ask again: what the gateway has is taken over, what it has not "
        "in three looks is sent. Or look for it in the gateway’s own console."
    ),
}
BY_ITSELF = {
    ByItself.CALLBACK_RECEIVED: _("By itself: callback received"),
    ByItself.CALL_ABANDONED: _("By itself: call not answered"),
    ByItself.AFTER_HOURS: _("By itself: call after hours"),
}
# Codes of the gateway's guide that somebody can do something about; others are shown as they are.
CODES = {
    "-1000": _(
        "The app key or the secret key is wrong. Ask a manager to enter them again with the "
        "channel."
    ),
    "-1001": _("This app key does not exist. Ask a manager to enter it again with the channel."),
    "-1002": _("This app key is no longer in use. Switch it on at NHN Cloud."),
    "-1004": _("NHN Cloud does not let this server’s address in. Allow it there."),
    "-1008": _("The project is blocked at NHN Cloud. Ask their support."),
    "-2003": _("A picture is no JPEG file."),
    "-2004": _("A picture was no longer there. Send the text again."),
    "-2005": _("A picture is larger than 300 KB."),
    "-2014": _("The title or the text is empty."),
    "-2015": _("The title or the text is too long."),
    "-2018": _("The number is missing."),
    "-2019": _("The number is not valid. Check it."),
    "-2023": _("The title or the text holds characters that cannot be sent, such as emoji."),
    "-2024": _("MMS cannot be sent abroad."),
    "-2052": _("This month’s limit of messages is reached. Have it raised at NHN Cloud."),
    "-2312": _("The sender number is not registered at NHN Cloud."),
    "-2313": _("The sender number is blocked at NHN Cloud."),
    "-6001": _("This number refuses advertising."),
    "-6003": _("Advertising must begin with (광고) and end with how to refuse it."),
    "-6004": _("The number to refuse advertising by is not registered at NHN Cloud."),
    "1002": _("The number is not valid. Check it."),
    "1003": _("The sender number is not valid."),
    "2000": _("The phone could not be reached in time."),
    "2003": _("The phone is switched off."),
    "2004": _("The phone’s memory is full."),
    "2005": _("The phone has no signal."),
    "3001": _("Nobody has this number."),
    "3003": _("Nobody has this number."),
    "3004": _("The number is suspended."),
    "3006": _("The phone refuses messages."),
    "3010": _("The phone cannot receive MMS. Send an SMS."),
    "3012": _("The carrier took it for spam."),
    "3016": _("The pictures are too large for the carrier."),
    "3017": _("The sender number is not registered with the carriers."),
    "3018": _("The owner of the sender number has it protected against others’ use."),
    "3019": _("The sender number is blocked by the authorities."),
    "E915": _("The same text went to this number a moment before."),
    "E919": _("Advertising is not delivered at this hour."),
}


def code_text(code: str) -> str:
    """A gateway's code in words; '' for none."""
    if not code:
        return ""
    words: Any = CODES.get(code)
    return str(words) if words is not None else gettext("The gateway says %(code)s.", code=code)


def sender_text(number: str) -> str:
    """A sender number, as its gateway lists it, as people write it."""
    return phone(phones.reported(number, "KR"), "KR")
