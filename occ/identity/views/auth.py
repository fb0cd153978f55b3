"""Signing in and out, one-time links, first run (MEM-1, MEM-2, MEM-6)."""

import json
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_limiter import Limiter
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from occ.audit.rules import SessionEnd
from occ.core import access, clock, crypto, i18n, ui
from occ.core.access import PUBLIC, SIGNED_IN, me, requires
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import gettext as _
from occ.core.money import CURRENCIES
from occ.core.settings import configured
from occ.identity import passwords, queries, rules, service, sessions
from occ.identity.forms import CodeForm, ForgotForm, LoginForm, NewPasswordForm, SetupForm
from occ.identity.models import Member
from occ.identity.rules import TokenKind
from occ.identity.sessions import Visitor
from occ.organization.queries import organization
from occ.organization.rules import console_url, typed_domain

bp = Blueprint("auth", __name__)
limiter = Limiter(access.client_network, storage_uri="memory://", headers_enabled=False)
PENDING = "pending"


def visitor() -> Visitor:
    return Visitor(access.client_ip(), request.user_agent.string[:200])


def _per_account() -> str:
    """A whole call center shares one address: limit by address and account together."""
    return f"{access.client_network()}|{request.form.get('login_id', '').strip().lower()[:64]}"


def exempt() -> bool:
    return request.method != "POST" or not configured().rate_limits


