from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

_sends = in_service(lambda rights: rights.manager or rights.ticket)
TEXTS = Permission("texts", _("Text messages"), MANAGERS, _sends, while_suspended=False)
TEXT_SETTINGS = Permission(
    "text_settings",
    _("Templates and channel of text messages"),
    MANAGERS,
    is_manager,
    while_suspended=False,
)
