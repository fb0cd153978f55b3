"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.organization.rules import (
    OFFERS,
    PER_USE,
    UNITS,
    Editor,
    Group,
    Item,
    ServiceState,
    ServiceType,
    Terms,
    Unit,
)

TYPES = {ServiceType.CONSULTATION: _("Consultation"), ServiceType.ISSUE: _("Issue management")}
TYPE_HINTS = {
    ServiceType.CONSULTATION: _("Talks with customers by help center, mail, phone and chat."),
    ServiceType.ISSUE: _(
        "Takes over the inquiries that a consultation service cannot resolve itself."
    ),
}
STATES = {
    ServiceState.UNUSED: Label(_("Not in use"), "gray", "circle-dashed"),
    ServiceState.ACTIVE: Label(_("Active"), "green", "circle-check"),
    ServiceState.SUSPENDED: Label(_("Suspended"), "red", "player-pause"),
    ServiceState.TERMINATED: Label(_("Terminated"), "gray", "ban"),
    ServiceState.ERASED: Label(_("Erased"), "gray", "trash"),
}
PER = {Unit.MONTH: _("a month"), Unit.DAY: _("a day")}
EACH = dict.fromkeys(PER_USE, _("each message")) | {Item.DESK_PHONE: _("each phone")}
EDITORS = {Editor.HTML: _("HTML (formatted text)"), Editor.TEXT: _("TEXT (plain text)")}
GROUPS = {
    Group.TICKETS: _("Ticket management"),
    Group.CONTACT: _("Customer channels"),
    Group.INSIGHT: _("Security and insight"),
    Group.EXTRAS: _("Extras"),
}


def terms_words(terms: Terms) -> str:
    """The features of a contract in words."""
    return ", ".join(
        str(ITEMS[Item(offer.feature.value)].text)
        for offer in OFFERS
        if offer.feature in terms.features
    )


def charged_by(item: Item) -> str:
    """What the price of an item is for: a month, a message, a phone, a day."""
    return str(EACH.get(item) or PER[UNITS[item]])


ITEMS = {
    Item.TICKET: Label(_("Ticket management"), icon="ticket"),
    Item.PHONE: Label(_("Phone (CTI)"), icon="phone"),
    Item.MAIL: Label(_("Mail"), icon="mail"),
    Item.HELP_CENTER: Label(_("Help center"), icon="book-2"),
    Item.CHAT: Label(_("Chat"), icon="messages"),
    Item.CUSTOMERS: Label(_("Customer information"), icon="id-badge-2"),
    Item.SECURITY: Label(_("Security service"), icon="shield-lock"),
    Item.STATISTICS: Label(_("Statistics"), icon="chart-bar"),
    Item.OPEN_API: Label(_("Open API"), icon="api"),
    Item.CALLBACK: Label(_("Callbacks"), icon="phone-incoming"),
    Item.SMS: Label(_("Text messages"), icon="message-2"),
    Item.WALLBOARD: Label(_("Wallboard"), icon="device-tv"),
    Item.HANDOVER: Label(_("Issue hand-over"), icon="arrow-forward-up"),
    Item.DOORAY: Label(_("Dooray!"), icon="plug-connected"),
    Item.SEAT: Label(_("Seats"), icon="armchair"),
    Item.SMS_MESSAGE: Label(_("SMS, each"), icon="message-2"),
    Item.MMS_MESSAGE: Label(_("MMS, each"), icon="photo"),
    Item.LICENCE_BASIC: Label(_("Phone licence, basic"), icon="license"),
    Item.LICENCE_RECORDING: Label(_("Phone licence with recording"), icon="license"),
    Item.DESK_PHONE: Label(_("Desk phones"), icon="device-landline-phone"),
    Item.DESK_PHONE_UPKEEP: Label(_("Upkeep of desk phones"), icon="tool"),
}
HINTS = {
    Item.TICKET: _("Collects inquiries and works through them"),
    Item.PHONE: _("Answers and dials in the phone widget"),
    Item.MAIL: _("Answers customers by mail"),
    Item.HELP_CENTER: _("FAQ, notices and inquiries for customers"),
    Item.CHAT: _("Talks on the help center and your own site"),
    Item.CUSTOMERS: _("Keeps each customer's history together"),
    Item.SECURITY: _("Masks personal data, logs each look"),
    Item.STATISTICS: _("By period, type and agent"),
    Item.OPEN_API: _("Exchanges tickets with other systems"),
    Item.CALLBACK: _("Takes call requests and deals them out"),
    Item.SMS: _("Sends SMS and MMS, charged by message"),
    Item.WALLBOARD: _("Shows live figures on a wall screen"),
    Item.HANDOVER: _("Hands inquiries to an issue service"),
    Item.DOORAY: _("Hands tickets to Dooray! projects"),
}
