"""Reads of ticket settings."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from occ.core import i18n, paging
from occ.core.db import db
from occ.core.events import emit
from occ.core.kept import Kept
from occ.organization.models import Service
from occ.ticket_settings.events import PlaceholdersAsked
from occ.ticket_settings.models import (
    Category,
    CategoryName,
    ForbiddenWord,
    SharedFile,
    Template,
    template_resolution,
)
from occ.ticket_settings.rules import LEVELS, PLACEHOLDERS, CategoryKind, folded


@dataclass
class Node:
    """A category as it is shown: in the viewer's language, else in the service's first one."""

    id: int
    parent_id: int | None
    level: int
    name: str
    in_help_center: bool
    parent: bool = False  # has children


@dataclass
class Column:
    """One level of the column browser; `parent` is the selected category of the level before."""

    level: int
    parent: Node | None
    rows: Sequence[Node] = ()
    selected: int | None = None


@dataclass
class Board:
    """The column browser at a selected category."""

    columns: list[Column] = field(default_factory=list)
    path: list[Node] = field(default_factory=list)

    @property
    def here(self) -> Node | None:
        return self.path[-1] if self.path else None

    @property
    def hidden_by(self) -> Node | None:
        """The nearest category above that is switched off in the help center."""
        return next((node for node in reversed(self.path[:-1]) if not node.in_help_center), None)


SERVICES = 200  # whose settings a process keeps at most
_LANGUAGES: Kept[tuple[str, ...]] = Kept(SERVICES)
_HAS: Kept[bool] = Kept(SERVICES)
_OFFERED: Kept[tuple[Node, ...]] = Kept(SERVICES)
_WORDS: Kept[tuple[str, ...]] = Kept(SERVICES)


def languages(service: Service) -> list[str]:
    """The codes of a service's shown languages, the default one first."""
    return list(_LANGUAGES.of(service, lambda: tuple(o.code for o in service.shown_languages)))


def shown_language(service: Service) -> str:
    """The language in which the viewer reads a service's own texts: that of a public page, else
    theirs, where the service has it, else its first.
    """
    codes = languages(service)
    asked = i18n.reads()
    return asked if asked in codes else codes[0]


# every new ticket asks this, so it is built once
_CATEGORY = sa.select(Category).where(
    Category.id == sa.bindparam("ident"),
    Category.service_id == sa.bindparam("service"),
    Category.deleted_at.is_(None),
)


def category(service_id: int, ident: int) -> Category | None:
    """A category of this service that is not deleted; another service's is not found."""
    return db.session.scalar(_CATEGORY, {"ident": ident, "service": service_id})


def _named(service: Service) -> Any:
    """A select of (id, parent, level, name, in help center) of categories, with
    the name that the viewer reads.
    """
    own, first = aliased(CategoryName), aliased(CategoryName)
    name = sa.func.coalesce(own.name, first.name, "")
    return (
        sa.select(Category.id, Category.parent_id, Category.level, name, Category.in_help_center)
        .outerjoin(
            own, sa.and_(own.category_id == Category.id, own.language == shown_language(service))
        )
        .outerjoin(
            first,
            sa.and_(first.category_id == Category.id, first.language == languages(service)[0]),
        )
        .where(Category.service_id == service.id)
    )


def _path(service: Service, ident: int | None) -> list[Node]:
    """A category with those above it, the topmost first; deleted ones too."""
    if ident is None:
        return []
    up = (
        sa.select(Category.id, Category.parent_id)
        .where(Category.id == ident, Category.service_id == service.id)
        .cte(recursive=True)
    )
    above = aliased(Category)
    up = up.union_all(sa.select(above.id, above.parent_id).join(up, above.id == up.c.parent_id))
    rows = db.session.execute(
        _named(service).where(Category.id.in_(sa.select(up.c.id))).order_by(Category.level)
    )
    return [Node(*row) for row in rows]


