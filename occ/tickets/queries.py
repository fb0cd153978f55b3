"""Reads of tickets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from occ.ars.models import Queue
from occ.core import clock, live, paging
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.customers.models import Customer
from occ.fields.rules import System
from occ.identity.models import Agent, Member, agent_group
from occ.organization.models import Service
from occ.telephony.models import Call
from occ.telephony.rules.calls import Direction
from occ.ticket_settings import queries as settings
from occ.tickets import rules
from occ.tickets.models import (
    SavedSearch,
    Ticket,
    TicketDraft,
    TicketEntry,
    TicketEvent,
    TicketStar,
    TicketValue,
    TicketViewer,
    TriggerRun,
)
from occ.tickets.rules import HERE, OPEN, OWN, Box, Channel, Entry, Priority, State

SEEN = timedelta(seconds=40)
SEEN_BY_CUSTOMERS = (
    Entry.INQUIRY,
    Entry.REPLY,
    Entry.ANSWER,
    Entry.HOLD,
    Entry.MAIL,
    Entry.TEXT,
)
COMPOSED = (Entry.ANSWER, Entry.HOLD, Entry.INTERNAL, Entry.COMMENT)
WRITING = timedelta(seconds=20)
THERE = (Ticket.spam_at.is_(None), Ticket.deleted_at.is_(None))
# those that figures count, whoever shows them
COUNTED_TICKETS = (
    *THERE,
    sa.or_(Ticket.reason.is_(None), Ticket.reason.not_in(rules.UNCOUNTED)),
)
# in words, not as parameters: only so a database sees that the index of open tickets answers it
_STATES = ", ".join(f"'{state.value}'" for state in OPEN)
# nobody has them: those that came, and those whose agent left before another service answered
_UNTAKEN = sa.or_(
    Ticket.state == State.UNASSIGNED,
    sa.and_(Ticket.state == State.ANSWERED, Ticket.assignee_id.is_(None)),
)
IS_OPEN = sa.text(
    f"ticket.deleted_at IS NULL AND ticket.spam_at IS NULL AND ticket.state IN ({_STATES})"
)
_DONE = sa.text("ticket.deleted_at IS NULL AND ticket.spam_at IS NULL AND ticket.state = 'done'")
COUNTED = (Box.PROGRESS, Box.HOLD, Box.HANDED, Box.UNASSIGNED, Box.GROUPS)

# Every look at a ticket and every poll of the lists asks these, so they are built once.
_TICKET = sa.select(Ticket).where(
    Ticket.id == sa.bindparam("ident"),
    Ticket.service_id == sa.bindparam("service"),
    Ticket.deleted_at.is_(None),
)
_ENTRIES = (
    sa.select(TicketEntry)
    .where(TicketEntry.ticket_id == sa.bindparam("ident"))
    .order_by(TicketEntry.id)
)
_GROUPS = (
    sa.select(agent_group.c.group_id)
    .join(Agent, Agent.id == agent_group.c.agent_id)
    .where(
        Agent.service_id == sa.bindparam("service"),
        Agent.member_id == sa.bindparam("viewer"),
        Agent.removed_at.is_(None),
    )
)
_COUNTS = sa.select(
    sa.func.count().filter(
        Ticket.assignee_id == sa.bindparam("viewer"), Ticket.state == State.PROGRESS
    ),
    sa.func.count().filter(
        Ticket.assignee_id == sa.bindparam("viewer"), Ticket.state == State.HOLD
    ),
    sa.func.count().filter(
        Ticket.assignee_id == sa.bindparam("viewer"), Ticket.state.in_(OWN[Box.HANDED])
    ),
    sa.func.count().filter(_UNTAKEN),
    sa.func.count().filter(Ticket.group_id.in_(_GROUPS)),
).where(Ticket.service_id == sa.bindparam("service"), IS_OPEN)
_STAR, _VIEWER, _PERSON = range(3)
_BESIDE = sa.union_all(
    sa.select(
        sa.literal(_STAR).label("kind"),
        TicketStar.ticket_id,
        sa.literal("").label("name"),
        sa.cast(sa.null(), TicketViewer.writing_at.type),
    ).where(
        TicketStar.member_id == sa.bindparam("viewer"),
        TicketStar.ticket_id.in_(sa.bindparam("tickets", expanding=True)),
    ),
    sa.select(sa.literal(_VIEWER), TicketViewer.ticket_id, Member.name, TicketViewer.writing_at)
    .join(Member, Member.id == TicketViewer.member_id)
    .where(
        TicketViewer.ticket_id.in_(sa.bindparam("tickets", expanding=True)),
        TicketViewer.seen_at > sa.bindparam("since"),
        TicketViewer.member_id != sa.bindparam("viewer"),
    ),
    sa.select(
        sa.literal(_PERSON),
        Member.id,
        Member.name,
        sa.cast(sa.null(), TicketViewer.writing_at.type),
    ).where(Member.id.in_(sa.bindparam("people", expanding=True))),
).order_by("name")
_SEARCHES = (
    sa.select(SavedSearch)
    .where(
        SavedSearch.service_id == sa.bindparam("service"),
        SavedSearch.member_id == sa.bindparam("viewer"),
    )
    .order_by(SavedSearch.name)
)
_COUNTED = _COUNTS.subquery()
# one row at least: the counts, beside each search once more
_BOXES = sa.select(
    _COUNTED,
    live.version(sa.bindparam("scope")).label("version"),
    SavedSearch.id,
    SavedSearch.name,
    SavedSearch.box,
    SavedSearch.query,
).outerjoin_from(
    _COUNTED,
    SavedSearch,
    sa.and_(
        SavedSearch.service_id == sa.bindparam("service"),
        SavedSearch.member_id == sa.bindparam("viewer"),
    ),
)


class Listed(NamedTuple):
    """What lists show of a ticket, and of its customer, who has at least a number or an address."""

    id: int
    channel: Channel
    state: State
    priority: Priority
    subject: str
    assignee_id: int | None
    intake_id: int | None
    call_id: int | None
    created_at: datetime
    spam_at: datetime | None
    name: str | None
    phone: str | None
    email: str | None


_asker = aliased(Customer)  # conditions about customers stay their own
_LISTED = [
    getattr(_asker if name in ("name", "phone", "email") else Ticket, name)
    for name in Listed._fields
]
LISTED = paging.Columns(
    lambda tickets: tickets.outerjoin(_asker, _asker.id == Ticket.customer_id).with_only_columns(
        *_LISTED
    ),
    lambda row: Listed._make(row[: len(Listed._fields)]),
)


@dataclass(frozen=True)
class Viewer:
    """Who looks at a service's tickets; managers see what is written for them alone."""

    service_id: int
    member_id: int
    manager: bool = False

    @property
    def groups(self) -> sa.Select[Any]:
        """The ids of their groups, as a subquery."""
        return _GROUPS.params(viewer=self.member_id, service=self.service_id)

    def works_on(self, ticket: Ticket | Listed) -> bool:
        """Whether they may process it; only then they see its numbers and addresses whole."""
        return rules.works_on(
            assignee=ticket.assignee_id, member=self.member_id, manager=self.manager
        )

    def sees(self, ticket: Ticket) -> bool:
        """Whether there is such a ticket for them: not a deleted one, and spam only for managers,
        who restore or delete it (TKT-1).
        """
        return (
            ticket.service_id == self.service_id
            and ticket.deleted_at is None
            and (self.manager or ticket.spam_at is None)
        )


