"""Categories, headings, tags and templates of notices (HC-2): written inside the caller's write
transaction.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.help_center.documents import history, queries
from occ.help_center.documents.models import NoticeTemplate, Topic, TopicName
from occ.help_center.documents.rules import (
    TITLE_MAX,
    TOPICS_MAX,
    Text,
    TopicIcon,
    TopicKind,
    check_level,
    placed,
)
from occ.organization.models import Service
from occ.ticket_settings.rules import check_names, folded


def _name(row: Topic, names: Mapping[str, str]) -> None:
    """Writes the names; each is unique at its level, in its language. The service's row is
    locked.
    """
    place = f"{row.service_id}:{row.kind.value}:{row.level}"
    for language, text in names.items():
        taken = sa.select(TopicName.topic_id).where(
            TopicName.place == place,
            TopicName.language == language,
            TopicName.folded == folded(text),
            TopicName.topic_id != row.id,
        )
        if db.session.scalar(taken) is not None:
            raise Refused(_("“%(name)s” is there already. Choose another name.", name=text), "name")
    kept = {one.language: one for one in row.names}
    for language, one in kept.items():
        if language not in names:
            row.names.remove(one)
    for language, text in names.items():
        named = kept.get(language) or TopicName(topic_id=row.id, language=language)
        named.name, named.folded, named.place = text, folded(text), place
        if named not in row.names:
            row.names.append(named)


def _siblings(service_id: int, kind: TopicKind, parent_id: int | None) -> list[Topic]:
    found = sa.select(Topic).where(
        Topic.service_id == service_id,
        Topic.kind == kind,
        Topic.parent_id == parent_id if parent_id is not None else Topic.parent_id.is_(None),
    )
    return list(db.session.scalars(found.order_by(Topic.position, Topic.id)))


def add_topic(
    service: Service,
    kind: TopicKind,
    names: Mapping[str, str],
    *,
    parent_id: int | None = None,
    icon: TopicIcon = TopicIcon.FOLDER,
) -> Topic:
    """A category under another or at the top, a heading, or a tag; at the end of its level."""
    db.lock(Service, service.id)
    parent = queries.topic(service.id, parent_id, kind)
    if parent_id is not None and parent is None:
        raise Conflict(_("Somebody deleted the category above. Choose another one."))
    level = check_level(kind, parent.level if parent else None)
    checked = check_names(names, queries.languages(service))
    counted = sa.select(sa.func.count()).select_from(Topic)
    count = db.session.scalar(counted.where(Topic.service_id == service.id, Topic.kind == kind))
    if (count or 0) >= TOPICS_MAX:
        raise Refused(_("Keep at most %(count)s of them; delete one first.", count=TOPICS_MAX))
    siblings = _siblings(service.id, kind, parent_id)
    made = Topic(
        service_id=service.id,
        kind=kind,
        parent_id=parent_id,
        level=level,
        icon=icon,
        position=max((one.position for one in siblings), default=0) + 1,
        created_at=clock.now(),
    )
    with db.session.no_autoflush:
        db.session.add(made)
        db.session.flush()
        _name(made, checked)
    db.session.flush()
    touch(queries.scope(service.slug))
    return made


def change_topic(
    service: Service, row: Topic, names: Mapping[str, str], *, version: int, icon: TopicIcon
) -> None:
    """Changes its icon, and its names in the languages that are shown; hidden ones keep theirs."""
    db.lock(Service, service.id)
    db.session.refresh(row)
    check_version(row, version)
    shown = queries.languages(service)
    hidden = {code: text for code, text in row.texts.items() if code not in shown}
    checked = check_names(names, shown)
    with db.session.no_autoflush:
        _name(row, {**hidden, **checked})
    row.icon = icon
    flag_modified(row, "position")  # names alone count as a change, too
    touch(queries.scope(service.slug))


def move_topic(service: Service, row: Topic, place: int) -> None:
    """Puts a topic at a place among those beside it, counted from 0."""
    db.lock(Service, service.id)
    siblings = {one.id: one for one in _siblings(service.id, row.kind, row.parent_id)}
    for position, ident in enumerate(placed(list(siblings), row.id, place), start=1):
        siblings[ident].position = position
    touch(queries.scope(service.slug))


def delete_topic(service: Service, row: Topic) -> None:
    """Deletes a topic with all under it; documents that use it keep working without it."""
    db.lock(Service, service.id)
    gone = queries.descendants(row)
    db.session.execute(sa.delete(Topic).where(Topic.id.in_(gone)))
    db.session.expire_all()
    touch(queries.scope(service.slug))


def save_template(
    service: Service,
    row: NoticeTemplate | None,
    *,
    name: str,
    texts: Mapping[str, Text],
    heading_id: int | None,
    tags: Sequence[int],
    by: Actor,
    version: int | None = None,
) -> NoticeTemplate:
    """Adds or changes a template of notices."""
    db.lock(Service, service.id)
    if row is not None:
        db.session.refresh(row)
        if version is not None:
            check_version(row, version)
    if not name:
        raise Refused(_("Enter a name."), "name")
    kept = {code: text for code, text in texts.items() if text}
    for code, text in kept.items():
        if len(text.title) > TITLE_MAX:
            raise Refused(
                _(
                    "Use at most %(limit)s characters; this has %(count)s.",
                    limit=TITLE_MAX,
                    count=len(text.title),
                ),
                f"title-{code}",
            )
    if not kept:
        raise Refused(_("Enter something first."), f"title-{queries.languages(service)[0]}")
    heading = queries.topic(service.id, heading_id, TopicKind.HEADING)
    known = sa.select(Topic.id).where(
        Topic.service_id == service.id, Topic.kind == TopicKind.TAG, Topic.id.in_(tags)
    )
    named = list(db.session.scalars(known.order_by(Topic.position, Topic.id)))
    if row is None:
        row = NoticeTemplate(service_id=service.id)
        db.session.add(row)
    row.name, row.texts, row.tags = name, history.dumped(kept), named
    row.heading_id = heading.id if heading else None
    row.changed_at, row.changed_name = clock.now(), by.name
    db.session.flush()
    return row


def delete_template(service: Service, row: NoticeTemplate) -> None:
    """Deletes a template; notices that began with it stay."""
    db.lock(Service, service.id)
    db.session.delete(row)
