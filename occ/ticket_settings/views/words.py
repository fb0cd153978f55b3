"""Forbidden words (FBW-1): what replies must not say."""

from flask import Blueprint, Response, abort, request

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries, service
from occ.ticket_settings.forms import WordForm
from occ.ticket_settings.models import ForbiddenWord
from occ.ticket_settings.permissions import TICKET_SETTINGS

bp = Blueprint("words", __name__, url_prefix="/c/s/<slug>/words")


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    page = queries.word_list(
        current_service().id,
        ui.arg("q"),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render("words/index", service=current_service(), page=page)


def _save(row: ForbiddenWord | None) -> Response:
    form = WordForm(obj=row)
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.validate():
        with form.saving(stored=lambda: row and queries.word(current_service().id, row.id)):
            with db.write():
                service.save_word(
                    current_service(),
                    row,
                    form.word.data or "",
                    version=form.seen_version if row else None,
                )
            return ui.done(_("Saved."))
    return ui.render(
        "words/word",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
        stored=form.stored,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def edit(ident: int) -> Response:
    return _save(queries.word(current_service().id, ident) or abort(404))


@bp.post("/<int:ident>/delete")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    row = queries.word(current_service().id, ident) or abort(404)
    word = row.word
    with db.write():
        service.delete_word(row)
    return ui.done(_("“%(word)s” was deleted.", word=word))
