"""Reads of callbacks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.callbacks.events import Consented, ConsentsAsked
from occ.callbacks.models import Callback
from occ.callbacks.rules import ASSIGNABLE, OPEN, CallbackState, Figures, Result, Source, Step
from occ.core import paging
from occ.core.db import db
from occ.core.events import emit
from occ.identity.models import Agent, agent_group
from occ.telephony.models import Call

_THERE = Callback.deleted_at.is_(None)


@dataclass(frozen=True)
class Filters:
    """What a list is searched by (CBK-2); `own` is the member whose callbacks alone are seen,
    `all_results` has deleted ones among them (STA-3).
    """

    service_id: int
    own: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    queue_id: int | None = None
    states: tuple[CallbackState, ...] = ()
    failed: bool = False
    number: str = ""
    whole: tuple[str, ...] = ()  # whole numbers, for who sees them masked
    assigner_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    all_results: bool = False
    result: Result | None = None


_DONE, _FAILED = Callback.state == CallbackState.COMPLETED, Callback.failed_at.is_not(None)
# by `rules.result`
_OF_RESULT = {
    Result.REQUESTED: sa.and_(_THERE, ~_DONE, ~_FAILED),
    Result.COMPLETED: sa.and_(_THERE, _DONE),
    Result.DELETED: ~_THERE,
    Result.FAILED: sa.and_(_THERE, ~_DONE, _FAILED),
}


def _found(filters: Filters) -> sa.Select[Any]:
    query = sa.select(Callback).where(Callback.service_id == filters.service_id)
    if not filters.all_results:
        query = query.where(_THERE)
    if filters.result is not None:
        query = query.where(_OF_RESULT[filters.result])
    wanted = {
        Callback.assignee_id: filters.own or filters.assignee_id,
        Callback.queue_id: filters.queue_id,
        Callback.assigner_id: filters.assigner_id,
    }
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if filters.since:
        query = query.where(Callback.requested_at >= filters.since)
    if filters.until:
        query = query.where(Callback.requested_at < filters.until)
    if filters.states:
        query = query.where(Callback.state.in_(filters.states))
    if filters.failed:
        query = query.where(Callback.failed_at.is_not(None))
    if filters.number:
        query = query.where(paging.like(Callback.number, filters.number))
    if filters.whole:
        query = query.where(Callback.number.in_(filters.whole))
    if filters.group_id:
        members = sa.select(Agent.member_id).join(agent_group, agent_group.c.agent_id == Agent.id)
        query = query.where(
            Callback.assignee_id.in_(members.where(agent_group.c.group_id == filters.group_id))
        )
    return query


def callback_list(
    filters: Filters,
    *,
    after: str = "",
    before: str = "",
    size: int = 20,
    oldest_first: bool = False,
) -> paging.Page:
    """Callbacks that match, newest first unless asked otherwise."""
    keys, descending = (Callback.requested_at, Callback.id), not oldest_first
    listed = replace(
        filters,
        queue_id=None,
        assigner_id=None,
        group_id=None,
        failed=False,
        number="",
        whole=(),
        result=None,
    )
    within = None
    if listed != filters:  # no index has the rest
        within = paging.look(
            _found(listed), keys=keys, descending=descending, after=after, before=before
        )
    return paging.page(
        _found(filters),
        keys=keys,
        descending=descending,
        after=after,
        before=before,
        size=size,
        within=within,
    )


def oldest(filters: Filters, limit: int) -> Sequence[Callback]:
    """Those that match, the one that has waited longest first."""
    found = _found(filters).order_by(Callback.requested_at, Callback.id).limit(limit)
    return db.session.scalars(found).all()


def results(filters: Filters) -> dict[Result, int]:
    """How many of the callbacks have come to each result, whatever result is looked for."""
    found = _found(replace(filters, all_results=True, result=None))
    counts = [sa.func.count().filter(condition) for condition in _OF_RESULT.values()]
    row = db.session.execute(found.with_only_columns(*counts)).one()
    return dict(zip(_OF_RESULT, row, strict=True))


def count(filters: Filters, limit: int = paging.COUNT_LIMIT) -> int:
    """How many match, at most `limit` + 1."""
    rows = _found(filters).with_only_columns(sa.literal_column("1")).limit(limit + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def batches(filters: Filters, size: int = 500) -> Iterator[Sequence[Callback]]:
    """All that match, newest first, in short reads."""
    after: tuple[datetime, int] | None = None
    while True:
        query = (
            _found(filters).order_by(Callback.requested_at.desc(), Callback.id.desc()).limit(size)
        )
        if after is not None:
            query = query.where(sa.tuple_(Callback.requested_at, Callback.id) < after)
        rows = db.session.scalars(query).all()
        if not rows:
            return
        after = (rows[-1].requested_at, rows[-1].id)
        yield rows
        db.session.rollback()


def callback(service_id: int, ident: int, own: int | None = None) -> Callback | None:
    """A callback of this service; another service's or, with `own`, another agent's is not
    found.
    """
    found = sa.select(Callback).where(
        Callback.id == ident, Callback.service_id == service_id, _THERE
    )
    return db.session.scalar(found if own is None else found.where(Callback.assignee_id == own))


def open_of(queue_id: int, number: str) -> Callback | None:
    """The open callback of a number in a queue."""
    found = sa.select(Callback).where(
        Callback.queue_id == queue_id, Callback.number == number, _THERE
    )
    return db.session.scalar(found.where(Callback.state != CallbackState.COMPLETED))


def ticket_of(ident: int) -> int | None:
    """The ticket of the call that is being dialed for a callback, once there is one (CTI-1)."""
    dialed = sa.select(Call.link_id).join(Callback, Callback.call_id == Call.id)
    return db.session.scalar(dialed.where(Callback.id == ident))


def of_call(call_id: int) -> Callback | None:
    """The callback that a call is dialed for."""
    return db.session.scalar(sa.select(Callback).where(Callback.call_id == call_id))


def last_called(call_id: int) -> Callback | None:
    """The callback that a call was dialed for, as long as no other call was since."""
    there = sa.select(Callback).where(Callback.last_call_id == call_id, _THERE)
    return db.session.scalar(there)


def consents(rows: Sequence[Callback]) -> Mapping[int, Consented]:
    """What customers consented to last who asked for these calls in the help center, by the ids of
    the callbacks (HC-1): also of one that began elsewhere and that they joined.
    """
    idents = [row.id for row in rows if row.source is Source.HELP_CENTER or row.requests > 1]
    asked = ConsentsAsked(idents)
    if idents:
        emit(asked)
    return asked.found


@dataclass(frozen=True)
class Totals:
    """Open callbacks by state, and how many of them are late."""

    states: dict[CallbackState, int]
    late: int

    @property
    def open(self) -> int:
        return sum(self.states.values())


# Every poll of the list asks this, so it is built once.
_TOTALS = (
    sa.select(
        Callback.state,
        sa.func.count(),
        sa.func.count().filter(Callback.promise_until <= sa.bindparam("now")),
    )
    .where(Callback.service_id == sa.bindparam("service_id"), Callback.state.in_(OPEN), _THERE)
    .group_by(Callback.state)
)
_OWN_TOTALS = _TOTALS.where(Callback.assignee_id == sa.bindparam("own"))


def totals(service_id: int, now: datetime, own: int | None = None) -> Totals:
    """What is open in a service, or with one member in it."""
    values = {"service_id": service_id, "now": now, "own": own}
    rows = db.session.execute(_TOTALS if own is None else _OWN_TOTALS, values).all()
    counts = {state: count for state, count, _late in rows}
    return Totals({**dict.fromkeys(OPEN, 0), **counts}, sum(row[2] for row in rows))


def open_by_agent(service_id: int) -> dict[int, int]:
    """How many open callbacks each member has (CBK-4)."""
    mine = sa.select(Callback.assignee_id, sa.func.count()).where(
        Callback.service_id == service_id, _THERE, Callback.state == CallbackState.UNPROCESSED
    )
    rows: Any = db.session.execute(
        mine.where(Callback.assignee_id.is_not(None)).group_by(Callback.assignee_id)
    ).all()
    return dict(rows)


BADGES = (
    sa.select(
        Callback.service_id,
        sa.func.count()
        .filter(
            sa.or_(
                sa.and_(
                    Callback.assignee_id == sa.bindparam("member_id"),
                    Callback.state == CallbackState.UNPROCESSED,
                ),
                sa.and_(
                    Callback.service_id.in_(sa.bindparam("managed", expanding=True)),
                    Callback.state.in_(ASSIGNABLE),
                ),
            )
        )
        .label("waiting"),
    )
    .where(
        Callback.service_id.in_(sa.bindparam("services", expanding=True)),
        _THERE,
        Callback.state.in_(OPEN),
    )
    .group_by(Callback.service_id)
)
"""What waits for a member by service: own unprocessed ones, in services they manage also
unassigned ones (CBK-1).
"""


def watchers(service_id: int) -> list[int]:
    """Members who are told of new callbacks: managers and phone agents (CBK-1)."""
    return [agent.member_id for agent in ars.phone_people(service_id)] + list(
        db.session.scalars(_managers(service_id))
    )


def _managers(service_id: int) -> sa.Select[Any]:
    from occ.identity.rules import AgentRole

    found = sa.select(Agent.member_id).where(
        Agent.service_id == service_id, Agent.removed_at.is_(None)
    )
    return found.where(Agent.role == AgentRole.MANAGER, Agent.phone.is_(False))


def figures(filters: Filters, since: date, until: date, step: Step) -> dict[date, Figures]:
    """Figures by day or by month (its first day) of the current assignment,
    days without any left out (CBK-5).
    """
    plain = _found(replace(filters, since=None, until=None))
    done = sa.func.count().filter(Callback.state == CallbackState.COMPLETED)
    query = plain.with_only_columns(Callback.assigned_day, sa.func.count(), done).where(
        Callback.assigned_day.between(since, until), Callback.assignee_id.is_not(None)
    )
    found: dict[date, Figures] = {}
    rows: Any = db.session.execute(query.group_by(Callback.assigned_day))
    for day, assigned, completed in rows:
        key = day if step is Step.DAY else day.replace(day=1)
        found[key] = found.get(key, Figures()) + Figures(assigned, completed)
    return dict(sorted(found.items()))
