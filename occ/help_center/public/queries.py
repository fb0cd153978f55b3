"""Reads of public pages: what decides them, and what they show (HC-1)."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from occ.ars import menus
from occ.ars import queries as ars
from occ.ars.models import ArsVersion
from occ.ars.rules.hours import WEEK, reachable
from occ.core import clock, kept, live
from occ.core.db import db
from occ.core.kept import Kept
from occ.core.sharing import Facts
from occ.help_center.documents import finding
from occ.help_center.documents.models import Document, DocumentText
from occ.help_center.documents.queries import (
    CUSTOMERS_READ,
    NOW,
    RELATED,
    home_faq,
    home_notices,
    languages,
    readable,
)
from occ.help_center.documents.rules import (
    DocumentKind,
    DocumentState,
    Readers,
    in_language,
)
from occ.help_center.public.rules import Days, about, keywords, week
from occ.help_center.site.models import CompanyText
from occ.organization.models import Organization, Service
from occ.organization.rules import Feature

T = TypeVar("T")
PINNED = 3  # notices on the home page
SERVICES = 10
"""Services whose topics and home pages a process keeps."""
TOLD_FOR = timedelta(minutes=10)
TOLD_MOST = 10_000  # documents


def _passed(column: Any) -> sa.ScalarSelect[Any]:
    """The last instant at which a notice began or ended by itself."""
    return (
        sa.select(sa.func.max(column))
        .where(
            Document.service_id == Service.id,
            Document.kind == DocumentKind.NOTICE,
            Document.state == DocumentState.PUBLISHED,
            column <= NOW,
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
# hours that callers hear are those of the last published menu
_MENU = (
    sa.select(sa.func.max(ArsVersion.id))
    .where(ArsVersion.service_id == Service.id)
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
    _MENU,
)
_BY_SLUG = Service.slug == sa.bindparam("slug", type_=sa.String)
_PAGE = live.Probe(sa.select(*_SEEN).where(_BY_SLUG))
_READ = live.Probe(sa.select(*_SEEN, _VIEWS).where(_BY_SLUG))


def _facts(row: tuple[Any, ...] | None) -> Facts | None:
    return Facts(row[0], row[1:]) if row is not None else None


def page_facts(service_slug: str, code: str | None = None, **_values: Any) -> Facts | None:
    """What decides a public page: the service and its contract, languages, texts, look and menus,
    everything that is written, what is said of the company, and which notices have begun and
    ended, and the hours of the voice menu. None where the address is not one language's.
    """
    return None if code is None else _facts(_PAGE.first(slug=service_slug, now=clock.now()))


def site_facts(service_slug: str, **_values: Any) -> Facts | None:
    """What decides a page of all languages."""
    return _facts(_PAGE.first(slug=service_slug, now=clock.now()))


def document_facts(service_slug: str, ident: int, **_values: Any) -> Facts | None:
    """`page_facts` of a document, with how often it was read as it is told."""
    row = _READ.first(slug=service_slug, now=clock.now(), ident=ident)
    return _facts((*row[:-1], told_views(ident, row[-1] or 0)) if row is not None else None)


class _Told:
    """How often documents were read, as this process tells it: what was told last, and until when.

    A number that followed each reader would make a page another one for nearly every reader, drawn
    anew and never unchanged.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[int, tuple[int, datetime]] = OrderedDict()
        self._guard = threading.Lock()
        kept.watch(self)

    def __len__(self) -> int:
        return len(self._held)

    def of(self, ident: int, views: int, now: datetime) -> int:
        """About how often a document was read, at most TOLD_FOR ago."""
        with self._guard:
            said, until = self._held.get(ident, (views + 1, now))
            if said > views or until <= now:  # more than there were: another document had its id
                said, until = about(views), now + TOLD_FOR
                self._held[ident] = said, until
                while len(self._held) > TOLD_MOST:
                    self._held.popitem(last=False)
            return said

    def empty(self) -> None:
        """Forgets everything."""
        with self._guard:
            self._held.clear()


_told = _Told()


def told_views(ident: int, views: int) -> int:
    """How often a document was read, which is `views` now, as customers are told."""
    return _told.of(ident, views, clock.now())


