"""One map an enum."""

from occ.core.i18n import lazy_gettext as _
from occ.core.ui import Label
from occ.tickets.rules import Channel

CHANNELS = {Channel.PHONE: Label(_("Phone"), "gray", "phone"), Channel.MANUAL: Label(_("Written by hand"), "gray", "pencil")}
