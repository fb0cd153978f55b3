from occ.core.access import MANAGERS, Permission, is_manager
from occ.core.i18n import lazy_gettext as _

INQUIRY_FORM = Permission(
    "inquiry_form",
    _("Inquiry form of this service"),
    MANAGERS,
    is_manager,
    guarded=True,
    while_suspended=False,
)
