"""What the wallboard adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.core.live import touch
from occ.organization.events import ServiceErased
from occ.wallboard.models import WallLink


@on(ServiceErased)
def forget_links(event: ServiceErased) -> None:
    db.session.execute(sa.delete(WallLink).where(WallLink.service_id == event.service.id))
    touch("wall")  # its calls are counted no more, and nothing stays that was made of them
