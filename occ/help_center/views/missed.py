"""What customers searched for without a hit: a list that leads to writing a FAQ (HC-1)."""

from flask import Blueprint, Response, abort, request

from occ.core import ui
from occ.core.access import may, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.documents import counting, queries
from occ.help_center.permissions import DOCUMENTS, PUBLISH
from occ.help_center.views.document_parts import named
from occ.organization.languages import all_languages
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("missed_searches", __name__, url_prefix="/c/s/<slug>/missed-searches")


@bp.get("")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def index() -> Response:
    of = current_service()
    asked = request.args.get("language", "")
    page = queries.missed_page(
        of.id,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
        language=asked if asked in queries.languages(of) else None,
    )
    return ui.render(
        "documents/missed",
        service=of,
        page=page,
        may_delete=may(PUBLISH, of),
        languages=named(queries.languages(of)),
        natives={row.language: all_languages()[row.language] for row in page.rows},
    )


@bp.post("/<int:ident>/delete")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    row = queries.missed(current_service().id, ident) or abort(404)
    with db.write():
        counting.forget_missed(row)
    return ui.done(_("The search was taken off the list."))
