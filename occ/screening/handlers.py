"""What the spam rule adds to facts of the features below it."""

import sqlalchemy as sa

from occ.core import uploads
from occ.core.db import db
from occ.core.events import on
from occ.customers.events import (
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased
from occ.screening import queries, service
from occ.screening.models import FiledInquiry, HeldInquiry, SpamBlock, SpamRule


@on(ServiceEmptied)
def empty_held(event: ServiceEmptied) -> None:
    """Files go after the commit; mails are emptied by what keeps them."""
    found = sa.select(HeldInquiry.id, HeldInquiry.file_keys).where(
        HeldInquiry.service_id == event.service_id
    )
    rows = db.session.execute(found.limit(event.limit)).all()
    for row in rows:
        uploads.forget(row.file_keys)
    gone = sa.delete(HeldInquiry).where(HeldInquiry.id.in_([row.id for row in rows]))
    event.went("held_inquiries", db.changed(gone))
    marks = db.remove(FiledInquiry, FiledInquiry.service_id == event.service_id, limit=event.limit)
    event.went("", marks)


@on(ServiceErased)
def forget_rule(event: ServiceErased) -> None:
    for table in (SpamBlock, SpamRule):
        db.session.execute(sa.delete(table).where(table.service_id == event.service.id))


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    for keys in db.session.scalars(sa.select(HeldInquiry.file_keys)):
        event.keys.update(keys)


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(HeldInquiry)
        .where(HeldInquiry.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    """Mails are handed out by what keeps them."""
    rows = [one for one in queries.held_of(event.customer, event.service_id) if not one.mail_id]
    if rows:
        event.found["held_inquiries"] = [
            {
                "at": row.at.isoformat(),
                "title": held.title,
                "text": held.text,
                "values": dict(held.values),
                "files": [one.name for one in held.files],
            }
            for row in rows
            for held in (service.opened(row),)
        ]


@on(CustomerErased)
def erase_held(event: CustomerErased) -> None:
    rows = queries.held_of(event.customer, event.service_id)
    event.counts["held_inquiries"] = service.forget([row.id for row in rows])


@on(CustomerUsesCounted)
def count_uses(event: CustomerUsesCounted) -> None:
    found = sa.select(sa.func.count()).where(HeldInquiry.customer_id == event.customer.id)
    event.uses += db.session.scalar(found) or 0
