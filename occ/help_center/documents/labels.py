"""How documents are worded."""

from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import lazy_pgettext as pgettext
from occ.core.labels import Label
from occ.help_center.documents.rules import (
    DocumentState,
    NoticeState,
    Readers,
    Taken,
    TopicIcon,
    TopicKind,
)

STATES = {
    DocumentState.DRAFT: Label(_("Draft"), "gray", "pencil"),
    DocumentState.PUBLISHED: Label(pgettext("document", "Published"), "green", "circle-check"),
}
NOTICE_STATES = {
    NoticeState.SCHEDULED: Label(pgettext("notice", "Scheduled"), "blue", "clock"),
    NoticeState.RUNNING: Label(pgettext("notice", "Running"), "green", "circle-check"),
    NoticeState.ENDED: Label(pgettext("notice", "Ended"), "gray", "checks"),
}
READERS = {
    Readers.CUSTOMERS: Label(_("Customers"), "gray", "world"),
    Readers.AGENTS: Label(_("Agents only"), "violet", "lock"),
}
SHELVES = {
    TopicKind.CATEGORY: _("Categories"),
    TopicKind.HEADING: pgettext("notice", "Headings"),
    TopicKind.TAG: _("Tags"),
}
ICONS = {
    TopicIcon.FOLDER: Label(pgettext("icon", "Folder"), "gray", "folder"),
    TopicIcon.PAYMENT: Label(pgettext("icon", "Payment"), "gray", "credit-card"),
    TopicIcon.DELIVERY: Label(pgettext("icon", "Delivery"), "gray", "truck-delivery"),
    TopicIcon.RETURN: Label(pgettext("icon", "Return"), "gray", "arrow-back-up"),
    TopicIcon.RECEIPT: Label(pgettext("icon", "Receipt"), "gray", "receipt"),
    TopicIcon.MEMBER: Label(pgettext("icon", "Member"), "gray", "user-cog"),
    TopicIcon.BENEFIT: Label(pgettext("icon", "Benefits"), "gray", "star"),
    TopicIcon.REPAIR: Label(pgettext("icon", "Repair"), "gray", "tool"),
    TopicIcon.SECURITY: Label(pgettext("icon", "Security"), "gray", "shield-check"),
    TopicIcon.GUIDE: Label(pgettext("icon", "Guide"), "gray", "book-2"),
    TopicIcon.PHONE: Label(pgettext("icon", "Phone"), "gray", "device-mobile-message"),
    TopicIcon.INFO: Label(pgettext("icon", "Information"), "gray", "info-circle"),
}
ADDS = {
    TopicKind.CATEGORY: _("Add a category"),
    TopicKind.HEADING: pgettext("notice", "Add a heading"),
    TopicKind.TAG: _("Add a tag"),
}
EDITS = {
    TopicKind.CATEGORY: _("Edit the category"),
    TopicKind.HEADING: _("Edit the name"),
    TopicKind.TAG: _("Edit the name"),
}
NONE_YET = {
    TopicKind.CATEGORY: _("No categories yet"),
    TopicKind.HEADING: _("No headings yet"),
    TopicKind.TAG: _("No tags yet"),
}
TAKEN = {
    Taken.NAME: _("Name"),
    Taken.NUMBER: _("Number"),
    Taken.ADDRESS: _("Address"),
}
