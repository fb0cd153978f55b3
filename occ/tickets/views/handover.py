"""The dialog that hands a ticket over to an issue service (TKT-5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from occ.audit.views import actor
from occ.core import richtext, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.fields import queries as fields
from occ.fields.rules import Shown
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import handover, queries
from occ.tickets.handover import Handover
from occ.tickets.models import Ticket
from occ.tickets.permissions import TICKETS
from occ.tickets.rules import BODY_MAX, Entry
from occ.tickets.values import service as value_service
from occ.tickets.views import board
from occ.tickets.views.board import is_formatted, manages, own
from occ.tickets.views.fields import sent

bp = Blueprint("ticket_handover", __name__, url_prefix="/c/s/<slug>/tickets")


@dataclass(frozen=True)
class HandingOver:
    """A ticket that is handed over: the services that can take it, the chosen one with its intake
    types, and what the chosen type asks for.
    """

    ticket: Ticket
    offered: Sequence[Service]
    to: Service
    types: Sequence[tuple[int, str]]
    intake: int | None
    asked: Sequence[Shown]
    body: str
    formatted: bool

    limit = BODY_MAX


@bp.route("/<int:ident>/handover", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.HANDOVER)
def hand_over(ident: int) -> Response:
    """Which service, its intake type, what that asks for, and a text; a choice draws the dialog
    anew with what was typed.
    """
    ticket, error = own(ident), None
    offered = handover.targets(current_service())
    if not offered:
        abort(404)
    to = next((one for one in offered if one.id == ident_of(request.values.get("to"))), offered[0])
    types = settings.find(to, CategoryKind.INTAKE, "", 1_000)
    intake = next(
        (found for found, _path in types if found == ident_of(request.values.get("intake"))), None
    )
    asked = fields.asked(to, intake, manager=False).own
    checked = value_service.Checked({}, {})
    body = clean(request.form.get("body")) if request.method == "POST" else _inquiry(ident)
    drawn = request.form.get("formatted") == "1"
    if request.method == "POST" and request.form.get("send"):
        checked = value_service.check(asked, sent(asked), {}, by=me.member_id)
        try:
            if not checked.errors:
                said = richtext.received(body, drawn=drawn, keeps=is_formatted())
                with db.write():
                    wanted = Handover(to.id, intake, said, checked.values)
                    handover.hand_over(
                        ticket,
                        wanted,
                        seen=ident_of(request.form.get("version")) or 0,
                        manager=manages(),
                        actor=actor(),
                    )
                return ui.done(
                    _("The ticket was handed over to “%(name)s”.", name=to.name),
                    go=board.here(ident),
                )
        except Refused as refused:
            error, ticket = refused, own(ident)
    return ui.render(
        "tickets/handover",
        status=error.status if error else 422 if checked.errors else 200,
        service=current_service(),
        handing=HandingOver(ticket, offered, to, types, intake, asked, body, is_formatted()),
        typed={code: texts or [""] for code, texts in sent(asked).items()},
        errors=checked.errors,
        error=error,
    )


def _inquiry(ident: int) -> str:
    """What the customer asked, to begin with, as the service's editor
    loads it; its pictures stay here.
    """
    asked = next((entry for entry in queries.entries(ident) if entry.kind is Entry.INQUIRY), None)
    if asked is None or not is_formatted():
        return asked.body if asked else ""
    return richtext.without_pictures(asked.html) if asked.html else richtext.html_of(asked.body)
