"""Who is at a help center, and signing in and out of it (HC-4).

The cookie of a visit belongs to one service's addresses and to no script. It is `Lax`: an inquiry
of a visitor is sent from the help center's own pages only. A page in a frame of another site gets
no such cookie, so that one who signs in inside of a frame gets one that may travel there, which
browsers take over https alone, and keep apart for each site that frames it.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import i18n, sharing, ui
from occ.core.access import PUBLIC, requires
from occ.core.db import db
from occ.help_center import letters
from occ.help_center.members import queries, rules, service
from occ.help_center.members.forms import LinkForm
from occ.help_center.members.queries import Here, Login
from occ.help_center.members.rules import EntryType, Method, PassKind
from occ.help_center.views import refusals
from occ.help_center.views.place import Place, place, show
from occ.identity.views.auth import exempt, limiter
from occ.organization.models import Service
from occ.organization.queries import service_by_slug, the_organization

bp = Blueprint("help_center_members", __name__, url_prefix="/<service_slug>/hc")
refusals.explain(bp)
COOKIE = "occ_visit"


def login_of(of: Service) -> Login:
    """How visitors of this service say who they are; read once a request."""
    found: Login | None = g.get("hc_login")
    if found is None:
        found = g.hc_login = queries.login(of.id)
    return found


def visitor(of: Service) -> Here:
    """Who asks; read once a request. Its answer is nobody else's."""
    found: Here | None = g.get("hc_visitor")
    if found is None:
        token = request.cookies.get(COOKIE, "")
        known = queries.visitor(of.id, token) if login_of(of).method is not Method.NONE else None
        found = g.hc_visitor = known or queries.GUEST
    return found


def stay(response: BaseResponse, of: Service, token: str) -> BaseResponse:
    """The answer with the cookie of a visit."""
    framed = request.is_secure and request.headers.get("Sec-Fetch-Dest") == "iframe"
    response.set_cookie(
        COOKIE,
        token,
        max_age=rules.VISIT,
        path=f"/{of.slug}/",
        secure=request.is_secure,
        httponly=True,
        samesite="None" if framed else "Lax",
        partitioned=framed,
    )
    return response


def own_addresses(of: Service) -> list[str]:
    """The help center as it is reached, and as mails name it."""
    return [
        f"{base.rstrip('/')}/{of.slug}/hc" for base in (request.host_url, the_organization().url)
    ]


def back_to(of: Service, asked: str | None) -> str:
    """A page of this help center to go on to, '' for any other address."""
    path = ui.local_path(asked) or ""
    return path if rules.leads_to(f"http://here{path}", [f"http://here/{of.slug}/hc"]) else ""


def sign_in_url(here: Place, back: str = "") -> str:
    """Where a visitor says who they are; `back` is the page to return to."""
    return here.url("help_center_members.login", **({"next": back} if back else {}))


def way_in(here: Place, back: str) -> str:
    """Where a guest says who they are before a page; '' for members, and where nobody does."""
    offers = login_of(here.service).method is not Method.NONE
    return sign_in_url(here, back) if offers and not visitor(here.service).signed_in else ""


def ask_to_sign_in(here: Place) -> Response | None:
    """To the sign-in, for a visitor who may not go on as a guest; None for all others (HC-4)."""
    login = login_of(here.service)
    who = visitor(here.service)
    if rules.may_ask(signed_in=who.signed_in, method=login.method, guests=login.guests):
        return None
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    return ui.lead(sign_in_url(here, back))


def entry_url(here: Place, back: str = "") -> str:
    """The customer site's own page for signing in; '' where there is none."""
    entry = login_of(here.service).entry
    if entry is None or not entry.login_url:
        return ""
    target = request.host_url.rstrip("/") + (back or here.url("help_center.home"))
    return rules.login_address(entry.login_url, target)


def login_state(here: Place, back: str = "") -> Mapping[str, Any] | None:
    """What a page's script needs to ask the customer site whether somebody is signed in there:
    None where it is not asked. What the site is told of a member stands on their own page alone.
    """
    entry = login_of(here.service).entry
    if entry is None or entry.type is not EntryType.POST:
        return None
    who = visitor(here.service)
    known = {
        rules.Parameter.USERCODE: who.usercode,
        rules.Parameter.USERNAME: who.name,
        rules.Parameter.EMAIL: who.email,
        rules.Parameter.PHONE: who.phone,
        rules.Parameter.MEMBERNO: who.number,
    }
    told = [
        {"name": name.value, "carrier": carrier.value, "value": known[name]}
        for name, carrier in entry.parameters.items()
        if who.is_member and known[name]
    ]
    return {
        "url": entry.status_url,
        "usercode": who.usercode if who.is_member else "",
        "login": entry_url(here, back),
        "logout": here.url("help_center_members.logout"),
        "told": told,
    }


