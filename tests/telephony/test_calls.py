"""The life of a call through the engine and the simulator."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.ars import service as ars
from occ.ars.models import Queue
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, Terms
from occ.telephony import queries
from occ.telephony.commands import EVENTS
from occ.telephony.models import Leg, QueueEntry, Recording
from occ.telephony.rules.calls import (
    AgentState,
    CallOutcome,
    Command,
    Hears,
    LegKind,
    LegOutcome,
    Phase,
    QueueOutcome,
)
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from occ.tickets.values import queries as values
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

S = AgentState


@pytest.fixture
def kim(boss: Member, mall: Service) -> Agent:
    return phone.agent(boss, mall, "kim")


@pytest.fixture
def lee(boss: Member, mall: Service, kim: Agent) -> Agent:
    made = phone.agent(boss, mall, "lee")
    phone.queue(mall, [kim, made])
    return made


def says(agent: Browser) -> list[str]:
    """What the agent's card tells of a consultation that the other side ended."""
    agent.get("/c/phone", htmx=True)
    return agent.texts("//*[@data-say]")


def entry(call_id: int) -> QueueEntry:
    return db.session.scalars(sa.select(QueueEntry).where(QueueEntry.call_id == call_id)).one()


@pytest.mark.spec("CTI-4", "CTI-6", "TEL-1", "TEL-2", "TEL-3")
def test_a_call_goes_to_the_longest_idle_agent_who_answers_holds_consults_and_transfers(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim, lee)
    ref = floor.place(mall, "+821012345678")
    assert (floor.state(kim), floor.state(lee)) == (S.RINGING, S.READY)
    floor.wait(7)
    floor.do(kim, Command.ANSWER)
    call = floor.call(ref)
    assert (call.phase, call.agent_id, call.hears) == (Phase.TALKING, kim.member_id, Hears.AGENT)
    waited = entry(call.id)
    assert (waited.outcome, waited.waited_ms, waited.agent_id) == (
        QueueOutcome.ANSWERED,
        7000,
        kim.member_id,
    )
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert (ticket.service_id, ticket.assignee_id, ticket.call_id) == (
        mall.id,
        kim.member_id,
        call.id,
    )
    assert ticket.customer is not None and ticket.customer.phone == "+821012345678"
    assert (call.link_label, call.link_id) == (f"#{ticket.id}", ticket.id)
    says = values.rows(ticket.id)
    assert says["direction"].text == "in" and says["consulted_at"].text is not None, (
        "the phone's own fields (FLD-2)"
    )
    floor.wait(10)
    floor.do(kim, Command.HOLD)
    assert floor.state(kim) is S.HOLD
    assert floor.call(ref).hears is Hears.MUSIC
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    assert (floor.state(kim), floor.state(lee)) == (S.CONSULT, S.RINGING)
    assert floor.refused(kim, Command.CONNECT) == "The other side has not answered yet."
    floor.wait(3)
    floor.do(lee, Command.ANSWER)
    assert floor.refused(kim, Command.HANG_UP) == "Connect or cancel the consultation first."
    floor.do(kim, Command.CONNECT)
    assert (floor.state(kim), floor.state(lee)) == (S.WRAP_UP, S.TALKING)
    floor.wait(20)
    floor.leave(ref)
    call = floor.call(ref)
    assert (call.outcome, call.agent_id, call.handled_by) == (
        CallOutcome.COMPLETED,
        None,
        lee.member_id,
    )
    assert floor.state(lee) is S.WRAP_UP
    legs = [(leg.kind, leg.member_id, leg.outcome, leg.talk_ms) for leg in queries.legs(call.id)]
    assert legs == [
        (LegKind.AGENT, kim.member_id, LegOutcome.TRANSFERRED, 13000),
        (LegKind.CONSULT, lee.member_id, LegOutcome.CONNECTED, 0),
        (LegKind.AGENT, lee.member_id, LegOutcome.COMPLETED, 20000),
    ]
    records = [
        (r.member_id, (r.ended_at - r.started_at).total_seconds())
        for r in db.session.scalars(sa.select(Recording).order_by(Recording.id))
        if r.ended_at
    ]
    assert records == [(kim.member_id, 10.0), (lee.member_id, 20.0)], "hold is not recorded"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1


