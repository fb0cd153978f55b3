"""A ticket written by hand: what its intake type asks for, its files, its customer
found or made (TKT-1: created).
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import crypto, files, richtext, storage, ui, uploads
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing
from occ.core.uploads import Upload
from occ.core.values import ident as ident_of
from occ.customers import queries as people
from occ.customers import service as customers
from occ.fields import queries as fields
from occ.fields.rules import NAMES, System
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import attachments, rules, service
from occ.tickets.forms import TicketForm
from occ.tickets.permissions import TICKETS
from occ.tickets.rules import Priority
from occ.tickets.service import Inquiry
from occ.tickets.values import service as value_service
from occ.tickets.views import board
from occ.tickets.views.board import manages
from occ.tickets.views.fields import sent

bp = Blueprint("ticket_making", __name__, url_prefix="/c/s/<slug>/tickets")


def _of_type(intake: int | None) -> fields.Asked:
    """What a new ticket of an intake type is asked for."""
    return fields.asked(current_service(), intake, manager=manages())


def _reword(form: TicketForm, asked: fields.Asked) -> None:
    """A new ticket's form says title, content and e-mail as the service does (FLD-2)."""
    inputs = {System.TITLE: form.subject, System.CONTENT: form.body, System.EMAIL: form.email}
    for one in asked.form:
        field = inputs.get(one.system) if one.system else None
        if field is None or one.system is None:
            continue
        if one.name != str(NAMES[one.system]):
            field.label.text = one.name
        field.description = one.hint
        if one.system is System.EMAIL:
            field.required = one.required


def _attached() -> dict[str, Upload]:
    """The files that the form holds by the address at which the editor shows them;
    raises Refused for one that is gone.
    """
    return {
        _address(token): uploads.of_token(token, me.member_id)
        for token in request.form.getlist("attached")
    }


def _address(token: str) -> str:
    return url_for("ticket_making.file", slug=current_service().slug, token=token.partition(" ")[0])


def _listed(tokens: list[str]) -> list[tuple[str, str, Upload]]:
    """Tokens with the addresses and files that they name; what is gone is left out."""
    there = []
    for token in tokens:
        with suppress(Refused):
            there.append((token, _address(token), uploads.of_token(token, me.member_id)))
    return there


def _said(composed: str, files_sent: dict[str, Upload]) -> Writing:
    """What the form's editor sent, with the pictures that the form holds."""
    pictures = {address: one.name for address, one in files_sent.items() if one.kind}
    drawn = request.form.get("formatted") == "1"
    return richtext.received(
        composed, drawn=drawn, keeps=board.is_formatted(), picture=pictures.get
    )


def _types(chosen: int | None, part: str = "") -> list[tuple[int, str]]:
    """Intake types by part of their name, the chosen one first, so that it stays in view."""
    rows = settings.find(current_service(), CategoryKind.INTAKE, part)
    names = settings.path_names(current_service(), [chosen]) if chosen else {}
    return [*names.items(), *(row for row in rows if row[0] not in names)]


def _known(form: TicketForm) -> dict[str, Any]:
    """Whose the typed number and address are; what is not valid yet is nobody's."""
    number = form.phone.data if not form.phone.errors else ""
    address = form.email.data if not form.email.errors else ""
    by_number = people.by_phone(number) if number else None
    by_address = people.by_email(address) if address else None
    is_other = by_number is not None and by_address is not None and by_address.id != by_number.id
    return {
        "known": by_number or by_address,
        "other": by_address if is_other else None,
        "typed_name": form.name.data,
    }


