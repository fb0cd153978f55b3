"""Caller IDs: a manager registers them, an organization admin decides (CTI-7)."""

from typing import Any

from flask import Blueprint, Response, abort, request, send_file

from occ.ars import queries, service
from occ.ars.forms import CallerIdForm, DecisionForm
from occ.ars.labels import CALLER_ID_STATES
from occ.ars.models import CallerId
from occ.ars.permissions import ARS
from occ.ars.rules.phone import CallerIdState
from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import storage, ui
from occ.core.access import for_org_admins, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext
from occ.core.values import ident as ident_of
from occ.organization.models import Service
from occ.organization.queries import service as service_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("numbers", __name__, url_prefix="/c/s/<slug>/ars/numbers")
org_bp = Blueprint("caller_ids", __name__, url_prefix="/c/org/cti/numbers")
NUMBERS = for_org_admins("caller_ids", lazy_gettext("CTI management"))


def _row(ident: int) -> CallerId:
    return queries.caller_id(current_service().id, ident) or abort(404)


@bp.get("")
@requires(ARS, feature=Feature.PHONE)
def index() -> Response:
    rows, phone = (
        queries.caller_ids(current_service().id),
        queries.phone_service(current_service().id),
    )
    return ui.render(
        "numbers/index",
        service=current_service(),
        rows=rows,
        phone=phone,
        labels=CALLER_ID_STATES,
        states=CallerIdState,
    )


def _page(form: CallerIdForm, row: Any) -> Response:
    return ui.render(
        "numbers/form",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
        stored=form.stored,
    )


def _proof(*, required: bool) -> str:
    """The stored document's key, '' when none was sent and none is needed."""
    sent = request.files.get("proof")
    content = sent.read(4 * 1024 * 1024) if sent else b""
    return service.read_proof(content) if content or required else ""


@bp.route("/new", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def new() -> Response:
    form = CallerIdForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            proof = _proof(required=True)
            with db.write():
                service.save_caller_id(
                    current_service(),
                    None,
                    name=form.name.data or "",
                    number=form.number.data or "",
                    proof=proof,
                    actor=actor(),
                )
            return ui.done(_("An organization admin checks the number now."))
    return _page(form, None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit(ident: int) -> Response:
    row = _row(ident)
    form = CallerIdForm(obj=row)
    if request.method == "POST" and form.validate():
        with form.saving(stored=lambda: _row(ident)):
            proof = _proof(required=False)
            with db.write():
                service.save_caller_id(
                    current_service(),
                    row,
                    name=form.name.data or "",
                    number=form.number.data or "",
                    proof=proof,
                    actor=actor(),
                    version=form.seen_version,
                )
            return ui.done(_("Saved."))
    return _page(form, row)


@bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def remove(ident: int) -> Response:
    row = _row(ident)
    if request.method != "POST":
        return ui.render("numbers/remove", row=row, service=current_service())
    name = row.name
    with db.write():
        service.remove_caller_id(row, current_service(), actor=actor())
    return ui.done(_("“%(name)s” was deleted.", name=name))


@bp.post("/<int:ident>/move")
@requires(ARS, feature=Feature.PHONE)
def move(ident: int) -> Response:
    _row(ident)
    with db.write():
        service.move(
            list(queries.caller_ids(current_service().id)),
            ident,
            ident_of(request.form.get("place")) or 0,
        )
    return ui.done(_("The order is saved."))


@bp.get("/<int:ident>/proof")
@requires(ARS, feature=Feature.PHONE, writes=True)
def proof(ident: int) -> Response:
    return _send(_row(ident), current_service())


def _send(row: CallerId, owner: Service) -> Response:
    """The document as a download, recorded before the first byte leaves (LOG-3)."""
    number, key, ident = row.number, row.proof, row.id
    if request.method == "GET":
        with db.write():
            audit.work(Work.PROOF_SHOWN, actor=actor(), service=owner, detail={"number": number})
    path = storage.path(key)
    if not key or not path.is_file():
        abort(404)
    return send_file(path, as_attachment=True, download_name=f"proof-{ident}{path.suffix}")


@org_bp.get("")
@requires(NUMBERS)
def decisions() -> Response:
    """Every service's caller IDs, those to be checked first."""
    return ui.render(
        "numbers/decisions",
        rows=queries.all_caller_ids(),
        labels=CALLER_ID_STATES,
        states=CallerIdState,
    )


@org_bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(NUMBERS)
def decide(ident: int) -> Response:
    row = queries.any_caller_id(ident) or abort(404)
    owner = service_of(row.service_id) or abort(404)
    form = DecisionForm()
    if request.method == "POST" and form.validate():
        accept = request.form.get("accept") == "1"
        with form.saving():
            with db.write():
                service.decide_caller_id(
                    row, owner, accept=accept, reason=form.reason.data or "", actor=actor()
                )
            return ui.done(_("Registered.") if accept else _("Refused."))
    return ui.render(
        "numbers/decide",
        status=form.status,
        form=form,
        row=row,
        service=owner,
    )


@org_bp.get("/<int:ident>/proof")
@requires(NUMBERS, writes=True)
def decision_proof(ident: int) -> Response:
    row = queries.any_caller_id(ident) or abort(404)
    return _send(row, service_of(row.service_id) or abort(404))
