"""Writes of text messages: asked for, cancelled (SMS-5, SMS-6)."""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from occ.audit.service import SYSTEM, Actor
from occ.core import clock, storage
from occ.core.db import db
from occ.core.errors import NotAllowed, Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.jobs import wake_later
from occ.customers import queries as customers
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.sms import history, queries, templates, writes
from occ.sms.models import (
    SmsChannel,
    SmsImage,
    SmsRecipient,
    SmsRequest,
    SmsSending,
    SmsTemplate,
)
from occ.sms.rules.kinds import (
    A_NUMBER,
    A_REQUEST,
    MOST,
    ByItself,
    Message,
    Picture,
    Recipient,
    RecipientState,
    SendingState,
    after_night,
    is_mobile,
    is_night,
    may_cancel,
    window,
)
from occ.sms.rules.text import checked

log = logging.getLogger("occ.sms")
KEY_BYTES = 16


def send(
    service: Service,
    message: Message,
    recipients: Sequence[Recipient],
    *,
    actor: Actor,
    submit_key: str,
    due_at: datetime | None = None,
    template: SmsTemplate | None = None,
    about: str = "",
    part: str = "",
    by_itself: ByItself | None = None,
) -> SmsSending:
    """Puts a sending by, to leave at once or at `due_at` (SMS-5); advertising waits for the end of
    the night. A form that is sent twice is one sending. Something is written beside `about`, and is
    the answer there that `part` names.

    Raises Refused, beside the field where it can: a channel that is off, a number that is none of
    its senders, a time outside the window, no recipient or more than 10,000, an answer that its
    customer got or gets as a text already, and what a message cannot hold (SMS-4).
    """
    message = checked(message)
    channel: SmsChannel | None = db.lock(SmsChannel, service.id)
    found = queries.by_submit_key(service.id, submit_key)
    if found is not None:
        return found
    if channel is None or not channel.active:
        raise Refused(
            _("Text messages are switched off. Ask a manager to switch them on under channels.")
        )
    if message.sender not in {row.number for row in channel.senders}:
        raise Refused(_("Choose one of the sender numbers."), "sender")
    count = len({one.number for one in recipients})
    if not recipients:
        raise Refused(_("Enter at least one number."), "recipients")
    if count > MOST:
        raise Refused(
            ngettext("At most %(num)d recipient.", "At most %(num)d recipients.", MOST),
            "recipients",
        )
    if history.answered(service.id, about, part, recipients[0].customer_id):
        raise Refused(_("This answer was sent as a text message already. Write a new text."))
    now = clock.now()
    first, last = window(now)
    if due_at is not None and not first <= due_at <= last:
        raise Refused(_("Choose a time from 30 minutes to 24 hours from now."), "due_at")
    leaves = due_at or now
    sending = SmsSending(
        service_id=service.id,
        submit_key=submit_key,
        kind=message.kind,
        title=message.title,
        body=message.body,
        sender=message.sender,
        advertising=message.advertising,
        registered_at=now,
        due_at=after_night(leaves) if message.advertising else leaves,
        reserved=due_at is not None,
        member_id=actor.id,
        member_name=actor.name,
        template_id=template.id if template else None,
        template_name=template.name if template else "",
        about=about or None,
        part=part,
        by_itself=by_itself,
        count=count,
        images=[
            SmsImage(place=place, name=one.name, key=_stored(one.content), size=len(one.content))
            for place, one in enumerate(message.pictures)
        ],
    )
    db.session.add(sending)
    db.session.flush()
    _divide(sending, channel, list({one.number: one for one in recipients}.values()))
    writes.changed(sending)
    wake_later()
    return sending


def _stored(content: bytes) -> str:
    return storage.save(content, ".jpg")


def _divide(sending: SmsSending, channel: SmsChannel, recipients: Sequence[Recipient]) -> None:
    """Requests of at most a thousand recipients, each with its name at the gateway, which stands
    before anything is sent.
    """
    for start in range(0, len(recipients), A_REQUEST):
        asked = SmsRequest(
            sending_id=sending.id,
            key=secrets.token_hex(KEY_BYTES),
            gateway=channel.gateway,
            next_at=sending.due_at,
        )
        db.session.add(asked)
        db.session.flush()
        db.session.execute(
            sa.insert(SmsRecipient),
            [
                {
                    "sending_id": sending.id,
                    "service_id": sending.service_id,
                    "registered_at": sending.registered_at,
                    "number": one.number,
                    "typed": one.typed[:64],
                    "customer_id": one.customer_id,
                    "key": secrets.token_hex(KEY_BYTES),
                    "request_id": asked.id,
                }
                for one in recipients[start : start + A_REQUEST]
            ],
        )


def text_by_itself(service: Service, cause: ByItself, number: str) -> SmsSending | None:
    """A text that the service sends because of something, by the template that its channel names
    for it; None where it sends none.

    To mobile numbers of Korea alone, once a number an hour, and not at night.
    """
    channel: SmsChannel | None = queries.channel(service.id)
    if channel is None or not channel.active or not service.offers(Feature.SMS):
        return None
    template = templates.to_send(service.id, channel.by_itself.get(cause.value))
    now = clock.now()
    if template is None or not is_mobile(number) or is_night(now):
        return None
    db.lock_name(f"sms/{service.id}/{number}")
    senders = [row.number for row in channel.senders]
    if not senders or queries.texted_since(service.id, number, now - A_NUMBER):
        return None
    known = customers.by_phone(number)
    try:
        pictures = [
            Picture(one.name, storage.path(one.key).read_bytes()) for one in template.images
        ]
    except OSError:
        log.exception("a picture of a text template cannot be read template=%s", template.id)
        return None
    message = Message(
        kind=template.kind,
        sender=template.sender if template.sender in senders else senders[0],
        title=template.title,
        body=template.body,
        pictures=tuple(pictures),
    )
    try:
        message = checked(message)
    except Refused:  # what made the service send it is no less done
        log.exception("a text template holds what cannot be sent template=%s", template.id)
        return None
    return send(
        service,
        message,
        [Recipient(number, "", known.id if known else None)],
        actor=SYSTEM,
        submit_key=secrets.token_hex(KEY_BYTES),
        template=template,
        by_itself=cause,
    )


def cancel(sending: SmsSending, *, actor: Actor, manager: bool) -> None:
    """Takes a sending back that no worker has taken yet (SMS-6); raises Refused for others, and
    NotAllowed for who neither sent it nor is a `manager` of the service.
    """
    row: SmsSending = db.lock(SmsSending, sending.id)
    if not may_cancel(row.member_id, actor.id, manager=manager):
        raise NotAllowed(
            _(
                "Only the person who sent this text or a manager of the service can cancel it. "
                "Ask one of them."
            )
        )
    if row.state is SendingState.CANCELLED:
        raise Refused(_("This text was cancelled already."))
    if row.state is not SendingState.PROCESSING or row.started_at is not None:
        raise Refused(_("This text is being sent already."))
    row.state, row.finished_at = SendingState.CANCELLED, clock.now()
    mine = sa.update(SmsRecipient).where(SmsRecipient.sending_id == row.id)
    db.session.execute(
        mine.values(state=RecipientState.CANCELLED).execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(SmsRequest)
        .where(SmsRequest.sending_id == row.id)
        .values(next_at=None)
        .execution_options(synchronize_session=False)
    )
    writes.changed(row)
