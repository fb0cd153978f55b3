"""What the help center adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.help_center.site.models import (
    HelpCenter,
    HelpCenterMenu,
    HelpCenterText,
    HelpCenterTheme,
)
from occ.organization.events import ServiceErased


@on(ServiceErased)
def forget_set_up(event: ServiceErased) -> None:
    for table in (HelpCenterText, HelpCenterTheme, HelpCenterMenu, HelpCenter):
        db.session.execute(sa.delete(table).where(table.service_id == event.service.id))
