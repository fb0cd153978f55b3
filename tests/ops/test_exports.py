"""Large Excel files: written by a child, with progress, cancelled, started again after a kill (CBK-2)."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import load_workbook

from occ.audit.models import WorkEntry
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.queries import Filters
from occ.callbacks.rules import CallbackState, Source
from occ.callbacks.sheets import to_params
from occ.core import storage, tasks, xlsx
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.identity.rules import AgentRole
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.ops.test_races import at_once, writing
from tests.support import sheets
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def fill(service_id: int, queue_id: int, count: int) -> None:
    """Completed callbacks, quickly."""
    rows = [
        {
            "service_id": service_id,
            "queue_id": queue_id,
            "number": f"+8210{n:08}",
            "state": CallbackState.COMPLETED,
            "source": Source.QUEUE,
            "requests": 1,
            "requested_at": NOW - timedelta(minutes=n),
            "last_requested_at": NOW,
            "promise_until": NOW,
            "attempts": 0,
            "failures": 0,
            "version": 1,
        }
        for n in range(count)
    ]
    with db.write() as session:
        for start in range(0, count, 1000):
            session.execute(sa.insert(Callback), rows[start : start + 1000])


def state(ident: int) -> Task:
    db.session.rollback()
    return db.session.get_one(Task, ident, populate_existing=True)


def until(true: Callable[[], bool]) -> None:
    """Waits for what another process does."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it never happened"
        tasks.run_queued()
        time.sleep(0.05)  # another process works


@pytest.mark.live
@pytest.mark.spec("CBK-2", "LOG-3")
def test_more_than_2000_rows_become_an_export_that_only_its_asker_can_fetch(console: Flask) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    other = world.agent(boss, mall, world.member("other"), manager=True)
    fill(mall.id, phone.queue(mall, []).id, 2001)
    boss_id, other_login = boss.id, other.member.login_id
    db.session.commit()
    admin, stranger = Browser(console), Browser(console)
    admin.login("boss", world.PASSWORD)
    stranger.login(other_login, world.PASSWORD)
    answer = admin.get("/c/s/mall/callbacks/callbacks.xlsx")
    where = answer.headers["Location"]
    ident = int(where.rsplit("/", 1)[1])
    assert "0 of 2,001 rows" in admin.get(where).text
    assert (
        stranger.get(where).status_code == 404 and stranger.get(f"{where}/file").status_code == 404
    )
    assert admin.get(f"{where}/file").status_code == 404, "not ready"
    until(lambda: state(ident).state is TaskState.DONE)
    assert "2,001 of 2,001 rows" in admin.get(where).text
    file = admin.get(f"{where}/file")
    assert file.status_code == 200
    row = state(ident)
    assert row.file is not None
    sheet = load_workbook(storage.path(row.file), read_only=True).active
    assert sheet is not None and sum(1 for _row in sheet.iter_rows()) == 2002
    told = db.session.scalars(
        sa.select(Notification.member_id).where(Notification.notice == Notice.EXPORT_READY)
    ).all()
    assert told == [boss_id]
    assert "Your Excel file is ready" in admin.get("/c/notices").text


