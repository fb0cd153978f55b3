"""The simulator's caller page and its load mode (TEL-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.ars import menus
from occ.ars import queries as ars
from occ.core import crypto, live, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.identity import queries as identity
from occ.identity.principals import live_facts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.telephony import bus, labels, queries, settings
from occ.telephony.forms import CallerForm, LoadForm
from occ.telephony.models import Call, Leg, SimulatorLoad
from occ.telephony.permissions import SIMULATOR
from occ.telephony.rules.asking import LeaveCall, PlaceCall, PressKey

bp = Blueprint("caller", __name__, url_prefix="/c/s/<slug>/caller")
EXAMPLE = "+821012345678"  # stands in the form, to be called from at once
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


def _load() -> SimulatorLoad:
    found = db.session.get(SimulatorLoad, current_service().id)
    return found or SimulatorLoad(
        service_id=current_service().id,
        on=False,
        calls_per_hour=120,
        patience_seconds=60,
        talk_seconds=120,
        robots=5,
    )


@dataclass(frozen=True)
class PlayedCall:
    """A call as its customer hears it and as the console sees it; None while it has not arrived."""

    call: Call | None
    legs: Sequence[Leg] = ()
    people: Mapping[int, str] = field(default_factory=dict)
    queue: str = ""

    keys = KEYS


def _shown(call: Call | None) -> PlayedCall:
    if call is None:
        return PlayedCall(None)
    legs, entry = queries.legs(call.id), queries.last_entry(call.id)
    return PlayedCall(
        call=call,
        legs=legs,
        people=identity.names([leg.member_id for leg in legs if leg.member_id]),
        queue=ars.queue_names([entry.queue_id]).get(entry.queue_id, "") if entry else "",
    )


def _call_part(call: Call | None) -> Response:
    return ui.render(
        "caller/index",
        part="call",
        service=current_service(),
        played=_shown(call),
        labels=labels,
        key=crypto.token,
    )


def _page(
    form: CallerForm, load_form: LoadForm, call: Call | None, *, status: int = 200
) -> Response:
    ref = request.args.get("ref", "")[:64]
    return ui.render(
        "caller/index",
        status=status,
        form=form,
        load=_load(),
        load_form=load_form,
        ref=ref,
        service=current_service(),
        phone=ars.phone_service(current_service().id),
        closed=menus.closed_now(current_service()),
        played=_shown(call),
        running=queries.played_calls(current_service().id),
        labels=labels,
        key=crypto.token,
    )


def _played(ref: str) -> Call | None:
    """The call of a ref, None while it has not arrived; another service's is not found."""
    call = queries.call_by_ref(ref[:64])
    if call is not None and call.service_id != current_service().id:
        abort(404)
    return call


@bp.get("")
@requires(SIMULATOR, feature=Feature.PHONE)
def index() -> Response:
    """Places calls; `ref` in the address is the one being played, which may not have
    arrived yet.
    """
    call = _played(request.args.get("ref", ""))
    return _page(
        CallerForm(formdata=None, caller=EXAMPLE), LoadForm(formdata=None, obj=_load()), call
    )


def _probe(slug: str, ref: str = "") -> tuple[Any, ...] | None:
    return live_facts("wall*")


@bp.get("/running")
@requires(SIMULATOR, feature=Feature.PHONE)
@live.part(_probe)
def running() -> Response:
    """Calls placed here that still run, also those whose page was left."""
    return ui.render(
        "caller/index",
        part="running",
        service=current_service(),
        running=queries.played_calls(current_service().id),
        labels=labels,
        key=crypto.token,
    )


@bp.get("/<ref>")
@requires(SIMULATOR, feature=Feature.PHONE)
@live.part(_probe)
def call(ref: str) -> Response:
    """The played call as it is now."""
    return _call_part(_played(ref))


@bp.post("")
@requires(SIMULATOR, feature=Feature.PHONE)
def place() -> Response | BaseResponse:
    """Calls the service's main number."""
    form, phone = CallerForm(), ars.phone_service(current_service().id)
    if form.validate() and phone is not None:
        ref = f"{queries.PLAYED}{crypto.token()[:20]}"
        asked = PlaceCall(ref, form.caller.data or "", phone.main_number)
        with form.saving():
            bus.ask(
                asked,
                me.member_id,
                key=request.form.get("key", "")[:64] or crypto.token(),
            )
            return redirect(url_for("caller.index", slug=current_service().slug, ref=ref), 303)
    return _page(form, LoadForm(formdata=None, obj=_load()), None, status=422)


@bp.post("/<ref>/<any(press, leave):what>")
@requires(SIMULATOR, feature=Feature.PHONE)
def play(ref: str, what: str) -> Response:
    """Presses a key or hangs up."""
    if _played(ref) is None:
        abort(404)
    digit = request.form.get("digit", "")
    if what == "press" and digit not in KEYS:
        abort(400)
    bus.ask(
        PressKey(ref, digit) if what == "press" else LeaveCall(ref),
        me.member_id,
        key=request.form.get("key", "")[:64] or crypto.token(),
    )
    return _call_part(queries.call_by_ref(ref))


@bp.post("/load")
@requires(SIMULATOR, feature=Feature.PHONE)
def load() -> Response:
    """Starts, changes or stops the load mode."""
    form = LoadForm()
    if form.validate():
        values = {
            name: form[name].data
            for name in ("on", "calls_per_hour", "patience_seconds", "talk_seconds", "robots")
        }
        with db.write():
            settings.save_load(current_service().id, values)
        bus.wake()
        words = _("Calls arrive now.") if form.on.data else _("The load mode is off.")
        return ui.done(words, go=url_for("caller.index", slug=current_service().slug))
    return _page(CallerForm(formdata=None), form, None, status=422)
