"""The callback list: search, connect, complete, record history, delete, Excel (CBK-2)."""

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


def warning(totals: queries.Totals) -> dict[str, Any]:
    """How many are open and late, and how long the service is still open today (CBK-6)."""
    until, local = menus.closing_time(current_service())
    return {
        "closing": until,
        "left": (until - local).total_seconds() if until else None,
        "waiting": totals.open,
        "late": totals.late,
    }


def shown(rows: Any) -> dict[str, Any]:
    """Names and words that rows of callbacks need."""
    people = identity.names(
        [i for r in rows for i in (r.assignee_id, r.assigner_id, r.cancelled_from) if i]
    )
    queues = ars.queue_choices(current_service().id)
    now = clock.now()

    def age(row: Callback) -> rules.Age:
        return rules.age(row.requested_at, row.promise_until, now)

    return {
        "people": people,
        "queues": {queue.id: queue.name for queue in queues},
        "labels": labels,
        "age": age,
        "at": now,
        "all_queues": [queue for queue in queues if queue.retired_at is None],
    }


def choices() -> dict[str, Any]:
    """What the filters offer besides queues."""
    people, groups = identity.people_choices(current_service().id)
    return {
        "all_people": [agent for agent in people if agent.phone],
        "groups": groups,
        "states": CallbackState,
        "all_managers": [
            agent for agent in people if agent.role is AgentRole.MANAGER or agent.assign_callbacks
        ],
    }


@bp.get("")
@requires(CALLBACKS, feature=Feature.CALLBACK)
@live.part(probe)
def index() -> Response:
    period = forms.period(current_service(), "all")
    page = queries.callback_list(
        forms.filters(current_service(), _own(), period),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    interval = own_interval(me.member_id) if may(PHONE) else None
    return ui.render(
        "callbacks/index",
        service=current_service(),
        page=page,
        period=period,
        manager=manages(),
        logged_in=interval is not None,
        deletes=may(CALLBACK_DELETE, current_service()),
        writes_tickets=may(TICKETS, current_service()),
        key=crypto.token,
        State=CallbackState,
        warning=warning(queries.totals(current_service().id, clock.now(), _own())),
        **shown(page.rows),
        **choices(),
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
    return ui.done(_("The customer is being called.") if done else _("The call is on its way."))


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
    return ui.done(_("Ticket %(number)s was made.", number=f"#{number}"), go=where)


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
    filters = forms.filters(current_service(), _own(), forms.period(current_service(), "all"))
    params = sheets.to_params(filters)
    name = xlsx.dated(_("Callbacks") + f" {current_service().name}")
    return downloads.answer(
        "callbacks", name, params, service=current_service(), managers=_own() is None
    )
