"""LOG-1, LOG-2, LOG-3: what is recorded, how it is searched, and that it cannot be changed unseen."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from occ.audit import service
from occ.audit.models import AuthorityEntry, LoginEntry, WorkEntry
from occ.audit.rules import Action, Work
from occ.core import clock
from occ.core.db import db
from occ.identity import agents
from occ.identity.models import Member
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`


@pytest.mark.spec("LOG-1")
def test_a_change_of_rights_is_shown_with_before_after_who_ip_service_and_id(
    boss: Member, admin: Browser
) -> None:
    mall = world.contracted(boss)
    one = world.member("jihoon", name="박지훈")
    agent = world.agent(boss, mall, one)
    path = f"/c/s/mall/agents/{agent.id}"
    admin.ip = "203.0.113.7"
    admin.get(path)
    values = {
        "role": "manager",
        "ticket": "y",
        "ticket_assignment": "y",
        "self_control": "y",
        "version": admin.field("version"),
        "groups": [str(g.id) for g in agent.groups],
    }
    assert admin.post(path, values).status_code == 303
    admin.get("/c/org/logs/authority")
    assert "Agent changed" in admin.text()
    newest = db.session.scalars(
        sa.select(AuthorityEntry).order_by(AuthorityEntry.id.desc())
    ).first()
    assert newest is not None
    assert (newest.before["role"], newest.after["role"]) == ("agent", "manager")
    admin.get(f"/c/org/logs/authority/{newest.id}", htmx=True)
    for words in ("203.0.113.7", "Boss Kim", "박지훈", "jihoon", "Mall", "Before", "After"):
        assert words in admin.text()
    assert admin.get("/c/org/logs/authority/99999").status_code == 404


@pytest.mark.spec("LOG-1")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("name=박지", 2),
        ("login_id=JIH", 2),
        ("ip=127.0", 5),
        ("ip=10.", 0),
        ("service=Mal", 3),
        ("code=agent_added", 1),
        ("code=nonsense", 6),
        ("since=2026-03-02&until=2026-03-02", 6),
        ("since=2026-03-03", 0),
        ("until=2026-03-01", 0),
        ("since=2026-03-03&until=2026-03-01", 0),
        ("name=%25", 0),
        ("since=rubbish", 6),
    ],
)
def test_the_authority_log_is_searched_by_any_of_its_columns(
    boss: Member, app: Flask, browser: Callable[..., Browser], query: str, count: int
) -> None:
    with time_machine.travel("2026-03-01 20:00:00+00:00", tick=False):  # 2 March in Seoul
        db.session.execute(sa.delete(AuthorityEntry))
        db.session.execute(
            sa.text("UPDATE audit_head SET count = 0, mac = :mac"), {"mac": "0" * 64}
        )
        db.session.commit()
        mall = world.contracted(boss)
        one = world.member("jihoon", name="박지훈")
        world.agent(boss, mall, one)
        with db.write():
            service.authority(Action.ORG_ADMIN_ADDED, actor=world.actor(boss), target=one)
            service.authority(Action.API_KEY_CHANGED, actor=world.actor(boss))
            service.authority(Action.ACCESS_CHANGED, actor=service.SYSTEM)
        admin = browser("boss")
        admin.get(f"/c/org/logs/authority?{query}")
        assert (f"{count} in all" in admin.text()) if count else ("No change fits" in admin.text())


@pytest.mark.spec("LOG-1")
@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("UPDATE authority_entry SET actor_name = 'Somebody' WHERE id = 3", "row 3: edited"),
        ("UPDATE authority_entry SET after = '{}' WHERE id = 3", "row 3: edited"),
        ("DELETE FROM authority_entry WHERE id = 2", "row 2: missing"),
        ("DELETE FROM authority_entry WHERE id >= 4", "row 4: cut off"),
        (
            "DELETE FROM authority_entry WHERE id >= 4; UPDATE audit_head SET count = 3, mac = (SELECT mac FROM authority_entry WHERE id = 3)",
            "row 5: cut off",
        ),
    ],
    ids=["edited", "content", "removed", "tail", "tail and head"],
)
def test_verify_names_the_row_that_was_edited_removed_or_cut_off(
    app: Flask, boss: Member, harm: str, reason: str
) -> None:
    world.contracted(boss)  # rows 2 and 3
    with db.write():
        service.authority(Action.API_KEY_CHANGED, actor=world.actor(boss))
        service.authority(Action.API_KEY_CHANGED, actor=world.actor(boss))
    entry = db.session.get_one(AuthorityEntry, 5)
    filed = app.extensions["occ_settings"].instance / "audit-head"
    assert filed.read_text() == f"5 {entry.mac}", "with each row the console files its head"
    runner = app.test_cli_runner()
    db.session.commit()
    assert "holds" in runner.invoke(args=["audit", "verify"]).output
    for statement in harm.split(";"):
        db.session.execute(sa.text(statement))
    db.session.commit()
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert reason in result.output


@pytest.mark.spec("LOG-1", "LOG-2", "LOG-3")
def test_logs_are_append_only_in_the_code(boss: Member, admin: Browser) -> None:
    with db.write():
        service.work(Work.EXCEL_RATES, actor=world.actor(boss))
    for model in (AuthorityEntry, LoginEntry, WorkEntry):
        row = db.session.scalars(sa.select(model)).first()
        assert row is not None
        row.ip = "0.0.0.0"
        with pytest.raises(RuntimeError, match="append-only"):
            db.session.flush()
        db.session.rollback()
        row = db.session.scalars(sa.select(model)).first()
        db.session.delete(row)
        with pytest.raises(RuntimeError, match="append-only"):
            db.session.flush()
        db.session.rollback()


@pytest.mark.spec("LOG-2")
def test_the_login_history_shows_result_ip_device_end_and_duration(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    with time_machine.travel("2026-03-02 01:00:00+00:00", tick=False) as at:
        one = browser("boss", ip="203.0.113.7")
        at.shift(timedelta(minutes=80))
        one.post("/logout")
        one.login("boss", "wrong")
        one.login("boss", world.PASSWORD)
        one.get("/c/org/logs/logins")
        for words in (
            "Success",
            "Wrong password",
            "203.0.113.7",
            "Signed out",
            "1 hour 20 minutes",
        ):
            assert words in one.text()
        one.get("/c/org/logs/logins?code=wrong_password")
        assert "1 in all" in one.text()


@pytest.mark.spec("LOG-2")
def test_the_login_history_is_for_org_admins_and_managers_with_log_view(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    mall = world.contracted(boss)
    for login_id, rights in (
        ("seer", {"manager": True, "view_logs": True}),
        ("manager", {"manager": True}),
        ("agent", {"view_logs": True}),
    ):
        world.agent(boss, mall, world.member(login_id), **rights)
    for login_id, status in (("seer", 200), ("manager", 403), ("agent", 403)):
        one = browser(login_id)
        assert one.get("/c/org/logs/logins").status_code == status
        assert one.get("/c/org/logs/authority").status_code == 403
        assert one.get("/c/org/logs/works").status_code == 403
        assert one.get("/c/org/logs/logins.xlsx").status_code == status
    seer = browser()
    seer.login("seer", world.PASSWORD)
    seer.get("/login/force")
    seer.post("/login/force", {"force": "1"})
    assert "/c/org/logs/logins" in seer.get("/c/s/mall/").text


@pytest.mark.spec("LOG-1", "LOG-3")
@pytest.mark.parametrize("name", ["authority", "logins", "works"])
def test_every_log_goes_to_excel_and_the_download_to_the_work_log(
    boss: Member, admin: Browser, name: str
) -> None:
    from openpyxl import load_workbook

    with db.write():
        said = {"role": "manager", "groups": ["A", "B"], "name": "=1+1"}
        service.authority(
            Action.MEMBER_CHANGED,
            actor=service.Actor(None, "=1+1", "=cmd()", "1.1.1.1"),
            before=said,
        )
        service.work(Work.EXCEL_RATES, actor=service.Actor(None, "=1+1", "=cmd()", "1.1.1.1"))
    answer = admin.get(f"/c/org/logs/{name}.xlsx")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert (
        sheet.max_row >= 2
        and sheet["A1"].value == "When (Asia/Seoul)"
        and isinstance(sheet["A2"].value, datetime)
    )
    if name == "authority":
        assert sheet["I2"].value == "Role: Manager\nGroups: A, B\nName: =1+1", (
            "as the entry's page says it"
        )
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert (
        db.session.scalars(sa.select(WorkEntry).order_by(WorkEntry.id.desc())).first().login_id
        == "boss"
    )  # type: ignore[union-attr]


@pytest.mark.spec("LOG-3")
def test_a_download_of_too_many_rows_is_refused_in_words(boss: Member, admin: Browser) -> None:
    now = clock.now()
    db.session.execute(
        sa.insert(WorkEntry),
        [
            {
                "at": now,
                "work": Work.EXCEL_RATES,
                "member_id": 1,
                "login_id": "a",
                "name": "A",
                "ip": "",
                "service_id": None,
                "service_name": "",
                "detail": {},
            }
        ]
        * 2001,
    )
    db.session.commit()
    assert admin.get("/c/org/logs/works.xlsx").status_code == 422
    assert "at most 2,000" in admin.text()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WorkEntry)) == 2001


@pytest.mark.spec("LOG-1")
def test_a_broken_newest_row_is_marked_on_the_page(admin: Browser) -> None:
    admin.get("/c/org/logs/authority")
    assert "fits the chain" in admin.text()
    db.session.execute(sa.text("UPDATE authority_entry SET mac = 'x'"))
    db.session.commit()
    admin.get("/c/org/logs/authority")
    assert "broken at row" in admin.text()


@pytest.mark.spec("LOG-1")
def test_a_tail_that_was_removed_with_its_head_is_marked_on_the_page(
    admin: Browser, boss: Member
) -> None:
    with db.write():
        service.authority(Action.API_KEY_CHANGED, actor=world.actor(boss))
    for harm in (
        "DELETE FROM authority_entry WHERE id = 2",
        "UPDATE audit_head SET count = 1, mac = (SELECT mac FROM authority_entry WHERE id = 1)",
    ):
        db.session.execute(sa.text(harm))
    db.session.commit()
    admin.get("/c/org/logs/authority")
    assert "broken at row" in admin.text()


@pytest.mark.spec("LOG-1")
def test_removing_an_agent_is_recorded_with_what_was_lost(boss: Member) -> None:
    mall = world.contracted(boss)
    agent = world.agent(boss, mall, world.member("one"), transfer=True)
    with db.write():
        agents.remove(agent, actor=world.actor(boss))
    entry = db.session.scalars(sa.select(AuthorityEntry).order_by(AuthorityEntry.id.desc())).first()
    assert entry is not None
    assert entry.action is Action.AGENT_REMOVED
    assert "transfer" in entry.before["rights"]
