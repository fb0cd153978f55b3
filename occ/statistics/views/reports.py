"""Saved pages of statistics, the mails that they are sent in, and the weekly sheet (STA-4)."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import clock, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.statistics import labels, service
from occ.statistics.days import Preset, days_of
from occ.statistics.forms import ReportForm
from occ.statistics.models import Report
from occ.statistics.pages import catalog, weekly
from occ.statistics.permissions import STATISTICS
from occ.statistics.queries import kept
from occ.statistics.rules.tables import Kind
from occ.statistics.views.pages import address, page_of

bp = Blueprint("reports", __name__, url_prefix="/c/s/<slug>/statistics")


def _own(ident: int) -> Report:
    return kept.report(current_service().id, ident) or abort(404)


@bp.get("/reports")
@requires(STATISTICS, feature=Feature.STATISTICS)
def index() -> Response:
    offered = {page.key: page for page in catalog.offered(current_service())}
    rows = [
        (report, page)
        for report in kept.reports(current_service().id)
        if (page := offered.get(report.page))
    ]
    sheet = kept.weekly(current_service().id)
    return ui.render(
        "statistics/reports",
        service=current_service(),
        rows=rows,
        address_of=address,
        labels=labels,
        presets={one.value: labels.PRESETS[one] for one in Preset},
        people={one.id: one.name for one in kept.managers(current_service().id)},
        weekly_on=sheet is None or sheet.is_on,
    )


def _form(form: ReportForm, title: Any, url: str) -> Response:
    return ui.render(
        "statistics/report",
        status=form.status,
        form=form,
        title=title,
        url=url,
        service=current_service(),
        managers=kept.managers(current_service().id),
    )


def _values(form: ReportForm) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "every": form.chosen,
        "readers": form.readers.data or [],
        "allowed": [one.id for one in kept.managers(current_service().id)],
    }


@bp.route("/<any(tickets,calls,texts):media>/<page>/save", methods=["GET", "POST"])
@requires(STATISTICS, feature=Feature.STATISTICS)
def new(media: str, page: str) -> Response:
    """Keeps the page with the filters of the address."""
    of, form = page_of(media, page), ReportForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.save_report(
                    current_service(),
                    of,
                    **_values(form),
                    params=request.args.to_dict(),
                    actor=actor(),
                )
            return ui.done(
                _("The report is saved."),
                link=(url_for("reports.index", slug=current_service().slug), _("Reports")),
            )
    return _form(form, _("Save as a report"), ui.query_url())


@bp.route("/reports/<int:ident>", methods=["GET", "POST"])
@requires(STATISTICS, feature=Feature.STATISTICS)
def edit(ident: int) -> Response:
    report = _own(ident)
    form = ReportForm(obj=None if request.method == "POST" else report)
    if request.method != "POST":
        form.every.data = report.every.value
    elif form.validate():
        with form.saving(stored=lambda: kept.report(current_service().id, ident)):
            with db.write():
                service.edit_report(report, **_values(form), version=form.seen_version)
            return ui.done(_("Saved."))
    return _form(form, _("Edit the report"), request.path)


@bp.post("/reports/<int:ident>/delete")
@requires(STATISTICS, feature=Feature.STATISTICS)
def delete(ident: int) -> Response:
    report = _own(ident)
    with db.write():
        service.delete_report(report)
    return ui.done(_("The report was deleted."))


@bp.post("/reports/weekly")
@requires(STATISTICS, feature=Feature.STATISTICS)
def switch_weekly() -> Response:
    is_on = "on" in request.form
    with db.write():
        service.switch_weekly(current_service(), is_on=is_on)
    return ui.done(_("The weekly sheet is mailed.") if is_on else _("The weekly sheet stays here."))


@bp.get("/weekly")
@requires(STATISTICS, feature=Feature.STATISTICS)
def week() -> Response:
    """The sheet of the week that is over."""
    today = clock.local_day(clock.now(), current_service().time_zone)
    since, until = days_of(Preset.LAST_WEEK, today)
    return ui.render(
        "statistics/weekly",
        service=current_service(),
        sheet=weekly.sheet_of(current_service(), since, until),
        span=labels.span,
        Kind=Kind,
    )
