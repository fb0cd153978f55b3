"""What was sent: search, details, cancel, ask again, Excel (SMS-7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, send_file

from occ.audit.views import actor
from occ.core import live, phones, storage, ui, xlsx
from occ.core.access import may, me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.exports import downloads
from occ.identity import queries as identity
from occ.identity.principals import live_facts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms import history, labels, queries, running, service, sheets, writes
from occ.sms.history import Filters
from occ.sms.models import SmsRecipient
from occ.sms.permissions import TEXT_SETTINGS, TEXTS
from occ.sms.rules.kinds import Problem, SendingState, TextKind, may_cancel

bp = Blueprint("sms_history", __name__, url_prefix="/c/s/<slug>/sms/history")
UNCLEAR, GONE, BY_ITSELF = "unclear", "gone", "itself"  # choices beside those of rows


def _whole() -> bool:
    """Managers see all numbers in full, agents those that they typed or saw."""
    return may(TEXT_SETTINGS, current_service())


def _text(ident: int) -> SmsRecipient:
    return history.text(current_service().id, ident) or abort(404)


def probe(slug: str) -> tuple[Any, ...] | None:
    """Changes with the service's texts."""
    return live_facts(f"{writes.scope(slug)}*")


def _period() -> ui.Period:
    return ui.period(current_service().time_zone, "all")


def _filters(period: ui.Period) -> Filters:
    """What the address asks for; who sees numbers masked finds whole ones only."""
    state, typed = request.args.get("state", ""), ui.arg("number")
    template, member, sender = (ui.arg(name) for name in ("template", "member", "sender"))
    reserved = {"now": False, "reserved": True}.get(request.args.get("send", ""))
    whole = () if _whole() or not typed else tuple(phones.candidates(typed, "KR")) or (typed,)
    return Filters(
        current_service().id,
        reserved=reserved,
        since=period.start,
        until=period.end,
        kind=next((one for one in TextKind if one.value == request.args.get("kind")), None),
        state=next((one for one in SendingState if one.value == state), None),
        unclear=state == UNCLEAR,
        template_id=ident_of(template),
        member_id=ident_of(member),
        sender="" if sender == GONE else sender,
        template_gone=template == GONE,
        member_gone=member == GONE,
        sender_gone=sender == GONE,
        by_itself=member == BY_ITSELF,
        number=(phones.part(typed) or typed) if _whole() else "",
        whole=whole,
    )


@dataclass(frozen=True)
class Shown:
    """What rows need besides themselves."""

    whole: bool
    state_of = history.STATE_OF

    def sees(self, row: SmsRecipient) -> bool:
        """Whether the viewer sees the number in full."""
        return history.sees(row, None if self.whole else me.member_id)

    def can_cancel(self, row: SmsRecipient) -> bool:
        """Whether it can still be cancelled, and by the viewer."""
        sending = row.sending
        waits = sending.state is SendingState.PROCESSING and sending.started_at is None
        return waits and may_cancel(sending.member_id, me.member_id, manager=self.whole)

    def is_unclear(self, row: SmsRecipient) -> bool:
        return row.sending.problem is Problem.UNCLEAR


@dataclass(frozen=True)
class Choices:
    """What the filters offer besides fixed words."""

    templates: Sequence[tuple[int, str]]
    people: Sequence[Any]
    senders: Sequence[str]


def _choices() -> Choices:
    people, _groups = identity.people_choices(current_service().id)
    channel = queries.channel(current_service().id)
    return Choices(
        templates=history.templates(current_service().id),
        people=people,
        senders=[row.number for row in channel.senders] if channel else [],
    )


@bp.get("")
@requires(TEXTS, feature=Feature.SMS)
@live.part(probe)
def index() -> Response:
    period = _period()
    page = history.sent_texts(
        _filters(period),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render(
        "sms/history",
        service=current_service(),
        page=page,
        period=period,
        shown=Shown(_whole()),
        choices=_choices(),
        unclear=history.unclear(current_service().id),
        labels=labels,
        states=SendingState,
        kinds=TextKind,
    )


@bp.get("/<int:ident>")
@requires(TEXTS, feature=Feature.SMS)
def detail(ident: int) -> Response:
    return ui.render(
        "sms/text",
        service=current_service(),
        row=_text(ident),
        shown=Shown(_whole()),
        labels=labels,
    )


@bp.get("/<int:ident>/pictures/<int:place>")
@requires(TEXTS, feature=Feature.SMS)
def picture(ident: int, place: int) -> Response:
    images = _text(ident).sending.images
    found = next((one for one in images if one.place == place), None) or abort(404)
    path = storage.path(found.key)
    return send_file(path, "image/jpeg", conditional=True) if path.exists() else abort(404)


@bp.post("/<int:ident>/cancel")
@requires(TEXTS, feature=Feature.SMS)
def cancel(ident: int) -> Response:
    """Takes the whole sending back, to whomever it goes (SMS-6): whose it is, and managers."""
    row = _text(ident)
    with db.write():
        service.cancel(row.sending, actor=actor(), manager=_whole())
    return ui.done(_("The text message was cancelled."))


@bp.post("/<int:ident>/again")
@requires(TEXTS, feature=Feature.SMS)
def again(ident: int) -> Response:
    """Asks the gateway once more whether it has what is unclear."""
    row = _text(ident)
    with db.write():
        running.look_again(row.sending)
    return ui.done(_("The gateway is asked again."))


@bp.get("/texts.xlsx")
@requires(TEXTS, feature=Feature.SMS, writes=True)
def excel() -> Response:
    """What was searched: at once up to 2,000 rows, more as an export job; the download is recorded
    (LOG-3).
    """
    params = sheets.to_params(_filters(_period()), None if _whole() else me.member_id)
    name = xlsx.dated(_("Text messages") + f" {current_service().name}")
    return downloads.answer("texts", name, params, service=current_service(), managers=_whole())
