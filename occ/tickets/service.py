"""Writes of tickets. Every function runs inside the caller's write transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from occ.ars import queries as ars
from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.service import SYSTEM, Actor
from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, NotAllowed, Refused
from occ.core.i18n import gettext as _
from occ.core.richtext import Writing
from occ.core.settings import configured
from occ.core.uploads import Upload
from occ.customers.models import Customer
from occ.delivery import copies
from occ.fields import queries as fields
from occ.fields.rules import Direction, Shown, System
from occ.identity import queries as identity
from occ.identity.models import Agent
from occ.organization.models import Service
from occ.telephony import service as telephony
from occ.telephony.models import Call
from occ.telephony.rules.calls import Direction as CallDirection
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind, Hit, forbidden_in
from occ.tickets import attachments, belongings, letters, mails, queries, rules
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, Fact, Move, Priority, Reason, Standing, State
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from occ.tickets.writes import (
    answer_source,
    happened,
    locked,
    mail_address,
    move,
    name_of,
    new,
    tell_assigned,
    touched,
    write,
)
from occ.tickets.writes import undo as undo_move

UNDONE_WITHIN = timedelta(minutes=1)  # also what sends nothing


@dataclass(frozen=True)
class Inquiry:
    """What a new ticket begins with."""

    subject: str
    body: str
    customer_id: int | None = None
    intake_id: int | None = None
    priority: Priority = Priority.NORMAL
    take: bool = True
    values: Mapping[Shown, str] = field(default_factory=dict)
    html: str = ""
    # by the addresses at which the text shows them
    files: Mapping[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True)
class Processed:
    """What taking it back needs to know of a resolution or a hold."""

    ticket_id: int
    before: rules.Standing
    at: datetime
    entry_id: int | None
    # what went to another service cannot be taken back
    is_final: bool


def of_call(call: Call, member_id: int) -> Ticket:
    """The ticket of a call, made once, assigned to whoever talks (CTI-6), with
    its queue's intake type (ARS-9).
    """
    queue = ars.queue_of_call(call.queue_id) if call.queue_id else None
    intake = (
        settings.category(call.service_id, queue.intake_id) if queue and queue.intake_id else None
    )
    made = new(
        call.service_id,
        Channel.PHONE,
        None,
        customer_id=call.customer_id,
        assignee_id=member_id,
        direction=call.direction.value,
        call_id=call.id,
        intake_id=intake.id if intake else None,
    )
    asked = fields.asked(
        db.session.get_one(Service, call.service_id), None, manager=True, phone=True
    )
    direction = Direction.IN if call.direction is CallDirection.INBOUND else Direction.OUT
    known = {
        System.CONSULTED_AT: clock.now().astimezone(UTC).isoformat(timespec="minutes"),
        System.DIRECTION: direction.value,
    }
    value_service.store(
        made, {one: known[one.system] for one in asked.phone if one.system in known}
    )
    telephony.attach(call, label=f"#{made.id}", endpoint="tickets.detail", ident=made.id)
    return made


def take_of_call(ticket: Ticket, *, actor: Actor) -> None:
    """Whoever talks in a call has its ticket from now on, as whoever answered had (CTI-6)."""
    ticket = locked(ticket)
    assert actor.id is not None
    if ticket.assignee_id == actor.id and ticket.state is State.PROGRESS:
        return
    before = ticket.assignee_id
    agent = identity.agent_of(ticket.service_id, actor.id)
    groups = [group.id for group in agent.groups] if agent else []
    kept = ticket.group_id if ticket.group_id in groups else next(iter(groups), None)
    move(ticket, Move.TAKE, member=actor.id, group=kept)
    happened(ticket, Fact.TAKEN, actor, before=name_of(before))


def resolve_of_call(ticket: Ticket, *, actor: Actor) -> None:
    """What was said on the phone has settled it: resolved without mail (CTI-6, TKT-1)."""
    process(
        ticket,
        Move.INTERNAL,
        "",
        seen=ticket.version,
        manager=False,
        actor=actor,
        reason=Reason.BY_PHONE,
        composed=False,
    )


def resolved_of_call(ticket: Ticket, member_id: int) -> Processed | None:
    """What `resolve_of_call` did, if it is the last thing that the member did with a ticket."""
    last = queries.last_event(ticket.id, member_id)
    if last is None or last.fact is not Fact.INTERNAL or "was" not in last.detail:
        return None
    held = last.detail.get("held")
    before = rules.Standing(
        State(last.detail["was"]),
        member_id,
        ticket.group_id,
        held_at=datetime.fromisoformat(held) if held else None,
    )
    return Processed(ticket.id, before, last.at, None, ticket.source_id is not None)


def by_hand(service_id: int, customer_id: int | None, *, actor: Actor) -> Ticket:
    """A ticket without a call that whoever made it works on (CBK-2)."""
    return new(service_id, Channel.MANUAL, actor, customer_id=customer_id, assignee_id=actor.id)


_OF_KEY = sa.select(Ticket).where(Ticket.submit_key == sa.bindparam("key"))


def create(service: Service, inquiry: Inquiry, *, key: str, actor: Actor) -> Ticket:
    """A ticket written by hand; the same key again returns the one made before (double click)."""
    db.hold(Service, service.id)
    key = f"{service.id}-{key}"[:64]
    made = db.session.scalar(_OF_KEY, {"key": key})
    if made is not None:
        return made
    if not inquiry.subject.strip():
        raise Refused(_("Fill this in."), "subject")
    body = rules.check_body(inquiry.body)
    intake = _category(service.id, inquiry.intake_id, CategoryKind.INTAKE)
    take = inquiry.take and actor.id is not None and identity.takes_tickets(service.id, actor.id)
    made = new(
        service.id,
        Channel.MANUAL,
        actor,
        subject=inquiry.subject.strip()[: rules.SUBJECT_MAX],
        customer_id=inquiry.customer_id,
        intake_id=intake,
        priority=inquiry.priority,
        assignee_id=actor.id if take else None,
        submit_key=key,
    )
    attachments.take(
        write(made, Entry.INQUIRY, body, actor=actor, html=inquiry.html), actor.id, inquiry.files
    )
    value_service.store(made, inquiry.values)
    return made


def _category(service_id: int, ident: int | None, kind: CategoryKind) -> int | None:
    if ident is None:
        return None
    found = settings.category(service_id, ident)
    if found is None or found.kind is not kind:
        raise Conflict(_("Somebody deleted this category."))
    return found.id


def _assignable(service_id: int, member_id: int) -> Agent | None:
    """The agent, if tickets can be given to them (TKT-3); locked, so that nobody
    takes the role away meanwhile.
    """
    takes = identity.takes_tickets(service_id, member_id)
    return identity.agent_of(service_id, member_id) if takes else None


def take(ticket: Ticket, *, group_id: int | None, seen: int, actor: Actor) -> None:
    """Takes a ticket (TKT-3). Raises Conflict when somebody was faster, naming them."""
    ticket = locked(ticket)
    assert actor.id is not None
    agent = _assignable(ticket.service_id, actor.id)
    if agent is None:
        raise Refused(
            _("Your ticket assignment is off. Switch it on under My settings, or ask a manager.")
        )
    if ticket.assignee_id == actor.id and ticket.state is State.PROGRESS:
        return
    if ticket.version != seen and ticket.assignee_id is not None:
        name = identity.names([ticket.assignee_id]).get(ticket.assignee_id, "?")
        raise Conflict(_("%(name)s took this ticket first.", name=name))
    groups = [group.id for group in agent.groups]
    if group_id is None and len(groups) > 1:
        raise Refused(_("Choose for which of your groups you take it."), "group")
    if group_id is not None and group_id not in groups:
        raise Refused(_("You are not in this group. Choose another one."), "group")
    before = ticket.assignee_id
    group = group_id or (groups[0] if groups else None)
    move(ticket, Move.TAKE, member=actor.id, group=group)
    happened(ticket, Fact.TAKEN, actor, before=name_of(before))


def transfer(
    ticket: Ticket, *, group_id: int | None, member_id: int | None, seen: int, actor: Actor
) -> None:
    """Hands a ticket to a group, or to an agent of it (TKT-3).

    Raises Conflict when somebody changed it meanwhile.
    """
    ticket = locked(ticket)
    if ticket.version != seen:
        raise Conflict(
            _("Somebody changed this ticket meanwhile. Look at it again before you reassign it.")
        )
    group = identity.group(ticket.service_id, group_id) if group_id else None
    if group_id and group is None:
        raise Conflict(_("Somebody deleted this group."), "group")
    if group is None and member_id is None:
        raise Refused(_("Choose a group or an agent."), "group")
    agent = _assignable(ticket.service_id, member_id) if member_id else None
    if member_id and (
        agent is None or (group is not None and group.id not in [g.id for g in agent.groups])
    ):
        raise Refused(_("Tickets cannot be given to this agent. Choose another one."), "member")
    before = ticket.assignee_id
    move(
        ticket,
        Move.TRANSFER,
        member=agent.member_id if agent else None,
        group=group.id if group else (agent.groups[0].id if agent and agent.groups else None),
    )
    happened(
        ticket,
        Fact.TRANSFERRED,
        actor,
        before=name_of(before),
        to=agent.member.name if agent else None,
        group=group.name if group else None,
    )
    if agent and agent.member_id != actor.id:
        tell_assigned(ticket, agent.member_id, actor.name)


_FACTS = {Move.RESOLVE: Fact.RESOLVED, Move.HOLD: Fact.HELD, Move.INTERNAL: Fact.INTERNAL}
_ENTRIES = {Move.RESOLVE: Entry.ANSWER, Move.HOLD: Entry.HOLD, Move.INTERNAL: Entry.INTERNAL}


def process(
    ticket: Ticket,
    wanted: Move,
    body: str,
    *,
    seen: int,
    manager: bool,
    actor: Actor,
    reason: Reason | None = None,
    html: str = "",
    composed: bool = True,
    also: Sequence[str] = (),
) -> Processed:
    """Resolves, puts on hold, or resolves internally (TKT-4).

    Answers and holds are mailed to the customer, with `also` as copies; `html` is sanitized.

    A text is needed where somebody gets it: the customer by mail, the service that handed the
    ticket over, or with files. What was `composed` takes the actor's waiting files along and ends
    their draft.

    Raises Conflict when the ticket changed since `seen`: the caller keeps the text.
    """
    ticket = locked(ticket)
    assert actor.id is not None
    if not rules.works_on(assignee=ticket.assignee_id, member=actor.id, manager=manager):
        raise NotAllowed(rules.TAKE_FIRST)
    if ticket.version != seen:
        raise Conflict(
            _(
                "This ticket changed while you were writing. Your text is kept; read "
                "what is new and send it again."
            )
        )
    if wanted is Move.INTERNAL and (
        reason is None or (ticket.channel is Channel.HANDOVER and reason in rules.NOT_HANDED)
    ):
        raise Refused(_("Choose a reason."), "reason")
    address = mail_address(ticket)
    waiting = attachments.pending(ticket.id, actor.id) if composed else []
    gets_it = address or ticket.source_id is not None or waiting
    if body.strip() or (wanted is not Move.INTERNAL and gets_it):
        rules.check_body(body)
    if wanted is not Move.INTERNAL and (hits := forbidden(ticket.service_id, body)):
        raise rules.Forbidden(hits)
    if wanted is Move.RESOLVE and (
        names := values.missing(
            db.session.get_one(Service, ticket.service_id), ticket, manager=manager
        )
    ):
        raise Refused(_("Fill in first: %(fields)s.", fields=", ".join(names)), "fields")
    reason = reason if wanted is Move.INTERNAL else None
    before, began, entry = ticket.standing, clock.now(), None
    move(ticket, wanted, member=actor.id, reason=reason)
    if body.strip():
        entry = write(ticket, _ENTRIES[wanted], body, actor=actor, html=html)
        entry.mailed_to = address if wanted is not Move.INTERNAL else ""
        entry.copied_to = list(also) if entry.mailed_to else []
    happened(
        ticket,
        _FACTS[wanted],
        actor,
        reason=reason.value if reason else None,
        was=before.state.value,
        **({"held": before.held_at.isoformat()} if before.held_at else {}),
    )
    if entry is not None:
        db.session.flush()
        attachments.keep(entry, waiting)
        if entry.mailed_to:
            shown, files = attachments.for_mail(entry, waiting)
            kind = letters.kind_of(ticket, wanted)
            letters.send(
                ticket,
                entry,
                html=shown,
                files=files,
                kind=kind,
                after=rules.UNDO,
                cc=entry.copied_to,
                thread=mails.thread(ticket.id) if ticket.has_mail else (),
            )
    if composed:
        belongings.forget_draft(ticket.id, actor.id)
    if ticket.source_id is not None:
        answer_source(ticket, ticket.source_id, Writing(body, html), actor)
    return Processed(
        ticket.id, before, began, entry.id if entry else None, ticket.source_id is not None
    )


def undo(done: Processed, ticket: Ticket, *, seen: int, actor: Actor) -> None:
    """Takes a resolution or a hold back while nothing of it has left (TKT-2): the ticket stands as
    before, and what was written is a draft again.

    Raises Refused when the ticket changed since `seen`, something has left, whoever had it works
    on none any more, or something else is being written.
    """
    ticket = locked(ticket, spam=True)
    assert actor.id is not None
    if (
        ticket.version != seen
        or clock.now() > done.at + UNDONE_WITHIN
        or not _still_there(ticket, done.before)
        or not copies.hold_back(ticket.about, done.at)
    ):
        raise Refused(rules.CHANGED_SINCE)
    if done.entry_id and queries.draft(ticket.id, actor.id) is not None:
        raise Refused(
            _("You are writing something else in this ticket. Save or empty it, then undo.")
        )
    undo_move(ticket, done.before)
    db.session.execute(
        sa.delete(TicketEntry).where(
            TicketEntry.ticket_id == ticket.id,
            TicketEntry.kind == Entry.MAIL,
            TicketEntry.at >= done.at,
        )
    )
    entry = db.session.get(TicketEntry, done.entry_id) if done.entry_id else None
    if entry is not None:
        kinds = {Entry.INTERNAL: Entry.INTERNAL}
        said = Writing(entry.body, entry.html)
        belongings.save_draft(ticket, actor.id, kinds.get(entry.kind, Entry.ANSWER), said)
        attachments.release(entry)
        db.session.delete(entry)
    happened(ticket, Fact.UNDONE, actor)


def _still_there(ticket: Ticket, before: Standing) -> bool:
    """Whether the agent and group that had a ticket can have it again (MEM-2)."""
    has_agent = before.assignee_id is None or _takes(ticket, before.assignee_id)
    return has_agent and (
        before.group_id is None or identity.group(ticket.service_id, before.group_id) is not None
    )


def forbidden(service_id: int, body: str) -> list[Hit]:
    """Where a reply says what it must not (FBW-1)."""
    return forbidden_in(body, settings.words(service_id))


def comment(ticket: Ticket, body: str, *, actor: Actor, html: str = "") -> None:
    """A note that only agents see; it needs no ticket of one's own and meets no conflict."""
    ticket = locked(ticket)
    assert actor.id is not None
    entry = write(ticket, Entry.COMMENT, rules.check_body(body), actor=actor, html=html)
    attachments.keep(entry, attachments.pending(ticket.id, actor.id))
    belongings.forget_draft(ticket.id, actor.id)


