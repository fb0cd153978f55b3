from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

_board = in_service(lambda rights: rights.manager or rights.phone)
WALLBOARD = Permission("wallboard", _("Wallboard"), MANAGERS, _board, while_suspended=False)
WALL_LINKS = Permission(
    "wall_links", _("Wall links"), MANAGERS, is_manager, guarded=True, while_suspended=False
)
MONITOR = Permission(
    "monitor", _("Monitoring"), MANAGERS, is_manager, guarded=True, while_suspended=False
)
