"""Reads of FAQ and notices (HC-2).

What customers see is published, for customers, and of notices what runs now; whoever asks for them
passes the time in.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from occ.core import paging
from occ.core.db import db
from occ.help_center.documents.models import (
    Document,
    DocumentText,
    MissedSearch,
    NoticeTemplate,
    Topic,
    document_tag,
)
from occ.help_center.documents.rules import (
    ON_HOME,
    DocumentKind,
    DocumentState,
    NoticeState,
    Readers,
    TopicIcon,
    TopicKind,
    in_language,
    on_home,
)
from occ.organization.models import Service

RELATED = 5
SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "changed": Document.changed_at,
    "registered": Document.registered_at,
    "views": Document.views,
}


def scope(slug: str) -> str:
    """What is raised whenever documents of a service change."""
    return f"documents/{slug}"


def languages(service: Service) -> list[str]:
    """The codes of a service's shown languages, the first one first."""
    return [one.code for one in service.shown_languages]


# topics


@dataclass
class Branch:
    """A topic with its name in a language, else in the service's first one, and what stands under
    it.
    """

    id: int
    kind: TopicKind
    level: int
    parent_id: int | None
    name: str
    language: str
    names: Mapping[str, str]
    icon: TopicIcon
    below: list["Branch"] = field(default_factory=list)

    @property
    def whole(self) -> list[int]:
        """Its id and those of all under it."""
        return [self.id, *(ident for one in self.below for ident in one.whole)]


def topics(service: Service, kind: TopicKind, language: str) -> dict[int, Branch]:
    """The topics of a kind by id, in their order, those above before those below, each with what
    stands under it.
    """
    rows = db.session.scalars(
        sa.select(Topic)
        .where(Topic.service_id == service.id, Topic.kind == kind)
        .order_by(Topic.level, Topic.position, Topic.id)
    )
    first = languages(service)[0]
    found: dict[int, Branch] = {}
    for row in rows:
        said = in_language(row.texts, language, first) or (first, "")
        branch = Branch(
            row.id, kind, row.level, row.parent_id, said[1], said[0], dict(row.texts), row.icon
        )
        found[row.id] = branch
        if row.parent_id is not None and row.parent_id in found:
            found[row.parent_id].below.append(branch)
    return found


def tops(found: Mapping[int, Branch]) -> list[Branch]:
    """The topics of the first level."""
    return [one for one in found.values() if one.parent_id is None]


def path(found: Mapping[int, Branch], ident: int | None) -> list[Branch]:
    """A topic with those above it, the highest first; [] for one that is not there."""
    steps: list[Branch] = []
    while ident is not None and ident in found:
        steps.insert(0, found[ident])
        ident = found[ident].parent_id
    return steps


def topic(service_id: int, ident: int | None, kind: TopicKind | None = None) -> Topic | None:
    """A topic of this service; another's is not found."""
    row = db.session.get(Topic, ident) if ident is not None else None
    if row is None or row.service_id != service_id or kind not in (None, row.kind):
        return None
    return row


def descendants(row: Topic) -> list[int]:
    """The id of a topic and those of all under it."""
    found, last = [row.id], [row.id]
    while last:
        last = list(db.session.scalars(sa.select(Topic.id).where(Topic.parent_id.in_(last))))
        found += last
    return found


def documents_in(idents: Collection[int]) -> int:
    """How many documents use one of some topics."""
    tagged = sa.select(document_tag.c.document_id).where(document_tag.c.topic_id.in_(idents))
    counted = sa.select(sa.func.count()).select_from(Document)
    found = counted.where(sa.or_(Document.topic_id.in_(idents), Document.id.in_(tagged)))
    return db.session.scalar(found) or 0


# documents


def document(service_id: int, ident: int | None, kind: DocumentKind) -> Document | None:
    """A document of this service, draft or published; another's is not found."""
    row = db.session.get(Document, ident) if ident is not None else None
    return row if row is not None and row.service_id == service_id and row.kind is kind else None


def _running(now: datetime) -> sa.ColumnElement[bool]:
    """Notices that customers see now; FAQ have no period."""
    return sa.or_(
        Document.kind == DocumentKind.FAQ,
        sa.and_(
            Document.starts_at <= now, sa.or_(Document.ends_at.is_(None), Document.ends_at > now)
        ),
    )


def readable(service_id: int, now: datetime, readers: Readers) -> list[sa.ColumnElement[bool]]:
    """What customers read, or agents, who read what customers do, too."""
    found = [
        Document.service_id == service_id,
        Document.state == DocumentState.PUBLISHED,
        _running(now),
    ]
    if readers is Readers.CUSTOMERS:
        found.append(Document.readers == Readers.CUSTOMERS)
    return found


