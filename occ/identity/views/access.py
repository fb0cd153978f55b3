"""Access control (ACC-1)."""

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import client_ip, requires
from occ.core.db import db
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.identity import queries, service
from occ.identity.forms import AccessForm
from occ.identity.permissions import ACCESS

bp = Blueprint("access", __name__, url_prefix="/c/org/access")


@bp.route("", methods=["GET", "POST"])
@requires(ACCESS)
def index() -> Response:
    form = AccessForm()
    if request.method != "POST":
        form.ranges.data = "\n".join(
            f"{row.cidr} {row.note}".strip() for row in queries.access_ranges()
        )
    elif "ranges" not in request.form:
        abort(400)  # an incomplete request must not lift every limit
    elif form.validate():
        lines = [
            line.split(None, 1) for line in clean(form.ranges.data).splitlines() if line.strip()
        ]
        with form.saving():
            with db.write():
                service.save_access(
                    [(p[0], (p[1] if len(p) > 1 else "")[:100]) for p in lines],
                    own_ip=client_ip(),
                    actor=actor(),
                )
            return ui.done(_("Saved."), go=url_for("access.index"))
    return ui.render(
        "access/index",
        status=form.status,
        form=form,
        own_ip=client_ip(),
        count=len(queries.access_ranges()),
    )