@pytest.mark.spec("TEL-3")
def test_the_idle_clock_starts_with_the_login_and_anew_only_after_a_talk(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(lee, kim)
    for _caller_who_left in range(2):
        ref = floor.place(mall)
        assert floor.call(ref).agent_id == lee.member_id, "logged in first, with the higher number"
        floor.now += phone.timedelta(seconds=5)
        floor.leave(ref)
    missed = floor.place(mall)
    floor.now += phone.timedelta(seconds=30)
    floor.step()
    assert floor.state(lee) is S.MISSED and floor.call(missed).agent_id == kim.member_id
    floor.do(kim, Command.ANSWER)
    floor.leave(missed)
    for who in (kim, lee):
        floor.do(who, Command.STATE, state="ready")
    ref = floor.place(mall)
    assert floor.call(ref).agent_id == lee.member_id, "a missed call is no talk"
    floor.do(lee, Command.ANSWER)
    floor.leave(ref)
    floor.do(lee, Command.STATE, state="ready")
    assert floor.call(floor.place(mall)).agent_id == kim.member_id


@pytest.mark.spec("CTI-1", "TNT-1")
@pytest.mark.parametrize("record", [True, False])
def test_talks_are_recorded_only_where_the_settings_say_so(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, record: bool
) -> None:
    found = queries.settings()
    assert found is not None
    found.record = record
    db.session.commit()
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.wait(3)
    floor.leave(ref)
    assert len(db.session.scalars(sa.select(Recording)).all()) == int(record)


@pytest.mark.spec("CTI-5")
def test_a_call_that_is_not_answered_goes_back_to_the_head_of_its_queue(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim)
    first, second = floor.place(mall), floor.place(mall)
    floor.wait(29)
    assert floor.state(kim) is S.RINGING
    floor.wait(1)
    assert floor.state(kim) is S.MISSED
    assert [floor.call(ref).phase for ref in (first, second)] == [Phase.QUEUED, Phase.QUEUED]
    floor.login(lee)
    assert floor.call(first).agent_id == lee.member_id, "it kept its place"
    assert floor.call(second).phase is Phase.QUEUED
    outcomes = db.session.scalars(
        sa.select(Leg.outcome).where(Leg.member_id == kim.member_id)
    ).all()
    assert outcomes == [LegOutcome.MISSED]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(QueueEntry)) == 2, (
        "a recall is not offered again"
    )


