"""Writes of FAQ and notices (HC-2). Every function runs inside the caller's write transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, NotAllowed, Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.help_center.documents import history, index, queries
from occ.help_center.documents.models import Document, DocumentText, DocumentVersion, Topic
from occ.help_center.documents.rules import (
    STANDS_IN,
    TAGS_MAX,
    DocumentKind,
    DocumentState,
    Readers,
    Text,
    TopicKind,
    check_period,
    check_texts,
)
from occ.organization.models import Service


@dataclass(frozen=True)
class Writer:
    """Who writes, and whether they may publish and delete: managers do, agents write drafts."""

    actor: Actor
    publishes: bool


@dataclass(frozen=True)
class Draft:
    """A document as it was written. Of a FAQ `topic_id` is its category, of a notice its heading;
    period, shown day and tags are a notice's.
    """

    texts: Mapping[str, Text]
    topic_id: int | None = None
    readers: Readers = Readers.CUSTOMERS
    pinned_home: bool = False
    pinned: bool = False
    tags: Sequence[int] = field(default=())
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    shown_on: date | None = None


def save(
    service: Service,
    kind: DocumentKind,
    row: Document | None,
    draft: Draft,
    *,
    publish: bool,
    by: Writer,
    version: int | None = None,
) -> Document:
    """Adds or changes a document. `publish` shows a draft to its readers; what is published stays
    so.

    Raises NotAllowed where somebody who only writes drafts publishes, or changes what is published.
    """
    db.lock(Service, service.id)
    row = _current(row, version)
    published = publish or (row is not None and row.state is DocumentState.PUBLISHED)
    if published:
        check_publishes(by)
    texts = _with_hidden(
        service, row, check_texts(draft.texts, queries.languages(service), published=published)
    )
    topic = _topic(service, kind, draft.topic_id, row, published=published)
    now = clock.now()
    if row is None:
        row = Document(service_id=service.id, kind=kind, registered_at=now)
        db.session.add(row)
    row.state = DocumentState.PUBLISHED if published else DocumentState.DRAFT
    row.topic_id = topic.id if topic else None
    row.changed_at, row.changed_by, row.changed_name = now, by.actor.id, by.actor.name
    flag_modified(row, "changed_at")  # texts alone count as a change, too
    if kind is DocumentKind.FAQ:
        row.readers = draft.readers
        row.pinned_home = draft.pinned_home and draft.readers is Readers.CUSTOMERS
        row.pinned = draft.pinned or row.pinned_home
    else:
        _write_notice(service, row, draft, now)
    with db.session.no_autoflush:
        _write_texts(row, texts)
    db.session.flush()
    _note_version(row, by, now)
    _index(row)
    touch(queries.scope(service.slug))
    return row


def check_publishes(by: Writer) -> None:
    """Raises NotAllowed for who only writes drafts."""
    if not by.publishes:
        raise NotAllowed(
            _(
                "Agents write drafts. Ask a manager of this service to publish, and to change what "
                "is published."
            )
        )


def _current(row: Document | None, version: int | None) -> Document | None:
    """A document as it is now, with the service locked; the form was opened on its `version`."""
    if row is None:
        return None
    found = db.session.get(Document, row.id, populate_existing=True)
    if found is None:
        raise Conflict(_("Somebody deleted this document."))
    db.session.expire(found)
    if version is not None:
        check_version(found, version)
    return found


def _with_hidden(service: Service, row: Document | None, texts: dict[str, Text]) -> dict[str, Text]:
    """With the texts in languages that are hidden, which no form shows."""
    shown = queries.languages(service)
    kept = history.texts_of(row) if row is not None else {}
    return {**{code: text for code, text in kept.items() if code not in shown}, **texts}


def _topic(
    service: Service,
    kind: DocumentKind,
    ident: int | None,
    row: Document | None,
    *,
    published: bool,
) -> Topic | None:
    """The category or heading; a published notice has one, unless it was deleted meanwhile."""
    found = queries.topic(service.id, ident, STANDS_IN[kind])
    if ident is not None and found is None:
        raise Refused(_("Somebody deleted this one. Choose another one."), "topic")
    if found is None and kind is DocumentKind.NOTICE and published:
        if row is not None and row.state is DocumentState.PUBLISHED and row.topic_id is None:
            return None
        raise Refused(_("Choose a heading."), "topic")
    return found


def _write_notice(service: Service, row: Document, draft: Draft, now: datetime) -> None:
    starts_at = draft.starts_at or row.starts_at or now
    check_period(starts_at, draft.ends_at)
    row.readers, row.pinned_home, row.pinned = Readers.CUSTOMERS, False, draft.pinned
    row.starts_at, row.ends_at = starts_at, draft.ends_at
    row.shown_on = draft.shown_on or clock.local_day(starts_at, service.time_zone)
    if len(draft.tags) > TAGS_MAX:
        raise Refused(_("A notice has at most %(count)s tags.", count=TAGS_MAX), "tags")
    row.tags = list(
        db.session.scalars(
            sa.select(Topic)
            .where(
                Topic.service_id == service.id,
                Topic.kind == TopicKind.TAG,
                Topic.id.in_(draft.tags),
            )
            .order_by(Topic.position, Topic.id)
        )
    )


def _write_texts(row: Document, texts: Mapping[str, Text]) -> None:
    kept = row.by_language
    for code, one in kept.items():
        if code not in texts:
            index.forget_text(row.service_id, one.id)
            row.texts.remove(one)
    for code, text in texts.items():
        one = kept.get(code) or DocumentText(language=code)
        one.title, one.body, one.html = text.title, text.body, text.html
        if one not in row.texts:
            row.texts.append(one)


def _note_version(row: Document, by: Writer, now: datetime) -> None:
    """What it says now is a version, unless it says what it said."""
    number = history.last_number(row)
    said = history.dumped(history.texts_of(row))
    last = history.version(row, number)
    if last is None or last.texts != said:
        db.session.add(
            DocumentVersion(
                document_id=row.id,
                number=number + 1,
                saved_at=now,
                saved_name=by.actor.name,
                texts=said,
            )
        )


def _index(row: Document) -> None:
    index.put(row.service_id, row.texts)


def set_state(
    service: Service, row: Document, state: DocumentState, *, by: Writer, version: int | None = None
) -> None:
    """Publishes a draft, or takes what is published back to the drafts (HC-2)."""
    db.lock(Service, service.id)
    check_publishes(by)
    found = _current(row, version)
    assert found is not None
    if state is DocumentState.PUBLISHED:
        said = history.texts_of(found)
        shown = queries.languages(service)
        check_texts(
            {code: text for code, text in said.items() if code in shown}, shown, published=True
        )
        _topic(service, found.kind, found.topic_id, found, published=True)
    now = clock.now()
    found.state = state
    found.changed_at, found.changed_by, found.changed_name = now, by.actor.id, by.actor.name
    touch(queries.scope(service.slug))


def delete(service: Service, row: Document, *, by: Writer) -> None:
    """Deletes a document with its versions and figures."""
    db.lock(Service, service.id)
    check_publishes(by)
    found = _current(row, None)
    index.forget(service.id, [row.id])
    db.session.delete(found)
    touch(queries.scope(service.slug))


def restore(
    service: Service, row: Document, number: int, *, by: Writer, version: int | None = None
) -> Document:
    """Makes the texts of a former version those of now, as a version of their own."""
    db.lock(Service, service.id)
    found = _current(row, version)
    assert found is not None
    former = history.version(found, number)
    if former is None:
        raise Conflict(_("Somebody deleted this document."))
    published = found.state is DocumentState.PUBLISHED
    if published:
        check_publishes(by)
    shown = queries.languages(service)
    said = history.loaded(former.texts)
    kept = {code: text for code, text in said.items() if code in shown}
    texts = _with_hidden(service, found, check_texts(kept, shown, published=published))
    now = clock.now()
    found.changed_at, found.changed_by, found.changed_name = now, by.actor.id, by.actor.name
    with db.session.no_autoflush:
        _write_texts(found, texts)
    db.session.flush()
    _note_version(found, by, now)
    _index(found)
    touch(queries.scope(service.slug))
    return found
