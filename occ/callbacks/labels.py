"""One map an enum."""

from occ.callbacks.rules import Age, CallbackState, Result, Source, Step
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import lazy_pgettext
from occ.core.labels import Label

STATES = {
    CallbackState.REGISTERED: Label(_("Unassigned"), "amber", "circle-dashed"),
    CallbackState.UNPROCESSED: Label(_("Unprocessed"), "blue", "progress"),
    CallbackState.CANCELLED: Label(_("Assignment cancelled"), "gray", "arrow-back-up"),
    CallbackState.COMPLETED: Label(lazy_pgettext("callback", "Completed"), "green", "circle-check"),
}
FAILED = Label(_("Not reached"), "red", "phone-x")
RESULTS = {
    Result.REQUESTED: Label(lazy_pgettext("callback", "Requested"), "blue", "progress"),
    Result.COMPLETED: STATES[CallbackState.COMPLETED],
    Result.DELETED: Label(lazy_pgettext("callback", "Deleted"), "gray", "trash"),
    Result.FAILED: FAILED,
}
SOURCES = {
    Source.MENU: _("Voice menu"),
    Source.QUEUE: _("While waiting"),
    Source.HELP_CENTER: _("Help center"),
}
AGES = {
    Age.FINE: ("", ""),
    Age.SOON: ("amber", "alert-triangle"),
    Age.LATE: ("red", "alert-octagon"),
}
STEPS = {Step.DAY: _("By day"), Step.MONTH: _("By month")}
