"""What triggers add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.delivery import hooks
from occ.organization.events import ServiceErased
from occ.triggers.models import Trigger


@on(ServiceErased)
def forget_triggers(event: ServiceErased) -> None:
    db.session.execute(sa.delete(Trigger).where(Trigger.service_id == event.service.id))
    event.counts["web_calls"] = hooks.forget(event.service.id)
