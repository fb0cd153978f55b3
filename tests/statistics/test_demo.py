"""The demo's past days could have happened, and count as a recount by hand says (TEL-2, STA-1, STA-2)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from occ.ars import service as ars
from occ.callbacks.models import Callback
from occ.callbacks.rules import CallbackState
from occ.cli import demo_texts, demo_tickets, demo_year
from occ.core import clock
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature, Item
from occ.sms.models import SmsRecipient
from occ.statistics.calls import queries as calls
from occ.statistics.calls import rules
from occ.statistics.calls.rules import Kind
from occ.statistics.days import Period
from occ.statistics.queries import tickets
from occ.statistics.rules.tickets import HERE, Basis, Side
from occ.telephony import settings
from occ.telephony.models import AgentInterval, Call, CtiSession, Leg, QueueEntry
from occ.telephony.rules.calls import LegKind, QueueOutcome
from occ.tickets.models import Ticket, TicketEvent
from occ.tickets.rules import State
from tests.factories import phone, world
from tests.statistics import recount
from tests.support.recount import Facts

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
FIRST, LAST = date(2026, 3, 10), date(2026, 3, 12)
END = datetime(2026, 3, 12, 6, 30, tzinfo=UTC)  # in the middle of an afternoon in Seoul
PERIOD = Period(FIRST, LAST, "Asia/Seoul")


@pytest.fixture
def mall(all_features: None, boss: Member) -> Iterator[Service]:
    """Three days of the demo's first shop, until now."""
    features = phone.FEATURES | {Feature.SMS, Feature.HELP_CENTER, Feature.MAIL}
    made = phone.service(boss, "neulbommall", features=features, languages=("ko", "en", "ja"))
    people = [
        world.agent(boss, made, boss, manager=True, ticket=True, phone=True),
        *(phone.agent(boss, made, f"agent{n}") for n in range(3)),
    ]
    demo_tickets.furnish("neulbommall")
    demo_texts.furnish("neulbommall")
    phone.queue(made, people)
    phone.queue(made, people[1:3], "Delivery")
    with db.write() as session:
        ars.save_disposition(made, None, name="Refund")
        ars.save_disposition(made, None, name="Parcel")
        session.execute(sa.update(Agent).values(created_at=clock.day_start(FIRST, "Asia/Seoul")))
    made.usage = demo_year.live(["neulbommall"], FIRST, END)
    with clock.at(END):
        yield made


def every(model: type, *order: object) -> Sequence:
    return db.session.scalars(sa.select(model).order_by(*(order or (model.id,)))).all()


@pytest.mark.spec("STA-1", "STA-2")
def test_its_days_count_as_a_recount_by_hand(mall: Service) -> None:
    limits = settings.ensure()
    facts = Facts(mall, limits.service_level_seconds, limits.accepted_abandon_seconds)
    assert min(len(rows) for rows in (facts.calls, facts.waits, facts.legs)) > 20
    units = PERIOD.buckets()
    cells = calls.cells(mall, units, list(Kind))
    members = {leg.member_id for leg in facts.legs}
    for place, unit in enumerate(units):
        here = [cell for cell in cells if cell.unit == place]
        assert rules.totals(here) == facts.totals(unit)
        assert facts.totals(unit).answered > 3
        for queue in {wait.queue_id for wait in facts.waits}:
            mine = [cell for cell in here if cell.subject == queue]
            assert rules.of_queue(mine) == facts.of_queue(unit, queue)
        for member in members:
            mine = [cell for cell in here if cell.subject == member]
            assert rules.of_agent(mine) == facts.of_agent(unit, member)
            assert rules.in_states(mine) == facts.in_states(unit, member)
    stored = every(Ticket)
    for side in (Side.ALL, Side.AGENT, Side.INTAKE):
        for basis in Basis:
            counted = tickets.facts(mall, PERIOD, side, basis)
            got = {
                (units[part].key if side is Side.ALL else "", key): {
                    name: value for name, value in facts.items() if value and name in NAIVE
                }
                for (part, key), facts in counted.items()
            }
            naive = recount.tickets(stored, PERIOD, side, basis, HERE)
            assert {where: one for where, one in got.items() if one} == naive


