"""Ticket settings as Excel rows: for a direct answer and for exports (SET-1)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.exports.sheets import Sheet
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.ticket_settings import labels, queries
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import LEVELS, CategoryKind


def categories(params: dict[str, Any]) -> Sheet:
    """A kind's whole tree: the path in the first language a column a level, then
    its own names in each language.
    """
    service, kind = db.session.get_one(Service, params["service"]), CategoryKind(params["kind"])
    codes = queries.languages(service)
    head = [
        _("ID"),
        *(_("Level %(number)s", number=level) for level in range(1, LEVELS + 1)),
        *(all_languages()[c].native for c in codes),
    ]
    if kind is CategoryKind.INTAKE:
        head.append(_("In the help center"))
    return Sheet(
        str(labels.KINDS[kind]),
        head,
        queries.tree_size(service.id, kind),
        _batches(service, kind, codes),
    )


def _batches(
    service: Service, kind: CategoryKind, codes: list[str]
) -> Iterator[Sequence[Sequence[Any]]]:
    walk = queries.tree(service, kind)
    while rows := list(islice(walk, 500)):
        yield [_row(category, path, codes) for category, path in rows]


def _row(category: Category, path: list[Category], codes: list[str]) -> Sequence[Any]:
    levels = [above.texts.get(codes[0], "") for above in path]
    cells = [
        category.id,
        *levels,
        *[""] * (LEVELS - len(levels)),
        *(category.texts.get(code, "") for code in codes),
    ]
    if category.kind is CategoryKind.INTAKE:
        shown = all(above.in_help_center for above in path)
        cells.append(_("Yes") if shown else _("No"))
    return cells
