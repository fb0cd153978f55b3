"""What text messages add to facts of the features below them."""

import sqlalchemy as sa

from occ.core import uploads
from occ.core.db import db
from occ.core.events import on
from occ.core.live import touch
from occ.customers.events import (
    CustomerDataAsked,
    CustomerErased,
    CustomersMerged,
    CustomerUsesCounted,
)
from occ.organization.events import FilesNamed, ServiceEmptied, ServiceErased
from occ.organization.models import Service
from occ.sms import writes
from occ.sms.models import (
    SmsCategory,
    SmsChannel,
    SmsImage,
    SmsRecipient,
    SmsSender,
    SmsSending,
    SmsTemplate,
    SmsTemplateImage,
)
from occ.sms.rules.kinds import RecipientState


@on(ServiceEmptied)
def forget_sendings(event: ServiceEmptied) -> None:
    """Recipients first: a sending may have ten thousand."""
    of_service = SmsRecipient.service_id == event.service_id
    removed = db.remove(SmsRecipient, of_service, limit=event.limit)
    event.went("text_messages", removed)
    if not removed:
        event.went(
            "",
            db.remove(SmsSending, SmsSending.service_id == event.service_id, limit=event.limit),
        )


@on(ServiceErased)
def forget_settings(event: ServiceErased) -> None:
    for kept in (SmsTemplate, SmsCategory, SmsSender, SmsChannel):
        db.session.execute(sa.delete(kept).where(kept.service_id == event.service.id))


@on(FilesNamed)
def name_files(event: FilesNamed) -> None:
    event.keys.update(db.session.scalars(sa.select(SmsTemplateImage.key)))
    event.keys.update(db.session.scalars(sa.select(SmsImage.key)))


@on(CustomersMerged)
def follow_customer(event: CustomersMerged) -> None:
    db.session.execute(
        sa.update(SmsRecipient)
        .where(SmsRecipient.customer_id == event.gone.id)
        .values(customer_id=event.kept.id)
    )


@on(CustomerDataAsked)
def hand_out(event: CustomerDataAsked) -> None:
    mine = (
        sa.select(SmsRecipient, SmsSending)
        .join(SmsSending, SmsSending.id == SmsRecipient.sending_id)
        .where(
            SmsRecipient.customer_id == event.customer.id,
            SmsRecipient.service_id == event.service_id,
        )
        .order_by(SmsRecipient.id)
    )
    event.found["text_messages"] = [
        {
            "number": recipient.number or "",
            "registered_at": sending.registered_at.isoformat(),
            "title": sending.title,
            "body": sending.body,
            "state": recipient.state.value,
        }
        for recipient, sending in db.session.execute(mine)
    ]


@on(CustomerErased)
def erase(event: CustomerErased) -> None:
    """Numbers go, and the words and pictures of what went to the customer alone; what was charged
    stays.
    """
    mine = (
        SmsRecipient.customer_id == event.customer.id,
        SmsRecipient.service_id == event.service_id,
    )
    alone = sa.select(SmsRecipient.sending_id).where(*mine)
    theirs = sa.select(SmsSending.id).where(SmsSending.id.in_(alone), SmsSending.count == 1)
    pictures = SmsImage.sending_id.in_(theirs)
    uploads.forget(db.session.scalars(sa.select(SmsImage.key).where(pictures)).all())
    db.session.execute(
        sa.delete(SmsImage).where(pictures).execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(SmsSending)
        .where(SmsSending.id.in_(alone), SmsSending.count == 1)
        .values(title="", body="")
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(SmsRecipient)
        .where(*mine, SmsRecipient.state == RecipientState.WAITING)
        .values(state=RecipientState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    event.counts["text_messages"] = db.changed(
        sa.update(SmsRecipient)
        .where(*mine)
        .values(number=None, typed="", customer_id=None)
        .execution_options(synchronize_session=False)
    )
    touch(writes.scope(db.session.get_one(Service, event.service_id).slug))


@on(CustomerUsesCounted)
def count_uses(event: CustomerUsesCounted) -> None:
    event.uses += (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(SmsRecipient)
            .where(SmsRecipient.customer_id == event.customer.id)
        )
        or 0
    )
