"""Customers: the list, one with what they did on every channel, and making one of two (CUS-1)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.callbacks.labels import STATES as CALLBACK_STATES
from occ.core import ui, vault
from occ.core.access import may, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.customers import queries as customers
from occ.customers import service
from occ.customers.models import Customer, Membership
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.profiles import queries
from occ.profiles.permissions import CUSTOMERS, MERGE
from occ.sms import labels as text_labels
from occ.sms.history import STATE_OF
from occ.sms.permissions import TEXTS
from occ.telephony.labels import OUTCOMES, PHASES
from occ.tickets import labels as ticket_labels
from occ.tickets.permissions import TICKETS
from occ.tickets.queries import titles

bp = Blueprint("profiles", __name__, url_prefix="/c/s/<slug>/customers")


def _customer(ident: int) -> Customer:
    return queries.customer(current_service().id, ident, manager=_whole()) or abort(404)


def _whole() -> bool:
    """Managers see numbers and addresses in full, agents masked: they see
    those of their own tickets there.
    """
    return may(MERGE, current_service())


@bp.get("")
@requires(CUSTOMERS, feature=Feature.CUSTOMERS)
def index() -> Response:
    page = queries.customer_list(
        current_service().id,
        ui.arg("q"),
        whole=_whole(),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render("profiles/index", service=current_service(), page=page, whole=_whole())


@dataclass(frozen=True)
class Profile:
    """A customer with those merged into them and what happened, newest first; `whole` where numbers
    and addresses are shown in full, `opens` where tickets can be, `texts` where a text
    can be sent.
    """

    person: Customer
    also: Sequence[Customer]
    memberships: Sequence[Membership]  # what the service's own system calls them
    contacts: Sequence[queries.Contact]
    titles: Mapping[int, str]  # of tickets without one of their own
    whole: bool
    opens: bool
    reads_texts: bool


@bp.get("/<int:ident>")
@requires(CUSTOMERS, feature=Feature.CUSTOMERS)
def show(ident: int) -> Response:
    contacts = queries.timeline(current_service().id, ident, spam=_whole())
    made = [one.row for one in contacts if one.kind == "ticket"]
    return ui.render(
        "profiles/show",
        service=current_service(),
        profile=Profile(
            person=_customer(ident),
            also=customers.merged_into(ident),
            memberships=customers.memberships(current_service().id, ident),
            contacts=contacts,
            titles=titles(current_service(), made),
            whole=_whole(),
            opens=may(TICKETS, current_service()) and current_service().offers(Feature.TICKET),
            reads_texts=may(TEXTS, current_service()) and current_service().offers(Feature.SMS),
        ),
        tickets=ticket_labels,
        outcomes=OUTCOMES,
        phases=PHASES,
        callbacks=CALLBACK_STATES,
        texts=text_labels,
        states_of_texts=STATE_OF,
    )


@bp.route("/<int:ident>/merge", methods=["GET", "POST"])
@requires(MERGE, feature=Feature.CUSTOMERS)
def merge(ident: int) -> Response:
    """Finds the other one, shows both, and makes them one."""
    person, error = _customer(ident), None
    if request.method == "POST":
        other = queries.customer(
            current_service().id, ident_of(request.form.get("other")) or 0, manager=True
        )
        try:
            if other is None:
                raise Refused(_("Choose the customer to merge with."), "other")
            kept = other.id
            with db.write():
                service.merge(person, other)
            return ui.done(
                _("The two are one customer now."),
                go=url_for("profiles.show", slug=current_service().slug, ident=kept),
            )
        except Refused as refused:
            error, person = refused, _customer(ident)
    text = ui.arg("q")
    part = "found" if request.headers.get("HX-Target") == "p-found" else ""
    return ui.render(
        "profiles/merge",
        part=part,
        status=error.status if error else 200,
        service=current_service(),
        person=person,
        error=error,
        rows=queries.mergeable(current_service().id, ident, text) if text else [],
        text=text,
    )


@bp.post("/<int:ident>/export")
@requires(MERGE, feature=Feature.CUSTOMERS)
def export(ident: int) -> Response:
    """Everything this service keeps of a customer as JSON; the
    download is recorded (FLD-4, LOG-3).
    """
    person = _customer(ident)
    content = json.dumps(
        service.data_of(person, current_service().id), ensure_ascii=False, indent=2
    )
    with db.write():
        audit.work(
            Work.CUSTOMER_EXPORTED,
            actor=actor(),
            service=current_service(),
            detail={"customer": ident},
        )
    headers = {"Content-Disposition": f'attachment; filename="customer-{ident}.json"'}
    return Response(content, mimetype="application/json", headers=headers)


@bp.route("/<int:ident>/erase", methods=["GET", "POST"])
@requires(MERGE, feature=Feature.CUSTOMERS)
def erase(ident: int) -> Response:
    """Destroys what this service keeps of a customer; their number is typed to confirm.

    It ends with a certificate (FLD-4).
    """
    person, error = _customer(ident), None
    if request.method == "POST":
        try:
            if request.form.get("typed", "").strip().lstrip("#") != str(ident):
                raise Refused(_("Type the customer's number to confirm."), "typed")
            with db.write():
                who = actor()
                made = service.erase(person, current_service().id, by=who.name).id
                audit.work(
                    Work.CUSTOMER_ERASED,
                    actor=who,
                    service=current_service(),
                    detail={"customer": ident},
                )
            vault.scrub()
            return ui.done(
                _("The customer's data was erased."),
                go=url_for("ledger.certificate", slug=current_service().slug, ident=made),
            )
        except Refused as refused:
            error, person = refused, _customer(ident)
    return ui.render(
        "profiles/erase",
        status=error.status if error else 200,
        service=current_service(),
        person=person,
        error=error,
    )
