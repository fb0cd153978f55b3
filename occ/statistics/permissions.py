from occ.core.access import MANAGERS, Permission, is_manager
from occ.core.i18n import lazy_gettext as _

STATISTICS = Permission(
    "statistics", _("Statistics"), MANAGERS, is_manager, guarded=True, while_suspended=False
)
