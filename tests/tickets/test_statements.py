"""How much creating and answering a ticket asks of the database: all that has to be there, nothing
twice.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.automation import running
from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import clock, crypto
from occ.core.db import db
from occ.core.live import LiveVersion
from occ.identity.models import Member
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import queries
from occ.tickets.models import (
    Ticket,
    TicketEntry,
    TicketEvent,
    TicketStar,
    TicketValue,
    TicketViewer,
    TriggerRun,
)
from tests.factories import field as of_field
from tests.factories import ticket as tickets
from tests.factories import trigger as triggers
from tests.support.browser import Browser
from tests.support.statements import Counter
from tests.tickets.screen import HOME, act, fresh

NUMBER = "+821012345678"


@pytest.fixture
def spent(admin: Browser, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """What the owner's browser asked of the database with its last POST."""
    counter = Counter()
    post = admin.client.open

    def counted(*args: object, **values: object) -> object:
        counter.statements.clear()
        with counter:
            return post(*args, **values)

    monkeypatch.setattr(admin.client, "open", counted)
    return counter


def on(sqlite: int, postgres: int) -> dict[str, int]:
    """How many a database needs: PostgreSQL locks rows where SQLite has one writer."""
    return {"sqlite": sqlite, "postgresql": postgres}


def matches(counter: Counter, allowed: dict[str, int]) -> None:
    listed = "\n".join(counter.statements)
    assert len(counter.statements) == allowed[db.engine.dialect.name], listed


def make(who: Browser, **values: object) -> Ticket:
    said = {"subject": "A parcel", "body": "It came open.", "priority": "normal", "take": "y"}
    answer = who.post(f"{HOME}/new", {"key": crypto.token(), **said, **values})
    assert answer.status_code == 303, answer.text
    return db.session.scalars(sa.select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()


def raised(scope: str) -> int:
    return db.session.scalar(sa.select(LiveVersion.n).where(LiveVersion.scope == scope)) or 0


def found(who: Browser, word: str) -> bool:
    return "A parcel" in who.get(f"{HOME}?box=all&q={word}").text


@pytest.mark.spec("TKT-1")
def test_creating_a_ticket_asks_for_nothing_twice(
    mall: Service, admin: Browser, spent: Counter
) -> None:
    admin.get(f"{HOME}/new")
    make(admin)  # reads what is kept from then on
    make(admin, phone=NUMBER, name="Minji Lee")
    matches(spent, on(12, 14))
    before = raised("tk/mall")
    made = make(admin, phone=NUMBER)
    matches(spent, on(11, 13))
    db.session.expire_all()
    assert (made.version, made.indexed, made.changed_at) == (1, True, made.created_at)
    assert [e.body for e in db.session.scalars(sa.select(TicketEntry).filter_by(ticket_id=made.id))]
    assert raised("tk/mall") == before + 1 and found(admin, "open") and found(admin, "Minji")


@pytest.mark.spec("TKT-1", "TRG-3", "FLD-1")
def test_type_field_and_trigger_add_what_they_write_and_look_at(
    mall: Service, admin: Browser, spent: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each tenth run of all looks for old ones of its ticket; which one this is, sequences decide
    monkeypatch.setattr(running, "_trim", lambda _ticket, _run: None)
    names = {"ko": "환불", "en": "Refund"}
    with db.write():
        kind = settings.add_category(mall, CategoryKind.INTAKE, parent_id=None, names=names)
    of_field.field(mall, "order")
    of_field.place(mall, kind, "order")
    looks = triggers.when(Subject.TITLE, Comparison.CONTAINS, "nowhere")
    by_type = triggers.when(Subject.INTAKE, Comparison.EQUAL, str(kind.id))
    result = Result(ResultKind.PRIORITY, "urgent")
    triggers.trigger(mall, "Never", [looks, by_type], result)
    admin.get(f"{HOME}/new")
    chosen = {"intake": kind.id, "f-order": "A-17"}
    make(admin, phone=NUMBER, **chosen)
    made = make(admin, phone=NUMBER, **chosen)
    matches(spent, on(19, 21))
    stored = db.session.scalars(sa.select(TicketValue).filter_by(ticket_id=made.id)).one()
    assert stored.text == "A-17" and found(admin, "A-17")
    run = db.session.scalars(sa.select(TriggerRun).filter_by(ticket_id=made.id)).one()
    assert [row["fired"] for row in run.report] == [False]


@pytest.mark.spec("TKT-4")
def test_answering_and_commenting_read_only_what_the_panes_show(
    mall: Service, boss: Member, admin: Browser, spent: Counter
) -> None:
    first, one = (tickets.ticket(mall, boss, email="lee@example.com", take=True) for _i in "12")
    act(admin, first, "resolve", body="Here you are.")  # reads what is kept from then on
    assert "noted" in act(admin, one, "comment", body="noted")
    matches(spent, on(14, 15))
    before = fresh(one).version
    assert "on its way" in act(admin, one, "resolve", body="It is on its way.")
    matches(spent, on(20, 21))
    assert fresh(one).version == before + 1, "one change"
    events = db.session.scalars(sa.select(TicketEvent).filter_by(ticket_id=one.id)).all()
    assert [event.fact.value for event in events] == ["created", "resolved"]


def test_names_marks_and_viewers_of_a_list_come_at_once(boss: Member, mall: Service) -> None:
    one, other = tickets.ticket(mall, boss), tickets.ticket(mall, boss)
    now = clock.now()
    with db.write() as session:
        session.add(TicketStar(ticket_id=one.id, member_id=boss.id))
        session.add(
            TicketViewer(ticket_id=other.id, member_id=boss.id, seen_at=now, writing_at=now)
        )
    rows = [one.id, other.id]
    assert queries.beside(rows, boss.id, {boss.id}) == ({boss.id: boss.name}, {one.id}, {})
    assert queries.beside(rows, 0) == ({}, set(), {other.id: [(boss.name, True)]})
    assert queries.beside([], boss.id, {boss.id}) == ({}, set(), {})


@pytest.mark.spec("TKT-2")
def test_all_tickets_are_counted_once_until_one_comes_or_goes(
    mall: Service, admin: Browser, kim: Member, browser: Callable[..., Browser]
) -> None:
    agent, counter = browser("kim"), Counter()

    def told(who: Browser) -> tuple[str, bool]:
        """The number above the list, and whether it was counted for it."""
        counter.statements.clear()
        with counter:
            who.get(f"{HOME}?box=all")
        counted = [one for one in counter.statements if "count(*)" in one and "LIMIT" in one]
        return who.texts("//*[@data-part='count']")[0], any("ticket" in one for one in counted)

    now = clock.now()
    admin.time = agent.time = lambda: clock.at(now)  # within one minute
    first = make(admin)
    assert told(admin) == ("1", True)
    assert told(admin) == ("1", False) and told(agent) == ("1", False)
    make(admin)
    assert told(agent) == ("2", True) and told(admin) == ("2", False)
    act(admin, first, "take")
    act(admin, first, "internal", reason="spam")
    assert told(admin)[0] == told(agent)[0] == "1"
    act(admin, first, "restore")
    assert told(admin)[0] == told(agent)[0] == "2"
    admin.time = lambda: clock.at(now + timedelta(minutes=1))
    assert told(admin) == ("2", True), "no list stays longer as it is"
