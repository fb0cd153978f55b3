"""Filters and saved searches (TKT-7)."""

from dataclasses import fields

from flask import Blueprint, Response, abort, request, url_for

from occ.core import ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import belongings, labels, queries
from occ.tickets.permissions import TICKETS
from occ.tickets.rules import NAME_MAX
from occ.tickets.search import vocabulary
from occ.tickets.search.terms import QUERY_MAX
from occ.tickets.search.vocabulary import Filters
from occ.tickets.views.board import box, manages

TYPES_MAX = 200  # that are proposed; others are typed
bp = Blueprint("ticket_searches", __name__, url_prefix="/c/s/<slug>/tickets/searches")


@bp.get("/filters")
@requires(TICKETS, feature=Feature.TICKET)
def filters() -> Response:
    """What is chosen becomes conditions of the search: the list, saved searches, Excel and bulk
    actions have one and the same.
    """
    text, wrong = clean(request.args.get("q")), dict[str, str]()
    chosen = vocabulary.filters(current_service(), text, manager=manages())
    if "apply" in request.args:
        chosen = Filters(**{one.name: clean(request.args.get(one.name)) for one in fields(Filters)})
        search, wrong = vocabulary.filtered(current_service(), text, chosen, manager=manages())
        if len(search) > QUERY_MAX:
            wrong.setdefault("customer", _("Use at most %(count)s characters.", count=QUERY_MAX))
        if not wrong:
            return ui.lead(
                url_for(
                    "tickets.index", slug=current_service().slug, box=box().value, q=search or None
                )
            )
    return ui.render(
        "tickets/filters",
        status=422 if wrong else 200,
        service=current_service(),
        q=text,
        box=box(),
        chosen=chosen,
        wrong=wrong,
        types=settings.find(current_service(), CategoryKind.INTAKE, "", TYPES_MAX),
        channels=labels.CHANNELS.values(),
        periods=vocabulary.PERIODS,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def new() -> Response:
    """Keeps the search of the page under a name."""
    error, query, name = (
        None,
        clean(request.values.get("q"))[:QUERY_MAX],
        clean(request.form.get("name")),
    )
    if request.method == "POST":
        try:
            with db.write():
                belongings.save_search(
                    current_service(), me.member_id, name=name, query=query, box=box()
                )
            return ui.done(
                _("Saved."),
                go=url_for("tickets.index", slug=current_service().slug, box=box().value, q=query),
            )
        except Refused as refused:
            error = refused
    return ui.render(
        "tickets/search",
        status=error.status if error else 200,
        service=current_service(),
        error=error,
        q=query,
        box=box(),
        typed=name,
        limit=NAME_MAX,
    )


@bp.post("/<int:ident>/delete")
@requires(TICKETS, feature=Feature.TICKET)
def delete(ident: int) -> Response:
    row = queries.saved_search(current_service().id, me.member_id, ident) or abort(404)
    name = row.name
    with db.write() as session:
        session.delete(row)
    return ui.done(
        _("The search “%(name)s” was deleted.", name=name),
        go=url_for("tickets.index", slug=current_service().slug),
    )
