"""A service's tickets: the list, and one with its call (CTI-6)."""

from typing import cast

from flask import Blueprint, Response, abort, g, request

from occ.ars import queries as ars
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.identity import queries as identity
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony import labels
from occ.telephony import queries as telephony
from occ.telephony.models import Call
from occ.tickets import queries
from occ.tickets.labels import CHANNELS
from occ.tickets.permissions import TICKETS

bp = Blueprint("tickets", __name__, url_prefix="/c/s/<slug>/tickets")


def _service() -> Service:
    return cast(Service, g.service)


@bp.get("")
@requires(TICKETS, feature=Feature.TICKET)
def index() -> Response:
    page = queries.ticket_list(
        _service().id, after=request.args.get("after", ""), before=request.args.get("before", ""), size=request.args.get("size", 20, int)
    )
    people = identity.names([t.assignee_id for t in page.rows if t.assignee_id])
    return ui.render("tickets/index", service=_service(), page=page, people=people, channels=CHANNELS)


@bp.get("/<int:ident>")
@requires(TICKETS, feature=Feature.TICKET)
def detail(ident: int) -> Response:
    ticket = queries.ticket(_service().id, ident) or abort(404)
    call = db.session.get(Call, ticket.call_id) if ticket.call_id else None
    legs = telephony.legs(call.id) if call else []
    people = identity.names([m for m in (ticket.assignee_id, *(leg.member_id for leg in legs)) if m])
    entry = telephony.last_entry(call.id) if call else None
    return ui.render(
        "tickets/detail", service=_service(), ticket=ticket, call=call, legs=legs, people=people, labels=labels, entry=entry,
        queue=ars.queue_names([entry.queue_id]).get(entry.queue_id, "") if entry else "",
        channels=CHANNELS, dispositions=ars.disposition_names([leg.disposition_id for leg in legs if leg.disposition_id]),
    )  # fmt: skip
