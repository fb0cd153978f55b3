"""Where people land, and the home of a service."""

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import access, ui
from occ.core.access import PUBLIC, SIGNED_IN, me, requires
from occ.identity import queries
from occ.identity.permissions import PEOPLE, SERVICE_HOME
from occ.organization import labels
from occ.organization.rules import Feature, Item, ServiceState
from occ.organization.views.address import current_service

bp = Blueprint("home", __name__)


def root() -> BaseResponse:
    """The first page: a landing that fits the viewer, or the login."""
    return redirect(url_for("home.landing") if access.current() else url_for("auth.login"))


root.permission, root.feature, root.writes = PUBLIC, None, False  # type: ignore[attr-defined]


@bp.get("/c/")
@requires(SIGNED_IN)
def landing() -> Response | BaseResponse:
    """Agents on the first service that is open to them, organization admins
    on the contracts (LOOK, menu).
    """
    roles = queries.agents_of(me.member_id)
    for role in roles:
        if role.service.state is ServiceState.ACTIVE:
            return redirect(url_for("home.service", slug=role.service.slug))
    if me.is_org_admin:
        return redirect(url_for("contracts.index"))
    return ui.render("home/nothing", roles=roles, labels=labels)


@bp.get("/c/palette", endpoint="palette_everywhere")
@bp.get("/c/s/<slug>/palette")
@requires(SIGNED_IN)
def palette() -> Response:
    """What the command palette offers here; fetched when it is opened first."""
    return ui.render("home/palette", part="palette")


@bp.get("/c/keys")
@requires(SIGNED_IN)
def keys() -> Response:
    """The keys that work everywhere, in a `place` of its own keys, and on the phone."""
    return ui.render("home/keys", place=ui.arg("place"), phone=ui.arg("phone"))


@bp.get("/c/s/<slug>/")
@requires(SERVICE_HOME)
def service() -> Response:
    found = current_service()
    agent = queries.agent_of(found.id, me.member_id)
    terms = found.contract.terms if found.contract else None
    features = [Item(feature.value) for feature in Feature if terms and feature in terms.features]
    used = queries.seats_used([found.id]).get(found.id, 0)
    return ui.render(
        "home/service",
        service=found,
        agent=agent,
        features=features,
        labels=labels,
        used=used,
        terms=terms,
        may_set_up=access.may(PEOPLE, found),
    )
