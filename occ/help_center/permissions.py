from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

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
