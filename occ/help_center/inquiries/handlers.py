"""What inquiries add to facts of the features below them."""

import sqlalchemy as sa

from occ.callbacks.events import Consented, ConsentsAsked
from occ.core.db import db
from occ.core.events import on
from occ.customers.events import CustomerDataAsked, CustomerErased, CustomersMerged
from occ.help_center.inquiries import letters, queries, service
from occ.help_center.inquiries.models import Consent, Inquiry, WaitingInquiry
from occ.organization.events import FilesNamed, ServiceErased
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.screening.events import InquiryLetIn
from occ.screening.rules import Channel
from occ.tickets import rules as tickets
from occ.tickets.events import ConsentAsked, LinkAsked


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(Inquiry)
        .where(Inquiry.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )


@on(CustomerErased)
def erase(event: CustomerErased) -> None:
    """FLD-3: links to what was erased lead nowhere, and nothing of it waits."""
    service.erase(event.customer, event.service_id)


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    for keys in db.session.scalars(sa.select(WaitingInquiry.files)):
        event.keys.update(keys)


@on(InquiryLetIn)
def let_in(event: InquiryLetIn) -> None:
    """HC-5: what was held back goes on as if it came now."""
    if event.channel is Channel.FORM:
        event.about = service.let_in(event.service, event.values).about


@on(LinkAsked)
def link(event: LinkAsked) -> None:
    """MAIL-2: answers lead to the inquiry that they answer."""
    of = db.session.get_one(Service, event.ticket.service_id)
    noted = db.session.get(Inquiry, event.ticket.id)
    if noted is not None and of.offers(Feature.HELP_CENTER):
        event.link = letters.link(of, event.ticket)


@on(ConsentAsked)
def consent(event: ConsentAsked) -> None:
    """HC-1: what the customer of an inquiry consented to, for whoever works on it."""
    if event.ticket.channel is not tickets.Channel.HELP_CENTER:
        return
    noted = queries.inquiry(event.ticket.id)
    if noted is not None and noted.consent is not None:
        event.version, event.at = noted.consent, noted.consented_at
        event.language = _native(noted.consent_language)


@on(ConsentsAsked)
def consents_of_calls(event: ConsentsAsked) -> None:
    """HC-1: the same of those who asked for a call, for whoever calls them."""
    for row in queries.of_calls(event.callbacks):
        event.found[row.callback_id] = Consented(
            row.consent, _native(row.consent_language), row.consented_at
        )


def _native(language: str) -> str:
    known = all_languages().get(language)
    return known.native if known else language


@on(ServiceErased)
def forget_inquiries(event: ServiceErased) -> None:
    mine = sa.select(WaitingInquiry).where(WaitingInquiry.service_id == event.service.id)
    service.forget_waiting(db.session.scalars(mine).all())
    for table in (WaitingInquiry, Consent):
        db.session.execute(sa.delete(table).where(table.service_id == event.service.id))


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    event.found["consents"] = queries.consented(event.customer.id, event.service_id)
