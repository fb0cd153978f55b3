"""The search index of FAQ and notices: a document of it is what one of ours says in one language,
its title apart from all of it, so that hits in titles can come first.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.core.search import Document as Indexed
from occ.core.search import Index
from occ.help_center.documents.models import Document, DocumentText

INDEX = Index("document_fts")


def put(service_id: int, texts: Sequence[DocumentText]) -> None:
    """Indexes texts anew, which are in the database by then."""
    INDEX.remove([(service_id, one.id) for one in texts])
    INDEX.put([Indexed(one.id, service_id, one.title, one.body) for one in texts])


def forget(service_id: int, document_ids: Collection[int]) -> None:
    """Takes documents out of the index, while their texts are still there."""
    rows = sa.select(DocumentText.id).where(DocumentText.document_id.in_(document_ids))
    INDEX.remove([(service_id, ident) for ident in db.session.scalars(rows)])


def forget_text(service_id: int, text_id: int) -> None:
    """Takes what a document says in one language out of the index."""
    INDEX.remove([(service_id, text_id)])


def of_service(service_id: int, limit: int) -> list[int]:
    """The ids of some documents of a service."""
    rows = sa.select(Document.id).where(Document.service_id == service_id).limit(limit)
    return list(db.session.scalars(rows))
