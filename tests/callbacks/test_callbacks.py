"""Callbacks through their pages: list, assignment, unassignment, connecting, figures (CBK-1 … CBK-6)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.ars import service as ars
from occ.ars.models import Queue
from occ.ars.queries import phone_service
from occ.ars.rules.menu import Key, KeyKind, Language
from occ.callbacks.rules import CallbackState, Source
from occ.core.db import db
from occ.customers.models import Customer
from occ.identity.models import Agent, Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.telephony import sessions
from occ.telephony.drivers.simulator import Simulator
from occ.telephony.models import Call
from occ.telephony.rules.calls import AgentState, CallOutcome, Command, TicketOn
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from occ.tickets.rules import State
from tests.callbacks.screen import HOME, ask, assign, rows, told, waits
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.factories.phone import Floor
from tests.support.browser import Browser, said
from tests.support.sheets import sheet
from tests.tickets.screen import act

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
KO = Language.KO
SAVES = [
    "Save",
    "Save and complete the callback",
    "Save, complete the callback and resolve the ticket",
]


def ways(agent: Browser) -> dict[str, str]:
    """What each button of wrap-up sends beside the form, by its text."""
    agent.get("/c/phone", htmx=True)
    buttons = agent.find("//form[contains(@action,'wrap_up')]//button[@type='submit']")
    return {said(one): one.get("value", "") for one in buttons}


def wrap_up(agent: Browser, button: str, **values: object) -> None:
    """Files the last call by a button of the card, then is ready."""
    sent = {"state": "ready", "also": ways(agent)[button], **values}
    call = db.session.scalars(sa.select(Call.id).order_by(Call.id.desc())).first()
    agent.get("/c/me")
    agent.post("/c/phone/wrap_up", {"key": f"wrap-{call}", "call": call, **sent}, htmx=True)
    assert said(agent.find("//header/b")[0]) == "Ready"


def state_of(person: Browser, ident: int) -> str:
    """What the list says in the state of a callback."""
    person.get(HOME)
    return person.texts(f"//tr[@data-row='{ident}']/td[@data-label='State']")[0]


@pytest.mark.spec("MEM-8", "CBK-1")
def test_the_home_counts_what_waits_for_whom(
    floor: Floor,
    boss: Member,
    mall: Service,
    orders: Queue,
    team: list[Agent],
    admin: Browser,
    browser: Make,
) -> None:
    with db.write():
        db.session.get_one(Agent, team[2].id).phone = False
    idents = ask(mall, orders, "11112222", "22223333", "33334444")
    assign(admin, idents[:2], team[:1], "manual")
    kim, lee, park = browser("kim"), browser("lee"), browser("park")
    old, new = (
        tickets.ticket(mall, boss, name, phone=number)
        for name, number in (("The old one", "+821044445555"), ("The new one", "+821066667777"))
    )
    with db.write():
        db.session.get_one(Customer, new.customer_id).name = "Lee Min"
    for ticket in (old, new):
        act(kim, ticket, "take")
    tickets.ticket(mall, boss, "Nobody has it")
    phone.menu(mall, Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id))
    assert waits(kim)["Waiting callers"] == ("0", "Nobody waits")
    floor.press(floor.place(mall, "+821055556666"), "1")
    floor.wait(61)
    assert waits(kim)["Waiting callers"] == ("1", "longest 1 minute")
    assert waits(admin)["Open callbacks"] == ("3", "everybody's · 0 overdue"), "a manager sees all"
    assert waits(kim)["Open callbacks"] == ("2", "my own · 0 overdue"), "an agent their own"
    assert waits(lee)["Open callbacks"] == ("0", "my own · 0 overdue")
    assert waits(kim)["My tickets in progress"] == ("2", "0 on hold · 0 handed over")
    assert kim.texts("//*[contains(@class,'p-line')]//a") == ["The old one", "The new one"]
    assert kim.texts("//*[contains(@class,'p-line')]//a/following-sibling::span[1]") == [
        "010-4444-5555",
        "Lee Min",
    ], "whose they are"
    assert waits(lee)["My tickets in progress"][0] == "0"
    assert "None of your tickets is open" in lee.text()
    assert waits(lee)["Unassigned tickets"][0] == "1"
    assert set(waits(park)) == {"My tickets in progress", "Unassigned tickets"}, "no phone"


@pytest.mark.spec("CBK-1", "CBK-6", "MEM-7")
def test_a_caller_leaves_a_callback_and_the_team_is_told(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    phone.menu(
        mall,
        Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id, callback=True),
        Key("2", KeyKind.CALLBACK, {KO: "콜백"}, queue=orders.id),
    )
    for number, keys in (("+821011112222", ("2",)), ("+821033334444", ("1",))):
        ref = floor.place(mall, number)
        floor.press(ref, *keys)
        if keys == ("1",):
            floor.wait(31)
            floor.press(ref, "1")
    found = list(rows().values())
    assert [(row.number, row.source, row.state) for row in found] == [
        ("+821011112222", Source.MENU, CallbackState.REGISTERED),
        ("+821033334444", Source.QUEUE, CallbackState.REGISTERED),
    ]
    people = {mall_agent.member_id for mall_agent in team} | {
        db.session.scalar(sa.select(Member.id).where(Member.login_id == "boss"))
    }
    assert set(told(Notice.CALLBACK_ASKED)) == people
    news = admin.get("/c/news").get_json()
    assert (
        news["callbacks"] == {str(mall.id): 2}
        and "asks to be called back" in news["told"][0]["text"]
    )
    admin.get("/c/me")
    names = ("nickname", "locale", "time_zone", "theme", "density", "version")
    admin.post("/c/me", {name: admin.field(name) for name in names})  # none are to be shown
    quiet = admin.get("/c/news").get_json()
    assert quiet["notices"] == news["notices"] and quiet["told"] == [], "they wait in the list"
    floor.wait(1)
    later = browser("kim").get("/c/news").get_json()
    assert later["callbacks"].get(str(mall.id), 0) == 0, "an agent counts only their own"
    assert later["notices"] and later["told"] == [], "what came before signing in is no news"
    asked = sa.select(sa.func.max(Notification.created_at)).where(
        Notification.notice == Notice.CALLBACK_ASKED
    )
    came = db.session.scalar(asked)
    assert came is not None
    admin.get("/c/me")
    admin.post("/c/me", {"notices": "y", **{name: admin.field(name) for name in names}})
    floor.now = came + timedelta(minutes=5)
    assert admin.get("/c/news").get_json()["told"], "it still is news"
    floor.now += timedelta(seconds=1)
    slept = admin.get("/c/news").get_json()
    assert slept["notices"] and slept["told"] == [], "what came overnight is no news in the morning"
    again = floor.place(mall, "+821011112222")
    floor.press(again, "2")
    first = rows()[found[0].id]
    assert (len(rows()), first.requests) == (2, 2), "the second wish joins the open one"
    assert len(told(Notice.CALLBACK_ASKED)) == 2 * len(people), "and tells nobody again"
    assert "010-1111-2222" in admin.get(HOME).text


@pytest.mark.spec("CBK-1", "CBK-6")
@pytest.mark.parametrize("page", ["", "/assign", "/unassign"])
def test_polls_change_within_the_scope_of_the_service_and_each_minute(
    floor: Floor, mall: Service, orders: Queue, admin: Browser, page: str
) -> None:
    etag = admin.get(HOME + page, htmx=True).headers["ETag"]
    floor.now += timedelta(seconds=59)
    assert admin.poll(HOME + page, etag).status_code == 304
    floor.now += timedelta(seconds=1)
    older = admin.poll(HOME + page, etag)
    assert older.status_code == 200, "ages are a minute older"
    etag = older.headers["ETag"]
    ask(mall, orders, "00000001")
    assert admin.poll(HOME + page, etag).status_code == 200


@pytest.mark.spec("CBK-1")
def test_who_hides_the_number_is_offered_no_callback(
    floor: Floor, mall: Service, orders: Queue
) -> None:
    phone.menu(
        mall,
        Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id, callback=True),
        Key("2", KeyKind.CALLBACK, {KO: "콜백"}, queue=orders.id),
    )
    simulator = floor.engine.driver
    assert isinstance(simulator, Simulator)
    heard = []
    for ref, caller in (("known", "+821011112222"), ("hidden", "")):
        simulator.place(ref, caller, phone.main_number(mall), floor.now)
        floor.step()
        floor.press(ref, "1")
        floor.wait(31)
        heard.append(floor.said(ref))
        floor.press(ref, "1")
        floor.leave(ref)
    assert "delayed" in heard[1] and heard[0] != heard[1]
    simulator.place("again", "", phone.main_number(mall), floor.now)
    floor.step()
    floor.press("again", "2")
    assert [row.number for row in rows().values()] == ["+821011112222"]


@pytest.mark.spec("CBK-6")
def test_a_second_wish_joins_one_that_is_assigned_and_none_that_is_done(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser
) -> None:
    first = ask(mall, orders, "11112222")
    assign(admin, first, team[:1], "manual")
    assert ask(mall, orders, "11112222") == first
    assert (rows()[first[0]].requests, rows()[first[0]].assignee_id) == (2, team[0].member_id)
    admin.post(f"{HOME}/unassign", {"callback": first}, htmx=True)
    assert ask(mall, orders, "11112222") == first, "nor one that was taken back"
    admin.post(f"{HOME}/{first[0]}/complete", htmx=True)
    assert ask(mall, orders, "11112222") != first
    other = phone.queue(mall, team, "Refunds")
    assert ask(mall, other, "11112222")[0] not in list(rows())[:2], "each queue has its own"


@pytest.mark.spec("CBK-2", "CTI-6")
def test_connect_dials_counts_the_attempt_and_completes_only_when_the_agent_says_so(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    ident = ask(mall, orders, "11112222")[0]
    assign(admin, [ident], team[:1], "manual")
    kim = browser("kim")
    kim.get(HOME)
    assert kim.find(f"//button[@hx-post='{HOME}/{ident}/connect']"), (
        "what it needs, its answer says"
    )
    done = kim.find(f"//button[@hx-post='{HOME}/{ident}/complete']")[0]
    assert "010-1111-2222 will not be called back." in done.get("hx-confirm")
    assert (
        "Log in to CTI first."
        in kim.post(f"{HOME}/{ident}/connect", htmx=True).headers["HX-Trigger"]
    )
    floor.login(team[0])
    with db.write():
        sessions.settings().ticket_on = TicketOn.DIALING
    answer = kim.post(f"{HOME}/{ident}/connect", htmx=True)
    row = rows()[ident]
    call = db.session.get_one(Call, row.call_id)
    assert call.link_id and answer.headers["HX-Redirect"] == f"/c/s/mall/tickets/{call.link_id}"
    assert (row.attempts, call.customer_number, call.agent_id) == (
        1,
        "+821011112222",
        team[0].member_id,
    )
    assert floor.state(team[0]) is AgentState.DIALING
    admin.get(HOME)
    assert "Being called" in said(admin.find("//td[@data-label='State']")[0])
    kim.get(HOME)
    (place,) = kim.find("//td[contains(@class, 'act')]/*[contains(@class, 'btn-call')]")
    assert place.tag == "span", "its place is kept, so that no button moves"
    assert (
        "Complete it after the call."
        in kim.post(f"{HOME}/{ident}/complete", htmx=True).headers["HX-Trigger"]
    )
    floor.wait(3)
    assert (
        db.session.scalars(sa.select(Ticket).where(Ticket.call_id == row.call_id)).one().customer_id
        == row.customer_id
    )
    floor.do(team[0], Command.HANG_UP)
    assert (rows()[ident].call_id, rows()[ident].state) == (None, CallbackState.UNPROCESSED), (
        "a talk alone completes nothing"
    )
    assert "Called 1 time · last " in state_of(kim, ident), "nobody calls twice unawares"
    kim.post(f"{HOME}/{ident}/complete", htmx=True)
    assert (rows()[ident].state, rows()[ident].completed_by) == (
        CallbackState.COMPLETED,
        team[0].member_id,
    )
    assert kim.post(f"{HOME}/{ident}/complete", htmx=True).status_code == 422


@pytest.mark.spec("CBK-2", "CTI-6", "ARS-9")
def test_the_ticket_of_a_callback_says_what_it_is_of_and_wrap_up_completes_it(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    with db.write():
        refund = ticket_settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불", "en": "Refund"}
        )
        orders.intake_id = refund.id
        again = ars.save_disposition(mall, None, name="Call again")
    reached, busy = ask(mall, orders, "11112222", "11119997")
    assign(admin, [reached, busy], team[:1], "manual")
    floor.login(team[0])
    kim = browser("kim")
    kim.get(HOME)

    kim.post(f"{HOME}/{busy}/connect", htmx=True)
    floor.wait(3)
    assert SAVES[1] not in ways(kim), "nobody was reached"

    kim.post(f"{HOME}/{reached}/connect", htmx=True)
    assert "Callback" in kim.get("/c/phone", htmx=True).text
    floor.wait(3)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    page = kim.get(f"/c/s/mall/tickets/{ticket.id}").text
    assert kim.texts("//h2[@id='t-subject']") == ["Refund · 010-1111-2222"]
    assert "An outgoing call made the ticket" in page
    assert said(kim.find("//*[@class='t-call']//b")[0]) == "Callback"
    floor.do(team[0], Command.HANG_UP)
    assert list(ways(kim)) == SAVES
    wrap_up(kim, SAVES[0], disposition=again.id)
    assert rows()[reached].state is CallbackState.UNPROCESSED, "only where it is asked for"
    assert re.search(r"Called 1 time · last [\d:]+ · Call again$", state_of(kim, reached))
    assert any("Call again" in row for row in sheet(kim.get(f"{HOME}/callbacks.xlsx").data))
    kim.post(f"{HOME}/{reached}/connect", htmx=True)
    assert re.search(r"Called 2 times · last [\d:]+$", state_of(kim, reached)), "not yet filed"
    floor.wait(3)
    floor.do(team[0], Command.HANG_UP)
    wrap_up(kim, SAVES[1])
    done = rows()[reached]
    assert (done.state, done.completed_by) == (CallbackState.COMPLETED, team[0].member_id)
    db.session.refresh(ticket)
    assert (ticket.state, rows()[busy].state) == (State.PROGRESS, CallbackState.UNPROCESSED)


@pytest.mark.spec("CBK-2")
def test_wrap_up_completes_the_callback_that_was_called_and_no_other(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    """However it was changed while the agent wrote: how its last call was filed stands beside it."""
    with db.write():
        again = ars.save_disposition(mall, None, name="Call again").id
    floor.login(team[0])
    kim = browser("kim")

    def talked() -> int:
        ident = ask(mall, orders, "11112222")[0]
        assign(admin, [ident], team[:1], "manual")
        kim.get(HOME)
        kim.post(f"{HOME}/{ident}/connect", htmx=True)
        floor.wait(3)
        floor.do(team[0], Command.HANG_UP)
        assert SAVES[1] in ways(kim)
        return ident

    def filed(**values: object) -> int:
        call = db.session.scalars(sa.select(Call.id).order_by(Call.id.desc())).first()
        kim.get("/c/me")
        sent = {"key": str(values), "call": call, "state": "ready", "disposition": again, **values}
        return kim.post("/c/phone/wrap_up", sent, htmx=True).status_code

    done = talked()
    kim.get(HOME)
    kim.post(f"{HOME}/{done}/complete", htmx=True)
    other = ask(mall, orders, "11112222")[0]
    assign(admin, [other], team[:1], "manual")
    assert SAVES[1] not in ways(kim), "the customer asked again, and was not called since"
    assert filed(also="complete") == 422 and "completed already" in kim.text()
    assert filed(notes="Done") == 200
    assert (rows()[done].disposition_id, rows()[other].disposition_id) == (again, None)
    assert rows()[other].state is CallbackState.UNPROCESSED
    admin.get(HOME)
    admin.post(f"{HOME}/{other}/complete", htmx=True)

    taken = talked()
    admin.get(f"{HOME}/assign")
    admin.post(f"{HOME}/unassign", {"callback": [taken]}, htmx=True)
    assert SAVES[1] not in ways(kim)
    assert filed(also="complete", notes="Mine") == 422
    assert "not assigned to you any more" in kim.text(), "it was not done, and is said so"
    assert filed(notes="Taken back") == 200
    row = rows()[taken]
    assert (row.state, row.disposition_id) == (CallbackState.CANCELLED, again)


@pytest.mark.spec("CBK-2", "CTI-6")
def test_one_button_of_wrap_up_completes_the_callback_and_resolves_its_ticket(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    ident = ask(mall, orders, "11112222")[0]
    assign(admin, [ident], team[:1], "manual")
    floor.login(team[0])
    kim = browser("kim")
    kim.get(HOME)
    kim.post(f"{HOME}/{ident}/connect", htmx=True)
    floor.wait(3)
    floor.do(team[0], Command.HANG_UP)
    wrap_up(kim, SAVES[2])
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert (ticket.state, rows()[ident].state) == (State.RESOLVED, CallbackState.COMPLETED)


@pytest.mark.spec("CBK-2", "CBK-6")
def test_after_three_calls_that_reached_nobody_it_is_marked_and_can_still_be_dialed(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    ident = ask(mall, orders, "11119997")[0]  # busy
    assign(admin, [ident], team[:1], "manual")
    floor.login(team[0], team[1])
    kim = browser("kim")
    kim.get(HOME)
    for attempt in range(1, 5):
        kim.post(f"{HOME}/{ident}/connect", htmx=True)
        assert floor.refused(
            team[1],
            Command.DIAL,
            service=mall.id,
            number="+821011119997",
            caller_id=phone.main_number(mall),
            about={"callback": ident},
        )
        floor.wait(2)
        row = rows()[ident]
        assert (row.attempts, row.failures, row.failed_at is not None, row.call_id) == (
            attempt,
            attempt,
            attempt >= 3,
            None,
        )
    assert (
        "Not reached" in admin.get(f"{HOME}?state=failed").text
        and "010-1111-9997" in admin.get(f"{HOME}?state=failed").text
    )
    ended = db.session.scalars(sa.select(Call.outcome)).all()
    assert set(ended) == {CallOutcome.BUSY}


@pytest.mark.spec("ARS-9", "CBK-6")
def test_the_service_says_how_many_calls_in_vain_are_too_many_and_a_talk_begins_anew(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    ident = ask(mall, orders, "11119997")[0]  # busy
    with db.write():
        found = phone_service(mall.id)
        assert found is not None
        found.callback_attempts = 2
    assign(admin, [ident], team[:1], "manual")
    floor.login(team[0])
    kim = browser("kim")
    kim.get(HOME)

    def connect(number: str) -> tuple[int, bool]:
        rows()[ident].number = number
        db.session.commit()
        kim.post(f"{HOME}/{ident}/connect", htmx=True)
        floor.wait(3)
        if floor.call_of(team[0].member_id):
            floor.do(team[0], Command.HANG_UP)
            floor.do(team[0], Command.STATE, state="ready")
        return rows()[ident].failures, rows()[ident].failed_at is not None

    busy, talks = "+821011119997", "+821011110000"
    tried = [connect(number) for number in (busy, talks, busy, busy, talks)]
    assert tried == [(1, False), (0, False), (1, False), (2, True), (0, False)]


@pytest.mark.spec("CBK-2")
def test_an_agent_sees_and_touches_only_their_own(
    boss: Member, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    own, other = ask(mall, orders, "11112222", "33334444")
    assign(admin, [own], team[:1], "manual")
    assign(admin, [other], team[1:2], "manual")
    kim = browser("kim")
    page = kim.get(HOME).text
    assert "010-1111-2222" in page and "010-3333-4444" not in page
    for action in ("connect", "complete", "history"):
        assert kim.post(f"{HOME}/{other}/{action}").status_code == 404
    answer = admin.post(f"{HOME}/{own}/connect")
    assert answer.status_code == 403 and "Assign it to yourself" in answer.text, (
        "a manager sees it and may not dial it"
    )
    assert kim.get(f"{HOME}/{own}/delete").status_code == 403
    for page in ("assign", "unassign", "statistics"):
        assert kim.get(f"{HOME}/{page}").status_code == 403, page
    kim.get(HOME)
    dealt = {"callback": [own, other], "member": team[0].member_id, "mode": "manual"}
    for page in ("assign", "unassign"):
        assert kim.post(f"{HOME}/{page}", dealt, htmx=True).status_code == 403, page
    assert [rows()[i].assignee_id for i in (own, other)] == [a.member_id for a in team[:2]]
    pay = phone.service(boss, "pay")
    stranger = world.agent(boss, pay, world.member("stranger"), manager=True)
    outside = browser(stranger.member.login_id)
    assert outside.get(HOME).status_code == 404
    outside.get("/c/s/pay/callbacks")
    assert outside.post(f"/c/s/pay/callbacks/{own}/complete").status_code == 404
    outside.post("/c/s/pay/callbacks/unassign", {"callback": [own]}, htmx=True)
    assert rows()[own].state is CallbackState.UNPROCESSED, (
        "another service's manager changes nothing"
    )


@pytest.mark.spec("CBK-2", "TKT-1")
def test_record_history_makes_a_ticket_and_changes_nothing(
    mall: Service, orders: Queue, admin: Browser
) -> None:
    ident = ask(mall, orders, "11112222")[0]
    before = vars(rows()[ident]).copy()
    admin.get(HOME)
    answer = admin.post(f"{HOME}/{ident}/history")
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert answer.headers["Location"].endswith(f"/tickets/{ticket.id}")
    assert (ticket.customer_id, ticket.call_id) == (before["customer_id"], None)
    assert "Written by hand" in admin.follow(answer).text
    assert rows()[ident].version == before["version"]