def board(service: Service, kind: CategoryKind, selected: Category | None) -> Board:
    """The columns down to the children of the selected category, in the
    order in which they were added.
    """
    path = _path(service, selected.id if selected else None)
    parents = [node.id for node in path]
    child = aliased(Category)
    has_children = sa.exists().where(child.parent_id == Category.id, child.deleted_at.is_(None))
    rows = db.session.execute(
        _named(service)
        .add_columns(has_children)
        .where(
            Category.kind == kind,
            Category.deleted_at.is_(None),
            sa.or_(Category.parent_id.is_(None), Category.parent_id.in_(parents)),
        )
        .order_by(Category.id)
    )
    below: dict[int | None, list[Node]] = {}
    for row in rows:
        below.setdefault(row[1], []).append(Node(*row))
    columns = []
    for level in range(1, LEVELS + 1):
        parent = path[level - 2] if 2 <= level <= len(path) + 1 else None
        shown = below.get(parent.id if parent else None, []) if level == 1 or parent else []
        columns.append(
            Column(level, parent, shown, path[level - 1].id if level <= len(path) else None)
        )
    return Board(columns, path)


def descendants(category: Category) -> list[int]:
    """The ids of a category and of all below it that are not deleted."""
    down = sa.select(Category.id).where(Category.id == category.id).cte(recursive=True)
    below = aliased(Category)
    down = down.union_all(
        sa.select(below.id)
        .join(down, below.parent_id == down.c.id)
        .where(below.deleted_at.is_(None))
    )
    return list(db.session.scalars(sa.select(down.c.id)))


def tree_size(service_id: int, kind: CategoryKind) -> int:
    """How many categories of a kind a service has."""
    there = sa.select(sa.func.count()).select_from(Category)
    return (
        db.session.scalar(
            there.where(
                Category.service_id == service_id,
                Category.kind == kind,
                Category.deleted_at.is_(None),
            )
        )
        or 0
    )


_ANY = sa.select(
    sa.exists().where(
        Category.service_id == sa.bindparam("service"),
        Category.kind == sa.bindparam("kind", type_=Category.kind.type),
        Category.deleted_at.is_(None),
    )
)


def has_any(service: Service, kind: CategoryKind) -> bool:
    """Whether a service has categories of a kind."""
    asked = {"service": service.id, "kind": kind}
    return _HAS.of(service, lambda: bool(db.session.scalar(_ANY, asked)), kind)


def tree(service: Service, kind: CategoryKind) -> Iterator[tuple[Category, list[Category]]]:
    """Every category with its path from the top, parents before their children,
    each level in the order of adding.
    """
    there = sa.select(Category).options(sa.orm.selectinload(Category.names)).order_by(Category.id)
    rows = db.session.scalars(
        there.where(
            Category.service_id == service.id, Category.kind == kind, Category.deleted_at.is_(None)
        )
    )
    below: dict[int | None, list[Category]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)

    def walk(parent: int | None, path: list[Category]) -> Iterator[tuple[Category, list[Category]]]:
        for row in below.get(parent, []):
            here = [*path, row]
            yield row, here
            yield from walk(row.id, here)

    yield from walk(None, [])


def offered(service: Service) -> Sequence[Node]:
    """The intake types that the help center offers (SET-1): switched on, with all above them;
    parents before their children, each level in the order of adding.
    """

    def read() -> tuple[Node, ...]:
        rows = db.session.execute(
            _named(service)
            .where(Category.kind == CategoryKind.INTAKE, Category.deleted_at.is_(None))
            .order_by(Category.level, Category.id)
        )
        there: dict[int | None, Node] = {}
        for node in (Node(*row) for row in rows):
            if node.in_help_center and (node.parent_id is None or node.parent_id in there):
                there[node.id] = node
        return tuple(there.values())

    return _OFFERED.of(service, read, shown_language(service))


def path_names(service: Service, idents: Sequence[int]) -> dict[int, str]:
    """The paths of categories in words, "Payment › Refund", by id; deleted ones too."""
    wanted = sorted(set(idents))
    if not wanted:
        return {}
    up = (
        sa.select(Category.id.label("start"), Category.id, Category.parent_id)
        .where(Category.id.in_(wanted))
        .cte(recursive=True)
    )
    above = aliased(Category)
    up = up.union_all(
        sa.select(up.c.start, above.id, above.parent_id).join(up, above.id == up.c.parent_id)
    )
    found: dict[int, list[str]] = {}
    for row in db.session.execute(
        _named(service)
        .add_columns(up.c.start)
        .join(up, up.c.id == Category.id)
        .order_by(Category.level)
    ):
        found.setdefault(row.start, []).append(row[3] or "–")
    return {ident: " › ".join(names) for ident, names in found.items()}


