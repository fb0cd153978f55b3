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
_HISTORIES = Entry(
    "histories.index",
    _("Histories"),
    "history",
    HISTORIES,
    Feature.PHONE,
    tabs=(
        _tab("histories.index", _("Calls"), HISTORIES),
        _tab("histories.talks", _("Talks"), HISTORIES),
        _tab("callback_histories.index", _("Callbacks"), HISTORIES, Feature.CALLBACK),
    ),
)
INSIGHT = MenuGroup(
    _("Insight"),
    (
        Entry("monitor.index", _("Monitoring"), "gauge", MONITOR, Feature.PHONE),
        _STATISTICS,
        _HISTORIES,
    ),
)
