"""Old inquiries are brought in: template, upload, confirmation, progress (MIG-1)."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import clock, files, live, tasks, ui, uploads, xlsx
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.identity.principals import live_facts
from occ.migration import queries, secrets, service, templates
from occ.migration.labels import STATES
from occ.migration.models import Batch
from occ.migration.permissions import MIGRATION
from occ.migration.rules.batches import (
    BUSY,
    DELETABLE,
    ROWS_MAX,
    UNDOABLE,
    BatchState,
    next_run,
)
from occ.organization.models import Service

bp = Blueprint("migration", __name__, url_prefix="/c/org/migration")
PAGE = 20


@dataclass(frozen=True)
class Shown:
    """A batch, what can be done with it now, and how far its child is."""

    row: Batch
    done: int
    total: int

    @property
    def is_busy(self) -> bool:
        return self.row.state in BUSY

    @property
    def can_be_deleted(self) -> bool:
        return self.row.state in DELETABLE

    @property
    def can_be_undone(self) -> bool:
        return self.row.state in UNDOABLE

    @property
    def next_run(self) -> Any:
        """When it would become tickets if it were reserved now."""
        return next_run(clock.now(), self.row.service.time_zone)


def _shown(row: Batch) -> Shown:
    task = db.session.get(tasks.Task, row.task_id) if row.task_id and row.state in BUSY else None
    made = (row.made, row.good) if row.state is BatchState.MAKING else None
    return Shown(row, *(made or ((task.done, task.total) if task else (row.made, row.good))))


def _batch(ident: int) -> Batch:
    return queries.batch(ident) or abort(404)


def _service(code: str) -> Service:
    return queries.service(code) or abort(404)


def _probe() -> tuple[Any, ...] | None:
    return live_facts("migration*", "task*")


def _probe_one(ident: int) -> tuple[Any, ...] | None:
    row = queries.batch(ident)
    return live_facts(f"migration/{ident}*", f"task/{row.task_id if row else 0}*")


@bp.get("")
@requires(MIGRATION)
@live.part(_probe)
def index() -> Response:
    page = queries.listed(
        after=request.args.get("after", ""), before=request.args.get("before", ""), size=PAGE
    )
    return ui.render(
        "migration/index", page=page, shown=[_shown(row) for row in page.rows], states=STATES
    )


@bp.get("/new")
@requires(MIGRATION)
def new() -> Response:
    """The services with their templates."""
    return ui.render("migration/new", services=queries.services())


@bp.get("/template/<code>")
@requires(MIGRATION)
def template(code: str) -> Response:
    of = _service(code)
    name = xlsx.dated(_("Migration template %(service)s", service=of.name))
    return xlsx.download(templates.template(of), name)


@bp.route("/new/<code>", methods=["GET", "POST"])
@requires(MIGRATION)
def upload(code: str) -> Response:
    """A file is sent; then service and file name are shown, to be confirmed."""
    of, error, sent = _service(code), None, request.files.get("file")
    if request.method == "POST":
        content = sent.read() if sent else b""
        try:
            files.check(content)
            service.check_file(content)
            kept = uploads.keep(sent.filename if sent else "", content, sealed=True)
        except Refused as refused:
            error = refused
        else:
            return _to_confirm(of, kept, content)
    return ui.render(
        "migration/upload",
        status=error.status if error else 200,
        error=error,
        service=of,
        rows=ROWS_MAX,
        megabytes=files.BYTES // 1024 // 1024,
    )


upload.body_max = files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


def _to_confirm(of: Service, kept: Upload, content: bytes) -> Response:
    return ui.render(
        "migration/confirm",
        service=of,
        file=kept.name,
        size=kept.size,
        token=uploads.token(kept, me.member_id),
        twin=queries.twin(of.id, service.digest(content)),
    )


@bp.post("/new/<code>/confirm")
@requires(MIGRATION)
def confirm(code: str) -> Response:
    """The file that was sent becomes a batch, once."""
    of = _service(code)
    try:
        kept = uploads.of_token(request.form.get("token", ""), me.member_id, sealed=True)
        mark = service.digest(uploads.content(kept))
    except (Refused, FileNotFoundError):
        words = _("This file is no longer there. Choose it again.")
        return ui.done(words, go=url_for("migration.upload", code=code))
    with db.write():
        ident = service.begin(of, kept, mark, actor=actor()).id
    return ui.done(_("The file is being checked."), go=url_for("migration.show", ident=ident))


@bp.get("/<int:ident>")
@requires(MIGRATION)
@live.part(_probe_one)
def show(ident: int) -> Response:
    return ui.render("migration/show", batch=_shown(_batch(ident)), states=STATES, State=BatchState)


@bp.get("/<int:ident>/refused")
@requires(MIGRATION, writes=True)
def refused(ident: int) -> Response:
    """The workbook of refused rows; recorded before it leaves (LOG-3)."""
    row = _batch(ident)
    if row.refusals_key is None:
        abort(404)
    content = secrets.content(row, "refusals")
    name = xlsx.dated(_("Refused rows of %(name)s", name=row.name.rpartition(".")[0] or row.name))
    with db.write():
        service.shown_refusals(row, actor=actor())
    return xlsx.download(content, name)


@bp.route("/<int:ident>/reserve", methods=["GET", "POST"])
@requires(MIGRATION)
def reserve(ident: int) -> Response:
    """The good rows are confirmed: at 01:00, or now."""
    row = _batch(ident)
    if request.method != "POST":
        return ui.render("migration/reserve", batch=_shown(row))
    at_once = request.form.get("when") == "now"
    with db.write():
        service.reserve(row, at_once=at_once, actor=actor())
    return ui.done(_("The tickets are being made.") if at_once else _("Reserved."))


@bp.post("/<int:ident>/stop")
@requires(MIGRATION)
def stop(ident: int) -> Response:
    with db.write():
        service.stop(_batch(ident), actor=actor())
    return ui.done(_("Stopped."))


@bp.post("/<int:ident>/go-on")
@requires(MIGRATION)
def go_on(ident: int) -> Response:
    with db.write():
        service.go_on(_batch(ident))
    return ui.done(_("The tickets are being made."))


@bp.route("/<int:ident>/undo", methods=["GET", "POST"])
@requires(MIGRATION)
def undo(ident: int) -> Response:
    row = _batch(ident)
    if request.method != "POST":
        return ui.render("migration/undo", batch=_shown(row))
    with db.write():
        service.undo(row, actor=actor())
    return ui.done(_("The tickets are being removed."))


@bp.route("/<int:ident>/delete", methods=["GET", "POST"])
@requires(MIGRATION)
def delete(ident: int) -> Response:
    row = _batch(ident)
    if request.method != "POST":
        return ui.render("migration/delete", batch=_shown(row))
    with db.write():
        service.delete(row)
    return ui.done(_("Deleted."), go=url_for("migration.index"))
