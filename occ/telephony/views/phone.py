"""The phone widget (CTI-4): a remote control over rows, on every page of the console."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.core import crypto, live, ui
from occ.core.access import client_ip, me, requires
from occ.core.db import db
from occ.core.errors import NotAllowed, Refused
from occ.core.forms import Form
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.identity.principals import live_facts
from occ.telephony import bus, card, labels, queries, settings
from occ.telephony.forms import ConsultForm, DialForm, FavouriteForm, WrapUpForm
from occ.telephony.models import Call
from occ.telephony.permissions import PHONE
from occ.telephony.rules.calls import CHOOSABLE, NOTES_MAX, PAUSES, WORK, AgentState, Command

bp = Blueprint("phone", __name__, url_prefix="/c/phone")
CLICKS = (
    Command.LOGIN,
    Command.LOGOUT,
    Command.STATE,
    Command.ANSWER,
    Command.DIAL,
    Command.HOLD,
    Command.RESUME,
    Command.HANG_UP,
    Command.CONSULT,
    Command.CONNECT,
    Command.CANCEL,
    Command.ABUSE,
    Command.WRAP_UP,
)


def _card(
    *, problem: str = "", pending: bool = False, form: Form | None = None, status: int = 200
) -> Response:
    shown = card.of(me.member_id)
    errors = [str(text) for _field, text in form.all_errors] if form else []
    return ui.render(
        "phone/card",
        part="card",
        status=status,
        card=shown,
        labels=labels,
        states=AgentState,
        choosable=CHOOSABLE,
        work=WORK,
        pauses=PAUSES,
        problem=problem or " ".join(errors),
        pending=pending,
        key=crypto.token,
        form=form,
        notes_max=NOTES_MAX,
        typed=request.form if form is not None or problem else {},
    )


def _probe() -> tuple[Any, ...] | None:
    return live_facts("phone")


@bp.get("")
@requires(PHONE)
@live.part(_probe)
def index() -> Response:
    """The card under the pill; its ETag is the member's own version."""
    return _card()


@bp.post("/<command>")
@requires(PHONE)
def act(command: str) -> Response:
    """One click: a command row, then the card as it is afterwards."""
    wanted = next((c for c in CLICKS if c.value == command), None) or abort(404)
    named = ident_of(request.form.get("call"))
    if named is not None and not queries.is_own_call(me.member_id, named):
        abort(404)
    form, args = _args(wanted)
    if form is not None and not form.validate():
        return _card(form=form, status=422)
    try:
        _check_right(wanted, args())
        done = bus.ask(
            wanted, me.member_id, args(), key=request.form.get("key", "")[:64] or crypto.token()
        )
    except Refused as error:
        return _card(problem=str(error.message), status=error.status)
    return _card(pending=not done)


def _check_right(command: Command, args: dict[str, Any]) -> None:
    """Dialing needs the phone of the service, a transfer the permission in the call's; raises
    NotAllowed without it.
    """
    call = (
        db.session.get(Call, args["call"]) if command is Command.CONSULT and args["call"] else None
    )
    service_id = call.service_id if call else args["service"] if command is Command.DIAL else None
    rights = me.in_service(service_id) if service_id else None
    if command is Command.DIAL and rights is not None and not rights.phone:
        raise NotAllowed(
            _("You have no phone permission in this service. Ask a manager of this service.")
        )
    if call is not None and not (rights and (rights.manager or rights.transfer)):
        raise NotAllowed(
            _("You need the permission to transfer calls. Ask a manager of this service.")
        )


def _args(command: Command) -> tuple[Form | None, Any]:
    """The form of a command and what it sends."""
    call = ident_of(request.form.get("call"))
    if command is Command.DIAL:
        dial = DialForm()
        service_id, _colon, caller_id = (dial.caller_id.data or "").partition(":")
        return dial, lambda: {
            "number": dial.number.data,
            "caller_id": caller_id,
            "service": ident_of(service_id),
        }
    if command is Command.CONSULT:
        consult = ConsultForm()
        consult.number.required = not consult.member.data
        return consult, lambda: {
            "call": call,
            "member": ident_of(consult.member.data),
            "number": consult.number.data or "",
        }
    if command is Command.WRAP_UP:
        wrap = WrapUpForm()
        return wrap, lambda: {
            "call": call,
            "notes": wrap.notes.data,
            "disposition": ident_of(wrap.disposition.data),
            "state": wrap.state.data or "",
        }
    if command is Command.LOGIN:
        device = request.user_agent.string[:200]
        return None, lambda: {
            "service": ident_of(request.form.get("service")),
            "ip": client_ip(),
            "device": device,
        }
    return None, lambda: {"call": call, "state": request.form.get("state", "")}


@bp.get("/favourites")
@requires(PHONE)
def favourites() -> Response:
    """The agent's own list, in a dialog."""
    return ui.render(
        "phone/favourites", rows=queries.favourites(me.member_id), form=FavouriteForm()
    )


@bp.post("/favourites")
@requires(PHONE)
def add_favourite() -> Response:
    form = FavouriteForm()
    status = 422
    if form.validate():
        with form.saving():
            with db.write():
                settings.add_favourite(
                    me.member_id, name=form.name.data or "", number=form.number.data or ""
                )
            form, status = FavouriteForm(formdata=None), 200
    return ui.render(
        "phone/favourites", status=status, rows=queries.favourites(me.member_id), form=form
    )


@bp.post("/favourites/<int:ident>/remove")
@requires(PHONE)
def remove_favourite(ident: int) -> Response:
    with db.write():
        settings.remove_favourite(me.member_id, ident)
    return ui.render(
        "phone/favourites", rows=queries.favourites(me.member_id), form=FavouriteForm(formdata=None)
    )


@bp.post("/popup")
@requires(PHONE)
def popup() -> Response:
    """Whether a ringing call opens the agent's own system (CTI-8)."""
    on = request.form.get("on") == "1"
    with db.write():
        settings.set_popup(me.member_id, on)
    return ui.done(
        _("The receive popup is on.") if on else _("The receive popup is off."),
        go="" if ui.is_fragment() else url_for("me.index"),
    )
