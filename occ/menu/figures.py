"""The entry of statistics, a tab for each medium."""

from occ.core.i18n import lazy_gettext as _
from occ.menu.entry import Entry
from occ.menu.entry import tab as _tab
from occ.organization.rules import Feature
from occ.statistics.permissions import STATISTICS

STATISTICS_ENTRY = Entry(
    "statistics.index",
    _("Statistics"),
    "chart-bar",
    STATISTICS,
    Feature.STATISTICS,
    tabs=(
        _tab("statistics.tickets", _("Tickets"), STATISTICS, Feature.TICKET),
        _tab("statistics.details", _("Ticket details"), STATISTICS, Feature.TICKET),
        _tab("reports.index", _("Reports"), STATISTICS),
    ),
)
