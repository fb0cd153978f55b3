"""The words of bulk actions."""

from occ.core.i18n import lazy_gettext as _
from occ.tickets.bulk.rules import Action

ACTIONS = {
    Action.TAKE: _("Take"),
    Action.TRANSFER: _("Reassign"),
    Action.PRIORITY: _("Set the priority"),
    Action.INTAKE: _("Set the intake type"),
    Action.RESOLUTION: _("Set the resolution type"),
    Action.INTERNAL: _("Resolve internally"),
    Action.FINISH: _("Mark as done"),
    Action.RESTORE: _("Take out of the spam box"),
    Action.DELETE: _("Delete for ever"),
}
