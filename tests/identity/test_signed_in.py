"""Who makes a request is read in one statement, with every role that counts (MEM-4)."""

from flask import Flask, request, session

from occ.core import clock
from occ.core.db import db
from occ.identity import principals, sessions
from occ.identity.models import Member
from occ.organization.rules import ServiceState
from tests.factories import world
from tests.support.statements import Counter

VISITOR = sessions.Visitor("127.0.0.1", "test")


def rights_of(app: Flask, who: Member) -> dict[str, bool]:
    """Services by name with whether one manages them, as a request of a member finds them."""
    with db.write():
        token = sessions.start(who, visitor=VISITOR, force=True)
    with app.test_request_context(), Counter() as counter:
        session["token"] = token
        found = principals.principal(request)
    assert found is not None and found.member_id == who.id
    assert len(counter.statements) == 1
    assert all(ident == rights.service.id for ident, rights in found.rights.items())
    return {rights.service.name: rights.manager for rights in found.rights.values()}


def test_roles_of_services_in_use_come_by_name_and_others_do_not(app: Flask, boss: Member) -> None:
    who, nobody = world.member("minji", by=boss), world.member("jiho", by=boss)
    mall, desk, gone, left = (
        world.contracted(boss, slug, name=name)
        for slug, name in (("mall", "Zebra"), ("desk", "Apple"), ("gone", "Gone"), ("left", "Left"))
    )
    world.agent(boss, mall, who, manager=True)
    world.agent(boss, desk, who, ticket=True)
    world.agent(boss, gone, who, ticket=True)
    role = world.agent(boss, left, who, ticket=True)
    with db.write():
        gone.state, role.removed_at = ServiceState.TERMINATED, clock.now()
    found = rights_of(app, who)
    assert list(found.items()) == [("Apple", False), ("Zebra", True)]
    assert rights_of(app, nobody) == {}


def test_the_service_of_the_address_comes_with_who_has_a_role_in_it(
    app: Flask, boss: Member
) -> None:
    who, mall = world.member("minji", by=boss), world.contracted(boss, "mall")
    world.contracted(boss, "desk")
    world.agent(boss, mall, who, ticket=True)

    def asked(member: Member, slug: str) -> tuple[str | None, int]:
        """The service that a request to an address of it finds, and how many statements it takes
        to know who asks and which it is.
        """
        with db.write():
            token = sessions.start(member, visitor=VISITOR, force=True)
        with app.test_request_context(f"/c/s/{slug}/tickets"), Counter() as counter:
            session["token"] = token
            viewer = principals.principal(request)
            assert viewer is not None
            found = principals.visible_service(slug, viewer)
            return found.slug if found else None, len(counter.statements)

    assert asked(who, "mall") == ("mall", 1)
    assert asked(who, "MALL") == ("mall", 1)
    assert asked(who, "desk") == (None, 2)
    assert asked(boss, "desk") == ("desk", 2), "as an organization admin"
    with db.write():
        mall.state = ServiceState.TERMINATED
    assert asked(who, "mall") == (None, 2)
