"""The phone widget (CTI-4): a remote control over rows, on every page of the console."""

from collections.abc import Callable
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
from occ.telephony.rules.asking import (
    AskColleague,
    ChooseState,
    Click,
    DeclineCall,
    Dial,
    Login,
    Logout,
    MoveCall,
    TakeCall,
    TakeTicket,
    WrapUp,
)
from occ.telephony.rules.calls import Command

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
    Command.DECLINE,
    Command.CONNECT,
    Command.CANCEL,
    Command.ABUSE,
    Command.WRAP_UP,
    Command.TAKE,
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
        problem=problem or " ".join(errors),
        pending=pending,
        key=crypto.token,
        typed=request.form if form is not None or problem else {},
    )


def _probe() -> tuple[Any, ...] | None:
    return live_facts("phone", "notes")


@bp.get("")
@requires(PHONE)
@live.part(_probe)
def index() -> Response:
    """The card under the pill; its ETag is the version of the member's phone and of their notes."""
    return _card()


def _colleagues_probe() -> tuple[Any, ...] | None:
    return live_facts("wall*", "phone")


@bp.get("/colleagues")
@requires(PHONE)
@live.part(_colleagues_probe)
def colleagues() -> Response:
    """Who can take the agent's call now; fetched when the transfer panel opens, then polled."""
    shown = card.of(me.member_id)
    return ui.render("phone/card", part="colleagues", card=shown, key=crypto.token)


@bp.post("/calls/<int:call>/notes")
@requires(PHONE)
def keep_notes(call: int) -> Response:
    """Keeps what is typed about a call until it is filed; of what is too long, what can be."""
    if not queries.is_own_call(me.member_id, call):
        abort(404)
    form = WrapUpForm()
    form.validate()
    with db.write():
        settings.keep_notes(
            me.member_id, call, form.notes.data or "", ident_of(form.disposition.data)
        )
    return Response(status=204)


@bp.post("/<command>")
@requires(PHONE)
def act(command: str) -> Response:
    """One click: a command row, then the card as it is afterwards."""
    wanted = next((c for c in CLICKS if c.value == command), None) or abort(404)
    named = ident_of(request.form.get("call"))
    if named is not None and not queries.is_own_call(me.member_id, named):
        abort(404)
    form, ask = _asked(wanted)
    if form is not None and not form.validate():
        return _card(form=form, status=422)
    try:
        asked = ask()
        _check_right(asked)
        done = bus.ask(asked, me.member_id, key=request.form.get("key", "")[:64] or crypto.token())
    except Refused as error:
        return _card(problem=str(error.message), status=error.status)
    return _card(pending=not done)


def _check_right(asked: Click) -> None:
    """Dialing needs the phone of the service, a transfer the permission in the call's; raises
    NotAllowed without it.
    """
    if isinstance(asked, Dial) and asked.service:
        rights = me.in_service(asked.service)
        if rights is not None and not rights.phone:
            raise NotAllowed(
                _("You have no phone permission in this service. Ask a manager of this service.")
            )
    call = (
        db.session.get(Call, asked.call) if isinstance(asked, AskColleague) and asked.call else None
    )
    if call is not None:
        rights = me.in_service(call.service_id)
        if not (rights and (rights.manager or rights.transfer)):
            raise NotAllowed(
                _("You need the permission to transfer calls. Ask a manager of this service.")
            )


def _asked(command: Command) -> tuple[Form | None, Callable[[], Click]]:
    """The form of a command and, once that is valid, what it asks."""
    call = ident_of(request.form.get("call"))
    match command:
        case Command.DIAL:
            dial = DialForm()
            service_id, _colon, caller_id = (dial.caller_id.data or "").partition(":")
            return dial, lambda: Dial(ident_of(service_id), dial.number.data or "", caller_id)
        case Command.CONSULT:
            consult = ConsultForm()
            consult.number.required = not consult.member.data
            return consult, lambda: AskColleague(
                call, ident_of(consult.member.data), consult.number.data or ""
            )
        case Command.WRAP_UP:
            wrap, also = WrapUpForm(), request.form.get("also", "").split()
            return wrap, lambda: WrapUp(
                call,
                wrap.notes.data or "",
                ident_of(wrap.disposition.data),
                wrap.state.data or "",
                resolve="resolve" in also,
                complete="complete" in also,
            )
        case Command.LOGIN:
            service_of, device = ident_of(request.form.get("service")), request.user_agent.string
            return None, lambda: Login(service_of, client_ip(), device[:200])
        case Command.LOGOUT:
            return None, Logout
        case Command.STATE:
            return None, lambda: ChooseState(request.form.get("state", ""))
        case Command.ANSWER:
            return None, lambda: TakeCall(call)
        case Command.DECLINE:
            return None, lambda: DeclineCall(call)
        case Command.TAKE:
            return None, lambda: TakeTicket(call)
        case _:
            return None, lambda: MoveCall(command, call)


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
        _("The popup for incoming calls is on.")
        if on
        else _("The popup for incoming calls is off."),
        go="" if ui.is_fragment() else url_for("me.index"),
    )