@pytest.mark.live
@pytest.mark.spec("CBK-2")
def test_a_killed_child_is_started_again_and_a_cancelled_one_stops(
    console: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    fill(mall.id, phone.queue(mall, []).id, 3000)
    params = to_params(Filters(mall.id))
    started: list[int] = []
    popen = tasks.subprocess.Popen

    def spawn(*args: Any, **kwargs: Any) -> Any:
        child = popen(*args, **kwargs)
        started.append(child.pid)
        if len(started) == 1:
            os.kill(child.pid, signal.SIGKILL)
        child.wait()
        return child

    monkeypatch.setattr(tasks.subprocess, "Popen", spawn)
    with db.write():
        ident = tasks.start(
            "callbacks",
            "A/S: callbacks?",
            params,
            member_id=boss.id,
            service_id=mall.id,
            total=3000,
        ).id
        dropped = tasks.start(
            "callbacks", "Callbacks", params, member_id=boss.id, service_id=mall.id, total=3000
        ).id
        tasks.cancel(db.session.get_one(Task, dropped))
    tasks.run_queued()
    assert state(ident).state is TaskState.RUNNING, "its child was killed"
    assert tasks.run_queued() is None, "one at a time, and it may still be alive"
    with db.write() as session:
        session.get_one(Task, ident).progress_at -= timedelta(minutes=2)
    until(lambda: state(ident).state is TaskState.DONE)
    assert (state(ident).tries, state(ident).done, len(started)) == (2, 3000, 2)
    assert state(dropped).state is TaskState.CANCELLED
    with db.write() as session:
        session.get_one(Task, ident).created_at -= timedelta(days=2)
    tasks.run_queued()
    db.session.rollback()
    assert db.session.get(Task, ident) is None, "gone after a day"


@pytest.mark.spec("CBK-2")
@pytest.mark.parametrize("step", ["goes on", "ends"])
def test_a_silent_child_that_wakes_up_changes_nothing_for_its_successor(
    app: Flask, boss: Member, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with db.write():
        task = tasks.start(
            "callbacks", "Callbacks", {}, member_id=boss.id, service_id=None, total=9
        )
        tasks.begin(task)
        ident = task.id

    def late(order: tasks.Order, progress: Callable[[int, int], None]) -> str:
        progress(1, 9)
        with db.write() as session:
            session.get_one(Task, ident).tries += 1  # another child has begun
        if step == "goes on":
            progress(5, 9)
        return "late"

    monkeypatch.setitem(app.extensions["occ_tasks"], "callbacks", late)
    assert tasks.run(ident, 1) is TaskState.RUNNING
    assert (state(ident).done, state(ident).file, state(ident).tries) == (1, None, 2)
    assert tasks.run(ident, 1) is TaskState.RUNNING and state(ident).done == 1, "nor one so late"
    assert db.session.scalars(sa.select(Notification)).all() == []


ROOMS = {"tickets": "tickets/tickets.xlsx?box=all", "callbacks": "callbacks/callbacks.xlsx"}


@pytest.fixture
def center(app: Flask, boss: Member, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service with the manager `boss` and the agent `kim`, two tickets and two callbacks of kim's; two rows are many here."""
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    kim = phone.agent(boss, mall, "kim")
    queue = phone.queue(mall, [kim])
    with db.write():
        service = db.session.get_one(Service, mall.id)
        for number in ("+821011111111", "+821022222222"):
            asked = callbacks.ask(service, queue.id, number, Source.QUEUE)
            asked.assignee_id, asked.state = kim.member_id, CallbackState.UNPROCESSED
    for subject in ("First", "Second"):
        tickets.ticket(mall, boss, subject)
    monkeypatch.setattr(xlsx, "ROW_LIMIT", 1)
    return mall


def made(who: Browser, room: str) -> str:
    """Asks for a room's Excel file, which its job makes; answers with the page where it is ready."""
    where = str(who.get(f"/c/s/mall/{ROOMS[room]}").headers["Location"])
    ident = int(where.rsplit("/", 1)[1])
    with db.write() as session:
        tasks.begin(session.get_one(Task, ident))
    assert tasks.run(ident) is TaskState.DONE
    assert "Ready to download" in who.get(where).text
    return where


def become(member: Member, of: Service, **changes: Any) -> None:
    """A manager changes what the member may do there."""
    role = identity.agent_of(of.id, member.id)
    assert role is not None
    with db.write():
        groups = [group.id for group in role.groups]
        rights = replace(role.rights, **changes)
        agents.edit(
            role,
            rights,
            group_ids=groups,
            new_group="",
            version=role.version,
            actor=world.actor(member),
        )


@pytest.mark.spec("TKT-2", "CBK-2", "LOG-3")
@pytest.mark.parametrize("room", ROOMS)
def test_agents_and_managers_fetch_what_they_asked_for_as_long_as_they_may(
    center: Service, boss: Member, browser: Callable[..., Browser], room: str
) -> None:
    boss_there, kim_there = browser("boss"), browser("kim")
    managers, agents_own = made(boss_there, room), made(kim_there, room)
    for who, where in ((boss_there, managers), (kim_there, agents_own)):
        file = who.get(f"{where}/file")
        assert file.status_code == 200 and len(sheets.sheet(file.data)) == 3, "a head and two rows"
    assert [
        row.login_id for row in db.session.scalars(sa.select(WorkEntry).order_by(WorkEntry.id))
    ] == ["boss", "kim"]
    assert (
        kim_there.get(f"{managers}/file").status_code == 404
        and boss_there.get(f"{agents_own}/file").status_code == 404
    )

    kim = db.session.scalars(sa.select(Member).where(Member.login_id == "kim")).one()
    become(boss, center, role=AgentRole.AGENT, ticket=True, phone=True)
    assert boss_there.get(f"{managers}/file").status_code == 403, (
        "no manager any more: not the whole"
    )
    become(kim, center, role=AgentRole.MANAGER)
    assert kim_there.get(f"{agents_own}/file").status_code == 200, "a manager sees an agent's, too"
    become(kim, center, role=AgentRole.AGENT, ticket=False, phone=False)
    refused = kim_there.get(f"{agents_own}/file")
    assert (
        refused.status_code == 403
        and {"tickets": "Tickets", "callbacks": "Callbacks"}[room] in refused.text
    )
    with db.write():
        role = identity.agent_of(center.id, kim.id)
        assert role is not None
        agents.remove(role, actor=world.actor(boss))
    assert kim_there.get(f"{agents_own}/file").status_code == 404, (
        "whoever lost the service lost its data"
    )


@pytest.mark.spec("ORG-3", "ORG-5", "TKT-2")
def test_no_file_leaves_a_suspended_service_or_one_without_the_feature(
    center: Service, boss: Member, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = browser("boss")
    where = made(who, "tickets")
    with db.write():
        organization.set_state(center, active=False, actor=world.actor(boss))
    assert who.get(f"{where}/file").status_code == 403
    with db.write():
        organization.set_state(
            db.session.get_one(Service, center.id), active=True, actor=world.actor(boss)
        )
    assert who.get(f"{where}/file").status_code == 200
    monkeypatch.setattr(Service, "offers", lambda _service, feature: feature is not Feature.TICKET)
    assert who.get(f"{where}/file").status_code == 404


EXCEL = "/c/s/mall/tickets/tickets.xlsx"


@pytest.mark.spec("CBK-2", "TKT-2")
def test_a_member_has_three_on_the_way_and_the_same_one_once(
    mall: Service,
    boss: Member,
    kim: Member,
    admin: Browser,
    browser: Callable[..., Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xlsx, "ROW_LIMIT", 0)
    tickets.ticket(mall, boss)
    ask = lambda who, q="": who.get(f"{EXCEL}?box=all&q={q}")
    first, second, third = (ask(admin, q).headers["Location"] for q in ("", "order", "where"))
    assert len({first, second, third}) == 3
    assert ask(admin, "order").headers["Location"] == second, "a second click leads to the first"
    refused = ask(admin, "come")
    assert (
        refused.status_code == 429
        and "3 of yours are on their way already: Tickets Mall" in admin.text()
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 3
    assert ask(browser("kim")).headers["Location"] not in (first, second, third), (
        "everybody has three of their own"
    )
    admin.get(first)
    admin.post(f"{first}/cancel", htmx=True)
    fourth = ask(admin, "come").headers["Location"]
    assert fourth not in (first, second, third)
    assert ask(admin).status_code == 429, "one that was cancelled is made anew, when it is its turn"
    with db.write():
        db.session.execute(sa.update(Task).values(state=TaskState.DONE))
    assert ask(admin, "order").headers["Location"] != second, "what is done is made anew"


@pytest.mark.live
@pytest.mark.spec("CBK-2")
def test_clicks_at_once_make_one_of_the_same_and_three_in_all(console: Flask) -> None:
    boss = world.owner()
    boss_id, mall_id = boss.id, phone.service(boss).id

    def ask(q: str) -> Callable[[], Any]:
        params = {"service": mall_id, "q": q}
        return writing(
            lambda: tasks.ask(
                "tickets",
                q,
                params,
                member_id=boss_id,
                service_id=mall_id,
                total=1,
                kinds=["tickets"],
            )
        )

    assert at_once(console, *[ask("same")] * 4) == ["done"] * 4
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == 1
    results = at_once(console, *(ask(q) for q in "abcdef"))
    assert sorted(type(one).__name__ for one in results) == ["TooMany"] * 4 + ["str"] * 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Task)) == tasks.ON_THE_WAY
