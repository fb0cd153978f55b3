"""What ticket settings add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.organization.events import FilesNamed, ServiceErased
from occ.ticket_settings.models import Category, ForbiddenWord, SharedFile, Template


@on(ServiceErased)
def forget_settings(event: ServiceErased) -> None:
    for kept in (ForbiddenWord, Template, SharedFile):
        db.session.execute(sa.delete(kept).where(kept.service_id == event.service.id))
    event.counts["categories"] = db.changed(
        sa.delete(Category).where(Category.service_id == event.service.id)
    )


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(db.session.scalars(sa.select(SharedFile.key)))
