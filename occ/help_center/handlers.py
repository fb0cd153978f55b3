"""What the help center adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.help_center.site.models import (
    HelpCenter,
    HelpCenterMenu,
    HelpCenterText,
    HelpCenterTheme,
    HelpCenterWidget,
)
from occ.organization.events import FilesNamed, ServiceErased


@on(FilesNamed)
def name_logos(event: FilesNamed) -> None:
    event.keys.update(
        db.session.scalars(sa.select(HelpCenterTheme.logo).where(HelpCenterTheme.logo.is_not(None)))
    )


@on(ServiceErased)
def forget_set_up(event: ServiceErased) -> None:
    for table in (
        HelpCenterText,
        HelpCenterTheme,
        HelpCenterMenu,
        HelpCenterWidget,
        HelpCenter,
    ):
        db.session.execute(sa.delete(table).where(table.service_id == event.service.id))
