"""What tickets add to facts of the features below them."""

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.core import jobs
from occ.core.db import db
from occ.core.events import on
from occ.core.tasks import TaskDone, TaskState
from occ.customers.events import (
    CustomerChanged,
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.delivery import copies
from occ.delivery.events import MailFailed, MailLeft
from occ.fields.events import FieldKept, FieldUseCounted
from occ.identity.events import AgentChanged, AgentRemoved, MemberSeen
from occ.identity.models import Member
from occ.mail.events import MailReceived, SenderErased
from occ.notifications.rules import Notice
from occ.notifications.service import notify
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased
from occ.organization.models import Service
from occ.sms.events import RecipientAsked, TextSent
from occ.telephony.events import CallEnded, CallFiled, CallShown, TicketDue, TicketWanted
from occ.ticket_settings.events import CategoryUseCounted
from occ.tickets import (
    belongings,
    customer_data,
    incoming,
    letters,
    queries,
    rules,
    service,
    writes,
)
from occ.tickets.bulk import service as bulk
from occ.tickets.models import Attachment, SavedSearch, Ticket, TicketValue
from occ.tickets.search import index
from occ.tickets.values import queries as values


@on(TicketDue)
def make_ticket(event: TicketDue) -> None:
    """CTI-6: a call has one ticket, also after a transfer."""
    if event.call.link_id is None:
        service.of_call(event.call, event.member_id)


@on(CallShown)
def offer_ticket(event: CallShown) -> None:
    """CTI-6: whoever talks last is offered what somebody else has, and may resolve their own."""
    ticket = queries.of_call(event.call)
    if ticket is None or ticket.state not in rules.HERE or ticket.spam_at or ticket.deleted_at:
        return
    event.takes = ticket.assignee_id != event.member_id
    event.resolves = not event.takes
    event.holder_id = ticket.assignee_id


@on(TicketWanted)
def take_ticket(event: TicketWanted) -> None:
    ticket = queries.of_call(event.call)
    if ticket is not None:
        service.take_of_call(ticket, actor=_agent(event.member_id))


@on(CallFiled)
def note_call(event: CallFiled) -> None:
    """What was noted stands in the ticket at once, and resolves it where that was asked."""
    ticket = queries.of_call(event.call)
    if ticket is None:
        return
    writes.touched(ticket, texts=False)
    if event.resolves:
        service.resolve_of_call(ticket, actor=_agent(event.member_id))


@on(RecipientAsked)
def tell_recipient(event: RecipientAsked) -> None:
    """SMS-5: a text beside a ticket goes to its customer."""
    if event.kind != "ticket" or not (event.rights.manager or event.rights.ticket):
        return
    who = queries.Viewer(event.service_id, event.member_id, event.rights.manager)
    ticket = queries.ticket(who, event.ident)
    event.seen = ticket is not None
    if ticket is not None and ticket.customer is not None:
        event.number, event.name = ticket.customer.phone or "", ticket.customer.name
        event.customer_id, event.whole = ticket.customer.id, who.works_on(ticket)
        answer = queries.answer(ticket.id, event.entry) if event.entry else None
        if answer is not None:
            event.said, event.part = answer.body, answer.part


@on(CallEnded)
def show_end(event: CallEnded) -> None:
    ticket = queries.of_call(event.call)
    if ticket is not None:
        writes.touched(ticket, texts=False)


@on(TextSent)
def note_text(event: TextSent) -> None:
    """A text that was written beside a ticket stands in it once it has left (SMS-7)."""
    sending = event.sending
    kind, _slash, ident = (sending.about or "").partition("/")
    ticket = db.session.get(Ticket, int(ident)) if kind == "ticket" and ident.isdecimal() else None
    if ticket is None or ticket.service_id != sending.service_id or ticket.deleted_at is not None:
        return
    said = f"{sending.title}\n\n{sending.body}" if sending.title else sending.body
    by = Actor(sending.member_id, "", sending.member_name, "")
    writes.write(ticket, rules.Entry.TEXT, said, actor=by)


def _agent(member_id: int) -> Actor:
    member = db.session.get_one(Member, member_id)
    return Actor(member.id, member.login_id, member.name, "")


@on(MailReceived)
def receive(event: MailReceived) -> None:
    """MAIL-1: a mail becomes a ticket, or joins the one of its thread."""
    incoming.receive(event)


@on(AgentRemoved)
@on(AgentChanged)
def give_back(event: AgentRemoved | AgentChanged) -> None:
    """Whoever takes no tickets and calls any more has no open ones (MEM-2)."""
    agent = event.agent
    if agent.removed_at is not None or not (agent.ticket or agent.phone):
        service.leave(agent.service_id, agent.member_id)


@on(MemberSeen)
def note_viewer(event: MemberSeen) -> None:
    if event.looking is not None:
        belongings.seen(event.member_id, event.looking)


@on(CategoryUseCounted)
def count_use(event: CategoryUseCounted) -> None:
    event.tickets += queries.using(event.idents)


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(db.session.scalars(sa.select(Attachment.key)))
    event.keys.update(
        db.session.scalars(sa.select(TicketValue.file_key).where(TicketValue.file_key.is_not(None)))
    )


@on(FieldUseCounted)
def count_values(event: FieldUseCounted) -> None:
    event.values += values.count(event.field)


@on(FieldKept)
def keep_anew(event: FieldKept) -> None:
    """FLD-3: values stored before are sealed, opened or destroyed by the job,
    at once, and the index follows.
    """
    event.field.to_index = True
    jobs.request_run("values")
    jobs.request_run("search")


@on(ServiceEmptied)
def forget_tickets(event: ServiceEmptied) -> None:
    gone = db.session.scalars(
        sa.select(Ticket.id).where(Ticket.service_id == event.service_id).limit(event.limit)
    ).all()
    index.forget([(event.service_id, ident) for ident in gone])
    copies.forget(sa.select(Ticket.about).where(Ticket.id.in_(gone)))
    event.went("tickets", db.changed(sa.delete(Ticket).where(Ticket.id.in_(gone))))


@on(ServiceErased)
def forget_searches(event: ServiceErased) -> None:
    """Saved searches hold what was typed, numbers and names of customers, too."""
    db.session.execute(sa.delete(SavedSearch).where(SavedSearch.service_id == event.service.id))


@on(ServiceErased)
def clear_pages(event: ServiceErased) -> None:
    jobs.request_run("scrub")


@on(TaskDone)
def tell_bulk(event: TaskDone) -> None:
    """What was done in the request itself is told there, unless that died."""
    task = event.task
    if task.kind == bulk.KIND and (task.total > bulk.AT_ONCE or task.tries > 1):
        of = db.session.get_one(Service, task.service_id)
        notice = Notice.BULK_DONE if task.state is TaskState.DONE else Notice.BULK_FAILED
        notify([task.member_id], notice, {"service": of.name, "slug": of.slug, "task": task.id})


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(Ticket)
        .where(Ticket.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )
    _index_anew(Ticket.customer_id == event.kept.id)


@on(CustomerChanged)
def index_customer(event: CustomerChanged) -> None:
    _index_anew(Ticket.customer_id == event.customer.id)


def _index_anew(condition: sa.ColumnElement[bool]) -> None:
    index.stale(condition)
    jobs.request_run("search")


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    event.found["tickets"] = customer_data.data(event.customer, event.service_id)


@on(SenderErased)
def erase_sent(event: SenderErased) -> None:
    customer_data.erase_sent(event.customer, event.service_id, event.mail_ids)


@on(CustomerErased)
def erase(event: CustomerErased) -> None:
    gone = customer_data.erase(event.customer, event.service_id)
    gone["mails"] += event.counts.get("mails", 0)
    event.counts.update(gone)
    jobs.request_run("scrub")


@on(CustomerUsesCounted)
def count_uses(event: CustomerUsesCounted) -> None:
    event.uses += customer_data.uses(event.customer)


@on(MailFailed)
def note_undelivered(event: MailFailed) -> None:
    letters.fell_short(event)


@on(MailLeft)
def note_left(event: MailLeft) -> None:
    letters.left_now(event)
