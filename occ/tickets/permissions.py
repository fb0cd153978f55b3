from occ.core.access import MANAGERS, Permission, in_service, is_manager
from occ.core.i18n import lazy_gettext as _

_tickets = in_service(lambda rights: rights.manager or rights.ticket)
_transfer = in_service(lambda rights: rights.manager or (rights.ticket and rights.transfer))
TICKETS = Permission("tickets", _("Tickets"), MANAGERS, _tickets, while_suspended=False)
TRANSFER = Permission("transfer", _("Reassign tickets"), MANAGERS, _transfer, while_suspended=False)
TICKET_MANAGER = Permission(
    "ticket_manager",
    _("Mark tickets as done, delete spam"),
    MANAGERS,
    is_manager,
    while_suspended=False,
)
