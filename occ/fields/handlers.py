"""What fields add to facts of the features below them."""

from occ.core.events import on
from occ.fields import service
from occ.ticket_settings.events import CategoryAdded


@on(CategoryAdded)
def copy_placement(event: CategoryAdded) -> None:
    service.inherit(event.category)