@dataclass(frozen=True)
class _Version:
    """A service as of the facts that decide its pages."""

    id: int
    created_at: datetime
    settings_n: Hashable
    erasures_n: int


_MADE: Kept[Any] = Kept(SERVICES)


def made(service: Service, facts: Facts | None, make: Callable[[], T], *also: Hashable) -> T:
    """What many pages of a service show alike, made once while its facts stay: plain values of
    `make`, which `also` names with all else that it depends on. The facts were read before anything
    of the service, so that what is kept is never older than they say; without them nothing is.
    """
    if facts is None:
        return make()
    version = _Version(service.id, service.created_at, facts.seen, facts.erasures)
    found: T = _MADE.of(version, make, *also)
    return found


@dataclass(frozen=True)
class Link:
    """A document as links to it show it: `language` is the one of its title."""

    id: int
    title: str
    language: str


_TITLES = sa.select(DocumentText.document_id, DocumentText.language, DocumentText.title).where(
    DocumentText.document_id.in_(sa.bindparam("idents", expanding=True))
)


def links(service: Service, idents: Sequence[int], code: str) -> list[Link]:
    """Documents as links in a language, in one statement."""
    said: dict[int, dict[str, str]] = {ident: {} for ident in idents}
    for ident, language, title in db.session.execute(_TITLES, {"idents": idents}) if said else ():
        said[ident][language] = title
    first = languages(service)[0]
    return [
        Link(ident, title, language)
        for ident, texts in said.items()
        for language, title in [in_language(texts, code, first) or (first, "")]
    ]


def home_links(service: Service, kind: DocumentKind, code: str, now: datetime) -> list[Link]:
    """What the home page shows of a kind: FAQ as HC-2 says, of notices those that are pinned on
    top, else the newest one.
    """
    if kind is DocumentKind.FAQ:
        cards = home_faq(service, code, now)
    else:
        some = home_notices(service, code, now, PINNED)
        cards = [card for card in some if card.row.pinned] or some[:1]
    return [Link(card.row.id, card.title, card.language) for card in cards]


@dataclass(frozen=True)
class Phone:
    """Where a service is called (E.164) and when somebody is there."""

    number: str
    hours: Sequence[Days]


def phone(service: Service) -> Phone | None:
    """The service's main number with the hours of its voice menu (ARS-1, ARS-4); None where no call
    is answered: without the contract, or before a menu is published.
    """
    row = ars.phone_service(service.id) if service.offers(Feature.PHONE) else None
    menu = menus.published(service) if row else None
    if row is None or menu is None:
        return None
    days = range(len(WEEK))
    return Phone(row.main_number, tuple(week([reachable(menu.hours, day) for day in days])))


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
) -> list[Link]:
    """Other questions of the same category, then of the whole `branch` that it stands in, those
    that helped most first; where these are few, such that share words of its title (HC-1).
    """
    idents = list(_of_branch(service, found.row, branch, now))
    for word in keywords(found.title):
        if len(idents) >= RELATED:
            break
        some = finding.suggestions(service, code, word, now)
        fresh = [ident for kind, ident, _title in some if kind is DocumentKind.FAQ]
        idents += [ident for ident in fresh if ident not in (found.row.id, *idents)]
    return links(service, idents[:RELATED], code)


_IN_BRANCH = (
    sa.select(Document.id)
    .where(
        Document.kind == DocumentKind.FAQ,
        Document.topic_id.in_(sa.bindparam("branch", expanding=True)),
        Document.id != sa.bindparam("ident", type_=sa.Integer),
        *CUSTOMERS_READ,
    )
    .order_by(
        sa.case((Document.topic_id == sa.bindparam("topic", type_=sa.Integer), 0), else_=1),
        Document.helpful.desc(),
        Document.changed_at.desc(),
        Document.id.desc(),
    )
    .limit(RELATED)
)


def _of_branch(
    service: Service, row: Document, branch: Collection[int], now: datetime
) -> Sequence[int]:
    if not branch:
        return []
    values = {"branch": branch, "ident": row.id, "topic": row.topic_id}
    return db.session.scalars(_IN_BRANCH, {"service": service.id, "now": now, **values}).all()


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
