"""What happens at the end of a write transaction: in one place, in one order, and not after a rollback."""

import ast
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm.events import SessionEvents

from occ.audit import service as audit
from occ.audit.rules import Action
from occ.automation.rules import Comparison, How, Result, ResultKind, Subject
from occ.config import ROOT
from occ.core import jobs, live, storage, unit, uploads
from occ.core.db import db
from occ.core.live import LiveVersion
from occ.core.unit import Mark, Steps
from occ.factory import AT_COMMIT
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import service as tickets
from occ.tickets.models import Ticket
from occ.tickets.rules import Priority, State
from tests.conftest import made
from tests.factories import ticket as inquiries
from tests.factories import trigger as triggers
from tests.factories import world
from tests.tickets.screen import fresh


def raised() -> dict[str, int]:
    rows = db.session.execute(sa.select(LiveVersion.scope, LiveVersion.n))
    return {row.scope: row.n for row in rows}


def urgent(of: Service, *results: Result) -> None:
    """A trigger for what becomes urgent."""
    is_urgent = triggers.when(Subject.PRIORITY, Comparison.EQUAL, "urgent")
    triggers.trigger(of, "Urgent ones", [is_urgent], *results)


@pytest.mark.spec("TRG-3", "TKT-5", "TKT-7")
def test_what_a_trigger_does_is_indexed_and_shown_when_its_transaction_has_committed(
    mall: Service, boss: Member, kim: Member
) -> None:
    group = identity.group_choices(mall.id)[0].id
    urgent(
        mall,
        Result(ResultKind.ASSIGN, group=group, how=How.ONE, members=(kim.id,)),
        Result(ResultKind.STATE, "resolved"),
    )
    source, ticket = inquiries.ticket(mall, boss, "Source"), inquiries.ticket(mall, boss, "Work")
    with db.write() as session:
        session.execute(sa.update(Ticket).where(Ticket.id == source.id).values(indexed=False))
        session.execute(sa.update(Ticket).where(Ticket.id == ticket.id).values(source_id=source.id))
    before = raised()
    with db.write():
        tickets.prioritize(fresh(ticket), Priority.URGENT, actor=world.actor(boss))
    after = raised()
    assert (fresh(ticket).state, fresh(ticket).assignee_id) == (State.RESOLVED, kim.id)
    assert (fresh(source).state, fresh(source).indexed) == (State.ANSWERED, True)
    changed = {scope for scope, n in after.items() if n != before.get(scope)}
    assert changed == {
        f"notices:{kim.id}",
        "tk/mall",
        f"ticket/{ticket.id}",
        f"ticket/{source.id}",
    }
    assert all(after[scope] == before.get(scope, 0) + 1 for scope in changed), "once each"


def test_what_a_flush_touches_counts_too(boss: Member) -> None:
    before = raised().get(f"rights:{boss.id}", 0)
    with db.write():
        db.session.get_one(Member, boss.id).name = "Other"
    assert raised()[f"rights:{boss.id}"] == before + 1


def put_by(mall: Service, boss: Member, key: str) -> None:
    """Some of everything that is worked off at a commit."""
    live.touch("probe")
    uploads.forget([key])
    jobs.wake_later()
    audit.authority(Action.AGENT_CHANGED, actor=world.actor(boss), service=mall, target=boss)
    tickets.by_hand(mall.id, None, actor=world.actor(boss))


@pytest.mark.spec("TRG-3", "LOG-1")
def test_a_rollback_leaves_nothing_for_the_next_transaction(mall: Service, boss: Member) -> None:
    key, before = storage.save(b"kept", ""), raised()
    filed = audit._filed()
    jobs.woken.clear()
    with suppress(ZeroDivisionError), db.write():
        put_by(mall, boss, key)
        _refuse()
    with db.write():
        live.touch("other")
    assert raised() == {**before, "other": 1}
    assert storage.path(key).exists() and not jobs.woken.is_set()
    assert audit._filed() == filed and audit.verify() is None
    with db.write():
        put_by(mall, boss, key)
    assert not storage.path(key).exists() and jobs.woken.is_set()
    assert raised()["probe"] == 1 and audit._filed()[0] == filed[0] + 1


