"""CTI log download (CTI-3): closed days as Excel; org admins and managers all
events, phone agents their own.
"""

from datetime import date, datetime

from flask import Blueprint, Response, abort

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import ui, xlsx
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.organization.queries import contracted_services
from occ.telephony import queries
from occ.telephony.permissions import CTI_LOG

bp = Blueprint("cti_log", __name__, url_prefix="/c/me/cti-log")


def _all() -> bool:
    return me.is_org_admin or any(rights.manager for rights in me.rights.values())


@bp.get("")
@requires(CTI_LOG)
def index() -> Response:
    settings = queries.settings()
    return ui.render(
        "cti/log",
        days=queries.log_days(),
        everything=_all(),
        on=settings is not None and settings.log_on,
    )


@bp.get("/<day>")
@requires(CTI_LOG, writes=True)
def excel(day: str) -> Response:
    """One day; the download is recorded before its first byte (LOG-3)."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        abort(404)
    lines = queries.log_day(wanted)
    if lines is None:
        abort(404)
    if not _all():
        lines = [line for line in lines if line["member"] == me.member_id]
    people = identity.names([line["member"] for line in lines if isinstance(line["member"], int)])
    services = {service.id: service.name for service in contracted_services()}
    rows = [
        (
            datetime.fromisoformat(str(line["at"])),
            line["code"],
            people.get(line["member"], ""),
            services.get(line["service"], ""),  # type: ignore[call-overload]
            line["call"] or "",
            ", ".join(f"{k}={v}" for k, v in (line.get("detail") or {}).items()),
        )  # type: ignore[attr-defined]
        for line in lines
    ]
    content = xlsx.workbook(
        _("CTI log"),
        [xlsx.zoned(_("Time")), _("Event"), _("Agent"), _("Service"), _("Call"), _("Detail")],
        rows,
    )
    with db.write():
        audit.work(
            Work.CTI_LOG, actor=actor(), detail={"day": day, "events": len(rows), "all": _all()}
        )
    return xlsx.download(content, _("CTI log") + f" {day}")
