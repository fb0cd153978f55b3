"""Reads of inquiries: the form's choices, what is consented to, what customers see of tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock, crypto, paging, richtext
from occ.core.db import db
from occ.help_center.inquiries import rules
from occ.help_center.inquiries.models import CallbackConsent, Consent, Inquiry, WaitingInquiry
from occ.help_center.inquiries.rules import Node, Stage
from occ.help_center.site.queries import Site
from occ.help_center.site.rules import chosen
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.tickets.models import Attachment, Ticket, TicketEntry, TicketMail
from occ.tickets.queries import entries
from occ.tickets.rules import UNDO, Entry


def types(service: Service) -> list[Node]:
    """The intake types that customers choose from, in the page's language."""
    return [Node(one.id, one.parent_id, one.name) for one in settings.offered(service)]


@dataclass(frozen=True)
class ConsentText:
    """What a form asks consent to: a version, its text, and the language that this is in."""

    number: int
    text: str
    language: str


def consents(service_id: int) -> Sequence[Consent]:
    """Every version of a service, the newest first."""
    return db.session.scalars(
        sa.select(Consent).where(Consent.service_id == service_id).order_by(Consent.number.desc())
    ).all()


def consent(service: Service, site: Site, language: str) -> ConsentText:
    """What customers consent to now: as the service words it, else as it comes."""
    newest = sa.select(Consent).where(Consent.service_id == service.id)
    row = db.session.scalar(newest.order_by(Consent.number.desc()).limit(1))
    if row is None:
        return ConsentText(0, site.say("inquiry.consent.text", language), language)
    return ConsentText(row.number, *chosen(row.texts, language, site.default))


def inquiry(ticket_id: int) -> Inquiry | None:
    return db.session.get(Inquiry, ticket_id)


def consented(customer_id: int, service_id: int) -> list[dict[str, Any]]:
    """What a customer consented to, as it is handed out to them (FLD-4)."""
    theirs = sa.select(Inquiry).join(Ticket, Ticket.id == Inquiry.ticket_id)
    rows = db.session.scalars(
        theirs.where(
            Inquiry.customer_id == customer_id,
            Ticket.service_id == service_id,
            Inquiry.consented_at.is_not(None),
        ).order_by(Inquiry.ticket_id)
    )
    return [
        {
            "number": one.ticket_id,
            "version": one.consent,
            "language": one.consent_language,
            "at": one.consented_at.isoformat() if one.consented_at else None,
            "email": one.email,
        }
        for one in rows
    ]


def waiting(service_id: int, secret: str) -> WaitingInquiry | None:
    """What a link of a mail confirms, while its time is not over."""
    return db.session.scalar(
        sa.select(WaitingInquiry).where(
            WaitingInquiry.service_id == service_id,
            WaitingInquiry.hash == crypto.digest(secret),
            WaitingInquiry.expires_at > clock.now(),
        )
    )


def _there(service_id: int) -> sa.Select[Any]:
    return sa.select(Ticket).where(
        Ticket.service_id == service_id,
        Ticket.deleted_at.is_(None),
        Ticket.channel.in_(rules.SHOWN),
    )


def own(service_id: int, customer_id: int, *, after: str, before: str) -> paging.Page:
    """A customer's inquiries of a service, the newest first."""
    return paging.page(
        _there(service_id).where(Ticket.customer_id == customer_id),
        keys=(Ticket.id,),
        descending=True,
        after=after,
        before=before,
    )


def of_calls(callbacks: Sequence[int]) -> Sequence[CallbackConsent]:
    """What was consented to of callbacks that were asked for here."""
    asked = sa.select(CallbackConsent).where(CallbackConsent.callback_id.in_(callbacks))
    return db.session.scalars(asked).all()


def of_customer(service_id: int, customer_id: int, ident: int) -> Ticket | None:
    """One of a customer's own inquiries."""
    theirs = _there(service_id).where(Ticket.id == ident, Ticket.customer_id == customer_id)
    found: Ticket | None = db.session.scalar(theirs)
    return found


def of_form(service_id: int, ident: int) -> Ticket | None:
    """A ticket that the inquiry form made."""
    asked = sa.select(Inquiry.ticket_id)
    found: Ticket | None = db.session.scalar(
        _there(service_id).where(Ticket.id == ident, Ticket.id.in_(asked))
    )
    return found


def stage(ticket: Ticket) -> Stage:
    return rules.STAGES[ticket.state]


@dataclass(frozen=True)
class Line:
    """Something that was written: by the customer, or to them, by a person or, `automatic`, by a
    trigger, which answers nothing; `html` is sanitized.
    """

    own: bool
    automatic: bool
    at: datetime
    text: str
    html: str
    files: Sequence[Attachment]


def _shown_entries(ticket: Ticket) -> list[TicketEntry]:
    """What a customer sees: their own texts, and what was sent to them and cannot be taken back."""
    others = set(
        db.session.scalars(
            sa.select(TicketMail.entry_id).where(
                TicketMail.ticket_id == ticket.id, TicketMail.is_other
            )
        )
    )
    until = clock.now() - UNDO
    return [
        one
        for one in entries(ticket.id)
        if one.kind in rules.SEEN
        and one.id not in others
        and (one.kind in rules.OWN or one.at <= until)
    ]


def story(ticket: Ticket, address: str) -> list[Line]:
    """What a customer sees of their inquiry; files stand at `address`, a slash and their id."""
    shown = _shown_entries(ticket)
    files: dict[int | None, list[Attachment]] = {}
    for one in _files(shown):
        files.setdefault(one.entry_id, []).append(one)
    lines = []
    for entry in shown:
        is_own = entry.kind in rules.OWN
        html = "" if is_own else entry.html
        moved = {
            source: f"{address}/{source.rpartition('/')[2]}" for source in richtext.sources(html)
        }
        beside = [
            one
            for one in files.get(entry.id, [])
            if f"{address}/{one.id}" not in set(moved.values())
        ]
        by_trigger = entry.kind is Entry.MAIL
        shown_html = richtext.moved(html, moved)
        lines.append(Line(is_own, by_trigger, entry.at, entry.body, shown_html, beside))
    return lines


def _files(shown: Sequence[TicketEntry]) -> Sequence[Attachment]:
    idents = [entry.id for entry in shown]
    return db.session.scalars(
        sa.select(Attachment).where(Attachment.entry_id.in_(idents)).order_by(Attachment.id)
    ).all()


def file(ticket: Ticket, ident: int) -> Attachment | None:
    """A file of what a customer sees."""
    return next((one for one in _files(_shown_entries(ticket)) if one.id == ident), None)
