"""Wallboard, wall screens, wall links, dashboard (MON-1, MON-2, MON-3, MON-4, MON-5)."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, session, url_for

from occ.ars import queries as ars
from occ.audit.views import actor
from occ.core import clock, live, ui
from occ.core.access import PUBLIC, client_ip, me, requires
from occ.core.db import db
from occ.core.i18n import city, locale, viewer_zone
from occ.core.i18n import gettext as _
from occ.identity.principals import live_facts
from occ.identity.rules import address_allowed
from occ.organization.queries import the_organization
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.telephony import labels
from occ.tickets.permissions import TICKETS
from occ.wallboard import chart, queries, rules, service
from occ.wallboard.forms import LinkForm
from occ.wallboard.permissions import MONITOR, WALL_LINKS, WALLBOARD

bp = Blueprint("wallboard", __name__, url_prefix="/c/s/<slug>/wallboard")
monitor_bp = Blueprint("monitor", __name__, url_prefix="/c/s/<slug>/monitoring")
wall_bp = Blueprint("wall", __name__, url_prefix="/c/wall")
strip_bp = Blueprint("ticket_phone", __name__, url_prefix="/c/s/<slug>/tickets")
BOARDS = ("overview", "media", "people")
_drawn: live.MadeOnce[tuple[Any, ...], str] = live.MadeOnce("boards", 100)


def _mine() -> list[int]:
    """Services whose board the viewer may see."""
    return sorted(ident for ident, rights in me.rights.items() if rights.manager or rights.phone)


def _managed() -> list[int]:
    return sorted(ident for ident, rights in me.rights.items() if rights.manager)


def _quarter() -> int:
    """Figures of a day change with the day, also when nothing happens."""
    return int(clock.now().timestamp()) // 900


def _probe(slug: str) -> tuple[Any, ...] | None:
    facts = live_facts("wall*", also=queries.OWNED)
    return (*facts, _quarter()) if facts else None


def _wall_probe(token: str) -> tuple[Any, ...] | None:
    facts = queries.link_facts(token)
    return (*facts, client_ip(), _quarter()) if facts else None


def _board(kind: str, idents: Sequence[int], *, wall: bool) -> str:
    """The board's fragment; drawn once for all viewers of the same facts."""

    def draw() -> str:
        board = queries.board(idents)
        screens = [
            board.rows[n : n + rules.ROWS_A_PAGE]
            for n in range(0, len(board.rows), rules.ROWS_A_PAGE)
        ] or [[]]
        return render_template(
            "wallboard/_wall.html" if wall else "wallboard/_board.html",
            board=board,
            kind=kind,
            screens=screens,
            rules=rules,
            kinds=("media", "people") if kind == "overview" else (kind,),
        )

    facts: tuple[Any, ...] = g.get("live_facts") or ()
    if not facts:
        return draw()
    # everything but whose browser and rights it is
    shared = (facts[1], *facts[-4:-2], facts[-1])
    key = (kind, tuple(idents), wall, str(locale()), viewer_zone())
    return _drawn.get(shared, [key], lambda _missing: {key: draw()})[key]


def _page(kind: str) -> Response:
    html = _board(kind, _mine(), wall=False)
    if ui.is_fragment():
        return Response(html, mimetype="text/html")
    return ui.render("wallboard/board", service=current_service(), kind=kind, html=html)


@bp.get("")
@requires(WALLBOARD, feature=Feature.WALLBOARD)
@live.part(_probe)
def overview() -> Response:
    """Both boards, one after the other (MON-3)."""
    return _page("overview")


@bp.get("/media")
@requires(WALLBOARD, feature=Feature.WALLBOARD)
@live.part(_probe)
def media() -> Response:
    return _page("media")


@bp.get("/agents")
@requires(WALLBOARD, feature=Feature.WALLBOARD)
@live.part(_probe)
def people() -> Response:
    return _page("people")


@strip_bp.get("/phone")
@requires(TICKETS, feature=Feature.PHONE)
@live.part(_probe)
def strip() -> Response:
    """The phone strip above the tickets (TKT-2): agents, waiting, ready, in call, answer rate and
    service level of today.
    """
    row = next(iter(queries.board([current_service().id]).rows), None)
    return ui.render("wallboard/board", part="strip", row=row)


