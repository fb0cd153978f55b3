from occ.core.access import Permission, Principal, ServiceRef
from occ.core.i18n import lazy_gettext as _

MANAGERS = _("a manager of this service or an organization admin")


def _agent(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and (rights.manager or rights.ticket or rights.phone)


def _manager(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and rights.manager


CUSTOMERS = Permission("customers", _("Customers"), MANAGERS, _agent, while_suspended=False)
MERGE = Permission("merge_customers", _("Merge customers"), MANAGERS, _manager, while_suspended=False)
