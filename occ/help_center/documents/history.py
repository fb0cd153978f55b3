"""What a document said before: each save of other texts is a version (HC-2)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.help_center.documents.models import Document, DocumentVersion
from occ.help_center.documents.rules import Text

SHOWN = 200


def dumped(texts: Mapping[str, Text]) -> dict[str, dict[str, str]]:
    """Texts by language, as JSON keeps them."""
    return {
        code: {"title": text.title, "body": text.body, "html": text.html}
        for code, text in sorted(texts.items())
    }


def loaded(stored: Mapping[str, Mapping[str, str]]) -> dict[str, Text]:
    """The texts of a version or a template, by language."""
    return {
        code: Text(text.get("title", ""), text.get("body", ""), text.get("html", ""))
        for code, text in stored.items()
    }


def texts_of(row: Document) -> dict[str, Text]:
    """What a document says now, by language."""
    return {one.language: Text(one.title, one.body, one.html) for one in row.texts}


def versions(row: Document) -> Sequence[DocumentVersion]:
    """A document's versions, the newest first."""
    found = sa.select(DocumentVersion).where(DocumentVersion.document_id == row.id)
    return db.session.scalars(found.order_by(DocumentVersion.number.desc()).limit(SHOWN)).all()


def version(row: Document, number: int | None) -> DocumentVersion | None:
    """A version of a document by its number."""
    return db.session.scalar(
        sa.select(DocumentVersion).where(
            DocumentVersion.document_id == row.id, DocumentVersion.number == number
        )
    )


def last_number(row: Document) -> int:
    """The number of the newest version; 0 before the first."""
    newest = sa.select(sa.func.max(DocumentVersion.number))
    return db.session.scalar(newest.where(DocumentVersion.document_id == row.id)) or 0