def ticket(who: Viewer, ident: int) -> Ticket | None:
    """A ticket that somebody sees; others are not found."""
    found = db.session.scalar(_TICKET, {"ident": ident, "service": who.service_id})
    return found if found is not None and who.sees(found) else None


def in_box(service_id: int, box: Box, who: Viewer) -> sa.Select[Any]:
    found = sa.select(Ticket).where(Ticket.service_id == service_id, Ticket.deleted_at.is_(None))
    if box is Box.SPAM:
        return found.where(Ticket.spam_at.is_not(None))
    found = found.where(Ticket.spam_at.is_(None))
    if box in OWN:
        return found.where(Ticket.assignee_id == who.member_id, Ticket.state.in_(OWN[box]))
    if box is Box.UNASSIGNED:
        return found.where(_among_open(service_id, _UNTAKEN))
    if box is Box.GROUPS:
        return found.where(_among_open(service_id, Ticket.group_id.in_(who.groups)))
    return found


def to_work_on(who: Viewer) -> sa.ColumnElement[bool]:
    """Whether a ticket waits for somebody: open here, and nobody else's (TKT-2)."""
    mine = sa.or_(Ticket.assignee_id.is_(None), Ticket.assignee_id == who.member_id)
    return _among_open(who.service_id, sa.and_(Ticket.state.in_(HERE), mine))


