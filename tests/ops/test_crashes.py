"""kill -9 in the middle of a contract save, an invitation and an accrual: nothing half-done, lost or twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.audit import service as audit
from occ.audit.models import AuthorityEntry
from occ.audit.rules import Action
from occ.billing.models import BillingDay, Charge
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Source
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.factory import create_app
from occ.identity.models import Member, MemberToken
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Contract, Service
from occ.organization.rules import Feature, ServiceState
from tests.conftest import ENGINES, QUIET
from tests.factories import phone, world
from tests.support.crash import KINDS, count, each_kill, killed
from tests.support.migrated import prepare

pytestmark = pytest.mark.full  # a sweep: in `make test-all`


@pytest.fixture(params=ENGINES)
def live(request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]) -> Any:
    url = database_url(request.param, "crash")
    application = create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": url})
    prepare(application)
    with application.app_context():
        boss = world.owner()
        world.contracted(boss, "mall", features=frozenset({Feature.TICKET}), seats=3)
        world.draft_service(boss, "draft")
        db.session.remove()
        yield application
        db.session.remove()
        db.engine.dispose()


def _signed() -> tuple[int, ...]:
    row = db.session.scalars(sa.select(Service).where(Service.slug == "draft")).one()
    return (
        int(row.state is ServiceState.ACTIVE),
        count(Contract, Contract.service_id == row.id),
        _entries(Action.CONTRACT_SIGNED) - 1,
    )


def _changed() -> tuple[int, ...]:
    row = db.session.scalars(sa.select(Service).where(Service.slug == "mall")).one()
    assert row.contract is not None
    return (
        int(row.contract.terms.seats == 9),
        count(Contract, Contract.service_id == row.id) - 1,
        _entries(Action.CONTRACT_CHANGED),
    )


def _entries(action: Action) -> int:
    return count(AuthorityEntry, AuthorityEntry.action == action)


def _invited() -> tuple[int, ...]:
    return (
        count(Member, Member.login_id == "invited"),
        count(MemberToken),
        count(Outgoing),
        _entries(Action.MEMBER_INVITED),
    )


@pytest.mark.live
@pytest.mark.spec("ORG-3", "ORG-4", "MEM-2", "LOG-1")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("work", "done"), [("sign", _signed), ("change", _changed), ("invite", _invited)]
)
def test_a_save_is_whole_or_not_there(
    live: Flask, work: str, done: Callable[[], tuple[int, ...]], kind: str
) -> None:
    for number in each_kill(live, work, kind):
        state = done()
        assert len(set(state)) == 1, f"half done at {kind} {number}: {state}"
        assert audit.verify() is None
        if state[0]:
            break  # it was committed before the kill: nothing is lost, nothing left to do
    assert set(done()) == {1}
    assert audit.verify() is None


@pytest.mark.live
@pytest.mark.spec("CBK-1", "CBK-3")
@pytest.mark.parametrize("kind", KINDS)
def test_an_assignment_and_its_notice_are_both_there_once_or_not_at_all(
    live: Flask, kind: str
) -> None:
    boss = db.session.scalars(sa.select(Member).where(Member.login_id == "boss")).one()
    desk = phone.service(boss, "desk")
    queue = phone.queue(desk, [phone.agent(boss, desk, "kim")])
    with db.write():
        callbacks.ask(desk, queue.id, "+821012345678", Source.QUEUE)
    for number in each_kill(live, "assign", kind):
        state = (
            count(Callback, Callback.assignee_id.is_not(None)),
            count(Notification, Notification.notice == Notice.CALLBACKS_ASSIGNED),
        )
        assert len(set(state)) == 1, f"half done at {kind} {number}: {state}"
        if state[0]:
            break
    assert count(Notification, Notification.notice == Notice.CALLBACKS_ASSIGNED) == 1


@pytest.mark.live
@pytest.mark.spec("BIL-1")
@pytest.mark.parametrize("kind", KINDS)
def test_an_accrual_that_was_killed_is_finished_by_the_next_run(live: Flask, kind: str) -> None:
    for number in each_kill(live, "accrue", kind):
        assert count(Charge) == 2 * count(BillingDay), f"half a day at {kind} {number}"
        if count(BillingDay) == 4:
            break
    assert (count(BillingDay), count(Charge)) == (4, 8)
    assert not killed(live, "accrue", "commit", 99)
    db.session.rollback()
    assert (count(BillingDay), count(Charge)) == (4, 8)
