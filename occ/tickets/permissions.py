from occ.core.access import Permission, Principal, ServiceRef
from occ.core.i18n import lazy_gettext as _

MANAGERS = _("a manager of this service or an organization admin")


def _tickets(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and (rights.manager or rights.ticket)


def _transfer(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and (rights.manager or (rights.ticket and rights.transfer))


def _manager(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and rights.manager


TICKETS = Permission("tickets", _("Tickets"), MANAGERS, _tickets, while_suspended=False)
TRANSFER = Permission("transfer", _("Hand tickets on"), MANAGERS, _transfer, while_suspended=False)
TICKET_MANAGER = Permission("ticket_manager", _("Set tickets done, delete spam"), MANAGERS, _manager, while_suspended=False)
