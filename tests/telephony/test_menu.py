"""Calls through the published voice menu: what callers hear, where they end, and what they leave behind (ARS-3 … ARS-7)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from occ.ars import menus
from occ.ars.models import Queue
from occ.ars.rules.hours import Days, Range, Row
from occ.ars.rules.menu import Extra, Key, KeyKind, Language, Voice
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.telephony import queries
from occ.telephony.rules.calls import AgentState, CallOutcome, Command, Hears, Phase, QueueOutcome
from tests.factories import phone
from tests.factories.phone import Floor

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

KO = Language.KO


@pytest.fixture
def kim(boss: Member, mall: Service) -> Agent:
    return phone.agent(boss, mall, "kim")


@pytest.fixture
def orders(mall: Service, kim: Agent) -> Queue:
    made = phone.queue(mall, [kim])
    phone.menu(
        mall,
        Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=made.id, callback=True),
        Key(
            "2",
            KeyKind.ANNOUNCEMENT,
            {KO: "영업시간"},
            voices={KO: Voice("평일 아홉 시부터 여섯 시까지입니다.")},
        ),
    )
    return made


@pytest.mark.spec("ARS-3", "ARS-7", "TEL-1")
def test_a_call_goes_through_greeting_menu_queue_and_agent(
    floor: Floor, mall: Service, orders: Queue, kim: Agent
) -> None:
    ref = floor.place(mall)
    assert (floor.call(ref).phase, floor.said(ref)) == (Phase.MENU, ["greeting", "menu"])
    floor.press(ref, "2")
    assert floor.said(ref) == ["key:2", "replay"]
    floor.press(ref, "2", "1")
    call = floor.call(ref)
    assert (call.phase, call.queue_id, floor.said(ref)) == (Phase.QUEUED, orders.id, ["connecting"])
    floor.wait(20)
    assert floor.call(ref).hears is Hears.MUSIC
    floor.wait(11)
    assert floor.said(ref) == ["delayed", "callback_offer"]
    floor.login(kim)
    floor.step()
    floor.do(kim, Command.ANSWER)
    assert (floor.call(ref).phase, floor.call(ref).hears) == (Phase.TALKING, Hears.AGENT)


@pytest.mark.spec("ARS-3")
def test_without_a_key_the_menu_is_repeated_twice_then_the_call_ends(
    floor: Floor, mall: Service, orders: Queue
) -> None:
    ref = floor.place(mall)
    heard = []
    for _second in range(120):
        if not heard or heard[-1] != floor.said(ref):
            heard.append(floor.said(ref))
        if floor.call(ref).ended_at:
            break
        floor.wait(1)
    assert heard[0] == ["greeting", "menu"] and heard[-2:] == [["goodbye"], []]
    assert floor.call(ref).outcome is CallOutcome.MENU
    assert queries.last_entry(floor.call(ref).id) is None, "it was never offered to agents"


@pytest.mark.spec("ARS-3", "CBK-1")
def test_staying_in_the_queue_offers_a_callback_that_frees_the_line(
    floor: Floor, mall: Service, orders: Queue, kim: Agent
) -> None:
    ref = floor.place(mall)
    floor.press(ref, "1", "1")
    assert floor.call(ref).phase is Phase.QUEUED, "not offered yet"
    floor.wait(31)
    floor.press(ref, "1")
    entry = queries.last_entry(floor.call(ref).id)
    assert entry is not None and entry.outcome is QueueOutcome.CALLBACK
    assert floor.said(ref) == ["callback_received", "goodbye"]
    floor.login(kim)
    floor.step()
    assert floor.state(kim) is AgentState.READY, "nobody is rung for a caller who left"
    floor.wait(15)
    assert floor.call(ref).outcome is CallOutcome.CALLBACK


@pytest.mark.spec("ARS-4", "ARS-5")
def test_out_of_hours_the_generated_sentence_plays_and_the_call_ends(
    floor: Floor, mall: Service, orders: Queue
) -> None:
    floor.now += timedelta(hours=2, minutes=30)  # 12:30 in Seoul
    ref = floor.place(mall)
    floor.press(ref, "1")
    said = floor.call(ref).said
    assert said is not None
    assert [say["code"] for say in said] == ["after_hours", "goodbye"]
    assert "점심시간은 낮 12시부터 오후 1시까지입니다." in said[0]["text"]
    floor.wait(60)
    assert floor.call(ref).outcome is CallOutcome.MENU


@pytest.mark.spec("ARS-2")
def test_publishing_takes_effect_for_the_next_call(
    floor: Floor, mall: Service, orders: Queue
) -> None:
    before = floor.place(mall)
    phone.menu(mall, Key("5", KeyKind.QUEUE, {KO: "새 메뉴"}, queue=orders.id))
    after = floor.place(mall)
    floor.press(before, "5")
    floor.press(after, "5")
    assert (floor.said(before)[0], floor.call(after).phase) == ("wrong", Phase.QUEUED)
    floor.press(before, "1")
    assert floor.call(before).phase is Phase.QUEUED


@pytest.mark.spec("ARS-7", "CTI-4")
def test_the_abuse_announcement_is_the_services_own(
    floor: Floor, mall: Service, orders: Queue, kim: Agent
) -> None:
    extras = {**menus.beginning(mall).extras, Extra.ABUSE: {KO: Voice("폭언은 녹음됩니다.")}}
    always = Row(Days.WEEKDAYS, (Range(0, 1440),))
    phone.menu(
        mall, Key("1", KeyKind.QUEUE, {KO: "주문"}, queue=orders.id), extras=extras, hours=(always,)
    )
    floor.login(kim)
    ref = floor.place(mall)
    floor.press(ref, "1")
    floor.do(kim, Command.ANSWER)
    floor.do(kim, Command.ABUSE)
    said = floor.call(ref).said
    assert said is not None and said[0]["text"] == "폭언은 녹음됩니다."


@pytest.mark.spec("TEL-2", "ORG-5")
def test_a_caller_in_the_menu_can_leave_and_is_turned_away_when_the_service_is_suspended(
    floor: Floor, boss: Member, mall: Service, orders: Queue
) -> None:
    from occ.organization import service as organization
    from tests.factories import world

    leaves, stays = floor.place(mall), floor.place(mall)
    floor.leave(leaves)
    assert floor.call(leaves).outcome is CallOutcome.MENU
    with db.write():
        organization.set_state(mall, active=False, actor=world.actor(boss))
    floor.wait(1)
    assert floor.said(stays) == ["suspended"]
    floor.wait(10)
    assert floor.call(stays).outcome is CallOutcome.SUSPENDED


@pytest.mark.spec("ARS-9")
def test_a_queue_that_takes_no_callbacks_offers_none(
    floor: Floor, mall: Service, orders: Queue
) -> None:
    with db.write() as session:
        session.get_one(Queue, orders.id).callback = False
    ref = floor.place(mall)
    floor.press(ref, "1")
    floor.wait(31)
    assert floor.said(ref) == ["delayed"]


@pytest.mark.spec("ARS-8")
def test_publishing_is_refused_where_a_caller_would_hear_silence(
    mall: Service, orders: Queue
) -> None:
    from occ.core.errors import Refused

    good = menus.draft(mall)
    silent = Key("3", KeyKind.ANNOUNCEMENT, {KO: "빈 멘트"})
    for changes in ({"keys": (*good.keys, silent)}, {"extras": {**good.extras, Extra.GOODBYE: {}}}):
        with db.write():
            menus.replace_parts(mall, by="Boss", **vars(replace(good, **changes)))  # type: ignore[arg-type]
        with pytest.raises(Refused), db.write():
            menus.publish(mall, by="Boss", seen=menus.seal(menus.draft(mall)))
        assert [version.number for version in menus.versions(mall.id)] == [1]


@pytest.mark.heavy
def test_the_load_modes_callers_press_keys(
    floor: Floor, mall: Service, orders: Queue, kim: Agent
) -> None:
    from occ.telephony import settings

    values: dict[str, Any] = {
        "on": True,
        "calls_per_hour": 3600,
        "patience_seconds": 90,
        "talk_seconds": 20,
        "robots": 1,
    }
    with db.write():
        settings.save_load(mall.id, values)
    floor.wait(60)
    phases = {call.phase for call in queries.open_calls()}
    assert Phase.QUEUED in phases and Phase.MENU in phases


@pytest.mark.spec("CTI-5")
def test_an_announcement_that_ends_while_it_rings_does_not_ring_longer(
    floor: Floor, mall: Service, orders: Queue, kim: Agent
) -> None:
    floor.login(kim)
    ref = floor.place(mall)
    floor.press(ref, "1")
    assert floor.call(ref).phase is Phase.RINGING
    due = floor.call(ref).due_at
    floor.wait(10)
    assert (floor.call(ref).hears, floor.call(ref).due_at) == (Hears.MUSIC, due)
