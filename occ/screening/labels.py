"""How the spam rule is worded."""

from occ.core.i18n import lazy_gettext as _
from occ.core.labels import Label
from occ.screening.rules import BlockKind, Channel, Reason

REASONS = {
    Reason.LIMIT: Label(_("Too many at once"), "amber", "clock"),
    Reason.ADDRESS: Label(_("Blocked address"), "red", "ban"),
    Reason.SENDER: Label(_("Blocked sender"), "red", "ban"),
}
CHANNELS = {
    Channel.FORM: _("Inquiry form"),
    Channel.MAIL: _("Mail"),
    Channel.API: _("Open API"),
}
KINDS = {
    BlockKind.ADDRESS: _("IP address"),
    BlockKind.SENDER: _("Sender"),
}
