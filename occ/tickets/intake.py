"""What customers write in the help center: an inquiry becomes a ticket, what is written later joins
it or begins a new one (TKT-1). Inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from occ.audit.service import SYSTEM, Actor
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.customers.models import Customer
from occ.fields.rules import Shown
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.models import Service
from occ.tickets import attachments, rules
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Arrival, Channel, Entry, Fact, Move
from occ.tickets.service import who_has
from occ.tickets.values import service as value_service
from occ.tickets.writes import about, happened, move, new, write

FILES_MAX = 5
"""Files of one text of a customer (TKT-6)."""
HELP_CENTER = "help_center"
CLOSED = (Arrival.BEGINS, Arrival.FOLLOWS)


@dataclass(frozen=True)
class Written:
    """What a customer sent: checked values, stored files."""

    subject: str
    body: str
    intake_id: int | None = None
    values: Mapping[Shown, str] = field(default_factory=dict)
    files: Sequence[Upload] = ()


def check_subject(text: str) -> str:
    """A title as it can be stored."""
    if not text.strip():
        raise Refused(_("Fill this in."), "subject")
    if len(text) > rules.SUBJECT_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=rules.SUBJECT_MAX,
                count=len(text),
            ),
            "subject",
        )
    return text.strip()


def check_files(count: int) -> None:
    """Raises Refused for more files than one text may have."""
    if count > FILES_MAX:
        raise Refused(_("Attach at most %(count)s files to one text.", count=FILES_MAX), "file")


def begin(
    service: Service,
    written: Written,
    *,
    customer: Customer,
    language: str,
    key: str,
    reply_to: str = "",
    follows: Ticket | None = None,
) -> Ticket:
    """A ticket of an inquiry; answers go to the customer's address, or to `reply_to`. It `follows`
    one that was done. No two have the same `key`.
    """
    made = new(
        service.id,
        Channel.HELP_CENTER,
        None,
        direction=HELP_CENTER,
        subject=check_subject(written.subject),
        customer=customer,
        reply_to="" if reply_to == customer.email else reply_to,
        intake_id=written.intake_id,
        follows_id=follows.id if follows else None,
        language=language,
        submit_key=key,
    )
    _say(made, Entry.INQUIRY, written, customer)
    value_service.store(made, written.values)
    return made


def reply(service: Service, ticket: Ticket, written: Written, *, language: str, key: str) -> Ticket:
    """The ticket that a customer's further text has joined, opened again where it was answered; a
    new one where theirs was done or is gone.
    """
    ticket = db.lock(Ticket, ticket.id)
    customer = ticket.customer
    if customer is None:  # erased meanwhile
        raise Refused(_("This inquiry is no longer there."))
    arrival = rules.arrival(ticket.standing, by_person=True)
    if arrival in CLOSED:
        made = begin(
            service,
            written,
            customer=customer,
            language=language,
            key=key,
            reply_to=ticket.reply_to,
            follows=ticket if arrival is Arrival.FOLLOWS else None,
        )
        if arrival is Arrival.FOLLOWS:
            happened(ticket, Fact.CONTINUED, SYSTEM, number=made.id)
        return made
    _say(ticket, Entry.REPLY, written, customer)
    was = ticket.state
    if arrival is Arrival.REOPENS:
        move(ticket, Move.REOPEN, member=who_has(ticket))
    changed = was.value if ticket.state is not was else None
    happened(ticket, Fact.REPLIED, SYSTEM, was=changed, by="here")
    if ticket.assignee_id and not ticket.spam_at:
        notify([ticket.assignee_id], Notice.TICKET_REPLIED, about(ticket))
    return ticket


def _say(ticket: Ticket, kind: Entry, written: Written, customer: Customer) -> TicketEntry:
    check_files(len(written.files))
    # an inquiry's speaker is its customer, whatever they are called later
    name = customer.name if kind is Entry.REPLY else ""
    by = Actor(None, "", name, "")
    entry = write(ticket, kind, rules.check_body(written.body), actor=by)
    attachments.take(entry, None, {one.key: one for one in written.files})
    return entry
