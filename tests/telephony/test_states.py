"""The states that people put themselves in (CTI-4)."""

from collections.abc import Callable

import pytest

from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony.rules.calls import AgentState, Command
from tests.factories import world
from tests.factories.phone import Floor
from tests.support.browser import Browser

S = AgentState


@pytest.mark.spec("CTI-4", "ORG-3")
@pytest.mark.parametrize("chat", [False, True])
def test_chat_work_is_offered_to_whoever_serves_a_service_with_chat(
    floor: Floor,
    boss: Member,
    mall: Service,
    kim: Agent,
    browser: Callable[..., Browser],
    chat: bool,
) -> None:
    features = world.BASIC | ({Feature.CHAT} if chat else set())
    other = world.contracted(boss, "pay", features=frozenset(features))
    world.agent(boss, other, db.session.get_one(Member, kim.member_id))
    his = browser("kim")
    floor.login(kim)

    def sent(command: str, **values: object) -> int:
        his.get("/c/me")
        key = f"{command}-{floor.now}"
        return his.post(f"/c/phone/{command}", {"key": key, **values}, htmx=True).status_code

    his.get("/c/phone", htmx=True)
    states = his.texts("//*[@class='p-states']//button")
    assert "Ticket work" in states and ("Chat work" in states) is chat
    assert sent("state", state="chat") == (200 if chat else 422)
    assert (floor.state(kim) is S.CHAT) is chat
    his.get("/c/s/mall/performance")
    assert "Ticket work" in his.text() and (chat or "Chat work" not in his.text())

    floor.do(kim, Command.STATE, state="ready")
    call = floor.call(floor.place(mall))
    floor.do(kim, Command.ANSWER)
    floor.do(kim, Command.HANG_UP)
    his.get("/c/phone", htmx=True)
    assert ("Next: Chat work" in his.texts("//select[@name='state']/option")) is chat
    assert sent("wrap_up", call=call.id, notes="", state="chat") == (200 if chat else 422)
    assert (floor.state(kim) is S.CHAT) is chat
