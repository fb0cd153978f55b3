"""What documents add to facts of the features below them."""

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import on
from occ.help_center.documents import index
from occ.help_center.documents.models import Document, MissedSearch, NoticeTemplate, Topic
from occ.organization.events import ServiceEmptied, ServiceErased


@on(ServiceEmptied)
def forget_documents(event: ServiceEmptied) -> None:
    """With their texts, versions and places in the search."""
    some = index.of_service(event.service_id, event.limit)
    index.forget(event.service_id, some)
    event.went("documents", db.changed(sa.delete(Document).where(Document.id.in_(some))))


@on(ServiceErased)
def forget_topics(event: ServiceErased) -> None:
    for kept in (MissedSearch, NoticeTemplate, Topic):
        db.session.execute(sa.delete(kept).where(kept.service_id == event.service.id))
