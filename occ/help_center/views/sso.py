"""Signing in by a customer site (HC-4), at the addresses of the product's public guides.

A page of the customer site sends a form through the browser (POST, client side), its server asks
for a pass that the browser brings along as `accessToken` (POST, server side), or its app opens a
page of the help center with a signed address (GET). A form that comes from no page of the customer
site, as anybody could send one who has a token of their own, signs nobody in before the visitor
said so: else one would write an inquiry under somebody else's name.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import clock, i18n, ui
from occ.core.access import PUBLIC, requires
from occ.core.db import db
from occ.help_center.members import checks, queries, rules, service
from occ.help_center.members.models import SsoEntry
from occ.help_center.members.rules import Claim, EntryType, Held
from occ.help_center.views.members import back_to, login_of, own_addresses, stay
from occ.help_center.views.place import Place, place, service_of, show
from occ.organization.models import Service
from occ.organization.rules import ServiceState

bp = Blueprint("help_center_sso", __name__)
# what an address says of who comes; taken out of it before anything is shown
SAID = (
    "accessToken", "usercode", "username", "email", "phone", "memberno", "time", "token",
    "returnUrl",
)  # fmt: skip
HOME = "help_center.home"
PAGES = {
    "/hc/": HOME,
    "/hc/ticket/": "hc_inquiries.new",
    "/hc/ticket/list/": "hc_inquiries.mine",
}
"""What stands behind the guide's own addresses."""
REASONS = {Held.LATE: "late", Held.EARLY: "early"}
"""What a token that does not hold is refused by, as the fixed texts of `login.` name it."""


def _entry(of: Service, kind: EntryType) -> SsoEntry | None:
    """The entry that a service chose, where it is of a kind."""
    found = login_of(of).entry
    return found if found is not None and found.type is kind else None


def _refused(here: Place, why: str) -> Response:
    """Why nobody is signed in, as the fixed texts of `login.` name it."""
    return show("help_center/sso_refused", here, status=403, why=why)


def _target(of: Service, asked: str) -> str:
    """The return address as it may be followed; '' for one that is not allowed."""
    if path := back_to(of, asked):
        return path
    return rules.leads_to(asked, [*own_addresses(of), *login_of(of).return_addresses])


def _is_from_site(of: Service, entry: SsoEntry) -> bool:
    """Whether the browser says that a page of the customer site sent the form."""
    sites = {rules.origin_of(one) for one in (entry.login_url, *login_of(of).return_addresses)}
    origin = request.headers.get("Origin", "")
    return origin != "" and rules.origin_of(origin) in sites - {""}


@bp.post("/v2/enduser/remote.json")
@requires(PUBLIC)
def remote() -> BaseResponse:
    """POST, client side: on to the return address, or the word SUCCESS."""
    here = place(request.form.get("service", ""))
    of, entry = here.service, _entry(here.service, EntryType.POST)
    if entry is None:
        return _refused(here, "other")
    claim = rules.claim_of(request.form, request.form.get("service", ""))
    held = rules.held(claim, service.key_of(entry), clock.now())
    if held is not Held.YES:
        return _refused(here, REASONS.get(held, "unchecked"))
    target = _target(of, claim.return_url) if claim.return_url else ""
    if claim.return_url and not target:
        return _refused(here, "foreign")
    if not _is_from_site(of, entry):
        return _asked(here, claim, target)
    token = ""
    with db.write():
        member = service.take(of, claim)
        if member is not None:
            token = service.begin(of.id, member)
    answer = redirect(target or here.url(HOME), 303)
    if not token:  # it was used before: a guest goes on, or who is signed in already
        return answer
    return stay(answer if target else Response("SUCCESS", mimetype="text/plain"), of, token)


def _asked(here: Place, claim: Claim, target: str) -> Response:
    """Whether the visitor wants to go on as the member that the form names."""
    secret = ""
    with db.write():
        member = service.take(here.service, claim)
        if member is not None:
            secret = service.give_pass(here.service.id, member, target)
    i18n.speak(here.words)
    if not secret:
        return ui.lead(target or here.url(HOME))
    g.hc_leads = rules.origin_of(target)  # where its form ends, which browsers look at, too
    who = claim.username.strip() or claim.usercode
    return show("help_center/sso_asked", here, secret=secret, who=who)


