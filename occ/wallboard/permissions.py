from occ.core.access import Permission, Principal, ServiceRef
from occ.core.i18n import lazy_gettext as _

MANAGERS = _("a manager of this service or an organization admin")


def _board(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and (rights.manager or rights.phone)


def _manager(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and rights.manager


WALLBOARD = Permission("wallboard", _("Wallboard"), MANAGERS, _board, while_suspended=False)
WALL_LINKS = Permission("wall_links", _("Wall links"), MANAGERS, _manager, guarded=True, while_suspended=False)
MONITOR = Permission("monitor", _("Monitoring"), MANAGERS, _manager, guarded=True, while_suspended=False)
