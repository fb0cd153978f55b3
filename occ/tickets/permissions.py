from occ.core.access import Permission, Principal, ServiceRef
from occ.core.i18n import lazy_gettext as _


def _tickets(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and (rights.manager or rights.ticket)


TICKETS = Permission("tickets", _("Tickets"), _("a manager of this service or an organization admin"), _tickets, while_suspended=False)
