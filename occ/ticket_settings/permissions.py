from occ.core.access import MANAGERS, Permission, is_manager
from occ.core.i18n import lazy_gettext as _

TICKET_SETTINGS = Permission(
    "ticket_settings",
    _("Ticket settings of this service"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
