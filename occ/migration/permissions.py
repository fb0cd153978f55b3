from occ.core.access import for_org_admins
from occ.core.i18n import lazy_gettext as _

MIGRATION = for_org_admins("migration", _("Migration"))