def find(service: Service, kind: CategoryKind, text: str, limit: int = 50) -> list[tuple[int, str]]:
    """(id, path) of categories whose name holds a text, without one the topmost;
    each below what it belongs to.
    """
    named = (
        _named(service)
        .where(Category.kind == kind, Category.deleted_at.is_(None))
        .order_by(Category.level, Category.id)
        .limit(limit)
    )
    if text:
        some = sa.select(CategoryName.category_id).where(
            CategoryName.folded.contains(folded(text), autoescape=True)
        )
        named = named.where(Category.id.in_(some))
    idents = [row[0] for row in db.session.execute(named)]
    paths, above = path_names(service, idents), ancestors(idents)
    idents.sort(key=lambda ident: [*reversed(above.get(ident, ())), ident])
    return [(ident, paths.get(ident, "–")) for ident in idents]


_ALL_WORDS = (
    sa.select(ForbiddenWord.word)
    .where(ForbiddenWord.service_id == sa.bindparam("service"))
    .order_by(ForbiddenWord.folded)
)


def words(service_id: int) -> Sequence[str]:
    """A service's forbidden words."""
    service = db.session.get_one(Service, service_id)
    asked = {"service": service_id}
    return _WORDS.of(service, lambda: tuple(db.session.scalars(_ALL_WORDS, asked)))


def word(service_id: int, ident: int) -> ForbiddenWord | None:
    return db.session.scalar(
        sa.select(ForbiddenWord).where(
            ForbiddenWord.id == ident, ForbiddenWord.service_id == service_id
        )
    )


def word_list(service_id: int, text: str, *, after: str, before: str, size: int) -> paging.Page:
    """Forbidden words by part of them, in their alphabetical order."""
    rows = sa.select(ForbiddenWord).where(ForbiddenWord.service_id == service_id)
    if text:
        rows = rows.where(ForbiddenWord.folded.contains(folded(text), autoescape=True))
    return paging.page(
        rows,
        keys=(ForbiddenWord.folded, ForbiddenWord.id),
        descending=False,
        after=after,
        before=before,
        size=size,
    )


def _seen(service_id: int) -> Any:
    """A select of the templates that a service sees: its own and the shared ones of all."""
    return sa.select(Template).where(
        Template.deleted_at.is_(None), sa.or_(Template.service_id == service_id, Template.shared)
    )


def _named_like(found: Any, text: str) -> Any:
    return found.where(
        sa.or_(
            paging.like(Template.title, text),
            paging.like(Template.body, text),
            paging.like(Template.code, text),
        )
    )


def template(service_id: int, ident: int) -> Template | None:
    """A template that a service sees."""
    found: Template | None = db.session.scalar(_seen(service_id).where(Template.id == ident))
    return found


def template_by_code(service_id: int, code: str) -> Template | None:
    """The template of a search code, the service's own before shared
    ones; case counts for nothing.
    """
    same = _seen(service_id).where(
        sa.func.lower(Template.code) == code.lower(), Template.code != ""
    )
    found: Template | None = db.session.scalar(
        same.order_by((Template.service_id == service_id).desc(), Template.id).limit(1)
    )
    return found


def template_list(
    service_id: int,
    text: str,
    *,
    own: bool | None,
    resolution: int | None,
    after: str,
    before: str,
    size: int,
) -> paging.Page:
    """Templates by part of title, text or code, own or shared, and
    linked resolution type; by title.
    """
    rows = _named_like(_seen(service_id), text) if text else _seen(service_id)
    if own is not None:
        rows = rows.where(Template.service_id == service_id) if own else rows.where(Template.shared)
    if resolution is not None:
        linked = sa.select(template_resolution.c.template_id).where(
            template_resolution.c.category_id == resolution
        )
        rows = rows.where(Template.id.in_(linked))
    return paging.page(
        rows,
        keys=(Template.title, Template.id),
        descending=False,
        after=after,
        before=before,
        size=size,
    )


def templates_to_insert(
    service_id: int, text: str, resolution: int | None, limit: int = 30
) -> Sequence[Template]:
    """Templates to answer with: those of the ticket's resolution type
    first, then the ones used most.
    """
    rows = _named_like(_seen(service_id), text) if text else _seen(service_id)
    linked = sa.exists().where(
        template_resolution.c.template_id == Template.id,
        template_resolution.c.category_id == resolution,
    )
    return db.session.scalars(
        rows.order_by(sa.desc(linked), Template.used.desc(), Template.id).limit(limit)
    ).all()


