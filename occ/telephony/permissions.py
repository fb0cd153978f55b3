from occ.core.access import MANAGERS, Permission, Principal, ServiceRef, for_org_admins, is_manager
from occ.core.i18n import lazy_gettext as _


def _phone_anywhere(principal: Principal, service: ServiceRef | None) -> bool:
    return any(rights.phone for rights in principal.rights.values())


def _cti_log(principal: Principal, service: ServiceRef | None) -> bool:
    """CTI-3: org admins and managers all events, phone agents their own."""
    return principal.is_org_admin or any(
        rights.phone or rights.manager for rights in principal.rights.values()
    )


PHONE = Permission("phone", _("Phone"), MANAGERS, _phone_anywhere)
CTI = for_org_admins("cti", _("CTI management"))
SIMULATOR = Permission(
    "simulator", _("Play a caller"), MANAGERS, is_manager, guarded=True, while_suspended=False
)
CTI_LOG = Permission("cti_log", _("CTI log download"), MANAGERS, _cti_log, guarded=True)
HISTORIES = Permission(
    "histories",
    _("Histories and recordings"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
