from occ.core.access import Permission, Principal, ServiceRef, for_org_admins
from occ.core.i18n import lazy_gettext as _

MANAGERS = _("a manager of this service or an organization admin")


def _phone_anywhere(principal: Principal, service: ServiceRef | None) -> bool:
    return any(rights.phone for rights in principal.rights.values())


def _manager(principal: Principal, service: ServiceRef | None) -> bool:
    rights = principal.in_service(service.id) if service else None
    return rights is not None and rights.manager


def _cti_log(principal: Principal, service: ServiceRef | None) -> bool:
    """CTI-3: org admins and managers all events, phone agents their own."""
    return principal.is_org_admin or any(rights.phone or rights.manager for rights in principal.rights.values())


PHONE = Permission("phone", _("Phone"), MANAGERS, _phone_anywhere)
CTI = for_org_admins("cti", _("CTI management"))
SIMULATOR = Permission("simulator", _("Play a caller"), MANAGERS, _manager, guarded=True, while_suspended=False)
CTI_LOG = Permission("cti_log", _("CTI log download"), MANAGERS, _cti_log, guarded=True)
