"""Masking parts of what was written, and looking at the original (TKT-4, the security service)."""

from flask import Blueprint, Response, abort, request

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.tickets import masking, queries
from occ.tickets.models import TicketEntry
from occ.tickets.permissions import TICKETS
from occ.tickets.views import board
from occ.tickets.views.board import own

bp = Blueprint("ticket_masks", __name__, url_prefix="/c/s/<slug>/tickets")


def _entry(ident: int, number: int) -> TicketEntry:
    return next(
        (entry for entry in queries.entries(ident) if entry.id == number and entry.body), None
    ) or abort(404)


@bp.route("/<int:ident>/entries/<int:number>/mask", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.SECURITY)
def mask(ident: int, number: int) -> Response:
    """A dialog with the text that is marked; wherever the entry holds
    it, asterisks take its place.
    """
    ticket, error = own(ident), None
    _entry(ident, number)
    text = clean(request.values.get("text"))
    if request.method == "POST":
        try:
            with db.write():
                masking.mask(ticket, number, text, actor=actor())
            return ui.done(_("The text was masked."), go=board.here(ident))
        except Refused as refused:
            error = refused
    return ui.render(
        "tickets/mask",
        status=error.status if error else 200,
        service=current_service(),
        ticket=own(ident),
        number=number,
        text=text,
        error=error,
        limit=masking.TEXT_MAX,
    )


@bp.post("/<int:ident>/entries/<int:number>/original")
@requires(TICKETS, feature=Feature.SECURITY)
def original(ident: int, number: int) -> Response:
    """The original of a masked text, to who works on the ticket; recorded (LOG-3)."""
    ticket = own(ident)
    with db.write():
        said = masking.show(ticket, _entry(ident, number), actor=actor())
    return ui.render("tickets/index", part="original", said=said)