_SERVICE: Any = sa.bindparam("service", type_=sa.Integer)
NOW: Any = sa.bindparam("now", type_=Document.starts_at.type)
CUSTOMERS_READ = readable(_SERVICE, NOW, Readers.CUSTOMERS)
"""What customers read, of a parameter `service` at `now`: statements that public pages run are made
once, which takes longer than to run them.
"""
_PUBLISHED = {
    readers: sa.select(Document)
    .options(selectinload(Document.texts))
    .where(
        Document.id == sa.bindparam("ident", type_=sa.Integer),
        Document.kind == sa.bindparam("kind", type_=Document.kind.type),
        *readable(_SERVICE, NOW, readers),
    )
    for readers in Readers
}


def published(
    service_id: int,
    ident: int | None,
    kind: DocumentKind,
    now: datetime,
    readers: Readers = Readers.CUSTOMERS,
) -> Document | None:
    """A document that may be read now; a draft, an ended notice and what is for agents only are not
    found.
    """
    values = {"service": service_id, "ident": ident, "kind": kind, "now": now}
    return db.session.scalar(_PUBLISHED[readers], values)


@dataclass(frozen=True)
class Card:
    """A document in a list: its title in a language, else in the service's first one (`language`
    says in which), and which languages it has.
    """

    row: Document
    title: str
    language: str
    has: frozenset[str]
    tags: Sequence[int] = ()


def cards(service: Service, rows: Sequence[Document], language: str) -> list[Card]:
    """Documents with their titles and tags: two statements, whatever their number."""
    idents = [row.id for row in rows]
    titles: dict[int, dict[str, str]] = {ident: {} for ident in idents}
    tags: dict[int, list[int]] = {ident: [] for ident in idents}
    if idents:
        said = sa.select(DocumentText.document_id, DocumentText.language, DocumentText.title)
        said = said.where(DocumentText.document_id.in_(idents)).order_by(DocumentText.id)
        for ident, code, title in db.session.execute(said):
            titles[ident][code] = title
        tagged = sa.select(document_tag).where(document_tag.c.document_id.in_(idents))
        for ident, tag in db.session.execute(tagged.order_by(document_tag.c.topic_id)):
            tags[ident].append(tag)
    first = languages(service)[0]
    found = []
    for row in rows:
        code, title = in_language(titles[row.id], language, first) or (first, "")
        found.append(Card(row, title, code, frozenset(titles[row.id]), tags[row.id]))
    return found


def home_faq(service: Service, language: str, now: datetime) -> list[Card]:
    """The FAQ of the help center's home page (HC-2)."""
    mine = readable(service.id, now, Readers.CUSTOMERS)
    rows: list[Document] = []
    for pinned in (True, False):
        some = (
            sa.select(Document)
            .where(Document.kind == DocumentKind.FAQ, Document.pinned_home.is_(pinned), *mine)
            .order_by(Document.changed_at.desc(), Document.id.desc())
            .limit(ON_HOME)
        )
        rows += db.session.scalars(some)
        if len(rows) >= ON_HOME:
            break
    return cards(service, on_home(rows), language)


def home_notices(service: Service, language: str, now: datetime, count: int) -> list[Card]:
    """The first notices of the help center: pinned ones, then by their day."""
    rows = db.session.scalars(
        sa.select(Document)
        .where(Document.kind == DocumentKind.NOTICE, *readable(service.id, now, Readers.CUSTOMERS))
        .order_by(Document.pinned.desc(), Document.shown_on.desc(), Document.id.desc())
        .limit(count)
    ).all()
    return cards(service, rows, language)


def faq_page(
    service: Service,
    now: datetime,
    *,
    categories: Collection[int] | None = None,
    readers: Readers = Readers.CUSTOMERS,
    after: str = "",
    before: str = "",
    size: int = paging.SIZES[0],
) -> paging.Page:
    """FAQ to read, of some categories or of all: those pinned in theirs first, then as they were
    last changed.
    """
    found = sa.select(Document).where(
        Document.kind == DocumentKind.FAQ, *readable(service.id, now, readers)
    )
    if categories is not None:
        found = found.where(Document.topic_id.in_(categories))
    return paging.page(
        found,
        keys=(Document.pinned, Document.changed_at, Document.id),
        descending=True,
        after=after,
        before=before,
        size=size,
    )


def notice_page(
    service: Service,
    now: datetime,
    *,
    heading: int | None = None,
    tag: int | None = None,
    after: str = "",
    before: str = "",
    size: int = paging.SIZES[0],
) -> paging.Page:
    """Notices that run, by heading and tag: pinned ones first, then by their day."""
    found = sa.select(Document).where(
        Document.kind == DocumentKind.NOTICE, *readable(service.id, now, Readers.CUSTOMERS)
    )
    if heading is not None:
        found = found.where(Document.topic_id == heading)
    if tag is not None:
        found = found.where(_tagged(tag))
    return paging.page(
        found,
        keys=(Document.pinned, Document.shown_on, Document.id),
        descending=True,
        after=after,
        before=before,
        size=size,
    )


def _tagged(tag: int) -> sa.ColumnElement[bool]:
    return Document.id.in_(
        sa.select(document_tag.c.document_id).where(document_tag.c.topic_id == tag)
    )


