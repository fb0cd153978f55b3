"""The states that people put themselves in (CTI-4)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.identity.models import Agent, LoginSession, Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony.rules.calls import AgentState, Command
from occ.tickets.models import TicketViewer
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

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


@pytest.mark.spec("CTI-4", "TKT-4")
def test_whoever_has_a_browser_behind_other_windows_stays_logged_in(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Callable[..., Browser]
) -> None:
    """Without a sign of it for a minute they are taken for gone; nobody uses their session by it."""
    ticket = tickets.ticket(mall, boss)
    his = browser("kim")
    floor.login(kim)
    his.get("/c/me")
    his.post("/c/me/beat", {"ticket": ticket.id}, htmx=True)
    looks = sa.select(TicketViewer.ticket_id).where(TicketViewer.member_id == kim.member_id)
    used = sa.select(LoginSession.last_seen).where(LoginSession.member_id == kim.member_id)
    before = db.session.scalar(used)
    for _minute in range(3):
        floor.wait(50)
        assert floor.state(kim) is S.READY
        assert his.post("/c/me/there", htmx=True).status_code == 204
    db.session.rollback()
    assert db.session.scalar(used) == before and db.session.scalar(looks) == ticket.id
    floor.wait(61)
    assert floor.state(kim) is not S.READY
