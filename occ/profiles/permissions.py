from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

_agent = in_service(lambda rights: rights.manager or rights.ticket or rights.phone)
CUSTOMERS = Permission("customers", _("Customers"), MANAGERS, _agent, while_suspended=False)
MERGE = Permission(
    "merge_customers", _("Merge customers"), MANAGERS, is_manager, while_suspended=False
)
