"""The shared files of a service (FILE-1): sent, pointed to by their path, deleted."""

from flask import Blueprint, Response, abort, request

from occ.core import files, storage, ui
from occ.core.access import PUBLIC, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.organization.queries import GONE, service_by_slug, the_organization
from occ.organization.rules import Feature, ServiceState
from occ.organization.views.address import current_service
from occ.ticket_settings import queries, service
from occ.ticket_settings.permissions import TICKET_SETTINGS

bp = Blueprint("shared", __name__, url_prefix="/c/s/<slug>/files")
public_bp = Blueprint("shared_files", __name__, url_prefix="/<service_slug>/files")


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    page = queries.file_list(
        current_service().id,
        ui.arg("q"),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render(
        "shared/index", service=current_service(), page=page, console=the_organization().url
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new() -> Response:
    """Stores a file under its name, which is unique in the service."""
    error, sent = None, request.files.get("file")
    if request.method == "POST":
        content = sent.read() if sent else b""
        try:
            files.check(content)
            key = storage.save(content, "")
            with db.write():
                name = service.add_file(
                    current_service(),
                    name=(sent.filename if sent else "") or "",
                    key=key,
                    content=content,
                ).name
            return ui.done(_("“%(name)s” is there now.", name=name))
        except Refused as refused:
            error = refused
    return ui.render(
        "shared/new",
        status=error.status if error else 200,
        service=current_service(),
        error=error,
        limit=files.BYTES,
    )


new.body_max = files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


@bp.post("/<int:ident>/delete")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    row = queries.shared_file_by_id(current_service().id, ident) or abort(404)
    name, key = row.name, row.key
    with db.write() as session:
        session.delete(row)
    storage.remove(key)
    return ui.done(_("“%(name)s” was deleted.", name=name))


@public_bp.get("/<path:name>")
@requires(PUBLIC)
def fetch(service_slug: str, name: str) -> Response:
    """A shared file to anybody: mails and help-center pages show it."""
    owner = service_by_slug(service_slug)
    if (
        owner is None
        or owner.state in GONE
        or owner.state is ServiceState.SUSPENDED
        or not owner.offers(Feature.TICKET)
    ):
        abort(404)
    row = queries.shared_file(owner.id, name) or abort(404)
    if not storage.path(row.key).exists():
        abort(404)
    return files.answer(row.key, row.name, row.kind)
