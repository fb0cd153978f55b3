"""What mail adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core import uploads
from occ.core.db import db
from occ.core.events import emit, on
from occ.customers.events import CustomerDataAsked, CustomerErased
from occ.mail import queries, service
from occ.mail.events import SenderErased
from occ.mail.models import MailAccount, MailLayout, ReceivedMail
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased, TermsProposed
from occ.organization.rules import Feature


@on(TermsProposed)
def give_an_address(event: TermsProposed) -> None:
    """A service that contracts mail gets its own address (MAIL-1)."""
    if Feature.MAIL in event.terms.features:
        service.representative(event.service)


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    found = db.session.scalars(sa.select(ReceivedMail.key).where(ReceivedMail.key.is_not(None)))
    event.keys.update(key for key in found if key)


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    """Mails that are stored as they came; what tickets hold of them, tickets hand out."""
    found = queries.of_sender(event.service_id, event.customer.email)
    if found:
        event.found["received_mails"] = [
            {"received_at": one.received_at.isoformat(), "bytes": one.size} for one in found
        ]


@on(CustomerErased)
def erase_originals(event: CustomerErased) -> None:
    found = [one.id for one in queries.of_sender(event.service_id, event.customer.email)]
    emit(SenderErased(event.customer, event.service_id, found))
    event.counts["received_mails"] = service.forget(found)


@on(ServiceEmptied)
def empty_mails(event: ServiceEmptied) -> None:
    """Originals go with their rows, after the commit."""
    found = sa.select(ReceivedMail.id, ReceivedMail.key).where(
        ReceivedMail.service_id == event.service_id
    )
    rows = db.session.execute(found.limit(event.limit)).all()
    uploads.forget(key for _ident, key in rows)
    event.went(
        "received_mails",
        db.changed(sa.delete(ReceivedMail).where(ReceivedMail.id.in_([row[0] for row in rows]))),
    )


@on(ServiceErased)
def forget_accounts(event: ServiceErased) -> None:
    db.session.execute(sa.delete(MailLayout).where(MailLayout.service_id == event.service.id))
    event.counts["mail_accounts"] = db.changed(
        sa.delete(MailAccount).where(MailAccount.service_id == event.service.id)
    )
