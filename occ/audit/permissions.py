from occ.core.access import ORG_ADMINS, Permission, Principal, ServiceRef, for_org_admins
from occ.core.i18n import lazy_gettext as _


def _login_log(principal: Principal, service: ServiceRef | None) -> bool:
    """Org admins, and managers with the log-view permission (MEM-4):
    all agents of the organization.
    """
    return principal.is_org_admin or any(
        r.manager and r.view_logs for r in principal.rights.values()
    )


LOGS = for_org_admins("logs", _("Logs"))
LOGIN_LOG = Permission("login_log", _("Login history"), ORG_ADMINS, _login_log, guarded=True)