def links_of(service_id: int, template_ids: Sequence[int]) -> dict[int, list[int]]:
    """The resolution types of this service that templates are linked to."""
    found = sa.select(template_resolution.c.template_id, template_resolution.c.category_id).join(
        Category, Category.id == template_resolution.c.category_id
    )
    links: dict[int, list[int]] = {}
    there = found.where(
        template_resolution.c.template_id.in_(template_ids),
        Category.service_id == service_id,
        Category.deleted_at.is_(None),
    )
    for template_id, category_id in db.session.execute(there.order_by(Category.level, Category.id)):
        links.setdefault(template_id, []).append(category_id)
    return links


def templates_of(service_id: int, resolution: int, *, linked: bool) -> Sequence[Template]:
    """The templates that a service sees and that stand with a resolution type, or do not, by
    title.
    """
    there = sa.select(template_resolution.c.template_id).where(
        template_resolution.c.category_id == resolution
    )
    rows = _seen(service_id).where(Template.id.in_(there) if linked else Template.id.not_in(there))
    return db.session.scalars(rows.order_by(Template.title, Template.id)).all()


def file_list(service_id: int, text: str, *, after: str, before: str, size: int) -> paging.Page:
    """A service's shared files by part of the name, newest first (FILE-1)."""
    found = sa.select(SharedFile).where(SharedFile.service_id == service_id)
    if text:
        found = found.where(paging.like(SharedFile.name, text))
    return paging.page(
        found, keys=(SharedFile.id,), descending=True, after=after, before=before, size=size
    )


def shared_file(service_id: int, name: str) -> SharedFile | None:
    return db.session.scalar(
        sa.select(SharedFile).where(SharedFile.service_id == service_id, SharedFile.name == name)
    )


def shared_file_by_id(service_id: int, ident: int) -> SharedFile | None:
    return db.session.scalar(
        sa.select(SharedFile).where(SharedFile.service_id == service_id, SharedFile.id == ident)
    )


def ancestors(idents: Collection[int]) -> dict[int, list[int]]:
    """What categories stand below: the ids above each, the nearest first."""
    if not idents:
        return {}
    up = (
        sa.select(Category.id.label("of"), Category.parent_id.label("above"))
        .where(Category.id.in_(idents))
        .cte(recursive=True)
    )
    parent = aliased(Category)
    up = up.union_all(sa.select(up.c.of, parent.parent_id).join(parent, parent.id == up.c.above))
    found: dict[int, list[int]] = {}
    for of, above in db.session.execute(
        sa.select(up.c.of, up.c.above).where(up.c.above.is_not(None))
    ):
        found.setdefault(of, []).append(above)
    return found


def placeholders(service: Service) -> dict[str, str]:
    """Every placeholder that a service's texts may have, by what stands between the braces, with
    its name: the fixed ones, then fields.
    """
    asked = PlaceholdersAsked(service)
    emit(asked)
    return {**{place.value: str(text) for place, text in PLACEHOLDERS.items()}, **asked.names}


@dataclass(frozen=True)
class TypeName:
    """A category's name in one language; deleted ones too, for the tickets that have them."""

    id: int
    parent_id: int | None
    language: str
    name: str
    gone: bool


def every_name(service_id: int, kinds: Sequence[CategoryKind]) -> Sequence[TypeName]:
    """The names of a service's categories in every language, in the order of adding."""
    named = sa.select(
        Category.id,
        Category.parent_id,
        CategoryName.language,
        CategoryName.name,
        Category.deleted_at.is_not(None),
    )
    named = named.join(CategoryName, CategoryName.category_id == Category.id)
    rows = db.session.execute(
        named.where(Category.service_id == service_id, Category.kind.in_(kinds)).order_by(
            Category.id
        )
    )
    return [TypeName(*row) for row in rows]


def with_those_below(rows: Sequence[TypeName], idents: Collection[int]) -> set[int]:
    """Some categories and all that stand below them."""
    found = set(idents)
    for row in rows:  # children were added after their parents
        if row.parent_id in found:
            found.add(row.id)
    return found
