"""Who has a ticket: taking, handing on, what others may do and see (TKT-2, TKT-3)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.ars.models import Queue
from occ.core.db import db
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Group, Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.telephony.rules.calls import Command
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import queries, service
from occ.tickets.models import Ticket
from occ.tickets.rules import Entry, Move, State
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.factories.phone import Floor
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, listed

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]


@pytest.mark.spec("TKT-3")
def test_taking_asks_for_the_group_where_there_are_several(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his = tickets.ticket(mall, boss), browser("kim")
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        made = agents.add_group(mall, name="Second", agent_ids=[role.id], actor=world.actor(boss))
        stranger = agents.add_group(mall, name="Third", agent_ids=[], actor=world.actor(boss))
        second, third = made.id, stranger.id
    page = act(his, one, "take")
    assert (
        "Choose for which of your groups you take it." in page
        and "Second" in page
        and "Third" not in page
    )
    assert fresh(one).assignee_id is None
    assert "You are not in this group. Choose another one." in act(his, one, "take", group=third)
    act(his, one, "take", group=second)
    assert (fresh(one).assignee_id, fresh(one).group_id, fresh(one).state) == (
        kim.id,
        second,
        State.PROGRESS,
    )


@pytest.mark.spec("TKT-3")
def test_who_has_assignment_off_is_not_offered_and_cannot_take(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    lee = world.member("lee")
    world.agent(boss, mall, lee, ticket=True, ticket_assignment=False)
    one, his, admin = tickets.ticket(mall, boss), browser("lee"), browser("boss")
    assert "Your ticket assignment is off." in act(his, one, "take")
    admin.get(f"{HOME}/{one.id}/transfer")
    assert "Kim" in admin.texts("//select[@name='member']/option") and "Lee" not in admin.text()
    assert "Tickets cannot be given to this agent. Choose another one." in act(
        admin, one, "transfer", member=lee.id
    )
    assert fresh(one).assignee_id is None


@pytest.mark.spec("TKT-3")
def test_a_ticket_is_handed_to_an_agent_or_a_group_who_are_told(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    group = db.session.scalars(sa.select(Group)).one()
    assert "Choose a group or an agent." in act(admin, one, "transfer")
    act(admin, one, "transfer", member=kim.id)
    assert (fresh(one).assignee_id, fresh(one).state) == (kim.id, State.PROGRESS)
    told = db.session.scalars(
        sa.select(Notification).where(Notification.notice == Notice.TICKET_ASSIGNED)
    ).one()
    assert (
        told.member_id == kim.id and f"assigned you ticket #{one.id}" in his.get("/c/notices").text
    )
    act(his, one, "transfer", group=group.id)
    assert (fresh(one).assignee_id, fresh(one).group_id, fresh(one).state) == (
        None,
        group.id,
        State.UNASSIGNED,
    )
    assert listed(his, "groups") == ["Where is my order?"]
    stale = fresh(one).version
    act(his, one, "take")
    admin.post(f"{HOME}/{one.id}/transfer", {"group": group.id, "version": stale})
    assert "Somebody changed this ticket meanwhile." in admin.errors()
    assert fresh(one).assignee_id == kim.id


@pytest.mark.spec("TKT-3")
def test_without_the_transfer_permission_nothing_is_handed_on(
    mall: Service, boss: Member, browser: Make
) -> None:
    lee = world.member("lee")
    world.agent(boss, mall, lee, ticket=True)
    one, his = tickets.ticket(mall, boss), browser("lee")
    answer = his.get(f"{HOME}/{one.id}/transfer")
    assert answer.status_code == 403 and "Reassign tickets" in answer.text
    assert his.post(f"{HOME}/{one.id}/transfer", {"member": boss.id}).status_code == 403
    assert "/transfer" not in his.get(f"{HOME}/{one.id}").text


@pytest.mark.spec("TKT-2")
def test_personal_data_is_masked_for_who_does_not_have_the_ticket(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his = (
        tickets.ticket(mall, boss, phone="+821012345678", email="lee@example.com"),
        browser("kim"),
    )
    page = his.get(f"{HOME}/{one.id}").text
    assert "010-****-5678" in page and "l***@example.com" in page and "010-1234-5678" not in page
    assert (
        "Take this ticket first."
        in his.post(f"{HOME}/{one.id}/customer", {}, htmx=True).headers["HX-Trigger"]
    )
    act(his, one, "take")
    page = his.get(f"{HOME}/{one.id}").text
    assert "010-1234-5678" in page and "lee@example.com" in page


@pytest.mark.spec("TKT-2", "TKT-4")
def test_only_who_has_a_ticket_processes_it_anybody_comments(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    lee = world.member("lee")
    world.agent(boss, mall, lee, ticket=True)
    one, his, others = tickets.ticket(mall, boss), browser("kim"), browser("lee")
    act(his, one, "take")
    for to, values in (("resolve", {"body": "x"}), ("internal", {"reason": "test"})):
        assert "Take this ticket first." in act(others, one, to, **values)
    assert (
        others.post(f"{HOME}/{one.id}/priority", {"priority": "high"}, htmx=True).status_code == 403
    )
    act(others, one, "comment", body="I know her.")
    assert [e.kind for e in queries.entries(one.id)] == [Entry.INQUIRY, Entry.COMMENT]
    assert "Enter something first." in act(others, one, "comment", body="")


@pytest.mark.spec("TKT-2", "MEM-2")
def test_strangers_find_nothing_and_who_leaves_has_nothing_open(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    shop = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, shop, lee, manager=True)
    one, his, theirs = tickets.ticket(mall, boss), browser("kim"), browser("lee")
    act(his, one, "take")
    assert theirs.get(f"{HOME}/{one.id}").status_code == 404
    for path in ("", "/viewers", "/transfer", "/intake", "/customer"):
        assert theirs.get(f"/c/s/shop/tickets/{one.id}{path}").status_code == 404, path
    for path in (
        "take",
        "transfer",
        "resolve",
        "comment",
        "reopen",
        "finish",
        "delete",
        "priority",
        "star",
        "draft",
        "customer",
    ):
        assert (
            theirs.post(f"/c/s/shop/tickets/{one.id}/{path}", {"body": "x"}).status_code == 404
        ), path
    theirs.post("/c/me/beat", {"ticket": one.id})
    assert queries.beside([one.id], 0) == ({}, set(), {})
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        agents.remove(role, actor=world.actor(boss))
    assert (fresh(one).assignee_id, fresh(one).state) == (None, State.UNASSIGNED)
    assert "it was with Kim" in browser("boss").get(f"{HOME}/{one.id}").text


@pytest.mark.spec("MEM-2")
@pytest.mark.parametrize("how", ["the member is removed", "the rights are taken away"])
def test_who_works_on_no_tickets_any_more_has_none_open(
    mall: Service, boss: Member, kim: Member, admin: Browser, how: str
) -> None:
    own, over = (tickets.ticket(mall, kim, take=True) for _n in range(2))
    with db.write():
        done = (over, Move.RESOLVE, "Done.")
        service.process(*done, seen=over.version, manager=False, actor=world.actor(kim))
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    if how == "the member is removed":
        assert admin.post(f"/c/org/members/{kim.id}/remove", htmx=True).status_code == 204
    else:
        path = f"/c/s/mall/agents/{role.id}"
        admin.get(path)
        groups = [str(group.id) for group in role.groups]
        values = {"role": "agent", "version": admin.field("version"), "groups": groups}
        assert admin.post(path, {**values, "ticket": "y"}).status_code == 303
        assert fresh(own).assignee_id == kim.id, "what was edited was something else"
        admin.get(path)
        values["version"] = admin.field("version")
        assert admin.post(path, values).status_code == 303
    assert (fresh(own).assignee_id, fresh(own).state) == (None, State.UNASSIGNED)
    assert (fresh(over).assignee_id, fresh(over).state) == (kim.id, State.RESOLVED)


@pytest.mark.spec("ARS-9", "CTI-6")
def test_a_call_s_ticket_begins_with_its_queue_s_intake_type(
    boss: Member, floor: Floor, browser: Make
) -> None:
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    one = phone.agent(boss, mall, "kim")
    with db.write():
        refund = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund"}
        )
        other = settings.add_category(
            mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": "Done"}
        )
    admin = browser("boss")
    path = "/c/s/mall/ars/queues/new"
    values = {"name": "Orders", "agents": str(one.id), "promise_hours": "24"}
    admin.get(path)
    types = admin.texts("//select[@name='intake']/option")
    assert "Refund" in types and "Done" not in types
    admin.post(path, {**values, "intake": other.id})
    assert "Somebody deleted this category." in admin.errors()
    admin.post(path, {**values, "intake": refund.id})
    floor.login(one)
    floor.place(mall)
    floor.do(one, Command.ANSWER)
    assert db.session.scalars(sa.select(Ticket.intake_id)).one() == refund.id
    admin.post(f"/c/s/mall/categories/{refund.id}/delete")
    ident = db.session.scalars(sa.select(Queue.id)).one()
    admin.get(f"/c/s/mall/ars/queues/{ident}")
    chosen = admin.texts(f"//option[@selected and @value='{refund.id}']")
    assert chosen == ["Refund"], "a deleted type stays named"
    admin.post(
        f"/c/s/mall/ars/queues/{ident}",
        {**values, "intake": refund.id, "version": admin.field("version")},
    )
    assert not admin.errors(), "and is no reason to refuse"


@pytest.mark.spec("TKT-1", "TKT-2")
def test_spam_is_only_brought_back_never_worked_on(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "take")
    act(his, one, "internal", reason="spam")
    for who, to in ((admin, "comment"), (admin, "priority"), (admin, "finish"), (admin, "reopen")):
        answer = who.post(f"{HOME}/{one.id}/{to}", {"body": "x", "priority": "high"}, htmx=True)
        assert answer.status_code == 422, to
        assert "This ticket is in the spam box." in answer.text + answer.headers.get(
            "HX-Trigger", ""
        ), to
    assert listed(his, "spam") == [], "agents do not see the box"
    act(admin, one, "restore")
    assert fresh(one).state is State.PROGRESS


@pytest.mark.spec("TKT-2")
def test_nothing_masked_is_shown_or_filled_in_elsewhere(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his = tickets.ticket(mall, boss, email="secret@example.com"), browser("kim")
    with db.write():
        made = settings.save_template(
            mall, None, title="T", body="#{email}", code="t", shared=False
        )
    ident = made.id
    assert "secret@" not in his.get(f"{HOME}?box=all").text
    for path, values in (
        ("preview", {"body": "x"}),
        (f"templates/{ident}", {}),
        ("templates/code", {"code": "t"}),
    ):
        answer = his.post(f"{HOME}/{one.id}/{path}", values, htmx=True)
        assert answer.status_code == 403 and "secret@" not in answer.text, path
    act(his, one, "take")
    assert his.post(f"{HOME}/{one.id}/templates/code", {"code": "t"}).text == "secret@example.com"
    assert "secret@example.com" in his.get(f"{HOME}?box=progress").text


@pytest.mark.spec("TKT-1", "MEM-2")
def test_a_ticket_opened_again_does_not_go_to_who_left(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "take")
    act(his, one, "resolve", body="Done")
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        agents.remove(role, actor=world.actor(boss))
    act(admin, one, "reopen")
    assert (fresh(one).assignee_id, fresh(one).state) == (None, State.UNASSIGNED)


@pytest.mark.spec("TKT-3")
def test_the_dialog_keeps_what_it_was_opened_on_when_another_group_is_chosen(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his = tickets.ticket(mall, boss), browser("kim")
    seen = fresh(one).version
    act(browser("boss"), one, "take")
    page = his.get(
        f"{HOME}/{one.id}/transfer?group=&member={kim.id}&version={seen}", htmx=True
    ).text
    assert f'name="version" value="{seen}"' in page and f'<option value="{kim.id}" selected' in page
    answer = his.post(
        f"{HOME}/{one.id}/transfer", {"version": seen, "group": "", "member": kim.id}, htmx=True
    )
    assert answer.status_code == 409 and "Somebody changed this ticket meanwhile" in answer.text
