"""The channel of text messages in a service's settings (SMS-1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, request, url_for

from occ.core import crypto, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms import queries, settings, templates
from occ.sms.forms import GatewayForm, OwnTextsForm, SendersForm
from occ.sms.gateways.base import Gateway, NoAnswer, NotReached, Rejected
from occ.sms.gateways.nhn import Nhn
from occ.sms.labels import sender_text
from occ.sms.models import SmsChannel
from occ.sms.permissions import TEXT_SETTINGS
from occ.sms.rules.channel import HINT, check_senders, typed_senders
from occ.sms.rules.kinds import ByItself, GatewayKind

KEY = re.compile(r"[!-~]{1,100}")  # what a header and an address can hold

bp = Blueprint("sms_channel", __name__, url_prefix="/c/s/<slug>/sms/channel")


@dataclass(frozen=True)
class Channel:
    """How a service texts as its page shows it: of the keys nothing but the end of one."""

    row: SmsChannel | None
    hint: str

    @property
    def gateway(self) -> GatewayKind:
        return self.row.gateway if self.row else GatewayKind.LOCAL

    @property
    def senders(self) -> Sequence[str]:
        return [one.number for one in self.row.senders] if self.row else []

    @property
    def shown(self) -> Sequence[str]:
        return [sender_text(number) for number in self.senders]

    @property
    def checked_at(self) -> datetime | None:
        return self.row.checked_at if self.row else None

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0


def _channel() -> Channel:
    row = queries.channel(current_service().id)
    key = crypto.ring().decrypt(row.app_key) if row and row.app_key else ""
    return Channel(row, key[-HINT:])


def _listed(gateway: Gateway, field: str) -> list[str]:
    """The numbers that a gateway lists; raises Refused, in words beside a field, where it does not
    take the keys or does not answer.
    """
    try:
        return gateway.senders()
    except Rejected as error:
        raise Refused(
            _("The gateway refuses these keys (code %(code)s).", code=error.code), field
        ) from error
    except NotReached as error:
        if error.why == "certificate":
            raise Refused(
                _("The gateway's certificate does not fit its address. Nothing was sent to it."),
                field,
            ) from error
        raise Refused(_("The gateway cannot be reached. Try again later."), field) from error
    except NoAnswer as error:
        raise Refused(_("The gateway does not answer. Try again later."), field) from error


def _checked(form: GatewayForm, row: SmsChannel | None) -> list[str] | None:
    """The numbers that the gateway lists with the keys of the form, typed or stored; None for the
    local outbox. Raises Refused.
    """
    if form.chosen is GatewayKind.LOCAL:
        return None
    ring = crypto.ring()
    app_key = form.app_key.data or (ring.decrypt(row.app_key) if row and row.app_key else "")
    secret = (form.secret_key.data or "").strip()
    secret = secret or (ring.decrypt(row.secret_key) if row and row.secret_key else "")
    if not app_key:
        raise Refused(_("Enter the app key."), "app_key")
    if not secret:
        raise Refused(_("Enter the secret key."), "secret_key")
    for field, key in (("app_key", app_key), ("secret_key", secret)):
        if not KEY.fullmatch(key):
            raise Refused(_("This cannot be a key. Copy it from the console of NHN Cloud."), field)
    return _listed(Nhn(app_key, secret), "app_key")


def _gateway_form(channel: Channel) -> GatewayForm:
    form = GatewayForm(formdata=None)
    form.gateway.data = channel.gateway.value
    form.active.data = channel.row.active if channel.row else True
    form.version.data = str(channel.version)
    return form


def _own_form(channel: Channel, *, empty: bool = True) -> OwnTextsForm:
    """The texts that the service sends by itself; a template that is in use no longer is offered as
    long as it is the chosen one.
    """
    form = OwnTextsForm(formdata=None) if empty else OwnTextsForm()
    chosen = channel.row.by_itself if channel.row else {}
    offered = [
        (row.id, f"{top.row.name} › {one.row.name} › {row.name}")
        for top in templates.usable(current_service().id)
        for one in top.below
        for row in one.templates
    ]
    for code in ByItself:
        field = form[code.value]
        stored = templates.template(current_service().id, chosen.get(code.value))
        field.choices = [(0, _("Not sent")), *offered]
        if stored is not None and stored.id not in dict(offered):
            field.choices.append((stored.id, _("%(name)s (not in use)", name=stored.name)))
        if empty:
            field.data = stored.id if stored else 0
    if empty:
        form.refusal_number.data = channel.row.refusal_number if channel.row else ""
        form.version.data = str(channel.version)
    return form


def _page(gateway: GatewayForm | None = None, own: OwnTextsForm | None = None) -> Response:
    channel = _channel()
    status = next((form.status for form in (gateway, own) if form is not None), 200)
    return ui.render(
        "sms/channel",
        status=status,
        service=current_service(),
        channel=channel,
        gateway=gateway or _gateway_form(channel),
        own=own or _own_form(channel),
        kinds=GatewayKind,
        texts=[code.value for code in ByItself],
    )


@bp.get("")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def index() -> Response:
    return _page()


@bp.post("/gateway")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def save_gateway() -> Response:
    """The gateway and its keys, which are tried before they are saved."""
    form = GatewayForm()
    if form.validate():
        with form.saving(stored=lambda: queries.channel(current_service().id)):
            listed = _checked(form, queries.channel(current_service().id))
            with db.write():
                settings.save_gateway(
                    current_service(),
                    form.chosen,
                    active=bool(form.active.data),
                    app_key=form.app_key.data or "",
                    secret_key=(form.secret_key.data or "").strip(),
                    listed=listed,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=_here())
    return _page(gateway=form)


def _here() -> str:
    return url_for("sms_channel.index", slug=current_service().slug)


@bp.post("/texts")
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def save_texts() -> Response:
    """What the service sends by itself, and the number to refuse advertising."""
    form = _own_form(_channel(), empty=False)
    if form.validate():
        chosen = {code: int(form[code.value].data) for code in ByItself if form[code.value].data}
        with form.saving(stored=lambda: queries.channel(current_service().id)):
            with db.write():
                settings.save_own_texts(
                    current_service(),
                    refusal_number=form.refusal_number.data or "",
                    by_itself=chosen,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=_here())
    return _page(own=form)


@bp.route("/senders", methods=["GET", "POST"])
@requires(TEXT_SETTINGS, feature=Feature.SMS)
def senders() -> Response:
    """The numbers to send from: chosen from what the gateway lists, typed for the local outbox."""
    channel = _channel()
    row = channel.row or abort(404)
    form, listed, error = SendersForm(), list[str](), None
    is_local = channel.gateway is GatewayKind.LOCAL
    if not is_local:
        try:
            listed = _listed(queries.gateway(row, row.gateway), "numbers")
        except Refused as refused:
            error = refused.message
    if request.method != "POST":
        form.version.data = str(channel.version)
        form.numbers.data = "\n".join(channel.senders)
    elif error is None and form.validate():
        with form.saving(stored=lambda: queries.channel(current_service().id)):
            numbers = (
                typed_senders(form.numbers.data or "")
                if is_local
                else check_senders(
                    dict.fromkeys(one for one in request.form.getlist("numbers") if one in listed)
                )
            )
            with db.write():
                settings.save_senders(current_service(), numbers, version=form.seen_version)
            return ui.done(_("Saved."), go=_here())
    chosen = request.form.getlist("numbers") if request.method == "POST" else channel.senders
    return ui.render(
        "sms/senders",
        status=422 if error and request.method == "POST" else form.status,
        service=current_service(),
        form=form,
        is_local=is_local,
        listed=[(number, sender_text(number)) for number in listed],
        chosen=chosen,
        error=error,
    )
