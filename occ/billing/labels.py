from occ.billing.rules import Scope, Series
from occ.core.i18n import lazy_gettext as _

SCOPES = {Scope.ALL: _("All"), Scope.TYPE: _("By type"), Scope.SERVICE: _("By service")}
SERIES = {
    Series.SEATS: _("Seats"),
    Series.CHANNELS: _("Contact channels"),
    Series.EXTRAS: _("Extras"),
    Series.MESSAGES: _("Messages"),
    Series.PHONE: _("Phone contract"),
}
