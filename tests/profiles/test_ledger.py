"""The personal-data ledger, export and erasure (FLD-4); what is destroyed is nowhere (FLD-3)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from lxml import html

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.automation.running import KEPT
from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState, Source
from occ.core import clock, storage
from occ.core.db import Base, db
from occ.core.richtext import Writing
from occ.customers import service as customers
from occ.customers.models import Customer, Erasure
from occ.delivery.models import Outgoing, WebCall
from occ.factory import create_app
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState
from occ.telephony.models import Call
from occ.tickets import attachments, belongings, jobs, masking, queries, service
from occ.tickets.models import Attachment, Ticket, TicketValue, TriggerRun
from occ.tickets.rules import Entry, Move, Priority, Reason
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.conftest import ENGINES, QUIET
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.support.migrated import prepare
from tests.tickets.screen import HOME

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
LEDGER = "/c/s/mall/fields/ledger"
PEOPLE = "/c/s/mall/customers"
EMAIL = "park.sooyoung@example.com"


@pytest.fixture
def mall(boss: Member) -> Service:
    made = world.contracted(
        boss, "mall", features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS}), seats=20
    )
    world.agent(boss, made, boss, manager=True)
    return made


def told(of: Service, boss: Member) -> Ticket:
    """A ticket with everything that can be personal on it."""
    fields.field(of, "passport", FieldKind.AGENT, encrypted=True, purge="days", days=30)
    one = tickets.ticket(
        of, boss, "My flight KE-7741", email=EMAIL, phone="+821044448888", take=True
    )
    with db.write():
        value_service.store(one, {fields.shown(of, "passport"): "M1234567"})
        key = storage.save(b"scan of a passport", "")
        attachments.add(one, boss.id, name="scan.bin", key=key, content=b"scan of a passport")
        service.comment(one, "Seat 14C", actor=world.actor(boss))
    return one


@pytest.mark.spec("FLD-4")
def test_the_ledger_says_what_is_kept_what_goes_tonight_and_who_saw_it(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    assert "No personal fields" in admin.get(LEDGER).text
    start = datetime.now(UTC) + timedelta(days=1)
    with time_machine.travel(start, tick=False):
        one = told(mall, boss)
    for days, tonight in ((29, ("–", False)), (30, ("1", True))):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            late = browser("boss")
            page = late.get(LEDGER).text
            cells = html.fromstring(page).xpath("//td[@data-label='Destroyed tonight']")
            said = [(cell.text_content().strip(), bool(cell.xpath("b"))) for cell in cells]
            assert tonight in said and "After 30 days" in page, days
    with time_machine.travel(start + timedelta(days=30), tick=False):
        late.get(f"{HOME}/{one.id}")
        late.post(f"{HOME}/{one.id}/fields/passport/show", htmx=True)
        assert f"Boss Kim saw “Passport” of ticket #{one.id}" in late.get(LEDGER).text
    with time_machine.travel(start + timedelta(days=31), tick=False):
        jobs.keep_values()
        assert "1 value of “Passport” was destroyed" in browser("boss").get(LEDGER).text
        assert browser("kim").get(LEDGER).status_code == 403


@pytest.mark.spec("FLD-4")
def test_a_customers_data_is_handed_out_whole_and_on_record(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    one = told(mall, boss)
    assert one.customer_id is not None
    inquiry = queries.entries(one.id)[0]
    with db.write():
        masking.mask(one, inquiry.id, "not come", actor=world.actor(boss))
    admin.get(f"{PEOPLE}/{one.customer_id}")
    answer = admin.post(f"{PEOPLE}/{one.customer_id}/export")
    found = json.loads(answer.data)
    assert (
        "attachment" in answer.headers["Content-Disposition"]
        and found["customer"]["email"] == EMAIL
    )
    ticket = found["tickets"][0]
    assert (
        ticket["fields"] == {"passport": "M1234567"}
        and ticket["files"] == ["scan.bin"]
        and ticket["title"] == "My flight KE-7741"
    )
    texts = [(entry["kind"], entry["text"]) for entry in ticket["entries"]]
    assert texts == [("inquiry", "It has not come yet.")], (
        "whole, and what agents wrote for each other is not the customer's"
    )
    assert db.session.scalars(
        sa.select(WorkEntry.detail).where(WorkEntry.work == Work.CUSTOMER_EXPORTED)
    ).one() == {"customer": one.customer_id}
    agent = browser("kim")
    agent.get(f"{PEOPLE}/{one.customer_id}")
    assert agent.post(f"{PEOPLE}/{one.customer_id}/export").status_code == 403
    other = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, other, lee, manager=True)
    stranger = browser("lee")
    for path in (PEOPLE, PEOPLE.replace("mall", "shop")):
        assert stranger.post(f"{path}/{one.customer_id}/export").status_code == 404, path


@pytest.mark.spec("FLD-4")
def test_erasure_asks_destroys_and_leaves_a_certificate(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = told(mall, boss)
    ident, number = one.customer_id, one.id
    other = world.contracted(
        boss, "shop", features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS})
    )
    world.agent(boss, other, boss, manager=True)
    kept = tickets.ticket(other, boss, "Shop", email=EMAIL)
    with db.write():
        for of in (one, kept):
            service.process(
                of, Move.HOLD, "We look", seen=of.version, manager=True, actor=world.actor(boss)
            )
    admin.get(f"{PEOPLE}/{ident}")
    answer = admin.post(f"{PEOPLE}/{ident}/erase", {"typed": "7"}, htmx=True)
    assert answer.status_code == 422 and "Type the customer" in answer.text
    assert (
        admin.post(f"{PEOPLE}/{ident}/erase", {"typed": f"#{ident}"}, htmx=True).status_code == 204
    )
    db.session.expire_all()
    row = db.session.get_one(Ticket, number)
    assert (row.subject, row.customer_id) == ("", None) and db.session.scalar(
        sa.select(sa.func.count()).select_from(Attachment)
    ) == 0
    assert values.plain(values.rows(number)["passport"]) == ""
    page = admin.get(f"{HOME}/{number}").text
    assert "Seat 14C" not in page and "KE-7741" not in page and "data was erased" in page
    assert "KE-7741" not in admin.get(f"{HOME}?q=7741&box=all").text.split("t-items", 1)[-1]
    assert db.session.scalars(sa.select(Outgoing.subject)).all() == [f"Shop [#{kept.id}]"], (
        "only its own mail goes"
    )
    person = db.session.get_one(Customer, ident)
    assert person.email == EMAIL and db.session.get_one(Ticket, kept.id).customer_id == ident, (
        "another service still knows them"
    )
    made = db.session.scalars(sa.select(Erasure)).one()
    paper = admin.get(f"{LEDGER}/{made.id}").text
    assert (
        "Other services still know the customer." in paper
        and made.counts["tickets"] == 1
        and made.counts["values"] == 1
    )
    assert admin.get(f"/c/s/shop/fields/ledger/{made.id}").status_code == 404
    admin.get(f"/c/s/shop/customers/{ident}")
    assert (
        admin.post(
            f"/c/s/shop/customers/{ident}/erase", {"typed": str(ident)}, htmx=True
        ).status_code
        == 204
    )
    db.session.expire_all()
    assert db.session.get_one(Customer, ident).email is None, "nobody knows them any more"


@pytest.mark.spec("FLD-4")
def test_nothing_of_an_erased_customer_is_in_any_table(mall: Service, boss: Member) -> None:
    always = [when(Subject.TITLE, Comparison.CONTAINS, "KE")]
    trigger(mall, "Out", always, Result(ResultKind.FORWARD, "pr@example.org"))
    one = told(mall, boss)
    assert one.customer is not None
    with db.write():
        one.customer.name = "Sooyoung Park"
    answer = (one, Move.HOLD, "Your seat is 14D.")
    with db.write():
        service.process(*answer, seen=one.version, manager=True, actor=world.actor(boss))
    with db.write():
        draft = Writing("Dear Sooyoung Park, about 14E")
        belongings.save_draft(one, boss.id, Entry.ANSWER, draft)
    said = ("KE-7741", "Seat 14C", "14E", "Sooyoung", EMAIL, "1044448888", "scan.bin")
    assert all(map(_anywhere, said))
    with db.write():
        made = customers.erase(one.customer, mall.id, by="Boss")
    assert made.whole and [text for text in said if _anywhere(text)] == []
    assert db.session.scalars(sa.select(TriggerRun)).all() == [], "nor why triggers acted"


@pytest.mark.spec("FLD-4")
def test_erasure_finds_every_copy_in_the_outboxes_however_many_there_were(
    mall: Service, boss: Member
) -> None:
    high = [when(Subject.PRIORITY, Comparison.EQUAL, "high")]
    results = (
        Result(ResultKind.FORWARD, "pr@example.org"),
        Result(ResultKind.CALL, "https://crm.example/hook"),
    )
    trigger(mall, "Out", high, *results)
    one, other = (
        tickets.ticket(mall, boss, "Flight", email=EMAIL),
        tickets.ticket(mall, boss, "Else", email="else@example.com"),
    )
    turns = [priority for _n in range(KEPT + 5) for priority in (Priority.HIGH, Priority.LOW)]
    for ticket, moves in ((one, turns), (other, turns[:1])):
        for priority in moves:
            with db.write():
                service.prioritize(ticket, priority, actor=world.actor(boss))
    runs = db.session.scalar(sa.select(sa.func.count()).where(TriggerRun.ticket_id == one.id)) or 0
    of_one = lambda outbox: db.session.scalar(
        sa.select(sa.func.count()).where(outbox.about == one.about)
    )
    assert runs < KEPT + 15 and of_one(Outgoing) == of_one(WebCall) == KEPT + 5, (
        "more copies than runs are kept"
    )
    assert one.customer is not None
    with db.write():
        made = customers.erase(one.customer, mall.id, by="Boss")
    assert of_one(Outgoing) == of_one(WebCall) == 0 and made.counts["mails"] == 2 * (KEPT + 5)
    assert (
        db.session.scalars(sa.select(Outgoing.about)).all()
        == [other.about]
        == db.session.scalars(sa.select(WebCall.about)).all()
    )


@pytest.mark.spec("FLD-4", "TKT-1", "ORG-5")
def test_copies_go_with_a_deleted_ticket_and_with_the_service(mall: Service, boss: Member) -> None:
    trigger(
        mall,
        "Out",
        [when(Subject.STATE, Comparison.EQUAL, "unassigned")],
        Result(ResultKind.FORWARD, "pr@example.org"),
    )
    one, two = tickets.ticket(mall, boss, email=EMAIL), tickets.ticket(mall, boss, email=EMAIL)
    shop = tickets.desk(boss, "shop")
    kept = tickets.ticket(shop, boss, email=EMAIL, take=True)
    with db.write():
        service.process(
            kept, Move.HOLD, "We look", seen=kept.version, manager=True, actor=world.actor(boss)
        )
    abouts = lambda: list(
        db.session.scalars(
            sa.select(Outgoing.about).where(Outgoing.about.is_not(None)).order_by(Outgoing.id)
        )
    )
    assert abouts() == [one.about, two.about, kept.about]
    with db.write():
        service.process(
            one,
            Move.INTERNAL,
            "",
            seen=one.version,
            manager=True,
            actor=world.actor(boss),
            reason=Reason.SPAM,
        )
        service.delete(one, actor=world.actor(boss))
    assert abouts() == [two.about, kept.about]
    with db.write():
        mall.state, mall.terminated_at = ServiceState.TERMINATED, clock.now()
        organization.erase(mall.id)
    assert abouts() == [kept.about]


@pytest.mark.spec("FLD-4")
def test_calls_and_callbacks_lose_their_numbers(
    mall: Service, boss: Member, admin: Browser
) -> None:
    from occ.telephony.rules.calls import Direction, Phase
    from tests.factories import phone

    desk = phone.service(boss, "line")
    queue = phone.queue(desk, [])
    with db.write() as session:
        person = Customer(name="Park", phone="+821044448888", created_at=clock.now())
        session.add(person)
        session.flush()
        call = Call(
            ref="r1",
            service_id=desk.id,
            direction=Direction.INBOUND,
            phase=Phase.ENDED,
            customer_number="+821044448888",
            service_number="1577",
            customer_id=person.id,
            day=clock.now().date(),
            started_at=clock.now(),
            phase_at=clock.now(),
            ended_at=clock.now(),
        )
        back = Callback(
            service_id=desk.id,
            queue_id=queue.id,
            number="+821044448888",
            customer_id=person.id,
            state=CallbackState.REGISTERED,
            source=Source.QUEUE,
            requested_at=clock.now(),
            last_requested_at=clock.now(),
            promise_until=clock.now(),
        )
        session.add_all([call, back])
    with db.write():
        made = customers.erase(person, desk.id, by="Boss")
        assert made.whole and made.counts["calls"] == 1 == made.counts["callbacks"]
    db.session.expire_all()
    assert (call.customer_number, call.customer_id, back.number, back.customer_id) == (
        "",
        None,
        "",
        None,
    ) and back.deleted_at is not None
    assert (person.name, person.phone) == ("", None)


@pytest.mark.spec("FLD-4")
def test_every_table_that_points_to_a_customer_is_erased() -> None:
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "customer"
    }
    assert pointing == {
        "ticket",
        "call",
        "callback",
        "customer",
        "sms_recipient",
        "inquiry",
        "held_inquiry",
        "membership",
        "migration_customer",
        "visitor",
    }, "a new holder of customers reacts to CustomerErased and CustomerDataAsked"


@pytest.mark.live
@pytest.mark.spec("FLD-3")
@pytest.mark.parametrize("engine", ENGINES)
def test_after_the_night_the_value_is_in_no_table_and_no_file(
    engine: str, tmp_path: Path, database_url: Callable[..., str]
) -> None:
    app: Flask = create_app(
        {**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": database_url(engine, "purge")}
    )
    prepare(app)
    secret = "ZX-PASSPORT-99173"
    with app.app_context():
        boss = world.owner()
        mall = tickets.desk(boss)
        fields.field(mall, "passport", FieldKind.AGENT, purge="days", days=1)
        fields.field(mall, "account", FieldKind.AGENT, encrypted=True)
        one = tickets.ticket(mall, boss, take=True)
        with db.write():
            value_service.store(
                one,
                {
                    fields.shown(mall, "passport"): secret,
                    fields.shown(mall, "account"): "SEALED-55-ACCOUNT",
                },
            )
        assert _anywhere(secret) and not _anywhere("SEALED-55-ACCOUNT"), (
            "a stolen database shows no sealed value"
        )
        with time_machine.travel(datetime.now(UTC) + timedelta(days=3), tick=False):
            assert jobs.keep_values() == "1 destroyed, 0 kept anew"
        assert not _anywhere(secret)
        db.session.remove()
        db.engine.dispose()
        if engine == "sqlite":
            files = [path for path in tmp_path.rglob("*") if path.is_file()]
            assert any(path.name == "occ.sqlite3" for path in files), files
            for path in files:
                assert secret.encode() not in path.read_bytes(), path


def _anywhere(text: str) -> bool:
    """Whether any column of any table holds a text."""
    for name in sa.inspect(db.engine).get_table_names():
        for row in db.session.execute(sa.text(f'SELECT * FROM "{name}"')):
            if any(text in str(value) for value in row):
                return True
    db.session.rollback()
    return False


@pytest.mark.spec("FLD-3")
def test_nothing_is_due_twice(mall: Service, boss: Member) -> None:
    fields.field(mall, "note", FieldKind.AGENT, purge="days", days=1)
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        value_service.store(one, {fields.shown(mall, "note"): "x"})
    with time_machine.travel(datetime.now(UTC) + timedelta(days=5), tick=False):
        assert jobs.keep_values() == "1 destroyed, 0 kept anew" and jobs.keep_values() is None
    assert db.session.scalars(sa.select(TicketValue.text)).all() == [None]
