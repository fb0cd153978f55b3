"""What belongs to one person at a ticket: what they are writing, their mark,
whether they have it open (TKT-4).
"""

from collections.abc import Mapping

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.live import touch
from occ.core.richtext import Writing
from occ.core.values import ident as ident_of
from occ.identity import queries as identity
from occ.identity.rules import AgentRole
from occ.organization.models import Service
from occ.tickets import queries, rules
from occ.tickets.models import SavedSearch, Ticket, TicketDraft, TicketStar, TicketViewer
from occ.tickets.rules import Box, Entry
from occ.tickets.search.terms import QUERY_MAX


def keep_draft(
    ticket: Ticket, member_id: int, kind: Entry, said: Writing, *, seen: int | None
) -> bool:
    """Keeps what is being written on a page that shows entries up to `seen`; False, and nothing is
    kept, where its writer has sent something since: it may come late, with a text that was sent.
    """
    db.hold(Ticket, ticket.id)
    sent = queries.sent_last(ticket.id, member_id)
    if sent is not None and sent > (seen or 0):
        return False
    save_draft(ticket, member_id, kind, said)
    return True


def save_draft(ticket: Ticket, member_id: int, kind: Entry, said: Writing) -> None:
    """Stores what is being written in a locked ticket; an empty text forgets it."""
    if not said:
        return forget_draft(ticket.id, member_id)
    row = db.session.get(TicketDraft, (ticket.id, member_id), with_for_update=True)
    if row is None:
        row = TicketDraft(ticket_id=ticket.id, member_id=member_id)
        db.session.add(row)
    row.kind, row.formatted, row.at = kind, bool(said.html), clock.now()
    row.body = said.html or said.text[: rules.BODY_MAX + 1_000]
    return None


def forget_draft(ticket_id: int, member_id: int) -> None:
    db.session.execute(
        sa.delete(TicketDraft).where(
            TicketDraft.ticket_id == ticket_id, TicketDraft.member_id == member_id
        )
    )


def star(ticket: Ticket, member_id: int, on: bool) -> None:
    """Marks a ticket for oneself."""
    found = db.session.get(TicketStar, (ticket.id, member_id))
    if on and found is None:
        db.session.add(TicketStar(ticket_id=ticket.id, member_id=member_id))
    if not on and found is not None:
        db.session.delete(found)


def seen(member_id: int, looking: Mapping[str, str]) -> None:
    """A browser says which ticket it shows and whether somebody writes there (TKT-4)."""
    now, ident = clock.now(), ident_of(looking.get("ticket")) or 0
    left = sa.select(TicketViewer).where(
        TicketViewer.member_id == member_id, TicketViewer.ticket_id != ident
    )
    for old in db.session.scalars(left).all():
        touch(f"ticket/{old.ticket_id}")
        db.session.delete(old)
    found = db.session.get(Ticket, ident) if ident else None
    agent = identity.agent_of(found.service_id, member_id) if found else None
    if (
        found is None
        or agent is None
        or not queries.Viewer(found.service_id, member_id, agent.role is AgentRole.MANAGER).sees(
            found
        )
    ):
        return
    row: TicketViewer | None = db.session.get(TicketViewer, (ident, member_id))
    is_new = row is None
    if row is None:
        row = TicketViewer(ticket_id=ident, member_id=member_id, seen_at=now)
        db.session.add(row)
    wrote = row.writing_at is not None and row.writing_at > now - queries.WRITING
    row.seen_at = now
    if looking.get("writing") == "1":
        row.writing_at = now
    if is_new or wrote is not (looking.get("writing") == "1"):
        touch(f"ticket/{ident}")


def save_search(service: Service, member_id: int, *, name: str, query: str, box: Box) -> None:
    """Keeps a search under a name; the same name again replaces it."""
    db.lock(Service, service.id)
    name, query = " ".join(name.split()), query.strip()[:QUERY_MAX]
    if not name:
        raise Refused(_("Enter a name."), "name")
    if len(name) > rules.NAME_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=rules.NAME_MAX,
                count=len(name),
            ),
            "name",
        )
    kept = queries.searches(service.id, member_id)
    row = next((one for one in kept if one.name == name), None)
    if row is None:
        if len(kept) >= rules.SEARCHES_MAX:
            raise Refused(
                _("Keep at most %(count)s searches; delete one first.", count=rules.SEARCHES_MAX),
                "name",
            )
        row = SavedSearch(
            service_id=service.id, member_id=member_id, name=name, created_at=clock.now()
        )
    row.query, row.box = query, box
    db.session.add(row)
