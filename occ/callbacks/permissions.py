from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

_see = in_service(lambda rights: rights.manager or rights.phone)
_assign = in_service(lambda rights: rights.manager or (rights.phone and rights.assign_callbacks))
CALLBACKS = Permission("callbacks", _("Callbacks"), MANAGERS, _see, while_suspended=False)
ASSIGN = Permission(
    "assign_callbacks", _("Assign callbacks"), MANAGERS, _assign, while_suspended=False
)
CALLBACK_FIGURES = Permission(
    "callback_figures",
    _("Callback statistics"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
CALLBACK_DELETE = Permission(
    "delete_callbacks", _("Delete callbacks"), MANAGERS, is_manager, while_suspended=False
)
