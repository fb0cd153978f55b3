"""Files that are being made: progress, cancel, download."""

from typing import Any

from flask import Blueprint, Response, abort, send_file
from werkzeug.wrappers import Response as BaseResponse

from occ.audit import service as audit
from occ.audit.views import actor
from occ.core import live, storage, tasks, ui
from occ.core.access import SIGNED_IN, admit, me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext
from occ.core.labels import Label
from occ.core.tasks import Task, TaskState
from occ.exports import downloads
from occ.exports.sheets import MANAGERS
from occ.identity.principals import live_facts
from occ.organization.models import Service

bp = Blueprint("exports", __name__, url_prefix="/c/exports")
STATES = {
    TaskState.QUEUED: Label(lazy_gettext("Queued"), "amber", "clock"),
    TaskState.RUNNING: Label(lazy_gettext("Being prepared"), "blue", "progress"),
    TaskState.DONE: Label(lazy_gettext("Ready to download"), "green", "circle-check"),
    TaskState.FAILED: Label(lazy_gettext("Failed"), "red", "alert-octagon"),
    TaskState.CANCELLED: Label(lazy_gettext("Cancelled"), "gray", "ban"),
}


def _own(ident: int) -> Task:
    found = tasks.own(me.member_id, ident)
    return found if found and found.kind in downloads.kinds() else abort(404)


def _probe(ident: int) -> tuple[Any, ...] | None:
    return live_facts(f"task/{ident}*")


@bp.get("/<int:ident>")
@requires(SIGNED_IN)
@live.part(_probe)
def show(ident: int) -> Response:
    """Progress, then the download."""
    export = _own(ident)
    return ui.render(
        "exports/show",
        export=export,
        states=STATES,
        State=TaskState,
        put_off=tasks.is_put_off(export),
        excel=isinstance(downloads.kinds()[export.kind], downloads.Export),
    )


@bp.post("/<int:ident>/cancel")
@requires(SIGNED_IN)
def cancel(ident: int) -> Response:
    found = _own(ident)
    with db.write():
        tasks.cancel(found)
    return ui.done(_("Cancelled."))


@bp.get("/<int:ident>/file")
@requires(SIGNED_IN, writes=True)
def download(ident: int) -> Response | BaseResponse:
    """The file, for whoever asked for it and still has the right to what it holds; recorded before
    its first byte leaves (LOG-3).
    """
    found = _own(ident)
    if (
        found.state is not TaskState.DONE
        or not found.file
        or not storage.path(found.file).is_file()
    ):
        abort(404)
    service, export = (
        db.session.get(Service, found.service_id) or abort(404),
        downloads.kinds()[found.kind],
    )
    admit(export.permission, feature=export.feature, slug=service.slug)
    rights = me.in_service(service.id)
    if found.params.get(MANAGERS, True) and not (rights and rights.manager):
        abort(403)  # the file is the viewer's own, the right to what it holds no longer
    key, name, total, service_id = found.file, found.name, found.total, service.id
    noted = {part: found.params[part] for part in export.noted}
    with db.write() as session:
        audit.work(
            export.work,
            actor=actor(),
            service=session.get_one(Service, service_id),
            detail={"rows": total, **noted},
        )
    return send_file(
        storage.path(key),
        mimetype=export.mimetype,
        as_attachment=True,
        download_name=f"{name}{export.suffix}",
    )
