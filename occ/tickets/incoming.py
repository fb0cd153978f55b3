"""A mail becomes a ticket or joins one (MAIL-1, TKT-1). Inside the caller's transaction."""

from collections.abc import Iterable
from contextlib import nullcontext
from email.utils import parseaddr

from occ.audit.service import SYSTEM, Actor
from occ.core import files
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.settings import configured
from occ.customers import queries as people
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.delivery import queries as outbox
from occ.delivery import service as delivery
from occ.mail import queries as accounts
from occ.mail import tokens
from occ.mail.events import MailReceived
from occ.mail.reading import Automatic, Bounced, Letter, Person
from occ.mail.rules import check_address, folded_address
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.models import Service
from occ.screening import service as screening
from occ.screening.rules import Channel as Way
from occ.screening.rules import Source
from occ.ticket_settings.queries import languages
from occ.tickets import attachments, mails, rules
from occ.tickets.languages import guessed
from occ.tickets.models import Ticket, TicketEntry, TicketMail
from occ.tickets.rules import Arrival, Channel, Entry, Fact, Move
from occ.tickets.service import who_has
from occ.tickets.writes import about, by_triggers, happened, move, new, write

NAME_MAX, ADDRESS_MAX = 50, 254
MAIL = "mail"
NEW = (Arrival.BEGINS, Arrival.FOLLOWS)
"""What makes a ticket of a mail that names one."""
BY_PEOPLE = (Automatic.NO, Automatic.LIST)
"""What people wrote: many services get their mail by a mailing list."""


def receive(event: MailReceived) -> None:
    """Joins a ticket or makes one, unless the spam rule holds the mail back (HC-5); what a machine
    wrote joins without opening it again, and makes no trigger run.
    """
    service, letter = event.service, event.letter
    # two mails of one thread at once: the second sees the first
    db.lock_name(f"mails/{service.id}")
    own = _own(service, event.mail.recipient)
    sender = folded_address(letter.sender.address)
    ticket, is_ours = _thread(service, event)
    returned = letter.automatic is Automatic.BOUNCE
    person = letter.automatic in BY_PEOPLE and not is_ours and _bare(sender) not in own
    if not returned and _is_held(event, sender, ticket, by_person=person):
        return
    quiet = event.mail.older or not person
    with by_triggers() if quiet else nullcontext():
        if returned and ticket is not None:
            made = _bounced(ticket, letter)
        elif ticket is None:
            made = _begun(event, own, None)
        else:
            made = _joined(event, own, ticket, by_person=person)
    event.about = made.about


def _is_held(event: MailReceived, sender: str, ticket: Ticket | None, *, by_person: bool) -> bool:
    """Whether the spam rule keeps a mail: what a blocked sender writes, and the inquiry that is one
    too many. An answer is none, and old mail that was asked for came when it came.
    """
    if event.mail.let_in:
        return False
    letter, source = event.letter, Source(Way.MAIL, email=sender)
    begins = ticket is None or rules.arrival(ticket.standing, by_person=by_person) in NEW
    verdict = screening.screen(event.service, source, counted=begins and not event.mail.older)
    if not verdict.is_held:
        return False
    event.held = True
    screening.hold(
        event.service,
        source,
        verdict,
        title=letter.subject,
        name=letter.sender.name,
        text=letter.text or letter.quoted,
        mail=event.mail,
    )
    return True


def _own(service: Service, recipient: str) -> set[str]:
    """Addresses of the service itself, as they are compared: nobody answers these."""
    known = [recipient, parseaddr(configured().mail_from)[1]]
    folded = {folded_address(one) for one in known if one} | accounts.own_addresses(service)
    return {_bare(one) for one in folded}