def test_what_is_refused_before_its_first_statement_leaves_nothing_either(app: Flask) -> None:
    before = raised()
    with suppress(ZeroDivisionError), db.write():
        live.touch("probe")
        _refuse()
    with db.write():
        live.touch("other")
    assert raised() == {**before, "other": 1}


def _refuse() -> None:
    raise ZeroDivisionError


def _break() -> None:
    """A row that is there already: the flush itself fails."""
    db.session.add(LiveVersion(scope="there", n=1))
    db.session.flush()


@pytest.mark.spec("TRG-3", "LOG-1")
@pytest.mark.parametrize("fail", [_refuse, _break])
def test_a_savepoint_that_fails_takes_its_own_marks_along_and_no_others(
    mall: Service, boss: Member, fail: Callable[[], None]
) -> None:
    with db.write():
        live.touch("there")
    key, before, filed = storage.save(b"kept", ""), raised(), audit._filed()
    with db.write():
        live.touch("outer")
        audit.authority(Action.AGENT_CHANGED, actor=world.actor(boss), service=mall, target=boss)
        with suppress(ZeroDivisionError, sa.exc.IntegrityError), unit.savepoint():
            put_by(mall, boss, key)
            fail()
        with unit.savepoint():
            live.touch("inner")
    assert raised() == {**before, "outer": 1, "inner": 1}
    assert storage.path(key).exists(), "the row that names it stayed"
    assert audit._filed()[0] == filed[0] + 1 and audit.verify() is None


def test_a_savepoint_in_which_everything_is_rolled_back_leaves_no_marks(app: Flask) -> None:
    with suppress(ZeroDivisionError), db.write():
        live.touch("outer")
        with unit.savepoint():
            db.session.rollback()
            _refuse()
    with db.write():
        pass
    assert "outer" not in raised()


def test_two_applications_in_one_process_have_their_own_steps_each_run_once(tmp_path: Path) -> None:
    ran: list[str] = []
    mark: Mark[list[str]] = Mark(list)

    def steps(name: str) -> Steps:
        return Steps(
            before_flush=(),
            before_commit=(
                lambda: ran.append(f"{name} first"),
                lambda: ran.extend(f"{name} {noted}" for noted in mark.take()),
            ),
            after_commit=(
                lambda: ran.append(f"{name} committed"),
                lambda: ran.append(f"{name} last"),
            ),
        )

    with made(tmp_path / "a") as one, made(tmp_path / "b") as two:
        for name, application in (("a", one), ("b", two)):
            assert application.extensions["occ_steps"] is AT_COMMIT
            application.extensions["occ_steps"] = steps(name)
        with one.app_context(), db.write():
            mark.noted().append("marked")
            with unit.savepoint():
                mark.noted().append("inside")
            assert ran == [], "a savepoint is no end"
        assert ran == ["a first", "a marked", "a inside", "a committed", "a last"]
        ran.clear()
        with two.app_context(), db.write():
            pass
        assert ran == ["b first", "b committed", "b last"]


def test_nothing_but_the_unit_of_work_listens_to_the_session(app: Flask) -> None:
    dispatch = db.session().dispatch
    names = [name for name in dispatch._event_names if name in vars(SessionEvents)]
    assert len(names) > 20
    heard = {
        f"{listener.__module__} {name}" for name in names for listener in getattr(dispatch, name)
    }
    assert heard == {
        "occ.core.unit before_flush",
        "occ.core.unit before_commit",
        "occ.core.unit after_commit",
        "occ.core.unit after_soft_rollback",
    }


def test_marks_and_savepoints_have_one_place() -> None:
    asked = {
        f"{path.relative_to(ROOT / 'occ').as_posix()}: {ast.unparse(node)}"
        for path in (ROOT / "occ").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("info", "begin_nested", "listen")
        and ast.unparse(node).endswith(("session.info", ".begin_nested", "event.listen"))
        and path.name != "unit.py"
    }
    assert asked == {
        "organization/queries.py: db.session.info",  # a row is kept alive, nothing is put by
        "audit/models.py: event.listen",  # to rows that only grow
    }
