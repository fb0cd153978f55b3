"""Customers: the list, one with what they did on every channel, and making one of two (CUS-1)."""

from typing import cast

from flask import Blueprint, Response, abort, g, request, url_for

from occ.callbacks.labels import STATES as CALLBACK_STATES
from occ.core import ui
from occ.core.access import may, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.customers import queries as customers
from occ.customers import service
from occ.customers.models import Customer
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.profiles import queries
from occ.profiles.permissions import CUSTOMERS, MERGE
from occ.telephony.labels import OUTCOMES, PHASES
from occ.tickets import labels as ticket_labels
from occ.tickets.permissions import TICKETS

bp = Blueprint("profiles", __name__, url_prefix="/c/s/<slug>/customers")


def _service() -> Service:
    return cast(Service, g.service)


def _customer(ident: int) -> Customer:
    return queries.customer(_service().id, ident) or abort(404)


def _whole() -> bool:
    """Managers see numbers and addresses in full, agents masked: they see those of their own tickets there."""
    return may(MERGE, _service())


@bp.get("")
@requires(CUSTOMERS, feature=Feature.CUSTOMERS)
def index() -> Response:
    page = queries.customer_list(
        _service().id, ui.arg("q"), whole=_whole(), after=request.args.get("after", ""), before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )  # fmt: skip
    return ui.render("profiles/index", service=_service(), page=page, whole=_whole())


@bp.get("/<int:ident>")
@requires(CUSTOMERS, feature=Feature.CUSTOMERS)
def show(ident: int) -> Response:
    person = _customer(ident)
    return ui.render(
        "profiles/show", service=_service(), person=person, also=customers.merged_into(ident),
        contacts=queries.timeline(_service().id, ident),
        whole=_whole(), merges=_whole(), tickets=ticket_labels, outcomes=OUTCOMES, phases=PHASES, callbacks=CALLBACK_STATES,
        opens=may(TICKETS, _service()) and _service().offers(Feature.TICKET),
    )  # fmt: skip


@bp.route("/<int:ident>/merge", methods=["GET", "POST"])
@requires(MERGE, feature=Feature.CUSTOMERS)
def merge(ident: int) -> Response:
    """Finds the other one, shows both, and makes them one."""
    person, error = _customer(ident), None
    if request.method == "POST":
        other = queries.customer(_service().id, ident_of(request.form.get("other")) or 0)
        try:
            if other is None:
                raise Refused(_("Choose the customer to merge with."), "other")
            kept = other.id
            with db.write():
                service.merge(person, other)
            return ui.done(_("The two are one customer now."), go=url_for("profiles.show", slug=_service().slug, ident=kept))
        except Refused as refused:
            db.session.rollback()
            error, person = refused, _customer(ident)
    text = ui.arg("q")
    part = "found" if request.headers.get("HX-Target") == "p-found" else ""
    return ui.render(
        "profiles/merge", part=part, status=error.status if error else 200, service=_service(), person=person, error=error,
        rows=queries.mergeable(_service().id, ident, text) if text else [], text=text,
    )  # fmt: skip
