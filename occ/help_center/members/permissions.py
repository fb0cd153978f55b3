from occ.core.access import MANAGERS, Permission, for_org_admins, is_manager
from occ.core.i18n import lazy_gettext as _

SSO_ENTRIES = for_org_admins("sso_entries", _("SSO entries"))
MEMBER_LOGIN = Permission(
    "member_login",
    _("Member login of this service"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
