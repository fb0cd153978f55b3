"""A service's phone settings: queues and their people, dispositions,
states, receive popup (ARS-9, CTI-8).
"""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.ars import menus, queries, service
from occ.ars.forms import DispositionForm, QueueForm, WorkForm
from occ.ars.models import PhoneService
from occ.ars.permissions import ARS
from occ.ars.rules.phone import PROMISE_HOURS, AfterCall, AfterLogin
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as types_of
from occ.ticket_settings.rules import CategoryKind

SHOWN_TYPES = 500
bp = Blueprint("ars", __name__, url_prefix="/c/s/<slug>/ars")


def _phone() -> PhoneService:
    return queries.phone_service(current_service().id) or abort(404)


@bp.get("/queues")
@requires(ARS, feature=Feature.PHONE)
def queues() -> Response:
    rows = queries.queues(current_service().id)
    return ui.render(
        "ars/queues",
        service=current_service(),
        rows=rows,
        phone=_phone(),
        unassigned=queries.unassigned(current_service().id),
    )


def _queue_page(form: QueueForm, queue: Any) -> Response:
    types = [
        (str(ident), path)
        for ident, path in types_of.find(current_service(), CategoryKind.INTAKE, "", SHOWN_TYPES)
    ]
    kept = ident_of(form.intake.data)
    if kept and str(kept) not in dict(types):
        types += [
            (str(ident), path)
            for ident, path in types_of.path_names(current_service(), [kept]).items()
        ]
    form.intake.choices = [("", _("None")), *types]
    return ui.render(
        "ars/queue",
        status=form.status,
        form=form,
        queue=queue,
        service=current_service(),
        people=queries.phone_people(current_service().id),
        stored=form.stored,
        callbacks=current_service().offers(Feature.CALLBACK),
    )


def _queue_values(form: QueueForm) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "agent_ids": form.agents.data or [],
        "callback": bool(form.callback.data),
        "after_hours": bool(form.after_hours.data),
        "promise_hours": form.promise_hours.data,
        "intake_id": ident_of(form.intake.data),
    }


@bp.route("/queues/new", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def new_queue() -> Response:
    form = QueueForm(data={"callback": True, "promise_hours": PROMISE_HOURS})
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.save_queue(current_service(), None, **_queue_values(form))
            return ui.done(_("Saved."))
    return _queue_page(form, None)


@bp.route("/queues/<int:ident>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit_queue(ident: int) -> Response:
    queue = queries.queue(current_service().id, ident) or abort(404)
    form = QueueForm(obj=queue)
    if request.method != "POST":
        form.agents.data, form.intake.data = (
            [agent.id for agent in queue.agents],
            str(queue.intake_id or ""),
        )
        return _queue_page(form, queue)
    if form.validate():
        with form.saving(stored=lambda: queries.queue(current_service().id, ident) or abort(404)):
            with db.write():
                service.save_queue(
                    current_service(), queue, **_queue_values(form), version=form.seen_version
                )
            return ui.done(_("Saved."))
    return _queue_page(form, queue)


@bp.route("/queues/<int:ident>/retire", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def retire_queue(ident: int) -> Response:
    queue = queries.queue(current_service().id, ident) or abort(404)
    if request.method != "POST":
        used = menus.uses_queue(current_service(), ident)
        return ui.render(
            "ars/retire", row=queue, service=current_service(), kind="queue", used=used
        )
    name = queue.name
    with db.write():
        service.retire(queue)
    return ui.done(_("“%(name)s” was retired.", name=name))


@bp.post("/<any(queues, dispositions):kind>/<int:ident>/move")
@requires(ARS, feature=Feature.PHONE)
def move(kind: str, ident: int) -> Response:
    """Puts a row at a place in the order; `place` counts from 0."""
    read: Any = queries.queues if kind == "queues" else queries.dispositions
    if ident not in [row.id for row in read(current_service().id)]:
        abort(404)
    with db.write():
        service.move(
            list(read(current_service().id)), ident, ident_of(request.form.get("place")) or 0
        )
    return ui.done(_("The order is saved."))


@bp.get("/dispositions")
@requires(ARS, feature=Feature.PHONE)
def dispositions() -> Response:
    return ui.render(
        "ars/dispositions",
        service=current_service(),
        rows=queries.dispositions(current_service().id),
    )


def _disposition_page(form: DispositionForm, row: Any) -> Response:
    return ui.render(
        "ars/disposition",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
        stored=form.stored,
    )


@bp.route("/dispositions/new", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def new_disposition() -> Response:
    form = DispositionForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.save_disposition(current_service(), None, name=form.name.data or "")
            return ui.done(_("Saved."))
    return _disposition_page(form, None)


@bp.route("/dispositions/<int:ident>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit_disposition(ident: int) -> Response:
    row = queries.disposition(current_service().id, ident) or abort(404)
    form = DispositionForm(obj=row)
    if request.method == "POST" and form.validate():
        with form.saving(
            stored=lambda: queries.disposition(current_service().id, ident) or abort(404)
        ):
            with db.write():
                service.save_disposition(
                    current_service(), row, name=form.name.data or "", version=form.seen_version
                )
            return ui.done(_("Saved."))
    return _disposition_page(form, row)


@bp.route("/dispositions/<int:ident>/retire", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def retire_disposition(ident: int) -> Response:
    row = queries.disposition(current_service().id, ident) or abort(404)
    if request.method != "POST":
        return ui.render("ars/retire", row=row, service=current_service(), kind="disposition")
    name = row.name
    with db.write():
        service.retire(row)
    return ui.done(_("“%(name)s” was retired.", name=name))


@bp.route("/work", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def work() -> Response:
    phone = _phone()
    form = WorkForm(obj=phone)
    if request.method != "POST":
        form.after_login.data, form.after_call.data = (
            phone.after_login.value,
            phone.after_call.value,
        )
    if request.method == "POST" and form.validate():
        with form.saving(stored=_phone):
            with db.write():
                service.save_work(
                    phone,
                    after_login=AfterLogin(form.after_login.data),
                    after_call=AfterCall(form.after_call.data),
                    popup_url=form.popup_url.data or "",
                    as_caller_id=bool(form.as_caller_id.data),
                    callback_attempts=form.callback_attempts.data or 0,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=url_for("ars.work", slug=current_service().slug))
    return ui.render("ars/work", status=form.status, form=form, stored=form.stored)