def _among_open(service_id: int, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a ticket is among the open ones of which something holds: in these words they are
    looked up in their index, not met in the order of a list of all.
    """
    found = sa.select(Ticket.id).where(Ticket.service_id == service_id, condition, IS_OPEN)
    return Ticket.id.in_(found.correlate(None))


def searches(service_id: int, member_id: int) -> Sequence[SavedSearch]:
    """A member's saved searches by name."""
    return db.session.scalars(_SEARCHES, {"service": service_id, "viewer": member_id}).all()


def saved_search(service_id: int, member_id: int, ident: int) -> SavedSearch | None:
    mine = sa.select(SavedSearch).where(
        SavedSearch.service_id == service_id, SavedSearch.member_id == member_id
    )
    return db.session.scalar(mine.where(SavedSearch.id == ident))


def box_counts(service_id: int, who: Viewer) -> dict[Box, int]:
    """How many open tickets stand in the boxes that count, read from the index of open ones."""
    row = db.session.execute(_COUNTS, {"service": service_id, "viewer": who.member_id}).one()
    return dict(zip(COUNTED, row, strict=True))


class Saved(NamedTuple):
    """A search that somebody keeps, as the lists show it."""

    id: int
    name: str
    box: Box
    query: str


@dataclass(frozen=True)
class Boxes:
    """The same counts, the searches that somebody keeps by name, and the number of the lists."""

    counts: Mapping[Box, int]
    searches: Sequence[Saved]
    version: int


def boxes(service_id: int, who: Viewer, scope: str) -> Boxes:
    """What stands beside a service's lists, whose live scope is named."""
    asked = {"service": service_id, "viewer": who.member_id, "scope": scope}
    rows = db.session.connection().execute(_BOXES, asked).all()
    counts, version = rows[0][: len(COUNTED)], rows[0].version or 0
    kept = [Saved._make(row[-len(Saved._fields) :]) for row in rows if row.id is not None]
    kept.sort(key=lambda one: one.name)
    return Boxes(dict(zip(COUNTED, counts, strict=True)), kept, version)


@dataclass(frozen=True)
class Counters:
    """The live strip above the tickets (TKT-2)."""

    agents: int
    received: int
    unassigned_today: int
    unassigned: int
    received_24h: int
    resolved_24h: int
    progress: int
    hold: int
    handed: int
    promised: int

    @property
    def rate(self) -> float | None:
        """Share of the last 24 hours' tickets that are resolved, in percent; None when none
        came.
        """
        return self.resolved_24h * 100 / self.received_24h if self.received_24h else None


def counters(service: Service, who: Viewer) -> Counters:
    """The service's day for what is called today, 24 hours for the share that is resolved."""
    now = clock.now()
    start = clock.day_start(clock.local_day(now, service.time_zone), service.time_zone)
    recent = sa.select(
        sa.func.count().filter(Ticket.created_at >= start),
        sa.func.count().filter(Ticket.created_at >= now - timedelta(hours=24)),
        sa.func.count().filter(
            Ticket.created_at >= now - timedelta(hours=24),
            Ticket.state.in_((State.RESOLVED, State.DONE)),
        ),
    )
    since = min(start, now - timedelta(hours=24))
    received, received_24h, resolved_24h = db.session.execute(
        recent.where(Ticket.service_id == service.id, Ticket.created_at >= since, *COUNTED_TICKETS)
    ).one()
    waiting = sa.select(sa.func.count(), sa.func.count().filter(Ticket.created_at >= start))
    unassigned, unassigned_today = db.session.execute(
        waiting.where(Ticket.service_id == service.id, _UNTAKEN, IS_OPEN)
    ).one()
    staff = (
        sa.select(sa.func.count())
        .select_from(Agent)
        .where(Agent.service_id == service.id, Agent.removed_at.is_(None), Agent.ticket)
    )
    counts = box_counts(service.id, who)
    return Counters(
        db.session.scalar(staff) or 0,
        received,
        unassigned_today,
        unassigned,
        received_24h,
        resolved_24h,
        counts[Box.PROGRESS],
        counts[Box.HOLD],
        counts[Box.HANDED],
        db.session.scalar(_promised(service.id, who)) or 0,
    )


def _promised(service_id: int, who: Viewer) -> sa.Select[Any]:
    """How many open tickets of a member have a call promised."""
    promise = sa.and_(
        TicketValue.ticket_id == Ticket.id,
        TicketValue.code == System.PROMISED.value,
        TicketValue.text == "1",
    )
    mine = sa.select(sa.func.count()).select_from(Ticket).join(TicketValue, promise)
    return mine.where(Ticket.service_id == service_id, Ticket.assignee_id == who.member_id, IS_OPEN)


def own_open(service_id: int, member_id: int, limit: int) -> Sequence[Ticket]:
    """The open tickets of a member, the oldest first."""
    mine = sa.select(Ticket).where(_among_open(service_id, Ticket.assignee_id == member_id))
    return db.session.scalars(mine.order_by(Ticket.created_at, Ticket.id).limit(limit)).all()


@dataclass(frozen=True)
class Own:
    """A member's figures (MEM-8): unassigned ones in their groups and their own in progress now,
    resolved and done since an instant.
    """

    unassigned: int
    progress: int
    resolved: int
    done: int


def own_figures(service_id: int, who: Viewer, since: datetime) -> Own:
    own = (Ticket.assignee_id == who.member_id, Ticket.service_id == service_id)
    waiting = (_UNTAKEN, Ticket.group_id.in_(who.groups), Ticket.service_id == service_id, IS_OPEN)
    counted = [
        sa.select(sa.func.count()).select_from(Ticket).where(*conditions).scalar_subquery()
        for conditions in (
            waiting,
            (*own, Ticket.state == State.PROGRESS, IS_OPEN),
            (*own, Ticket.state == State.RESOLVED, Ticket.resolved_at >= since, *COUNTED_TICKETS),
            (*own, Ticket.done_at >= since, _DONE, *COUNTED_TICKETS),
        )
    ]
    return Own(*db.session.execute(sa.select(*counted)).one())


def of_call(call: Call) -> Ticket | None:
    """The ticket that was made for a call."""
    return db.session.get(Ticket, call.link_id) if call.link_id else None


def titles(service: Service, rows: Sequence[Ticket | Listed]) -> dict[int, str]:
    """What tickets without a title of their own, those of calls, are about: their intake type, else
    the queue that the call came through or was for, else that it went out.
    """
    untitled = [row for row in rows if not row.subject]
    if not untitled:
        return {}
    types = settings.path_names(service, [row.intake_id for row in untitled if row.intake_id])
    called = [row.call_id for row in untitled if row.call_id and not row.intake_id]
    through = sa.select(Call.id, Call.direction, Queue.name).outerjoin(
        Queue, Queue.id == Call.queue_id
    )
    found = db.session.execute(through.where(Call.id.in_(called))) if called else ()
    out = str(_("Outbound"))
    queues = {
        row.id: row.name or (out if row.direction is Direction.OUTBOUND else "") for row in found
    }
    said = {
        row.id: types.get(row.intake_id or 0) or queues.get(row.call_id or 0, "")
        for row in untitled
    }
    return {ident: text for ident, text in said.items() if text}


def entries(ticket_id: int) -> Sequence[TicketEntry]:
    return db.session.scalars(_ENTRIES, {"ident": ticket_id}).all()


def answer(ticket_id: int, ident: int) -> TicketEntry | None:
    """An answer of a ticket, of which customers see the words; None where there is none."""
    found: TicketEntry | None = db.session.scalar(
        sa.select(TicketEntry).where(
            TicketEntry.id == ident,
            TicketEntry.ticket_id == ticket_id,
            TicketEntry.kind.in_((Entry.ANSWER, Entry.HOLD)),
        )
    )
    return found


def last_event(ticket_id: int, member_id: int) -> TicketEvent | None:
    """The last thing that a member did with a ticket."""
    theirs = sa.select(TicketEvent).where(
        TicketEvent.ticket_id == ticket_id, TicketEvent.actor_id == member_id
    )
    return db.session.scalar(theirs.order_by(TicketEvent.id.desc()).limit(1))


def draft(ticket_id: int, member_id: int) -> TicketDraft | None:
    return db.session.get(TicketDraft, (ticket_id, member_id))


def sent_last(ticket_id: int, member_id: int) -> int | None:
    """The entry that ended a member's last draft, or would have; None where there is none."""
    return db.session.scalar(
        sa.select(sa.func.max(TicketEntry.id)).where(
            TicketEntry.ticket_id == ticket_id,
            TicketEntry.author_id == member_id,
            TicketEntry.kind.in_(COMPOSED),
        )
    )


Beside = tuple[dict[int, str], set[int], dict[int, list[tuple[str, bool]]]]


def beside(ticket_ids: Sequence[int], member_id: int, people: Iterable[int] = ()) -> Beside:
    """What is known of tickets beside their rows: names of people, also of those who left; which
    tickets a member has marked; and (name, writes now) of the others who have them open, by ticket.
    """
    names: dict[int, str] = {}
    stars: set[int] = set()
    others: dict[int, list[tuple[str, bool]]] = {}
    if not ticket_ids:
        return names, stars, others
    now = clock.now()
    values = {
        "tickets": list(ticket_ids),
        "people": list(people),
        "viewer": member_id,
        "since": now - SEEN,
    }
    for kind, ident, name, writing in db.session.connection().execute(_BESIDE, values):
        if kind == _PERSON:
            names[ident] = name
        elif kind == _STAR:
            stars.add(ident)
        else:
            is_writing = writing is not None and writing > now - WRITING
            others.setdefault(ident, []).append((name, is_writing))
    return names, stars, others


def may_be_assigned(service_id: int, group_id: int | None = None) -> Sequence[Agent]:
    """Agents with the ticket permission whose assignment is on (TKT-3), of a
    group if one is given, by name.
    """
    found = (
        sa.select(Agent)
        .join(Agent.member)
        .where(Agent.service_id == service_id, Agent.removed_at.is_(None), Agent.ticket_assignment)
    )
    found = found.where(sa.or_(Agent.ticket, Agent.phone))
    if group_id is not None:
        found = found.join(agent_group, agent_group.c.agent_id == Agent.id).where(
            agent_group.c.group_id == group_id
        )
    return db.session.scalars(found.order_by(Member.name, Agent.id)).unique().all()


def resolved_before(limit: datetime, count: int) -> Sequence[Ticket]:
    """Tickets resolved long enough ago to be done (TKT-1), oldest first."""
    old = sa.select(Ticket).where(
        Ticket.state == State.RESOLVED, Ticket.resolved_at <= limit, *THERE
    )
    return db.session.scalars(old.order_by(Ticket.resolved_at).limit(count)).all()


def using(category_ids: Sequence[int]) -> int:
    """How many tickets carry one of these categories."""
    carried = sa.or_(Ticket.intake_id.in_(category_ids), Ticket.resolution_id.in_(category_ids))
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Ticket)
            .where(carried, Ticket.deleted_at.is_(None))
        )
        or 0
    )


