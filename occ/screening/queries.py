from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from occ.core import clock, crypto, paging
from occ.core.db import db
from occ.core.kept import Kept
from occ.customers import queries as customers
from occ.customers.models import Customer
from occ.organization.models import Service
from occ.screening import rules
from occ.screening.models import FiledInquiry, HeldInquiry, SpamBlock, SpamRule
from occ.screening.rules import Rule

SERVICES = 200
"""Services whose rule a process keeps."""
_RULES: Kept[Rule] = Kept(SERVICES)


def stored(service_id: int) -> SpamRule | None:
    return db.session.get(SpamRule, service_id)


def rule(service: Service) -> Rule:
    """What a service's manager chose, kept until it changes."""

    def read() -> Rule:
        row = stored(service.id)
        found = {one.value: one.kind for one in blocks(service.id)}
        if row is None:
            return rules.rule_of(rules.MOST_DEFAULT, rules.MINUTES_DEFAULT, found)
        return rules.rule_of(row.most if row.on else 0, row.minutes, found)

    return _RULES.of(service, read)


def blocks(service_id: int) -> Sequence[SpamBlock]:
    """Who is blocked, the newest first."""
    found = sa.select(SpamBlock).where(SpamBlock.service_id == service_id)
    return db.session.scalars(found.order_by(SpamBlock.id.desc())).all()


def block(service_id: int, ident: int) -> SpamBlock | None:
    return db.session.scalar(
        sa.select(SpamBlock).where(SpamBlock.id == ident, SpamBlock.service_id == service_id)
    )


# every inquiry asks this, so it is built once
_FILED = (
    sa.select(sa.func.count())
    .where(
        FiledInquiry.service_id == sa.bindparam("service"),
        FiledInquiry.mark.in_(sa.bindparam("marks", expanding=True)),
        FiledInquiry.at > sa.bindparam("since"),
    )
    .group_by(FiledInquiry.mark)
)


def filed(service_id: int, marks: Sequence[str], since: datetime) -> list[int]:
    """How many inquiries were taken since then, by mark; those without any are left out."""
    asked = {"service": service_id, "marks": marks, "since": since}
    return list(db.session.scalars(_FILED, asked))


def held(service_id: int, ident: int) -> HeldInquiry | None:
    return db.session.scalar(
        sa.select(HeldInquiry).where(HeldInquiry.id == ident, HeldInquiry.service_id == service_id)
    )


def held_list(service_id: int, *, after: str, before: str, size: int) -> paging.Page:
    """What was held back, the newest first."""
    found = sa.select(HeldInquiry).where(HeldInquiry.service_id == service_id)
    return paging.page(
        found, keys=(HeldInquiry.id,), descending=True, after=after, before=before, size=size
    )


def held_of(person: Customer, service_id: int) -> Sequence[HeldInquiry]:
    """What a customer sent that was held back: as a member, or from one of their addresses."""
    addresses = [one.email for one in (person, *customers.merged_into(person.id)) if one.email]
    found = sa.select(HeldInquiry).where(
        HeldInquiry.service_id == service_id,
        sa.or_(
            HeldInquiry.customer_id == person.id,
            HeldInquiry.email_mark.in_([mark(f"email/{one.casefold()}") for one in addresses]),
        ),
    )
    return db.session.scalars(found.order_by(HeldInquiry.id)).all()


def old_held(before: datetime, limit: int) -> list[int]:
    """What was held back before then."""
    found = sa.select(HeldInquiry.id).where(HeldInquiry.at < before)
    return list(db.session.scalars(found.order_by(HeldInquiry.at).limit(limit)))


def has_old() -> bool:
    """Whether something counts no more, or was held long enough."""
    now = clock.now()
    olds = (
        sa.exists().where(FiledInquiry.until <= now),
        sa.exists().where(HeldInquiry.at < now - rules.HELD_FOR),
    )
    return bool(db.session.scalar(sa.select(sa.or_(*olds))))


def mark(name: str) -> str:
    """By which a name of `rules.names_of` is known again, and nobody else learns it."""
    return crypto.digest(f"{crypto.ring().derive('screening').hex()}/{name}")
