"""Writes of a service's channel (SMS-1). Every function runs inside the caller's write transaction;
the gateway is asked before it.
"""

from collections.abc import Collection, Mapping, Sequence

from occ.core import clock, crypto
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import gettext as _
from occ.organization.models import Service
from occ.sms import queries, templates
from occ.sms.models import SmsChannel, SmsSender
from occ.sms.rules import channel as rules
from occ.sms.rules.kinds import ByItself, GatewayKind


def _locked(service: Service, version: int) -> SmsChannel:
    """The channel's row, made where there is none yet; raises Conflict where somebody was
    faster.
    """
    db.lock(Service, service.id)
    row = queries.channel(service.id)
    if row is None:
        if version:
            raise Conflict(_("Somebody else saved first. Open the page again."))
        row = SmsChannel(service_id=service.id, by_itself={}, refusal_number="")
        db.session.add(row)
        return row
    db.session.refresh(row)
    check_version(row, version)
    return row


def save_gateway(
    service: Service,
    kind: GatewayKind,
    *,
    active: bool,
    app_key: str,
    secret_key: str,
    listed: Collection[str] | None,
    version: int,
) -> SmsChannel:
    """Who carries the texts, with its keys sealed; '' keeps a key that is stored.

    `listed` are the numbers that the gateway lists with these keys, None where it has no list:
    others are no senders any more.
    """
    row = _locked(service, version)
    if row.gateway is not kind and listed is None:
        row.senders.clear()
    row.gateway, row.active = kind, active
    ring = crypto.ring()
    if kind is GatewayKind.NHN:
        if app_key:
            row.app_key = ring.encrypt(app_key)
        if secret_key:
            row.secret_key = ring.encrypt(secret_key)
        row.checked_at = clock.now()
    if listed is not None:
        for one in [one for one in row.senders if one.number not in listed]:
            row.senders.remove(one)
    db.session.flush()
    return row


def save_senders(service: Service, numbers: Sequence[str], *, version: int) -> None:
    """The numbers to send from, in their order: the first is offered first."""
    row = _locked(service, version)
    kept = {one.number: one for one in row.senders}
    for number, one in kept.items():
        if number not in numbers:
            row.senders.remove(one)
    for position, number in enumerate(rules.check_senders(dict.fromkeys(numbers))):
        if number in kept:
            kept[number].position = position
        else:
            row.senders.append(SmsSender(number=number, position=position))
    row.senders.sort(key=lambda one: one.position)
    db.session.flush()


def save_own_texts(
    service: Service,
    *,
    refusal_number: str,
    by_itself: Mapping[ByItself, int],
    version: int,
) -> None:
    """The number for refusing advertising, and which template each text by itself has; those
    without one are not sent.
    """
    row = _locked(service, version)
    for code, ident in by_itself.items():
        if templates.to_send(service.id, ident) is None:
            raise Refused(_("Choose a template that is in use."), code.value)
    row.refusal_number = rules.refusal_number(refusal_number)
    row.by_itself = {code.value: ident for code, ident in by_itself.items()}
    db.session.flush()
