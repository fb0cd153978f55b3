"""One map an enum."""

from occ.ars.rules.phone import AfterCall, AfterLogin, CallerIdState
from occ.core.i18n import lazy_gettext as _
from occ.core.ui import Label

CALLER_ID_STATES = {
    CallerIdState.CHECKING: Label(_("Checking"), "amber", "clock"),
    CallerIdState.REGISTERED: Label(_("Registered"), "green", "circle-check"),
    CallerIdState.REFUSED: Label(_("Refused"), "red", "ban"),
}
AFTER_LOGIN = {AfterLogin.READY: _("Ready"), AfterLogin.AWAY: _("Away")}
AFTER_CALL = {
    AfterCall.READY: _("Ready"),
    AfterCall.AWAY: _("Away"),
    AfterCall.WRAP_UP: _("Wrap-up, then ready"),
    AfterCall.ASK: _("Wrap-up that asks what comes next"),
}
