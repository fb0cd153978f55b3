"""Members and organization admins (MEM-2, MEM-3)."""

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext
from occ.core.settings import configured
from occ.identity import queries, service
from occ.identity.forms import InviteForm, MemberForm
from occ.identity.models import Member
from occ.identity.permissions import ADMINS, INVITE, MEMBERS
from occ.identity.rules import MemberState
from occ.organization import settings as organization_settings
from occ.organization.queries import the_organization

bp = Blueprint("members", __name__, url_prefix="/c/org/members")
admins_bp = Blueprint("admins", __name__, url_prefix="/c/org/admins")


# what is left to do for whoever invites from there
AFTER = {
    "": lazy_gettext("To work in a service, the person is then added under its agents, too."),
    "agents": lazy_gettext("Once invited, add the person as an agent here, too."),
    "admins": lazy_gettext("Once invited, add the person as an organization admin here, too."),
}


def _member(ident: int) -> Member:
    return queries.member(ident) or abort(404)


def _choice(text: str | None) -> MemberState | None:
    return next((s for s in queries.LISTED if s.value == text), None)


@bp.get("")
@requires(MEMBERS)
def index() -> Response:
    order = ui.sorting(*queries.MEMBER_ORDERS)
    page = queries.member_list(
        order=order,
        text=ui.arg("q"),
        state=_choice(request.args.get("state")),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    invites = queries.invites([m.id for m in page.rows if m.state is MemberState.INVITED])
    return ui.render(
        "members/index", order=order, page=page, invites=invites, states=queries.LISTED
    )


@bp.route("/invite", methods=["GET", "POST"])
@requires(INVITE)
def invite() -> Response:
    form, to = InviteForm(), request.args.get("to", "")
    after = str(AFTER.get(to, ""))
    if request.method == "POST" and form.holds(
        lambda: service.check_free_id(form.login_id.data or ""),
        lambda: service.check_free_email(form.email.data or ""),
    ):
        with form.saving():
            with db.write():
                made = service.invite(
                    name=form.name.data,
                    login_id=form.login_id.data,
                    email=form.email.data,
                    phone=form.phone.data or "",
                    actor=actor(),
                )
                name = made.name
            words, link = _invited(name)
            return ui.done(f"{words} {after}".strip(), link=link)
    return ui.render(
        "members/invite",
        status=form.status,
        form=form,
        to=to,
        after=after,
        mails=bool(configured().smtp_url),
    )


def _invited(name: str) -> tuple[str, tuple[str, str] | None]:
    """(what is said after an invitation, where the link waits when no mail leaves)."""
    if configured().smtp_url:
        return _("%(name)s is invited. The link works for 72 hours.", name=name), None
    if not me.is_org_admin:
        words = _(
            "%(name)s is invited. No mail goes out without a mail server: an organization admin "
            "finds the link in the mail outbox.",
            name=name,
        )
        return words, None
    words = _(
        "%(name)s is invited. No mail goes out without a mail server: the link waits in the mail "
        "outbox and works for 72 hours.",
        name=name,
    )
    return words, _outbox()


def _outbox() -> tuple[str, str]:
    return url_for("outbox.index"), _("Mail outbox")


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(MEMBERS)
def edit(ident: int) -> Response:
    member = _member(ident)
    form = MemberForm(obj=member)
    if request.method == "POST" and form.validate():
        with form.saving(stored=lambda: _member(ident)):
            with db.write():
                service.edit(
                    member,
                    name=form.name.data,
                    email=form.email.data,
                    phone=form.phone.data or "",
                    version=form.seen_version,
                    actor=actor(),
                )
            return ui.done(_("Saved."))
    return ui.render(
        "members/edit", status=form.status, form=form, member=member, stored=form.stored
    )


@bp.post("/<int:ident>/resend")
@requires(MEMBERS)
def resend(ident: int) -> Response:
    with db.write():
        service.resend_invite(_member(ident))
    if configured().smtp_url:
        return ui.done(_("A new link is on its way; the old one stopped working."))
    words = _(
        "No mail goes out without a mail server: the new link waits in the mail outbox; the old "
        "one stopped working."
    )
    return ui.done(words, link=_outbox())


@bp.post("/<int:ident>/active")
@requires(MEMBERS)
def active(ident: int) -> Response:
    on = request.values.get("on") == "1"
    member = _member(ident)
    with db.write():
        service.set_active(member, active=on, actor=actor())
    undo = url_for("members.active", ident=ident, on=0 if on else 1)
    return ui.done(
        _("Activated.") if on else _("Deactivated; the session ended."), undo=undo if on else ""
    )


@bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(MEMBERS)
def remove(ident: int) -> Response:
    member = _member(ident)
    if request.method != "POST":
        return ui.render(
            "members/remove", member=member, roles=queries.agents_of(ident), error=None
        )
    name, invited = member.name, member.state is MemberState.INVITED
    try:
        with db.write():
            service.remove(member, actor=actor())
    except Refused as error:
        return ui.render(
            "members/remove",
            status=422,
            member=_member(ident),
            roles=queries.agents_of(ident),
            error=error,
        )
    return ui.done(
        _("The invitation is revoked.") if invited else _("%(name)s was removed.", name=name)
    )


@admins_bp.get("")
@requires(ADMINS)
def index_admins() -> Response:
    return ui.render("admins/index", admins=queries.org_admins(), org=the_organization())


@admins_bp.get("/find")
@requires(ADMINS)
def find() -> Response:
    """Members to choose from; at least one character is asked for (MEM-3)."""
    text = ui.arg("q")
    found = queries.find_members(text, org_admins=False) if text else []
    return ui.render(
        "admins/add", part="found" if "q" in request.args else "add", found=found, text=text
    )


@admins_bp.post("/<int:ident>")
@requires(ADMINS)
def change(ident: int) -> Response:
    on = request.values.get("on") == "1"
    member = _member(ident)
    name = member.name
    with db.write():
        service.set_org_admin(member, on=on, actor=actor())
    done = (
        _("%(name)s is an organization admin.", name=name)
        if on
        else _("%(name)s is no longer an organization admin.", name=name)
    )
    return ui.done(done)


@admins_bp.post("/totp")
@requires(ADMINS)
def totp() -> Response:
    on = request.values.get("on") == "1"
    with db.write():
        organization_settings.require_totp(on, actor=actor())
    return ui.done(
        _("Organization admins need a second factor from now on.")
        if on
        else _("The second factor is optional again.")
    )
