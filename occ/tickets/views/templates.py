"""Templates in the composer: found, filled in, inserted and counted (TPL-1)."""

from flask import Blueprint, Response, abort, request

from occ.core import richtext, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings import service as settings_service
from occ.ticket_settings.models import Template
from occ.ticket_settings.rules import filled, filled_html
from occ.tickets.filling import placeholders
from occ.tickets.models import Ticket
from occ.tickets.permissions import TICKETS
from occ.tickets.views.board import is_formatted, own

bp = Blueprint("ticket_templates", __name__, url_prefix="/c/s/<slug>/tickets")


@bp.get("/<int:ident>/templates")
@requires(TICKETS, feature=Feature.TICKET)
def index(ident: int) -> Response:
    """The templates that fit: those of the ticket's resolution type
    first, then the ones used most.
    """
    ticket = own(ident)
    rows = settings.templates_to_insert(current_service().id, ui.arg("q"), ticket.resolution_id)
    return ui.render(
        "tickets/index", part="inserts", service=current_service(), ticket=ticket, rows=rows
    )


def _inserted(ticket: Ticket, template: Template) -> Response:
    """The template as the service's editor takes it, filled in; counts the use.

    What is left empty is told, never its raw code.
    """
    values = placeholders(ticket, me.member_id, ticket.language)
    if is_formatted():
        said = filled_html(template.html or richtext.html_of(template.body), values)
    else:
        said = filled(template.body, values)
    with db.write():
        settings_service.count_use(template)
    answer = Response(said.text, mimetype="text/plain")
    return (
        ui.toasted(answer, _("Left empty, look it over: %(names)s", names=", ".join(said.empty)))
        if said.empty
        else answer
    )


@bp.post("/<int:ident>/templates/<int:template>")
@requires(TICKETS, feature=Feature.TICKET)
def insert(ident: int, template: int) -> Response:
    ticket = own(ident)
    return _inserted(ticket, settings.template(current_service().id, template) or abort(404))


@bp.post("/<int:ident>/templates/code")
@requires(TICKETS, feature=Feature.TICKET)
def by_code(ident: int) -> Response:
    """The template of a search code typed as ::code."""
    ticket = own(ident)
    return _inserted(
        ticket,
        settings.template_by_code(current_service().id, request.form.get("code", "")[:40])
        or abort(404),
    )
