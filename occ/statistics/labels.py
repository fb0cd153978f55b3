"""Words of the home page's next steps."""

from typing import Any

from occ.core.i18n import lazy_gettext as _
from occ.statistics.rules import Step

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
