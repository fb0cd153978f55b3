"""What fields add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.fields import service
from occ.fields.models import Field
from occ.organization.events import ServiceErased
from occ.ticket_settings.events import CategoryAdded


@on(CategoryAdded)
def copy_placement(event: CategoryAdded) -> None:
    service.inherit(event.category)


@on(ServiceErased)
def forget_fields(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Field).where(Field.service_id == event.service.id))
