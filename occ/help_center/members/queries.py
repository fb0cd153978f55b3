from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from occ.core import clock, crypto
from occ.core.db import db
from occ.customers import queries as customers
from occ.customers.models import Customer
from occ.help_center.members import rules
from occ.help_center.members.models import (
    MemberLogin,
    SsoEntry,
    UsedToken,
    Visitor,
    VisitorPass,
)
from occ.help_center.members.rules import Method, PassKind
from occ.organization.models import Service


def entries() -> Sequence[SsoEntry]:
    """The organization's entries by name."""
    return db.session.scalars(sa.select(SsoEntry).order_by(SsoEntry.name, SsoEntry.id)).all()


def entry(ident: int) -> SsoEntry | None:
    return db.session.get(SsoEntry, ident)


def users_of(entry_ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of the services that use each entry."""
    found = (
        sa.select(MemberLogin.entry_id, Service.name)
        .join(Service, Service.id == MemberLogin.service_id)
        .where(MemberLogin.entry_id.in_(entry_ids))
        .order_by(Service.name, Service.id)
    )
    names: dict[int, list[str]] = {}
    for ident, name in db.session.execute(found).tuples():
        names.setdefault(ident or 0, []).append(name)
    return names


@dataclass(frozen=True)
class Login:
    """How visitors of a service say who they are; as without a choice where nothing is stored."""

    row: MemberLogin | None

    @property
    def method(self) -> Method:
        return self.row.method if self.row else Method.NONE

    @property
    def entry(self) -> SsoEntry | None:
        return self.row.entry if self.row and self.row.method is Method.SSO else None

    @property
    def guests(self) -> bool:
        return self.row.guests if self.row else True

    @property
    def return_addresses(self) -> list[str]:
        return list(self.row.return_addresses) if self.row else []

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0


def login(service_id: int) -> Login:
    return Login(db.session.get(MemberLogin, service_id))


@dataclass(frozen=True)
class Here:
    """Who is at a help center now: a member, somebody who confirmed an address, or a guest.

    `customer` is None for guests, and for a confirmed address that leads to a member.
    """

    visit: Visitor | None

    @property
    def signed_in(self) -> bool:
        return self.visit is not None

    @property
    def is_member(self) -> bool:
        return self.visit is not None and self.visit.membership_id is not None

    @property
    def customer(self) -> Customer | None:
        return self.visit.customer if self.visit else None

    @property
    def usercode(self) -> str:
        found = self.visit.membership if self.visit else None
        return found.usercode if found else ""

    @property
    def name(self) -> str:
        """What a customer site or the console knows them by; may be empty."""
        if self.visit is None:
            return ""
        found = self.visit.membership
        known = self.visit.customer.name if self.visit.customer else ""
        return (found.name if found else "") or known

    @property
    def email(self) -> str:
        if self.visit is None:
            return ""
        return self.visit.membership.email if self.visit.membership else self.visit.email

    @property
    def phone(self) -> str:
        if self.visit is None:
            return ""
        if self.visit.membership:
            return self.visit.membership.phone
        return (self.visit.customer.phone or "") if self.visit.customer else ""

    @property
    def number(self) -> str:
        """The member number."""
        found = self.visit.membership if self.visit else None
        return found.number if found else ""


GUEST = Here(None)


def visitor(service_id: int, token: str) -> Here:
    """Who has a cookie's token at a help center; a guest where it has ended."""
    if not token:
        return GUEST
    found = sa.select(Visitor).where(
        Visitor.hash == crypto.digest(token),
        Visitor.service_id == service_id,
        Visitor.expires_at > clock.now(),
    )
    return Here(db.session.scalar(found))


def pass_of(service_id: int, secret: str, kind: PassKind) -> VisitorPass | None:
    """A pass that can still be used."""
    found = sa.select(VisitorPass).where(
        VisitorPass.hash == crypto.digest(secret),
        VisitorPass.service_id == service_id,
        VisitorPass.kind == kind,
        VisitorPass.expires_at > clock.now(),
    )
    return db.session.scalar(found)


def links_to(service_id: int, email: str) -> int:
    """How many links an address was sent that can still be used."""
    found = sa.select(sa.func.count()).where(
        VisitorPass.service_id == service_id,
        VisitorPass.kind == PassKind.EMAIL,
        VisitorPass.email == email,
        VisitorPass.expires_at > clock.now(),
    )
    return db.session.scalar(found) or 0


def was_used(claim: rules.Claim) -> bool:
    """Whether a token came before."""
    return db.session.get(UsedToken, rules.mark_of(claim)) is not None


def customer_of(service_id: int, email: str) -> tuple[Customer | None, bool]:
    """(the customer of an address, whether they are a member here, who is found by their usercode
    alone).
    """
    found = customers.by_email(email)
    return found, found is not None and customers.is_member(service_id, found.id)


def visits_of(customer_id: int, service_id: int) -> Sequence[Visitor]:
    """The visits of a customer that have not ended."""
    found = sa.select(Visitor).where(
        Visitor.customer_id == customer_id, Visitor.service_id == service_id
    )
    return db.session.scalars(found.order_by(Visitor.id)).all()


def addresses_of(person: Customer) -> list[str]:
    """The addresses that lead to a customer."""
    return [one.email for one in (person, *customers.merged_into(person.id)) if one.email]


def has_old() -> bool:
    """Whether a visit, pass or token has ended."""
    at = clock.now()
    olds = (
        sa.exists().where(Visitor.expires_at <= at),
        sa.exists().where(VisitorPass.expires_at <= at),
        sa.exists().where(UsedToken.until <= at),
    )
    return bool(db.session.scalar(sa.select(sa.or_(*olds))))
