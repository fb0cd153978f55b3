"""FAQ in the console: published ones and drafts (HC-2)."""

from flask import Blueprint, Response, request, url_for
from markupsafe import Markup

from occ.core import crypto, files, storage
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.help_center.documents.rules import DocumentKind, DocumentState
from occ.help_center.permissions import DOCUMENTS, PUBLISH
from occ.help_center.views import beside, drafting, taking
from occ.help_center.views import document_parts as parts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import service as settings

bp = Blueprint("faq", __name__, url_prefix="/c/s/<slug>/faq")
KIND = DocumentKind.FAQ


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


@bp.get("/from-ticket/<int:ident>")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def from_ticket(ident: int) -> Response:
    return drafting.from_ticket(ident)


@bp.get("/beside/<int:ident>")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def found(ident: int) -> Response:
    return beside.found(ident)


@bp.post("/beside/<int:ident>/<any(faq, notice):kind>/<int:document>")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def insert(ident: int, kind: str, document: int) -> Response:
    return beside.inserted(ident, DocumentKind(kind), document)


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


@bp.post("/pictures")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def picture() -> Response:
    """A picture of a text that is written, as a file of the service (FILE-1); named anew, for that
    is part of its path.
    """
    of, sent = current_service(), request.files.get("file")
    content = sent.read() if sent else b""
    files.check(content)
    kind = files.image_type(content)
    if not kind:
        raise Refused(_("Choose a picture: PNG, JPEG, GIF or WebP."), "file")
    name = f"picture-{crypto.token()[:12]}.{kind.removeprefix('image/')}"
    key = storage.save(content, "")
    with db.write():
        name = settings.add_file(of, name=name, key=key, content=content).name
    address = url_for("shared_files.fetch", service_slug=of.slug, name=name)
    return Response(Markup('<p class="t-pic"><img src="{}" alt=""></p>').format(address))


picture.body_max = files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


@bp.get("/for-agents")
@requires(DOCUMENTS, feature=Feature.HELP_CENTER)
def for_agents() -> Response:
    """The FAQ for agents only that were last changed, on the service's home page (HC-2)."""
    return beside.for_agents()


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
    """FAQ from a workbook."""
    return taking.take(KIND)


take.body_max = taking.BODY_MAX  # type: ignore[attr-defined]
