"""Template categories and templates of text messages (SMS-2, SMS-3): read and written.

Writes run inside the caller's write transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import flag_modified

from occ.core import clock, uploads
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import gettext as _
from occ.organization.models import Service
from occ.sms.models import SmsCategory, SmsChannel, SmsTemplate, SmsTemplateImage
from occ.sms.rules.kinds import TextKind
from occ.sms.rules.library import Draft, check_name, placed


@dataclass
class Branch:
    """A category with what stands under it: at the first level categories, at the second
    templates.
    """

    row: SmsCategory
    below: list["Branch"] = field(default_factory=list)
    templates: list[SmsTemplate] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many templates stand under it."""
        return len(self.templates) + sum(one.count for one in self.below)


def tree(service_id: int) -> list[Branch]:
    """All categories and templates of a service in their order."""
    rows = db.session.scalars(
        sa.select(SmsCategory)
        .where(SmsCategory.service_id == service_id)
        .order_by(SmsCategory.position, SmsCategory.id)
    )
    branches = {row.id: Branch(row) for row in rows}
    found: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.row.parent_id or 0)
        (found if above is None else above.below).append(branch)
    listed = (
        sa.select(SmsTemplate)
        .options(lazyload(SmsTemplate.images))
        .where(SmsTemplate.service_id == service_id)
        .order_by(SmsTemplate.position, SmsTemplate.id)
    )
    for template in db.session.scalars(listed):
        branches[template.category_id].templates.append(template)
    return found


def usable(service_id: int) -> list[Branch]:
    """What can be sent with: categories in use on both levels, with their templates in use
    (SMS-2); others are left out.
    """
    found = []
    for top in tree(service_id):
        if not top.row.active:
            continue
        below = [
            Branch(one.row, templates=[row for row in one.templates if row.active])
            for one in top.below
            if one.row.active
        ]
        kept = [one for one in below if one.templates]
        if kept:
            found.append(Branch(top.row, kept))
    return found


def category(service_id: int, ident: int | None) -> SmsCategory | None:
    """A category of this service; another's is not found."""
    row = db.session.get(SmsCategory, ident) if ident is not None else None
    return row if row is not None and row.service_id == service_id else None


def template(service_id: int, ident: int | None) -> SmsTemplate | None:
    """A template of this service; another's is not found."""
    row = db.session.get(SmsTemplate, ident) if ident is not None else None
    return row if row is not None and row.service_id == service_id else None


def to_send(service_id: int, ident: int | None) -> SmsTemplate | None:
    """A template to send with: it and both of its categories are in use."""
    row = template(service_id, ident)
    under = category(service_id, row.category_id) if row else None
    above = category(service_id, under.parent_id) if under else None
    in_use = row and row.active and under and under.active and above and above.active
    return row if in_use else None


def templates_under(row: SmsCategory) -> int:
    """How many templates are deleted with a category."""
    below = sa.select(SmsCategory.id).where(SmsCategory.parent_id == row.id)
    counted = sa.select(sa.func.count()).select_from(SmsTemplate)
    return (
        db.session.scalar(
            counted.where(
                sa.or_(SmsTemplate.category_id == row.id, SmsTemplate.category_id.in_(below))
            )
        )
        or 0
    )


def count_below(row: SmsCategory) -> int:
    """How many categories stand under one."""
    return len(_children(row))


def _siblings(row: SmsCategory) -> list[SmsCategory]:
    same = (
        SmsCategory.parent_id == row.parent_id
        if row.parent_id is not None
        else SmsCategory.parent_id.is_(None)
    )
    found = (
        sa.select(SmsCategory)
        .where(SmsCategory.service_id == row.service_id, same)
        .order_by(SmsCategory.position, SmsCategory.id)
    )
    return list(db.session.scalars(found))


def _templates_of(category_id: int) -> list[SmsTemplate]:
    found = (
        sa.select(SmsTemplate)
        .where(SmsTemplate.category_id == category_id)
        .order_by(SmsTemplate.position, SmsTemplate.id)
    )
    return list(db.session.scalars(found))


