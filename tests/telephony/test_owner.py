"""One owner at a time: the lease, its epoch, and what a paused or failing owner cannot do (TEL-2, OPS-5)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.ars.models import CallerId
from occ.core import clock
from occ.core.db import db
from occ.identity import agents
from occ.identity.models import Agent, Member
from occ.organization import service as organization
from occ.organization.jobs import erase_terminated
from occ.organization.models import Service
from occ.telephony import queries, service, settings
from occ.telephony.drivers.simulator import Simulator
from occ.telephony.engine import Engine
from occ.telephony.models import Call, Leg, QueueEntry, TelephonyOwner
from occ.telephony.rules.calls import AgentState, CallOutcome, Command, Phase
from occ.tickets.models import Ticket
from occ.wallboard.models import WallLink
from tests.factories import phone, world
from tests.factories.phone import Floor

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.mark.spec("TEL-2", "OPS-5")
def test_a_second_owner_waits_then_takes_over_and_the_paused_one_cannot_act(
    floor: Floor, mall: Service, kim: Agent
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    other = Engine(Simulator())
    with floor.time():
        assert not other.step(), "the lease is taken"
    assert floor.call(ref).phase is Phase.TALKING
    floor.now += timedelta(seconds=11)
    with floor.time():
        assert other.step(), "the lease ran out"
    assert (floor.call(ref).outcome, floor.state(kim)) == (
        CallOutcome.INTERRUPTED,
        AgentState.READY,
    ), "the simulator keeps no call"
    with floor.time():
        assert not floor.engine.step(), "whoever was paused finds another epoch"
    assert db.session.scalars(sa.select(TelephonyOwner.epoch)).all() == [2]


@pytest.mark.spec("TEL-2", "OPS-5")
def test_an_owner_that_ends_in_order_keeps_nobody_waiting(
    floor: Floor, mall: Service, kim: Agent
) -> None:
    floor.login(kim)
    other = Engine(Simulator())
    with floor.time():
        assert not other.step(), "the lease is taken"
        floor.engine.leave()
        assert other.step(), "and given back"
        other.leave()
        floor.engine.leave()  # of somebody else by now
        assert db.session.scalars(sa.select(TelephonyOwner.lease_until)).one() == floor.now


@pytest.mark.spec("TEL-2")
def test_what_a_predecessor_left_is_closed_although_it_failed_at_first(
    floor: Floor, mall: Service, kim: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.engine.leave()
    other, interrupt = Engine(Simulator()), service.interrupt

    def failing(alive: set[str]) -> None:
        monkeypatch.setattr(service, "interrupt", interrupt)
        raise sa.exc.OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(service, "interrupt", failing)
    with floor.time():
        with pytest.raises(sa.exc.OperationalError):
            other.step()
        assert floor.call(ref).outcome is None
        assert other.step()
    assert floor.call(ref).outcome is CallOutcome.INTERRUPTED


@pytest.mark.spec("TEL-2")
def test_an_owner_that_does_not_know_yet_of_its_successor_writes_nothing(
    floor: Floor, mall: Service, kim: Agent
) -> None:
    floor.login(kim)
    with db.write():
        db.session.execute(sa.update(TelephonyOwner).values(lease_until=floor.now))
    with floor.time():
        assert Engine(Simulator()).step(), "by its clock the lease ran out"
        assert floor.engine.own(), "it renewed it a moment ago"
        simulator = floor.engine.driver
        assert isinstance(simulator, Simulator)
        simulator.place("late", "+821000000013", phone.main_number(mall), floor.now)
        assert not floor.engine.step()
        assert not floor.engine.own()
    assert db.session.scalars(sa.select(Call)).all() == []
    assert db.session.scalars(sa.select(TelephonyOwner.epoch)).all() == [2]


def owner() -> TelephonyOwner:
    return db.session.scalars(
        sa.select(TelephonyOwner).execution_options(populate_existing=True)
    ).one()


@pytest.mark.spec("TEL-2", "OPS-5")
def test_an_idle_engine_looks_without_writing_and_is_quick_again_when_somebody_logs_in(
    floor: Floor, mall: Service, kim: Agent
) -> None:
    written: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    floor.step()
    began = floor.now
    assert owner().lease_until == began + timedelta(seconds=110)
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        floor.wait(89)
        with floor.time():
            assert not Engine(Simulator()).step(), "the lease is taken"
        assert not written, "looking writes nothing"
        assert floor.engine.pause == 1.0
        floor.wait(1)
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
    assert len(written) == 1 and owner().lease_until == began + timedelta(seconds=200)
    floor.login(kim)
    assert owner().lease_until == began + timedelta(seconds=100), "as short as with calls"
    assert floor.engine.pause == 0.05
    floor.do(kim, Command.LOGOUT)
    floor.wait(3)
    assert owner().lease_until - floor.now >= timedelta(seconds=109) and floor.engine.pause == 1.0


@pytest.mark.spec("TEL-1", "TEL-2")
@pytest.mark.parametrize("what", ["call", "load"])
def test_an_engine_is_not_idle_while_a_call_or_a_load_goes_on(
    floor: Floor, mall: Service, what: str
) -> None:
    floor.step()
    assert floor.engine.pause == 1.0
    if what == "call":
        ref = floor.place(mall)
    else:
        with db.write():
            settings.save_load(mall.id, {"on": True})
        floor.step()
    assert floor.engine.pause == 0.05
    assert owner().lease_until == floor.now + timedelta(seconds=10)
    if what == "call":
        floor.leave(ref)
        floor.step()
        assert floor.engine.pause == 1.0


@pytest.mark.spec("ORG-5", "TEL-2")
def test_only_calls_of_a_service_that_was_suspended_wait_in_vain(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    other = phone.service(boss, "pay")
    phone.queue(other, [phone.agent(boss, other, "lee")])
    stopped, goes_on = floor.place(mall), floor.place(other)
    assert not queries.waiting_in_vain()
    with db.write():
        organization.set_state(mall, active=False, actor=world.actor(boss))
    assert queries.waiting_in_vain() == [floor.call(stopped).id]
    floor.wait(1)
    assert not queries.waiting_in_vain()
    assert floor.call(goes_on).phase is Phase.QUEUED


@pytest.mark.spec("TEL-2")
def test_one_call_that_fails_does_not_stop_the_others(
    floor: Floor,
    mall: Service,
    kim: Agent,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    arrive = service.arrive

    def broken(ref: str, caller: str, called: str) -> object:
        if caller.endswith("13"):
            raise RuntimeError("no such line card")
        return arrive(ref, caller, called)

    monkeypatch.setattr(service, "arrive", broken)
    floor.login(kim)
    simulator = floor.engine.driver
    assert isinstance(simulator, Simulator)
    number = phone.main_number(mall)
    simulator.place("bad", "+821000000013", number, floor.now)
    simulator.place("good", "+821000000014", number, floor.now)
    floor.step()
    assert floor.call("good").agent_id == kim.member_id
    assert "telephony at arrived failed" in caplog.text


@pytest.mark.spec("TEL-2")
def test_the_same_call_reported_twice_is_one_call(floor: Floor, mall: Service, kim: Agent) -> None:
    ref = floor.place(mall)
    simulator = floor.engine.driver
    assert isinstance(simulator, Simulator)
    simulator.place(ref, "+821000000001", phone.main_number(mall), floor.now)
    floor.step()
    assert floor.call(ref).phase is Phase.QUEUED
    floor.leave(ref)
    floor.leave(ref)
    assert floor.call(ref).outcome is CallOutcome.ABANDONED


@pytest.mark.spec("CTI-4", "MEM-2")
def test_an_agent_who_loses_the_phone_permission_is_logged_out_when_the_call_is_over(
    floor: Floor, boss: Member, mall: Service, kim: Agent
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    with db.write():
        agents.remove(kim, actor=world.actor(boss))
    floor.wait(2)
    assert floor.state(kim) is AgentState.TALKING
    floor.leave(ref)
    floor.wait(1)
    assert floor.state(kim) is None


@pytest.mark.spec("ORG-5", "TEL-2")
def test_an_erased_service_leaves_no_call_ticket_or_link(floor: Floor, boss: Member) -> None:
    mall = phone.furnished(boss)
    actor = world.actor(boss)
    floor.place(mall)
    with db.write():
        organization.set_state(mall, active=False, actor=actor)
        organization.terminate(mall, typed="mall", actor=actor)
    with clock.at(clock.now() + timedelta(days=91)):
        assert erase_terminated() == "1"
    db.session.expire_all()
    for table in (Call, Leg, QueueEntry, Ticket, WallLink, CallerId):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table
    assert mall.certificate is not None and (
        mall.certificate["counts"]["calls"],
        mall.certificate["counts"]["tickets"],
    ) == (2, 1)
