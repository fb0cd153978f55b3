"""Excel files that are being made: progress, cancel, download."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, send_file
from werkzeug.wrappers import Response as BaseResponse

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import live, storage, tasks, ui, xlsx
from occ.core.access import SIGNED_IN, me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext
from occ.core.tasks import Task, TaskState
from occ.core.ui import Label
from occ.identity.principals import live_facts
from occ.organization.models import Service

bp = Blueprint("exports", __name__, url_prefix="/c/exports")
STATES = {
    TaskState.QUEUED: Label(lazy_gettext("Queued"), "amber", "clock"),
    TaskState.RUNNING: Label(lazy_gettext("Being written"), "blue", "progress"),
    TaskState.DONE: Label(lazy_gettext("Ready to download"), "green", "circle-check"),
    TaskState.FAILED: Label(lazy_gettext("Failed"), "red", "alert-octagon"),
    TaskState.CANCELLED: Label(lazy_gettext("Cancelled"), "gray", "ban"),
}


def _own(ident: int) -> Task:
    found = tasks.own(me.member_id, ident)
    works: dict[str, Work] = current_app.extensions["occ_export_works"]
    return found if found and found.kind in works else abort(404)


def _probe(ident: int) -> tuple[Any, ...] | None:
    return live_facts(f"task/{ident}*")


@bp.get("/<int:ident>")
@requires(SIGNED_IN)
@live.part(_probe)
def show(ident: int) -> Response:
    """Progress, then the download."""
    return ui.render("exports/show", export=_own(ident), states=STATES, State=TaskState)


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
    """The file; recorded before its first byte leaves (LOG-3)."""
    found = _own(ident)
    if found.state is not TaskState.DONE or not found.file or not storage.path(found.file).is_file():
        abort(404)
    rights = me.in_service(found.service_id) if found.service_id else None
    if found.service_id and not (rights and (rights.manager or found.params.get("own") == me.member_id)):
        abort(404)  # whoever lost the service lost its data
    works: dict[str, Work] = current_app.extensions["occ_export_works"]
    key, name, total, kind, service_id = found.file, found.name, found.total, found.kind, found.service_id
    with db.write() as session:
        audit.work(works[kind], actor=actor(), service=session.get(Service, service_id) if service_id else None, detail={"rows": total})
    return send_file(storage.path(key), mimetype=xlsx.MIMETYPE, as_attachment=True, download_name=f"{name}.xlsx")
