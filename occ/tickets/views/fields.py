"""Fields on tickets: filled in, shown when hidden, asked for by a new ticket's intake type (FLD-1, FLD-2, FLD-3)."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, request

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.fields import queries as fields
from occ.fields.rules import NAMES, Shown, System
from occ.organization.rules import Feature
from occ.tickets import service, values
from occ.tickets.forms import TicketForm
from occ.tickets.permissions import TICKETS
from occ.tickets.views import board
from occ.tickets.views.board import current, manages, own

bp = Blueprint("ticket_fields", __name__, url_prefix="/c/s/<slug>/tickets")


def sent(asked: Iterable[Shown]) -> dict[str, list[str]]:
    """What a form says of each field."""
    return {one.code: [clean(text) for text in request.form.getlist(f"f-{one.code}")] for one in asked}


def of_type(intake: int | None) -> fields.Asked:
    """What a new ticket of an intake type is asked for."""
    return fields.asked(current(), intake, manager=manages())


def reword(form: TicketForm, asked: fields.Asked) -> None:
    """A new ticket's form says title, content and e-mail as the service does (FLD-2)."""
    inputs = {System.TITLE: form.subject, System.CONTENT: form.body, System.EMAIL: form.email}
    for one in asked.form:
        field = inputs.get(one.system) if one.system else None
        if field is None or one.system is None:
            continue
        if one.name != str(NAMES[one.system]):
            field.label.text = one.name
        field.description = one.hint
        if one.system is System.EMAIL:
            field.required = one.required


@bp.route("/<int:ident>/fields", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def edit(ident: int) -> Response:
    """A dialog with every field of the ticket; a second save sees what the first one stored."""
    ticket, error, stored = own(ident), None, []
    asked = fields.asked(current(), ticket.intake_id, manager=manages(), phone=ticket.call_id is not None).valued
    there = values.rows(ident)
    typed: dict[str, Any] = {one.code: values.typed(one, there.get(one.code)) for one in asked}
    kept = {one.code for one in asked if one.personal and one.code in there and not there[one.code].purged_at}
    checked = values.Checked({}, {})
    if request.method == "POST":
        typed = sent(asked)
        checked = values.check(asked, typed, there, request.form.getlist("clear"))
        if not checked.errors:
            try:
                with db.write():
                    service.fill(ticket, checked.values, seen=request.form.get("seen", ""), actor=actor())
                return ui.done(_("Saved."), go=board.here(ident))
            except Refused as refused:
                db.session.rollback()
                error, ticket, there = refused, own(ident), values.rows(ident)
                stored = [(h.field.name, "••••••" if h.hidden else h.text) for h in values.held(asked, there)]
    return ui.render(
        "tickets/fields", status=error.status if error else 422 if checked.errors else 200, service=current(), ticket=ticket, asked=asked,
        typed=typed, errors=checked.errors, error=error, stored=stored, kept=kept,
        seen=values.stamp(there) if error else request.form.get("seen", values.stamp(there)),
    )  # fmt: skip


@bp.post("/<int:ident>/fields/<code>/show")
@requires(TICKETS, feature=Feature.TICKET)
def show(ident: int, code: str) -> Response:
    """A hidden value, to who works on the ticket; recorded (LOG-3)."""
    ticket = own(ident)
    asked = fields.asked(current(), ticket.intake_id, manager=manages(), phone=ticket.call_id is not None).valued
    one = next((one for one in asked if one.code == code), None) or abort(404)
    with db.write():
        value = service.show_value(ticket, code, actor=actor())
    return ui.render("tickets/index", part="value", text=values.worded(one, value))


@bp.post("/new/fields")
@requires(TICKETS, feature=Feature.TICKET)
def of_new() -> Response:
    """The fields that a new ticket's intake type asks for, with what was typed so far."""
    asked = of_type(ident_of(request.form.get("intake")))
    return ui.render("tickets/index", part="asked", asked=asked, typed={k: v or [""] for k, v in sent(asked.own).items()}, errors={})
