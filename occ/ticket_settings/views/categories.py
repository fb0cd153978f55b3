"""Intake and resolution types as a column browser (SET-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.core import ui, xlsx
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.values import ident as ident_of
from occ.exports import downloads
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import labels, queries, service
from occ.ticket_settings.forms import names_form
from occ.ticket_settings.models import Category
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.rules import NAME_MAX, CategoryKind

bp = Blueprint("categories", __name__, url_prefix="/c/s/<slug>/categories")
KINDS = "any(intake, resolution)"


def _category(ident: int) -> Category:
    return queries.category(current_service().id, ident) or abort(404)


def _typed() -> str:
    return clean(request.form.get("name"))[:1000]


@dataclass(frozen=True)
class Categories:
    """The columns of a kind down to the selected one, in the language that they are shown in."""

    kind: CategoryKind
    board: queries.Board
    languages: Sequence[str]
    language: str

    limit = NAME_MAX

    @property
    def in_help_center(self) -> bool:
        """Whether customers choose from them."""
        return self.kind is CategoryKind.INTAKE


def _page(
    kind: CategoryKind,
    selected: Category | None,
    *,
    part: str = "",
    error: Refused | None = None,
    **values: Any,
) -> Response:
    return ui.render(
        "categories/index",
        part=part,
        status=error.status if error else 200,
        service=current_service(),
        categories=Categories(
            kind=kind,
            board=queries.board(current_service(), kind, selected),
            languages=queries.languages(current_service()),
            language=queries.shown_language(current_service()),
        ),
        labels=labels,
        error=error,
        **values,
    )


def _index(kind: CategoryKind) -> Response:
    asked = ident_of(request.args.get("at"))
    selected = queries.category(current_service().id, asked) if asked is not None else None
    return _page(kind, selected if selected and selected.kind is kind else None)


@bp.get("/intake")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def intake() -> Response:
    return _index(CategoryKind.INTAKE)


@bp.get("/resolution")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def resolution() -> Response:
    return _index(CategoryKind.RESOLUTION)


@bp.post(f"/<{KINDS}:kind>/add")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def add(kind: str) -> Response:
    """A name typed at the foot of a column: the column stays, with the
    cursor ready for the next one.
    """
    parent, text = ident_of(request.form.get("parent")), _typed()
    above = queries.category(current_service().id, parent) if parent is not None else None
    try:
        with db.write():
            made = service.add_category(
                current_service(),
                CategoryKind(kind),
                parent_id=parent,
                names={queries.languages(current_service())[0]: text},
            )
            level = made.level
    except Refused as error:
        return _page(
            CategoryKind(kind),
            above,
            part="board",
            error=error,
            typed=text,
            typing=(above.level if above else 0) + 1,
        )
    return _page(CategoryKind(kind), above, part="board", typing=level)


@bp.post("/<int:ident>/rename")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def rename(ident: int) -> Response:
    """The name in the language that is shown, typed over the old one."""
    found = _category(ident)
    try:
        with db.write():
            service.rename_category(
                current_service(), found, {queries.shown_language(current_service()): _typed()}
            )
    except Refused as error:
        return _page(found.kind, _category(ident), part="board", error=error, renamed=_typed())
    return _page(found.kind, _category(ident), part="board")


@bp.route("/<int:ident>/names", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def names(ident: int) -> Response:
    """The names in every language of the service."""
    found = _category(ident)
    codes = queries.languages(current_service())
    form = names_form(codes)(data={f"name-{code}": text for code, text in found.texts.items()})
    if request.method != "POST":
        form.version.data = str(found.version)
    else:
        with form.saving(stored=lambda: _category(ident)):
            with db.write():
                service.rename_category(
                    current_service(), found, form.names, version=form.seen_version
                )  # type: ignore[attr-defined]
            return ui.done(_("Saved."))
    return ui.render(
        "categories/names",
        status=form.status,
        form=form,
        category=found,
        codes=codes,
        natives={code: form[f"name-{code}"].label.text for code in codes},
        stored=form.stored,
        service=current_service(),
    )


@bp.post("/<int:ident>/help-center")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def help_center(ident: int) -> Response:
    found = _category(ident)
    if found.kind is not CategoryKind.INTAKE:
        abort(404)
    on = request.form.get("on") == "1"
    with db.write():
        service.show_in_help_center(_category(ident), on)
    return ui.done(
        _("Shown in the help center.") if on else _("Hidden in the help center, with all below it.")
    )


@bp.route("/<int:ident>/delete", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    found = _category(ident)
    if request.method == "POST":
        up = url_for(
            f"categories.{found.kind.value}", slug=current_service().slug, at=found.parent_id
        )
        with db.write():
            gone = service.delete_category(current_service(), found)
        return ui.done(
            ngettext("%(num)d category was deleted.", "%(num)d categories were deleted.", gone),
            go=up,
        )
    idents = queries.descendants(found)
    return ui.render(
        "categories/delete",
        service=current_service(),
        category=found,
        below=len(idents) - 1,
        tickets=service.tickets_using(idents),
        label=found.texts.get(queries.shown_language(current_service()))
        or found.texts.get(queries.languages(current_service())[0], ""),
    )


@bp.get(f"/<{KINDS}:kind>/excel")
@requires(TICKET_SETTINGS, feature=Feature.TICKET, writes=True)
def excel(kind: str) -> Response:
    """The whole tree."""
    params = {"service": current_service().id, "kind": kind}
    name = xlsx.dated(f"{labels.KINDS[CategoryKind(kind)]} {current_service().name}")
    return downloads.answer("categories", name, params, service=current_service(), managers=True)
