"""What is read of text messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from occ.core import clock, crypto
from occ.core.db import db
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.sms.gateways.base import Gateway
from occ.sms.gateways.local import Local
from occ.sms.gateways.nhn import Nhn
from occ.sms.models import SmsChannel, SmsRecipient, SmsRequest, SmsSending
from occ.sms.rules.kinds import GatewayKind, RecipientState, RequestState

SENDS = (RequestState.WRITTEN, RequestState.LOST)


def channel(service_id: int) -> SmsChannel | None:
    """How a service sends texts; None where nobody has set it up."""
    return db.session.get(SmsChannel, service_id)


def by_submit_key(service_id: int, key: str) -> SmsSending | None:
    """What a form has sent already."""
    return db.session.scalar(
        sa.select(SmsSending).where(
            SmsSending.service_id == service_id, SmsSending.submit_key == key
        )
    )


def gateway(found: SmsChannel, kind: GatewayKind) -> Gateway:
    """Who carries the texts of a channel, with its keys."""
    if kind is GatewayKind.LOCAL:
        return Local()
    ring = crypto.ring()
    return Nhn(
        ring.decrypt(found.app_key) if found.app_key else "",
        ring.decrypt(found.secret_key) if found.secret_key else "",
    )


def services_that_send() -> list[int]:
    """Services in use with text messages contracted and on; of others all waits (ORG-5)."""
    rows = db.session.scalars(
        sa.select(Service)
        .join(SmsChannel, SmsChannel.service_id == Service.id)
        .where(SmsChannel.active, Service.state == ServiceState.ACTIVE)
    )
    return [row.id for row in rows if row.offers(Feature.SMS)]


def due(
    states: Sequence[RequestState], services: Sequence[int], busy: Sequence[int] = ()
) -> sa.Select[int]:
    """The request that has waited longest; none of services that are busy."""
    return (
        sa.select(SmsRequest.id)
        .join(SmsSending, SmsSending.id == SmsRequest.sending_id)
        .where(
            SmsRequest.next_at <= clock.now(),
            SmsRequest.state.in_(states),
            SmsSending.service_id.in_([one for one in services if one not in busy]),
        )
        .order_by(SmsRequest.next_at, SmsRequest.id)
        .limit(1)
    )


def count_requests(sending_id: int, *states: RequestState) -> int:
    """How many requests of a sending stand so."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                SmsRequest.sending_id == sending_id, SmsRequest.state.in_(states)
            )
        )
        or 0
    )


def recipient_states(sending_id: int) -> Mapping[RecipientState, int]:
    """How many recipients of a sending stand how."""
    rows = db.session.execute(
        sa.select(SmsRecipient.state, sa.func.count())
        .where(SmsRecipient.sending_id == sending_id)
        .group_by(SmsRecipient.state)
    )
    return {row.state: row[1] for row in rows}


def addresses(request_id: int) -> list[tuple[str, str]]:
    """(our key, number) of the recipients of one request, in their order; none that was erased."""
    rows = db.session.execute(
        sa.select(SmsRecipient.key, SmsRecipient.number)
        .where(SmsRecipient.request_id == request_id, SmsRecipient.number.is_not(None))
        .order_by(SmsRecipient.id)
    )
    return [(key, number or "") for key, number in rows]


def is_open(request_id: int) -> bool:
    """Whether the gateway has no result yet of one of a request's recipients."""
    found = sa.select(SmsRecipient.id).where(
        SmsRecipient.request_id == request_id,
        SmsRecipient.state.in_((RecipientState.WAITING, RecipientState.ACCEPTED)),
    )
    return db.session.scalar(found.limit(1)) is not None


def unclear_requests(sending_id: int) -> Sequence[SmsRequest]:
    """Requests of which nobody knows whether they were sent."""
    return db.session.scalars(
        sa.select(SmsRequest).where(
            SmsRequest.sending_id == sending_id, SmsRequest.state == RequestState.UNCLEAR
        )
    ).all()


def texted_since(service_id: int, number: str, instant: datetime) -> bool:
    """Whether a service has texted a number by itself since then."""
    found = (
        sa.select(SmsSending.id)
        .join(SmsRecipient, SmsRecipient.sending_id == SmsSending.id)
        .where(
            SmsRecipient.service_id == service_id,
            SmsRecipient.number == number,
            SmsSending.by_itself.is_not(None),
            SmsSending.registered_at > instant,
        )
        .limit(1)
    )
    return db.session.scalar(found) is not None