def add_category(
    service: Service, *, name: str, parent_id: int | None, active: bool
) -> SmsCategory:
    """A category at the end of its level: the first without a parent, else the second (SMS-2)."""
    db.lock(Service, service.id)
    parent = category(service.id, parent_id)
    if parent_id is not None and parent is None:
        raise Conflict(_("Somebody deleted the category above. Choose another one."))
    if parent is not None and parent.parent_id is not None:
        raise Refused(_("Categories of templates have two levels."), "parent")
    made = SmsCategory(
        service_id=service.id,
        parent_id=parent_id,
        name=check_name(name),
        active=active,
        position=0,
        created_at=clock.now(),
    )
    made.position = max((one.position for one in _siblings(made)), default=0) + 1
    db.session.add(made)
    db.session.flush()
    return made


def change_category(row: SmsCategory, *, name: str, active: bool, version: int) -> None:
    """Renames a category, and says whether it is in use."""
    db.lock(Service, row.service_id)
    db.session.refresh(row)
    check_version(row, version)
    row.name, row.active = check_name(name), active


def delete_category(row: SmsCategory) -> int:
    """Deletes a category with all under it; returns how many templates went."""
    db.lock(Service, row.service_id)
    below = [one.id for one in _children(row)]
    gone = [found for ident in (row.id, *below) for found in _templates_of(ident)]
    for found in gone:
        _forget(found)
    db.session.flush()
    db.session.execute(sa.delete(SmsCategory).where(SmsCategory.parent_id == row.id))
    db.session.delete(row)
    return len(gone)


def _children(row: SmsCategory) -> Sequence[SmsCategory]:
    return db.session.scalars(sa.select(SmsCategory).where(SmsCategory.parent_id == row.id)).all()


def move_category(row: SmsCategory, place: int) -> None:
    """Puts a category at a place among those of its level."""
    db.lock(Service, row.service_id)
    _order(_siblings(row), row.id, place)


def move_template(row: SmsTemplate, place: int) -> None:
    """Puts a template at a place in its category."""
    db.lock(Service, row.service_id)
    _order(_templates_of(row.category_id), row.id, place)


def _order(rows: Sequence[SmsCategory] | Sequence[SmsTemplate], ident: int, place: int) -> None:
    by_id = {row.id: row for row in rows}
    for position, one in enumerate(placed(list(by_id), ident, place), start=1):
        by_id[one].position = position


def save_template(
    service: Service,
    row: SmsTemplate | None,
    draft: Draft,
    *,
    category_id: int | None,
    version: int | None = None,
) -> SmsTemplate:
    """Adds or changes a template under a category of the second level (SMS-3).

    Its pictures are stored before; those that it no longer has are removed after the commit.
    """
    db.lock(Service, service.id)
    under = category(service.id, category_id)
    if under is None:
        raise Refused(_("Choose a category."), "category")
    if under.parent_id is None:
        raise Refused(_("Templates stand under categories of the second level."), "category")
    if row is None:
        row = SmsTemplate(service_id=service.id, created_at=clock.now(), position=0)
        db.session.add(row)
    else:
        db.session.refresh(row)
        if version is not None:
            check_version(row, version)
    if row.category_id != under.id:
        row.category_id = under.id
        with db.session.no_autoflush:
            row.position = max((one.position for one in _templates_of(under.id)), default=0) + 1
    row.kind, row.active, row.editable = draft.kind, draft.active, draft.editable
    row.name, row.description = check_name(draft.name), draft.description
    row.sender, row.title, row.body = draft.sender, draft.title, draft.body
    flag_modified(row, "name")  # pictures alone count as a change, too
    kept = draft.pictures if draft.kind is TextKind.MMS else ()
    if [one.key for one in row.images] != [one.key for one in kept]:
        uploads.forget({one.key for one in row.images} - {one.key for one in kept})
        row.images.clear()
        db.session.flush()
        row.images.extend(
            SmsTemplateImage(place=place, name=one.name, key=one.key, size=one.size)
            for place, one in enumerate(kept)
        )
    db.session.flush()
    return row


def delete_template(row: SmsTemplate) -> None:
    """Deletes a template; what was sent with it keeps its name."""
    db.lock(Service, row.service_id)
    _forget(row)


def _forget(row: SmsTemplate) -> None:
    """With its pictures; what the service sends by itself with it is switched off (SMS-1)."""
    uploads.forget([one.key for one in row.images])
    channel = db.session.get(SmsChannel, row.service_id)
    if channel is not None and row.id in channel.by_itself.values():
        channel.by_itself = {
            code: ident for code, ident in channel.by_itself.items() if ident != row.id
        }
    db.session.delete(row)
