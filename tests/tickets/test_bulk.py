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
from occ.identity.rules import MemberState
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Contract, Service
from occ.organization.rules import ServiceState
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.bulk import service as bulk
from occ.tickets.bulk.models import BulkItem
from occ.tickets.bulk.rules import Action, ItemState
from occ.tickets.models import Ticket, TicketEvent
from occ.tickets.rules import Fact, Priority, Reason, State
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
    form = {
        "box": "all",
        "ticket": [t.id for t in chosen],
        "action": action,
        "count": len(chosen),
        **values,
    }
    return who.post(BULK, form, htmx=True).status_code


def taken(task: Task) -> TaskState:
    """What a child does with a task that waits."""
    with db.write() as session:
        row = session.get_one(Task, task.id)
        if row.state is TaskState.QUEUED:
            tasks.begin(row)
    return tasks.run(task.id)


def answer(who: Browser) -> TestResponse:
    assert who.last is not None
    return who.last


def page(who: Browser) -> str:
    """Where an answer to htmx leads."""
    return who.get(answer(who).headers["HX-Redirect"]).text


@pytest.mark.spec("TKT-2")
def test_chosen_tickets_are_changed_together(
    mall: Service, boss: Member, kim: Member, admin: Browser
) -> None:
    first, second, other = (tickets.ticket(mall, boss, title) for title in ("One", "Two", "Three"))
    shown = admin.get(f"{HOME}?box=all").text
    assert shown.count('name="ticket"') == 3 and 'form="t-bulk"' in shown
    admin.get(f"{BULK}?box=all&ticket={first.id}&ticket={second.id}&action=priority", htmx=True)
    assert admin.texts("//h2") == ["Change 2 tickets"]
    assert "Urgent" in admin.texts("//select[@name='priority']/option")
    assert "Delete for ever" not in admin.text()
    assert change(admin, [first, second], "priority", priority="urgent") == 204
    assert "2 tickets were changed." in page(admin)
    assert [fresh(t).priority for t in (first, second, other)] == [
        Priority.URGENT,
        Priority.URGENT,
        Priority.NORMAL,
    ]
    assert change(admin, [first, second], "transfer", member=kim.id) == 204
    assert [fresh(t).assignee_id for t in (first, second, other)] == [kim.id, kim.id, None]
    told = db.session.scalars(
        sa.select(Notification.member_id).where(Notification.notice == Notice.TICKET_ASSIGNED)
    ).all()
    assert told == [kim.id, kim.id]
    events = db.session.scalars(
        sa.select(TicketEvent).where(TicketEvent.ticket_id == first.id).order_by(TicketEvent.id)
    ).all()
    assert [(e.fact, e.actor) for e in events[1:]] == [
        (Fact.PRIORITY, "Boss Kim"),
        (Fact.TRANSFERRED, "Boss Kim"),
    ]
    assert change(admin, [first, second], "internal", reason="test", body="only a test") == 204
    assert {fresh(t).state for t in (first, second)} == {State.RESOLVED} and fresh(
        first
    ).reason is Reason.TEST
    assert change(admin, [first, second], "finish") == 204 and fresh(second).state is State.DONE


