"""What customers add to facts of the features below them."""

from occ.core.db import db
from occ.core.events import on
from occ.customers.models import Membership
from occ.organization.events import ServiceEmptied


@on(ServiceEmptied)
def forget_members(event: ServiceEmptied) -> None:
    """Usercodes of a service that is erased; its customers stay as long as others know them."""
    event.went(
        "", db.remove(Membership, Membership.service_id == event.service_id, limit=event.limit)
    )
