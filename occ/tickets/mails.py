"""The mails of tickets: by which one a ticket is found, what an answer goes to (MAIL-1)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import undefer

from occ.core import clock
from occ.core.db import db
from occ.mail.models import ReceivedMail
from occ.mail.rules import folded_address
from occ.tickets.models import Ticket, TicketEntry, TicketMail
from occ.tickets.rules import COPIES_MAX, Entry

NAMED = 50
"""Message-IDs of a mail that are looked for, the nearest first."""
OFTEN = ((5, timedelta(minutes=10)), (20, timedelta(hours=24)))
"""From so many mails of one address within such a time on, no trigger mails it."""
_IDS = (
    sa.select(TicketMail.message_id)
    .where(TicketMail.ticket_id == sa.bindparam("ident"), TicketMail.message_id != "")
    .order_by(TicketMail.entry_id)
)


def mark_of(message_id: str) -> str:
    """What a Message-ID is looked for by: ids may be longer than an index takes."""
    return hashlib.sha256(message_id.encode()).hexdigest() if message_id else ""


def known(service_id: int, message_ids: Sequence[str]) -> dict[str, int]:
    """The tickets that received mails of a service belong to, by their Message-IDs."""
    marks = {mark_of(one): one for one in message_ids if one}
    if not marks:
        return {}
    found = sa.select(TicketMail.mark, TicketMail.ticket_id).where(
        TicketMail.service_id == service_id, TicketMail.mark.in_(list(marks))
    )
    rows = db.session.execute(found.order_by(TicketMail.entry_id)).tuples()
    return {marks[mark]: ticket_id for mark, ticket_id in rows}


def thread(ticket_id: int) -> Sequence[str]:
    """The Message-IDs of a ticket's received mails, the oldest first."""
    return db.session.scalars(_IDS, {"ident": ticket_id}).all()


def mail(ticket_id: int, entry_id: int) -> TicketMail | None:
    """The mail of an entry of this ticket."""
    found = sa.select(TicketMail).where(
        TicketMail.entry_id == entry_id, TicketMail.ticket_id == ticket_id
    )
    return db.session.scalar(found)


def whole(ticket_id: int) -> Sequence[TicketMail]:
    """A ticket's mails with all that they say, oldest first."""
    found = sa.select(TicketMail).where(TicketMail.ticket_id == ticket_id)
    found = found.order_by(TicketMail.entry_id).options(undefer("*"))
    return db.session.scalars(found).all()


def may_loop(ticket: Ticket, address: str) -> bool:
    """Whether a mail that no person wrote would perhaps be answered by a machine for ever: the
    ticket's last mail came by a list, or that address, or whoever sent that mail and wants answers
    elsewhere, has sent too many lately. Robots do not always say what they are.
    """
    if not ticket.has_mail:
        return False
    newest = sa.select(TicketMail.automatic, TicketMail.sender).where(
        TicketMail.ticket_id == ticket.id
    )
    last = db.session.execute(newest.order_by(TicketMail.entry_id.desc()).limit(1)).first()
    if last is None or last.automatic != "no":
        return True
    came = sa.select(ReceivedMail.received_at).where(
        ReceivedMail.sender.in_({folded_address(address), folded_address(last.sender)}),
        ReceivedMail.service_id == ticket.service_id,
    )
    rows = db.session.scalars(
        came.order_by(ReceivedMail.id.desc()).limit(max(count for count, _time in OFTEN))
    ).all()
    now = clock.now()
    return any(len(rows) >= count and rows[count - 1] > now - time for count, time in OFTEN)


@dataclass(frozen=True)
class Copy:
    """Somebody who can get a copy of an answer; `is_on`: they do, unless they are left out."""

    name: str
    address: str
    is_on: bool


def copies(
    entries: Iterable[TicketEntry], mails: Mapping[int, TicketMail], to: str
) -> Sequence[Copy]:
    """Who can get a copy of an answer that goes `to` the customer: those whom the customer's last
    mail or the last answer names do; others who ever stood in one, or wrote, can be added. Of more
    than an answer can have none does unless chosen.
    """
    names: dict[str, str] = {}
    wanted: Sequence[str] = ()
    for entry in entries:
        one = mails.get(entry.id)
        if one is not None:
            held = {address: name for row in one.people.values() for name, address in row}
            by_person = one.automatic == "no"
            writers = [one.sender] if one.is_other and by_person else []
            for address in (*writers, *one.beside):
                names[address] = names.get(address) or held.get(address, "")
            if by_person and not one.is_other:
                wanted = one.beside
        elif entry.kind in (Entry.ANSWER, Entry.HOLD) and entry.mailed_to:
            wanted = entry.copied_to
            for address in wanted:
                names.setdefault(address, "")
    offered = [one for one in names if one and one.casefold() != to.casefold()]
    on = set(wanted).intersection(offered)
    if len(on) > COPIES_MAX:
        on = set()
    return [Copy(names[address], address, address in on) for address in offered]
