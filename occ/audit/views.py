"""Log pages (LOG-1, LOG-2, LOG-3), and the viewer as the one who acts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from occ.audit import labels, queries, service
from occ.audit.models import LoginEnd, LoginEntry
from occ.audit.permissions import LOGIN_LOG, LOGS
from occ.audit.queries import Filters
from occ.audit.rules import Action, LoginResult, Work
from occ.audit.service import Actor
from occ.core import clock, i18n, paging, ui, xlsx
from occ.core.access import client_ip, me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

bp = Blueprint("logs", __name__, url_prefix="/c/org/logs")


def actor() -> Actor:
    """The viewer as the one who acts."""
    return Actor(me.member_id, me.login_id, me.name, client_ip())


def _filters(size: int | None = None) -> Filters:
    """The filters of the address; days are the viewer's own."""
    zone = i18n.viewer_zone()
    since, until = ui.day("since"), ui.day("until")
    args = {
        name: request.args.get(name, "").strip()[:100]
        for name in ("name", "login_id", "ip", "service", "code", "after", "before")
    }
    return Filters(
        since=clock.day_start(since, zone) if since else None,
        until=clock.day_start(until + timedelta(days=1), zone) if until else None,
        size=size or request.args.get("size", 50, int),
        **args,
    )


def _reversed() -> bool:
    since, until = ui.day("since"), ui.day("until")
    return bool(since and until and since > until)


@bp.get("/authority")
@requires(LOGS)
def authority() -> Response:
    return ui.render(
        "logs/authority",
        page=queries.authority(_filters()),
        actions=Action,
        labels=labels,
        wrong_period=_reversed(),
        broken=service.verify_head(),
    )


@bp.get("/authority/<int:ident>")
@requires(LOGS)
def authority_entry(ident: int) -> Response:
    entry = queries.authority_entry(ident) or abort(404)
    return ui.render("logs/entry", entry=entry, labels=labels)


@bp.get("/logins")
@requires(LOGIN_LOG)
def logins() -> Response:
    page = queries.logins(_filters())
    ends = queries.ends([row.id for row in page.rows])
    return ui.render(
        "logs/logins",
        page=page,
        ends=ends,
        results=LoginResult,
        labels=labels,
        wrong_period=_reversed(),
    )


@bp.get("/works")
@requires(LOGS)
def works() -> Response:
    return ui.render(
        "logs/works",
        page=queries.works(_filters()),
        works=Work,
        labels=labels,
        wrong_period=_reversed(),
    )


def _all(read: Callable[[Filters], paging.Page]) -> Iterable[Any]:
    """Every row that matches; raises Refused beyond what an Excel file of one request may hold."""
    filters = _filters(size=100)
    found: list[Any] = []
    while True:
        page = read(filters)
        found += page.rows
        if len(found) > xlsx.ROW_LIMIT:
            raise Refused(_("An Excel file holds at most 2,000 rows. Choose a shorter period."))
        if page.next is None:
            return found
        filters = Filters(**{**filters.__dict__, "after": page.next, "before": ""})


def _excel(kind: Work, title: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Response:
    content = xlsx.workbook(title, head, rows)
    with db.write():
        service.work(kind, actor=actor(), detail={"query": request.query_string.decode()[:300]})
    return xlsx.download(content, xlsx.dated(title))


def _said(values: object) -> str:
    """What an entry says before or after, or in detail, in the words of its page; each on a
    line.
    """
    return render_template("logs/_said.txt", values=values, labels=labels).strip() if values else ""


@bp.get("/authority.xlsx")
@requires(LOGS, writes=True)
def authority_excel() -> Response:
    head = (
        xlsx.zoned(_("When")),
        _("What"),
        _("Who"),
        _("ID"),
        _("About"),
        _("ID"),
        _("Service"),
        _("IP"),
        _("Before"),
        _("After"),
    )
    rows = (
        (
            r.at,
            str(labels.ACTIONS[r.action]),
            r.actor_name,
            r.actor_login,
            r.target_name,
            r.target_login,
            r.service_name,
            r.ip,
            _said(r.before),
            _said(r.after),
        )
        for r in _all(queries.authority)
    )
    return _excel(Work.EXCEL_AUTHORITY_LOG, _("Authority log"), head, rows)


def _ended(entry: LoginEntry, end: LoginEnd | None) -> tuple[Any, ...]:
    """When and why a session ended, and how long it lasted."""
    return (end.at, str(labels.ENDS[end.reason]), end.at - entry.at) if end else (None,) * 3


@bp.get("/logins.xlsx")
@requires(LOGIN_LOG, writes=True)
def logins_excel() -> Response:
    head = (
        xlsx.zoned(_("When")),
        _("Who"),
        _("ID"),
        _("Result"),
        _("IP"),
        _("Device"),
        xlsx.zoned(_("Ended at")),
        _("How"),
        _("Time signed in"),
    )
    found = list(_all(queries.logins))
    ends = queries.ends([r.id for r in found])
    rows = (
        (r.at, r.name, r.login_id, str(labels.RESULTS[r.result].text), r.ip, r.device)
        + _ended(r, ends.get(r.id))
        for r in found
    )
    return _excel(Work.EXCEL_LOGIN_LOG, _("Login history"), head, rows)


@bp.get("/works.xlsx")
@requires(LOGS, writes=True)
def works_excel() -> Response:
    head = (xlsx.zoned(_("When")), _("What"), _("Who"), _("ID"), _("IP"), _("Service"), _("Detail"))
    rows = (
        (r.at, str(labels.WORKS[r.work]), r.name, r.login_id, r.ip, r.service_name, _said(r.detail))
        for r in _all(queries.works)
    )
    return _excel(Work.EXCEL_WORK_LOG, _("Work history"), head, rows)