def _wall(kind: str, idents: Sequence[int], home: int) -> Response:
    """A screen with a clock for each zone in which its services count their days; that of the
    service `home` comes first.
    """
    html = _board(kind, idents, wall=True)
    if request.headers.get("HX-Request"):
        return Response(html, mimetype="text/html")
    found = sorted(queries.services(idents), key=lambda one: one.id != home)
    zones = dict.fromkeys(one.time_zone for one in found) or [the_organization().zone(clock.now())]
    clocks = [(zone, city(zone)) for zone in zones]
    return ui.render(
        "wallboard/wall", html=html, kind=kind, organization=the_organization().name, clocks=clocks
    )


def _window(slug: str, kind: str) -> tuple[Any, ...] | None:
    return _probe(slug)


@bp.get("/window/<any(overview, media, people):kind>")
@requires(WALLBOARD, feature=Feature.WALLBOARD)
@live.part(_window)
def window(kind: str) -> Response:
    """The popup for a wall screen."""
    return _wall(kind, _mine(), current_service().id)


@wall_bp.get("/<token>")
@requires(PUBLIC)
@live.part(_wall_probe)
def screen(token: str) -> Response:
    """A wallboard without a login (MON-5): tampered, revoked and unknown links are not found."""
    link = queries.link_by_token(token)
    if link is None or not address_allowed(client_ip(), link.addresses.split()):
        abort(404)
    g.page_locale = the_organization().locale
    kind = request.args.get("board", "overview")
    return _wall(kind if kind in BOARDS else "overview", link.services, link.service_id)


@bp.get("/links")
@requires(WALL_LINKS, feature=Feature.WALLBOARD)
def links() -> Response:
    made = session.pop("wall_link", None)
    names = {s.id: s.name for s in queries.services(_managed())}
    return ui.render(
        "wallboard/links",
        service=current_service(),
        rows=queries.links(current_service().id),
        made=made,
        names=names,
    )


@bp.route("/links/new", methods=["GET", "POST"])
@requires(WALL_LINKS, feature=Feature.WALLBOARD)
def new_link() -> Response:
    form = LinkForm()
    managed = queries.services(_managed())
    if request.method != "POST":
        form.services.data = [current_service().id]
    elif form.validate():
        with form.saving():
            with db.write():
                token = service.add_link(
                    current_service(),
                    name=form.name.data or "",
                    services=form.services.data or [],
                    addresses=form.addresses.data or "",
                    allowed={s.id for s in queries.services(_managed())},
                    actor=actor(),
                )
            session["wall_link"] = the_organization().url.rstrip("/") + url_for(
                "wall.screen", token=token
            )
            return ui.done(
                _("The link is created. Copy it now; it is shown once."),
                go=url_for("wallboard.links", slug=current_service().slug),
            )
    return ui.render(
        "wallboard/link",
        status=form.status,
        form=form,
        service=current_service(),
        managed=managed,
    )


@bp.post("/links/<int:ident>/revoke")
@requires(WALL_LINKS, feature=Feature.WALLBOARD)
def revoke(ident: int) -> Response:
    link = queries.link(current_service().id, ident) or abort(404)
    with db.write():
        service.revoke(link)
    return ui.done(_("The link is revoked. Its screens lose the board within seconds."))


@monitor_bp.get("")
@requires(MONITOR, feature=Feature.PHONE)
@live.part(_probe)
def index() -> Response:
    """The dashboard (MON-4): this service, or every one that the viewer manages."""
    everything = request.args.get("scope") == "all"
    managed = queries.services(_managed())
    data = queries.dashboard(current_service(), managed if everything else [current_service()])
    drawn = chart.lines(data.hours, data.hours_before, data.hour)
    return ui.render(
        "wallboard/monitor",
        service=current_service(),
        data=data,
        rules=rules,
        labels=labels,
        managed=managed,
        everything=everything,
        lines=drawn,
        names=ars.queue_names([row.ident for row in data.queues]),
    )
