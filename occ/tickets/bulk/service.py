"""One change of many tickets (TKT-2): a row each, every one changed by itself and
once, whatever dies in between.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from occ.audit.service import Actor
from occ.core import tasks
from occ.core.db import db, is_retryable
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.tasks import Order, Progress, Task
from occ.core.values import ident as ident_of
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.identity.rules import AgentRole, MemberState
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import queries, rules, service
from occ.tickets.bulk import queries as items
from occ.tickets.bulk.models import BulkItem
from occ.tickets.bulk.rules import KINDS, NEEDS, Action, ItemState, offered
from occ.tickets.models import Ticket
from occ.tickets.queries import Viewer
from occ.tickets.rules import Box, Move, Priority, Reason
from occ.tickets.search import finding
from occ.tickets.search.terms import Query

log = logging.getLogger("occ.tickets")

KIND = "ticket_bulk"
AT_ONCE = 50
"""Up to so many are changed in the request itself."""
PART, TRIES = 5, 3


@dataclass(frozen=True)
class Doer:
    """Whoever changes the tickets, with the rights they have now."""

    actor: Actor
    agent: Agent

    @property
    def manager(self) -> bool:
        return self.agent.role is AgentRole.MANAGER

    @property
    def transfers(self) -> bool:
        return self.manager or self.agent.transfer


def check(of: Service, action: Action, values: Mapping[str, str], member_id: int) -> dict[str, str]:
    """What an action needs to know; raises Refused where something is missing or
    gone, at the field of the form.
    """
    wanted = {name: values.get(name, "").strip() for name in NEEDS.get(action, ())}
    group, member, category = (
        ident_of(wanted.get(name)) for name in ("group", "member", "category")
    )
    if action is Action.TRANSFER:
        if not any(wanted.values()):
            raise Refused(_("Choose a group or an agent."), "group")
        if wanted["group"] and not (group and identity.group(of.id, group)):
            raise Refused(_("Somebody deleted this group."), "group")
        if wanted["member"] and member not in [
            agent.member_id for agent in queries.may_be_assigned(of.id, group)
        ]:
            raise Refused(_("Tickets cannot be given to this agent. Choose another one."), "member")
    if action is Action.TAKE:
        agent = identity.agent_of(of.id, member_id)
        groups = [one.id for one in agent.groups] if agent else []
        if len(groups) > 1 and group not in groups:
            raise Refused(_("Choose for which of your groups you take them."), "group")
    if action is Action.PRIORITY and wanted["priority"] not in [p.value for p in Priority]:
        raise Refused(_("Choose a priority."), "priority")
    if action in KINDS:
        found = settings.category(of.id, category) if category else None
        if found is None or found.kind is not KINDS[action]:
            intake = action is Action.INTAKE
            words = _("Choose an intake type.") if intake else _("Choose a resolution type.")
            raise Refused(words, "category")
    if action is Action.INTERNAL and wanted["reason"] not in [r.value for r in Reason]:
        raise Refused(_("Choose a reason."), "reason")
    if wanted.get("body"):
        rules.check_body(wanted["body"])
    return wanted


def start(
    of: Service,
    action: Action,
    values: dict[str, str],
    chosen: Sequence[int] | tuple[Box, Viewer, Query],
    *,
    name: str,
    actor: Actor,
) -> Task:
    """Notes which tickets are to be changed: those chosen, or all of a box that fit a search.

    The caller runs few of them.
    """
    params = {"service": of.id, "action": action.value, "values": values, "actor": asdict(actor)}
    assert actor.id is not None
    task = tasks.start(KIND, name, params, member_id=actor.id, service_id=of.id, total=0)
    if isinstance(chosen, tuple):
        found = finding.matching(of.id, *chosen)
    else:
        found = sa.select(Ticket).where(
            Ticket.service_id == of.id, Ticket.id.in_(chosen), Ticket.deleted_at.is_(None)
        )
    rows = found.with_only_columns(
        sa.literal(task.id), Ticket.id, sa.literal(ItemState.WAITING.value), sa.literal("")
    ).order_by(Ticket.id)
    columns = ("task_id", "ticket_id", "state", "why")
    db.session.execute(sa.insert(BulkItem).from_select(columns, rows))
    task.total = sum(items.counts(task.id).values())
    if task.total <= AT_ONCE:
        tasks.begin(task)
    else:
        tasks.check_turn(task)
    return task


def work(order: Order, progress: Progress) -> None:
    """Changes what still waits, one after the other."""
    counts = items.counts(order.ident)
    done, total = sum(counts.values()) - counts[ItemState.WAITING], sum(counts.values())
    while idents := items.waiting(order.ident, PART):
        db.session.rollback()
        for ident in idents:
            _one(ident, order.params)
        done += len(idents)
        progress(done, total)


def _one(ident: int, params: dict[str, Any]) -> None:
    """One ticket: changed and noted in one transaction, or noted why not."""
    why = ""
    for left in reversed(range(TRIES)):
        try:
            with db.write():
                item: BulkItem | None = db.lock(BulkItem, ident)
                if item is not None and item.state is ItemState.WAITING:
                    _change(item.ticket_id, params)
                    item.state = ItemState.DONE
            return
        except Refused as error:
            why = str(error.message)
            break
        # another's lock, or one ticket that breaks: the others still have to be changed
        except Exception as error:
            if left and (
                isinstance(error, StaleDataError)
                or (isinstance(error, sa.exc.DBAPIError) and is_retryable(error))
            ):
                continue
            log.exception("bulk action failed item=%s", ident)
            why = _("An error happened; it was written to the log. Try again.")
            break
    with db.write():
        item = db.lock(BulkItem, ident)
        if item is not None and item.state is ItemState.WAITING:
            item.state, item.why = ItemState.FAILED, why[:300]


def _change(ticket_id: int, params: dict[str, Any]) -> None:
    of, actor, action = (
        db.session.get_one(Service, params["service"]),
        Actor(**params["actor"]),
        Action(params["action"]),
    )
    assert actor.id is not None
    agent = identity.agent_of(of.id, actor.id)
    is_here = (
        agent is not None
        and agent.member.state is MemberState.ACTIVE
        and (agent.ticket or agent.role is AgentRole.MANAGER)
    )
    if (
        agent is None
        or not is_here
        or of.state is not ServiceState.ACTIVE
        or not of.offers(Feature.TICKET)
    ):
        raise Refused(_("You may no longer work on tickets of this service."))
    doer = Doer(actor, agent)
    ticket = queries.ticket(Viewer(of.id, actor.id, doer.manager), ticket_id)
    if ticket is None:
        raise Refused(_("Somebody deleted this ticket."))
    if action not in offered(
        Box.SPAM if ticket.spam_at else Box.ALL, manager=doer.manager, transfers=doer.transfers
    ):
        raise Refused(_("This cannot be done to this ticket in its state. Check the state."))
    needs_own = action not in (Action.TAKE, Action.TRANSFER)
    if needs_own and not rules.works_on(
        assignee=ticket.assignee_id, member=actor.id, manager=doer.manager
    ):
        raise Refused(_("This ticket is not yours. Take it first."))
    _CHANGES[action](ticket, params["values"], doer)


def _take(ticket: Ticket, values: dict[str, str], doer: Doer) -> None:
    if ticket.assignee_id not in (None, doer.actor.id):
        name = identity.names([ticket.assignee_id]).get(ticket.assignee_id, "?")
        raise Refused(_("%(name)s has this ticket.", name=name))
    service.take(ticket, group_id=ident_of(values["group"]), seen=ticket.version, actor=doer.actor)


def _transfer(ticket: Ticket, values: dict[str, str], doer: Doer) -> None:
    group, member = ident_of(values["group"]), ident_of(values["member"])
    service.transfer(
        ticket, group_id=group, member_id=member, seen=ticket.version, actor=doer.actor
    )


def _classify(kind: CategoryKind) -> Callable[[Ticket, dict[str, str], Doer], None]:
    return lambda ticket, values, doer: service.classify(
        ticket, kind, ident_of(values["category"]), actor=doer.actor
    )


def _internal(ticket: Ticket, values: dict[str, str], doer: Doer) -> None:
    service.process(
        ticket,
        Move.INTERNAL,
        values["body"],
        seen=ticket.version,
        manager=doer.manager,
        actor=doer.actor,
        reason=Reason(values["reason"]),
        composed=False,
    )


_CHANGES: dict[Action, Callable[[Ticket, dict[str, str], Doer], None]] = {
    Action.TAKE: _take,
    Action.TRANSFER: _transfer,
    Action.PRIORITY: lambda ticket, values, doer: service.prioritize(
        ticket, Priority(values["priority"]), actor=doer.actor
    ),
    Action.INTAKE: _classify(CategoryKind.INTAKE),
    Action.RESOLUTION: _classify(CategoryKind.RESOLUTION),
    Action.INTERNAL: _internal,
    Action.FINISH: lambda ticket, _values, doer: service.step(
        ticket, Move.FINISH, actor=doer.actor
    ),
    Action.RESTORE: lambda ticket, _values, doer: service.step(
        ticket, Move.RESTORE, actor=doer.actor
    ),
    Action.DELETE: lambda ticket, _values, doer: service.delete(ticket, actor=doer.actor),
}