def _bare(address: str) -> str:
    """A folded address without the token that we put into it."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def _thread(service: Service, event: MailReceived) -> tuple[Ticket | None, bool]:
    """The ticket whose thread a mail belongs to, and whether it is a mail of ours that came back:
    by the Message-IDs that it names, the nearest first, else by a signed token; never by its
    subject alone.
    """
    letter = event.letter
    returned = [letter.returned] if letter.returned else []
    near = [*returned, *letter.in_reply_to, *reversed(letter.references)]
    named = list(dict.fromkeys(one for one in near if one))[: mails.NAMED]
    ours = outbox.abouts([letter.message_id, *named]) if letter.message_id or named else {}
    is_ours = letter.message_id in ours
    theirs = mails.known(service.id, named)
    for one in [letter.message_id, *named] if is_ours else named:
        ident = _ident(ours[one]) if one in ours else theirs.get(one)
        if ident is not None and (found := _there(service, ident)) is not None:
            return found, is_ours
    reached = (event.mail.recipient, *letter.delivered_to, *_addresses(letter.to, letter.cc))
    signed = [tokens.of_address(one) for one in reached]
    for ident in (*signed, tokens.of_subject(letter.subject)):
        if ident is not None and (found := _there(service, ident)) is not None:
            return found, is_ours
    return None, is_ours


def _ident(about: str) -> int | None:
    kind, _slash, ident = about.partition("/")
    return int(ident) if kind == "ticket" and ident.isdecimal() else None


def _there(service: Service, ident: int) -> Ticket | None:
    """A ticket of this service that was not deleted."""
    found = db.session.get(Ticket, ident)
    is_there = found is not None and found.service_id == service.id and found.deleted_at is None
    return found if is_there else None


def _addresses(*groups: Iterable[Person]) -> list[str]:
    return [one.address for group in groups for one in group if one.address]


def _customer(letter: Letter, own: set[str]) -> Customer | None:
    """Who wrote, found or made by their address (CUS-1); None where that is none, or ours."""
    address = folded_address(letter.sender.address)
    if _bare(address) in own or not _is_address(address):
        return None
    name = " ".join(letter.sender.name.split())[:NAME_MAX]
    return customers.found_or_made(name=name, phone="", email=address)


def _is_address(text: str) -> bool:
    try:
        check_address(text)
    except Refused:
        return False
    return True


def _begun(event: MailReceived, own: set[str], before: Ticket | None) -> Ticket:
    """A new ticket; `before` was done when its customer wrote again."""
    service, letter = event.service, event.letter
    words, customer = letter.text or letter.quoted, _customer(letter, own)
    made = new(
        service.id,
        Channel.MAIL,
        None,
        direction=MAIL,
        subject=tokens.without_mark(letter.subject)[: rules.SUBJECT_MAX],
        customer=customer,
        reply_to=_reply_to(letter, customer, own),
        follows_id=before.id if before else None,
        language=guessed(f"{letter.subject}\n{words}", languages(service)),
        has_mail=True,
    )
    entry = write(made, Entry.INQUIRY, words, actor=Actor(None, "", "", ""))
    _keep(event, entry, own, is_other=False)
    if before is not None:
        happened(before, Fact.CONTINUED, SYSTEM, number=made.id)
    return made


def _joined(event: MailReceived, own: set[str], ticket: Ticket, *, by_person: bool) -> Ticket:
    letter, address = event.letter, folded_address(event.letter.sender.address)
    known = people.by_email(address) if address else None
    if ticket.customer_id is None and by_person:
        known = _customer(letter, own)
    ticket = db.lock(Ticket, ticket.id)
    arrival = rules.arrival(ticket.standing, by_person=by_person)
    if arrival in NEW:
        return _begun(event, own, ticket if arrival is Arrival.FOLLOWS else None)
    if ticket.customer_id is None and known is not None:
        ticket.customer_id, ticket.customer = known.id, known
    is_other = (known is None or known.id != ticket.customer_id) and not (
        address and address == folded_address(ticket.reply_to)
    )
    name = " ".join(letter.sender.name.split())[:100]
    words = letter.text or letter.quoted
    entry = write(ticket, Entry.REPLY, words, actor=Actor(None, "", name, ""))
    ticket.has_mail = True
    _keep(event, entry, own, is_other=is_other)
    was = ticket.state
    if arrival is Arrival.REOPENS:
        move(ticket, Move.REOPEN, member=who_has(ticket))
    if not is_other and by_person:
        ticket.reply_to = _reply_to(letter, ticket.customer, own)
    happened(
        ticket,
        Fact.REPLIED,
        SYSTEM,
        was=was.value if ticket.state is not was else None,
        by="machine" if not by_person else "other" if is_other else "customer",
    )
    if by_person and ticket.assignee_id and not (event.mail.older or ticket.spam_at):
        notify([ticket.assignee_id], Notice.TICKET_REPLIED, about(ticket))
    return ticket


def _bounced(ticket: Ticket, letter: Letter) -> Ticket:
    """A mail of ours came back: it and the addresses that it did not reach are undeliverable."""
    ticket = db.lock(Ticket, ticket.id)
    lasting = [one for one in letter.bounced if one.lasting]
    for one in lasting:
        said = one.said if one.status in one.said else f"{one.status} {one.said}"
        why = " ".join(said.split())
        delivery.undeliverable(letter.returned, why, about=ticket.about, address=one.address)
    first = next(iter(lasting or letter.bounced), Bounced("", "", lasting=True))
    happened(ticket, Fact.BOUNCED, SYSTEM, status=first.status, lasting=first.lasting)
    return ticket


def _reply_to(letter: Letter, customer: Customer | None, own: set[str]) -> str:
    """Where answers go where that is not the customer's own address; never to ourselves, which
    lists and shared mailboxes in between ask for.
    """
    asked = (
        one
        for one in _addresses(letter.reply_to, [letter.sender])
        if _is_address(one) and _bare(folded_address(one)) not in own
    )
    wanted = next(asked, "")
    theirs = (customer.email if customer else None) or ""
    return "" if folded_address(wanted) == folded_address(theirs) else wanted


def _keep(event: MailReceived, entry: TicketEntry, own: set[str], *, is_other: bool) -> None:
    """What belongs to the entry beside its words: people, HTML, quoted history, files."""
    db.session.flush()  # which gives the entry its id
    letter = event.letter
    pictures, left_out = _files(entry, event)
    sender = letter.sender.address[:ADDRESS_MAX]
    heads = {
        "from": [letter.sender, *letter.also_from],
        "to": letter.to,
        "cc": letter.cc,
        "reply_to": letter.reply_to,
    }
    beside = [
        one
        for one in dict.fromkeys(_addresses(letter.also_from, letter.to, letter.cc))
        if _bare(folded_address(one)) not in own
        and folded_address(one) != folded_address(sender)
        and _is_address(one)
    ]
    row = {
        "entry_id": entry.id,
        "ticket_id": entry.ticket_id,
        "service_id": event.service.id,
        "received_id": event.mail.id,
        "sent_at": letter.sent_at,
        "message_id": letter.message_id,
        "mark": mails.mark_of(letter.message_id),
        "sender": sender,
        "people": {
            head: [[one.name, one.address] for one in people_of]
            for head, people_of in heads.items()
        },
        "beside": beside,
        "is_other": is_other,
        "automatic": letter.automatic.value,
        "has_html": bool(letter.html or letter.quoted_html),
        "has_quoted": bool(letter.text and letter.quoted),
        "html": letter.html,
        "quoted": letter.quoted if letter.text else "",
        "quoted_html": letter.quoted_html,
        "pictures": pictures,
        "left_out": left_out,
    }
    db.insert_all(TicketMail, [row])


def _files(
    entry: TicketEntry, event: MailReceived
) -> tuple[dict[str, int], list[dict[str, object]]]:
    """Keeps the files of a mail (TKT-6): pictures by their places in it, and what only the original
    holds.
    """
    pictures: dict[str, int] = {}
    left_out: list[dict[str, object]] = []
    for place, (part, kept) in enumerate(zip(event.letter.files, event.files, strict=True)):
        if kept is None:
            left_out.append({"name": files.name_of(part.name), "size": part.size})
            continue
        row = attachments.add_to(entry, kept)
        if row.kind:
            pictures[str(place)] = row.id
    return pictures, left_out
