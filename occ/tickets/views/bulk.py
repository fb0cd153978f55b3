"""Changing many tickets at once (TKT-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import live, tasks, ui
from occ.core.access import MissingRight, may, me, requires
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.tasks import Task, TaskState
from occ.core.values import ident as ident_of
from occ.identity import queries as identity
from occ.identity.principals import live_facts
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.tickets import labels, queries, rules
from occ.tickets.bulk import queries as items
from occ.tickets.bulk import service as bulk
from occ.tickets.bulk.labels import ACTIONS
from occ.tickets.bulk.rules import KINDS, Action, ItemState, offered
from occ.tickets.permissions import TICKET_MANAGER, TICKETS, TRANSFER
from occ.tickets.queries import Viewer
from occ.tickets.rules import Box, Priority, Reason
from occ.tickets.search import finding
from occ.tickets.search.terms import Query
from occ.tickets.views.board import asked, box, manages, viewer

bp = Blueprint("ticket_bulk", __name__, url_prefix="/c/s/<slug>/tickets/bulk")
CHOSEN_MAX = 100
RIGHTS = {
    Action.TRANSFER: TRANSFER,
    Action.FINISH: TICKET_MANAGER,
    Action.RESTORE: TICKET_MANAGER,
    Action.DELETE: TICKET_MANAGER,
}


def _chosen() -> Sequence[int]:
    """Those of the sent ids that are tickets of this service."""
    sent = [
        ident for text in request.values.getlist("ticket")[:CHOSEN_MAX] if (ident := ident_of(text))
    ]
    return queries.there(viewer(), sent) if sent else []


def _all() -> tuple[Any, Viewer, Query] | None:
    """The box and search of the page, where everything in it is meant."""
    return (box(), viewer(), asked()) if request.values.get("all") else None


def _action(can: list[Action]) -> Action | None:
    """What is to be done, if it can be here; it is refused to who lacks the right."""
    wanted = next(
        (action for action in Action if action.value == request.values.get("action")), None
    )
    right = RIGHTS.get(wanted) if wanted else None
    if right is not None and not may(right, current_service()):
        raise MissingRight(right)
    return wanted if wanted in can else None


@bp.route("", methods=["GET", "POST"])
@requires(TICKETS, feature=Feature.TICKET)
def new() -> Response:
    """A dialog that asks what is to be done to the chosen tickets, or to all that
    match; few are changed at once.
    """
    can = offered(box(), manager=manages(), transfers=may(TRANSFER, current_service()))
    if not can:
        abort(404)
    wanted, error = _action(can), None
    if request.method == "POST":
        try:
            return _start(wanted)
        except Refused as refused:
            error = refused
    return ui.render(
        "tickets/bulk",
        status=error.status if error else 200,
        service=current_service(),
        change=_change(can, wanted),
        error=error,
        typed=request.values,
        labels=labels,
    )


@dataclass(frozen=True)
class Change:
    """What the dialog offers: the tickets that are meant, what can be done to them, and what the
    chosen action asks for.
    """

    box: Box
    q: str
    asked: Query | None  # where all are meant that it finds
    chosen: Sequence[int]
    count: int
    actions: Sequence[tuple[str, Any]]
    action: Action | None
    own_groups: Sequence[tuple[int, str]]
    groups: Sequence[tuple[int, str]]
    agents: Sequence[tuple[int, str]]
    types: Sequence[tuple[int, str]]

    Action = Action
    words = ACTIONS
    priorities = tuple(Priority)
    reasons = tuple(Reason)
    limit = rules.BODY_MAX


def _change(can: Sequence[Action], action: Action | None) -> Change:
    service, every, chosen = current_service(), _all(), _chosen()
    agent = identity.agent_of(service.id, me.member_id)
    group = ident_of(request.values.get("group"))
    kind = KINDS.get(action) if action else None
    return Change(
        box=box(),
        q=request.values.get("q", ""),
        asked=every[2] if every else None,
        chosen=chosen,
        count=finding.count(service.id, *every) if every else len(chosen),
        actions=[(one.value, ACTIONS[one]) for one in can],
        action=action,
        own_groups=[(g.id, g.name) for g in agent.groups] if agent else [],
        groups=identity.group_choices(service.id),
        agents=[(a.member_id, a.member.name) for a in queries.may_be_assigned(service.id, group)]
        if action is Action.TRANSFER
        else [],
        types=settings.find(service, kind, "") if kind else [],
    )


def _start(action: Action | None) -> Response:
    every, chosen = _all(), _chosen()
    if action is None:
        raise Refused(
            _("This cannot be done to these tickets. Check their states and choose again.")
        )
    if not every and not chosen:
        raise Refused(_("Choose tickets first."))
    values = {
        name: clean(request.form.get(name))
        for name in ("group", "member", "priority", "category", "reason", "body")
    }
    with db.write():
        checked = bulk.check(current_service(), action, values, me.member_id)
        name = str(ACTIONS[action])
        task = bulk.start(
            current_service(), action, checked, every or chosen, name=name, actor=actor()
        )
        ident, count = task.id, task.total
        if every and str(count) != request.form.get("count"):
            raise Conflict(
                ngettext(
                    "There is %(num)s ticket now. Look at it again before you change it.",
                    "There are %(num)s tickets now. Look at them again before you change them.",
                    count,
                )
            )
    here = url_for(
        "tickets.index",
        slug=current_service().slug,
        box=box().value,
        q=clean(request.form.get("q")) or None,
    )
    if count > bulk.AT_ONCE:
        return ui.done(
            _("The tickets are being changed."),
            go=url_for("ticket_bulk.show", slug=current_service().slug, ident=ident),
        )
    is_done = tasks.run(ident) is TaskState.DONE
    if not is_done or items.counts(ident)[ItemState.FAILED]:
        return ui.done(
            _("Some tickets could not be changed."),
            go=url_for("ticket_bulk.show", slug=current_service().slug, ident=ident),
        )
    return ui.done(
        ngettext("%(num)s ticket was changed.", "%(num)s tickets were changed.", count), go=here
    )


def _own(ident: int) -> Task:
    task = tasks.own(me.member_id, ident)
    return (
        task
        if task and task.kind == bulk.KIND and task.service_id == current_service().id
        else abort(404)
    )


def _probe(slug: str, ident: int) -> tuple[Any, ...] | None:
    return live_facts(f"task/{ident}*")


@bp.get("/<int:ident>")
@requires(TICKETS, feature=Feature.TICKET)
@live.part(_probe)
def show(ident: int) -> Response:
    """How far it is, and which tickets could not be changed."""
    task, failed = _own(ident), items.failed(ident)
    return ui.render(
        "tickets/bulk_run",
        service=current_service(),
        task=task,
        State=TaskState,
        counts=items.counts(ident),
        Item=ItemState,
        failed=failed,
        titles=queries.titles(current_service(), [ticket for _item, ticket in failed]),
        labels=labels,
        who=viewer(),
    )


@bp.post("/<int:ident>/cancel")
@requires(TICKETS, feature=Feature.TICKET)
def cancel(ident: int) -> Response:
    """Leaves the tickets that still wait as they are."""
    task = _own(ident)
    with db.write():
        tasks.cancel(task)
    return ui.done(_("Cancelled. What was changed stays changed."))