def boundary(service_id: int, now: datetime) -> datetime | None:
    """The last instant at which a notice began or ended by itself.

    Whatever is kept of public pages depends on it beside `scope`.
    """
    ends = [
        sa.select(sa.func.max(column)).where(
            Document.service_id == service_id,
            Document.kind == DocumentKind.NOTICE,
            Document.state == DocumentState.PUBLISHED,
            column <= now,
        )
        for column in (Document.starts_at, Document.ends_at)
    ]
    found = [at for at in map(db.session.scalar, ends) if at is not None]
    return max(found, default=None)


def newest_change(service_id: int, now: datetime) -> datetime | None:
    """When something that customers read now was last changed."""
    return db.session.scalar(
        sa.select(sa.func.max(Document.changed_at)).where(
            *readable(service_id, now, Readers.CUSTOMERS)
        )
    )


def addresses(service_id: int, now: datetime) -> Sequence[tuple[DocumentKind, int, datetime]]:
    """Everything that customers read, for a map of the site: kind, id, last change."""
    rows = db.session.execute(
        sa.select(Document.kind, Document.id, Document.changed_at)
        .where(*readable(service_id, now, Readers.CUSTOMERS))
        .order_by(Document.kind, Document.id)
    )
    return [(kind, ident, at) for kind, ident, at in rows]


# lists of the console


@dataclass(frozen=True)
class Filters:
    """What a list of the console shows; None is all."""

    kind: DocumentKind
    state: DocumentState
    topics: Collection[int] | None = None
    tag: int | None = None
    readers: Readers | None = None
    notice_state: NoticeState | None = None
    since: datetime | None = None  # registered
    until: datetime | None = None
    missing: str | None = None  # a language
    found: sa.Select[Any] | None = None  # ids of a search


def document_list(
    service: Service,
    filters: Filters,
    now: datetime,
    *,
    sort: str = "changed",
    descending: bool = True,
    after: str = "",
    before: str = "",
    size: int = paging.SIZES[0],
) -> paging.Page:
    """Published documents or drafts of a kind, a page of them."""
    found = sa.select(Document).where(
        Document.service_id == service.id,
        Document.kind == filters.kind,
        Document.state == filters.state,
        *_conditions(filters, now),
    )
    return paging.page(
        found,
        keys=(SORTS.get(sort, Document.changed_at), Document.id),
        descending=descending,
        after=after,
        before=before,
        size=size,
    )


def _conditions(filters: Filters, now: datetime) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.topics is not None:
        found.append(Document.topic_id.in_(filters.topics))
    if filters.tag is not None:
        found.append(_tagged(filters.tag))
    if filters.readers is not None:
        found.append(Document.readers == filters.readers)
    if filters.notice_state is not None:
        ended = sa.and_(Document.ends_at.is_not(None), Document.ends_at <= now)
        found.append(
            {
                NoticeState.SCHEDULED: Document.starts_at > now,
                NoticeState.RUNNING: _running(now),
                NoticeState.ENDED: ended,
            }[filters.notice_state]
        )
    if filters.since is not None:
        found.append(Document.registered_at >= filters.since)
    if filters.until is not None:
        found.append(Document.registered_at < filters.until)
    if filters.missing is not None:
        said = sa.select(DocumentText.document_id).where(DocumentText.language == filters.missing)
        found.append(Document.id.not_in(said))
    if filters.found is not None:
        found.append(Document.id.in_(filters.found))
    return found


def count_of(service_id: int, kind: DocumentKind) -> dict[DocumentState, int]:
    """How many documents of a kind are published, and how many drafts there are."""
    rows = db.session.execute(
        sa.select(Document.state, sa.func.count())
        .where(Document.service_id == service_id, Document.kind == kind)
        .group_by(Document.state)
    )
    return dict.fromkeys(DocumentState, 0) | {row[0]: row[1] for row in rows}


def notice_templates(service_id: int) -> Sequence[NoticeTemplate]:
    """The templates of notices, by name."""
    rows = sa.select(NoticeTemplate).where(NoticeTemplate.service_id == service_id)
    return db.session.scalars(rows.order_by(NoticeTemplate.name, NoticeTemplate.id)).all()


def notice_template(service_id: int, ident: int | None) -> NoticeTemplate | None:
    """A template of this service; another's is not found."""
    row = db.session.get(NoticeTemplate, ident) if ident is not None else None
    return row if row is not None and row.service_id == service_id else None


def missed_page(
    service_id: int, *, after: str, before: str, size: int, language: str | None = None
) -> paging.Page:
    """What customers searched for without a hit, the most frequent first."""
    found = sa.select(MissedSearch).where(MissedSearch.service_id == service_id)
    if language is not None:
        found = found.where(MissedSearch.language == language)
    return paging.page(
        found,
        keys=(MissedSearch.count, MissedSearch.id),
        descending=True,
        after=after,
        before=before,
        size=size,
    )


def missed(service_id: int, ident: int | None) -> MissedSearch | None:
    """A search of this service without a hit; another's is not found."""
    row = db.session.get(MissedSearch, ident) if ident is not None else None
    return row if row is not None and row.service_id == service_id else None
