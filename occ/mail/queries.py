from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from occ.core.db import db
from occ.core.kept import Kept
from occ.core.settings import configured
from occ.mail.models import MailAccount, MailOwner, ReceivedMail
from occ.mail.rules import AccountKind, MailState, folded_address
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState

SHOWN = 100
SERVICES = 200  # whose addresses a process keeps at most
_ADDRESSES: Kept[frozenset[str]] = Kept(SERVICES)


@dataclass(frozen=True)
class Health:
    """How one account does. `lag`: since when its oldest unread mail waits."""

    account: MailAccount
    waiting: int
    quarantined: int
    lag: datetime | None


def accounts(service_id: int) -> Sequence[MailAccount]:
    """A service's accounts, the representative one first."""
    found = sa.select(MailAccount).where(MailAccount.service_id == service_id)
    first = sa.case((MailAccount.kind == AccountKind.REPRESENTATIVE, 0), else_=1)
    return db.session.scalars(found.order_by(first, MailAccount.id)).all()


def own_addresses(service: Service) -> frozenset[str]:
    """Where customers write to a service, folded."""

    def read() -> frozenset[str]:
        return frozenset(
            folded_address(address) for one in accounts(service.id) if (address := address_of(one))
        )

    return _ADDRESSES.of(service, read, configured().mail_domain)


def account(service_id: int, ident: int) -> MailAccount | None:
    found = sa.select(MailAccount).where(
        MailAccount.service_id == service_id, MailAccount.id == ident
    )
    return db.session.scalar(found)


def representative(service_id: int) -> MailAccount | None:
    found = sa.select(MailAccount).where(
        MailAccount.service_id == service_id, MailAccount.kind == AccountKind.REPRESENTATIVE
    )
    return db.session.scalar(found)


def address_of(account: MailAccount) -> str:
    """The address that customers write to; '' of a representative account where the operator has
    set no domain for mail.
    """
    if account.kind is AccountKind.EXTERNAL:
        return account.address
    domain = configured().mail_domain
    return f"{account.address}@{domain}" if domain else ""


def mail(service_id: int, ident: int) -> ReceivedMail | None:
    found = sa.select(ReceivedMail).where(
        ReceivedMail.service_id == service_id, ReceivedMail.id == ident
    )
    return db.session.scalar(found)


def quarantine(service_id: int) -> Sequence[ReceivedMail]:
    """The newest 100 mails that were put aside."""
    found = sa.select(ReceivedMail).where(
        ReceivedMail.service_id == service_id, ReceivedMail.state == MailState.QUARANTINED
    )
    return db.session.scalars(found.order_by(ReceivedMail.id.desc()).limit(SHOWN)).all()


def health(service_id: int) -> list[Health]:
    """How each account of a service does."""
    counted = (
        sa.select(
            ReceivedMail.account_id,
            ReceivedMail.state,
            sa.func.count(),
            sa.func.min(ReceivedMail.received_at),
        )
        .where(
            ReceivedMail.service_id == service_id,
            ReceivedMail.state.in_((MailState.WAITING, MailState.QUARANTINED)),
        )
        .group_by(ReceivedMail.account_id, ReceivedMail.state)
    )
    found = {
        (ident, state): (count, oldest)
        for ident, state, count, oldest in db.session.execute(counted)
    }
    nothing = (0, None)
    return [
        Health(
            one,
            waiting=found.get((one.id, MailState.WAITING), nothing)[0],
            quarantined=found.get((one.id, MailState.QUARANTINED), nothing)[0],
            lag=found.get((one.id, MailState.WAITING), nothing)[1],
        )
        for one in accounts(service_id)
    ]


def of_sender(service_id: int, address: str | None) -> Sequence[ReceivedMail]:
    """The mails of a service that one address sent, none of no address."""
    if not address:
        return []
    found = sa.select(ReceivedMail).where(
        ReceivedMail.sender == folded_address(address), ReceivedMail.service_id == service_id
    )
    return db.session.scalars(found.order_by(ReceivedMail.id)).all()


def unmarked(account_id: int, uidvalidity: int) -> list[int]:
    """The UIDs of stored mails whose originals are still as they came."""
    found = sa.select(ReceivedMail.uid).where(
        ReceivedMail.account_id == account_id,
        sa.not_(ReceivedMail.marked),
        ReceivedMail.uidvalidity == uidvalidity,
    )
    return [uid for uid in db.session.scalars(found.order_by(ReceivedMail.id)) if uid]


def to_read() -> list[tuple[int, int]]:
    """(id, version) of the external accounts that are read: switched on, of active services that
    have contracted mail.
    """
    found = (
        sa.select(MailAccount.id, MailAccount.version, Service)
        .join(Service, Service.id == MailAccount.service_id)
        .where(
            MailAccount.kind == AccountKind.EXTERNAL,
            MailAccount.on,
            Service.state == ServiceState.ACTIVE,
        )
    )
    return [
        (ident, version)
        for ident, version, service in db.session.execute(found.order_by(MailAccount.id))
        if service.offers(Feature.MAIL)
    ]


def owner() -> MailOwner | None:
    return db.session.get(MailOwner, 1, populate_existing=True)


def recipient(slug: str) -> tuple[Service, MailAccount] | None:
    """The service whose own address this is, with its account."""
    found = (
        sa.select(Service, MailAccount)
        .join(MailAccount, MailAccount.service_id == Service.id)
        .where(Service.slug == slug, MailAccount.kind == AccountKind.REPRESENTATIVE)
    )
    row = db.session.execute(found).first()
    return (row[0], row[1]) if row else None


def _readable() -> sa.Select[Any]:
    """Mail that waits; that of a service which is suspended waits on (ORG-5)."""
    return (
        sa.select(ReceivedMail)
        .join(Service, Service.id == ReceivedMail.service_id)
        .where(ReceivedMail.state == MailState.WAITING, Service.state == ServiceState.ACTIVE)
    )


class Waiting(NamedTuple):
    """A mail that has been stored and not read yet."""

    id: int
    attempts: int
    key: str | None
    size: int  # bytes
    received_at: datetime


def waiting(limit: int) -> list[Waiting]:
    """The mails that have waited longest."""
    found = _readable().with_only_columns(
        ReceivedMail.id,
        ReceivedMail.attempts,
        ReceivedMail.key,
        ReceivedMail.size,
        ReceivedMail.received_at,
    )
    rows = db.session.execute(found.order_by(ReceivedMail.id).limit(limit))
    return [Waiting(*row) for row in rows]


def is_waiting() -> bool:
    found = _readable().with_only_columns(ReceivedMail.id).limit(1)
    return db.session.scalar(found) is not None


def watched() -> Sequence[tuple[MailAccount, Service]]:
    """Accounts that are on, with their active services: whom silence and failures are told of."""
    found = (
        sa.select(MailAccount, Service)
        .join(Service, Service.id == MailAccount.service_id)
        .where(MailAccount.on, Service.state == ServiceState.ACTIVE)
    )
    rows = db.session.execute(found.order_by(MailAccount.id))
    return [(one, service) for one, service in rows if service.offers(Feature.MAIL)]


def old_originals(before: datetime, limit: int) -> list[int]:
    """Mails whose original is older than that, and not in quarantine."""
    found = sa.select(ReceivedMail.id).where(
        ReceivedMail.received_at < before,
        ReceivedMail.key.is_not(None),
        ReceivedMail.state.in_((MailState.READ, MailState.DROPPED)),
    )
    return list(db.session.scalars(found.order_by(ReceivedMail.received_at).limit(limit)))
