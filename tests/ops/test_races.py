"""Two at once, on real connections: one wins, the other is told; nothing is done twice."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from occ.ars import menus
from occ.ars.rules.menu import Language, Voice
from occ.automation import service as triggers
from occ.automation.rules import Comparison, Condition, How, Result, ResultKind, Subject
from occ.automation.views import trigger_form
from occ.billing import jobs as billing_jobs
from occ.billing.models import BillingDay, Charge
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Mode, Source
from occ.core import jobs, vault
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.richtext import Writing
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.delivery.models import Outgoing
from occ.fields.rules import FieldKind
from occ.help_center.documents import service as documents
from occ.help_center.documents import vocabulary as document_topics
from occ.help_center.documents.models import Document, Topic
from occ.help_center.documents.rules import DocumentState, TopicKind
from occ.identity import agents, service
from occ.identity.models import Group, Member
from occ.identity.rules import AgentRights
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization import service as organization
from occ.organization.models import Contract, Service
from occ.organization.rules import ContractKind, Feature, Terms
from occ.tenant import service as tenant
from occ.tenant.models import LicenceVersion
from occ.tenant.rules import Licence, Plan
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import belongings, masking
from occ.tickets import jobs as ticket_jobs
from occ.tickets import queries as ticket_queries
from occ.tickets import service as tickets
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.rules import Entry, Move
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.factories import document as document_factory
from tests.factories import field as field_factory
from tests.factories import phone, world
from tests.factories import ticket as ticket_factory
from tests.support.jobs import run_due


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Runs all works at the same moment, each in its own thread and session; results or refusals in order."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)
    db.session.commit()

    def run(index: int, work: Callable[[], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[index] = work() or "done"
            except Refused as refused:
                results[index] = refused
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(i, w)) for i, w in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def writing(work: Callable[[], Any]) -> Callable[[], Any]:
    def inner() -> None:
        with db.write():
            work()

    return inner


@pytest.mark.live
@pytest.mark.spec("TNT-1", "ORG-4")
def test_two_changes_of_the_phone_contract_at_once_one_wins(console: Flask) -> None:
    boss = world.owner()
    phone.service(boss, seats=5)
    actor = world.actor(boss)

    def change(seats: int) -> Callable[[], Any]:
        return writing(
            lambda: tenant.change(Licence(Plan.BASIC, seats, 30), seen=None, actor=actor)
        )

    results = at_once(console, change(10), change(20), change(30))
    assert sorted(type(r).__name__ for r in results) == ["Refused", "Refused", "str"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LicenceVersion)) == 2


@pytest.mark.live
@pytest.mark.spec("SET-1")
def test_one_name_added_twice_at_once_is_there_once(console: Flask) -> None:
    mall = world.contracted(world.owner())
    ident = mall.id

    def add() -> None:
        with db.write():
            found = db.session.get_one(Service, ident)
            ticket_settings.add_category(
                found, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund"}
            )

    results = at_once(console, add, add)
    assert sorted(type(r).__name__ for r in results) == ["Refused", "str"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Category)) == 1


@pytest.mark.live
@pytest.mark.spec("HC-2")
def test_a_draft_that_is_published_while_an_agent_saves_it_is_not_changed(console: Flask) -> None:
    """Whoever is first: an agent never changes what is published, and no save is lost unsaid."""
    boss = world.owner()
    mall = document_factory.mall(boss)
    row = document_factory.faq(mall, boss, "환불", publish=False)
    of, ident, seen = mall.id, row.id, row.version
    by = document_factory.manager(boss)
    agent = replace(by, publishes=False)

    def publish() -> None:
        with db.write():
            found = db.session.get_one(Document, ident)
            documents.set_state(
                db.session.get_one(Service, of), found, DocumentState.PUBLISHED, by=by, version=seen
            )

    def write() -> None:
        with db.write():
            found = db.session.get_one(Document, ident)
            draft = documents.Draft(texts=document_factory.texts("반품"))
            documents.save(
                db.session.get_one(Service, of),
                found.kind,
                found,
                draft,
                publish=False,
                by=agent,
                version=seen,
            )

    published, written = at_once(console, publish, write)
    assert [type(one).__name__ for one in (published, written)].count("Conflict") == 1
    stored = db.session.get_one(Document, ident)
    title = stored.by_language["ko"].title
    if isinstance(written, Refused):
        assert (stored.state, title) == (DocumentState.PUBLISHED, "환불")
    else:
        assert (stored.state, title) == (DocumentState.DRAFT, "반품")


@pytest.mark.live
@pytest.mark.spec("HC-2")
def test_one_heading_added_twice_at_once_is_there_once(console: Flask) -> None:
    ident = document_factory.mall(world.owner()).id

    def add() -> None:
        with db.write():
            found = db.session.get_one(Service, ident)
            document_topics.add_topic(found, TopicKind.HEADING, {"ko": "안내"})

    results = at_once(console, add, add)
    assert sorted(type(one).__name__ for one in results) == ["Refused", "str"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Topic)) == 1


@pytest.mark.live
@pytest.mark.spec("TKT-3")
def test_two_agents_take_one_ticket_at_once_one_wins(console: Flask) -> None:
    boss = world.owner()
    mall = ticket_factory.desk(boss)
    one = ticket_factory.ticket(mall, boss)
    ident, seen = one.id, one.version
    actors = []
    for login in ("kim", "lee"):
        member = world.member(login)
        world.agent(boss, mall, member, ticket=True)
        actors.append(world.actor(member))

    def take(actor: Any) -> Callable[[], Any]:
        return writing(
            lambda: tickets.take(
                db.session.get_one(Ticket, ident), group_id=None, seen=seen, actor=actor
            )
        )

    results = at_once(console, *(take(actor) for actor in actors))
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "str"]
    loser = next(str(r) for r in results if not isinstance(r, str))
    winner = db.session.get_one(Ticket, ident, populate_existing=True).assignee_id
    assert loser.startswith("Kim" if winner == actors[0].id else "Lee")


@pytest.mark.live
@pytest.mark.spec("ORG-4")
def test_two_contract_changes_at_once_one_wins(console: Flask) -> None:
    boss = world.owner()
    actor, ident = world.actor(boss), world.contracted(boss).id

    def change(seats: int) -> Callable[[], Any]:
        def inner() -> None:
            terms = Terms(frozenset({Feature.TICKET}), seats)
            with db.write():
                organization.change_contract(db.session.get_one(Service, ident), terms, actor=actor)

        return inner

    results = at_once(console, change(10), change(20), change(30))
    assert sorted(isinstance(r, Refused) for r in results) == [False, True, True]
    changed = (
        sa.select(sa.func.count())
        .select_from(Contract)
        .where(Contract.kind == ContractKind.CHANGED)
    )
    assert db.session.scalar(changed) == 1


@pytest.mark.live
@pytest.mark.spec("ORG-2")
def test_the_same_service_id_at_once_is_given_once(console: Flask) -> None:
    actor = world.actor(world.owner())
    works = [
        writing(
            lambda key=key: organization.add_service(world.basic_info("mall"), key=key, actor=actor)
        )
        for key in "abc"
    ]
    results = at_once(console, *works)
    assert sum(isinstance(r, Refused) for r in results) == 2


@pytest.mark.live
@pytest.mark.spec("MEM-4")
def test_the_last_seat_is_given_once(console: Flask) -> None:
    boss = world.owner()
    mall, actor = world.contracted(boss, seats=1).id, world.actor(boss)
    people = [world.member(name).id for name in ("one", "two")]

    def add(member: int) -> Callable[[], Any]:
        return writing(
            lambda: agents.add(
                db.session.get_one(Service, mall),
                db.session.get_one(Member, member),
                AgentRights(),
                group_ids=[],
                new_group=f"g{member}",
                actor=actor,
            )
        )

    results = at_once(console, *(add(m) for m in people))
    assert sum(isinstance(r, Refused) for r in results) == 1


@pytest.mark.live
@pytest.mark.spec("MEM-3")
def test_two_admins_cannot_remove_each_other(console: Flask) -> None:
    boss = world.owner()
    other = world.member("other")
    with db.write():
        service.set_org_admin(other, on=True, actor=world.actor(boss))
    pairs = [(boss.id, world.actor(other)), (other.id, world.actor(boss))]
    works = [
        writing(
            lambda m=m, a=a: service.set_org_admin(db.session.get_one(Member, m), on=False, actor=a)
        )
        for m, a in pairs
    ]
    results = at_once(console, *works)
    assert sum(isinstance(r, Refused) for r in results) == 1
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(Member).where(Member.is_org_admin))
        == 1
    )


@pytest.mark.live
@pytest.mark.spec("MEM-1")
def test_two_set_ups_at_once_make_one_organization(console: Flask) -> None:
    def setup() -> None:
        try:
            world.owner()
        except sa.exc.IntegrityError as error:
            raise Refused("taken") from error

    results = at_once(console, setup, setup)
    assert sum(isinstance(r, Refused) for r in results) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Member)) == 1


@pytest.mark.live
@pytest.mark.spec("BIL-1", "OPS-5")
def test_two_workers_charge_each_day_once(console: Flask) -> None:
    with time_machine.travel("2026-01-01 01:00:00+00:00", tick=False) as at:
        world.contracted(world.owner(), features=frozenset({Feature.TICKET}))
        at.move_to("2026-01-20 01:00:00+00:00")
        at_once(console, billing_jobs.accrue, billing_jobs.accrue)
        assert db.session.scalars(sa.select(BillingDay.day).order_by(BillingDay.day)).all() == [
            date(2026, 1, d) for d in range(1, 20)
        ]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 19 * 2


@pytest.mark.live
@pytest.mark.spec("OPS-5")
def test_two_workers_run_a_due_job_once(console: Flask) -> None:
    ran: list[str] = []
    console.extensions["occ_jobs"] = {
        "probe": jobs.Definition("probe", "Probe", jobs.LEASE, lambda: ran.append("x") or "1")
    }  # type: ignore[func-returns-value]
    run_due()
    with db.write():
        jobs.request_run("probe")
    at_once(console, run_due, run_due, run_due)
    assert len(ran) == 2


@pytest.mark.live
@pytest.mark.spec("LOG-1")
def test_rows_appended_at_once_stay_one_chain(console: Flask) -> None:
    from occ.audit import service as audit
    from occ.audit.rules import Action

    actor = world.actor(world.owner())
    works = [
        writing(lambda: [audit.authority(Action.API_KEY_CHANGED, actor=actor) for _i in range(5)])
        for _j in range(4)
    ]
    at_once(console, *works)
    assert audit.verify() is None


@pytest.mark.live
@pytest.mark.spec("CBK-3", "CBK-1")
def test_two_managers_assign_the_same_callbacks_each_has_one_assignee_and_one_notice(
    console: Flask,
) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    kim, lee = phone.agent(boss, mall, "kim"), phone.agent(boss, mall, "lee")
    queue = phone.queue(mall, [kim, lee])
    with db.write():
        idents = [
            callbacks.ask(mall, queue.id, f"+82100000{n:04}", Source.QUEUE).id for n in range(10)
        ]
    service_id, people, by = mall.id, [kim.member_id, lee.member_id], world.actor(boss)

    def deal(member: int) -> Callable[[], Any]:
        def work() -> Any:
            with db.write():
                dealt = callbacks.assign(
                    db.session.get_one(Service, service_id), idents, [member], Mode.MANUAL, actor=by
                )
                return (sum(dealt.counts.values()), len(dealt.taken))

        return work

    results = at_once(console, *(deal(member) for member in people))
    assert sorted(results) == [(0, 10), (10, 0)]
    rows = db.session.scalars(sa.select(Callback)).all()
    winner = people[results.index((10, 0))]
    assert {row.assignee_id for row in rows} == {winner}
    told = db.session.scalars(
        sa.select(Notification.member_id).where(Notification.notice == Notice.CALLBACKS_ASSIGNED)
    ).all()
    assert told == [winner]


@pytest.mark.live
@pytest.mark.spec("CBK-6")
def test_the_same_number_asking_twice_at_once_is_one_callback(console: Flask) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    queue = phone.queue(mall, [phone.agent(boss, mall, "kim")])
    service_id, queue_id = mall.id, queue.id

    def ask() -> None:
        callbacks.ask(
            db.session.get_one(Service, service_id), queue_id, "+821012345678", Source.QUEUE
        )

    assert at_once(console, *[writing(ask)] * 4) == ["done"] * 4
    assert [row.requests for row in db.session.scalars(sa.select(Callback))] == [4]


@pytest.mark.live
@pytest.mark.spec("ARS-2")
def test_two_admins_saving_the_same_announcement_at_once_one_is_refused(console: Flask) -> None:
    boss = world.owner()
    mall = phone.service(boss)
    service_id, seen = mall.id, menus.seal(menus.draft(mall), "greeting")

    def save(text: str) -> Callable[[], Any]:
        def work() -> None:
            value = {Language.KO: Voice(text)}
            menus.save(
                db.session.get_one(Service, service_id),
                {"greeting": value},
                by=text,
                seen={"greeting": seen},
            )

        return writing(work)

    results = at_once(console, save("하나"), save("둘"))
    assert sorted(isinstance(result, Refused) for result in results) == [False, True]
    kept = menus.draft(db.session.get_one(Service, service_id)).greeting[Language.KO].text
    assert kept == ("하나", "둘")[results.index("done")]


@pytest.mark.live
@pytest.mark.spec("TRG-3")
def test_tickets_that_come_at_once_go_in_turn_to_different_agents(console: Flask) -> None:
    boss = world.owner()
    mall = ticket_factory.desk(boss)
    people = [world.member(name) for name in ("ana", "ben", "cho")]
    for one in people:
        world.agent(boss, mall, one, ticket=True)
    group = db.session.scalars(sa.select(Group.id)).one()
    with db.write():
        triggers.save(
            mall,
            None,
            title="Turn",
            conditions=[Condition(True, Subject.STATE, Comparison.EQUAL, ("unassigned",))],
            results=[
                Result(
                    ResultKind.ASSIGN,
                    group=group,
                    how=How.TURN,
                    members=tuple(p.id for p in people),
                )
            ],
            known=trigger_form.known(mall),
        )
    ident, actor = mall.id, world.actor(boss)

    def come(n: int) -> Callable[[], Any]:
        inquiry = tickets.Inquiry(f"Ticket {n}", "Help", take=False)
        return writing(
            lambda: tickets.create(
                db.session.get_one(Service, ident), inquiry, key=f"k{n}", actor=actor
            )
        )

    at_once(console, *(come(n) for n in range(6)))
    given = sorted(db.session.scalars(sa.select(Ticket.assignee_id)).all())
    assert given == sorted([p.id for p in people] * 2)


@pytest.mark.live
@pytest.mark.spec("FLD-3")
def test_a_value_stored_while_keys_are_exchanged_is_kept(console: Flask) -> None:
    boss = world.owner()
    mall = ticket_factory.desk(boss)
    field_factory.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    made = [ticket_factory.ticket(mall, boss, take=True) for _n in range(4)]
    shown = field_factory.shown(mall, "passport")
    with db.write():
        for one in made:
            value_service.store(one, {shown: "old"})
    idents = [one.id for one in made]

    def store(ident: int) -> Callable[[], Any]:
        return writing(
            lambda: value_service.store(db.session.get_one(Ticket, ident), {shown: f"new {ident}"})
        )

    at_once(console, ticket_jobs.rotate_keys, *(store(ident) for ident in idents))
    assert [values.plain(values.rows(ident)["passport"]) for ident in idents] == [
        f"new {ident}" for ident in idents
    ]
    assert len(vault.old_keys()) == 0


@pytest.mark.live
@pytest.mark.spec("FLD-3", "TKT-4")
def test_what_was_read_before_keys_are_exchanged_opens_afterwards(console: Flask) -> None:
    boss = world.owner()
    mall = ticket_factory.desk(boss)
    field_factory.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    one = ticket_factory.ticket(mall, boss, take=True)
    shown = field_factory.shown(mall, "passport")
    inquiry = ticket_queries.entries(one.id)[0]
    with db.write():
        value_service.store(one, {shown: "old"})
        masking.mask(one, inquiry.id, "come yet", actor=world.actor(boss))
    row, entry = values.rows(one.id)["passport"], db.session.get_one(TicketEntry, inquiry.id)
    assert (row.sealed, entry.sealed) != (None, None)
    exchange = threading.Thread(target=lambda: _exchange(console))
    exchange.start()
    exchange.join(timeout=60)
    assert values.plain(row) == "old"
    assert masking.original(entry).text == "It has not come yet."


def _exchange(app: Flask) -> None:
    with app.app_context():
        ticket_jobs.rotate_keys()
        db.session.remove()


@pytest.mark.live
@pytest.mark.spec("TKT-4")
def test_a_draft_that_is_kept_while_its_text_is_sent_does_not_come_back(console: Flask) -> None:
    boss = world.owner()
    one = ticket_factory.ticket(ticket_factory.desk(boss), boss, take=True)
    ident, by, said = one.id, world.actor(boss), Writing("It comes tomorrow.", "")
    sent, kept = threading.Event(), threading.Event()

    def send() -> None:
        with db.write():
            tickets.comment(db.session.get_one(Ticket, ident), said.text, actor=by)
            sent.set()
            # the draft has to wait for this one; nothing ends this wait where it does
            kept.wait(1)

    def keep() -> bool:
        sent.wait(30)
        with db.write():
            ticket = db.session.get_one(Ticket, ident)
            is_kept = belongings.keep_draft(ticket, by.id, Entry.COMMENT, said, seen=0)
        kept.set()
        return is_kept

    assert at_once(console, send, keep) == ["done", "done"]
    assert ticket_queries.draft(ident, boss.id) is None


@pytest.mark.live
@pytest.mark.spec("FLD-4")
def test_what_is_written_while_a_customer_is_erased_is_erased_too(console: Flask) -> None:
    boss = world.owner()
    one = ticket_factory.ticket(
        ticket_factory.desk(boss), boss, email="park@example.com", take=True
    )
    ident, customer, service_id, by = one.id, one.customer_id, one.service_id, world.actor(boss)
    answered, erased = threading.Event(), threading.Event()

    def answer() -> None:
        with db.write():
            ticket = db.session.get_one(Ticket, ident)
            tickets.process(
                ticket, Move.HOLD, "Flight KE-7741", seen=ticket.version, manager=True, actor=by
            )
            answered.set()
            # the erasure has to wait for this one; nothing ends this wait where it does
            erased.wait(1)

    def erase() -> None:
        answered.wait(30)
        with db.write():
            customers.erase(db.session.get_one(Customer, customer), service_id, by="Boss")
        erased.set()

    at_once(console, answer, erase)
    assert db.session.scalars(sa.select(Outgoing)).all() == []
    assert {entry.body for entry in db.session.scalars(sa.select(TicketEntry))} == {""}
