"""Running triggers (TRG-2, TRG-3, TRG-4): in the transaction of what happened to a ticket, just
before it commits.

Each trigger sees the ticket as the ones above left it. What triggers change may make others fire,
also ones above; none acts twice for one event, so that every chain ends. What was considered is
kept with the ticket.
"""

import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.exc import StaleDataError

from occ.audit.service import SYSTEM
from occ.automation import messages, snapshots
from occ.automation import queries as triggers
from occ.automation.models import TriggerTurn
from occ.automation.queries import Rule
from occ.automation.rules import TIMED, How, Result, ResultKind, fires, next_in_turn, verdicts
from occ.core import clock, crypto, unit
from occ.core.db import db, is_retryable
from occ.core.errors import Refused
from occ.core.richtext import Writing
from occ.identity import queries as identity
from occ.tickets import queries
from occ.tickets.models import Ticket, TriggerFired, TriggerRun
from occ.tickets.rules import HERE, Channel, Fact, Move, Priority, State, transition
from occ.tickets.writes import (
    answer_source,
    by_triggers,
    happened,
    happenings,
    move,
    name_of,
    tell_assigned,
    tell_now,
)

log = logging.getLogger("occ.automation")
_runs: unit.Mark[list[TriggerRun]] = unit.Mark(list)
"""What was written of tickets: their oldest ones are forgotten before the commit."""

KEPT, BATCH = 30, 200  # runs kept for a ticket; tickets looked at by one statement
SENT = (ResultKind.MAIL, ResultKind.FORWARD, ResultKind.CALL, ResultKind.DOORAY)
"""What goes to others is named after its run."""
SIMPLE = (ResultKind.PRIORITY, ResultKind.GROUP)
"""What is done whole or refused whole, and writes nothing that the database could refuse."""
_COLUMNS = ("state", "assignee_id", "group_id", "intake_id", "resolution_id", "priority")


def run_marked() -> None:
    """Before index and lists learn what has changed: triggers may change more."""
    with by_triggers():
        for ident, (fact, changed, actor_id) in happenings.take().items():
            ticket = db.session.get(Ticket, ident)
            if ticket is not None and ticket.deleted_at is None and ticket.spam_at is None:
                run(ticket, fact, changed, by=actor_id)
        tell_now()
        db.session.flush()
        for row in _runs.take():
            _trim(row.ticket_id, row.id)


def run(
    ticket: Ticket,
    fact: Fact | None,
    changed: Collection[str],
    *,
    by: int | None = None,
    only: Collection[int] | None = None,
) -> int:
    """Runs a service's active triggers on a ticket, or only some of them; `fact` is None for the
    job. Returns how many acted.
    """
    active = [
        rule for rule in triggers.active(ticket.service_id) if only is None or rule.id in only
    ]
    if not active:
        return 0
    needed = {condition.key for rule in active for condition in rule.conditions}
    before, acted = ticket.assignee_id, set[int]()
    report: dict[int, dict[str, Any]] = {}
    since: dict[int, set[str]] = {}
    row = TriggerRun(
        ticket_id=ticket.id, at=clock.now(), fact=fact.value if fact else "", report=[]
    )
    seen = set(changed)
    current = snapshots.snapshot(ticket, needed, seen)
    if fact is Fact.CREATED:  # what it came with is new
        seen = {key for key, values in current.values.items() if any(values)}
        current = replace(current, changed=frozenset(seen))
    again = True
    while again:
        again = False
        for rule in active:
            found = verdicts(rule.conditions, current)
            fired = fires(rule.conditions, found)
            if rule.id in acted:  # what it looks at was changed by others since: it would go round
                looks = {condition.key for condition in rule.conditions}
                report[rule.id]["stopped"] = report[rule.id]["stopped"] or (
                    fired and bool(looks & since.get(rule.id, set()))
                )
                continue
            report[rule.id] = {
                "id": rule.id,
                "title": rule.title,
                "version": rule.version,
                "held": list(found),
                "fired": fired,
                "done": [],
                "stopped": False,
            }
            if not fired:
                continue
            acted.add(rule.id)
            then = _columns(ticket)
            report[rule.id]["done"] = _act(rule, ticket, row)
            changes = {
                name.removesuffix("_id")
                for name, value in _columns(ticket).items()
                if value != then[name]
            }
            if any(condition.subject in TIMED for condition in rule.conditions):
                db.session.merge(
                    TriggerFired(ticket_id=ticket.id, trigger_id=rule.id, changed_at=_stamp(ticket))
                )
            since[rule.id] = set()
            for other in acted - {rule.id}:
                since[other] |= changes
            if changes:
                again, seen = True, seen | changes
                current = snapshots.snapshot(ticket, needed, seen)
    row.report = [report[rule.id] for rule in active]
    db.session.add(row)
    _runs.noted().append(row)
    if ticket.assignee_id != before:  # only who has it in the end is told
        tell_assigned(ticket, ticket.assignee_id if ticket.assignee_id != by else None, "")
    return len(acted)


