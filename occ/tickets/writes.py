"""What every write of tickets does: locks the row, writes entries and events, tells lists and
index.

Inside the caller's transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from occ.audit.service import SYSTEM, Actor
from occ.core import clock, richtext
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.core.richtext import Writing
from occ.core.unit import Mark
from occ.identity import queries as identity
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.ticket_settings.queries import languages
from occ.tickets import rules
from occ.tickets.models import Ticket, TicketEntry, TicketEvent
from occ.tickets.rules import OPEN, Channel, Entry, Fact, Move, Reason, Standing
from occ.tickets.search import index

happenings: Mark[dict[int, tuple[Fact, set[str], int | None]]] = Mark(dict)
"""By ticket what happened first, all that has changed, and who did it: for triggers."""
_told: Mark[dict[int, tuple[int | None, str]]] = Mark(dict)
_known: Mark[set[object]] = Mark(set)
"""What the steps of the commit look at again: the session forgets rows that nobody holds."""
_by_triggers: ContextVar[bool] = ContextVar("occ_by_triggers", default=False)


def scope(slug: str) -> str:
    """The live scope of a service's ticket lists."""
    return f"tk/{slug}"


def touched(ticket: Ticket, *, texts: bool = True) -> None:
    """Its lists are drawn anew, its `texts` indexed anew where they may have changed."""
    if texts:
        index.mark(ticket.id)
    service = db.session.get_one(Service, ticket.service_id)
    _known.noted().update((ticket, service))
    touch(scope(service.slug), f"ticket/{ticket.id}")


def happened(ticket: Ticket, fact: Fact, actor: Actor, **detail: Any) -> None:
    now = clock.now()
    _note(ticket, fact, actor, detail, now)
    flag_modified(ticket, "state")  # an event alone counts as a change, too
    touched(ticket, texts=fact not in _WORDLESS)
    is_by_people = actor.id is not None or fact is Fact.REPLIED
    if not _by_triggers.get() and is_by_people:
        ticket.changed_at = now
        _mark(ticket, fact, detail, actor)


def _note(ticket: Ticket, fact: Fact, actor: Actor, detail: dict[str, Any], now: datetime) -> None:
    row = TicketEvent(
        ticket_id=ticket.id,
        fact=fact,
        actor_id=actor.id,
        actor=actor.name if actor.id else "",
        detail=detail,
        at=now,
    )
    db.session.add(row)


# what changes nothing that the index holds; what is written beside it is marked by `write`
_WORDLESS = {
    Fact.TAKEN,
    Fact.TRANSFERRED,
    Fact.UNASSIGNED,
    Fact.PRIORITY,
    Fact.INTAKE,
    Fact.RESOLUTION,
    Fact.RESOLVED,
    Fact.HELD,
    Fact.REOPENED,
    Fact.FINISHED,
    Fact.REPLIED,
    Fact.BOUNCED,
    Fact.CONTINUED,
    Fact.UNDELIVERED,
    Fact.UNSENT,
}
_CHANGES = {
    Fact.TAKEN: {"assignee", "group", "state"},
    Fact.TRANSFERRED: {"assignee", "group", "state"},
    Fact.INTAKE: {"intake"},
    Fact.RESOLUTION: {"resolution"},
    Fact.PRIORITY: {"priority"},
    Fact.MASKED: set(),
    Fact.REPLIED: {"body"},
}


def _mark(ticket: Ticket, fact: Fact, detail: dict[str, Any], actor: Actor) -> None:
    """Triggers look at the ticket before the transaction commits: what happened
    first, and all that has changed.
    """
    changed = (
        {f"field:{code}" for code in detail["fields"]}
        if fact is Fact.FIELD
        else _CHANGES.get(fact, {"state", "assignee"})
    )
    if fact is Fact.REPLIED and detail.get("was"):
        changed = changed | {"state", "assignee"}
    marked = happenings.noted()
    first, before, by = marked.get(ticket.id, (fact, set(), actor.id))
    marked[ticket.id] = (first, before | changed, by)


@contextmanager
def by_triggers() -> Iterator[None]:
    """What happens meanwhile was done by triggers, and makes none of them run."""
    token = _by_triggers.set(True)
    try:
        yield
    finally:
        _by_triggers.reset(token)


def write(ticket: Ticket, kind: Entry, body: str, *, actor: Actor, html: str = "") -> TicketEntry:
    """What somebody wrote; its id is there after the next flush."""
    row = TicketEntry(
        ticket_id=ticket.id,
        kind=kind,
        author_id=actor.id,
        author=actor.name,
        body=body,
        html=html,
        at=clock.now(),
    )
    db.session.add(row)
    touched(ticket)
    return row


