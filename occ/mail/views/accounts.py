"""Where a service gets its mail from: the representative address and mailboxes elsewhere (MAIL-1).

A mailbox is looked at before it is saved, outside of any transaction.
"""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, request, url_for

from occ.core import clock, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.mail import labels, presentation, providers, queries, service
from occ.mail.forms import DELETE, KEEP, AccountForm, OlderForm, RepresentativeForm, ServerForm
from occ.mail.models import MailAccount
from occ.mail.permissions import MAIL_SETTINGS
from occ.mail.presentation import Shown
from occ.mail.rules import AccountKind, AccountTerms, Security, SignIn
from occ.mail.secrets import secret_of
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("mail_accounts", __name__, url_prefix="/c/s/<slug>/mail")


def _listed() -> Sequence[Shown]:
    return presentation.shown(queries.health(current_service().id), clock.now())


def _account(ident: int, *, kind: AccountKind | None = None) -> MailAccount:
    row = queries.account(current_service().id, ident)
    if row is None or (kind is not None and row.kind is not kind):
        abort(404)
    return row


@bp.get("")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def index() -> Response:
    listed = _listed()
    return ui.render(
        "mail_accounts/index",
        service=current_service(),
        own=next((one for one in listed if not one.is_external), None),
        accounts=[one for one in listed if one.is_external],
        received=presentation.is_received(),
    )


@bp.post("/representative")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def make_representative() -> Response:
    """The address of a service that contracted mail before it could have one."""
    with db.write() as session:
        service.representative(session.get_one(Service, current_service().id))
    return ui.done(_("The address is made."))


@bp.get("/preset")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def preset() -> Response:
    """The part of the form about the server, filled for the provider that was chosen or that the
    address names; what was typed by hand stays.
    """
    form = ServerForm(request.args)
    address = ui.arg("address")
    known = providers.by_host(form.host.data or "")
    key = ui.arg("provider")
    if ui.arg("by") == "address":
        key = providers.by_address(address) or (known if form.host.data else key)
    found = providers.PROVIDERS.get(key)
    form.provider.data = key if found else ""
    if found and (known or not form.host.data):
        form.host.data, form.endpoint.data = found.host, found.endpoint
        form.security.data = Security.TLS.value
        form.port.process_data(providers.PORTS[Security.TLS])
        form.sign_in.data = found.sign_in.value
        form.user.data = found.user(address) if found.is_local_user and address else ""
    elif not found and known:
        form.host.data, form.endpoint.data, form.user.data = "", "", ""
    return ui.render(
        "mail_accounts/server",
        form=form,
        service=current_service(),
        provider=found,
        labels=labels,
    )


def _terms(form: AccountForm, row: MailAccount | None) -> AccountTerms:
    stored = secret_of(row) if row is not None else None
    if row is not None and stored is not None and not form.is_for(row.host, stored.endpoint):
        stored = None
    return AccountTerms(
        name=form.name.data or "",
        address=form.address.data or "",
        host=form.host.data or "",
        port=form.port.data or 0,
        security=Security(form.security.data),
        user=form.user.data or "",
        sign_in=SignIn(form.sign_in.data),
        secret=form.secret(stored),
        keep_original=form.original.data == KEEP,
        sender_name=form.sender_name.data or "",
        silence_hours=form.silence_hours.data,
    )


def _checked(terms: AccountTerms, row: MailAccount | None) -> AccountTerms:
    """The terms with the secret as it is after signing in: a token server may have changed it."""
    found = service.check(terms, row)
    return replace(terms, secret=found.secret) if terms.secret is not None else terms


@bp.route("/new", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def new() -> Response:
    form, service_id = AccountForm(), current_service().id
    if request.method == "POST" and form.validate():
        with form.saving():
            terms = _terms(form, None)
            terms = _checked(terms, None)
            with db.write() as session:
                service.add(session.get_one(Service, service_id), terms)
            return ui.done(_("The mailbox was checked and saved. Mail that comes now is fetched."))
    return _account_page(form, None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def edit(ident: int) -> Response:
    row = _account(ident)
    if row.kind is AccountKind.REPRESENTATIVE:
        return _edit_representative(row)
    form = AccountForm(obj=row)
    if request.method != "POST":
        form.provider.data = providers.by_host(row.host)
        form.security.data, form.sign_in.data = row.security.value, row.sign_in.value
        form.original.data = KEEP if row.keep_original else DELETE
        form.user.data = "" if row.user == row.address else row.user
        known = secret_of(row)
        form.endpoint.data, form.client_id.data = known.endpoint, known.client_id
    if request.method == "POST" and form.validate():
        with form.saving(stored=lambda: _account(ident)):
            terms = _terms(form, row)
            terms = _checked(terms, row)
            with db.write():
                service.change(row, terms, version=form.seen_version)
            return ui.done(_("The mailbox was checked and saved."))
    return _account_page(form, row)


def _account_page(form: AccountForm, row: MailAccount | None) -> Response:
    return ui.render(
        "mail_accounts/form",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
        stored=form.stored,
        provider=providers.PROVIDERS.get(form.provider.data or ""),
        labels=labels,
    )


def _edit_representative(row: MailAccount) -> Response:
    form = RepresentativeForm(obj=row)
    if request.method == "POST" and form.validate():
        with form.saving(stored=lambda: _account(row.id)):
            with db.write():
                service.change_representative(
                    row,
                    sender_name=form.sender_name.data or "",
                    silence_hours=form.silence_hours.data,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."))
    return ui.render(
        "mail_accounts/own",
        status=form.status,
        form=form,
        row=row,
        address=queries.address_of(row),
        service=current_service(),
        stored=form.stored,
    )


@bp.post("/<int:ident>/switch")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def switch(ident: int) -> Response:
    row = _account(ident)
    on = request.values.get("on") == "1"
    name = row.name
    with db.write():
        service.switch(row, on, version=row.version)
    slug = current_service().slug
    undo = url_for("mail_accounts.switch", slug=slug, ident=ident, on=int(not on))
    said = _("“%(name)s” is on.", name=name) if on else _("“%(name)s” is off.", name=name)
    return ui.done(said, undo=undo)


@bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def remove(ident: int) -> Response:
    row = _account(ident, kind=AccountKind.EXTERNAL)
    if request.method != "POST":
        found = next((one for one in _listed() if one.account.id == ident), None)
        return ui.render("mail_accounts/remove", one=found or abort(404), service=current_service())
    name = row.name
    with db.write():
        service.remove(row, version=row.version)
    return ui.done(_("“%(name)s” was removed.", name=name))


@bp.route("/<int:ident>/older", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def older(ident: int) -> Response:
    """Asks for mail from before the account was added."""
    row = _account(ident, kind=AccountKind.EXTERNAL)
    form = OlderForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                service.fetch_older(row, form.days.data or 0)
            return ui.done(_("Older mail is fetched now, one after the other."))
    return ui.render(
        "mail_accounts/older",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
    )
