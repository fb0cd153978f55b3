from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.migration.rules.batches import BatchState

STATES = {
    BatchState.CHECKING: Label(_("Being checked"), "blue", "progress"),
    BatchState.CHECKED: Label(_("To be confirmed"), "amber", "clock"),
    BatchState.REFUSED: Label(_("Refused"), "red", "alert-octagon"),
    BatchState.RESERVED: Label(_("Reserved"), "violet", "clock"),
    BatchState.MAKING: Label(_("Tickets are being made"), "blue", "progress"),
    BatchState.STOPPED: Label(_("Stopped"), "red", "alert-octagon"),
    BatchState.DONE: Label(_("Done"), "green", "circle-check"),
    BatchState.UNDOING: Label(_("Being undone"), "blue", "progress"),
    BatchState.UNDONE: Label(_("Undone"), "gray", "arrow-back-up"),
}
