"""The callback list: search, connect, complete, record history, delete, Excel (CBK-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.ars import menus
from occ.ars import queries as ars
from occ.audit.views import actor
from occ.callbacks import forms, labels, queries, rules, service, sheets
from occ.callbacks.models import Callback
from occ.callbacks.permissions import CALLBACK_DELETE, CALLBACKS
from occ.callbacks.rules import CallbackState
from occ.core import clock, crypto, live, ui, xlsx
from occ.core.access import may, me, requires
from occ.core.db import db
from occ.core.errors import NotAllowed, Refused
from occ.core.i18n import gettext as _
from occ.exports import downloads
from occ.identity import queries as identity
from occ.identity.principals import live_facts
from occ.identity.rules import AgentRole
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms.permissions import TEXTS
from occ.telephony import bus
from occ.telephony.permissions import PHONE
from occ.telephony.queries import own_interval
from occ.telephony.rules.asking import Dial
from occ.tickets import service as tickets
from occ.tickets.permissions import TICKETS

bp = Blueprint("callbacks", __name__, url_prefix="/c/s/<slug>/callbacks")


def manages() -> bool:
    rights = me.in_service(current_service().id)
    return rights is not None and rights.manager


def _own() -> int | None:
    """Whose callbacks alone the viewer sees: their own, unless they manage the service."""
    return None if manages() else me.member_id


def _row(ident: int) -> Callback:
    return queries.callback(current_service().id, ident, _own()) or abort(404)


def probe(slug: str) -> tuple[Any, ...] | None:
    """Changes with the service's callbacks, and every minute, since ages do."""
    facts = live_facts(f"{service.scope(slug)}*", "phone")
    return (*facts, int(clock.now().timestamp() // 60)) if facts else None


@dataclass(frozen=True)
class Closing:
    """How many are open and late, and how long the service is still open today (CBK-6)."""

    closing: datetime | None
    left: float | None  # seconds
    waiting: int
    late: int


def closing(totals: queries.Totals) -> Closing:
    until, local = menus.closing_time(current_service())
    left = (until - local).total_seconds() if until else None
    return Closing(until, left, totals.open, totals.late)


@dataclass(frozen=True)
class Shown:
    """Names and ages that rows of callbacks need, at one instant."""

    people: Mapping[int, str]
    queues: Mapping[int, str]
    all_queues: Sequence[Any]
    at: datetime

    State = CallbackState

    def age(self, row: Callback) -> rules.Age:
        return rules.age(row.requested_at, row.promise_until, self.at)


def shown(rows: Sequence[Callback] = ()) -> Shown:
    queues = ars.queue_choices(current_service().id)
    return Shown(
        people=identity.names(
            [i for r in rows for i in (r.assignee_id, r.assigner_id, r.cancelled_from) if i]
        ),
        queues={queue.id: queue.name for queue in queues},
        all_queues=[queue for queue in queues if queue.retired_at is None],
        at=clock.now(),
    )


@dataclass(frozen=True)
class Choices:
    """What the filters offer besides queues."""

    people: Sequence[Any]
    groups: Sequence[Any]
    managers: Sequence[Any]


def choices() -> Choices:
    people, groups = identity.people_choices(current_service().id)
    return Choices(
        people=[agent for agent in people if agent.phone],
        groups=groups,
        managers=[
            agent for agent in people if agent.role is AgentRole.MANAGER or agent.assign_callbacks
        ],
    )


@dataclass(frozen=True)
class Allowed:
    """What the viewer may do with the rows: a manager with all of them, others with their own."""

    manager: bool
    logged_in: bool  # to CTI, to be connected
    deletes: bool
    writes_tickets: bool
    texts: bool


def _allowed() -> Allowed:
    return Allowed(
        manager=manages(),
        logged_in=may(PHONE) and own_interval(me.member_id) is not None,
        deletes=may(CALLBACK_DELETE, current_service()),
        writes_tickets=may(TICKETS, current_service()),
        texts=current_service().offers(Feature.SMS) and may(TEXTS, current_service()),
    )


@bp.get("")
@requires(CALLBACKS, feature=Feature.CALLBACK)
@live.part(probe)
def index() -> Response:
    """All are a log, the newest first; open ones alone are work, the longest waiting first."""
    period = ui.period(current_service().time_zone, "all")
    filters = forms.filters(current_service(), _own(), period)
    work = bool(filters.states) and rules.OPEN.issuperset(filters.states)
    order = ui.sorting("requested", descending=not work)
    page = queries.callback_list(
        filters,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
        oldest_first=not order[1],
    )
    return ui.render(
        "callbacks/index",
        service=current_service(),
        page=page,
        order=order,
        period=period,
        allowed=_allowed(),
        closing=closing(queries.totals(current_service().id, clock.now(), _own())),
        shown=shown(page.rows),
        consents=queries.consents(page.rows),
        choices=choices(),
        labels=labels,
    )


@bp.post("/<int:ident>/connect")
@requires(CALLBACKS, feature=Feature.CALLBACK)
def connect(ident: int) -> Response:
    """Dials the customer through telephony, which counts the attempt (CBK-2)."""
    row = _row(ident)
    if row.assignee_id != me.member_id:
        raise NotAllowed(
            _(
                "Only the agent to whom a callback is assigned calls back. Assign it "
                "to yourself, or ask a manager to."
            )
        )
    numbers = ars.numbers_to_dial_from(current_service().id)
    if not numbers:
        raise Refused(
            _("No number can be dialed from. Register a caller ID, or use the main number as one.")
        )
    asked = Dial(row.service_id, row.number, numbers[0][1], about={"callback": row.id})
    done = bus.ask(asked, me.member_id, key=request.form.get("key", "")[:64] or crypto.token())
    words = _("The customer is being called.") if done else _("The call is on its way.")
    made = queries.ticket_of(row.id) if done else None
    where = (
        url_for("tickets.detail", slug=current_service().slug, ident=made)
        if made and may(TICKETS, current_service())
        else ""
    )
    return ui.done(words, go=where)


@bp.post("/<int:ident>/complete")
@requires(CALLBACKS, feature=Feature.CALLBACK)
def complete(ident: int) -> Response:
    row = _row(ident)
    with db.write():
        service.complete(row, actor=actor())
    return ui.done(_("The callback is completed."))


@bp.post("/<int:ident>/history")
@requires(TICKETS, feature=Feature.CALLBACK)
def record(ident: int) -> Response:
    """A ticket of its own for the customer; the callback stays as it is (CBK-2)."""
    row = _row(ident)
    with db.write():
        made = tickets.by_hand(current_service().id, row.customer_id, actor=actor())
        number = made.id
    where = url_for("tickets.detail", slug=current_service().slug, ident=number)
    return ui.done(_("Ticket %(number)s was created.", number=f"#{number}"), go=where)


@bp.route("/<int:ident>/delete", methods=["GET", "POST"])
@requires(CALLBACK_DELETE, feature=Feature.CALLBACK)
def delete(ident: int) -> Response:
    row = _row(ident)
    if request.method != "POST":
        return ui.render("callbacks/delete", service=current_service(), row=row)
    with db.write():
        service.delete(row, actor=actor())
    return ui.done(_("The callback was deleted."))


@bp.get("/callbacks.xlsx")
@requires(CALLBACKS, feature=Feature.CALLBACK, writes=True)
def excel() -> Response:
    """What was searched: at once up to 2,000 rows, more as an export job;
    the download is recorded (LOG-3).
    """
    filters = forms.filters(
        current_service(), _own(), ui.period(current_service().time_zone, "all")
    )
    params = sheets.to_params(filters)
    name = xlsx.dated(_("Callbacks") + f" {current_service().name}")
    return downloads.answer(
        "callbacks", name, params, service=current_service(), managers=_own() is None
    )
