"""The personal-data ledger (FLD-4): what is kept how, what tonight destroys, who saw what."""

from flask import Blueprint, Response, abort

from occ.audit import queries as audit
from occ.audit.rules import Work
from occ.core import ui
from occ.core.access import requires
from occ.customers import queries as customers
from occ.fields import labels
from occ.fields import queries as fields
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.queries import languages, shown_language
from occ.tickets.values import queries as values

bp = Blueprint("ledger", __name__, url_prefix="/c/s/<slug>/fields/ledger")


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    first, language = languages(current_service())[0], shown_language(current_service())
    kept = values.ledger(current_service())
    rows = [
        (fields.shown(row, first, language), row, kept.get(row.code))
        for row in fields.personal(current_service().id)
    ]
    seen = audit.newest_works(
        current_service().id,
        (Work.FIELD_SHOWN, Work.CUSTOMER_EXPORTED, Work.VALUES_PURGED, Work.ENCRYPTION_OFF),
    )
    return ui.render(
        "fields/ledger",
        service=current_service(),
        rows=rows,
        labels=labels,
        seen=seen,
        erasures=customers.erasures(current_service().id),
        Work=Work,
        names={field.code: field.name for field, _row, _kept in rows},
    )


@bp.get("/<int:ident>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def certificate(ident: int) -> Response:
    """What was destroyed of a customer, to be printed."""
    row = customers.erasure(current_service().id, ident) or abort(404)
    return ui.render("fields/certificate", service=current_service(), row=row)
