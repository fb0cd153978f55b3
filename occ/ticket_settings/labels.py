"""One map an enum: how codes are worded and shown."""

from occ.core.i18n import lazy_gettext as _
from occ.ticket_settings.rules import CategoryKind

KINDS = {CategoryKind.INTAKE: _("Intake types"), CategoryKind.RESOLUTION: _("Resolution types")}
