"""Writes of inquiries: filed, confirmed, replied to, erased; what is consented to.

Every function runs inside the caller's write transaction.
"""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.callbacks import service as callbacks
from occ.callbacks.rules import Source as Wish
from occ.core import clock, crypto, uploads
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.customers import queries as people
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.delivery import copies
from occ.fields import queries as fields
from occ.fields.rules import FieldType
from occ.help_center.inquiries import letters, queries, rules, tokens
from occ.help_center.inquiries.models import CallbackConsent, Consent, Inquiry, WaitingInquiry
from occ.organization.models import Service
from occ.screening import service as screening
from occ.screening.rules import Channel, Source
from occ.ticket_settings import queries as settings
from occ.tickets import intake
from occ.tickets.intake import Written
from occ.tickets.models import Ticket

CONFIRMATIONS_MOST = 3
"""Mails that ask one address to confirm, within the time of the first."""


@dataclass(frozen=True)
class Asker:
    """Who writes: the customer that a member or a confirmed address is, else whoever has the
    address (CUS-1).
    """

    email: str
    customer_id: int | None = None


@dataclass(frozen=True)
class Consented:
    """The version of a consent text, and the language that it was shown in."""

    number: int
    language: str


@dataclass(frozen=True)
class Filing:
    """An inquiry as its form sent it, checked. No two of a `key` are made."""

    written: Written
    asker: Asker
    consented: Consented
    language: str
    key: str


class Outcome(enum.Enum):
    """What became of an inquiry that was sent."""

    TAKEN = "taken"
    UNPROVEN = "unproven"  # nothing is kept: its sender has to prove that they are no machine
    HELD = "held"


@dataclass(frozen=True)
class Answer:
    """The outcome, and the ticket of an inquiry that was taken."""

    outcome: Outcome
    ticket: Ticket | None = None


def submit(service: Service, filing: Filing, source: Source, *, proven: bool) -> Answer:
    """What becomes of an inquiry (HC-5): held back where the spam rule says so, which nobody fills
    with what is not `proven`; else taken.
    """
    made = _made(service, filing)
    if made is not None:
        return Answer(Outcome.TAKEN, made)
    verdict = screening.screen(service, source)
    if not verdict.is_held:
        return Answer(Outcome.TAKEN, file(service, filing))
    if not proven:
        return Answer(Outcome.UNPROVEN)
    screening.hold(
        service,
        source,
        verdict,
        title=filing.written.subject,
        text=filing.written.body,
        values=_dumped(filing),
        files=_files(filing),
    )
    return Answer(Outcome.HELD)


def _made(service: Service, filing: Filing) -> Ticket | None:
    """The ticket that this form made already (double click)."""
    key = _key(service, filing)
    db.lock_name(key)
    return db.session.scalar(sa.select(Ticket).where(Ticket.submit_key == key))


def _key(service: Service, filing: Filing) -> str:
    return f"hc-{service.id}-{filing.key}"[:64]


def file(service: Service, filing: Filing) -> Ticket:
    """The ticket of an inquiry, told to whoever asked; the same key again returns the one made
    before.
    """
    made = _made(service, filing)
    if made is not None:
        return made
    asker = filing.asker
    customer = _customer(asker)
    made = intake.begin(
        service,
        filing.written,
        customer=customer,
        language=filing.language,
        key=_key(service, filing),
        reply_to=asker.email,
    )
    consented = filing.consented
    db.session.add(
        Inquiry(
            ticket_id=made.id,
            customer_id=customer.id,
            email=asker.email,
            consent=consented.number,
            consent_language=consented.language,
            consented_at=clock.now(),
        )
    )
    if asker.email:
        letters.received(service, made, asker.email)
    return made


def _files(filing: Filing) -> list[Upload]:
    """The files of an inquiry's text, then those of its fields."""
    of_fields = [
        Upload.load(value)
        for field, value in filing.written.values.items()
        if field.type is FieldType.FILE and value
    ]
    return [*filing.written.files, *of_fields]