def _columns(ticket: Ticket) -> dict[str, Any]:
    """What triggers can change of a ticket."""
    return {name: getattr(ticket, name) for name in _COLUMNS}


def _act(rule: Rule, ticket: Ticket, row: TriggerRun) -> list[dict[str, Any]]:
    """Does what a trigger says, one result after the other; what fails is said and
    keeps nothing else from being done.
    """
    if any(result.kind in SENT for result in rule.results):
        db.session.add(row)
        db.session.flush()
    done: list[dict[str, Any]] = []
    for place, result in enumerate(rule.results):
        try:
            if result.kind in SIMPLE:
                outcome = _do(rule, place, result, ticket, row.id)
            else:
                with unit.savepoint():
                    outcome = _do(rule, place, result, ticket, row.id)
                    db.session.flush()
        except Refused as error:
            outcome = {"failed": str(getattr(error.message, "_args", [error.message])[0])}
        except StaleDataError:
            raise  # the whole request is tried again
        except Exception as error:
            if isinstance(error, sa.exc.DBAPIError) and is_retryable(error):
                raise
            log.exception("a trigger failed id=%s result=%s ticket=%s", rule.id, place, ticket.id)
            outcome = {"failed": "error"}
        done.append({"kind": result.kind.value, **outcome})
    return done


def _do(
    rule: Rule, place: int, result: Result, ticket: Ticket, run_id: int | None
) -> dict[str, Any]:
    """One result; says what came of it, in codes and names."""
    # nobody may guess the Message-ID of a mail to a customer: it leads an answer to its ticket
    key = f"trigger-{run_id}-{rule.id}-{place}-{crypto.token()[:8]}"
    match result.kind:
        case ResultKind.ASSIGN:
            return _assign(rule, place, result, ticket)
        case ResultKind.GROUP:
            return _hand(ticket, rule, None, result.group)
        case ResultKind.INTAKE:
            return messages.classified(ticket, int(result.value), rule.title)
        case ResultKind.PRIORITY:
            before, ticket.priority = ticket.priority, Priority(result.value)
            if before is not ticket.priority:
                happened(
                    ticket,
                    Fact.PRIORITY,
                    SYSTEM,
                    before=before.value,
                    after=result.value,
                    trigger=rule.title,
                )
            return {"to": result.value}
        case ResultKind.STATE:
            return {"to": _set_state(ticket, State(result.value), rule).value}
        case ResultKind.MAIL:
            return messages.mail(ticket, result, key, rule.title)
        case ResultKind.FORWARD:
            outcome = messages.forward(ticket, result.value, key, rule.title)
            if "failed" not in outcome and result.complete and ticket.state is not State.DONE:
                with suppress(Refused):  # the mail goes all the same
                    _set_state(ticket, State.DONE, rule)
            return outcome
        case ResultKind.CALL:
            return messages.call(ticket, result.value, key)
        case ResultKind.DOORAY:
            return messages.dooray(ticket, result, key)


def _assign(rule: Rule, place: int, result: Result, ticket: Ticket) -> dict[str, Any]:
    """Gives the ticket to one of a group whose assignment is on: by
    chance, in turn, or to one (TRG-3).
    """
    if identity.group(ticket.service_id, result.group or 0) is None:
        return {"failed": "no group"}
    there = [
        a
        for a in queries.in_group(ticket.service_id, result.group or 0)
        if not result.members or a.member_id in result.members
    ]
    order = [agent.member_id for agent in there]
    able = [agent.member_id for agent in there if agent.takes_tickets]
    if not able and result.how is How.ONE:
        return {"failed": "off" if there else "left", "who": name_of(result.members[0])}
    if not able:
        return {"failed": "nobody"}
    if result.how is How.TURN:
        turn = _turn(rule.id, place)
        chosen = next_in_turn(order, able, turn.member_id or None)
        assert chosen is not None
        turn.member_id = chosen
    else:
        chosen = secrets.choice(able)
    return _hand(ticket, rule, chosen, result.group)


def _turn(trigger_id: int, place: int) -> TriggerTurn:
    """Whose turn it was last, 0 at first; locked, so that two tickets at once go to two agents."""
    insert = sqlite.insert if db.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(TriggerTurn).values(trigger_id=trigger_id, place=place, member_id=0)
    db.session.execute(first.on_conflict_do_nothing())
    found = sa.select(TriggerTurn).where(
        TriggerTurn.trigger_id == trigger_id, TriggerTurn.place == place
    )
    return db.session.scalars(
        found.with_for_update().execution_options(populate_existing=True)
    ).one()


