"""Templates to answer with (TPL-1), also by resolution type (TPL-2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for

from occ.core import richtext, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.organization import queries as organization
from occ.organization.rules import Editor, Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries, rules, service
from occ.ticket_settings.forms import TemplateForm
from occ.ticket_settings.models import Category, Template
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.rules import TEMPLATE_MAX, CategoryKind, unknown

bp = Blueprint("templates", __name__, url_prefix="/c/s/<slug>/templates")
SHOWN_TYPES = 500


def _template(ident: int) -> Template:
    return queries.template(current_service().id, ident) or abort(404)


def _unfilled(row: Template, known: Collection[str]) -> list[str]:
    """What this service leaves empty of a template: a field was deleted or became
    personal, or is another service's.
    """
    return unknown([row.body, *richtext.addresses(row.html)], known)


@dataclass(frozen=True)
class Writing:
    """A template that is written: its text as the service's editor loads it, and what may stand in
    it.
    """

    row: Template | None  # None before it is first saved
    placeholders: Mapping[str, str]
    formatted: bool
    composed: str
    unfilled: Sequence[str]
    types: Sequence[tuple[int, str]]  # resolution types to link it to
    chosen: Sequence[int]
    linked: Sequence[int]  # those that it had when the form was first shown

    limit = TEMPLATE_MAX


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    whose, asked = request.args.get("whose"), ident_of(request.args.get("resolution"))
    page = queries.template_list(
        current_service().id,
        ui.arg("q"),
        own={"own": True, "shared": False}.get(whose or ""),
        resolution=asked,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    links, known = (
        queries.links_of(current_service().id, [t.id for t in page.rows]),
        queries.placeholders(current_service()),
    )
    owners = (
        {s.id: s.name for s in organization.contracted_services()}
        if any(t.service_id != current_service().id for t in page.rows)
        else {}
    )
    return ui.render(
        "templates/index",
        service=current_service(),
        page=page,
        links=links,
        owners=owners,
        paths=queries.path_names(
            current_service(), [i for idents in links.values() for i in idents]
        ),
        types=queries.find(current_service(), CategoryKind.RESOLUTION, "", SHOWN_TYPES),
        unfilled={t.id: _unfilled(t, known) for t in page.rows},
    )


def _categories(name: str = "category") -> list[int]:
    """The resolution types that a form names; as `linked` those that it showed as linked."""
    sent = map(ident_of, request.form.getlist(name))
    return [found for found in sent if found is not None]


def _offered_types(row: Template | None) -> tuple[list[tuple[int, str]], list[int]]:
    """Resolution types to link a template to, and those that it is linked to."""
    types = queries.find(current_service(), CategoryKind.RESOLUTION, "", SHOWN_TYPES)
    chosen = queries.links_of(current_service().id, [row.id]).get(row.id, []) if row else []
    beyond = queries.path_names(
        current_service(), list(set(chosen) - {found for found, _path in types})
    )
    return [*types, *beyond.items()], chosen


def _said(composed: str, *, keeps: bool) -> richtext.Writing:
    """The text of the sent form; raises Refused for one that no editor writes."""
    return richtext.received(composed, drawn=request.form.get("formatted") == "1", keeps=keeps)


def _save(row: Template | None) -> Response:
    form, keeps = TemplateForm(obj=row), current_service().editor is Editor.HTML
    composed = (row.html or richtext.html_of(row.body) if keeps else row.body) if row else ""
    known = queries.placeholders(current_service())
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    else:
        composed = clean(form.body.data)
    if request.method == "POST" and form.holds(
        lambda: rules.check_text(_said(composed, keeps=keeps), known),
        lambda: rules.check_code(form.code.data or ""),
    ):
        with form.saving(stored=lambda: row and queries.template(current_service().id, row.id)):
            said = _said(composed, keeps=keeps)
            composed = said.html or said.text
            with db.write():
                service.save_template(
                    current_service(),
                    row,
                    title=form.title.data or "",
                    body=said.text,
                    html=said.html,
                    code=form.code.data or "",
                    shared=bool(form.shared.data),
                    version=form.seen_version if row else None,
                    categories=_categories(),
                    shown=_categories("linked"),
                )
            return ui.done(_("Saved."), go=url_for("templates.index", slug=current_service().slug))
    types, chosen = _offered_types(row)
    writing = Writing(
        row=row,
        placeholders=known,
        formatted=keeps,
        composed=composed,
        unfilled=_unfilled(row, known) if row and form.status == 200 else [],
        types=types,
        chosen=_categories() if request.method == "POST" else chosen,
        linked=_categories("linked") if request.method == "POST" else chosen,
    )
    return ui.render(
        "templates/form",
        status=form.status,
        form=form,
        service=current_service(),
        writing=writing,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def edit(ident: int) -> Response:
    """Only the owning service changes a template; to the others it is not found here."""
    row = _template(ident)
    return _save(row) if row.service_id == current_service().id else abort(404)


@bp.route("/<int:ident>/links", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def links(ident: int) -> Response:
    """The resolution types of this service that a template, own or shared, stands with."""
    row = _template(ident)
    if request.method == "POST":
        with db.write():
            service.link_template(
                current_service(), row, _categories(), shown=_categories("linked")
            )
        return ui.done(_("Saved."))
    types, chosen = _offered_types(row)
    return ui.render(
        "templates/links", service=current_service(), row=row, types=types, chosen=chosen
    )


def _resolution(ident: int) -> Category:
    found = queries.category(current_service().id, ident) or abort(404)
    return found if found.kind is CategoryKind.RESOLUTION else abort(404)


@bp.get("/linked")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def linked() -> Response:
    """The tree of resolution types at the left, the templates of one at the right (TPL-2)."""
    types = queries.find(current_service(), CategoryKind.RESOLUTION, "", SHOWN_TYPES)
    asked = ident_of(request.args.get("type"))
    chosen = _resolution(asked) if asked else _resolution(types[0][0]) if types else None
    return ui.render(
        "templates/linked",
        service=current_service(),
        types=types,
        chosen=chosen,
        path=queries.path_names(current_service(), [chosen.id])[chosen.id] if chosen else "",
        rows=queries.templates_of(current_service().id, chosen.id, linked=True) if chosen else [],
    )


@bp.route("/linked/<int:ident>/add", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def link(ident: int) -> Response:
    """A dialog with the templates that do not stand with a type yet."""
    row = _resolution(ident)
    if request.method == "POST":
        with db.write():
            service.link_resolution(current_service(), row, _templates(), on=True)
        return ui.done(_("Saved."))
    return ui.render(
        "templates/link",
        service=current_service(),
        row=row,
        path=queries.path_names(current_service(), [row.id])[row.id],
        left=queries.templates_of(current_service().id, row.id, linked=False),
    )


@bp.post("/linked/<int:ident>/remove")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def unlink(ident: int) -> Response:
    row = _resolution(ident)
    with db.write():
        service.link_resolution(current_service(), row, _templates(), on=False)
    return ui.done(_("Saved."))


def _templates() -> list[int]:
    sent = map(ident_of, request.form.getlist("template"))
    return [found for found in sent if found is not None]


@bp.post("/<int:ident>/delete")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    row = _template(ident)
    title = row.title
    with db.write():
        service.delete_template(current_service(), row)
    return ui.done(_("“%(title)s” was deleted.", title=title))
