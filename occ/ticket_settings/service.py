"""Writes of ticket settings. Every function runs inside the caller's write transaction."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from occ.core import clock, files, kept
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing
from occ.organization.models import Service
from occ.ticket_settings import queries, rules
from occ.ticket_settings.events import CategoryAdded, CategoryUseCounted
from occ.ticket_settings.models import (
    Category,
    CategoryName,
    ForbiddenWord,
    SharedFile,
    Template,
    template_resolution,
)
from occ.ticket_settings.rules import CategoryKind


def _name(category: Category, names: Mapping[str, str]) -> None:
    """Writes the names; each is unique at its level of the kind, in its language (SET-1).

    The service's row is locked.
    """
    place = f"{category.service_id}:{category.kind.value}:{category.level}"
    for language, text in names.items():
        taken = sa.select(CategoryName.category_id).where(
            CategoryName.place == place,
            CategoryName.language == language,
            CategoryName.folded == rules.folded(text),
        )
        if db.session.scalar(taken.where(CategoryName.category_id != category.id)) is not None:
            raise Refused(
                _(
                    "“%(name)s” is there already on this level. Names are unique within a level.",
                    name=text,
                ),
                "name",
            )
    kept = {row.language: row for row in category.names}
    for language, row in kept.items():
        if language not in names:
            category.names.remove(row)
    for language, text in names.items():
        row = kept.get(language) or CategoryName(category_id=category.id, language=language)
        row.name, row.folded, row.place = text, rules.folded(text), place
        if row not in category.names:
            category.names.append(row)


def add_category(
    service: Service, kind: CategoryKind, *, parent_id: int | None, names: Mapping[str, str]
) -> Category:
    """A category under a parent, at the top without one; shown in the
    help center until switched off.
    """
    db.lock(Service, service.id)
    parent = queries.category(service.id, parent_id) if parent_id is not None else None
    if parent_id is not None and (parent is None or parent.kind is not kind):
        raise Conflict(_("Somebody deleted the category above. Choose another one."))
    level = rules.check_level(parent.level if parent else None)
    made = Category(
        service_id=service.id,
        kind=kind,
        parent_id=parent_id,
        level=level,
        created_at=clock.now(),
        in_help_center=True,
    )
    checked = rules.check_names(names, queries.languages(service))
    with db.session.no_autoflush:
        db.session.add(made)
        db.session.flush()
        _name(made, checked)
    db.session.flush()
    emit(CategoryAdded(made))
    return made


def rename_category(
    service: Service, category: Category, names: Mapping[str, str], *, version: int | None = None
) -> None:
    """Changes names; languages that `names` leaves out keep theirs, empty ones lose
    it and fall back to the first.
    """
    db.lock(Service, service.id)
    db.session.refresh(category)
    if version is not None:
        check_version(category, version)
    if category.deleted_at is not None:
        raise Conflict(_("Somebody deleted this category."))
    hidden = {
        code: text
        for code, text in category.texts.items()
        if code not in queries.languages(service)
    }
    first, merged = queries.languages(service)[0], {**category.texts, **names}
    if version is None and not merged.get(
        first
    ):  # the service speaks another language first since it was named
        merged[first] = next(iter(names.values()))
    checked = rules.check_names(merged, queries.languages(service))
    _name(category, {**hidden, **checked})
    sa.orm.attributes.flag_modified(category, "level")  # names alone count as a change, too
    db.session.flush()


def show_in_help_center(category: Category, on: bool) -> None:
    """Whether customers can choose it; off hides what is below it as well (SET-1)."""
    db.lock(Service, category.service_id)
    db.session.refresh(category)
    category.in_help_center = on


def tickets_using(idents: list[int]) -> int:
    """How many tickets carry one of these categories."""
    counted = CategoryUseCounted(idents)
    emit(counted)
    return counted.tickets


def delete_category(service: Service, category: Category) -> int:
    """Deletes a category with all below it; tickets keep the old names. Returns how many went."""
    db.lock(Service, service.id)
    idents = queries.descendants(category)
    db.session.execute(
        sa.update(CategoryName).where(CategoryName.category_id.in_(idents)).values(place=None)
    )
    db.session.execute(
        sa.update(Category)
        .where(Category.id.in_(idents))
        .values(deleted_at=clock.now(), version=Category.version + 1)
    )
    kept.changed(service.id)
    db.session.expire_all()
    return len(idents)


def save_word(
    service: Service, row: ForbiddenWord | None, text: str, *, version: int | None = None
) -> None:
    """Adds or changes a forbidden word; it is there once, whatever its case and width (FBW-1)."""
    db.lock(Service, service.id)
    word = rules.check_word(text)
    same = sa.select(ForbiddenWord.id).where(
        ForbiddenWord.service_id == service.id, ForbiddenWord.folded == rules.folded(word)
    )
    found = db.session.scalar(same)
    if found is not None and (row is None or found != row.id):
        raise Refused(
            _("“%(word)s” is in the list already. Choose another word.", word=word), "word"
        )
    if row is None:
        count = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(ForbiddenWord)
            .where(ForbiddenWord.service_id == service.id)
        )
        if (count or 0) >= rules.WORDS_MAX:
            raise Refused(
                _("Keep at most %(count)s words; delete one first.", count=rules.WORDS_MAX), "word"
            )
        row = ForbiddenWord(service_id=service.id, created_at=clock.now())
        db.session.add(row)
    elif version is not None:
        db.session.refresh(row)
        check_version(row, version)
    row.word, row.folded = word, rules.folded(word)


def delete_word(row: ForbiddenWord) -> None:
    db.lock(Service, row.service_id)
    db.session.execute(sa.delete(ForbiddenWord).where(ForbiddenWord.id == row.id))
    kept.changed(row.service_id)
    db.session.expunge(row)


def save_template(
    service: Service,
    row: Template | None,
    *,
    title: str,
    body: str,
    code: str,
    shared: bool,
    html: str = "",
    version: int | None = None,
    categories: Sequence[int] = (),
    shown: Sequence[int] = (),
) -> Template:
    """Adds or changes a template; managers of the owning service change shared ones (TPL-1).

    It is linked to these resolution types instead of those that the form has `shown`; what others
    linked meanwhile stays.
    """
    db.lock(Service, service.id)
    rules.check_title(title)
    rules.check_text(Writing(body, html), queries.placeholders(service))
    rules.check_code(code)
    if row is not None:
        if row.service_id != service.id:
            raise Refused(_("This template belongs to another service; its managers change it."))
        db.session.refresh(row)
        if row.deleted_at is not None:
            raise Conflict(_("Somebody deleted this template."))
        if version is not None:
            check_version(row, version)
    taken = queries.template_by_code(service.id, code) if code else None
    if taken is not None and taken.service_id == service.id and (row is None or taken.id != row.id):
        raise Refused(_("“%(title)s” has this search code.", title=taken.title), "code")
    if row is None:
        row = Template(service_id=service.id, created_at=clock.now(), used=0)
        db.session.add(row)
    row.title, row.body, row.html, row.code, row.shared = title, body, html, code, shared
    db.session.flush()
    link_template(service, row, categories, shown=shown)
    return row


def delete_template(service: Service, row: Template) -> None:
    if row.service_id != service.id:
        raise Refused(_("This template belongs to another service; its managers change it."))
    db.lock(Service, service.id)
    db.session.refresh(row)
    row.deleted_at = clock.now()


def link_template(
    service: Service, row: Template, category_ids: Sequence[int], *, shown: Sequence[int] = ()
) -> None:
    """Links a template to resolution types of this service (TPL-1); of the `shown` links those go
    that are not named, all others stay.
    """
    db.lock(Service, service.id)
    there = set(queries.links_of(service.id, [row.id]).get(row.id, ()))
    gone = (there & set(shown)) - set(category_ids)
    if gone:
        db.session.execute(
            sa.delete(template_resolution).where(
                template_resolution.c.template_id == row.id,
                template_resolution.c.category_id.in_(gone),
            )
        )
    values = [
        {"template_id": row.id, "category_id": found.id}
        for ident in dict.fromkeys(category_ids)
        if ident not in there
        and (found := queries.category(service.id, ident)) is not None
        and found.kind is CategoryKind.RESOLUTION
    ]
    if values:
        db.session.execute(sa.insert(template_resolution), values)


def link_resolution(
    service: Service, category: Category, template_ids: Sequence[int], *, on: bool
) -> int:
    """Adds templates to a resolution type, or takes them away (TPL-2); returns how many."""
    db.lock(Service, service.id)
    there = {row.id for row in queries.templates_of(service.id, category.id, linked=not on)}
    chosen = [ident for ident in dict.fromkeys(template_ids) if ident in there]
    if not chosen:
        raise Refused(_("Choose at least one template."))
    if on:
        values = [{"template_id": ident, "category_id": category.id} for ident in chosen]
        db.session.execute(sa.insert(template_resolution), values)
    else:
        gone = sa.delete(template_resolution).where(
            template_resolution.c.category_id == category.id,
            template_resolution.c.template_id.in_(chosen),
        )
        db.session.execute(gone)
    return len(chosen)


def count_use(row: Template) -> None:
    """One more answer was written with it."""
    db.session.execute(
        sa.update(Template).where(Template.id == row.id).values(used=Template.used + 1)
    )


def add_file(service: Service, *, name: str, key: str, content: bytes) -> SharedFile:
    """Keeps a stored file under its name, which is unique in the service (FILE-1)."""
    db.lock(Service, service.id)
    name = files.name_of(name)
    if queries.shared_file(service.id, name) is not None:
        raise Refused(
            _("“%(name)s” is there already. Rename the file, or delete the old one.", name=name),
            "file",
        )
    made = SharedFile(
        service_id=service.id,
        name=name,
        key=key,
        size=len(content),
        kind=files.image_type(content),
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made