def step(ticket: Ticket, wanted: Move, *, actor: Actor) -> None:
    """Opens again, sets done, or takes out of the spam box."""
    ticket = locked(ticket, spam=wanted is Move.RESTORE)
    move(ticket, wanted, member=who_has(ticket))
    facts = {Move.REOPEN: Fact.REOPENED, Move.FINISH: Fact.FINISHED, Move.RESTORE: Fact.RESTORED}
    happened(ticket, facts[wanted], actor)


def who_has(ticket: Ticket) -> int | None:
    """Whose it is, if they still take tickets or calls of its service (MEM-2)."""
    who = ticket.assignee_id
    return who if who and _takes(ticket, who) else None


def _takes(ticket: Ticket, member_id: int) -> bool:
    agent = identity.agent_of(ticket.service_id, member_id)
    return agent is not None and (agent.ticket or agent.phone)


def delete(ticket: Ticket, *, actor: Actor) -> None:
    """Out of the spam box for ever (TKT-1); what of it waits in the outboxes does not leave."""
    ticket = locked(ticket, spam=True)
    move(ticket, Move.DELETE)
    copies.forget([ticket.about])
    happened(ticket, Fact.DELETED, actor)


def _check_unchanged(now: str, seen: str | None) -> None:
    if seen is not None and now != seen:
        raise Conflict(_("Somebody changed this meanwhile. Look at it, then set it again."))


