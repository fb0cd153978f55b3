"""What profiles add to facts of the features below them."""

from occ.core.events import on
from occ.profiles import queries
from occ.sms.events import RecipientAsked


@on(RecipientAsked)
def tell_recipient(event: RecipientAsked) -> None:
    """A text to a customer of this service; agents see the number masked, as on the profile."""
    if event.kind != "customer":
        return
    found = queries.customer(event.service_id, event.ident, manager=event.rights.manager)
    if found is not None:
        event.seen = True
        event.number, event.name = found.phone or "", found.name
        event.customer_id, event.whole = found.id, event.rights.manager
