"""Old inquiries become tickets, and go again (MIG-1)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from occ.automation import jobs as automation_jobs
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import clock, storage
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.search import phrase
from occ.core.tasks import Task, TaskState
from occ.customers import service as customers
from occ.customers.models import Customer, Membership
from occ.delivery.models import Outgoing
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.migration import jobs, service, writes
from occ.migration.models import Batch, BatchCustomer, BatchTicket
from occ.migration.rules.batches import KEPT, BatchState
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from occ.statistics.models import FigureDay
from occ.tickets import jobs as ticket_jobs
from occ.tickets import service as work
from occ.tickets.models import Ticket, TicketEntry, TicketValue, TriggerRun
from occ.tickets.rules import Channel, Entry, Priority, State
from occ.tickets.search import index
from occ.tickets.values import queries as values
from tests.factories import field as fields
from tests.factories import migration as old
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.fixture
def desk(boss: Member) -> Service:
    return tickets.desk(boss)


@pytest.mark.spec("MIG-1")
def test_rows_become_tickets_with_their_own_times(boss: Member, desk: Service) -> None:
    batch = old.brought(
        desk,
        boss,
        {**old.LIKE, "phone": "010-2000-0001", "name": "김하나"},
        {**old.CLOSED, "email": "LEE@Example.com", "assignee": "boss", "priority": "High"},
    )
    assert (batch.state, batch.made, batch.good) == (BatchState.DONE, 2, 2)
    first, second = db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).unique()
    assert first.channel is Channel.MIGRATION and first.state is State.UNASSIGNED
    assert first.created_at == datetime(2024, 3, 4, 0, 30, tzinfo=UTC), "09:30 in Seoul"
    assert first.customer is not None and first.customer.phone == "+821020000001"
    assert first.changed_at is None
    assert second.state is State.DONE and second.assignee_id == boss.id
    assert second.done_at == datetime(2024, 3, 18, 5, tzinfo=UTC)
    assert second.customer is not None and second.customer.email == "lee@example.com"
    written = db.session.scalars(
        sa.select(TicketEntry).where(TicketEntry.ticket_id == second.id).order_by(TicketEntry.id)
    ).all()
    assert [(one.kind, one.at) for one in written] == [
        (Entry.INQUIRY, second.created_at),
        (Entry.ANSWER, second.resolved_at),
    ]
    assert batch.file_key is None and batch.rows_key is None


@pytest.mark.spec("MIG-1", "STA-1")
def test_days_that_were_summed_up_are_summed_anew(boss: Member, desk: Service) -> None:
    def behind() -> set[date]:
        found = set(db.session.scalars(sa.select(FigureDay.day).where(~FigureDay.holds)))
        with db.write():
            db.session.execute(sa.update(FigureDay).values(holds=True))
        return found

    batch = old.brought(desk, boss, old.LIKE, old.CLOSED)
    assert {date(2024, 3, 4), date(2024, 3, 18)} <= behind()
    with db.write():
        service.undo(batch, actor=world.actor(boss))
    old.child(batch)
    assert {date(2024, 3, 4), date(2024, 3, 18)} <= behind()


def hits(desk: Service, text: str) -> list[int]:
    return list(
        db.session.scalars(
            index.INDEX.documents(
                index.owner(desk.id, spam=False), [[phrase(text)]], all_texts=True
            ).select
        )
    )


@pytest.mark.spec("MIG-1", "TKT-7")
def test_undo_leaves_nothing_the_search_index_included(boss: Member, desk: Service) -> None:
    own = tickets.ticket(desk, boss, "배송 문의", email="old@example.com")
    batch = old.brought(
        desk,
        boss,
        {**old.CLOSED, "email": "old@example.com", "usercode": ""},
        {**old.LIKE, "email": "new@example.com", "name": "박새"},
        {**old.LIKE, "usercode": "u1", "name": "이하나"},
    )
    assert len(hits(desk, "배송 문의")) == 4 and old.count(Customer) == 3
    with db.write():
        service.undo(batch, actor=world.actor(boss))
    old.child(batch)
    assert batch.state is BatchState.UNDONE and batch.made == 0
    assert hits(desk, "배송 문의") == [own.id]
    for table in (TicketValue, BatchTicket, BatchCustomer, Membership):
        assert old.count(table) == 0, table
    assert list(db.session.scalars(sa.select(Customer.email))) == ["old@example.com"]
    assert old.count(Ticket) == 1 and old.count(TicketEntry) == 1


@pytest.mark.spec("MIG-1", "FLD-4")
def test_whom_the_console_has_forgotten_undo_leaves_alone(boss: Member, desk: Service) -> None:
    batch = old.brought(desk, boss, {**old.LIKE, "email": "new@example.com", "name": "박새"})
    person = db.session.scalars(sa.select(Customer)).one()
    with db.write():
        customers.erase(person, desk.id, by="boss")
    assert old.count(BatchCustomer) == 0
    with db.write():
        service.undo(batch, actor=world.actor(boss))
    old.child(batch)
    assert list(db.session.scalars(sa.select(Customer.id))) == [person.id]


@pytest.mark.spec("MIG-1")
def test_a_batch_on_which_somebody_worked_is_not_undone(boss: Member, desk: Service) -> None:
    batch = old.brought(desk, boss, old.LIKE, old.LIKE)
    first = db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).unique().first()
    assert first is not None
    with db.write():
        work.prioritize(first, Priority.HIGH, actor=world.actor(boss))
    with pytest.raises(Refused, match="1"), db.write():
        service.undo(batch, actor=world.actor(boss))
    assert old.count(Ticket) == 2


@pytest.mark.spec("MIG-1")
def test_what_somebody_works_on_while_it_is_undone_stays(boss: Member, desk: Service) -> None:
    batch = old.brought(desk, boss, {**old.LIKE, "phone": "010-2000-0001"}, old.LIKE)
    with db.write():
        service.undo(batch, actor=world.actor(boss))
    first = db.session.scalars(sa.select(Ticket).order_by(Ticket.id)).unique().first()
    assert first is not None
    with db.write():
        work.prioritize(first, Priority.HIGH, actor=world.actor(boss))
    kept = first.id
    old.child(batch)
    assert batch.state is BatchState.UNDONE and batch.made == 1 and "1" in batch.why
    assert list(db.session.scalars(sa.select(Ticket.id))) == [kept] and old.count(Customer) == 1


@pytest.mark.spec("MIG-1", "TRG-3")
def test_neither_triggers_nor_mails_nor_notices_come_of_it(boss: Member, desk: Service) -> None:
    urgent = Result(ResultKind.PRIORITY, "urgent")
    for conditions in (
        [when(Subject.PRIORITY, Comparison.EQUAL, "normal")],
        [when(Subject.QUIET, Comparison.MORE, "1")],
    ):
        trigger(desk, conditions[0].subject.value, conditions, urgent)
    old.brought(
        desk,
        boss,
        {**old.CLOSED, "assignee": "boss", "email": "lee@example.com"},
        {**old.LIKE, "email": "kim@example.com"},
    )
    automation_jobs.run_timed()
    assert set(db.session.scalars(sa.select(Ticket.priority))) == {Priority.NORMAL}
    assert old.count(TriggerRun) == 0 and old.count(Outgoing) == 0
    told = set(db.session.scalars(sa.select(Notification.notice)))
    assert told == {Notice.MIGRATION_CHECKED, Notice.MIGRATION_DONE}


@pytest.mark.spec("MIG-1")
def test_reserved_ones_run_at_night_and_only_while_the_service_is_in_use(
    boss: Member, desk: Service
) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE))
    with db.write():
        service.reserve(batch, at_once=False, actor=world.actor(boss))
    run_at = batch.run_at
    assert run_at is not None and run_at.astimezone(ZoneInfo("Asia/Seoul")).hour == 1
    assert jobs.run() is None and batch.state is BatchState.RESERVED
    with clock.at(run_at):
        with db.write():
            desk.state = ServiceState.SUSPENDED
        jobs.run()
        assert db.session.get_one(Batch, batch.id).state is BatchState.RESERVED
        with db.write():
            desk.state = ServiceState.ACTIVE
        jobs.run()
        assert db.session.get_one(Batch, batch.id).state is BatchState.MAKING
        old.child(batch)
        assert batch.state is BatchState.DONE and old.count(Ticket) == 1


@pytest.mark.spec("MIG-1")
def test_a_stopped_batch_goes_on_or_is_undone(boss: Member, desk: Service) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE, old.LIKE))
    with db.write():
        service.reserve(batch, at_once=True, actor=world.actor(boss))
    with db.write():
        service.stop(batch, actor=world.actor(boss))
    with pytest.raises(writes.NotMine), db.write():
        writes.make(batch.id, 0, [], writes.place(desk, []))
    assert batch.state is BatchState.STOPPED and boss.name in batch.why
    with db.write():
        service.go_on(batch)
    with pytest.raises(writes.NotMine), db.write():  # rows that another process has made
        writes.make(batch.id, 1, [], writes.place(desk, []))
    old.child(batch)
    assert batch.state is BatchState.DONE and old.count(Ticket) == 2
    with pytest.raises(Refused), db.write():
        service.go_on(batch)


@pytest.mark.spec("MIG-1")
def test_fields_that_change_after_the_check_stop_it(boss: Member, desk: Service) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE))
    with db.write():
        service.reserve(batch, at_once=True, actor=world.actor(boss))
    fields.field(desk, "size")
    old.child(batch)
    assert batch.state is BatchState.STOPPED and old.count(Ticket) == 0 and batch.why


@pytest.mark.spec("MIG-1", "FLD-3")
def test_values_are_sealed_and_purged_by_the_time_of_their_row(boss: Member, desk: Service) -> None:
    fields.field(desk, "card", FieldKind.AGENT, encrypted=True, purge="y1")
    fields.field(desk, "paid", FieldKind.AGENT, FieldType.NUMBER)
    old.brought(desk, boss, {**old.LIKE, "f:card": "4111", "f:paid": 1500.0})
    card, paid = db.session.scalars(sa.select(TicketValue).order_by(TicketValue.code))
    assert card.text is None and values.whole(card) == "4111"
    assert paid.text == "1500" and paid.stored_at == datetime(2024, 3, 4, 0, 30, tzinfo=UTC)
    ticket_jobs.keep_values()
    db.session.expire_all()
    assert db.session.get_one(TicketValue, (card.ticket_id, "card")).purged_at is not None


@pytest.mark.spec("MIG-1")
def test_a_batch_whose_child_failed_waits_for_a_person(boss: Member, desk: Service) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE))
    with db.write():
        service.reserve(batch, at_once=True, actor=world.actor(boss))
    with db.write():
        db.session.get_one(Task, batch.task_id).state = TaskState.FAILED
    jobs.run()
    assert db.session.get_one(Batch, batch.id, populate_existing=True).state is BatchState.STOPPED
    unread = old.uploaded(desk, boss, old.book(desk, old.CLOSED))
    with db.write():
        db.session.get_one(Task, unread.task_id).state = TaskState.FAILED
    jobs.run()
    assert db.session.get_one(Batch, unread.id, populate_existing=True).state is BatchState.REFUSED


@pytest.mark.spec("MIG-1")
def test_what_nobody_confirms_is_forgotten_with_its_files(boss: Member, desk: Service) -> None:
    batch = old.checked(desk, boss, old.book(desk, old.LIKE, {**old.LIKE, "state": "?"}))
    keys = [batch.rows_key, batch.refusals_key]
    assert all(key and storage.path(key).is_file() for key in keys)
    with clock.at(batch.created_at + KEPT + timedelta(minutes=1)):
        jobs.run()
    db.session.expire_all()
    assert batch.state is BatchState.REFUSED and batch.rows_key is batch.refusals_key is None
    assert not any(storage.path(key or "").is_file() for key in keys)
