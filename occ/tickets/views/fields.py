"""Fields on tickets: filled in, shown when hidden, asked for by a new ticket's
intake type (FLD-1, FLD-2, FLD-3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request

from occ.audit.views import actor
from occ.core import files, ui, uploads
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.fields import queries as fields
from occ.fields.labels import value_text
from occ.fields.rules import Shown
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.tickets import handover, service
from occ.tickets.models import Ticket
from occ.tickets.permissions import TICKETS
from occ.tickets.values import labels as value_labels
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from occ.tickets.views import board
from occ.tickets.views.board import found, manages, own

bp = Blueprint("ticket_fields", __name__, url_prefix="/c/s/<slug>/tickets")


def sent(asked: Iterable[Shown]) -> dict[str, list[str]]:
    """What a form says of each field."""
    return {
        one.code: [clean(text) for text in request.form.getlist(f"f-{one.code}")] for one in asked
    }


@dataclass(frozen=True)
class Filling:
    """A ticket's fields as they are filled in: what was typed, what stays unless it is cleared, and
    what somebody else stored meanwhile.
    """

    asked: Sequence[Shown]
    typed: Mapping[str, Any]
    kept: Mapping[str, str]
    cleared: Sequence[str]
    stored: Sequence[tuple[Any, str]]
    seen: str  # the stamp of the values that the page showed


@bp.route("/<int:ident>/fields", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def edit(ident: int) -> Response:
    """A dialog with every field of the ticket; a second save sees what the first one stored."""
    ticket, error, stored = own(ident), None, []
    asked = fields.asked(
        current_service(), ticket.intake_id, manager=manages(), phone=ticket.call_id is not None
    ).valued
    there = values.rows(ident)
    typed: dict[str, Any] = {
        one.code: value_labels.typed(one, there.get(one.code)) for one in asked
    }
    kept = {
        one.code: "" if one.personal else there[one.code].text or ""
        for one in asked
        if values.stays(one, there.get(one.code))
    }
    checked = value_service.Checked({}, {})
    if request.method == "POST":
        typed = sent(asked)
        checked = value_service.check(
            asked, typed, there, request.form.getlist("clear"), by=me.member_id
        )
        if not checked.errors:
            try:
                with db.write():
                    service.fill(
                        ticket, checked.values, seen=request.form.get("seen", ""), actor=actor()
                    )
                return ui.done(_("Saved."), go=board.here(ident))
            except Refused as refused:
                error, ticket, there = refused, own(ident), values.rows(ident)
                stored = [
                    (h.field.name, "••••••" if h.hidden else h.text)
                    for h in value_labels.held(asked, there, whole=True)
                ]
    return ui.render(
        "tickets/fields",
        status=error.status if error else 422 if checked.errors else 200,
        service=current_service(),
        ticket=ticket,
        filling=Filling(
            asked=asked,
            typed=typed,
            kept=kept,
            cleared=request.form.getlist("clear"),
            stored=stored,
            seen=values.stamp(there) if error else request.form.get("seen", values.stamp(there)),
        ),
        errors=checked.errors,
        error=error,
    )


def _field(ticket: Ticket, code: str) -> Shown:
    asked = fields.asked(
        current_service(), ticket.intake_id, manager=manages(), phone=ticket.call_id is not None
    ).valued
    return next((one for one in asked if one.code == code), None) or abort(404)


@bp.post("/<int:ident>/fields/<code>/show")
@requires(TICKETS, feature=Feature.TICKET)
def show(ident: int, code: str) -> Response:
    """A hidden value, to who works on the ticket; recorded (LOG-3)."""
    ticket = own(ident)
    one = _field(ticket, code)
    with db.write():
        value = service.show_value(ticket, code, actor=actor())
    return ui.render("tickets/index", part="value", text=value_text(one, value))


@bp.get("/<int:ident>/fields/<code>/file")
@requires(TICKETS, feature=Feature.TICKET)
def file(ident: int, code: str) -> Response:
    """The file that a field holds; one of a personal field is not found here."""
    if _field(found(ident), code).personal:
        abort(404)
    return _handed(ident, code)


@bp.post("/<int:ident>/fields/<code>/file")
@requires(TICKETS, feature=Feature.TICKET)
def hidden_file(ident: int, code: str) -> Response:
    """The file of a personal field, to who works on the ticket; recorded as
    a value that is shown (LOG-3).
    """
    ticket = own(ident)
    _field(ticket, code)
    answer = _handed(ident, code)
    with db.write():
        service.show_value(ticket, code, actor=actor())
    return answer


def _handed(ident: int, code: str) -> Response:
    row = values.rows(ident).get(code)
    kept = values.file_of(row) if row else None
    if kept is None:
        abort(404)
    try:
        return files.handed(uploads.content(kept), kept.name)
    except FileNotFoundError:
        abort(404)


@bp.post("/uploads")
@requires(TICKETS, feature=Feature.TICKET)
def upload() -> Response:
    """Takes the file of a field while its form is filled in; without a
    file the choice is taken back.
    """
    name, token, error = request.form.get("input", ""), "", None
    services = [current_service().id, *(one.id for one in handover.targets(current_service()))]
    if name not in [f"f-{code}" for code in fields.file_codes(services)]:
        abort(404)
    chosen = request.files.get(f"{name}-file")
    if chosen:
        try:
            token = uploads.token(
                uploads.keep(chosen.filename, chosen.read(), sealed=True), me.member_id
            )
        except Refused as refused:
            error = refused
    return ui.render(
        "tickets/index",
        part="upload",
        status=error.status if error else 200,
        service=current_service(),
        input=name,
        token=token,
        error=error,
        hinted=request.form.get("hinted") == "1",
    )


upload.body_max = 3 * files.BYTES  # type: ignore[attr-defined]
