from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.delivery.rules import State

STATES = {
    State.WAITING: Label(_("Waiting"), "amber", "clock"),
    State.SENT: Label(_("Sent"), "green", "circle-check"),
    State.LOCAL: Label(_("Kept here"), "blue", "inbox"),
    State.FAILED: Label(_("Failed"), "red", "alert-octagon"),
    State.BOUNCED: Label(_("Came back"), "red", "mail-x"),
}
