"""Writes of the organization itself and of its price list."""

import secrets
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock, crypto
from occ.core.db import db
from occ.core.errors import Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.money import to_micros
from occ.organization import queries, rules
from occ.organization.models import Organization, PriceList
from occ.organization.prices import DEFAULT_PRICES, DEFAULT_VAT
from occ.organization.rules import Item

CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def _new_key(org: Organization) -> None:
    key = f"occ_{crypto.token()}"
    org.api_key, org.api_key_hash = (
        crypto.ring().encrypt(key),
        crypto.digest(key),
    )


def create(*, name: str, domain: str, time_zone: str, locale: str, currency: str) -> Organization:
    """The organization at first run, with the shipped prices from today on (MEM-1)."""
    org = Organization(
        id=1,
        code="".join(secrets.choice(CODE_LETTERS) for _i in range(16)),
        name=name,
        url=rules.console_url(domain),
        time_zone=time_zone,
        locale=locale,
        totp_for_admins=False,
        created_at=clock.now(),
    )
    _new_key(org)
    db.session.add(org)
    prices, vat = DEFAULT_PRICES[currency], DEFAULT_VAT[currency]
    db.session.add(_price_list(clock.local_day(clock.now(), time_zone), currency, vat, prices))
    db.session.flush()
    return org


def edit(*, name: str, domain: str, time_zone: str, version: int) -> Organization:
    """ORG-7. Another time zone takes effect at the next local midnight."""
    org: Organization = db.lock(Organization, 1)
    check_version(org, version)
    now = clock.now()
    org.name, org.url = name, rules.console_url(domain)
    current = org.zone(now)
    org.time_zone = current
    if time_zone == current:
        org.next_time_zone, org.next_time_zone_from = None, None
    else:
        org.next_time_zone, org.next_time_zone_from = time_zone, clock.next_midnight(now, current)
    return org


def require_totp(on: bool, *, actor: Actor) -> bool:
    """Whether organization admins must have a second factor (MEM-6).

    False when it was so already.
    """
    org: Organization = db.lock(Organization, 1)
    if org.totp_for_admins is on:
        return False
    audit.authority(
        Action.TOTP_POLICY_CHANGED, actor=actor, before={"required": not on}, after={"required": on}
    )
    org.totp_for_admins = on
    return True


def change_key(*, actor: Actor) -> None:
    """Makes a new organization key; the old one stops at once (ORG-7)."""
    org: Organization = db.lock(Organization, 1)
    _new_key(org)
    audit.authority(Action.API_KEY_CHANGED, actor=actor)


def key_of(org: Organization) -> str:
    """The organization key in clear, for who may copy it."""
    return crypto.ring().decrypt(org.api_key)


def _price_list(
    effective: date, currency: str, vat: Decimal, prices: Mapping[Item, Decimal]
) -> PriceList:
    return PriceList(
        effective_from=effective,
        currency=currency,
        vat_basis_points=int(vat * 100),
        micros={item.value: to_micros(price) for item, price in prices.items()},
    )


def save_prices(
    *, effective: date, currency: str, vat: Decimal, prices: Mapping[Item, Decimal]
) -> None:
    """Prices from a future day on; a list that starts the same day is replaced (ORG-8)."""
    db.lock(Organization, 1)
    before, later = _neighbours(effective)
    rules.check_prices(
        currency=currency,
        current_currency=before.currency if before else currency,
        effective=effective,
        today=queries.today(),
    )
    if later and later.currency != currency and later.effective_from.day != 1:
        raise Refused(
            _(
                "The list from %(day)s has another currency. Cancel it first.",
                day=later.effective_from.isoformat(),
            ),
            "currency",
        )
    db.session.execute(sa.delete(PriceList).where(PriceList.effective_from == effective))
    db.session.add(_price_list(effective, currency, vat, prices))


def cancel_prices(ident: int) -> None:
    """Takes back a price list that has not started."""
    db.lock(Organization, 1)
    row = db.session.get(PriceList, ident)
    if row is None or row.effective_from <= queries.today():
        raise Refused(_("Prices that have started cannot be cancelled."))
    before, later = _neighbours(row.effective_from)
    if before and later and later.currency != before.currency and later.effective_from.day != 1:
        raise Refused(
            _(
                "The list from %(day)s has another currency. Cancel it first.",
                day=later.effective_from.isoformat(),
            )
        )
    db.session.delete(row)


def _neighbours(day: date) -> tuple[PriceList | None, PriceList | None]:
    """The price lists before and after a day."""
    before = (
        sa.select(PriceList)
        .where(PriceList.effective_from < day)
        .order_by(PriceList.effective_from.desc())
    )
    later = (
        sa.select(PriceList)
        .where(PriceList.effective_from > day)
        .order_by(PriceList.effective_from)
    )
    return db.session.scalar(before.limit(1)), db.session.scalar(later.limit(1))
