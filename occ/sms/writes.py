"""What writers of text messages share: states, charges, and who is told (SMS-6, SMS-7, BIL-1)."""

from collections.abc import Sequence

import sqlalchemy as sa

from occ.billing import service as billing
from occ.core import clock
from occ.core.db import db
from occ.core.events import emit
from occ.core.live import touch
from occ.notifications import service as notifications
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Item
from occ.sms import queries
from occ.sms.events import TextSent
from occ.sms.gateways.base import Result
from occ.sms.models import SmsRecipient, SmsRequest, SmsSending
from occ.sms.rules.kinds import (
    Problem,
    RecipientState,
    RequestState,
    SendingState,
    TextKind,
    outcome,
)

ITEMS = {TextKind.SMS: Item.SMS_MESSAGE, TextKind.MMS: Item.MMS_MESSAGE}
WAITS = (RecipientState.WAITING, RecipientState.UNCLEAR)


def scope(slug: str) -> str:
    """What the pages of sent texts of a service show."""
    return f"sms/{slug}"


def changed(row: SmsSending) -> None:
    """Pages that show a sending draw it anew."""
    touch(scope(db.session.get_one(Service, row.service_id).slug))
    if row.about:
        touch(row.about)


def end_recipients(request: SmsRequest, state: RecipientState, code: str = "") -> None:
    """None of a request's recipients gets anything, or nobody knows."""
    db.session.execute(
        sa.update(SmsRecipient)
        .where(SmsRecipient.request_id == request.id, SmsRecipient.state.in_(WAITS))
        .values(state=state, result=code)
        .execution_options(synchronize_session=False)
    )


def close_open(request: SmsRequest) -> None:
    """What has no result when the gateway keeps none open any more has not arrived; what it never
    named was not taken.
    """
    mine = sa.update(SmsRecipient).where(SmsRecipient.request_id == request.id)
    for before, after in (
        (RecipientState.ACCEPTED, RecipientState.FAILED),
        (RecipientState.WAITING, RecipientState.REFUSED),
    ):
        db.session.execute(
            mine.where(SmsRecipient.state == before)
            .values(state=after)
            .execution_options(synchronize_session=False)
        )


def apply(sending: SmsSending, results: Sequence[Result]) -> int:
    """Notes how recipients stand, and charges those that the gateway took and that were not
    charged yet, on the organization's day (BIL-1). Returns how many rows changed.
    """
    now, by_key = clock.now(), {one.key: one for one in results}
    rows = db.session.scalars(
        sa.select(SmsRecipient)
        .where(SmsRecipient.key.in_(by_key), SmsRecipient.sending_id == sending.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    changes = charged = 0
    today = the_organization().today()
    for row in rows:
        one = by_key[row.key]
        if row.state in (RecipientState.DELIVERED, RecipientState.FAILED):
            continue  # final
        row.state, row.result, row.sequence = one.state, one.code, one.sequence
        changes += 1
        if one.state is RecipientState.REFUSED:
            continue
        if one.state is not RecipientState.ACCEPTED:
            row.delivered_at = one.at or now
        if row.charged_day is None:
            row.sent_at, row.charged_day = now, today
            charged += 1
    if charged:
        billing.record_usage(sending.service_id, ITEMS[sending.kind], charged, day=today)
    db.session.flush()
    return changes


def settle(sending: SmsSending) -> None:
    """What has become of a sending by now: it ends once none of its requests is on its way."""
    open_ones = queries.count_requests(sending.id, RequestState.WRITTEN, RequestState.LOST)
    states = queries.recipient_states(sending.id)
    before = sending.state
    if not open_ones:
        sending.state = outcome(states)
        is_over = sending.state is not SendingState.PROCESSING
        sending.finished_at = clock.now() if is_over else None
        if is_over and sending.problem is Problem.UNCLEAR:
            sending.problem = None
    if before is SendingState.PROCESSING and sending.state is SendingState.SENT:
        emit(TextSent(sending))
    changed(sending)


def give_up(sending: SmsSending, problem: Problem) -> None:
    """Says why a sending, or the rest of it, does not leave, and tells whoever wrote it."""
    sending.problem = problem
    if sending.member_id is None:
        return
    service = db.session.get_one(Service, sending.service_id)
    notice = Notice.TEXT_UNCLEAR if problem is Problem.UNCLEAR else Notice.TEXT_NOT_SENT
    notifications.notify(
        [sending.member_id], notice, {"service": service.name, "slug": service.slug}
    )