def in_group(service_id: int, group_id: int) -> Sequence[Agent]:
    """A group's agents in the order in which they were added."""
    found = (
        sa.select(Agent).join(agent_group, agent_group.c.agent_id == Agent.id).join(Agent.member)
    )
    there = found.where(
        Agent.service_id == service_id,
        Agent.removed_at.is_(None),
        agent_group.c.group_id == group_id,
    )
    return db.session.scalars(there.order_by(Agent.id)).unique().all()


def trigger_runs(ticket_id: int, limit: int = 10) -> Sequence[TriggerRun]:
    """What triggers made of a ticket's events, the newest first (TRG-4)."""
    found = (
        sa.select(TriggerRun)
        .where(TriggerRun.ticket_id == ticket_id)
        .order_by(TriggerRun.id.desc())
        .limit(limit)
    )
    return db.session.scalars(found).all()


def newest_tickets(service_id: int, limit: int = 200) -> Sequence[Ticket]:
    """A service's last tickets, the newest first."""
    found = (
        sa.select(Ticket)
        .where(Ticket.service_id == service_id, *THERE)
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return db.session.scalars(found).unique().all()


def there(who: Viewer, idents: Sequence[int]) -> Sequence[int]:
    """Those of the ids that are tickets which somebody sees."""
    found = sa.select(Ticket).where(Ticket.service_id == who.service_id, Ticket.id.in_(idents))
    return [
        one.id for one in db.session.scalars(found.order_by(Ticket.id)).unique() if who.sees(one)
    ]