@bp.after_app_request
def policy(response: Response) -> Response:
    """A page that asks the customer site may reach its origin, and one that is asked for as a part
    of another page may stand in those of the allowed addresses.
    """
    slug, login = (request.view_args or {}).get("service_slug"), g.get("hc_login")
    if response.mimetype != "text/html" or "Content-Security-Policy" in response.headers:
        return response
    framed = slug is not None and sharing.is_framed()
    if slug is not None:
        response.vary.add("Sec-Fetch-Dest")
        of = service_by_slug(slug) if framed and login is None else None
        login = login_of(of) if of is not None else login
    if login is None:
        return response
    text = ui.POLICY
    if login.entry is not None and (asked := rules.origin_of(login.entry.status_url)):
        text += f"; connect-src 'self' {asked}"
    if framed and (around := sorted({rules.origin_of(one) for one in login.return_addresses})):
        text = text.replace("frame-ancestors 'none'", f"frame-ancestors 'self' {' '.join(around)}")
    if leads := g.get("hc_leads"):
        text = text.replace("form-action 'self'", f"form-action 'self' {leads}")
    response.headers["Content-Security-Policy"] = text
    return response


@bp.route("/<code>/login", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("10 per minute", exempt_when=exempt)
def login(service_slug: str, code: str) -> Response | BaseResponse:
    """Who is signed in, else the ways to sign in; what a link by mail is asked for with is answered
    alike whoever has the address.
    """
    here = place(service_slug, code)
    chosen, who = login_of(here.service), visitor(here.service)
    if chosen.method is Method.NONE:
        abort(404)
    back = back_to(here.service, request.values.get("next"))
    form = LinkForm()
    if request.method == "POST":
        if chosen.method is not Method.EMAIL:
            abort(404)
        if form.validate():
            email = form.email.data or ""
            with db.write():
                letters.send_link(here.service, email, language=here.language.code, back=back)
            return show("help_center/link_sent", here, email=email, minutes=rules.LINK_MINUTES)
    return show(
        "help_center/login",
        here,
        status=form.status,
        form=form,
        who=who,
        chosen=chosen,
        minutes=rules.LINK_MINUTES,
        back=back,
        entry_url=entry_url(here, back),
        state=login_state(here, back),
    )


@bp.route("/<code>/login/<secret>", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def link(service_slug: str, code: str, secret: str) -> Response | BaseResponse:
    """A link from a mail: looking at it uses nothing up, for programs look at mails, too."""
    here = place(service_slug, code)
    found = queries.pass_of(here.service.id, secret, PassKind.EMAIL)
    if request.method == "POST":
        with db.write():
            entered = service.confirm(here.service.id, secret)
        i18n.speak(here.words)
        if entered is not None:
            token, back = entered
            target = back or here.url("help_center.home")
            return stay(redirect(target, 303), here.service, token)
        found = None
    if found is None:
        return show("help_center/link_gone", here, status=410)
    return show("help_center/link", here, email=found.email)


@bp.post("/<code>/enter")
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def enter(service_slug: str, code: str) -> BaseResponse:
    """A member goes on as the page asked, whose form came from the console itself."""
    here = place(service_slug, code)
    with db.write():
        entered = service.enter(here.service.id, request.form.get("pass", ""))
    if entered is None:
        i18n.speak(here.words)
        return show("help_center/link_gone", here, status=410)
    token, back = entered
    return stay(redirect(back or here.url("help_center.home"), 303), here.service, token)


@bp.post("/<code>/logout")
@requires(PUBLIC)
def logout(service_slug: str, code: str) -> BaseResponse:
    here = place(service_slug, code)
    with db.write():
        service.end(here.service.id, request.cookies.get(COOKIE, ""))
    response = redirect(url_for("help_center.home", service_slug=here.service.slug, code=code), 303)
    response.delete_cookie(COOKIE, path=f"/{here.service.slug}/")
    return response
