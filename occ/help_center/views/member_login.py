"""How visitors of a service's help center say who they are, chosen by its managers (HC-4)."""

from flask import Blueprint, Response, request, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.members import queries, rules, service
from occ.help_center.members.forms import ChoiceForm
from occ.help_center.members.labels import METHODS
from occ.help_center.members.permissions import MEMBER_LOGIN
from occ.help_center.members.rules import Method
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("member_login", __name__, url_prefix="/c/s/<slug>/member-login")


@bp.route("", methods=["GET", "POST"])
@requires(MEMBER_LOGIN, feature=Feature.HELP_CENTER)
def index() -> Response:
    here, entries = current_service(), queries.entries()
    login, form = queries.login(here.id), ChoiceForm(entries)
    if request.method != "POST":
        form.method.data, form.guests.data = login.method.value, login.guests
        form.entry.data = login.entry.id if login.entry else 0
        form.return_addresses.data = "\n".join(login.return_addresses)
        form.version.data = str(login.version)
    elif form.validate():
        with form.saving(stored=lambda: queries.login(here.id)):
            method = Method(form.method.data)
            addresses = rules.check_addresses(form.return_addresses.data or "")
            with db.write() as session:
                service.choose(
                    session.get_one(Service, here.id),
                    method=method,
                    entry=queries.entry(form.entry.data) if method is Method.SSO else None,
                    guests=bool(form.guests.data),
                    return_addresses=addresses,
                    version=form.seen_version,
                    actor=actor(),
                )
            return ui.done(
                _("Saved."), go=url_for("member_login.index", slug=current_service().slug)
            )
    return ui.render(
        "member_login/index",
        status=form.status,
        form=form,
        entries=entries,
        methods=METHODS,
        own=f"{the_organization().url}/{current_service().slug}/hc",
    )
