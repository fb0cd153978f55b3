from occ.core.access import MANAGERS, ORG_ADMINS, Permission, Principal, ServiceRef, for_org_admins
from occ.core.i18n import lazy_gettext as _


def _people(principal: Principal, service: ServiceRef | None) -> bool:
    """MEM-4, MEM-5: org admins everywhere, managers in their own service."""
    rights = principal.in_service(service.id) if service else None
    return principal.is_org_admin or (rights is not None and rights.manager)


def _inviter(principal: Principal, service: ServiceRef | None) -> bool:
    return principal.is_org_admin or any(rights.manager for rights in principal.rights.values())


def _in_service(principal: Principal, service: ServiceRef | None) -> bool:
    return service is not None and principal.in_service(service.id) is not None


MEMBERS = for_org_admins("members", _("Members"))
INVITE = Permission("invite", _("Invite members"), ORG_ADMINS, _inviter, guarded=True)
ADMINS = for_org_admins("admins", _("Organization admins"))
ACCESS = for_org_admins("access", _("Access control"))
PEOPLE = Permission(
    "people", _("Agents and groups"), MANAGERS, _people, guarded=True, while_suspended=False
)
SERVICE_HOME = Permission(
    "service_home", _("Agent of this service"), MANAGERS, _in_service, while_suspended=False
)
