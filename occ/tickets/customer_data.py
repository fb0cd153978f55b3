"""What tickets keep of a customer: handed out, destroyed (FLD-4).

Inside the caller's transaction.
"""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from occ.audit.service import SYSTEM
from occ.core import clock, uploads
from occ.core.db import db
from occ.customers.models import Customer
from occ.delivery import copies
from occ.fields import queries as fields
from occ.fields.labels import value_text
from occ.fields.rules import FieldKind
from occ.mail import service as mail
from occ.mail.rules import folded_address
from occ.organization.models import Service
from occ.tickets import mails, masking, queries
from occ.tickets.models import (
    Attachment,
    Ticket,
    TicketDraft,
    TicketEntry,
    TicketMail,
    TicketValue,
    TriggerRun,
)
from occ.tickets.rules import Fact
from occ.tickets.values import queries as values
from occ.tickets.writes import happened, touched

_WIPED: dict[str, Any] = {
    **dict.fromkeys(("body", "html", "author", "mailed_to"), ""),
    "sealed": None,
    "copied_to": [],
    "undelivered": {},
}
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("message_id", "sender", "html", "quoted", "quoted_html"), ""),
    **dict.fromkeys(("has_html", "has_quoted"), False),
    "people": {},
    "beside": [],
    "pictures": {},
    "left_out": [],
}


def _of(customer: Customer, service_id: int) -> sa.Select[Any]:
    return sa.select(Ticket).where(
        Ticket.customer_id == customer.id, Ticket.service_id == service_id
    )


def data(customer: Customer, service_id: int) -> list[dict[str, Any]]:
    """Tickets with what was written, values of fields (sealed ones in clear) and the names of
    files; comments of agents are left out.
    """
    found = []
    service = db.session.get_one(Service, service_id)
    defined = {one.code: one for kind in FieldKind for one in fields.definitions(service, kind)}
    for ticket in db.session.scalars(_of(customer, service_id).order_by(Ticket.id)).unique():
        names = sa.select(Attachment.name).where(
            Attachment.ticket_id == ticket.id, Attachment.entry_id.is_not(None)
        )
        said = [
            entry for entry in queries.entries(ticket.id) if entry.kind in queries.SEEN_BY_CUSTOMERS
        ]
        came = {
            one.entry_id: {"from": one.sender, "quoted": one.quoted}
            for one in mails.whole(ticket.id)
        }
        found.append(
            {
                "number": ticket.id,
                "title": ticket.subject,
                "state": ticket.state.value,
                "received": ticket.created_at.isoformat(),
                "entries": [
                    {
                        "kind": e.kind.value,
                        "at": e.at.isoformat(),
                        "text": masking.original(e).text,
                        **came.get(e.id, {}),
                    }
                    for e in said
                ],
                "fields": {
                    code: value_text(defined[code], values.plain(row), service.time_zone)
                    if code in defined
                    else values.plain(row)
                    for code, row in values.rows(ticket.id).items()
                },
                "files": list(db.session.scalars(names.order_by(Attachment.id))),
            }
        )
    return found


def erase(customer: Customer, service_id: int) -> dict[str, int]:
    """Destroys texts, values, drafts, files, explanations and what the outboxes hold; the tickets
    stay, empty, for the figures.
    """
    known = db.session.scalars(
        _of(customer, service_id).with_only_columns(Ticket.id).order_by(Ticket.id)
    ).all()
    # locked first of all, so that nothing is written after by who works on one just now
    idents = [ident for ident in known if db.lock(Ticket, ident).customer_id == customer.id]
    counts = {"tickets": len(idents)}
    said = sa.update(TicketEntry).where(TicketEntry.ticket_id.in_(idents)).values(**_WIPED)
    originals = mail.forget_of([f"ticket/{ident}" for ident in idents])  # bounces, too
    # what is left finds the thread of whoever writes again, and says nothing of anybody
    db.session.execute(
        sa.update(TicketMail).where(TicketMail.ticket_id.in_(idents)).values(**_EMPTY)
    )
    kept = sa.or_(TicketValue.text.is_not(None), TicketValue.sealed.is_not(None))
    for column in (TicketValue.file_key, Attachment.key):
        uploads.forget(
            db.session.scalars(sa.select(column).where(column.class_.ticket_id.in_(idents)))
        )
    destroyed = {"text": None, "sealed": None, "file_key": None, "purged_at": clock.now()}
    held = sa.update(TicketValue).where(TicketValue.ticket_id.in_(idents), kept).values(**destroyed)
    for name, statement in (
        ("texts", said),
        ("values", held),
        ("files", sa.delete(Attachment).where(Attachment.ticket_id.in_(idents))),
    ):
        counts[name] = db.changed(statement)
    counts["mails"] = originals + copies.forget(
        sa.select(Ticket.about).where(Ticket.id.in_(idents))
    )
    for model in (TicketDraft, TriggerRun):
        db.session.execute(sa.delete(model).where(model.ticket_id.in_(idents)))
    db.session.expire_all()
    for ident in idents:
        ticket = db.lock(Ticket, ident)
        ticket.subject, ticket.customer_id, ticket.customer = "", None, None
        ticket.reply_to = ""
        happened(ticket, Fact.ERASED, SYSTEM)
    return counts


