"""The mail doctor: how each account does, what was put aside and why, and what the DNS says of the
sender (MAIL-1). The DNS is asked by a click, never while a page is drawn.
"""

from email.utils import parseaddr
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request, send_file

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import clock, storage, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import masked_address
from occ.core.settings import configured
from occ.mail import presentation, providers, queries, service
from occ.mail.dns import checks
from occ.mail.dns import labels as dns
from occ.mail.forms import SenderForm, SilenceForm
from occ.mail.labels import REASONS
from occ.mail.models import ReceivedMail
from occ.mail.permissions import MAIL_SETTINGS
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("mail_doctor", __name__, url_prefix="/c/s/<slug>/mail/doctor")


def _mail(ident: int) -> ReceivedMail:
    return queries.mail(current_service().id, ident) or abort(404)


def _senders() -> list[str]:
    """The addresses that mails of this service are from, or could be: the one in use first."""
    accounts = sorted(queries.accounts(current_service().id), key=lambda one: not one.on)
    own = map(queries.address_of, accounts)
    return list(dict.fromkeys(filter(None, (*own, parseaddr(configured().mail_from)[1]))))


@bp.get("")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def index() -> Response:
    service_id = current_service().id
    accounts = presentation.shown(queries.health(service_id), clock.now())
    return ui.render(
        "mail_doctor/index",
        service=current_service(),
        accounts=accounts,
        names={one.account.id: one.name for one in accounts},
        quarantine=queries.quarantine(service_id),
        reasons=REASONS,
        remedies=presentation.REMEDIES,
        form=SenderForm(_senders()),
        findings=None,
    )


@bp.post("/sender")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def sender() -> Response:
    """What the DNS says of a sender address now; nothing is kept of it."""
    form = SenderForm(_senders())
    findings = None
    if form.validate():
        server = configured().smtp_url
        known = providers.by_sender(urlsplit(server).hostname or "")
        db.session.rollback()  # a name server may take its time
        findings = checks.look(
            form.address.data,
            server=server,
            include=known.include if known else "",
            selector=form.selector.data or "",
            signer=form.signer.data or "",
        )
    return ui.render(
        "mail_doctor/sender",
        status=form.status,
        form=form,
        service=current_service(),
        findings=findings,
        dns=dns,
    )


@bp.route("/accounts/<int:ident>/silence", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def silence(ident: int) -> Response:
    row = queries.account(current_service().id, ident) or abort(404)
    form = SilenceForm(obj=row)
    if request.method == "POST" and form.validate():
        with form.saving(stored=lambda: queries.account(current_service().id, ident)):
            with db.write():
                service.set_silence(row, form.silence_hours.data, version=form.seen_version)
            return ui.done(_("Saved."))
    return ui.render(
        "mail_doctor/silence",
        status=form.status,
        form=form,
        row=row,
        service=current_service(),
        stored=form.stored,
    )


@bp.post("/mails/<int:ident>/again")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def again(ident: int) -> Response:
    row = _mail(ident)
    with db.write():
        service.try_again(row)
    return ui.done(_("The mail is read once more."))


@bp.route("/mails/<int:ident>/drop", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def drop(ident: int) -> Response:
    row = _mail(ident)
    if request.method != "POST":
        return ui.render("mail_doctor/drop", mail=row, service=current_service())
    with db.write():
        service.drop(row)
    return ui.done(_("The mail was dropped."))


@bp.get("/mails/<int:ident>/original")
@requires(MAIL_SETTINGS, feature=Feature.MAIL, writes=True)
def original(ident: int) -> Response:
    """The mail as it came, recorded before the first byte leaves (LOG-3)."""
    row = _mail(ident)
    path = storage.path(row.key) if row.key else None
    if path is None or not path.is_file():
        abort(404)
    if request.method == "GET":
        with db.write():
            audit.work(
                Work.MAIL_ORIGINAL,
                actor=actor(),
                service=current_service(),
                detail={"mail": ident, "from": masked_address(row.sender)},
            )
    return send_file(
        path, mimetype="message/rfc822", as_attachment=True, download_name=f"mail-{ident}.eml"
    )
