"""From contract to first call: what a new service still needs, ticked by what is there."""

from collections.abc import Callable

import pytest

from occ.ars import menus
from occ.ars.rules.menu import Key, KeyKind
from occ.core.db import db
from occ.identity import agents
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony.rules.asking import Command
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
CARD = "//section[@aria-labelledby='h-next']"


def done(who: Browser, page: str = "/c/s/mall/") -> tuple[int, list[str]]:
    """How many steps are ticked, and the links of those that are not; (0, []) without the card."""
    who.get(page)
    links = [str(one.get("href")) for one in who.find(f"{CARD}//ol//a")]
    return len(who.find(f"{CARD}//li[@class='is-done']")), links


def test_a_new_service_leads_its_manager_from_the_contract_to_the_first_call(
    floor: Floor, boss: Member, admin: Browser, browser: Make
) -> None:
    mall = phone.service(boss)
    ars = "/c/s/mall/ars"
    contract = f"/c/org/contracts/{mall.id}"
    people = "/c/s/mall/agents/new?back=steps"
    manager = "/c/s/mall/agents/new?role=manager&back=steps"
    assert done(admin, contract) == (0, [manager, people]), (
        "an admin without a role names people only"
    )
    assert admin.text().count("A manager does this") == 4
    world.agent(boss, mall, boss, manager=True)
    assert done(admin) == (1, [people, f"{ars}/queues", ars, ars, "/c/s/mall/caller"])
    assert done(admin, contract) == done(admin)
    kim = phone.agent(boss, mall, "kim")
    assert done(browser("kim")) == (0, []), "agents set up nothing"
    assert done(admin)[0] == 2
    queue = phone.queue(mall, [])
    assert done(admin)[0] == 2, "nobody takes calls of this queue"
    with db.write():
        db.session.refresh(queue)
        queue.agents.append(db.session.get_one(type(kim), kim.id))
    assert done(admin)[0] == 3
    with db.write():
        menus.replace_parts(mall, by="Boss", first_delay=45)
    assert done(admin)[0] == 3, "a menu that leads nowhere is begun only"
    with db.write():
        menus.replace_parts(mall, by="Boss", keys=(Key("1", KeyKind.QUEUE, queue=queue.id),))
    assert done(admin)[0] == 4
    with db.write():
        menus.publish(mall, by="Boss", seen=menus.seal(menus.draft(mall)))
    assert done(admin) == (5, ["/c/s/mall/caller"])
    floor.place(mall)
    assert done(admin) == (5, ["/c/s/mall/caller"]), "nobody answered"
    floor.login(kim)
    floor.press(floor.place(mall), "1")
    floor.do(kim, Command.ANSWER)
    assert done(admin) == done(admin, contract) == (0, []), "all is there"
    assert not admin.find(CARD)


def test_the_first_step_asks_for_a_manager_and_leads_back_to_the_steps(
    boss: Member, admin: Browser
) -> None:
    mall = phone.service(boss)
    with db.write():
        group = agents.add_group(mall, name="Desk", agent_ids=[], actor=world.actor(boss)).id
    contract = f"/c/org/contracts/{mall.id}"
    _done, (manager, other) = done(admin, contract)
    admin.get(manager)
    chosen = "//*[@checked and (@name='role' or @name='groups')]/@value"
    assert admin.find(chosen) == ["manager", str(group)], "the only group is chosen"
    sent = {"member_id": str(boss.id), "role": "manager", "groups": [str(group)]}
    assert admin.links()["Cancel"] == contract, "an admin without a role has no other page of it"
    assert admin.post(manager, sent).headers["Location"] == contract
    assert "is a manager of this service." in admin.get(contract).text
    with db.write():
        agents.add_group(mall, name="Second", agent_ids=[], actor=world.actor(boss))
    admin.get(other)
    assert admin.links()["Cancel"] == "/c/s/mall/"
    assert admin.find(chosen) == ["agent"], "of several groups nobody knows which"


def test_who_was_removed_and_what_was_retired_ticks_nothing(boss: Member, admin: Browser) -> None:
    mall = world.contracted(boss, "mall", features=frozenset({Feature.TICKET}), seats=9)
    world.agent(boss, mall, boss, manager=True)
    other = phone.agent(boss, mall, "kim", phone=False)
    assert done(admin) == (0, []), "a service without phone needs people only"
    with db.write():
        db.session.get_one(type(other), other.id).removed_at = phone.START
    assert done(admin) == (1, ["/c/s/mall/agents/new?back=steps"])


def test_a_manager_who_takes_calls_alone_has_added_everybody(boss: Member, admin: Browser) -> None:
    mall: Service = phone.service(boss)
    role = world.agent(boss, mall, boss, manager=True, phone=True)
    assert done(admin)[0] == 1
    queue = phone.queue(mall, [role])
    assert done(admin)[0] == 3
    with db.write():
        db.session.get_one(type(queue), queue.id).retired_at = phone.START
    assert done(admin)[0] == 1