def new(
    service_id: int,
    channel: Channel,
    actor: Actor | None,
    *,
    assignee_id: int | None = None,
    direction: str = "",
    **values: Any,
) -> Ticket:
    """A ticket that is there from now on; `direction` is that of the call it is made of, MAIL of
    one that a mail made. Without a `language` it has the service's first one.
    """
    service, now, by = db.session.get_one(Service, service_id), clock.now(), actor or SYSTEM
    detail = {"direction": direction} if direction else {}
    made = Ticket(
        service_id=service_id,
        channel=channel,
        standing=rules.begin(assignee_id),
        created_at=now,
        changed_at=None if _by_triggers.get() else now,
        indexed=True,  # before the commit
        **{"language": languages(service)[0], **values},
    )
    db.session.add(made)
    db.session.flush()
    if not _by_triggers.get():
        _mark(made, Fact.CREATED, detail, by)
    _note(made, Fact.CREATED, by, detail, now)
    index.mark(made.id, is_new=True)
    touched(made)
    return made


def locked(ticket: Ticket, *, spam: bool = False) -> Ticket:
    """The ticket as it is now; one in the spam box only where that is meant."""
    found: Ticket = db.lock(Ticket, db.key_of(ticket))
    if found.deleted_at is not None:
        raise Conflict(rules.DELETED)
    if found.spam_at is not None and not spam:
        raise Refused(rules.IN_SPAM)
    return found


def move(
    ticket: Ticket,
    wanted: Move,
    *,
    member: int | None = None,
    group: int | None = None,
    reason: Reason | None = None,
) -> None:
    """Makes of a locked ticket what `rules.transition` says; raises Refused in words."""
    ticket.standing = rules.transition(
        ticket.standing, wanted, clock.now(), member=member, group=group, reason=reason
    )


def undo(ticket: Ticket, before: Standing) -> None:
    """Gives a locked ticket back how it stood; raises Refused where it moved on."""
    ticket.standing = rules.undone(before, ticket.standing)


def name_of(member_id: int | None) -> str | None:
    return identity.names([member_id]).get(member_id) if member_id else None


def mail_address(ticket: Ticket) -> str:
    """Where an answer is mailed; '' where none is: no address, mail not
    contracted, or a hand-over (TKT-5).
    """
    service, customer = db.session.get_one(Service, ticket.service_id), ticket.customer
    if customer is None or not service.offers(Feature.MAIL) or ticket.channel is Channel.HANDOVER:
        return ""
    return ticket.reply_to or customer.email or ""


def tell_assigned(ticket: Ticket, member_id: int | None, by: str) -> None:
    """Tells an agent before the transaction commits that a ticket is theirs; `by` is empty where a
    trigger gave it.

    Only the last one of a ticket is told, nobody where that is None (TRG-3).
    """
    _told.noted()[ticket.id] = (member_id, by)


def tell_now() -> None:
    """Sends what tell_assigned has put by."""
    for ident, (member_id, by) in _told.take().items():
        ticket = db.session.get_one(Ticket, ident)
        if member_id is not None:
            told = {"by": by or str(_("A trigger")), **about(ticket)}
            notify([member_id], Notice.TICKET_ASSIGNED, told)


def about(ticket: Ticket) -> dict[str, Any]:
    """What a notice about a ticket names."""
    service = db.session.get_one(Service, ticket.service_id)
    return {
        "number": f"#{ticket.id}",
        "service": service.name,
        "slug": service.slug,
        "ticket": ticket.id,
    }


def answer_source(ticket: Ticket, source_id: int, said: Writing, actor: Actor) -> None:
    """What is resolved, held or resolved internally in the issue service
    comes back as an answer (TKT-5).
    """
    source = db.lock(Ticket, source_id)
    if source is None or source.deleted_at is not None:
        return
    service, home = (
        db.session.get_one(Service, ticket.service_id),
        db.session.get_one(Service, source.service_id),
    )
    newest = db.session.scalar(
        sa.select(sa.func.max(Ticket.id)).where(Ticket.source_id == source_id)
    )
    if (
        source.state in OPEN and newest == ticket.id
    ):  # an earlier hand-over that was taken back changes no state
        move(source, Move.ANSWERED)
    if said:
        html = richtext.without_pictures(said.html) if home.editor is Editor.HTML else ""
        write(source, Entry.ANSWERED, said.text, actor=actor, html=html)
    happened(source, Fact.ANSWERED, actor, to=service.name, number=ticket.id)
    if source.assignee_id:
        values = {
            "from": service.name,
            "number": f"#{source.id}",
            "slug": home.slug,
            "ticket": source.id,
        }
        notify([source.assignee_id], Notice.HANDOVER_ANSWERED, values)