def _hand(
    ticket: Ticket, rule: Rule, member_id: int | None, group_id: int | None
) -> dict[str, Any]:
    after = transition(
        ticket.standing, Move.TRANSFER, clock.now(), member=member_id, group=group_id
    )
    before, names = ticket.assignee_id, messages.names(ticket.service_id, member_id, group_id)
    if group_id and names["group"] is None:
        return {"failed": "no group"}
    if (before, ticket.group_id) != (member_id, group_id):
        ticket.standing = after
        happened(
            ticket, Fact.TRANSFERRED, SYSTEM, before=name_of(before), **names, trigger=rule.title
        )
    return {"to": names["to"] or names["group"] or "–"}


def _set_state(ticket: Ticket, wanted: State, rule: Rule) -> State:
    """On hold, resolved or done, by the moves that lead there; raises
    Refused when there are none.
    """
    steps = {
        State.HOLD: [(Move.HOLD, Fact.HELD)],
        State.RESOLVED: [(Move.RESOLVE, Fact.RESOLVED)],
        State.DONE: [(Move.RESOLVE, Fact.RESOLVED), (Move.FINISH, Fact.FINISHED)],
    }[wanted]
    for step, fact in steps:
        if step is Move.RESOLVE and ticket.state is State.RESOLVED:
            continue
        move(ticket, step)
        happened(ticket, fact, SYSTEM, trigger=rule.title)
        if ticket.source_id is not None and fact in (Fact.HELD, Fact.RESOLVED):
            answer_source(ticket, ticket.source_id, Writing(""), SYSTEM)
    return ticket.state


def _trim(ticket_id: int, run_id: int) -> None:
    """Forgets the oldest runs of a ticket, now and then."""
    if run_id % 10:
        return
    kept = (
        sa.select(TriggerRun.id)
        .where(TriggerRun.ticket_id == ticket_id)
        .order_by(TriggerRun.id.desc())
        .limit(1)
        .offset(KEPT)
    )
    oldest = db.session.scalar(kept)
    if oldest is not None:
        db.session.execute(
            sa.delete(TriggerRun).where(TriggerRun.ticket_id == ticket_id, TriggerRun.id <= oldest)
        )


def due_by_time(service_id: int, after: int) -> tuple[list[tuple[int, list[int]]], int | None]:
    """Which triggers with conditions of time have something to do, on a batch of tickets with an id
    above `after` (TRG-3). Reads only.

    Returns tickets with their triggers, and the last id looked at, None at the end.
    """
    rules = [
        r for r in triggers.active(service_id) if any(c.subject in TIMED for c in r.conditions)
    ]
    waiting = (*HERE, State.HANDED, State.RESOLVED)
    found = sa.select(Ticket).where(
        Ticket.service_id == service_id, Ticket.id > after, Ticket.state.in_(waiting)
    )
    # what was brought in as it stood elsewhere waits until somebody works on it (MIG-1)
    lives = sa.or_(Ticket.channel != Channel.MIGRATION, Ticket.changed_at.is_not(None))
    there = (
        found.where(lives, Ticket.deleted_at.is_(None), Ticket.spam_at.is_(None))
        .order_by(Ticket.id)
        .limit(BATCH)
    )
    rows = db.session.scalars(there).unique().all() if rules else []
    if not rows:
        return [], None
    needed = {condition.key for rule in rules for condition in rule.conditions}
    says, fired = snapshots.of_many(rows, needed), _fired([t.id for t in rows])
    due = []
    for row in rows:
        holding = [r.id for r in rules if fires(r.conditions, verdicts(r.conditions, says[row.id]))]
        wanted = [ident for ident in holding if fired.get((row.id, ident)) != _stamp(row)]
        if wanted:
            due.append((row.id, wanted))
    return due, rows[-1].id


def act_in_time(due: tuple[int, list[int]]) -> int:
    """Runs triggers of time on one ticket, unless they acted since it last changed.

    Returns how many acted.
    """
    ticket: Ticket | None = db.lock(Ticket, due[0])
    if ticket is None or ticket.deleted_at is not None or ticket.spam_at is not None:
        return 0
    fired = _fired([ticket.id])
    wanted = [ident for ident in due[1] if fired.get((ticket.id, ident)) != _stamp(ticket)]
    if not wanted:
        return 0
    with by_triggers():
        return run(ticket, None, (), only=wanted)


def _stamp(ticket: Ticket) -> Any:
    return ticket.changed_at or ticket.created_at


def _fired(idents: Sequence[int]) -> dict[tuple[int, int], Any]:
    rows = db.session.scalars(sa.select(TriggerFired).where(TriggerFired.ticket_id.in_(idents)))
    return {(row.ticket_id, row.trigger_id): row.changed_at for row in rows}
