from occ.core.access import Permission, Principal, Rights, ServiceRef
from occ.core.i18n import lazy_gettext as _

WHO = _("a manager of this service or an organization admin")


def _rights(principal: Principal, service: ServiceRef | None) -> Rights | None:
    return principal.in_service(service.id) if service else None


def _see(principal: Principal, service: ServiceRef | None) -> bool:
    rights = _rights(principal, service)
    return rights is not None and (rights.manager or rights.phone)


def _assign(principal: Principal, service: ServiceRef | None) -> bool:
    rights = _rights(principal, service)
    return rights is not None and (rights.manager or (rights.phone and rights.assign_callbacks))


def _manage(principal: Principal, service: ServiceRef | None) -> bool:
    rights = _rights(principal, service)
    return rights is not None and rights.manager


CALLBACKS = Permission("callbacks", _("Callbacks"), WHO, _see, while_suspended=False)
ASSIGN = Permission("assign_callbacks", _("Assign callbacks"), WHO, _assign, while_suspended=False)
CALLBACK_FIGURES = Permission("callback_figures", _("Callback statistics"), WHO, _manage, guarded=True, while_suspended=False)
CALLBACK_DELETE = Permission("delete_callbacks", _("Delete callbacks"), WHO, _manage, while_suspended=False)
