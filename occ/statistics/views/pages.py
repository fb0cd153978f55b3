"""Pages of statistics (STA): figures, chart and table of what the address asks, and Excel."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import ui, xlsx
from occ.core.access import may, me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.exports import downloads
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.statistics import chart, labels, service
from occ.statistics.days import Preset
from occ.statistics.pages import asking, catalog
from occ.statistics.pages import details as ticket_details
from occ.statistics.pages.frame import Link, Page, being_counted, table
from occ.statistics.pages.tickets import channels
from occ.statistics.permissions import STATISTICS
from occ.statistics.queries import details as behind
from occ.statistics.queries import kept
from occ.statistics.rules.tables import Column, Kind, change
from occ.statistics.rules.tickets import Figure
from occ.tickets.permissions import TICKETS

bp = Blueprint("statistics", __name__, url_prefix="/c/s/<slug>/statistics")


def page_of(media: str, name: str) -> Page:
    """The page of the address, if the service contracted what it is about."""
    found = catalog.page(f"{media}/{name}")
    return found if found in catalog.offered(current_service()) and found else abort(404)


def address(page: Page, **values: Any) -> str:
    """The address of a page of the service."""
    here = url_for(f"statistics.{page.media}", slug=current_service().slug, page=page.name)
    return ui.with_query(here, values)


@bp.get("")
@requires(STATISTICS, feature=Feature.STATISTICS)
def index() -> BaseResponse:
    """The first page of what the service contracted."""
    pages = catalog.offered(current_service())
    return redirect(address(pages[0])) if pages else abort(404)


def _show(media: str, name: str) -> Response:
    page = page_of(media, name)
    filters = asking.filters(page, current_service(), request.args)
    made, progress = None, None
    if filters.problem is None:
        progress = being_counted(page, filters.asked)
    if filters.problem is None and progress is None:
        made = table(page, filters.asked, kept.columns(me.member_id, page.key))
    draw = chart.lines if page.units else chart.bars
    return ui.render(
        "statistics/index",
        service=current_service(),
        page=page,
        pages=catalog.offered(current_service(), media),
        address=address,
        filters=filters,
        presets=[(one.value, labels.PRESETS[one]) for one in Preset],
        units=[(one.value, labels.UNITS[one]) for one in page.units],
        table=made,
        progress=progress,
        charts=[draw(made, keys) for keys in page.charts] if made and not made.is_empty else [],
        span=labels.span,
        Kind=Kind,
        change=change,
        address_of=_addresses(),
    )


def _addresses() -> Callable[[Link], str]:
    """Makes addresses of what figures lead to: a table has hundreds, of two or three endpoints."""
    base = cache(partial(url_for, slug=current_service().slug))
    return lambda link: ui.with_query(base(link.endpoint), link.values)


@bp.get("/tickets")
@bp.get("/tickets/<page>")
@requires(STATISTICS, feature=Feature.STATISTICS)
def tickets(page: str = "period") -> Response:
    return _show("tickets", page)


@bp.get("/calls")
@bp.get("/calls/<page>")
@requires(STATISTICS, feature=Feature.STATISTICS)
def calls(page: str = "totals") -> Response:
    return _show("calls", page)


@bp.get("/texts")
@bp.get("/texts/<page>")
@requires(STATISTICS, feature=Feature.STATISTICS)
def texts(page: str = "period") -> Response:
    return _show("texts", page)


@bp.get("/details")
@requires(STATISTICS, feature=Feature.STATISTICS)
def details() -> Response:
    """Tickets of a period, or those behind a figure, with the columns that the viewer keeps."""
    _with_tickets()
    filters = asking.details(current_service(), request.args)
    found, rows = None, []
    if filters.problem is None:
        found = behind.page(
            filters.behind,
            after=request.args.get("after", ""),
            before=request.args.get("before", ""),
            size=request.args.get("size", 20, int),
        )
        rows = ticket_details.facts(current_service(), found.rows)
    return ui.render(
        "statistics/details",
        service=current_service(),
        filters=filters,
        presets=[(one.value, labels.PRESETS[one]) for one in Preset],
        figures=[("", _("All received")), *((one.value, labels.FIGURES[one]) for one in Figure)],
        channels=channels(),
        columns=ticket_details.chosen(kept.columns(me.member_id, ticket_details.KEY)),
        page=found,
        rows=rows,
        Kind=Kind,
        may_open=current_service().offers(Feature.TICKET) and may(TICKETS, current_service()),
    )


def _with_tickets() -> None:
    if not current_service().offers(Feature.TICKET):
        abort(404)


@bp.get("/details.xlsx")
@requires(STATISTICS, feature=Feature.STATISTICS, writes=True)
def details_excel() -> Response:
    """The same tickets with the same columns; the download is recorded (LOG-3)."""
    _with_tickets()
    filters = asking.details(current_service(), request.args)
    if filters.problem is not None:
        raise filters.problem
    params = {
        "service": current_service().id,
        "values": request.args.to_dict(),
        "columns": kept.columns(me.member_id, ticket_details.KEY),
    }
    title = xlsx.dated(_("Ticket details") + f" {current_service().name}")
    return downloads.answer(
        "ticket_details", title, params, service=current_service(), managers=True
    )


@bp.route("/details/columns", methods=["GET", "POST"])
@requires(STATISTICS, feature=Feature.STATISTICS)
def details_columns() -> Response | BaseResponse:
    """Which columns the viewer sees of tickets; kept for them, in every service."""
    _with_tickets()
    back = url_for("statistics.details", slug=current_service().slug)
    return _columns(ticket_details.KEY, ticket_details.COLUMNS, back)


@bp.get("/<any(tickets,calls,texts):media>/<page>/figures.xlsx")
@requires(STATISTICS, feature=Feature.STATISTICS, writes=True)
def excel(media: str, page: str) -> Response:
    """What the page shows; the download is recorded (LOG-3)."""
    shown = page_of(media, page)
    params = {
        "service": current_service().id,
        "page": shown.key,
        "values": request.args.to_dict(),
        "columns": kept.columns(me.member_id, shown.key),
    }
    filters = asking.filters(shown, current_service(), request.args)
    if filters.problem is not None:
        raise filters.problem
    if being_counted(shown, filters.asked):
        raise Refused(_("These figures are being counted. Ask again in a few minutes."))
    title = xlsx.dated(f"{shown.title} {current_service().name}")
    return downloads.answer("statistics", title, params, service=current_service(), managers=True)


@bp.route("/<any(tickets,calls,texts):media>/<page>/columns", methods=["GET", "POST"])
@requires(STATISTICS, feature=Feature.STATISTICS)
def columns(media: str, page: str) -> Response | BaseResponse:
    """Which columns the viewer sees on a page; kept for them, in every service."""
    of = page_of(media, page)
    filters = asking.filters(of, current_service(), request.args)
    return _columns(of.key, of.columns(filters.asked), address(of))


def _columns(key: str, every: Sequence[Column], back: str) -> Response | BaseResponse:
    here = ui.with_query(back, request.args)
    if request.method == "POST":
        keys = request.form.getlist("columns")
        with db.write():
            service.keep_columns(key, me.member_id, keys, [column.key for column in every])
        return ui.done(_("Saved."), go=here)
    mine = kept.columns(me.member_id, key)
    return ui.render(
        "statistics/columns",
        back=here,
        every=every,
        mine=[column.key for column in every if column.shown] if mine is None else mine,
    )