def classify(
    ticket: Ticket, kind: CategoryKind, ident: int | None, *, actor: Actor, seen: str | None = None
) -> None:
    """Sets the intake or resolution type; `seen` is the id of the one that was shown, '' for none.

    Raises Conflict when it is another by now.
    """
    ticket = locked(ticket)
    service = db.session.get_one(Service, ticket.service_id)
    column = f"{kind.value}_id"
    before, after = getattr(ticket, column), _category(ticket.service_id, ident, kind)
    _check_unchanged(str(before or ""), seen)
    if before == after:
        return
    setattr(ticket, column, after)
    fact = Fact.INTAKE if kind is CategoryKind.INTAKE else Fact.RESOLUTION
    names = settings.path_names(service, [i for i in (before, after) if i])
    happened(ticket, fact, actor, before=names.get(before or 0), after=names.get(after or 0))


def prioritize(
    ticket: Ticket, priority: Priority, *, actor: Actor, seen: str | None = None
) -> None:
    """Sets the priority; `seen` is the one that was shown.

    Raises Conflict when it is another by now.
    """
    ticket = locked(ticket)
    _check_unchanged(ticket.priority.value, seen)
    if ticket.priority is not priority:
        before, ticket.priority = ticket.priority, priority
        happened(ticket, Fact.PRIORITY, actor, before=before.value, after=priority.value)


