"""Many customers at once, found or made by the rules of one (CUS-1).

Inside the caller's transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.core.events import emit
from occ.customers.events import CustomerChanged
from occ.customers.models import Customer, Membership
from occ.customers.service import Known
from occ.organization.models import Organization


@dataclass
class _Person:
    """A customer as they will be: without `ident` while they are not stored."""

    name: str
    phone: str | None
    email: str | None
    ident: int | None = None
    is_changed: bool = False


@dataclass(frozen=True)
class Found:
    """The customers of some people in their order, None where nothing leads to one, and the ids of
    those who were made.
    """

    idents: list[int | None]
    made: list[int]


def found_or_made(service_id: int, people: Sequence[Known]) -> Found:
    """The customers of people who are found by a usercode alone, else by number, else by address;
    made when nobody has them.

    What was not known yet is filled in; what belongs to somebody else is left with them. A few
    statements, however many they are.
    """
    if not any(one.usercode or one.phone or one.email for one in people):
        return Found([None] * len(people), [])
    db.hold(Organization, 1)
    members = _Members(service_id, {one.usercode for one in people if one.usercode})
    holders = _Holders([one for one in people if not one.usercode])
    persons = [members.person(one) if one.usercode else holders.person(one) for one in people]
    new = _unique(one for one in persons if one is not None and one.ident is None)
    now = clock.now()
    _store(new, now)
    members.store(now)
    for ident in [one.ident for one in _unique(filter(None, persons)) if one.is_changed]:
        customer = db.session.get_one(Customer, ident)
        person = next(one for one in persons if one is not None and one.ident == ident)
        customer.name, customer.phone, customer.email = person.name, person.phone, person.email
        emit(CustomerChanged(customer))
    made = [one.ident for one in new if one.ident is not None]
    return Found([one.ident if one else None for one in persons], made)


def _unique(persons: Iterable[_Person]) -> list[_Person]:
    return list({id(one): one for one in persons}.values())


def _store(persons: Sequence[_Person], now: datetime) -> None:
    rows = [
        {
            "name": one.name,
            "phone": one.phone,
            "email": one.email,
            "created_at": now,
            "version": 1,
        }
        for one in persons
    ]
    for one, ident in zip(persons, db.inserted(Customer, rows), strict=True):
        one.ident = ident


class _Holders:
    """Whose numbers and addresses are, those of merged customers included."""

    def __init__(self, people: Sequence[Known]) -> None:
        self._phones, self._emails = dict[str, _Person](), dict[str, _Person]()
        phones = {one.phone for one in people if one.phone}
        emails = {one.email for one in people if one.email}
        rows = [
            row
            for column, values in ((Customer.phone, phones), (Customer.email, emails))
            for row in _rows(column.in_(values), values)
        ]
        kept = {row.id: _Person(row.name, row.phone, row.email, row.id) for row in rows}
        into = {row.merged_into for row in rows if row.merged_into} - set(kept)
        for row in _rows(Customer.id.in_(into), into):
            kept[row.id] = _Person(row.name, row.phone, row.email, row.id)
        for row in rows:
            person = kept[row.merged_into or row.id]
            if row.phone in phones:
                self._phones[row.phone] = person
            if row.email in emails:
                self._emails[row.email] = person

    def person(self, known: Known) -> _Person | None:
        phone, email = known.phone or None, known.email or None
        if phone is None and email is None:
            return None
        found = (self._phones.get(phone) if phone else None) or (
            self._emails.get(email) if email else None
        )
        if found is None:
            found = _Person(known.name, None, None)
        self._fill(found, known.name, phone, email)
        return found

    def _fill(self, found: _Person, name: str, phone: str | None, email: str | None) -> None:
        before = (found.name, found.phone, found.email)
        if phone and found.phone is None and phone not in self._phones:
            found.phone = phone
        if email and found.email is None and email not in self._emails:
            found.email = email
        for held, values in ((found.phone, self._phones), (found.email, self._emails)):
            if held:
                values.setdefault(held, found)
        found.name = found.name or name
        found.is_changed |= found.ident is not None and before != (
            found.name,
            found.phone,
            found.email,
        )


def _rows(where: Any, values: Iterable[Any]) -> Sequence[Any]:
    if not values:
        return ()
    there = sa.select(
        Customer.id, Customer.name, Customer.phone, Customer.email, Customer.merged_into
    )
    return db.session.execute(there.where(where)).all()


class _Members:
    """Who has which usercode in a service. What its own system says now is newer than a file of old
    inquiries: only what is not known is filled in.
    """

    def __init__(self, service_id: int, codes: set[str]) -> None:
        self._service_id = service_id
        self._there: dict[str, _Person] = {}
        self._new: dict[str, tuple[_Person, Known]] = {}
        if codes:
            rows = db.session.execute(
                sa.select(Membership.usercode, Membership.customer_id).where(
                    Membership.service_id == service_id, Membership.usercode.in_(codes)
                )
            )
            self._there = {code: _Person("", None, None, ident) for code, ident in rows}

    def person(self, known: Known) -> _Person:
        found = self._there.get(known.usercode)
        if found is None:
            found = self._there[known.usercode] = _Person(known.name, None, None)
            self._new[known.usercode] = found, known
        return found

    def store(self, now: datetime) -> None:
        rows = [
            {
                "service_id": self._service_id,
                "usercode": known.usercode,
                "customer_id": person.ident,
                "name": known.name,
                "email": known.email,
                "phone": known.phone,
                "number": known.number,
                "seen_at": now,
            }
            for person, known in self._new.values()
        ]
        db.insert_all(Membership, rows)
