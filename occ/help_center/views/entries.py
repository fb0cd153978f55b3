"""The customer sites whose members can sign in to help centers, kept by organization admins
(HC-4).
"""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.members import queries, rules, service
from occ.help_center.members.forms import EntryForm
from occ.help_center.members.models import SsoEntry
from occ.help_center.members.permissions import SSO_ENTRIES

bp = Blueprint("sso_entries", __name__, url_prefix="/c/org/sso")


@dataclass(frozen=True)
class Listed:
    """An entry, its key as it is shown, and the names of the services that use it."""

    row: SsoEntry
    masked: str
    services: list[str]


def _entry(ident: int) -> SsoEntry:
    return queries.entry(ident) or abort(404)


@bp.get("")
@requires(SSO_ENTRIES)
def index() -> Response:
    rows = queries.entries()
    users = queries.users_of([row.id for row in rows])
    listed = [Listed(row, rules.masked(service.key_of(row)), users.get(row.id, [])) for row in rows]
    return ui.render("sso_entries/index", entries=listed)


@bp.route("/new", methods=["GET", "POST"])
@requires(SSO_ENTRIES)
def new() -> Response:
    form = EntryForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.add_entry(form.terms, actor=actor())
            return ui.done(_("The entry was added. Its key is the organization key."))
    return ui.render("sso_entries/form", status=form.status, form=form, row=None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(SSO_ENTRIES)
def edit(ident: int) -> Response:
    row = _entry(ident)
    form = EntryForm(obj=row)
    if request.method != "POST":
        form.show(row)
    elif form.validate():
        with form.saving(stored=lambda: queries.entry(ident)):
            with db.write():
                service.change_entry(row, form.terms, version=form.seen_version, actor=actor())
            return ui.done(_("Saved."))
    return ui.render("sso_entries/form", status=form.status, form=form, row=row)


@bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(SSO_ENTRIES)
def remove(ident: int) -> Response:
    row = _entry(ident)
    if request.method != "POST":
        return ui.render("sso_entries/remove", row=row)
    name = row.name
    with db.write():
        service.remove_entry(row, actor=actor())
    return ui.done(_("“%(name)s” was removed.", name=name))


@bp.post("/<int:ident>/key/show")
@requires(SSO_ENTRIES)
def show_key(ident: int) -> Response:
    """The key in clear, to copy; who looked is recorded (LOG-3) before it leaves."""
    row = _entry(ident)
    with db.write(keep=True):
        key = service.shown_key(row, actor=actor())
    return ui.render("sso_entries/index", part="key", key=key, row=row)


@bp.route("/<int:ident>/key", methods=["GET", "POST"])
@requires(SSO_ENTRIES)
def change_key(ident: int) -> Response:
    """After the change the new key stands in the answer, which is recorded like every other look at
    it.
    """
    row = _entry(ident)
    if request.method != "POST":
        return ui.render("sso_entries/change_key", row=row)
    with db.write(keep=True):
        service.change_key(row, actor=actor())
        key = service.shown_key(row, actor=actor())
    return ui.render("sso_entries/new_key", key=key, row=row)
