from occ.core.access import MANAGERS, Permission, for_org_admins, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

HC_SETTINGS = Permission(
    "help_center_settings",
    _("Help center settings of this service"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
COMPANY = for_org_admins("company", _("Company information of all help centers"))
DOCUMENTS = Permission(
    "documents",
    _("Write FAQ and notices"),
    MANAGERS,
    in_service(lambda rights: rights.manager or rights.ticket or rights.chat or rights.phone),
    while_suspended=False,
)
PUBLISH = Permission(
    "publish_documents",
    _("Publish and delete FAQ and notices"),
    MANAGERS,
    is_manager,
    while_suspended=False,
)