def _dumped(filing: Filing) -> dict[str, Any]:
    """An inquiry for JSON."""
    written = filing.written
    return {
        "subject": written.subject,
        "body": written.body,
        "intake": written.intake_id,
        "values": {field.code: value for field, value in written.values.items()},
        "files": [one.dump() for one in written.files],
        "email": filing.asker.email,
        "customer": filing.asker.customer_id,
        "consent": [filing.consented.number, filing.consented.language],
        "language": filing.language,
        "key": filing.key,
    }


def _loaded(service: Service, said: Mapping[str, Any]) -> Filing:
    """The inquiry again, with what its service still asks for."""
    there = settings.category(service.id, said["intake"]) if said["intake"] else None
    asked = fields.asked(service, there.id if there else None, manager=False).own
    written = Written(
        said["subject"],
        said["body"],
        there.id if there else None,
        {one: said["values"][one.code] for one in asked if one.code in said["values"]},
        [Upload.load(one) for one in said["files"]],
    )
    asker = Asker(said["email"], said["customer"])
    return Filing(written, asker, Consented(*said["consent"]), said["language"], said["key"])


def let_in(service: Service, said: Mapping[str, Any]) -> Ticket:
    """The ticket of an inquiry that was held back."""
    return file(service, _loaded(service, said))


def _customer(asker: Asker) -> Customer:
    known = people.customer(asker.customer_id) if asker.customer_id else None
    found = known or customers.found_or_made(name="", phone="", email=asker.email)
    if found is None:
        raise Refused(_("Fill this in."), "email")
    return found


def reply(service: Service, ticket: Ticket, written: Written, *, language: str, key: str) -> Ticket:
    """The ticket that a further text has joined or begun; the same key again changes nothing."""
    ticket = db.lock(Ticket, ticket.id)
    whole = f"hcr-{service.id}-{key}"[:64]
    begun = db.session.scalar(sa.select(Ticket).where(Ticket.submit_key == whole))
    if begun is not None:
        return begun
    noted = queries.inquiry(ticket.id) or _of_mail(ticket)
    if noted.reply_key == whole:
        return ticket
    joined = intake.reply(service, ticket, written, language=language, key=whole)
    noted.reply_key = whole
    if joined.id != ticket.id:
        db.session.add(
            Inquiry(
                ticket_id=joined.id,
                customer_id=noted.customer_id,
                email=noted.email,
                consent=noted.consent,
                consent_language=noted.consent_language,
                consented_at=noted.consented_at,
            )
        )
        if noted.email:
            letters.received(service, joined, noted.email)
    return joined


def _of_mail(ticket: Ticket) -> Inquiry:
    """What is noted of a ticket that came by mail, once its customer writes here."""
    email = ticket.reply_to or (ticket.customer.email if ticket.customer else "") or ""
    made = Inquiry(
        ticket_id=ticket.id, customer_id=ticket.customer_id, email=email, consent=None, reply_key=""
    )
    db.session.add(made)
    return made


def renew(service: Service, token: str) -> None:
    """Mails a new link to the address of the inquiry that a link leads to, if it is there and none
    was mailed just now; says nothing of it.
    """
    link, now = tokens.of_link(token), clock.now()
    ticket = queries.of_form(service.id, link.ticket_id) if link else None
    noted = db.lock(Inquiry, ticket.id) if ticket else None
    if ticket is None or noted is None or not noted.email:
        return
    if noted.renewed_at is None or now - noted.renewed_at >= rules.RENEWED_EVERY:
        noted.renewed_at = now
        letters.renewed(service, ticket, noted.email)


# what waits until its address is confirmed


def wait(service: Service, filing: Filing) -> None:
    """Keeps an inquiry, sealed, until whoever reads the mails of its address confirms it; mails
    them at most CONFIRMATIONS_MOST times a day.
    """
    email, now = filing.asker.email, clock.now()
    key = f"{service.id}-{filing.key}"[:64]
    db.lock_name(f"waiting/{service.id}/{email}")
    mine = sa.select(WaitingInquiry).where(
        WaitingInquiry.service_id == service.id, WaitingInquiry.email == email
    )
    rows = db.session.scalars(mine.where(WaitingInquiry.expires_at > now)).all()
    if any(row.key == key for row in rows):
        return
    if len(rows) >= CONFIRMATIONS_MOST:
        raise Refused(
            _("Confirm the inquiries that you have sent already: open the links in our mails.")
        )
    secret = crypto.token()
    made = WaitingInquiry(
        service_id=service.id,
        key=key,
        hash=crypto.digest(secret),
        email=email,
        sealed=crypto.ring().encrypt(json.dumps(_dumped(filing))),
        files=[one.key for one in _files(filing)],
        created_at=now,
        expires_at=now + rules.CONFIRM_FOR,
    )
    db.session.add(made)
    db.session.flush()
    letters.confirm(service, filing.language, made, secret)