def erase_sent(customer: Customer, service_id: int, mail_ids: Sequence[int]) -> None:
    """Destroys what these mails of a customer say in tickets of others, which they joined, and
    their address where mails of others and answers to them name it.
    """
    address = folded_address(customer.email or "")
    joined = sa.select(TicketMail.entry_id, TicketMail.ticket_id).where(
        TicketMail.received_id.in_(mail_ids), TicketMail.is_other
    )
    rows = db.session.execute(joined).tuples().all()
    entries = [entry_id for entry_id, _ticket_id in rows]
    named = _naming(customer, service_id, address) if address else []
    held = sorted({ticket_id for _entry_id, ticket_id in rows}.union(named))
    tickets = [db.lock(Ticket, ident) for ident in held]
    uploads.forget(
        db.session.scalars(sa.select(Attachment.key).where(Attachment.entry_id.in_(entries)))
    )
    db.session.execute(sa.delete(Attachment).where(Attachment.entry_id.in_(entries)))
    db.session.execute(
        sa.update(TicketMail).where(TicketMail.entry_id.in_(entries)).values(**_EMPTY)
    )
    db.session.execute(sa.update(TicketEntry).where(TicketEntry.id.in_(entries)).values(**_WIPED))
    for ticket in tickets:
        _unname(ticket, address)
        touched(ticket)


def _naming(customer: Customer, service_id: int, address: str) -> Sequence[int]:
    """Tickets of others in a service whose mails name a customer's address, or want answers
    there.
    """
    stored = json.dumps(address)[1:-1]  # as it stands in JSON
    lists = (TicketMail.people, TicketMail.beside)
    texts = [sa.func.lower(sa.cast(one, sa.Text)) for one in lists]
    holds = [one.contains(stored, autoescape=True) for one in texts]
    found = sa.select(TicketMail.ticket_id).where(
        TicketMail.service_id == service_id, sa.or_(*holds)
    )
    wants = sa.func.lower(Ticket.reply_to) == address
    others = sa.select(Ticket.id).where(
        Ticket.service_id == service_id,
        Ticket.customer_id.is_distinct_from(customer.id),
        sa.or_(wants, Ticket.id.in_(found)),
    )
    return db.session.scalars(others).all()


def _unname(ticket: Ticket, address: str) -> None:
    """Takes an address out of a locked ticket: who stood in a mail is *erased* there."""

    def is_it(one: str | None) -> bool:
        return folded_address(one or "") == address

    if is_it(ticket.reply_to):
        ticket.reply_to = ""
    of_it = sa.select(TicketMail).where(TicketMail.ticket_id == ticket.id)
    for mail_of_it in db.session.scalars(of_it):
        mail_of_it.people = {
            head: [["", None] if is_it(one) else [name, one] for name, one in row]
            for head, row in mail_of_it.people.items()
        }
        mail_of_it.beside = [one for one in mail_of_it.beside if not is_it(one)]
        if is_it(mail_of_it.sender):
            mail_of_it.sender = ""
    for entry in db.session.scalars(
        sa.select(TicketEntry).where(TicketEntry.ticket_id == ticket.id)
    ):
        entry.copied_to = [one for one in entry.copied_to if not is_it(one)]
        if is_it(entry.mailed_to):  # as its mail (delivery/copies.py)
            entry.mailed_to, *entry.copied_to = entry.copied_to or [""]
        if any(map(is_it, entry.undelivered.get("to", "").split(", "))):
            entry.undelivered = {"to": "", "why": "", "is_kept": False}
    copies.unname(ticket.about, is_it)


def uses(customer: Customer) -> int:
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Ticket).where(Ticket.customer_id == customer.id)
        )
        or 0
    )
