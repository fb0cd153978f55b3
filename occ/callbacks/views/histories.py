"""Callbacks by what has come of them, deleted ones among them (STA-3)."""

from dataclasses import replace

from flask import Blueprint, Response, request

from occ.ars import queries as ars
from occ.callbacks import forms, labels, queries, sheets
from occ.callbacks.queries import Filters
from occ.callbacks.rules import Result
from occ.core import ui, xlsx
from occ.core.access import requires
from occ.core.i18n import gettext as _
from occ.exports import downloads
from occ.identity import queries as identity
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.telephony.permissions import HISTORIES

bp = Blueprint("callback_histories", __name__, url_prefix="/c/s/<slug>/histories/callbacks")
PERIOD = "month"  # where the address names none


def _filters(period: ui.Period) -> Filters:
    """What the address asks for; numbers stand masked, so that only whole ones are found."""
    return replace(
        forms.filters(current_service(), None, period, masked=True),
        all_results=True,
        result=next((one for one in Result if one.value == ui.arg("result")), None),
    )


@bp.get("")
@requires(HISTORIES, feature=Feature.CALLBACK)
def index() -> Response:
    period = ui.period(current_service().time_zone, PERIOD)
    asked = _filters(period)
    page = queries.callback_list(
        asked,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    members = [i for r in page.rows for i in (r.assignee_id, r.completed_by, r.deleted_by) if i]
    choices = ars.queue_choices(current_service().id)
    return ui.render(
        "callbacks/history",
        service=current_service(),
        page=page,
        period=period,
        counts=queries.results(asked),
        all_queues=choices,
        queues={queue.id: queue.name for queue in choices},
        people=identity.names(members),
        consents=queries.consents(page.rows),
        result_of=sheets.result_of,
        results=Result,
        labels=labels,
    )


@bp.get("/callbacks.xlsx")
@requires(HISTORIES, feature=Feature.CALLBACK, writes=True)
def excel() -> Response:
    """What was searched: at once up to 2,000 rows, more as an export job; the download is recorded
    (LOG-3).
    """
    params = sheets.to_params(_filters(ui.period(current_service().time_zone, PERIOD)))
    name = xlsx.dated(_("Callbacks by result") + f" {current_service().name}")
    return downloads.answer(
        "callback_results", name, params, service=current_service(), managers=True
    )
