from occ.core.access import Permission, Principal, ServiceRef
from occ.core.i18n import lazy_gettext as _

MANAGER = _("a manager of this service or an organization admin")


def _manager(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and rights.manager


TICKET_SETTINGS = Permission(
    "ticket_settings", _("Ticket settings of this service"), MANAGER, _manager, guarded=True, while_suspended=False
)
