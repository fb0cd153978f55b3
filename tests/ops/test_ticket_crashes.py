"""kill -9 in a trigger run, a bulk action and a purge: each ticket and value is done or not, and nothing leaves twice."""

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.automation.models import TriggerTurn
from occ.automation.rules import Comparison, How, Result, ResultKind, Subject, To
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.delivery.hooks import WebCall
from occ.delivery.models import Outgoing
from occ.fields.rules import FieldKind
from occ.identity import agents
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.tickets.bulk import service as bulk
from occ.tickets.bulk.models import BulkItem
from occ.tickets.bulk.rules import Action, ItemState
from occ.tickets.models import Ticket, TicketEvent, TicketValue, TriggerRun
from occ.tickets.rules import Fact, Priority
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.factories import world
from tests.support.crash import KINDS, count, each_kill, killed

TEXTS = {code: {"subject": "Urgent", "body": "#{number}"} for code in ("ko", "en")}
pytestmark = pytest.mark.full  # a sweep: in `make test-all`


def desk() -> tuple[Service, Member, Member]:
    """A service with an agent `kim` in the group `Desk`."""
    boss, kim = world.owner(), world.member("kim")
    mall = tickets.desk(boss)
    role = world.agent(boss, mall, kim, ticket=True)
    with db.write():
        agents.add_group(mall, name="Desk", agent_ids=[role.id], actor=world.actor(boss))
    return mall, boss, kim


@pytest.mark.live
@pytest.mark.spec("TRG-3", "TRG-4")
@pytest.mark.parametrize("kind", KINDS)
def test_what_triggers_do_is_there_with_its_ticket_change_or_not_at_all(
    console: Flask, kind: str
) -> None:
    mall, boss, _kim = desk()
    group = identity.group_choices(mall.id)[0].id
    is_urgent = triggers.when(Subject.PRIORITY, Comparison.EQUAL, "urgent")
    results = (
        Result(ResultKind.ASSIGN, group=group, how=How.TURN),
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=TEXTS),
        Result(ResultKind.CALL, "https://example.com/hook"),
    )
    triggers.trigger(mall, "Urgent ones", [is_urgent], *results)
    tickets.ticket(mall, boss, email="lee@example.com")
    runs = count(TriggerRun)
    for number in each_kill(console, "urgent", kind):
        assert len(set(_urgent(runs))) == 1, f"half done at {kind} {number}: {_urgent(runs)}"
        if _urgent(runs)[0]:
            break
    assert set(_urgent(runs)) == {1}
    assert not killed(console, "urgent", "commit", 99)
    db.session.rollback()
    assert set(_urgent(runs)) == {1}, "the same change again is none"


def _urgent(runs: int) -> tuple[int, ...]:
    """The ticket's change, its assignment, mail, web call, turn, notice and explanation."""
    return (
        count(Ticket, Ticket.priority == Priority.URGENT),
        count(Ticket, Ticket.assignee_id.is_not(None)),
        count(Outgoing),
        count(WebCall),
        count(TriggerTurn),
        count(Notification, Notification.notice == Notice.TICKET_ASSIGNED),
        count(TriggerRun) - runs,
    )


@pytest.mark.live
@pytest.mark.spec("TKT-2", "TRG-3")
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_bulk_action_goes_on_with_what_is_left(console: Flask, kind: str) -> None:
    mall, boss, kim = desk()
    is_his = triggers.when(Subject.ASSIGNEE, Comparison.EQUAL, str(kim.id))
    triggers.trigger(mall, "His", [is_his], Result(ResultKind.MAIL, to=To.CUSTOMER, texts=TEXTS))
    made = [tickets.ticket(mall, boss, f"Refund {n}", email="lee@example.com").id for n in range(3)]
    with db.write():
        bulk.start(
            mall,
            Action.TRANSFER,
            {"group": "", "member": str(kim.id)},
            made,
            name="Reassign",
            actor=world.actor(boss),
        )
    for number in each_kill(console, "bulk", kind):
        assert len(set(_handed())) == 1, f"half done at {kind} {number}: {_handed()}"
        if db.session.scalars(sa.select(Task.state)).one() is TaskState.DONE:
            break
    assert set(_handed()) == {3}


def _handed() -> tuple[int, ...]:
    """Tickets noted as changed, changed, told in their history, to their agent, and to their customer."""
    return (
        count(BulkItem, BulkItem.state == ItemState.DONE),
        count(Ticket, Ticket.assignee_id.is_not(None)),
        count(TicketEvent, TicketEvent.fact == Fact.TRANSFERRED),
        count(Notification, Notification.notice == Notice.TICKET_ASSIGNED),
        count(Outgoing),
    )


@pytest.mark.live
@pytest.mark.spec("FLD-3", "LOG-3")
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_purge_has_destroyed_what_it_recorded_and_goes_on(
    console: Flask, kind: str
) -> None:
    mall, boss, _kim = desk()
    for code in ("passport", "note"):
        fields.field(
            mall, code, FieldKind.AGENT, encrypted=code == "passport", purge="days", days=1
        )
    for n in range(3):
        one = tickets.ticket(mall, boss, f"Refund {n}")
        with db.write():
            value_service.store(
                one, {fields.shown(mall, code): f"secret {n}" for code in ("passport", "note")}
            )
    for number in each_kill(console, "purge", kind):
        assert _destroyed() == _recorded(), f"at {kind} {number}"
    assert _destroyed() == _recorded() == 6
    assert (
        count(TicketValue, sa.or_(TicketValue.text.is_not(None), TicketValue.sealed.is_not(None)))
        == 0
    )


def _destroyed() -> int:
    return count(TicketValue, TicketValue.purged_at.is_not(None))


def _recorded() -> int:
    found = db.session.scalars(
        sa.select(WorkEntry.detail).where(WorkEntry.work == Work.VALUES_PURGED)
    )
    return sum(detail["values"] for detail in found)
