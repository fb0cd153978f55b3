from occ.core.access import MANAGERS, Permission, is_manager
from occ.core.i18n import lazy_gettext as _

MAIL_SETTINGS = Permission(
    "mail_settings",
    _("Mail settings of this service"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
