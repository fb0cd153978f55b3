"""How documents are worded."""

from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import lazy_pgettext as pgettext
from occ.core.labels import Label
from occ.help_center.documents.rules import (
    DocumentState,
    NoticeState,
    Readers,
    Taken,
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
ADDS = {
    TopicKind.CATEGORY: _("Add a category"),
    TopicKind.HEADING: pgettext("notice", "Add a heading"),
    TopicKind.TAG: _("Add a tag"),
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
