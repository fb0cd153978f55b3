"""The entries of figures: monitoring, statistics with a tab for each medium, histories."""

from occ.core.i18n import lazy_gettext as _
from occ.menu.entry import Entry, MenuGroup
from occ.menu.entry import tab as _tab
from occ.organization.rules import Feature
from occ.statistics.permissions import STATISTICS
from occ.telephony.permissions import HISTORIES
from occ.wallboard.permissions import MONITOR

_STATISTICS = Entry(
    "statistics.index",
    _("Statistics"),
    "chart-bar",
    STATISTICS,
    Feature.STATISTICS,
    tabs=(
        _tab("statistics.tickets", _("Tickets"), STATISTICS, Feature.TICKET),
        _tab("statistics.calls", _("Calls"), STATISTICS, Feature.PHONE),
        _tab("statistics.texts", _("Text messages"), STATISTICS, Feature.SMS),
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
