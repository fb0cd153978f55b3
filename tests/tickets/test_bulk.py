"""One change of many tickets: who may do what, all that match, few at once and many by a child (TKT-2)."""

import re
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from occ.core import tasks
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.delivery.models import Outgoing
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.tickets import bulk
from occ.tickets.models import BulkItem, Ticket, TicketEvent
from occ.tickets.rules import Fact, ItemState, Priority, Reason, State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, listed

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]
BULK = f"{HOME}/bulk"


def change(who: Browser, chosen: Sequence[Ticket], action: str, **values: object) -> int:
    """Chooses tickets in the list, fills the dialog in and sends it."""
    who.get(f"{BULK}?box={values.get('box', 'all')}&action={action}", htmx=True)
    form = {"box": "all", "ticket": [t.id for t in chosen], "action": action, "count": len(chosen), **values}
    return who.post(BULK, form, htmx=True).status_code


def answer(who: Browser) -> TestResponse:
    assert who.last is not None
    return who.last


def page(who: Browser) -> str:
    """Where an answer to htmx leads."""
    return who.get(answer(who).headers["HX-Redirect"]).text


@pytest.mark.spec("TKT-2")
def test_chosen_tickets_are_changed_together(mall: Service, boss: Member, kim: Member, admin: Browser) -> None:
    first, second, other = (tickets.ticket(mall, boss, title) for title in ("One", "Two", "Three"))
    shown = admin.get(f"{HOME}?box=all").text
    assert shown.count('name="ticket"') == 3 and 'form="t-bulk"' in shown
    dialog = admin.get(f"{BULK}?box=all&ticket={first.id}&ticket={second.id}&action=priority", htmx=True).text
    assert "Change 2 tickets" in dialog and ">Urgent</option>" in dialog and "Delete for ever" not in dialog
    assert change(admin, [first, second], "priority", priority="urgent") == 204
    assert "2 tickets were changed." in page(admin)
    assert [fresh(t).priority for t in (first, second, other)] == [Priority.URGENT, Priority.URGENT, Priority.NORMAL]
    assert change(admin, [first, second], "transfer", member=kim.id) == 204
    assert [fresh(t).assignee_id for t in (first, second, other)] == [kim.id, kim.id, None]
    told = db.session.scalars(sa.select(Notification.member_id).where(Notification.notice == Notice.TICKET_ASSIGNED)).all()
    assert told == [kim.id, kim.id]
    events = db.session.scalars(sa.select(TicketEvent).where(TicketEvent.ticket_id == first.id).order_by(TicketEvent.id)).all()
    assert [(e.fact, e.actor) for e in events[1:]] == [(Fact.PRIORITY, "Boss Kim"), (Fact.TRANSFERRED, "Boss Kim")]
    assert change(admin, [first, second], "internal", reason="test", body="only a test") == 204
    assert {fresh(t).state for t in (first, second)} == {State.RESOLVED} and fresh(first).reason is Reason.TEST
    assert change(admin, [first, second], "finish") == 204 and fresh(second).state is State.DONE


