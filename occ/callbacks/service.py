"""Writes of callbacks: asked for, dealt out, taken back, dialed, done.

CBK-1, CBK-2, CBK-3, CBK-4.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.ars.models import PhoneService, Queue
from occ.audit.service import Actor
from occ.callbacks import queries, rules
from occ.callbacks.models import Callback, CallbackTurn
from occ.callbacks.rules import ASSIGNABLE, NOT_REACHED, OPEN, CallbackState, Mode, Source
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.customers import service as customers
from occ.notifications import service as notifications
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.telephony.models import Call
from occ.telephony.rules.calls import CallOutcome


def scope(slug: str) -> str:
    """What the callback pages of a service show."""
    return f"cb/{slug}"


def _changed(service_id: int) -> None:
    touch(
        scope(db.session.get_one(Service, service_id).slug),
        *(f"badge:{member}" for member in queries.watchers(service_id)),
    )


def ask(service: Service, queue_id: int, number: str, source: Source) -> Callback:
    """A customer wants to be called back; a second wish of the same number in the same
    queue joins the open one (CBK-6).
    """
    queue: Queue = db.lock(Queue, queue_id)
    now = clock.now()
    known = queries.open_of(queue_id, number)
    found: Callback | None = db.lock(Callback, known.id) if known is not None else None
    if found is not None and found.state in OPEN and found.deleted_at is None:
        found.requests += 1
        found.last_requested_at = now
        _changed(service.id)
        return found
    made = Callback(
        service_id=service.id,
        queue_id=queue_id,
        number=number,
        customer_id=customers.of_number(number).id,
        source=source,
        requested_at=now,
        last_requested_at=now,
        promise_until=now + timedelta(hours=queue.promise_hours),
    )
    db.session.add(made)
    db.session.flush()
    values = {"service": service.name, "slug": service.slug, "queue": queue.name}
    notifications.notify(queries.watchers(service.id), Notice.CALLBACK_ASKED, values)
    _changed(service.id)
    return made


@dataclass(frozen=True)
class Dealt:
    """The outcome of an assignment: how many each member got, and which
    callbacks somebody else had taken.
    """

    counts: dict[int, int]
    taken: list[Callback]


def assign(
    service: Service, idents: Sequence[int], members: Sequence[int], mode: Mode, *, actor: Actor
) -> Dealt:
    """Gives unassigned callbacks to phone agents: in turn, or all to one (CBK-3).

    Those taken meanwhile are left out and told.
    """
    if not members:
        raise Refused(_("Choose at least one agent."), "members")
    if mode is Mode.MANUAL and len(members) != 1:
        raise Refused(_("For manual assignment choose exactly one agent."), "members")
    people = {agent.member_id for agent in ars.phone_people(service.id)}
    if not set(members) <= people:
        raise Refused(_("Only agents with the phone permission can be assigned."), "members")
    db.lock(PhoneService, service.id)
    rows = _locked(service, idents)
    if not rows:
        raise Refused(_("Choose at least one callback."))
    free = [row for row in rows if row.state in ASSIGNABLE and row.deleted_at is None]
    taken = [row for row in rows if row not in free]
    pairs = _pairs(service.id, [row.id for row in free], members, mode)
    now = clock.now()
    by_id = {row.id: row for row in free}
    counts: dict[int, int] = {}
    for ident, member in pairs:
        row = by_id[ident]
        row.state, row.assignee_id, row.assigner_id = CallbackState.UNPROCESSED, member, actor.id
        row.assigned_at, row.assigned_day, row.cancelled_from = (
            now,
            clock.local_day(now, service.time_zone),
            None,
        )
        counts[member] = counts.get(member, 0) + 1
    for member, count in counts.items():
        values = {"service": service.name, "slug": service.slug, "count": count, "by": actor.name}
        notifications.notify([member], Notice.CALLBACKS_ASSIGNED, values)
    if counts:
        _changed(service.id)
    return Dealt(counts, taken)


def _locked(service: Service, idents: Sequence[int]) -> list[Callback]:
    """Callbacks of the service in the given order, as they are now."""
    wanted = list(dict.fromkeys(idents))
    found = {
        row.id: row
        for row in db.session.query(Callback)
        .filter(Callback.service_id == service.id, Callback.id.in_(wanted))
        .order_by(Callback.id)
        .populate_existing()
        .with_for_update(of=Callback)
    }
    return [found[ident] for ident in wanted if ident in found]


def _pairs(
    service_id: int, idents: Sequence[int], members: Sequence[int], mode: Mode
) -> list[tuple[int, int]]:
    if mode is Mode.MANUAL or not idents:
        return [(ident, members[0]) for ident in idents]
    key = hashlib.blake2s(",".join(map(str, sorted(members))).encode(), digest_size=12).hexdigest()
    turn = db.session.get(CallbackTurn, (service_id, key))
    pairs = rules.deal(idents, members, turn.last_member_id if turn else None)
    if turn is None:
        turn = CallbackTurn(service_id=service_id, agents=key)
        db.session.add(turn)
    turn.last_member_id = pairs[-1][1]
    return pairs


def unassign(service: Service, idents: Sequence[int], *, actor: Actor) -> tuple[int, int]:
    """Takes callbacks back from their agents (CBK-4); returns how many, and how many were left
    since they are dialed or done.
    """
    db.lock(PhoneService, service.id)
    rows = _locked(service, idents)
    if not rows:
        raise Refused(_("Choose at least one callback."))
    free = [
        row
        for row in rows
        if row.state is CallbackState.UNPROCESSED and row.call_id is None and row.deleted_at is None
    ]
    _release(free)
    if free:
        _changed(service.id)
    return len(free), len(rows) - len(free)


def _release(rows: Sequence[Callback]) -> None:
    for row in rows:
        row.state, row.cancelled_from = CallbackState.CANCELLED, row.assignee_id
        row.assignee_id = row.assigner_id = row.assigned_at = row.assigned_day = None


def leave(service_id: int, member_id: int) -> None:
    """Takes back what is open with somebody who is no phone agent any more (MEM-2)."""
    mine = sa.select(Callback).where(
        Callback.service_id == service_id,
        Callback.assignee_id == member_id,
        Callback.deleted_at.is_(None),
    )
    mine = (
        mine.where(Callback.state == CallbackState.UNPROCESSED)
        .order_by(Callback.id)
        .with_for_update(of=Callback)
    )
    rows = db.session.scalars(mine.execution_options(populate_existing=True)).all()
    if rows:
        _release(rows)
        _changed(service_id)


def dialing(ident: int, call: Call, member_id: int) -> None:
    """An agent calls the customer of a callback: counts the attempt; one
    agent at a time (CBK-2, CBK-6).
    """
    row: Callback | None = db.lock(Callback, ident)
    if row is None or row.service_id != call.service_id or row.deleted_at is not None:
        raise Refused(_("This callback does not exist any more. Load the list again."))
    if row.state is not CallbackState.UNPROCESSED or row.assignee_id != member_id:
        raise Refused(_("This callback is not assigned to you any more."))
    if row.call_id is not None:
        raise Refused(_("This callback is being dialed already."))
    row.attempts += 1
    row.call_id = row.last_call_id = call.id
    row.called_at, row.disposition_id = call.started_at, None
    call.queue_id = row.queue_id  # so the ticket is about what the customer waited for
    _changed(row.service_id)


def call_over(call: Call, limit: int) -> None:
    """The call for a callback ended: after `limit` calls that reached nobody it is marked
    failed.
    """
    found = queries.of_call(call.id)
    row: Callback | None = db.lock(Callback, found.id) if found else None
    if row is None or row.call_id != call.id:
        return
    row.call_id = None
    if call.outcome in NOT_REACHED:
        row.failures += 1
        if row.failures >= limit and row.failed_at is None:
            row.failed_at = clock.now()
    elif call.outcome is CallOutcome.COMPLETED:
        row.failures, row.failed_at = 0, None
    _changed(row.service_id)


def is_open_for(row: Callback, member_id: int) -> bool:
    return row.state is not CallbackState.COMPLETED and row.assignee_id == member_id


def filed(call: Call, disposition: int | None, completes: Actor | None) -> None:
    """The last call for a callback was filed, whoever has the callback by now; where asked for, the
    agent who reached the customer completes it.
    """
    found = queries.last_called(call.id)
    row: Callback | None = db.lock(Callback, found.id) if found else None
    if row is not None and row.disposition_id != disposition:
        row.disposition_id = disposition
        _changed(row.service_id)
    if completes is None:
        return
    if row is None or row.assignee_id != completes.id:
        raise Refused(_("This callback is not assigned to you any more."))
    complete(row, actor=completes)


def complete(row: Callback, *, actor: Actor) -> None:
    """The customer was helped, with or without a call (CBK-2)."""
    row = db.lock(Callback, row.id)
    if row.state is CallbackState.COMPLETED or row.deleted_at is not None:
        raise Refused(_("This callback is completed already."))
    if row.call_id is not None:
        raise Refused(_("Somebody is calling this customer right now. Complete it after the call."))
    row.state, row.completed_at, row.completed_by = CallbackState.COMPLETED, clock.now(), actor.id
    _changed(row.service_id)


def delete(row: Callback, *, actor: Actor) -> None:
    """Takes it out of lists and counts; the row is kept for history."""
    row = db.lock(Callback, row.id)
    if row.call_id is not None:
        raise Refused(_("Somebody is calling this customer right now. Delete it after the call."))
    row.deleted_at, row.deleted_by = clock.now(), actor.id
    _changed(row.service_id)
