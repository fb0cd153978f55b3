"""Words of statistics, and of the home page's next steps."""

from typing import Any

from occ.core.i18n import day, gettext, lazy_gettext, lazy_pgettext, month_of_year
from occ.core.i18n import lazy_gettext as _
from occ.statistics.days import Bucket, Preset, Unit
from occ.statistics.rules.reports import Every
from occ.statistics.rules.steps import Step
from occ.statistics.rules.tickets import Band, Basis, Figure, Side

UNITS = {
    Unit.HOUR: lazy_pgettext("unit", "Hour"),
    Unit.DAY: lazy_pgettext("unit", "Day"),
    Unit.WEEK: lazy_pgettext("unit", "Week"),
    Unit.MONTH: lazy_pgettext("unit", "Month"),
}
PRESETS = {
    Preset.TODAY: _("Today"),
    Preset.YESTERDAY: _("Yesterday"),
    Preset.WEEK: _("7 days"),
    Preset.LAST_WEEK: _("Last week"),
    Preset.MONTH: _("This month"),
    Preset.LAST_MONTH: _("Last month"),
    Preset.YEAR: _("This year"),
}
BASES = {
    Basis.RECEIVED: _("By the date received"),
    Basis.PROCESSED: _("By the date handled"),
}
SIDES = {
    Side.ALL: _("All"),
    Side.INTAKE: _("Intake type"),
    Side.RESOLUTION: _("Resolution type"),
    Side.AGENT: _("Agent"),
    Side.GROUP: _("Group"),
}
NONE = {
    Side.ALL: _("All"),
    Side.INTAKE: _("Without a type"),
    Side.RESOLUTION: _("Without a type"),
    Side.AGENT: _("Nobody"),
    Side.GROUP: _("Without a group"),
}
FIGURES = {
    Figure.RECEIVED: lazy_pgettext("figure", "Received"),
    Figure.PROCESSED: lazy_pgettext("figure", "Handled"),
    Figure.RESOLVED: lazy_pgettext("figure", "Resolved"),
    Figure.HELD: lazy_pgettext("figure", "On hold"),
    Figure.OTHER: lazy_pgettext("figure", "Other"),
    Figure.ANSWERED: _("Resolved and on hold"),
    Figure.OPEN: _("Not handled"),
    Figure.HANDED: lazy_pgettext("figure", "Handed over"),
    Figure.INBOUND: _("Made of calls in"),
    Figure.OUTBOUND: _("Made of calls out"),
    Figure.DONE: lazy_pgettext("figure", "Done"),
}
PROCESSED = FIGURES[Figure.PROCESSED]
PHONE = lazy_pgettext("figure", "Phone")
TIME = _("Processing time")
OF_ANSWERS = FIGURES[Figure.ANSWERED]
AVERAGE_OF_ANSWERS = _("Average of resolved and on hold")
BANDS = {Band.HOUR: _("In hours"), Band.DAY: _("In days")}
EVERY = {
    Every.NEVER: _("Not by mail"),
    Every.DAY: _("Every day"),
    Every.WEEK: _("Every Monday"),
    Every.MONTH: _("On the first of each month"),
}
MEDIA = {
    "tickets": _("Tickets"),
    "calls": _("Calls"),
    "texts": _("Text messages"),
}


def band(unit: Band, number: int) -> Any:
    """The head of a time band."""
    if unit is Band.HOUR:
        return lazy_gettext("≤ %(count)s h", count=number)
    return lazy_gettext("≤ %(count)s d", count=number)


def bucket(part: Bucket, unit: Unit) -> str:
    """A part of a period in words."""
    match unit:
        case Unit.HOUR:
            return f"{day(part.first)} {part.hour:02}:00"
        case Unit.MONTH if part.first.day == 1:
            return month_of_year(part.first)
        case Unit.DAY:
            return day(part.first)
        case _:
            return day(part.first) if part.first == part.last else span(part.first, part.last)


def span(first: Any, last: Any) -> str:
    """Two days as a period."""
    if first == last:
        return day(first)
    return str(gettext("%(first)s – %(last)s", first=day(first), last=day(last)))


# (what to do, why)
STEPS: dict[Step, tuple[Any, Any]] = {
    Step.MANAGER: (
        _("Name a manager"),
        _("Managers set up the service and see to its agents."),
    ),
    Step.AGENTS: (
        _("Add agents"),
        _("They get a role in this service and, if they are new, an invitation by mail."),
    ),
    Step.MAILBOX: (
        _("Connect a mailbox"),
        _("Mails that customers send there become tickets."),
    ),
    Step.QUEUE: (
        _("Make a queue and assign agents"),
        _("Calls wait in queues for the agents assigned to them."),
    ),
    Step.MENU: (
        _("Set up the voice menu"),
        _("A greeting, keys that lead to queues, and hours."),
    ),
    Step.PUBLISH: (
        _("Publish the voice menu"),
        _("Callers hear what is published, never the draft."),
    ),
    Step.CALL: (
        _("Make a test call"),
        _(
            "Log an agent in to CTI, call the main number like a customer within the hours, "
            "and let the agent answer."
        ),
    ),
    Step.TEXTS: (
        _("Set up text messages"),
        _("A gateway, and the numbers that texts come from."),
    ),
    Step.FAQ: (
        _("Write the first answer of the help center"),
        _("Customers who find it need not ask."),
    ),
}
