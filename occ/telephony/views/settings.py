"""CTI management (CTI-1, CTI-2): organization admins."""

from flask import Blueprint, Response, abort, request, url_for

from occ.ars.queries import phone_services
from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.telephony import queries, settings
from occ.telephony.forms import CtiAgentForm, CtiForm
from occ.telephony.models import CtiSettings
from occ.telephony.permissions import CTI
from occ.telephony.rules.calls import CtiVersion, TicketOn
from occ.tenant import queries as tenant
from occ.tenant.labels import REASONS
from occ.tenant.rules import Plan

bp = Blueprint("cti", __name__, url_prefix="/c/org/cti")


def _settings() -> CtiSettings:
    """The settings, shown while some service has phone contracted."""
    found = queries.settings()
    if found is None or not phone_services():
        abort(404)
    return found


@bp.route("", methods=["GET", "POST"])
@requires(CTI)
def index() -> Response:
    row = _settings()
    form = CtiForm(obj=row)
    if request.method != "POST":
        form.version_name.data, form.ticket_on.data = row.version_name.value, row.ticket_on.value
        form.version.data = str(row.version)
    if request.method == "POST" and form.validate():
        names = (
            "tenant_id",
            "tenant_name",
            "service_level_seconds",
            "recall_seconds",
            "accepted_abandon_seconds",
            "record",
            "log_on",
        )
        values = {name: form[name].data for name in names}
        values |= {
            "version_name": CtiVersion(form.version_name.data),
            "ticket_on": TicketOn(form.ticket_on.data),
        }
        with form.saving(stored=_settings):
            with db.write():
                settings.save(values, version=form.seen_version, actor=actor())
            return ui.done(_("Saved."), go=url_for("cti.index"))
    stopped, contract = tenant.stopped_now(), tenant.current()
    return ui.render(
        "cti/index",
        status=form.status,
        form=form,
        stored=form.stored,
        services=phone_services(),
        stopped=REASONS[stopped] if stopped else None,
        records=contract is not None and contract.licence.plan is Plan.RECORDING,
    )


@bp.get("/agents")
@requires(CTI)
def agents() -> Response:
    """All agents of the organization; those without the phone permission are locked (CTI-2)."""
    _settings()
    page = identity.agent_members(
        ui.arg("q"),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    roles = identity.roles_of([m.id for m in page.rows])
    return ui.render(
        "cti/agents",
        page=page,
        data=queries.cti_agents(),
        roles=roles,
        seats_left=settings.seats_left(),
    )


@bp.route("/agents/<int:ident>", methods=["GET", "POST"])
@requires(CTI)
def edit_agent(ident: int) -> Response:
    """CTI ID and number of one member."""
    _settings()
    member = identity.member(ident) or abort(404)
    data = queries.cti_agent(ident)
    if data is None and not any(agent.phone for agent in identity.agents_of(ident)):
        abort(404)
    form = CtiAgentForm(obj=data)
    if request.method != "POST" and data is None:
        form.cti_id.data, form.number.data = settings.proposed(member)
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                settings.save_agent(
                    member,
                    cti_id=form.cti_id.data or "",
                    number=form.number.data or "",
                    actor=actor(),
                )
            return ui.done(_("Saved."))
    return ui.render("cti/agent", status=form.status, form=form, member=member, data=data)


@bp.post("/agents/<int:ident>/remove")
@requires(CTI)
def remove_agent(ident: int) -> Response:
    _settings()
    member = identity.member(ident) or abort(404)
    name = member.name
    with db.write():
        settings.remove_agent(member, actor=actor())
    return ui.done(_("%(name)s has no CTI data any more.", name=name))
