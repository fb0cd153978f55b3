"""The notices behind the bell."""

from flask import Blueprint, Response

from occ.core import ui
from occ.core.access import SIGNED_IN, me, requires
from occ.core.db import db
from occ.notifications import labels, queries, service

bp = Blueprint("notices", __name__, url_prefix="/c/notices")


@bp.get("")
@requires(SIGNED_IN)
def index() -> Response:
    return ui.render("notices/index", notices=queries.newest(me.member_id), labels=labels.NOTICES)


@bp.post("/read")
@requires(SIGNED_IN)
def read() -> Response:
    with db.write():
        service.mark_read(me.member_id)
    return ui.render("notices/index", notices=queries.newest(me.member_id), labels=labels.NOTICES)
