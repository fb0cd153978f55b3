"""Template categories and templates of text messages: the tree at the left, the form at the right
(SMS-2, SMS-3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for

from occ.core import storage, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.uploads import Upload
from occ.core.values import ident as ident_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms import queries, templates
from occ.sms.forms import CategoryForm, TemplateForm
from occ.sms.models import SmsCategory, SmsTemplate
from occ.sms.permissions import TEXT_SETTINGS
from occ.sms.presentation import limits, sender_choices
from occ.sms.rules.kinds import TextKind
from occ.sms.rules.library import Draft, Stored
from occ.sms.rules.pictures import name_of
from occ.sms.rules.text import body_of, title_of
from occ.sms.templates import Branch
from occ.sms.views import pictures
from occ.sms.views.pictures import Shelf

bp = Blueprint("sms_templates", __name__, url_prefix="/c/s/<slug>/sms/templates")


def _template(ident: int) -> SmsTemplate:
    return templates.template(current_service().id, ident) or abort(404)


def _category(ident: int) -> SmsCategory:
    return templates.category(current_service().id, ident) or abort(404)


@dataclass(frozen=True)
class Library:
    """The tree beside the form: what is open in it, and the template that is written."""

    tree: Sequence[Branch]
    row: SmsTemplate | None = None
    writes: bool = False  # a template, new or not

    @property
    def places(self) -> list[tuple[int, str]]:
        """The categories of the second level with their way."""
        return [
            (one.row.id, f"{top.row.name} › {one.row.name}")
            for top in self.tree
            for one in top.below
        ]


@bp.get("")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def index() -> Response:
    return ui.render(
        "sms/templates",
        service=current_service(),
        library=Library(templates.tree(current_service().id)),
    )


def _stored(kept: Sequence[Upload], row: SmsTemplate | None) -> list[Stored]:
    """The pictures as files of this template: another's are copied, so that each has its own."""
    own = {one.key: one for one in row.images} if row else {}
    found = []
    for one in kept:
        if one.key in own:
            found.append(Stored(one.name, one.key, own[one.key].size))
        else:
            (content,) = pictures.checked([one])
            name = name_of(one.name)
            found.append(Stored(name, storage.save(content, ".jpg"), len(content)))
    return found


def _draft(form: TemplateForm, shelf: Shelf, row: SmsTemplate | None) -> Draft:
    is_mms = form.chosen is TextKind.MMS
    return Draft(
        kind=form.chosen,
        name=form.name.data or "",
        description=form.description.data or "",
        active=bool(form.active.data),
        editable=bool(form.editable.data),
        sender=form.sender.data or "",
        title=title_of(form.chosen, form.title.data or ""),
        body=body_of(form.chosen, form.body.data or ""),
        pictures=_stored(shelf.kept, row) if is_mms else (),
    )


def _form(row: SmsTemplate | None, library: Library) -> TemplateForm:
    """A form with what is stored of a template, or the defaults of a new one."""
    form = TemplateForm(obj=row)
    form.category.choices = library.places
    form.sender.choices = sender_choices(
        queries.channel(current_service().id), row.sender if row else ""
    )
    if request.method != "POST":
        asked = ident_of(request.args.get("category"))
        form.kind.data = (row.kind if row else TextKind.SMS).value
        form.category.data = row.category_id if row else asked
        form.version.data = str(row.version if row else 0)
        if row is None:
            form.active.data = form.editable.data = True
    return form


def _is_offered(form: TemplateForm) -> None:
    """Raises Refused for a number that the channel does not send from."""
    if form.sender.data not in dict(form.sender.choices):
        raise Refused(_("Choose one of the sender numbers."), "sender")


def _save(row: SmsTemplate | None) -> Response:
    library = Library(templates.tree(current_service().id), row, writes=True)
    form = _form(row, library)
    shelf = Shelf(pictures.of_template(row.images) if row else [])
    if request.method == "POST":
        shelf = pictures.shelf()
        kind = form.chosen
        if form.holds(
            lambda: title_of(kind, form.title.data or ""),
            lambda: body_of(kind, form.body.data or ""),
            lambda: _is_offered(form),
        ):
            with form.saving(
                stored=lambda: row and templates.template(current_service().id, row.id)
            ):
                shelf.kept = pictures.sent()
                draft = _draft(form, shelf, row)
                with db.write():
                    saved = templates.save_template(
                        current_service(),
                        row,
                        draft,
                        category_id=form.category.data,
                        version=form.seen_version if row else None,
                    )
                    ident = saved.id
                here = url_for("sms_templates.edit", slug=current_service().slug, ident=ident)
                return ui.done(_("Saved."), go=here)
    return ui.render(
        "sms/templates",
        status=form.status,
        service=current_service(),
        library=library,
        form=form,
        shelf=shelf,
        limits=limits(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def edit(ident: int) -> Response:
    return _save(_template(ident))


@bp.post("/<int:ident>/delete")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def delete(ident: int) -> Response:
    row = _template(ident)
    name = row.name
    with db.write():
        templates.delete_template(row)
    return ui.done(
        _("“%(name)s” was deleted.", name=name),
        go=url_for("sms_templates.index", slug=current_service().slug),
    )


@bp.post("/<int:ident>/move")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def move(ident: int) -> Response:
    row = _template(ident)
    with db.write():
        templates.move_template(row, ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


def _category_form(row: SmsCategory | None) -> Response:
    """A category in a dialog; where it stands is chosen once."""
    form = CategoryForm(obj=row)
    tops = templates.tree(current_service().id)
    form.parent.choices = [
        (0, _("At the first level")),
        *((one.row.id, one.row.name) for one in tops),
    ]
    if row is not None:
        form.parent.data = row.parent_id or 0
    elif request.method != "POST":
        asked = ident_of(request.args.get("parent")) or 0
        form.parent.data = asked if asked in {one.row.id for one in tops} else 0
        form.active.data = True
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.validate():
        name, active = form.name.data or "", bool(form.active.data)
        with form.saving(stored=lambda: row and templates.category(current_service().id, row.id)):
            with db.write():
                if row is None:
                    templates.add_category(
                        current_service(),
                        name=name,
                        parent_id=form.parent.data or None,
                        active=active,
                    )
                else:
                    templates.change_category(
                        row, name=name, active=active, version=form.seen_version
                    )
            return ui.done(_("Saved."))
    return ui.render(
        "sms/category", status=form.status, service=current_service(), form=form, row=row
    )


@bp.route("/categories/new", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def new_category() -> Response:
    return _category_form(None)


@bp.route("/categories/<int:ident>", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def edit_category(ident: int) -> Response:
    return _category_form(_category(ident))


@bp.post("/categories/<int:ident>/move")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def move_category(ident: int) -> Response:
    row = _category(ident)
    with db.write():
        templates.move_category(row, ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


@bp.route("/categories/<int:ident>/delete", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def delete_category(ident: int) -> Response:
    """Asks with what goes along."""
    row = _category(ident)
    if request.method == "POST":
        name = row.name
        with db.write():
            gone = templates.delete_category(row)
        words = _("“%(name)s” was deleted.", name=name)
        if gone:
            words += " " + ngettext(
                "%(num)d template went with it.", "%(num)d templates went with it.", gone
            )
        return ui.done(words, go=url_for("sms_templates.index", slug=current_service().slug))
    return ui.render(
        "sms/delete_category",
        service=current_service(),
        row=row,
        below=templates.count_below(row),
        count=templates.templates_under(row),
    )
