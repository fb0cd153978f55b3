"""Reads of public pages: what decides them, and what they show (HC-1)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, live
from occ.core.db import db
from occ.core.sharing import Facts
from occ.help_center.documents import finding
from occ.help_center.documents.models import Document, DocumentText
from occ.help_center.documents.queries import (
    RELATED,
    Card,
    cards,
    languages,
    readable,
)
from occ.help_center.documents.rules import (
    DocumentKind,
    DocumentState,
    Readers,
    in_language,
)
from occ.help_center.public.rules import keywords
from occ.help_center.site.models import CompanyText
from occ.organization.models import Organization, Service

PINNED = 3  # notices on the home page


def _passed(column: Any) -> sa.ScalarSelect[Any]:
    """The last instant at which a notice began or ended by itself."""
    return (
        sa.select(sa.func.max(column))
        .where(
            Document.service_id == Service.id,
            Document.kind == DocumentKind.NOTICE,
            Document.state == DocumentState.PUBLISHED,
            column <= sa.bindparam("now", type_=Document.starts_at.type),
        )
        .correlate(Service)
        .scalar_subquery()
    )


_VIEWS = (
    sa.select(Document.views)
    .where(
        Document.id == sa.bindparam("ident", type_=sa.Integer),
        Document.service_id == Service.id,
    )
    .correlate(Service)
    .scalar_subquery()
)
# what else a page shows of a service and its contract raises its settings with it
_SEEN: tuple[Any, ...] = (
    Service.erasures_n,
    Service.settings_n,
    live.version("hc/" + sa.cast(Service.id, sa.String)),
    live.version(sa.literal("documents/") + Service.slug),
    sa.select(Organization.version).scalar_subquery(),
    _passed(Document.starts_at),
    _passed(Document.ends_at),
)
_BY_SLUG = Service.slug == sa.bindparam("slug", type_=sa.String)
_PAGE = live.Probe(sa.select(*_SEEN).where(_BY_SLUG))
_READ = live.Probe(sa.select(*_SEEN, _VIEWS).where(_BY_SLUG))


def _facts(row: tuple[Any, ...] | None) -> Facts | None:
    return Facts(row[0], row[1:]) if row is not None else None


def page_facts(service_slug: str, code: str | None = None, **_values: Any) -> Facts | None:
    """What decides a public page: the service and its contract, languages, texts, look and menus,
    everything that is written, what is said of the company, and which notices have begun and
    ended. None where the address is not one language's.
    """
    return None if code is None else _facts(_PAGE.first(slug=service_slug, now=clock.now()))


def site_facts(service_slug: str, **_values: Any) -> Facts | None:
    """What decides a page of all languages."""
    return _facts(_PAGE.first(slug=service_slug, now=clock.now()))


def document_facts(service_slug: str, ident: int, **_values: Any) -> Facts | None:
    """`page_facts` of a document, with how often it was read."""
    return _facts(_READ.first(slug=service_slug, now=clock.now(), ident=ident))


@dataclass(frozen=True)
class Answer:
    """A document as it is read: `language` is the one that its title and text are in, which is
    another than the page's where that has none (ORG-6).
    """

    row: Document
    title: str
    body: str
    html: str
    language: str
    has: frozenset[str]

    @property
    def size(self) -> int:
        return len(self.html or self.body)


def answers(service: Service, rows: Sequence[Document], code: str) -> list[Answer]:
    """Documents with their texts in a language, in one statement."""
    said: dict[int, dict[str, DocumentText]] = {row.id: {} for row in rows}
    texts = sa.select(DocumentText).where(DocumentText.document_id.in_(said))
    for one in db.session.scalars(texts.order_by(DocumentText.id)) if said else ():
        said[one.document_id][one.language] = one
    first = languages(service)[0]
    return [_answer(row, said[row.id], code, first) for row in rows]


def _answer(row: Document, texts: dict[str, DocumentText], code: str, first: str) -> Answer:
    found = in_language(texts, code, first)
    if found is None:
        return Answer(row, "", "", "", first, frozenset())
    language, text = found
    return Answer(row, text.title, text.body, text.html, language, frozenset(texts))


def answer(service: Service, row: Document, code: str) -> Answer:
    """A document whose texts are loaded, in a language."""
    return _answer(row, row.by_language, code, languages(service)[0])


def counts(service: Service, now: datetime) -> dict[int, int]:
    """How many FAQ customers find in each category, without those below it."""
    rows = db.session.execute(
        sa.select(Document.topic_id, sa.func.count())
        .where(
            Document.kind == DocumentKind.FAQ,
            Document.topic_id.is_not(None),
            *readable(service.id, now, Readers.CUSTOMERS),
        )
        .group_by(Document.topic_id)
    )
    return {ident: count for ident, count in rows if ident is not None}


def used(service: Service, now: datetime) -> set[int]:
    """Headings under which a notice runs."""
    rows = db.session.scalars(
        sa.select(Document.topic_id)
        .where(
            Document.kind == DocumentKind.NOTICE,
            Document.topic_id.is_not(None),
            *readable(service.id, now, Readers.CUSTOMERS),
        )
        .distinct()
    )
    return {ident for ident in rows if ident is not None}


def related_to(
    service: Service, found: Answer, branch: Collection[int], code: str, now: datetime
) -> list[Card]:
    """Other questions of the same category, then of the whole `branch` that it stands in, those
    that helped most first; where these are few, such that share words of its title (HC-1).
    """
    rows = list(_of_branch(service, found.row, branch, now))
    known = {found.row.id, *(row.id for row in rows)}
    missing: list[int] = []
    for word in keywords(found.title):
        if len(rows) + len(missing) >= RELATED:
            break
        some = finding.suggestions(service, code, word, now)
        fresh = [ident for kind, ident, _title in some if kind is DocumentKind.FAQ]
        missing += [ident for ident in fresh if ident not in known]
        known |= set(missing)
    if missing:
        wanted = sa.select(Document).where(Document.id.in_(missing))
        more = {row.id: row for row in db.session.scalars(wanted)}
        rows += [more[ident] for ident in missing if ident in more]
    return cards(service, rows[:RELATED], code)


def _of_branch(
    service: Service, row: Document, branch: Collection[int], now: datetime
) -> Sequence[Document]:
    if not branch:
        return []
    elsewhere = sa.case((Document.topic_id == row.topic_id, 0), else_=1)
    return db.session.scalars(
        sa.select(Document)
        .where(
            Document.kind == DocumentKind.FAQ,
            Document.topic_id.in_(branch),
            Document.id != row.id,
            *readable(service.id, now, Readers.CUSTOMERS),
        )
        .order_by(
            elsewhere, Document.helpful.desc(), Document.changed_at.desc(), Document.id.desc()
        )
        .limit(RELATED)
    ).all()


def feed(service: Service, now: datetime, count: int) -> Sequence[Document]:
    """The notices that began last, and run."""
    return db.session.scalars(
        sa.select(Document)
        .where(Document.kind == DocumentKind.NOTICE, *readable(service.id, now, Readers.CUSTOMERS))
        .order_by(Document.starts_at.desc(), Document.id.desc())
        .limit(count)
    ).all()


def mapped(
    service: Service, now: datetime, *, part: int, size: int
) -> list[tuple[DocumentKind, int, datetime, frozenset[str]]]:
    """A part of all that customers read: kind, id, last change, and languages that it has."""
    rows = db.session.execute(
        sa.select(Document.kind, Document.id, Document.changed_at)
        .where(*readable(service.id, now, Readers.CUSTOMERS))
        .order_by(Document.id)
        .offset(part * size)
        .limit(size)
    ).all()
    said: dict[int, set[str]] = {ident: set() for _kind, ident, _at in rows}
    texts = sa.select(DocumentText.document_id, DocumentText.language)
    for ident, code in db.session.execute(texts.where(DocumentText.document_id.in_(said))):
        said[ident].add(code)
    return [(kind, ident, at, frozenset(said[ident])) for kind, ident, at in rows]


def count_readable(service: Service, now: datetime) -> int:
    """How many documents customers read."""
    counted = sa.select(sa.func.count()).select_from(Document)
    return db.session.scalar(counted.where(*readable(service.id, now, Readers.CUSTOMERS))) or 0


def company_texts() -> dict[str, CompanyText]:
    """What is said of the company, by language."""
    return {row.language: row for row in db.session.scalars(sa.select(CompanyText))}
