"""CUS-1: members of a service's own system are customers, found by their usercode alone."""

from collections.abc import Callable

import pytest

from occ.core.db import db
from occ.customers import queries, service
from occ.customers.models import Customer
from occ.customers.service import Known
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser

pytestmark = pytest.mark.spec("CUS-1")
KIM = Known("kim", name="Kim", email="kim@example.com", phone="+821012345678", number="A-1")


@pytest.fixture
def guest(mall: Service) -> Customer:
    """Somebody who wrote with the address of a member-to-be and called from their number."""
    with db.write():
        found = service.found_or_made(name="Guest", phone=KIM.phone, email=KIM.email)
    assert found is not None
    return found


def test_a_member_is_not_the_guest_with_the_same_address_or_number(
    mall: Service, guest: Customer
) -> None:
    with db.write():
        member = service.member(mall.id, KIM)
    assert member.customer_id != guest.id
    assert (member.customer.name, member.customer.email) == ("Kim", None)
    assert queries.by_email(KIM.email) is guest and queries.by_phone(KIM.phone) is guest


def test_nor_does_a_later_guest_become_the_member(mall: Service) -> None:
    with db.write():
        member = service.member(mall.id, KIM)
        later = service.found_or_made(name="", phone=KIM.phone, email=KIM.email)
    assert later is not None and later.id != member.customer_id


def test_the_same_usercode_is_the_same_member_with_what_is_said_last(mall: Service) -> None:
    with db.write():
        first = service.member(mall.id, KIM)
    with db.write():
        again = service.member(mall.id, Known("kim", email="new@example.com"))
    assert (again.id, again.customer_id) == (first.id, first.customer_id)
    assert (again.email, again.number, again.name) == ("new@example.com", "A-1", "Kim")


def test_usercodes_belong_to_a_service(boss: Member, mall: Service) -> None:
    depot = world.contracted(boss, "depot")
    with db.write():
        here, there = service.member(mall.id, KIM), service.member(depot.id, KIM)
    assert here.customer_id != there.customer_id
    assert queries.memberships_elsewhere(mall.id, there.customer_id) == 1


def test_once_merged_they_are_one(mall: Service, guest: Customer) -> None:
    with db.write():
        member = service.member(mall.id, KIM)
        service.merge(member.customer, guest)
    with db.write():
        again = service.member(mall.id, KIM)
    assert again.customer_id == guest.id
    assert [one.usercode for one in queries.memberships(mall.id, guest.id)] == ["kim"]


def test_a_profile_says_what_the_services_system_calls_them(
    boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    mall = world.contracted(boss, features=phone.FEATURES)
    world.agent(boss, mall, boss, manager=True)
    world.agent(boss, mall, world.member("kim"), ticket=True)
    with db.write():
        member = service.member(mall.id, KIM)
        service.member(mall.id, Known("lee", number="A-12"))
    ident = member.customer_id
    made = tickets.ticket(mall, boss)
    with db.write():
        made.customer_id = ident
    for text, found in (("kim", True), ("A-1", True), ("A-", False), ("nobody", False)):
        admin.get(f"/c/s/mall/customers?q={text}")
        assert ("Kim" in admin.texts("//tbody//a")) is found, text
    admin.get(f"/c/s/mall/customers/{ident}")
    said = admin.text()
    assert "User ID kim kim@example.com" in said and "Member number A-1" in said
    his = browser("kim")
    his.get(f"/c/s/mall/customers/{ident}")
    assert "User ID kim" in his.text() and "kim@example.com" not in his.text()


@pytest.mark.spec("FLD-4")
def test_their_data_is_handed_out_and_erased(boss: Member, mall: Service) -> None:
    depot = world.contracted(boss, "depot")
    with db.write():
        person = service.member(mall.id, KIM).customer
        other = service.member(depot.id, Known("k2")).customer
        service.merge(other, person)
    with db.write():
        data = service.data_of(person, mall.id)["customer"]["memberships"]
        assert [one["usercode"] for one in data] == ["kim"]
        assert data[0]["number"] == "A-1"
        made = service.erase(person, mall.id, by="Boss")
    assert not made.whole  # another service still knows them
    assert queries.membership(mall.id, "kim") is None
    assert queries.membership(depot.id, "k2") is not None
    with db.write():
        assert service.erase(person, depot.id, by="Boss").whole
    with db.write():
        assert service.member(mall.id, KIM).customer_id != person.id
