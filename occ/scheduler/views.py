"""Job history: what runs by itself, when, and how it went."""

from flask import Blueprint, Response, abort

from occ.core import clock, jobs, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.scheduler import queries
from occ.scheduler.permissions import JOBS

bp = Blueprint("jobs", __name__, url_prefix="/c/org/jobs")


@bp.get("")
@requires(JOBS)
def index() -> Response:
    rows = queries.rows()
    last = queries.last_runs()
    found = [(d, rows.get(d.name), last.get(d.name)) for d in jobs.definitions().values()]
    return ui.render("jobs/index", jobs=found, now=clock.now())


@bp.get("/<name>")
@requires(JOBS)
def runs(name: str) -> Response:
    definition = jobs.definitions().get(name) or abort(404)
    return ui.render("jobs/runs", definition=definition, runs=queries.runs(name))


@bp.post("/<name>/run")
@requires(JOBS)
def run(name: str) -> Response:
    if name not in jobs.definitions():
        abort(404)
    with db.write():
        jobs.request_run(name)
    return ui.done(_("It runs within a second."))