@pytest.mark.spec("TKT-2")
def test_the_dialog_refuses_what_is_missing_and_keeps_the_rest(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    one = tickets.ticket(mall, boss)
    for action, said in (
        ("transfer", "Choose a group or an agent."),
        ("priority", "Choose a priority."),
        ("intake", "Choose an intake type."),
        ("internal", "Choose a reason."),
    ):
        assert change(admin, [one], action, priority="", body="kept text") == 422
        assert said in answer(admin).text and f'value="{action}" selected' in answer(admin).text
        assert action != "internal" or "kept text" in answer(admin).text
    assert change(admin, [], "take") == 422 and "Choose tickets first." in answer(admin).text
    his, role = browser("kim"), identity.agent_of(mall.id, kim.id)
    assert role is not None
    with db.write():
        for name in ("A", "B"):
            agents.add_group(mall, name=name, agent_ids=[role.id], actor=world.actor(boss))
    assert (
        change(his, [one], "take") == 422
        and "Choose for which of your groups you take them." in answer(his).text
    )
    assert (
        fresh(one).version == one.version
        and db.session.scalar(sa.select(sa.func.count()).select_from(BulkItem)) == 0
    )


@pytest.mark.spec("TKT-2", "TKT-3", "MEM-4")
def test_each_ticket_follows_its_own_rights_and_what_failed_is_listed(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    own, hers, free = (
        tickets.ticket(mall, boss, "Own"),
        tickets.ticket(mall, boss, "Hers"),
        tickets.ticket(mall, boss, "Free"),
    )
    act(admin, own, "transfer", member=kim.id)
    act(admin, hers, "transfer", member=boss.id)
    foreign = tickets.ticket(tickets.desk(boss, "other"), boss, "Foreign")
    his = browser("kim")
    assert change(his, [own, hers, free, foreign], "priority", priority="high") == 204
    shown = page(his)
    assert (
        "3 of 3 tickets" in shown
        and "Hers" in shown
        and "Free" in shown
        and shown.count("This ticket is not yours. Take it first.") == 2
    )
    assert "Foreign" not in shown and fresh(foreign).priority is Priority.NORMAL
    assert (fresh(own).priority, fresh(hers).priority) == (Priority.HIGH, Priority.NORMAL)
    where = answer(his).request.path
    assert admin.get(where).status_code == 404, "another one's"
    assert change(his, [hers, free], "take") == 204 and "Boss Kim has this ticket." in page(his)
    assert (fresh(hers).assignee_id, fresh(free).assignee_id) == (boss.id, kim.id)
    assert (
        "Mark as done" not in his.get(f"{BULK}?box=all").text
        and his.get(f"{BULK}?box=spam").status_code == 200
    )
    assert (
        change(his, [own], "finish") == 403 == change(his, [own], "delete")
        and "Mark tickets as done" in his.text()
    ), "managers do"
    assert change(admin, [own], "delete") == 422, "and not here"
    act(admin, own, "internal", reason="spam")
    assert listed(admin, "spam") == ["Own"]
    assert change(admin, [own], "restore", box="spam") == 204 and fresh(own).spam_at is None
    act(admin, own, "internal", reason="spam")
    assert change(admin, [own], "delete", box="spam") == 204 and fresh(own).deleted_at is not None


@pytest.mark.spec("TKT-2", "TKT-7")
def test_all_that_match_are_counted_confirmed_and_changed_by_a_task(
    mall: Service, boss: Member, admin: Browser
) -> None:
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
    assert taken(task) is TaskState.DONE
    assert "52 of 52 tickets" in admin.get(answer(admin).request.path).text
    high = db.session.scalars(
        sa.select(Ticket.subject).where(Ticket.priority == Priority.HIGH)
    ).all()
    assert len(high) == 52 and fresh(other).priority is Priority.NORMAL
    told = db.session.scalars(
        sa.select(Notification).where(Notification.notice == Notice.BULK_DONE)
    ).one()
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
    states = [taken(task) for task in db.session.scalars(sa.select(Task).order_by(Task.id)).all()]
    assert states == [TaskState.CANCELLED, TaskState.DONE], (
        "what was stopped before its child began changes nothing"
    )
    assert his.get(second).status_code == 404
    why = db.session.execute(sa.select(BulkItem.state, BulkItem.why).distinct()).tuples().all()
    assert sorted(why, key=lambda row: row[0].value) == [
        (ItemState.FAILED, "You may no longer work on tickets of this service."),
        (ItemState.WAITING, ""),
    ]
    assert (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(Ticket).where(Ticket.assignee_id.is_not(None))
        )
        == 0
    )


@pytest.mark.spec("TKT-2", "TRG-1")
def test_a_task_that_is_run_again_changes_no_ticket_twice(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "Refund", email="lee@example.com")
    with db.write():
        task = bulk.start(
            mall,
            Action.INTERNAL,
            {"reason": "test", "body": ""},
            [one.id],
            name="x",
            actor=world.actor(boss),
        )
        ident = task.id
    for _again in range(2):
        tasks.run(ident)
    assert fresh(one).state is State.RESOLVED
    assert (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(TicketEvent)
            .where(TicketEvent.fact == Fact.INTERNAL)
        )
        == 1
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 0


@pytest.mark.spec("TKT-2")
def test_one_broken_ticket_does_not_stop_the_others(
    mall: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [tickets.ticket(mall, boss, f"Refund {n}") for n in range(3)]
    real, broken = bulk._CHANGES[Action.PRIORITY], made[1].id

    def change_all_but_one(ticket: Ticket, values: dict[str, str], doer: bulk.Doer) -> None:
        real(ticket, values, doer)
        if ticket.id == broken:
            raise RuntimeError("broken")

    monkeypatch.setitem(bulk._CHANGES, Action.PRIORITY, change_all_but_one)
    assert change(admin, made, "priority", priority="urgent") == 204
    assert "An error happened" in page(admin) and "3 of 3 tickets" in answer(admin).text
    assert [fresh(t).priority for t in made] == [Priority.URGENT, Priority.NORMAL, Priority.URGENT]
    monkeypatch.setattr(tasks, "run", lambda _ident: TaskState.FAILED)
    assert (
        change(admin, made, "take") == 204 and "/bulk/" in answer(admin).headers["HX-Redirect"]
    ), "no success is told"


@pytest.mark.spec("TKT-2", "MEM-2", "ORG-4", "ORG-5")
def test_who_is_deactivated_or_lost_the_service_or_feature_changes_nothing_more(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one = tickets.ticket(mall, boss)
    for lose in (
        lambda session: setattr(session.get_one(Member, kim.id), "state", MemberState.INACTIVE),
        lambda session: setattr(session.get_one(Service, mall.id), "state", ServiceState.SUSPENDED),
        lambda session: session.execute(
            sa.update(Contract).values(values={"features": [], "seats": 5, "volumes": {}})
        ),
    ):
        with db.write():
            ident = bulk.start(
                mall, Action.TAKE, {"group": ""}, [one.id], name="x", actor=world.actor(kim)
            ).id
        with db.write() as session:
            lose(session)
        tasks.run(ident)
        assert fresh(one).assignee_id is None
        with db.write() as session:
            session.get_one(Member, kim.id).state = MemberState.ACTIVE
            session.get_one(Service, mall.id).state = ServiceState.ACTIVE


@pytest.mark.spec("TKT-2")
def test_gone_titles_are_not_told_and_what_cannot_succeed_is_refused_at_once(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    one, other = tickets.ticket(mall, boss, "Secret"), tickets.ticket(mall, boss, "Open")
    his = browser("kim")
    with db.write():
        task = bulk.start(
            mall, Action.TAKE, {"group": ""}, [one.id, other.id], name="x", actor=world.actor(kim)
        )
        ident = task.id
    act(admin, one, "internal", reason="spam")
    admin.post(f"{HOME}/{one.id}/delete", {}, htmx=True)
    tasks.run(ident)
    his.get(f"{BULK}/{ident}")
    shown = his.text()
    assert "Not changed 1" in shown and f"#{one.id}" in shown and "Secret" not in shown
    assert f"#{one.id}" not in his.links()
    foreign = tickets.ticket(tickets.desk(boss, "other"), boss, "Foreign")
    chosen = [foreign.id, other.id, other.id, 77777]
    admin.get(f"{BULK}?box=all&{'&'.join(f'ticket={ident}' for ident in chosen)}", htmx=True)
    assert admin.texts("//h2") == ["Change 1 ticket"]
    assert change(admin, [foreign], "take") == 422 and "Choose tickets first." in answer(admin).text
    with db.write():
        intake = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund", "en": "Refund"}
        ).id
    assert (
        change(admin, [other], "resolution", category=intake) == 422
        and "Choose a resolution type." in answer(admin).text
    )
    assert (
        change(admin, [other], "transfer", group="77777") == 422
        and "Somebody deleted this group." in answer(admin).text
    )
    assert (
        change(admin, [other], "transfer", member="77777") == 422
        and "cannot be given to this agent" in answer(admin).text
    )
    assert (
        change(admin, [other], "intake", category=intake) == 204
        and fresh(other).intake_id == intake
    )


@pytest.mark.spec("TKT-2", "TKT-4")
def test_what_somebody_is_writing_is_left_alone(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    admin.get(f"{HOME}/{one.id}")
    admin.post(f"{HOME}/{one.id}/draft", {"kind": "answer", "body": "half an answer"}, htmx=True)
    assert (
        change(admin, [one], "internal", reason="test", body="a note") == 204
        and fresh(one).state is State.RESOLVED
    )
    assert "half an answer" in admin.get(f"{HOME}/{one.id}").text


@pytest.mark.spec("TKT-2")
def test_what_died_in_the_request_is_finished_and_told(mall: Service, boss: Member) -> None:
    one = tickets.ticket(mall, boss)
    with db.write():
        ident = bulk.start(
            mall, Action.TAKE, {"group": ""}, [one.id], name="x", actor=world.actor(boss)
        ).id
    with db.write() as session:
        session.get_one(Task, ident).tries = 2  # a child of the job
    assert tasks.run(ident, 1) is TaskState.RUNNING, "whose turn is over leaves it to its successor"
    assert tasks.run(ident, 2) is TaskState.DONE and tasks.run(ident) is TaskState.DONE
    assert fresh(one).assignee_id == boss.id
    assert (
        db.session.scalars(sa.select(Notification.notice).where(Notification.member_id == boss.id))
        .all()
        .count(Notice.BULK_DONE)
        == 1
    )
    with db.write() as session:
        tasks.cancel(session.get_one(Task, ident))
    db.session.expire_all()
    assert db.session.get_one(Task, ident).state is TaskState.DONE, (
        "what has ended is not cancelled any more"
    )


@pytest.mark.spec("TKT-2")
def test_three_large_changes_of_one_member_are_on_the_way_at_once(
    mall: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    made = [tickets.ticket(mall, boss) for _n in range(2)]
    for priority in ("low", "high", "urgent"):
        assert change(admin, made, "priority", priority=priority) == 204
    assert change(admin, made, "priority", priority="normal") == 429
    assert "3 of yours are on their way already" in admin.text()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 3
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BulkItem)) == 6
    monkeypatch.setattr(bulk, "AT_ONCE", 50)
    assert change(admin, made, "priority", priority="normal") == 204, (
        "few are changed at once, as ever"
    )