@dataclass(frozen=True)
class Text:
    """What is asked, as the service's editor loads it."""

    composed: str
    formatted: bool

    limit = rules.BODY_MAX


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def new() -> Response:
    """A ticket written by hand, for a customer who is found or made (TKT-1: created)."""
    form = TicketForm(data={"key": crypto.token(), "take": True, "priority": Priority.NORMAL.value})
    chosen = ident_of(form.intake.data)
    asked = _of_type(chosen)
    _reword(form, asked)
    checked, composed, said = value_service.Checked({}, {}), clean(form.body.data), Writing("")
    files_sent: dict[str, Upload] = {}
    if request.method == "POST":
        checked = value_service.check(asked.own, sent(asked.own), {}, by=me.member_id)
        form.validate()
        if not form.intake.data and settings.has_any(current_service(), CategoryKind.INTAKE):
            form.refuse(Refused(_("Choose an intake type."), "intake"))
        with form.saving():
            files_sent = _attached()
            said = _said(composed, files_sent)
            rules.check_body(said.text)
    if request.method == "POST" and not form.all_errors and not checked.errors:
        slug = current_service().slug
        with form.saving():
            with db.write():
                person = customers.found_or_made(
                    name=form.name.data or "",
                    phone=form.phone.data or "",
                    email=form.email.data or "",
                )
                inquiry = Inquiry(
                    form.subject.data,
                    said.text,
                    person.id if person else None,
                    chosen,
                    Priority(form.priority.data),
                    bool(form.take.data),
                    checked.values,
                    said.html,
                    files_sent,
                )
                made = service.create(
                    current_service(),
                    inquiry,
                    key=(form.key.data or crypto.token())[:64],
                    actor=actor(),
                )
                ident = made.id
            return ui.done(
                _("Ticket %(number)s was created.", number=f"#{ident}"),
                go=url_for("tickets.detail", slug=slug, ident=ident),
            )
    return ui.render(
        "tickets/new",
        status=422 if form.all_errors or checked.errors else 200,
        form=form,
        service=current_service(),
        text=Text(composed, board.is_formatted()),
        attached=_listed(request.form.getlist("attached")),
        rows=_types(chosen),
        chosen=chosen,
        asked=asked,
        errors=checked.errors,
        typed={code: texts or [""] for code, texts in sent(asked.own).items()},
        **_known(form),
    )


@bp.post("/new/customer")
@requires(TICKETS, feature=Feature.TICKET)
def known() -> Response:
    """Whom a number and an address that are being typed are known of (CUS-1)."""
    form = TicketForm()
    form.validate()
    return ui.render("tickets/new", part="known", **_known(form))


@bp.post("/new/files")
@requires(TICKETS, feature=Feature.TICKET)
def attach() -> Response:
    """Takes files while the form is filled in; answers with what is to be added to its list."""
    tokens: list[str] = []
    error = None
    free = max(0, attachments.PENDING_MAX - len(request.form.getlist("attached")))
    chosen = request.files.getlist("file")
    if len(chosen) > free:
        error = Refused(
            _("Attach at most %(count)s files to one text.", count=attachments.PENDING_MAX)
        )
    for one in chosen[:free]:
        try:
            tokens.append(uploads.token(uploads.keep(one.filename, one.read()), me.member_id))
        except Refused as refused:
            error = refused
    return ui.render(
        "tickets/new",
        part="attached",
        status=error.status if error else 200,
        attached=_listed(tokens),
        error=error,
        service=current_service(),
    )


attach.body_max = 3 * files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


@bp.get("/new/files/<token>")
@requires(TICKETS, feature=Feature.TICKET)
def file(token: str) -> Response:
    """A file of the form, to who sent it."""
    try:
        sent_file = uploads.of_token(token, me.member_id)
    except Refused:
        abort(404)
    if not storage.path(sent_file.key).exists():
        abort(404)
    return files.answer(sent_file.key, sent_file.name, sent_file.kind)


@bp.get("/types")
@requires(TICKETS, feature=Feature.TICKET)
def types() -> Response:
    """Intake types by part of their name, for the form of a new ticket."""
    chosen = ident_of(request.args.get("intake"))
    return ui.render(
        "tickets/new",
        part="types",
        rows=_types(chosen, ui.arg("q")),
        chosen=chosen,
        service=current_service(),
    )


@bp.post("/new/fields")
@requires(TICKETS, feature=Feature.TICKET)
def of_new() -> Response:
    """The fields that a new ticket's intake type asks for, with what was typed so far."""
    asked = _of_type(ident_of(request.form.get("intake")))
    typed = {code: texts or [""] for code, texts in sent(asked.own).items()}
    return ui.render(
        "tickets/index",
        part="asked",
        service=current_service(),
        asked=asked,
        typed=typed,
        errors={},
    )