def fill(ticket: Ticket, changes: Mapping[Shown, str], *, seen: str, actor: Actor) -> None:
    """Stores values of fields.

    `seen` is `values.stamp` of when the form was opened; Conflict when some changed since.
    """
    ticket = locked(ticket)
    if values.stamp(values.rows(ticket.id)) != seen:
        raise Conflict(
            _(
                "Somebody changed these fields meanwhile. What you typed is kept; look "
                "at what is stored now."
            )
        )
    changed = value_service.store(ticket, changes)
    if changed:
        happened(ticket, Fact.FIELD, actor, fields=changed)


def show_value(ticket: Ticket, code: str, *, actor: Actor) -> str:
    """A hidden value as it is stored; that it was shown is recorded (LOG-3)."""
    service = db.session.get_one(Service, ticket.service_id)
    audit.work(
        Work.FIELD_SHOWN, actor=actor, service=service, detail={"field": code, "ticket": ticket.id}
    )
    return values.plain(values.rows(ticket.id).get(code))


def set_customer(ticket: Ticket, customer: Customer) -> None:
    """Whom the inquiry is from."""
    ticket = locked(ticket)
    ticket.customer_id, ticket.reply_to = customer.id, ""
    touched(ticket)


def leave(service_id: int, member_id: int) -> None:
    """Open tickets of somebody who is no agent any more have nobody again; those with another
    service stay there (MEM-2).
    """
    mine = sa.select(Ticket.id).where(
        Ticket.service_id == service_id,
        Ticket.assignee_id == member_id,
        Ticket.state.in_(rules.OPEN),
    )
    before = name_of(member_id)
    for ident in list(db.session.scalars(mine.order_by(Ticket.id))):
        ticket = db.lock(Ticket, ident)
        if ticket.assignee_id != member_id or ticket.state not in rules.OPEN:
            continue
        move(ticket, Move.LEAVE)
        happened(ticket, Fact.UNASSIGNED, SYSTEM, before=before)


def finish_old(count: int) -> int:
    """At most `count` resolved tickets are done after TICKET_DONE_DAYS (TKT-1).

    Returns how many there were.
    """
    limit = clock.now() - timedelta(days=configured().ticket_done_days)
    old = queries.resolved_before(limit, count)
    for row in old:
        ticket = db.lock(Ticket, row.id)
        if ticket.state is not State.RESOLVED or ticket.spam_at or ticket.deleted_at:
            continue  # somebody was faster
        move(ticket, Move.FINISH)
        happened(ticket, Fact.FINISHED, SYSTEM)
    return len(old)
