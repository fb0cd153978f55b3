"""Many customers at once are found and made as one after the other would be (CUS-1)."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from occ.core.db import db
from occ.customers import intake, service
from occ.customers.models import Customer, Membership
from occ.customers.service import Known
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import ticket as tickets

_PEOPLE = st.lists(
    st.builds(
        Known,
        usercode=st.just(""),
        name=st.sampled_from(("", "김", "이")),
        email=st.sampled_from(("", "a@example.com", "b@example.com", "c@example.com")),
        phone=st.sampled_from(("", "+821020000001", "+821020000002", "+821020000003")),
    ),
    max_size=8,
)


def _stored(idents: list[int | None]) -> Any:
    """Who is there, and who each was, whatever their ids."""
    rows = db.session.execute(
        sa.select(Customer.id, Customer.name, Customer.phone, Customer.email)
    ).all()
    known = {row.id: tuple(row)[1:] for row in rows}
    return sorted(map(repr, known.values())), [known[one] if one else None for one in idents]


@pytest.mark.heavy
@pytest.mark.spec("CUS-1", "MIG-1")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 8), _PEOPLE)
def test_many_are_found_as_one_by_one(boss: Member, before: int, people: list[Known]) -> None:
    """The first few are there already."""

    def one_by_one(some: list[Known]) -> list[int | None]:
        found = [
            service.found_or_made(name=one.name, phone=one.phone, email=one.email) for one in some
        ]
        return [one.id if one else None for one in found]

    results = []
    for many in (False, True):
        point = db.session.begin_nested()
        idents = one_by_one(people[:before])
        rest = people[before:]
        idents += intake.found_or_made(1, rest).idents if many else one_by_one(rest)
        db.session.flush()
        results.append(_stored(idents))
        point.rollback()
        db.session.expire_all()
    assert results[0] == results[1]


@pytest.mark.spec("CUS-1", "MIG-1")
def test_members_are_found_by_their_usercode_alone(boss: Member) -> None:
    desk: Service = tickets.desk(boss)
    with db.write():
        guest = service.found_or_made(name="", phone="", email="kim@example.com")
        there = service.member(desk.id, Known("u1", "김", "new@example.com"))
        assert guest is not None
        kept, guest_id = there.customer_id, guest.id
    with db.write():
        found = intake.found_or_made(
            desk.id,
            [
                Known("u1", "옛 이름", "old@example.com"),
                Known("u2", "이", "kim@example.com"),
                Known("u2", "이", "kim@example.com"),
                Known("", "", "kim@example.com"),
                Known("", "이름뿐"),
            ],
        )
    first, second, third, fourth, nobody = found.idents
    assert first == kept and second == third and second not in (kept, guest_id)
    assert fourth == guest_id and nobody is None and found.made == [second]
    emails = dict(db.session.execute(sa.select(Membership.usercode, Membership.email)).all())
    assert emails == {"u1": "new@example.com", "u2": "kim@example.com"}, "what is newer stays"
