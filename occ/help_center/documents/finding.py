"""Search over FAQ and notices (HC-1, TKT-7): two syllables are enough, titles come before texts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from occ.core.db import db
from occ.core.search import Phrases, phrase
from occ.help_center.documents.index import INDEX
from occ.help_center.documents.models import Document, DocumentText
from occ.help_center.documents.queries import languages, readable
from occ.help_center.documents.rules import DocumentKind, Readers, excerpt
from occ.organization.models import Service

QUERY_MAX, WORDS_MAX, HITS, SUGGESTED = 100, 8, 50, 8


@dataclass(frozen=True)
class Hit:
    """A document that was found: `language` is that of its title and of the piece of its text."""

    id: int
    kind: DocumentKind
    readers: Readers
    title: str
    language: str
    excerpt: str
    changed_at: datetime
    in_title: bool


def words(text: str) -> list[str]:
    """The words of a search, as many as are looked for."""
    return text[:QUERY_MAX].split()[:WORDS_MAX]


def _conditions(said: Sequence[str]) -> list[Phrases]:
    """Each word has to be there; what has no letter or digit is none."""
    return [[found] for found in map(phrase, said) if found]


def ids(service: Service, text: str) -> sa.Select[Any] | None:
    """The ids of documents that say some words in any language, for lists of the console; None
    where nothing is searched for.
    """
    conditions = _conditions(words(text))
    if not conditions:
        return None
    texts = INDEX.documents(service.id, conditions, all_texts=True).select
    return sa.select(DocumentText.document_id).where(DocumentText.id.in_(texts))


def _shown(language: str, first: str) -> sa.ColumnElement[bool]:
    """What customers of a language read: its text, else that of the first language (ORG-6)."""
    if language == first:
        return DocumentText.language == language
    own = aliased(DocumentText)
    has_own = sa.exists().where(
        own.document_id == DocumentText.document_id, own.language == language
    )
    return sa.or_(
        DocumentText.language == language,
        sa.and_(DocumentText.language == first, ~has_own),
    )


def search(
    service: Service,
    language: str,
    text: str,
    now: datetime,
    *,
    readers: Readers = Readers.CUSTOMERS,
    kinds: Sequence[DocumentKind] = tuple(DocumentKind),
    topics: Collection[int] | None = None,
    count: int = HITS,
) -> list[Hit]:
    """FAQ and running notices that hold every word, of some topics or of all, hits in titles first,
    then the last changed; [] for no words. A text that is missing in the language is searched in
    the first one.
    """
    said = words(text)
    conditions = _conditions(said)
    if not conditions:
        return []
    titles = INDEX.documents(service.id, conditions, all_texts=False).select
    # found first: else SQLite walks all documents and looks each up among those that were found
    anywhere = (
        INDEX.documents(service.id, conditions, all_texts=True)
        .select.cte("anywhere")
        .prefix_with("MATERIALIZED")
    )
    in_title = sa.case((DocumentText.id.in_(titles), 1), else_=0).label("in_title")
    # keys alone are sorted: a word that many have would carry all their texts along
    keys = (
        sa.select(DocumentText.id, in_title)
        .select_from(anywhere)
        .join(DocumentText, DocumentText.id == anywhere.c.document)
        .join(Document, Document.id == DocumentText.document_id)
        .where(
            Document.kind.in_(kinds),
            *_of(topics),
            _shown(language, languages(service)[0]),
            *readable(service.id, now, readers),
        )
        .order_by(in_title.desc(), Document.changed_at.desc(), Document.id.desc())
        .limit(count)
    )
    found = {ident: bool(is_title) for ident, is_title in db.session.execute(keys)}
    if not found:
        return []
    shown = sa.select(DocumentText, Document.kind, Document.readers, Document.changed_at)
    shown = shown.join(Document, Document.id == DocumentText.document_id)
    hits = {
        one.id: Hit(
            one.document_id,
            kind,
            whose,
            one.title,
            one.language,
            excerpt(one.body, said),
            changed_at,
            found[one.id],
        )
        for one, kind, whose, changed_at in db.session.execute(
            shown.where(DocumentText.id.in_(found))
        )
    }
    return [hits[ident] for ident in found if ident in hits]


def _of(topics: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    return [] if topics is None else [Document.topic_id.in_(topics)]


def suggestions(
    service: Service,
    language: str,
    text: str,
    now: datetime,
    *,
    topics: Collection[int] | None = None,
) -> list[tuple[DocumentKind, int, str]]:
    """Titles that hold every word as somebody types them, of some topics or of all: kind, id and
    title, the last changed first.
    """
    conditions = _conditions(words(text))
    if not conditions:
        return []
    titles = INDEX.documents(service.id, conditions, all_texts=False).select
    # found first: else SQLite walks all documents in their order and looks each up in the index
    found = titles.cte("found").prefix_with("MATERIALIZED")
    rows = db.session.execute(
        sa.select(Document.kind, Document.id, DocumentText.title)
        .select_from(found)
        .join(DocumentText, DocumentText.id == found.c.document)
        .join(Document, Document.id == DocumentText.document_id)
        .where(
            *_of(topics),
            _shown(language, languages(service)[0]),
            *readable(service.id, now, Readers.CUSTOMERS),
        )
        .order_by(Document.changed_at.desc(), Document.id.desc())
        .limit(SUGGESTED)
    )
    return [(kind, ident, title) for kind, ident, title in rows]
