"""What triggers add to facts of the features below them."""

import sqlalchemy as sa

from occ.automation.models import Trigger
from occ.core.db import db
from occ.core.events import on
from occ.delivery import hooks
from occ.organization.events import ServiceEmptied, ServiceErased


@on(ServiceEmptied)
def forget_calls(event: ServiceEmptied) -> None:
    event.went("web_calls", hooks.forget(event.service_id, event.limit))


@on(ServiceErased)
def forget_triggers(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Trigger).where(Trigger.service_id == event.service.id))
