from occ.core.access import for_org_admins
from occ.core.i18n import lazy_gettext as _

OUTBOX = for_org_admins("outbox", _("Mail outbox"))
