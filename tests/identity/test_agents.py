"""MEM-4, MEM-5 through the pages: agents, groups, seats, strangers."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.identity import agents, queries
from occ.identity.models import Agent, Group, Member
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceType
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]
ALL = frozenset(
    {Feature.TICKET, Feature.PHONE, Feature.CHAT, Feature.CALLBACK, Feature.HELP_CENTER}
)


def form(member: Member, **changes: object) -> dict[str, object]:
    return {
        "member_id": str(member.id),
        "role": "agent",
        "new_group": "1팀",
        "ticket": "y",
        "ticket_assignment": "y",
        "self_control": "y",
        **changes,
    }


def the_agent(member: Member) -> Agent:
    return db.session.scalars(sa.select(Agent).where(Agent.member_id == member.id)).one()


@pytest.mark.spec("MEM-4")
def test_a_member_is_found_and_becomes_an_agent_with_a_group_made_in_place(
    admin: Browser, boss_service: Service
) -> None:
    one = world.member("jihoon", name="박지훈")
    admin.get("/c/s/mall/agents")
    assert "No agents yet" in admin.text()
    admin.get("/c/s/mall/agents/new")
    admin.get("/c/s/mall/agents/find?q=", htmx=True)
    assert "박지훈" not in admin.text()
    admin.get("/c/s/mall/agents/find?q=지훈", htmx=True)
    assert "박지훈" in admin.text()
    admin.get(f"/c/s/mall/agents/choose/{one.id}", htmx=True)
    assert admin.field("member_id") == str(one.id)
    admin.get("/c/s/mall/agents/new")
    assert admin.post("/c/s/mall/agents/new", form(one)).status_code == 303
    admin.get("/c/s/mall/agents")
    assert "Seats 1 / 5" in admin.text()
    assert "1팀" in admin.text()
    admin.get("/c/s/mall/agents/find?q=지훈", htmx=True)
    assert "Agent already" in admin.text()


@pytest.mark.spec("MEM-4")
def test_what_is_missing_or_wrong_is_refused_beside_its_field(
    admin: Browser, boss_service: Service
) -> None:
    one = world.member("jihoon")
    assert admin.post("/c/s/mall/agents/new", form(one, member_id="")).status_code == 422
    assert "Choose a member" in admin.errors()
    assert admin.post("/c/s/mall/agents/new", form(one, member_id="999999")).status_code == 422
    wrong = form(one, member_id="", new_group="", role="king")
    assert admin.post("/c/s/mall/agents/new", wrong).status_code == 422
    for words in ("Choose a member.", "Enter a name for the first group", "Role :"):
        assert words in admin.errors(), "all at once"
    assert [one.get("id") for one in admin.find("//*[@class='o-err']")] == [
        "member_id-error",
        "role-error",
        "new_group-error",
    ], "and each beside its field"
    assert admin.post("/c/s/mall/agents/new", form(one, new_group="")).status_code == 422
    assert "New group : Enter a name for the first group of this service." in admin.errors()
    assert admin.post("/c/s/mall/agents/new", form(one, new_group="x" * 51)).status_code == 422
    assert admin.post("/c/s/mall/agents/new", form(one, role="king")).status_code == 422
    assert admin.post("/c/s/mall/agents/new", form(one)).status_code == 303
    assert admin.post("/c/s/mall/agents/new", form(one, new_group="2팀")).status_code == 422
    assert "agent of this service already" in admin.errors()
    two = world.member("minji")
    assert admin.post("/c/s/mall/agents/new", form(two, new_group="")).status_code == 422
    assert "Groups : Choose at least one group." in admin.errors()
    assert admin.post("/c/s/mall/agents/new", form(two, new_group="1팀")).status_code == 422
    assert "has this name already" in admin.errors()
    agent = f"/c/s/mall/agents/{the_agent(one).id}"
    admin.get(agent)
    sent = {"role": "king", "version": admin.field("version")}
    for name, words in (("", "at least one group"), ("1팀", "name already"), ("x" * 51, "at most")):
        assert admin.post(agent, {**sent, "new_group": name}).status_code == 422
        assert words in admin.errors() and "Role :" in admin.errors()


@pytest.mark.spec("MEM-4")
def test_the_first_agents_form_asks_for_the_first_group_and_offers_the_phone(
    admin: Browser, boss: Member
) -> None:
    service = world.contracted(boss, features=ALL)
    new = "/c/s/mall/agents/new"
    marks = "//*[@id='agent-form']//*[label[@for='new_group']]"
    admin.get(new)
    assert admin.texts(marks) == ["New groupRequired"] and not admin.find("//*[@id='groups']")
    assert admin.find("//input[@name='phone'][@checked]")
    world.agent(boss, service, world.member("jihoon"))
    admin.get(new)
    assert admin.texts(marks) == ["New groupOptional"]
    assert admin.texts("//*[@id='groups']/legend") == ["GroupsRequired"]
    world.contracted(boss, "mails", features=frozenset({Feature.TICKET}))
    admin.get("/c/s/mails/agents/new")
    assert not admin.find("//input[@name='phone']")


@pytest.mark.spec("MEM-4", "ORG-3")
def test_seats_are_the_limit(admin: Browser, boss: Member) -> None:
    service = world.contracted(boss, seats=1)
    one, two = world.member("one"), world.member("two")
    agent = world.agent(boss, service, one)
    assert (
        admin.post(
            "/c/s/mall/agents/new", form(two, groups=[str(agent.groups[0].id)], new_group="")
        ).status_code
        == 422
    )
    assert "The seat is taken" in admin.errors()
    admin.get(f"/c/s/mall/agents/{agent.id}/remove", htmx=True)
    assert (
        admin.post(f"/c/s/mall/agents/{agent.id}/remove", htmx=True).headers["HX-Redirect"]
        == "/c/s/mall/agents"
    )
    group = db.session.scalars(sa.select(Group)).one()
    assert (
        admin.post(
            "/c/s/mall/agents/new", form(two, groups=[str(group.id)], new_group="")
        ).status_code
        == 303
    )
    with db.write():
        pass
    assert (
        admin.post(
            "/c/s/mall/agents/new", form(one, groups=[str(group.id)], new_group="")
        ).status_code
        == 422
    )


@pytest.mark.spec("MEM-4")
def test_rights_hold_together_phone_implies_ticket_and_channels_are_as_contracted(
    admin: Browser, boss: Member
) -> None:
    service = world.contracted(boss, features=ALL)
    one, two = world.member("one"), world.member("two")
    values = form(one, phone="y", assign_callbacks="y", view_logs="y")
    del values["ticket"]
    admin.post("/c/s/mall/agents/new", values)
    agent = the_agent(one)
    assert (agent.ticket, agent.phone, agent.chat, agent.assign_callbacks) == (
        True,
        True,
        False,
        True,
    )
    assert agent.view_logs is False  # managers only
    path = f"/c/s/mall/agents/{agent.id}"
    admin.get(path)
    version = admin.field("version")
    groups = [str(g.id) for g in agent.groups]
    edited = form(
        one, role="manager", view_logs="y", chat="y", version=version, groups=groups, new_group=""
    )
    assert admin.post(path, edited).status_code == 303
    db.session.refresh(agent)
    assert (agent.view_logs, agent.chat, agent.phone, agent.assign_callbacks) == (
        True,
        True,
        False,
        True,
    )
    assert admin.post(path, {**edited, "transfer": "y"}).status_code == 409
    assert "Stored now" in admin.text()
    tickets_only = world.contracted(
        boss, "desk", features=frozenset({Feature.TICKET}), type=ServiceType.ISSUE
    )
    admin.post("/c/s/desk/agents/new", form(two, phone="y", chat="y", assign_callbacks="y"))
    other = the_agent(two)
    assert other.service_id == tickets_only.id
    assert (other.ticket, other.phone, other.chat, other.assign_callbacks) == (
        True,
        False,
        False,
        False,
    )
    assert service.id != tickets_only.id


@pytest.mark.spec("MEM-4", "MEM-2")
def test_managers_run_their_own_service_and_strangers_see_nothing(
    boss: Member, browser: Browsers
) -> None:
    mall, pay = world.contracted(boss, "mall"), world.contracted(boss, "pay")
    manager, agent, stranger = (
        world.member("manager"),
        world.member("agent"),
        world.member("stranger"),
    )
    world.agent(boss, mall, manager, manager=True)
    his = world.agent(boss, mall, agent)
    theirs = world.agent(boss, pay, stranger, manager=True)
    one = browser("manager")
    assert one.get("/c/s/mall/agents").status_code == 200
    assert one.get("/c/s/pay/agents").status_code == 404
    assert one.get(f"/c/s/mall/agents/{theirs.id}").status_code == 404
    assert one.post(f"/c/s/mall/agents/{theirs.id}/remove").status_code == 404
    assert one.get("/c/org/members/invite", htmx=True).status_code == 200
    assert one.get("/c/org/members").status_code == 403
    assert one.get("/c/org/contracts").status_code == 403
    two = browser("agent")
    assert two.get("/c/s/mall/agents").status_code == 403
    assert "a manager of this service or an organization admin" in two.text()
    assert two.get("/c/org/members/invite").status_code == 403
    assert two.get("/c/s/mall/").status_code == 200
    assert two.get("/c/s/pay/").status_code == 404
    assert two.get("/c/s/nowhere/").status_code == 404
    assert two.get("/c/").headers["Location"] == "/c/s/mall/"
    assert his.id != theirs.id


@pytest.mark.spec("MEM-5")
def test_groups_are_made_filled_renamed_and_deleted(
    admin: Browser, boss: Member, boss_service: Service
) -> None:
    first = world.agent(boss, boss_service, world.member("one"))
    second = world.agent(boss, boss_service, world.member("two"))
    path = "/c/s/mall/groups"
    admin.get(f"{path}/new", htmx=True)
    assert admin.post(f"{path}/new", {"name": "", "agents": []}, htmx=True).status_code == 422
    # Team stands already, whatever its case
    assert admin.post(f"{path}/new", {"name": "team"}, htmx=True).status_code == 422
    assert (
        admin.post(
            f"{path}/new", {"name": "환불팀", "agents": [str(first.id), "99999"]}, htmx=True
        ).status_code
        == 204
    )
    group = db.session.scalars(sa.select(Group).where(Group.name == "환불팀")).one()
    assert [a.id for a in group.agents] == [first.id]
    admin.get(f"{path}/{group.id}", htmx=True)
    version = admin.field("version")
    assert (
        admin.post(
            f"{path}/{group.id}",
            {"name": "환불팀", "agents": [str(first.id), str(second.id)], "version": version},
            htmx=True,
        ).status_code
        == 204
    )
    assert (
        admin.post(
            f"{path}/{group.id}", {"name": "다른 이름", "agents": [], "version": version}, htmx=True
        ).status_code
        == 409
    )
    assert admin.field("name") == "다른 이름"
    admin.get(path)
    assert "One, Two" in admin.text()
    admin.get(f"{path}/{group.id}/remove", htmx=True)
    assert admin.post(f"{path}/{group.id}/remove", htmx=True).status_code == 204
    assert [g.name for g in queries.groups(boss_service.id)] == ["Team"]
    assert queries.seats_used() == {boss_service.id: 2}


@pytest.mark.spec("MEM-5")
def test_a_group_holds_only_agents_of_its_service(
    admin: Browser, boss: Member, boss_service: Service
) -> None:
    pay = world.contracted(boss, "pay")
    stranger = world.agent(boss, pay, world.member("stranger"))
    theirs = queries.groups(pay.id)[0]
    admin.post("/c/s/mall/groups/new", {"name": "A", "agents": [str(stranger.id)]}, htmx=True)
    assert queries.groups(boss_service.id)[0].agents == []
    path = f"/c/s/mall/groups/{theirs.id}"
    assert admin.get(path).status_code == 404
    values = {"name": "Mine", "agents": [], "version": str(theirs.version)}
    assert admin.post(path, values, htmx=True).status_code == 404
    assert admin.post(f"{path}/remove", htmx=True).status_code == 404
    assert [group.name for group in queries.groups(pay.id)] == ["Team"]


@pytest.mark.spec("MEM-2")
def test_an_agent_who_returns_keeps_the_row(boss: Member, boss_service: Service) -> None:
    one = world.member("one")
    agent = world.agent(boss, boss_service, one)
    ident = agent.id
    with db.write():
        agents.remove(agent, actor=world.actor(boss))
    assert world.agent(boss, boss_service, one, transfer=True).id == ident


@pytest.mark.spec("ORG-5")
def test_agents_of_a_suspended_service_are_told_and_kept_out(
    boss: Member, admin: Browser, browser: Browsers, boss_service: Service
) -> None:
    for name in ("one", "two"):
        world.agent(boss, boss_service, world.member(name))
    his = browser("one")
    admin.post(f"/c/org/contracts/{boss_service.id}/state", {"on": "0"}, htmx=True)
    assert his.get("/c/s/mall/").status_code == 403
    assert "suspended" in his.text()
    assert admin.get("/c/s/mall/agents").status_code == 403
    his.get("/c/")
    assert "not open right now" in his.text()
    his.get("/c/notices", htmx=True)
    assert "“Mall” was suspended." in his.text()
    hers = browser("two")
    his.post("/c/notices/read", htmx=True)
    his.get("/c/me")
    assert his.find("//*[@data-unread][@hidden]")
    hers.get("/c/me")
    assert hers.find("//*[@data-unread][not(@hidden)]"), "each reads their own"
