"""What a ticket's page shows of one ticket: what was written and done, and the tickets near it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from occ.core.db import db
from occ.core.events import emit
from occ.organization.models import Service
from occ.tickets.events import ConsentAsked
from occ.tickets.models import (
    Attachment,
    Ticket,
    TicketDraft,
    TicketEntry,
    TicketEvent,
    TicketMail,
)
from occ.tickets.queries import THERE

_KINDS = sa.union_all(*(sa.select(sa.literal(n).label("n")) for n in range(4))).subquery()
_STORY = (  # each row is an entry, with the mail that it came by, an event, a file or the draft
    sa.select(TicketEntry, TicketEvent, Attachment, TicketDraft, TicketMail)
    .select_from(_KINDS)
    .outerjoin(
        TicketEntry, sa.and_(_KINDS.c.n == 0, TicketEntry.ticket_id == sa.bindparam("ident"))
    )
    .outerjoin(TicketMail, TicketMail.entry_id == TicketEntry.id)
    .outerjoin(
        TicketEvent, sa.and_(_KINDS.c.n == 1, TicketEvent.ticket_id == sa.bindparam("ident"))
    )
    .outerjoin(Attachment, sa.and_(_KINDS.c.n == 2, Attachment.ticket_id == sa.bindparam("ident")))
    .outerjoin(
        TicketDraft,
        sa.and_(
            _KINDS.c.n == 3,
            TicketDraft.ticket_id == sa.bindparam("ident"),
            TicketDraft.member_id == sa.bindparam("viewer"),
        ),
    )
)
_OTHERS = (
    sa.select(Ticket.id)
    .where(
        Ticket.customer_id == sa.bindparam("customer"),
        Ticket.service_id == sa.bindparam("service"),
        Ticket.id != sa.bindparam("ident"),
        *THERE,
    )
    .order_by(Ticket.id.desc())
    .limit(5)
    .subquery()
)
_NEAR = sa.union_all(
    sa.select(_OTHERS.c.id, sa.literal(0).label("is_linked")),
    sa.select(Ticket.id, sa.literal(1)).where(
        Ticket.source_id == sa.bindparam("ident"), Ticket.deleted_at.is_(None)
    ),
    sa.select(Ticket.id, sa.literal(1)).where(
        Ticket.id == sa.bindparam("source"), Ticket.deleted_at.is_(None)
    ),
).subquery()
_RELATED = (
    sa.select(Ticket, Service)
    .join(_NEAR, _NEAR.c.id == Ticket.id)
    .outerjoin(Service, sa.and_(_NEAR.c.is_linked == 1, Service.id == Ticket.service_id))
)


@dataclass(frozen=True)
class Story:
    """What was written and done at a ticket, oldest first; its mails and files by entry, those that
    the viewer has not written a text for yet, and what they are writing.
    """

    entries: Sequence[TicketEntry]
    events: Sequence[TicketEvent]
    mails: Mapping[int, TicketMail]
    files: Mapping[int, list[Attachment]]
    pending: Sequence[Attachment]
    draft: TicketDraft | None


def story(ticket_id: int, member_id: int) -> Story:
    """A ticket's story as a member sees it."""
    rows = db.session.execute(_STORY, {"ident": ticket_id, "viewer": member_id}).all()
    entries, events, files, drafts, mails = (
        [one for one in column if one is not None] for column in zip(*rows, strict=True)
    )
    by_id = attrgetter("id")
    kept: dict[int, list[Attachment]] = {}
    for file in sorted(files, key=by_id):
        kept.setdefault(file.entry_id or 0, []).append(file)
    return Story(
        entries=sorted(entries, key=by_id),
        events=sorted(events, key=by_id),
        mails={mail.entry_id: mail for mail in mails},
        files=kept,
        pending=[file for file in kept.pop(0, []) if file.member_id == member_id],
        draft=next(iter(drafts), None),
    )


def consent(ticket: Ticket) -> ConsentAsked:
    """What the customer of a ticket consented to, as whoever took it in says (HC-1)."""
    asked = ConsentAsked(ticket)
    emit(asked)
    return asked


def related(ticket: Ticket) -> tuple[list[Ticket], list[tuple[Ticket, Service]]]:
    """Up to five other inquiries of a ticket's customer in the same service, newest first; and the
    tickets that were made of this one in issue services, and the one this was made of, with their
    services.
    """
    asked = {
        "ident": ticket.id,
        "service": ticket.service_id,
        "customer": ticket.customer_id,
        "source": ticket.source_id,
    }
    rows = db.session.execute(_RELATED, asked).tuples().all()
    rows = sorted(rows, key=lambda row: row[0].id)
    others = [other for other, of in reversed(rows) if of is None]
    return others, [(linked, of) for linked, of in rows if of is not None]


def news(ticket_id: int, *, not_by: int) -> tuple[int, TicketEvent | TicketEntry | None]:
    """How much there is to read of a ticket, and the newest thing
    that somebody else did or wrote.
    """

    def newest(model: Any, who: Any) -> Any:
        theirs = sa.select(model).where(model.ticket_id == ticket_id, who.is_distinct_from(not_by))
        return db.session.scalar(theirs.order_by(model.id.desc()).limit(1))

    found = [
        row
        for row in (
            newest(TicketEvent, TicketEvent.actor_id),
            newest(TicketEntry, TicketEntry.author_id),
        )
        if row is not None
    ]
    written = (
        sa.select(sa.func.count())
        .select_from(TicketEntry)
        .where(TicketEntry.ticket_id == ticket_id)
    )
    return db.session.scalar(written) or 0, max(found, key=lambda row: row.at, default=None)
