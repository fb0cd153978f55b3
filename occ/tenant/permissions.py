from occ.core.access import for_org_admins
from occ.core.i18n import lazy_gettext as _

TENANT = for_org_admins("tenant", _("Phone contract"))
