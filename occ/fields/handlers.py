"""What fields add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.fields import queries, service
from occ.fields.models import Field
from occ.organization.events import ServiceErased
from occ.ticket_settings.events import CategoryAdded, PlaceholdersAsked


@on(CategoryAdded)
def copy_placement(event: CategoryAdded) -> None:
    service.inherit(event.category)


@on(PlaceholdersAsked)
def offer_fields(event: PlaceholdersAsked) -> None:
    """Personal ones are left out: what a template says is copied (FLD-3)."""
    event.names |= {
        one.code: one.name
        for one in queries.own(event.service)
        if not one.personal and not one.managers_only
    }


@on(ServiceErased)
def forget_fields(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Field).where(Field.service_id == event.service.id))
