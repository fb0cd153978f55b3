from occ.core.access import for_org_admins
from occ.core.i18n import lazy_gettext as _

CONTRACTS = for_org_admins("contracts", _("Contracts and rates"))
ORGANIZATION = for_org_admins("organization", _("Organization settings"))
