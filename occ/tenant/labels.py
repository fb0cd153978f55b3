"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.tenant.rules import OrderState, Plan, Stopped, TenantState

STATES = {
    TenantState.ACTIVE: Label(_("Active"), "green", "circle-check"),
    TenantState.SUSPENDED: Label(_("Suspended"), "red", "player-pause"),
    TenantState.TERMINATED: Label(_("Terminated"), "gray", "ban"),
}
ENDED = Label(_("Ended"), "gray", "calendar-off")
PLANS = {Plan.BASIC: _("Basic"), Plan.RECORDING: _("With recording")}
PLAN_HINTS = {
    Plan.BASIC: _("Calls in and out, voice menu, callbacks. Nothing is recorded."),
    Plan.RECORDING: _("The same, and calls are recorded."),
}
ORDERS = {
    OrderState.ORDERED: Label(_("Ordered"), "amber", "clipboard-list"),
    OrderState.SHIPPED: Label(_("Shipped"), "blue", "truck-delivery"),
    OrderState.IN_USE: Label(_("In use"), "green", "device-landline-phone"),
    OrderState.RETURNED: Label(_("Returned"), "gray", "arrow-back-up"),
}
REASONS = {
    Stopped.NONE: _("There is no phone contract."),
    Stopped.SUSPENDED: _("The phone contract is suspended."),
    Stopped.TERMINATED: _("The phone contract is terminated."),
    Stopped.ENDED: _("The phone contract's period of use has ended."),
}