@bp.post("/api/v2/enduser/remote.json")
@requires(PUBLIC)
def remote_api() -> Response:
    """POST, server side: a pass for the browser, as its `accessToken`."""
    said = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    known: Mapping[str, Any] = said if isinstance(said, dict) else {}
    values = {name: str(value) for name, value in known.items() if value is not None}
    slug = values.get("service", "")
    of = service_of(slug)
    entry = _entry(of, EntryType.POST) if of.state is ServiceState.ACTIVE else None
    if entry is None:
        return _told(403, "Access Denied")
    claim, key, now = rules.claim_of(values, slug), service.key_of(entry), clock.now()
    # the guide leaves the return address out here; some send it all the same
    bare = replace(claim, return_url="")
    held = next(
        (found for one in (bare, claim) if (found := rules.held(one, key, now)) is not Held.WRONG),
        Held.WRONG,
    )
    if held is not Held.YES:
        return _told(403, "Timeout" if held is Held.LATE else "Access Denied")
    claim = bare if rules.is_signed(bare, key) else claim
    with db.write():
        member = service.take(of, claim)
        secret = service.give_pass(of.id, member) if member is not None else ""
    return _told(200, "", secret) if secret else _told(403, "Access Denied")


def _told(code: int, message: str, content: str | None = None) -> Response:
    """An answer as the guide words it: what went wrong stands in its head, not in the status."""
    head = {"resultCode": code, "resultMessage": message, "isSuccessful": code == 200}
    body: dict[str, Any] = {"header": head}
    if content is not None:
        body["result"] = {"content": content}
    return Response(json.dumps(body), mimetype="application/json")


@bp.before_app_request
def catch() -> BaseResponse | None:
    """A page of a help center whose address says who comes is asked for again without that."""
    slug = (request.view_args or {}).get("service_slug")
    said = request.args
    if slug is None or request.method != "GET" or request.endpoint == "help_center_sso.door":
        return None
    if "accessToken" not in said and not ("usercode" in said and "token" in said):
        return None
    values = {**said.to_dict(), "at": request.path}
    address = url_for("help_center_sso.door", service_slug=slug)
    return redirect(ui.with_query(address, values), 302)


@bp.get("/<service_slug>/hc/sign-in")
@requires(PUBLIC, writes=True)
def door(service_slug: str) -> BaseResponse:
    """Comes in by what the address says, else as a guest, and goes on without it."""
    of = service_of(service_slug)
    said, token = request.args, ""
    if of.state is ServiceState.ACTIVE and request.method == "GET":  # HEAD uses nothing up
        token = _by_pass(of, said.get("accessToken", "")) or _by_claim(of, service_slug)
    rest = {name: value for name, value in said.items() if name not in (*SAID, "at")}
    at = back_to(of, said.get("at")) or f"/{of.slug}/hc"
    if not token and at.rstrip("/").endswith("/ticket/list"):
        at = at.rstrip("/").removesuffix("list")  # a guest has no list: the inquiry form (guide)
    answer = redirect(ui.with_query(at, rest), 303)
    return stay(answer, of, token) if token else answer


def _by_pass(of: Service, secret: str) -> str:
    """The token of a visit for an `accessToken`; '' where it does not hold."""
    if not secret or _entry(of, EntryType.POST) is None:
        return ""
    with db.write():
        entered = service.enter(of.id, secret)
    return entered[0] if entered is not None else ""


def _by_claim(of: Service, slug: str) -> str:
    """The token of a visit for a signed address, whose user the customer site says is signed in;
    '' where anything fails.
    """
    entry = _entry(of, EntryType.GET)
    if entry is None:
        return ""
    claim, check_url = rules.claim_of(request.args, slug), entry.check_url
    if rules.held(claim, service.key_of(entry), clock.now()) is not Held.YES:
        return ""
    if queries.was_used(claim):
        return ""
    db.session.rollback()  # nothing is open while somebody else's server answers
    if not checks.is_signed_in(check_url, claim):
        return ""
    with db.write():
        member = service.take(of, claim)
        return service.begin(of.id, member) if member is not None else ""


@bp.get("/<service_slug>/hc/")
@bp.get("/<service_slug>/hc/ticket/")
@bp.get("/<service_slug>/hc/ticket/list/")
@requires(PUBLIC)
def guide_page(service_slug: str) -> BaseResponse:
    """The guide's own addresses lead to the pages of the visitor's language."""
    here, asked = place(service_slug), str(request.url_rule).removeprefix("/<service_slug>")
    return redirect(ui.with_query(here.url(PAGES[asked]), request.args.to_dict()), 302)