@pytest.mark.spec("TEL-2")
def test_a_caller_who_leaves_abandons_waiting_or_ringing(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    waiting = floor.place(mall)
    floor.wait(4)
    floor.leave(waiting)
    floor.login(kim)
    ringing = floor.place(mall)
    floor.leave(ringing)
    for ref in (waiting, ringing):
        call = floor.call(ref)
        assert (call.outcome, entry(call.id).outcome) == (
            CallOutcome.ABANDONED,
            QueueOutcome.ABANDONED,
        )
    assert floor.state(kim) is S.READY


@pytest.mark.spec("CTI-4")
def test_hang_up_on_abuse_plays_the_announcement_and_frees_the_agent(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.do(kim, Command.ABUSE)
    call = floor.call(ref)
    assert (call.phase, floor.said(ref), floor.state(kim)) == (Phase.CLOSING, ["abuse"], S.WRAP_UP)
    floor.wait(5)
    assert floor.call(ref).outcome is CallOutcome.ABUSE


def dial(floor: Floor, who: Agent, of: Service, number: str) -> None:
    from occ.ars.queries import phone_service

    found = phone_service(of.id)
    assert found is not None
    floor.do(who, Command.DIAL, service=of.id, number=number, caller_id=found.main_number)


@pytest.mark.spec("CTI-4", "CTI-6")
@pytest.mark.parametrize(
    ("number", "outcome", "seconds"),
    [
        ("+821000009997", CallOutcome.BUSY, 1),
        ("+821000009998", CallOutcome.NO_ANSWER, 25),
        ("+821000009996", CallOutcome.FAILED, 1),
    ],
)
def test_a_number_that_is_not_reached_gives_the_agent_back(
    floor: Floor,
    mall: Service,
    kim: Agent,
    lee: Agent,
    number: str,
    outcome: CallOutcome,
    seconds: int,
) -> None:
    floor.login(kim)
    floor.do(kim, Command.STATE, state="ticket")
    dial(floor, kim, mall, number)
    assert floor.state(kim) is S.DIALING
    call = floor.call_of(kim.member_id)
    assert call is not None
    floor.wait(seconds)
    assert (floor.call(call.ref).outcome, floor.state(kim)) == (outcome, S.TICKET)
    assert db.session.scalar(sa.select(Ticket.id)) is None, "tickets come with the connection"


@pytest.mark.spec("CTI-6")
@pytest.mark.parametrize("on_dialing", [True, False])
def test_an_outbound_ticket_comes_on_dialing_or_on_connection(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, on_dialing: bool
) -> None:
    from occ.telephony.rules.calls import TicketOn

    found = queries.settings()
    assert found is not None
    found.ticket_on = TicketOn.DIALING if on_dialing else TicketOn.CONNECTION
    db.session.commit()
    floor.login(kim)
    dial(floor, kim, mall, "+821055550000")
    assert (db.session.scalar(sa.select(Ticket.id)) is not None) == on_dialing
    floor.wait(2)
    assert floor.state(kim) is S.TALKING
    assert db.session.scalars(sa.select(Ticket.assignee_id)).all() == [kim.member_id]
    floor.do(kim, Command.HANG_UP)
    assert floor.state(kim) is S.WRAP_UP


@pytest.mark.spec("CTI-4")
def test_a_consultation_outside_can_be_cancelled_or_connected(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, browser: Callable[..., Browser]
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.do(kim, Command.CONSULT, number="+8225559997")
    floor.wait(1)
    assert (floor.call(ref).phase, floor.state(kim)) == (Phase.HELD, S.HOLD), (
        "busy: the customer stays on hold"
    )
    assert says(browser("kim")) == ["02-555-9997 is busy. The customer is still on hold."]
    floor.do(kim, Command.CONSULT, number="+8225550000")
    floor.wait(2)
    floor.do(kim, Command.CANCEL)
    assert floor.call(ref).phase is Phase.HELD
    floor.do(kim, Command.RESUME)
    floor.do(kim, Command.CONSULT, number="+8225550000")
    floor.wait(2)
    floor.do(kim, Command.CONNECT)
    assert (floor.call(ref).phase, floor.call(ref).hears, floor.state(kim)) == (
        Phase.OUTSIDE,
        Hears.OUTSIDE,
        S.WRAP_UP,
    )
    floor.leave(ref)
    assert floor.call(ref).outcome is CallOutcome.COMPLETED


@pytest.mark.spec("CTI-4")
def test_a_target_that_does_not_answer_becomes_away(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, browser: Callable[..., Browser]
) -> None:
    floor.login(kim, lee)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    assert (
        floor.refused(kim, Command.CONSULT, member=kim.member_id)
        == "You cannot transfer a call to yourself. Choose somebody else."
    )
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    floor.wait(30)
    assert (floor.call(ref).phase, floor.state(kim), floor.state(lee)) == (
        Phase.HELD,
        S.HOLD,
        S.MISSED,
    )
    assert says(browser("kim")) == ["Lee did not answer. The customer is still on hold."]
    assert (
        floor.refused(kim, Command.CONSULT, member=lee.member_id)
        == "Lee is not ready. Choose somebody else."
    )


@pytest.mark.spec("CTI-4")
@pytest.mark.parametrize("answered", [False, True], ids=["declined", "left"])
def test_who_is_asked_declines_or_leaves_and_the_customer_stays_with_who_asked(
    floor: Floor,
    mall: Service,
    kim: Agent,
    lee: Agent,
    browser: Callable[..., Browser],
    answered: bool,
) -> None:
    his, hers = browser("kim"), browser("lee")
    floor.login(kim, lee)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    call = floor.call(ref).id
    hers.get("/c/me")
    assert hers.post("/c/phone/decline", {"call": call}, htmx=True).status_code == 404
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    if answered:
        floor.do(lee, Command.ANSWER)
    card = hers.get("/c/phone", htmx=True).text
    assert ("Leave the consultation" if answered else "Decline") in card
    assert ("Goes back to Kim in" in card) is not answered
    for command in EVENTS:
        assert floor.refused(lee, command) == "The call has ended.", "it is not hers"
    hers.get("/c/me")
    assert hers.post("/c/phone/decline", {"call": call}, htmx=True).status_code == 200
    assert (floor.call(ref).phase, floor.state(kim), floor.state(lee)) == (
        Phase.HELD,
        S.HOLD,
        S.READY,
    )
    part = db.session.scalars(sa.select(Leg).where(Leg.kind == LegKind.CONSULT)).one()
    assert part.outcome is (LegOutcome.COMPLETED if answered else LegOutcome.BUSY)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    his.get(f"/c/s/mall/tickets/{ticket.id}/call", htmx=True)
    told = his.texts("//ol[@class='c-events']/li")[1]
    assert ("Lee · Consulted" if answered else "Lee · Declined") in told
    why = "Lee left the consultation." if answered else "Lee declined."
    assert says(his) == [f"{why} The customer is still on hold."]
    floor.do(kim, Command.RESUME)
    floor.wait(1)
    floor.do(kim, Command.HOLD)
    assert says(his) == [], "this hold is their own"
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    floor.do(kim, Command.CANCEL)
    assert says(his) == [], "who cancels knows"
    floor.do(kim, Command.RESUME)
    assert hers.post("/c/phone/decline", {"call": call}, htmx=True).status_code == 422
    assert floor.call(ref).phase is Phase.TALKING
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    floor.do(lee, Command.ANSWER)
    floor.do(kim, Command.CONNECT)
    assert floor.refused(lee, Command.DECLINE) == "The consultation is over.", (
        "a card from before does not hang up on the customer"
    )
    assert floor.state(lee) is S.TALKING


@pytest.mark.spec("CTI-4")
def test_a_transfer_to_an_agent_in_a_call_is_refused(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim, lee)
    floor.place(mall)
    floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.do(lee, Command.ANSWER)
    assert (
        floor.refused(kim, Command.CONSULT, member=lee.member_id)
        == "Lee is in a call. Choose somebody else."
    )


@pytest.mark.spec("CTI-4")
def test_a_transfer_to_an_agent_who_is_away_or_logged_out_is_refused(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim)
    floor.place(mall)
    floor.do(kim, Command.ANSWER)
    consult = (kim, Command.CONSULT)
    assert floor.refused(*consult, member=lee.member_id) == (
        "Lee is not logged in to CTI. Choose somebody else."
    )
    floor.login(lee)
    for state in ("rest", "ticket"):
        floor.do(lee, Command.STATE, state=state)
        words = floor.refused(*consult, member=lee.member_id)
        assert words == "Lee is not ready. Choose somebody else.", state
        assert floor.state(lee) is S(state)
    floor.do(lee, Command.STATE, state="ready")
    floor.do(*consult, member=lee.member_id)
    assert floor.state(lee) is S.RINGING


@pytest.mark.spec("CTI-4", "MEM-4")
def test_calls_are_transferred_by_whom_the_permission_or_the_service_is_given_to(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    plain = phone.agent(boss, mall, "plain", transfer=False)
    chief = phone.agent(boss, mall, "chief", transfer=False, manager=True)
    phone.queue(mall, [plain, chief])
    floor.login(kim)
    for who in (plain, chief):
        floor.login(who)
        ref = floor.place(mall)
        floor.do(who, Command.ANSWER)
        for to in ({"member": kim.member_id}, {"number": "+8225550000"}):
            if who is plain:
                words = floor.refused(who, Command.CONSULT, **to)
                assert words.startswith("You need the permission to transfer calls.")
                assert (floor.state(who), floor.state(kim)) == (S.TALKING, S.READY)
            else:
                floor.do(who, Command.CONSULT, **to)
                assert floor.state(who) is S.CONSULT
                floor.do(who, Command.CANCEL)
        floor.leave(ref)
        floor.do(who, Command.STATE, state="rest")


@pytest.mark.spec("CTI-1", "CTI-5")
def test_a_call_rings_as_long_as_the_settings_say_and_then_at_the_next_one(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    found = queries.settings()
    assert found is not None
    found.recall_seconds = 12
    db.session.commit()
    floor.login(kim, lee)
    ref = floor.place(mall)
    floor.wait(11)
    assert floor.call(ref).agent_id == kim.member_id
    floor.wait(1)
    assert (floor.state(kim), floor.call(ref).agent_id) == (S.MISSED, lee.member_id)


@pytest.mark.spec("ARS-3", "CTI-5", "CTI-6", "TEL-3")
def test_calls_that_wait_in_a_queue_that_is_retired_are_still_answered(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    with db.write():
        refund = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund"}
        )
    made = phone.queue(mall, [kim])
    with db.write() as session:
        session.get_one(Queue, made.id).intake_id = refund.id
    ref = floor.place(mall)
    assert floor.call(ref).phase is Phase.QUEUED
    with db.write() as session:
        ars.retire(session.get_one(Queue, made.id))
    floor.wait(2)
    floor.login(kim)
    assert floor.state(kim) is S.RINGING
    floor.wait(31)  # missed: it goes back to the head of its queue (CTI-5)
    assert (floor.state(kim), floor.call(ref).phase) == (S.MISSED, Phase.QUEUED)
    floor.do(kim, Command.STATE, state="ready")
    floor.do(kim, Command.ANSWER)
    assert floor.call(ref).phase is Phase.TALKING
    assert db.session.scalars(sa.select(Ticket.intake_id)).one() == refund.id, (
        "the queue's intake type, also then"
    )
    assert floor.said(floor.place(mall)) == ["no_queue"], "new calls do not use it"


@pytest.mark.spec("ORG-3", "TEL-2")
def test_callers_of_a_service_that_gave_up_its_phone_hear_so(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    phone.queue(mall, [kim])
    waits = floor.place(mall)
    assert floor.call(waits).phase is Phase.QUEUED
    with db.write():
        organization.change_contract(
            mall, Terms(frozenset({Feature.TICKET}), 60), actor=world.actor(boss)
        )
    floor.wait(1)
    assert floor.said(waits) == ["suspended"]
    assert floor.said(floor.place(mall)) == ["suspended"]
    floor.wait(6)
    assert floor.call(waits).outcome is CallOutcome.SUSPENDED


@pytest.mark.spec("ORG-5", "TEL-2")
def test_a_service_without_a_queue_or_suspended_says_so_and_ends(
    floor: Floor, boss: Member, mall: Service
) -> None:
    ref = floor.place(mall)
    assert (floor.said(ref), floor.call(ref).phase) == (["no_queue"], Phase.CLOSING)
    floor.wait(6)
    assert floor.call(ref).outcome is CallOutcome.NO_QUEUE
    phone.queue(mall, [])
    with db.write():
        organization.set_state(mall, active=False, actor=world.actor(boss))
    ref = floor.place(mall)
    assert floor.said(ref) == ["suspended"]
    with db.write():
        organization.set_state(mall, active=True, actor=world.actor(boss))
    waits = floor.place(mall)
    with db.write():
        organization.set_state(mall, active=False, actor=world.actor(boss))
    floor.wait(1)
    assert floor.said(waits) == ["suspended"], "also who waits already"
    floor.wait(6)
    assert floor.call(waits).outcome is CallOutcome.SUSPENDED


@pytest.mark.spec("TEL-3")
def test_an_agent_of_two_services_gets_the_longest_waiting_call_of_both(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    pay = phone.service(boss, "pay")
    also = phone.agent(boss, pay, "kim")
    phone.queue(mall, [kim])
    phone.queue(pay, [also])
    first = floor.place(pay)
    floor.now += phone.timedelta(seconds=5)
    floor.place(mall)
    floor.login(kim)
    assert floor.call(first).agent_id == kim.member_id


@pytest.mark.spec("CTI-4", "MEM-6")
def test_a_browser_that_is_gone_keeps_the_call_and_loses_the_login_after_it(
    floor: Floor, mall: Service, kim: Agent, lee: Agent
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.wait(90)
    assert floor.state(kim) is S.TALKING
    floor.leave(ref)
    floor.wait(1)
    assert floor.state(kim) is None
