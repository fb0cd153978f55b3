"""The mail outbox: what left, what waits, and, without a mail server, what it said."""

import re

from flask import Blueprint, Response, abort, request

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked_address
from occ.core.settings import configured
from occ.delivery import queries, service
from occ.delivery.labels import STATES
from occ.delivery.permissions import OUTBOX
from occ.delivery.rules import State

bp = Blueprint("outbox", __name__, url_prefix="/c/org/outbox")


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
            told = {"to": masked_address(row.recipient), "mail": ident}
            audit.work(Work.MAIL_SHOWN, actor=actor(), detail=told)
    link = re.search(r"https?://\S+", body or "")
    return ui.render(
        "outbox/mail",
        mail=queries.mail(ident),
        body=body,
        link=link[0] if link else "",
        states=STATES,
    )


@bp.post("/<int:ident>/again")
@requires(OUTBOX)
def again(ident: int) -> Response:
    """A mail that failed for good waits again, with the text that it had."""
    row = queries.mail(ident) or abort(404)
    with db.write():
        service.send_again(row, actor=actor())
    return ui.done(_("The mail is sent again."))