NAIVE = {
    *("received", "resolved", "held", "other", "open", "done"),
    *("seconds", "answered_seconds", "done_seconds"),
}


@pytest.mark.spec("TEL-2", "TEL-3", "CTI-6")
def test_nobody_is_at_two_places_and_nothing_has_happened_yet_that_lies_ahead(
    mall: Service,
) -> None:
    of_member: dict[int, list[AgentInterval]] = defaultdict(list)
    for one in every(AgentInterval, AgentInterval.started_at):
        of_member[one.member_id].append(one)
    for states in of_member.values():
        assert all(a.ended_at <= b.started_at for a, b in zip(states, states[1:], strict=False))
        for session in every(CtiSession):
            assert session.started_at < session.ended_at <= END
    assert len(of_member) >= 3
    by_call: dict[int, list[Leg]] = defaultdict(list)
    for leg in every(Leg):
        by_call[leg.call_id].append(leg)
        talked = [s for s in of_member[leg.member_id] if s.call_id == leg.call_id]
        assert talked, "whoever has a part in a call is in a state of it"
        assert min(s.started_at for s in talked) <= leg.started_at <= leg.ended_at
    of_people: dict[int, list[Leg]] = defaultdict(list)
    for leg in every(Leg, Leg.started_at):
        of_people[leg.member_id].append(leg)
    for legs in of_people.values():
        assert all(a.ended_at <= b.started_at for a, b in zip(legs, legs[1:], strict=False))
    waits = {wait.call_id: wait for wait in every(QueueEntry)}
    ticket_of = {ticket.call_id: ticket for ticket in every(Ticket) if ticket.call_id}
    for call in every(Call):
        legs, wait = by_call[call.id], waits.get(call.id)
        assert call.started_at <= call.ended_at <= END
        assert all(call.started_at <= leg.started_at <= leg.ended_at <= END for leg in legs)
        assert (call.answered_at is not None) is any(
            leg.answered_at for leg in legs if leg.kind is LegKind.AGENT
        )
        assert (call.id in ticket_of) is (call.answered_at is not None), "each talk has a ticket"
        assert call.link_id == (ticket_of[call.id].id if call.id in ticket_of else None)
        if wait is not None:
            assert wait.waited_ms == (wait.left_at - wait.entered_at) / timedelta(milliseconds=1)
            assert (wait.outcome is QueueOutcome.ANSWERED) is (call.answered_at is not None)
    for ticket in every(Ticket):
        assert (ticket.state is State.UNASSIGNED) is (ticket.assignee_id is None)
        assert ticket.created_at <= (ticket.resolved_at or ticket.created_at) <= END
    events = every(TicketEvent, TicketEvent.ticket_id, TicketEvent.id)
    pairs = zip(events, events[1:], strict=False)
    assert all(a.at <= b.at for a, b in pairs if a.ticket_id == b.ticket_id)
    assert max(event.at for event in events) <= END


@pytest.mark.spec("CBK-2", "SMS-7", "BIL-1")
def test_callbacks_and_texts_stand_as_they_were_dealt_with(mall: Service) -> None:
    for row in every(Callback):
        assert (row.state is CallbackState.COMPLETED) is (row.completed_at is not None)
        assert row.assignee_id is not None or row.attempts == 0
        assert row.last_call_id is None or db.session.get_one(Call, row.last_call_id)
    texts = every(SmsRecipient)
    charged = sum(count for (_of, _day, _item), count in mall.usage.items())
    assert charged == len(texts) > 0
    assert {item for _of, _day, item in mall.usage} <= {Item.SMS_MESSAGE, Item.MMS_MESSAGE}
