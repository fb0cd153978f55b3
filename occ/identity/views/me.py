"""The viewer's own settings (MEM-7), and the beat that keeps a session alive."""

from flask import Blueprint, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import crypto, i18n, ui
from occ.core.access import SIGNED_IN, me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import viewer_zone
from occ.core.values import ident
from occ.identity import agents, passwords, profile, queries, sessions
from occ.identity.forms import (
    ChangePasswordForm,
    CodeForm,
    NewFactorForm,
    PasswordForm,
    ProfileForm,
)
from occ.identity.models import Member
from occ.identity.views.auth import exempt, limiter, visitor

bp = Blueprint("me", __name__, url_prefix="/c/me")
NEW_SECRET = "totp_new"


def _me() -> Member:
    return db.session.get_one(Member, me.member_id)


def _confirm(password: str) -> None:
    """The viewer's password, asked for again; raises Refused in the same words for a
    wrong one and for a locked account.
    """
    right = passwords.matches(_me().password_hash, password)
    with db.write():
        believed = sessions.confirmed(me.member_id, right=right, visitor=visitor())
    if not believed:
        raise Refused(
            _(
                "The current password is wrong. After 5 wrong passwords the account is "
                "locked for 15 minutes."
            ),
            "current",
        )


@bp.route("", methods=["GET", "POST"])
@requires(SIGNED_IN)
def index() -> Response:
    form = ProfileForm(obj=_me())
    if request.method != "POST":
        member = _me()
        form.locale.data = member.locale or str(i18n.locale())
        form.time_zone.data = viewer_zone()
        form.theme.data, form.density.data = member.theme.value, member.density.value
    elif form.validate():
        with form.saving(stored=_me):
            with db.write():
                profile.save(
                    me.member_id,
                    nickname=form.nickname.data or "",
                    locale=form.locale.data,
                    time_zone=form.time_zone.data,
                    theme=form.theme.data,
                    density=form.density.data,
                    shortcuts=form.shortcuts.data,
                    notices=form.notices.data,
                    version=form.seen_version,
                )
            with i18n.force_locale(
                form.locale.data or str(i18n.locale())
            ):  # in the language just chosen
                return ui.done(_("Saved."), go=url_for("me.index"))
    return ui.render(
        "me/index",
        status=form.status,
        form=form,
        member=_me(),
        roles=queries.agents_of(me.member_id),
    )


@bp.post("/assignment")
@requires(SIGNED_IN)
def assignment() -> Response:
    """Ticket and chat assignment of one service, where self-control is on."""
    service_id = ident(request.form.get("service_id"))
    if service_id is None:
        abort(400)
    if me.in_service(service_id) is None:
        abort(404)
    with db.write():
        agents.set_assignment(
            me.member_id, service_id, ticket="ticket" in request.form, chat="chat" in request.form
        )
    return ui.done(_("Saved."))


@bp.route("/password", methods=["GET", "POST"])
@requires(SIGNED_IN)
@limiter.limit("10 per minute", exempt_when=exempt)
def password() -> Response:
    form, member = ChangePasswordForm(), _me()
    own = [member.login_id, member.name, member.email]
    if request.method == "POST" and form.holds(
        lambda: _confirm(form.current.data or ""),
        *passwords.rules_of(form.password.data, form.repeat.data, own=own),
    ):
        hashed = passwords.hashed(form.password.data or "")
        with db.write():
            profile.change_password(me.member_id, hashed)
        return ui.done(_("Your password is changed."), go=url_for("me.index"))
    return ui.render("me/password", status=form.status, form=form)


@bp.route("/totp", methods=["GET", "POST"])
@requires(SIGNED_IN)
@limiter.limit("10 per minute", exempt_when=exempt)
def totp() -> Response:
    """Sets up the second factor: the secret is stored only after a first right code; another one is
    replaced with the password only.
    """
    import pyotp
    import segno

    keys = crypto.ring()
    if request.method != "POST" or NEW_SECRET not in session:
        session[NEW_SECRET] = keys.encrypt(pyotp.random_base32())
    secret = keys.decrypt(session[NEW_SECRET])
    member = _me()
    form = NewFactorForm() if member.totp_secret else CodeForm()
    if request.method == "POST" and form.validate():
        step = sessions.matching_step(secret, form.code.data or "", after=0)
        with form.saving():
            if isinstance(form, NewFactorForm):
                _confirm(form.current.data or "")
            if step is not None:
                with db.write():
                    profile.set_totp(me.member_id, session[NEW_SECRET], step=step)
                del session[NEW_SECRET]
                return ui.done(_("The second factor is on."), go=url_for("me.index"))
            form.code.errors = [
                _("This code does not fit. Check the clock of your phone and try again.")
            ]
        member = _me()
    address = pyotp.TOTP(secret).provisioning_uri(name=me.login_id, issuer_name="OCC")
    qr = segno.make(address, error="m").svg_inline(
        scale=4, border=2, omitsize=True, svgclass="o-qr", lineclass=None
    )
    return ui.render(
        "me/totp",
        status=form.status,
        form=form,
        qr=qr,
        secret=secret,
    )


@bp.route("/totp/off", methods=["GET", "POST"])
@requires(SIGNED_IN)
@limiter.limit("10 per minute", exempt_when=exempt)
def totp_off() -> Response:
    """Switches the second factor off for whoever knows the password."""
    form = PasswordForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            _confirm(form.current.data or "")
            with db.write():
                profile.clear_totp(me.member_id)
            return ui.done(_("The second factor is off."), go=url_for("me.index"))
    return ui.render("me/totp_off", status=form.status, form=form)


@bp.post("/theme")
@requires(SIGNED_IN)
def next_theme() -> BaseResponse:
    """The next theme in the account menu: as the device, light, dark."""
    with db.write():
        profile.next_theme(me.member_id)
    return redirect(ui.path_here(request.referrer) or url_for("home.landing"), 303)


@bp.post("/there")
@requires(SIGNED_IN)
def there() -> Response:
    """A browser is still there, be it behind other windows: calls find its member, whose session is
    not used by it.
    """
    with db.write():
        sessions.there(me.member_id)
    return Response(status=204)


@bp.post("/beat")
@requires(SIGNED_IN)
def beat() -> Response:
    """Somebody has a page before them, and which; nothing to answer."""
    with db.write():
        sessions.beat(
            me.session_id, me.member_id, {name: value[:20] for name, value in request.form.items()}
        )
    return Response(status=204)
