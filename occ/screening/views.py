"""The spam rule of a service (HC-5): what was held back, the limit, who is blocked."""

from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.screening import queries, service
from occ.screening.forms import BlockForm, RuleForm
from occ.screening.labels import CHANNELS, KINDS, REASONS
from occ.screening.models import HeldInquiry, SpamBlock
from occ.screening.rules import HELD_FOR
from occ.screening.service import Held
from occ.ticket_settings.permissions import TICKET_SETTINGS

bp = Blueprint("screening", __name__, url_prefix="/c/s/<slug>/spam")


@dataclass(frozen=True)
class Shown:
    """An inquiry that was held back, with what it says."""

    row: HeldInquiry
    held: Held


def _held(ident: int) -> HeldInquiry:
    return queries.held(current_service().id, ident) or abort(404)


def _block(ident: int) -> SpamBlock:
    return queries.block(current_service().id, ident) or abort(404)


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    page = queries.held_list(
        current_service().id,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render(
        "screening/index",
        service=current_service(),
        page=page,
        shown=[Shown(row, service.opened(row)) for row in page.rows],
        reasons=REASONS,
        channels=CHANNELS,
        days=HELD_FOR.days,
    )


@bp.get("/<int:ident>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def show(ident: int) -> Response:
    row = _held(ident)
    return ui.render(
        "screening/show",
        service=current_service(),
        row=row,
        held=service.opened(row),
        reasons=REASONS,
        channels=CHANNELS,
    )


@bp.post("/<int:ident>/let-in")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def let_in(ident: int) -> Response:
    row, here = _held(ident), current_service().id
    with db.write() as session:
        about = service.let_in(row, session.get_one(Service, here))
    if not about:
        return ui.done(_("The mail is read once more and becomes a ticket."))
    return ui.done(_("The inquiry became ticket #%(number)s.", number=about.rpartition("/")[2]))


@bp.post("/<int:ident>/drop")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def drop(ident: int) -> Response:
    row = _held(ident)
    with db.write():
        service.drop(row)
    return ui.done(_("The inquiry was deleted."))


def _rule_form() -> RuleForm:
    form, row = RuleForm(formdata=None), queries.stored(current_service().id)
    if row is not None:
        form.process(obj=row)
    form.version.data = str(row.version if row else 0)
    return form


def _rule_page(form: RuleForm) -> Response:
    return ui.render(
        "screening/rule",
        status=form.status,
        service=current_service(),
        form=form,
        blocks=queries.blocks(current_service().id),
        kinds=KINDS,
    )


@bp.route("/rule", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def rule() -> Response:
    if request.method != "POST":
        return _rule_page(_rule_form())
    form, here = RuleForm(), current_service().id
    if form.validate():
        with form.saving(stored=lambda: queries.stored(here)):
            with db.write() as session:
                service.save_rule(
                    session.get_one(Service, here),
                    on=bool(form.on.data),
                    most=form.most.data or 0,
                    minutes=form.minutes.data or 0,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=url_for("screening.rule", slug=current_service().slug))
    return _rule_page(form)


@bp.route("/blocks/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new_block() -> Response:
    form, here = BlockForm(), current_service().id
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write() as session:
                service.add_block(session.get_one(Service, here), form.value.data or "")
            return ui.done(_("Blocked. What comes from there is held back."))
    return ui.render("screening/block", status=form.status, service=current_service(), form=form)


@bp.post("/blocks/<int:ident>/remove")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def remove_block(ident: int) -> Response:
    row = _block(ident)
    value = row.value
    with db.write():
        service.remove_block(row)
    return ui.done(_("“%(name)s” is no longer blocked.", name=value))