@bp.route("/setup", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def setup() -> Response | BaseResponse:
    if queries.any_member():
        abort(404)
    form = SetupForm()
    if request.method != "POST":
        form.domain.data = (
            typed_domain(request.host_url.rstrip("/")) if request.is_secure else request.host
        )
        zone = {"ko": "Asia/Seoul", "ja": "Asia/Tokyo", "en": "America/New_York"}[
            str(i18n.locale())
        ]
        form.time_zone.data = zone
        form.currency.data = {"ko": "KRW", "ja": "JPY"}.get(str(i18n.locale()), CURRENCIES[2])
        return ui.render("auth/setup", form=form)
    own = [form.login_id.data or "", form.name.data or "", form.email.data or ""]
    try:
        if form.holds(
            lambda: console_url(form.domain.data or ""),
            lambda: rules.check_login_id(form.login_id.data or ""),
            *passwords.rules_of(form.password.data, form.repeat.data, own=own),
        ):
            hashed = passwords.hashed(form.password.data or "")
            with db.write():
                service.setup(
                    organization=form.organization.data,
                    domain=form.domain.data,
                    time_zone=form.time_zone.data,
                    currency=form.currency.data,
                    locale=str(i18n.locale()),
                    login_id=form.login_id.data,
                    name=form.name.data,
                    email=form.email.data,
                    password_hash=hashed,
                )
            owner = queries.member_by_login(form.login_id.data)
            assert owner is not None
            return _enter(owner, force=True)
    except Refused as error:
        form.refuse(error)
    except sa.exc.IntegrityError:  # two at once: the other one was faster
        form.refuse(Conflict(_("OCC is set up already. Sign in.")))
    return ui.render("auth/setup", status=422, form=form)


@bp.route("/login", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("30 per minute", exempt_when=exempt)
@limiter.limit("10 per minute", key_func=_per_account, exempt_when=exempt)
def login() -> Response | BaseResponse:
    if not queries.any_member():
        return redirect(url_for("auth.setup"))
    form = LoginForm()
    if request.method != "POST":
        if access.current() is not None:
            return redirect(ui.local_path(request.args.get("next")) or url_for("home.landing"))
        form.next.data = request.args.get("next", "")
        return ui.render("auth/login", form=form)
    if not form.validate():
        return ui.render("auth/login", status=422, form=form)
    login_id, password = form.login_id.data or "", form.password.data or ""
    right = sessions.verify_password(login_id, password)
    with db.write():
        found = sessions.attempt(login_id, right=right, visitor=visitor())
    if found is None:
        # one answer for a wrong ID, a wrong password and a locked account, whatever the password:
        # it says nothing of any
        form.form_errors.append(
            _(
                "The ID or the password is wrong. After 5 wrong passwords the account "
                "is locked for 15 minutes."
            )
        )
        return ui.render("auth/login", status=422, form=form)
    target = ui.local_path(form.next.data) or ""
    if found.totp_secret:
        _remember(found, stage="code", target=target)
        return _next_step("auth.code", found)
    return _enter(found, force=False, target=target)


def _next_step(endpoint: str, member: Member) -> BaseResponse:
    """Another question before the session starts: on a page of its own, or
    in the dialog that asked first.
    """
    if not ui.is_fragment():
        return redirect(url_for(endpoint), 303)
    if endpoint == "auth.code":
        return ui.render("auth/code", part="code_dialog", form=CodeForm(formdata=None))
    return ui.render("auth/force", part="force_dialog", other=queries.session_of(member.id))


def _remember(member: Member, *, stage: str, target: str) -> None:
    """Keeps in the signed cookie how far this sign-in got, for five minutes."""
    session[PENDING] = {
        "member": member.id,
        "stage": stage,
        "at": clock.now().isoformat(),
        "next": target,
        "mark": _mark(member),
    }


def _mark(member: Member) -> str:
    """What a pending sign-in is bound to: another password ends it."""
    return crypto.digest(member.password_hash or "")[:16]


def _pending(stage: str) -> tuple[Member, str] | None:
    """(member, where to go) of a sign-in that got as far as `stage`."""
    found = session.get(PENDING) or {}
    if (
        found.get("stage") != stage
        or datetime.fromisoformat(found["at"]) + rules.PENDING_FOR < clock.now()
    ):
        return None
    member = queries.member(found["member"])
    return (member, found["next"]) if member and found.get("mark") == _mark(member) else None


@bp.route("/login/code", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("10 per minute", exempt_when=exempt)
def code() -> Response | BaseResponse:
    pending = _pending("code")
    if pending is None:
        return redirect(url_for("auth.login"))
    member, target = pending
    form = CodeForm()
    if request.method == "POST" and form.validate():
        with db.write():
            right = sessions.check_totp(member, form.code.data or "", visitor=visitor())
        if right:
            return _enter(member, force=False, target=target)
        form.code.errors = [_("This code is wrong or was used. Wait for the next one.")]
    part = "code_dialog" if ui.is_fragment() else ""
    return ui.render("auth/code", part=part, status=422 if form.errors else 200, form=form)


def _enter(member: Member, *, force: bool, target: str = "") -> BaseResponse:
    """Starts the session with a new cookie, or asks whether to end the other one."""
    ident = member.id
    with db.write():
        token = sessions.start(member, visitor=visitor(), force=force)
    if token is None:
        found = queries.member(ident)
        if found is None:
            return redirect(url_for("auth.login"))
        _remember(found, stage="force", target=target)
        return _next_step("auth.force", found)
    session.clear()  # a fresh cookie and CSRF seed: nothing of the visitor's session stays
    session["token"], session.permanent = token, True
    if ui.is_fragment():  # signed in over a page: it goes on with a new CSRF token
        g.pop("csrf_token", None)
        return Response(
            status=204,
            headers={"HX-Trigger": json.dumps({"occ:close": "", "occ:csrf": generate_csrf()})},
        )
    return redirect(target or url_for("home.landing"), 303)


@bp.route("/login/force", methods=["GET", "POST"])
@requires(PUBLIC)
def force() -> Response | BaseResponse:
    pending = _pending("force")
    if pending is None:
        return redirect(url_for("auth.login"))
    member, target = pending
    if request.method == "POST":
        if "force" in request.form:
            return _enter(member, force=True, target=target)
        with db.write():
            sessions.cancel(member, visitor=visitor())
        session.clear()
        if ui.is_fragment():
            return Response(status=204, headers={"HX-Trigger": "occ:close"})
        return redirect(url_for("auth.login"), 303)
    return ui.render("auth/force", other=queries.session_of(member.id))


@bp.post("/logout")
@requires(SIGNED_IN)
def logout() -> BaseResponse:
    with db.write():
        sessions.end(me.member_id, SessionEnd.LOGOUT)
    session.clear()
    return redirect(url_for("auth.login"), 303)


@bp.route("/forgot", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("10 per minute", exempt_when=exempt)
def forgot() -> Response:
    form = ForgotForm()
    if request.method == "POST" and form.validate():
        if form.who.data and organization():
            with db.write():
                service.request_reset(form.who.data)
        return ui.render("auth/sent")
    return ui.render("auth/forgot", form=form)


@bp.route("/invite/<secret>", methods=["GET", "POST"], defaults={"kind": TokenKind.INVITE})
@bp.route("/reset/<secret>", methods=["GET", "POST"], defaults={"kind": TokenKind.RESET})
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def link(secret: str, kind: TokenKind) -> Response | BaseResponse:
    """The page shows a form; only its POST uses the link up, since mail scanners open links."""
    member = service.token_member(secret, kind, at=clock.now())
    if member is None:
        return ui.render("auth/link_over", status=404, kind=kind)
    form, own = NewPasswordForm(), [member.login_id, member.name, member.email]
    if request.method == "POST" and form.holds(
        *passwords.rules_of(form.password.data, form.repeat.data, own=own)
    ):
        with form.saving():
            hashed = passwords.hashed(form.password.data or "")
            with db.write():
                found = service.use_token(secret, kind, password_hash=hashed)
            if found.totp_secret:
                return redirect(url_for("auth.login"), 303)
            return _enter(found, force=True)
    return ui.render("auth/password", status=form.status, form=form, member=member)


@bp.post("/language/<code>")
@requires(PUBLIC)
def language(code: str) -> BaseResponse:
    """The language of the pages before signing in, kept in a cookie."""
    if code not in i18n.LOCALES:
        abort(404)
    response = make_response(
        redirect(ui.local_path(request.form.get("next")) or url_for("auth.login"), 303)
    )
    response.set_cookie(
        i18n.LOCALE_COOKIE,
        code,
        max_age=int(timedelta(days=365).total_seconds()),
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def ask_to_sign_in(error: Exception) -> Response | BaseResponse:
    """No session: pages go to the login and come back; htmx opens a login
    dialog over the page, text kept.
    """
    if ui.is_fragment():
        response = Response(status=401)
        response.headers["HX-Trigger"] = "occ:login"
        return response
    if request.method == "POST":  # a plain form: the browser's Back brings what was typed
        title, advice = (
            _("Your session has ended"),
            _(
                "Sign in in another tab, then come back here, go back one page and "
                "send the form again."
            ),
        )
        return ui.problem(ui.Problem(401, title, advice, "lock"))
    if session.pop("token", None):
        flash(
            json.dumps(
                {
                    "text": _("Your session has ended: it was idle, or you signed in elsewhere."),
                    "undo": "",
                }
            ),
            "toast",
        )
    target = request.full_path.rstrip("?")
    return redirect(url_for("auth.login", next=target if target != "/c/" else None))


def ask_for_totp(error: Exception) -> Response | BaseResponse:
    if ui.is_fragment():
        return Response(status=204, headers={"HX-Redirect": url_for("me.totp")})
    return redirect(url_for("me.totp"))


def stale_page(error: Exception) -> Response:
    """A form whose page is from another session; after signing in again it can be sent."""
    if access.current() is None and ui.is_fragment():
        response = Response(status=401)
        response.headers["HX-Trigger"] = "occ:login"
        return response
    base = ui.PROBLEMS[400]
    title = _("This page is from an earlier session")
    return ui.problem(
        ui.Problem(400, title, _("Load it again, then repeat what you did."), base.icon)
    )


@bp.get("/login/dialog")
@requires(PUBLIC)
def dialog() -> Response:
    """The login as a dialog over the page."""
    form = LoginForm()
    return ui.render("auth/login", part="login", form=form)
