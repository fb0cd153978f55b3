"""The mail outbox: what left, what waits, and, without a mail server, what it said."""

from flask import Blueprint, Response, abort, request

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import ui
from occ.core.access import for_org_admins, requires
from occ.core.db import db
from occ.core.i18n import lazy_gettext as _l
from occ.core.settings import configured
from occ.core.ui import Label
from occ.delivery import queries, service
from occ.delivery.rules import State

bp = Blueprint("outbox", __name__, url_prefix="/c/org/outbox")
OUTBOX = for_org_admins("outbox", _l("Mail outbox"))
STATES = {
    State.WAITING: Label(_l("Waiting"), "amber", "clock"),
    State.SENT: Label(_l("Sent"), "green", "circle-check"),
    State.LOCAL: Label(_l("Kept here"), "blue", "inbox"),
    State.FAILED: Label(_l("Failed"), "red", "alert-octagon"),
}


@bp.get("")
@requires(OUTBOX)
def index() -> Response:
    state = next((s for s in State if s.value == request.args.get("state")), None)
    page = queries.mails(
        state=state,
        text=ui.arg("q"),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    return ui.render("outbox/index", page=page, states=STATES, smtp=bool(configured().smtp_url))


@bp.post("/<int:ident>")
@requires(OUTBOX)
def show(ident: int) -> Response:
    """A mail that stayed here; who reads it is recorded (LOG-3), for it may hold a link."""
    row = queries.mail(ident) or abort(404)
    body = service.body_of(row) if row.state is State.LOCAL else None
    if body is not None:
        with db.write():
            audit.work(Work.MAIL_SHOWN, actor=actor(), detail={"to": row.recipient, "mail": ident})
    return ui.render("outbox/mail", mail=queries.mail(ident), body=body, states=STATES)
