"""Answers as mails: in the layout of the service, in the ticket's language, from its sender, as an
answer to what the customer wrote (MAIL-1, MAIL-2).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from occ.audit.service import SYSTEM, Actor
from occ.core import crypto
from occ.core.db import db
from occ.core.errors import Conflict
from occ.core.events import emit
from occ.core.richtext import Writing
from occ.delivery import queries as outbox
from occ.delivery import service as delivery
from occ.delivery.events import MailFailed, MailLeft
from occ.mail import layouts, sending
from occ.mail.rules import CONTENT, INQUIRY, LINK, SERVICE, LayoutKind
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.ticket_settings.rules import Placeholder, places
from occ.tickets import queries
from occ.tickets.events import LinkAsked
from occ.tickets.filling import placeholders
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Channel, Entry, Fact, Move
from occ.tickets.writes import about, happened, locked, mail_address, touched

# what every shipped layout says, which is there without asking the database for anything
_AT_HAND = {Placeholder.NUMBER.value, Placeholder.TITLE.value, CONTENT, SERVICE, INQUIRY, LINK}


def kind_of(ticket: Ticket, wanted: Move) -> LayoutKind:
    """Which layout an answer has."""
    if ticket.channel is Channel.MANUAL:
        return LayoutKind.MANUAL
    return LayoutKind.HOLD if wanted is Move.HOLD else LayoutKind.RESOLVED


def composed(ticket: Ticket, said: Writing, kind: LayoutKind, agent_id: int | None) -> Writing:
    """What the customer gets for an answer."""
    service = db.session.get_one(Service, ticket.service_id)
    look = layouts.layout(service, kind, ticket.language)
    uses = {one.name for one in places(look.text)}
    values = (
        {Placeholder.NUMBER.value: f"#{ticket.id}", Placeholder.TITLE.value: ticket.subject}
        if uses <= _AT_HAND
        else placeholders(ticket, agent_id, ticket.language)
    )
    asked = inquiry(queries.entries(ticket.id)) if INQUIRY in uses else ""
    link = _link(ticket) if LINK in uses else ""
    return layouts.composed(service, look, layouts.Answer(said, asked, link), values)


def _link(ticket: Ticket) -> str:
    """Where the customer sees the ticket, '' where they do not."""
    asked = LinkAsked(ticket)
    emit(asked)
    return asked.link


def inquiry(entries: Sequence[TicketEntry]) -> str:
    """What the customer asked first."""
    return "\n\n".join(entry.body for entry in entries if entry.kind is Entry.INQUIRY)


def send(
    ticket: Ticket,
    entry: TicketEntry,
    *,
    html: str,
    files: Sequence[Mapping[str, str]],
    kind: LayoutKind,
    after: timedelta,
    cc: Sequence[str] = (),
    thread: Sequence[str] = (),
) -> None:
    """An answer goes into the outbox, to leave after a while; `html` is its own, with its pictures
    by content id, `thread` the Message-IDs of the customer's mails, oldest first.
    """
    service = db.session.get_one(Service, ticket.service_id)
    said = composed(ticket, Writing(entry.body, html), kind, entry.author_id)
    language = all_languages().get(ticket.language)
    delivery.send_mail(
        to=entry.mailed_to,
        cc=cc,
        subject=sending.subject(service, ticket.id, ticket.subject),
        body=said.text,
        html=said.html,
        key=f"ticket-entry-{entry.id}-{crypto.token()[:8]}",
        about=ticket.about,
        part=entry.part,
        attachments=files,
        after=after,
        sender=sending.sender(service, ticket.id),
        thread=thread,
        language=language.tag if language else "",
        is_personal=True,
    )


def fell_short(event: MailFailed) -> None:
    """An answer did not reach whom it was written to: its entry says so, with the reason. What came
    back is told by whoever took the bounce.
    """
    entry = _of(event.about, event.part)
    if entry is None:
        return
    ticket = db.lock(Ticket, entry.ticket_id)
    entry.undelivered = {"to": event.to, "why": event.why, "is_kept": event.is_kept}
    if event.is_back:
        touched(ticket, texts=False)
    else:
        happened(ticket, Fact.UNDELIVERED, SYSTEM)
    if ticket.assignee_id:
        notify([ticket.assignee_id], Notice.TICKET_UNDELIVERED, about(ticket))


def left_now(event: MailLeft) -> None:
    """It is on its way again, or has left."""
    entry = _of(event.about, event.part)
    if entry is not None and entry.undelivered:
        ticket = db.lock(Ticket, entry.ticket_id)
        entry.undelivered = {}
        touched(ticket, texts=False)


def _of(about: str, part: str) -> TicketEntry | None:
    kind, _slash, ident = part.partition("/")
    entry = db.session.get(TicketEntry, int(ident)) if kind == "entry" else None
    return entry if entry is not None and about == f"ticket/{entry.ticket_id}" else None


def send_again(ticket: Ticket, ident: int, *, actor: Actor) -> None:
    """Mails an answer anew that no server took, to the customer's address of now.

    Raises Conflict where it waits, has left, or its text is gone.
    """
    ticket = locked(ticket)
    entry = db.session.get(TicketEntry, ident)
    there = entry is not None and entry.ticket_id == ticket.id
    mail = outbox.failed(ticket.about, entry.part) if entry and there else None
    if entry is None or mail is None:
        raise Conflict(delivery.GONE)
    address = mail_address(ticket)
    if address and not mail.left:
        mail.recipient = entry.mailed_to = address
        db.session.flush()  # before it is read anew
    delivery.send_again(mail, actor=actor)