@pytest.mark.spec("TKT-2")
def test_the_dialog_refuses_what_is_missing_and_keeps_the_rest(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    one = tickets.ticket(mall, boss)
    for action, said in (
        ("transfer", "Choose a group or an agent."), ("priority", "Choose a priority."), ("intake", "Choose a type."),
        ("internal", "Choose a reason."),
    ):  # fmt: skip
        assert change(admin, [one], action, priority="", body="kept text") == 422
        assert said in answer(admin).text and f'value="{action}" selected' in answer(admin).text
        assert action != "internal" or "kept text" in answer(admin).text
    assert change(admin, [], "take") == 422 and "Choose tickets first." in answer(admin).text
    his, role = browser("kim"), identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        for name in ("A", "B"):
            agents.add_group(mall, name=name, agent_ids=[role.id], actor=world.actor(boss))
    assert change(his, [one], "take") == 422 and "Choose for which of your groups you take them." in answer(his).text
    assert fresh(one).version == one.version and db.session.scalar(sa.select(sa.func.count()).select_from(BulkItem)) == 0


@pytest.mark.spec("TKT-2", "TKT-3", "MEM-4")
def test_each_ticket_follows_its_own_rights_and_what_failed_is_listed(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    own, hers, free = tickets.ticket(mall, boss, "Own"), tickets.ticket(mall, boss, "Hers"), tickets.ticket(mall, boss, "Free")
    act(admin, own, "transfer", member=kim.id)
    act(admin, hers, "transfer", member=boss.id)
    foreign = tickets.ticket(tickets.desk(boss, "other"), boss, "Foreign")
    his = browser("kim")
    assert change(his, [own, hers, free, foreign], "priority", priority="high") == 204
    shown = page(his)
    assert "3 of 3 tickets" in shown and "Hers" in shown and "Free" in shown and shown.count("This ticket is not yours.") == 2
    assert "Foreign" not in shown and fresh(foreign).priority is Priority.NORMAL
    assert (fresh(own).priority, fresh(hers).priority) == (Priority.HIGH, Priority.NORMAL)
    where = answer(his).request.path
    assert admin.get(where).status_code == 404, "another one's"
    assert change(his, [hers, free], "take") == 204 and "Boss Kim has this ticket." in page(his)
    assert (fresh(hers).assignee_id, fresh(free).assignee_id) == (boss.id, kim.id)
    assert "Set done" not in his.get(f"{BULK}?box=all").text and his.get(f"{BULK}?box=spam").status_code == 200
    assert change(his, [own], "finish") == 422, "what is not offered is not done"
    act(admin, own, "internal", reason="spam")
    assert listed(admin, "spam") == ["Own"]
    assert change(admin, [own], "restore", box="spam") == 204 and fresh(own).spam_at is None
    act(admin, own, "internal", reason="spam")
    assert change(admin, [own], "delete", box="spam") == 204 and fresh(own).deleted_at is not None


@pytest.mark.spec("TKT-2", "TKT-7")
def test_all_that_match_are_counted_confirmed_and_changed_by_a_task(mall: Service, boss: Member, admin: Browser) -> None:
    for n in range(bulk.AT_ONCE + 1):
        tickets.ticket(mall, boss, f"Refund {n}")
    other = tickets.ticket(mall, boss, "Order")
    search = {"box": "all", "q": "refund", "all": "1"}
    dialog = admin.get(f"{BULK}?box=all&q=refund&all=1&action=priority", htmx=True).text
    assert f"Change {bulk.AT_ONCE + 1} tickets" in dialog and "refund" in dialog
    counted = re.search(r'name="count" value="(\d+)"', dialog)
    assert counted and counted[1] == str(bulk.AT_ONCE + 1)
    tickets.ticket(mall, boss, "Refund, too")
    form = {**search, "action": "priority", "priority": "high", "count": counted[1]}
    assert admin.post(BULK, form, htmx=True).status_code == 409
    assert f"There are {bulk.AT_ONCE + 2} tickets now." in answer(admin).text
    assert admin.post(BULK, {**form, "count": bulk.AT_ONCE + 2}, htmx=True).status_code == 204
    shown = page(admin)
    assert "0 of 52 tickets" in shown and "Queued" in shown and "Stop" in shown
    task = db.session.scalars(sa.select(Task)).one()
    tasks.run(task.id)
    assert "52 of 52 tickets" in admin.get(answer(admin).request.path).text
    high = db.session.scalars(sa.select(Ticket.subject).where(Ticket.priority == Priority.HIGH)).all()
    assert len(high) == 52 and fresh(other).priority is Priority.NORMAL
    told = db.session.scalars(sa.select(Notification).where(Notification.notice == Notice.BULK_DONE)).one()
    assert told.member_id == boss.id and f"/bulk/{task.id}" in admin.get("/c/notices").text


@pytest.mark.spec("TKT-2")
def test_a_stopped_one_leaves_the_rest_and_who_lost_the_right_changes_nothing(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    for n in range(bulk.AT_ONCE + 1):
        tickets.ticket(mall, boss, f"Refund {n}")
    his = browser("kim")
    form = {"box": "all", "all": "1", "action": "take", "count": bulk.AT_ONCE + 1}
    his.post(BULK, form, htmx=True)
    first = answer(his).headers["HX-Redirect"]
    assert his.post(f"{first}/cancel", {}, htmx=True).status_code == 204
    his.post(BULK, form, htmx=True)
    second = answer(his).headers["HX-Redirect"]
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        agents.remove(role, actor=world.actor(boss))
    for task in db.session.scalars(sa.select(Task).where(Task.state == TaskState.QUEUED)).all():
        tasks.run(task.id)
    assert his.get(second).status_code == 404
    why = db.session.execute(sa.select(BulkItem.state, BulkItem.why).distinct()).tuples().all()
    assert sorted(why, key=lambda row: row[0].value) == [
        (ItemState.FAILED, "You may no longer work on tickets of this service."), (ItemState.WAITING, ""),
    ]  # fmt: skip
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(Ticket.assignee_id.is_not(None))) == 0


@pytest.mark.spec("TKT-2", "TRG-1")
def test_a_task_that_is_run_again_changes_no_ticket_twice(mall: Service, boss: Member, admin: Browser) -> None:
    one = tickets.ticket(mall, boss, "Refund", email="lee@example.com")
    with db.write():
        task = bulk.start(mall, bulk.Action.INTERNAL, {"reason": "test", "body": ""}, [one.id], name="x", actor=world.actor(boss))
        ident = task.id
    for _again in range(2):
        tasks.run(ident)
    assert fresh(one).state is State.RESOLVED
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TicketEvent).where(TicketEvent.fact == Fact.INTERNAL)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 0