def confirm(service: Service, secret: str, ip: str) -> Answer | None:
    """What becomes of an inquiry whose address is confirmed from a network address; None where it
    does not wait.
    """
    row = queries.waiting(service.id, secret)
    row = db.lock(WaitingInquiry, row.id) if row else None
    if row is None:
        return None
    filing = _loaded(service, json.loads(crypto.ring().decrypt(row.sealed)))
    source = source_of(filing, ip)
    answer = submit(service, filing, source, proven=True)
    copies.forget([row.about])
    db.session.delete(row)
    return answer


def source_of(filing: Filing, ip: str) -> Source:
    """Where an inquiry comes from, as the spam rule counts it."""
    return Source(Channel.FORM, ip, filing.asker.email, filing.asker.customer_id)


def forget_waiting(rows: Sequence[WaitingInquiry]) -> int:
    """Destroys what waits, with its files and its mails."""
    copies.forget([row.about for row in rows])
    for row in rows:
        uploads.forget(row.files)
        db.session.delete(row)
    return len(rows)


def forget_old(limit: int) -> int:
    """Destroys at most so many that nobody confirmed in time. Returns how many."""
    old = sa.select(WaitingInquiry).where(WaitingInquiry.expires_at <= clock.now())
    return forget_waiting(db.session.scalars(old.limit(limit)).all())


def erase(customer: Customer, service_id: int) -> int:
    """Destroys what the form noted of a customer's inquiries, and what of theirs waits: no link
    leads there any more. Returns how many were there.
    """
    mine = sa.select(Inquiry.ticket_id).join(Ticket, Ticket.id == Inquiry.ticket_id)
    idents = db.session.scalars(
        mine.where(Ticket.service_id == service_id, Inquiry.customer_id == customer.id)
    ).all()
    db.session.execute(sa.delete(Inquiry).where(Inquiry.ticket_id.in_(idents)))
    addresses = [one.email for one in (customer, *people.merged_into(customer.id)) if one.email]
    waiting = sa.select(WaitingInquiry).where(
        WaitingInquiry.service_id == service_id, WaitingInquiry.email.in_(addresses)
    )
    return len(idents) + forget_waiting(db.session.scalars(waiting).all())


# calls that are asked for


def ask_for_call(
    service: Service,
    queue_id: int,
    number: str,
    source: Source,
    consented: Consented,
    *,
    key: str,
) -> None:
    """A call to a number, which joins an open one of the same queue (CBK-6); the same key again
    changes nothing. Raises Refused where the spam rule says so.
    """
    key = f"{service.id}-{key}"[:64]
    db.lock_name(f"call/{key}")
    if db.session.scalar(sa.select(sa.exists().where(CallbackConsent.key == key))):
        return
    if screening.screen(service, source).is_held:
        raise Refused(_("Too many came from where you are. Try again in some minutes."))
    made = callbacks.ask(service, queue_id, number, Wish.HELP_CENTER)
    row = db.session.get(CallbackConsent, made.id) or CallbackConsent(callback_id=made.id)
    row.key, row.consented_at = key, clock.now()
    row.consent, row.consent_language = consented.number, consented.language
    db.session.add(row)


# what is consented to


def word_consent(service: Service, texts: Mapping[str, str], *, seen: int, actor: Actor) -> Consent:
    """A new version of the consent text; `seen` is the one that was changed."""
    db.lock(Service, service.id)
    languages = [one.code for one in service.shown_languages]
    kept = rules.check_consent(texts, languages)
    there = queries.consents(service.id)
    number = there[0].number if there else 0
    if number != seen:
        raise rules.changed()
    if there and there[0].texts == kept:
        return there[0]
    made = Consent(
        service_id=service.id, number=number + 1, texts=kept, by=actor.name, at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    return made
