"""Notices in the console: published ones and drafts (HC-2)."""

from flask import Blueprint, Response

from occ.core.access import requires
from occ.help_center.documents.rules import DocumentKind, DocumentState
from occ.help_center.permissions import DOCUMENTS, PUBLISH
from occ.help_center.views import document_parts as parts
from occ.help_center.views import taking
from occ.organization.rules import Feature

bp = Blueprint("announcements", __name__, url_prefix="/c/s/<slug>/announcements")
KIND = DocumentKind.NOTICE


@bp.get("")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def index() -> Response:
    return parts.listing(KIND, DocumentState.PUBLISHED)


@bp.get("/drafts")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def drafts() -> Response:
    return parts.listing(KIND, DocumentState.DRAFT)


@bp.route("/new", methods=["GET", "POST"])
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def new() -> Response:
    return parts.write(KIND, None)


@bp.get("/<int:ident>")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def show(ident: int) -> Response:
    return parts.show(KIND, ident)


@bp.route("/<int:ident>/edit", methods=["GET", "POST"])
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def edit(ident: int) -> Response:
    return parts.write(KIND, parts.fetched(KIND, ident))


@bp.post("/preview")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def preview() -> Response:
    return parts.preview(KIND, None)


@bp.get("/<int:ident>/preview")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def stored_preview(ident: int) -> Response:
    return parts.preview(KIND, parts.fetched(KIND, ident))


@bp.post("/<int:ident>/publish")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def publish(ident: int) -> Response:
    return parts.set_state(KIND, ident, DocumentState.PUBLISHED)


@bp.post("/<int:ident>/unpublish")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def unpublish(ident: int) -> Response:
    return parts.set_state(KIND, ident, DocumentState.DRAFT)


@bp.post("/<int:ident>/delete")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    return parts.delete(KIND, ident)


@bp.get("/<int:ident>/versions")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def versions(ident: int) -> Response:
    return parts.versions(KIND, ident)


@bp.post("/<int:ident>/versions/<int:number>/restore")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def restore(ident: int, number: int) -> Response:
    return parts.restore(KIND, ident, number)


@bp.get("/excel")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER, writes=True)
def excel() -> Response:
    return parts.excel(KIND)


@bp.route("/import", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def take() -> Response:
    """Notices from a workbook."""
    return taking.take(KIND)


take.body_max = taking.BODY_MAX  # type: ignore[attr-defined]
