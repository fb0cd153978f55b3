"""What agents dial and what a phone system reports: colleagues first, short numbers as they are, nothing prefixed (CTI-4, CTI-6)."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from occ.ars.queries import numbers_to_dial_from
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Source
from occ.core.db import db
from occ.customers.models import Customer
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.telephony import queries
from occ.telephony.models import Call, CtiAgent, Leg
from occ.telephony.rules.calls import AgentState as S
from occ.telephony.rules.calls import Command, Phase
from occ.tickets.models import Ticket
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy

Make = Callable[..., Browser]
_clicks = itertools.count()


@pytest.fixture
def lee(boss: Member, mall: Service, kim: Agent) -> Agent:
    """The CTI number is 2002."""
    return phone.agent(boss, mall, "lee")


def click(his: Browser, command: str, **values: Any) -> int:
    his.get("/c/me")
    return his.post(
        f"/c/phone/{command}", {"key": f"number-{next(_clicks)}", **values}, htmx=True
    ).status_code


def dialed() -> list[str]:
    """The numbers of the calls made so far."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(Call.customer_number).order_by(Call.id)))


def caller_id(of: Service) -> str:
    return f"{of.id}:{phone.main_number(of)}"


@pytest.mark.spec("CTI-4")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2002", "2002 is Lee. Colleagues are reached by transferring a call."),
        ("２００２", "2002 is Lee."),
        (
            "5678",
            "This is not a phone number. Enter it whole, such as 010-2000-0000, or with + and its country code.",
        ),
        ("+2002", "This is not a phone number."),
        (
            "02-123-4567 내선 12",
            "Enter the number without “내선 12”. Extensions and second numbers are not taken.",
        ),
        ("03-1234-56", "This is not a phone number."),
        ("", "Fill this in."),
    ],
)
def test_what_cannot_be_called_is_refused_in_words(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, browser: Make, typed: str, words: str
) -> None:
    his = browser("kim")
    click(his, "login")
    assert click(his, "dial", number=typed, caller_id=caller_id(mall)) == 422
    assert words in his.text()
    assert his.field("number") == typed
    assert (dialed(), floor.state(kim)) == ([], S.READY)


@pytest.mark.spec("CTI-4", "CTI-6")
@pytest.mark.parametrize(
    ("typed", "number"), [("119", "119"), ("1-1-2", "112"), ("1330", "1330"), ("110", "110")]
)
def test_short_numbers_are_called_as_they_are_and_are_nobodys_customer(
    floor: Floor, mall: Service, kim: Agent, browser: Make, typed: str, number: str
) -> None:
    his = browser("kim")
    click(his, "login")
    assert click(his, "dial", number=typed, caller_id=caller_id(mall)) == 200
    assert number in his.text()
    floor.wait(2)
    assert (dialed(), floor.state(kim)) == ([number], S.TALKING)
    assert db.session.scalars(sa.select(Customer.phone)).all() == []
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert ticket.customer_id is None and number in his.get(f"/c/s/mall/tickets/{ticket.id}").text


@pytest.mark.spec("CTI-4", "ORG-2")
def test_a_number_is_dialed_in_the_country_of_the_service_it_is_dialed_from(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    tokyo = phone.service(boss, "tokyo", time_zone="Asia/Tokyo")
    phone.agent(boss, tokyo, "kim")
    his = browser("kim")
    click(his, "login")
    click(his, "dial", number="112", caller_id=caller_id(tokyo))
    assert "such as 090-1234-5678" in his.text(), "112 is no number there"
    assert click(his, "dial", number="03-1234-5678", caller_id=caller_id(tokyo)) == 200
    assert "+81 3-1234-5678" in his.text()
    assert dialed() == ["+81312345678"]


@pytest.mark.spec("CTI-4")
def test_a_colleagues_number_asks_the_colleague_within_the_call(
    floor: Floor, boss: Member, mall: Service, kim: Agent, lee: Agent, browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    phone.agent(boss, pay, "park")
    his = browser("kim")
    click(his, "login")
    ref = floor.place(mall)
    call = floor.call(ref).id
    click(his, "answer", call=call)
    for typed, words in (
        ("2001", "You cannot transfer a call to yourself. Choose somebody else."),
        ("2002", "Lee is not logged in to CTI. Choose somebody else."),
        ("2003", "This agent takes no calls of this service."),
        ("2009", "This is not a phone number."),
        ("02-123-4567 ext. 12", "without “ext. 12”"),
        ("", "Fill this in."),
    ):
        assert click(his, "consult", call=call, number=typed) == 422
        assert words in his.text(), typed
    floor.login(lee)
    assert click(his, "consult", call=call, number="2002") == 200
    assert (floor.state(lee), floor.call(ref).target_member_id, floor.call(ref).target_number) == (
        S.RINGING,
        lee.member_id,
        "",
    )
    assert db.session.scalars(sa.select(Leg.number)).all() == ["", ""], "nothing was dialed outside"


@pytest.mark.spec("CTI-4")
def test_a_short_number_is_asked_as_it_is(
    floor: Floor, mall: Service, kim: Agent, browser: Make
) -> None:
    his = browser("kim")
    click(his, "login")
    ref = floor.place(mall)
    click(his, "answer", call=floor.call(ref).id)
    assert click(his, "consult", call=floor.call(ref).id, number="119") == 200
    floor.wait(2)
    call = floor.call(ref)
    assert (call.phase, call.target_number) == (Phase.CONSULTING, "119")
    assert click(his, "connect", call=call.id) == 200
    assert floor.call(ref).phase is Phase.OUTSIDE


@pytest.mark.spec("CTI-4")
def test_favourites_take_colleagues_short_and_whole_numbers(
    floor: Floor, mall: Service, kim: Agent, lee: Agent, browser: Make
) -> None:
    his = browser("kim")
    for name, typed, stored in (
        ("Lee", "2002", "2002"),
        ("Fire", "119", "119"),
        ("Bank", "1811 1234", "+8218111234"),
    ):
        his.get("/c/phone/favourites")
        assert (
            his.post("/c/phone/favourites", {"name": name, "number": typed}, htmx=True).status_code
            == 200
        )
        assert stored in [row.number for row in queries.favourites(kim.member_id)]
    for typed in ("2009", "5678"):
        assert (
            his.post("/c/phone/favourites", {"name": "Odd", "number": typed}, htmx=True).status_code
            == 422
        )
        assert "This is not a phone number." in his.errors() and his.field("number") == typed
    click(his, "login")
    floor.login(lee)
    ref = floor.place(mall)
    click(his, "answer", call=floor.call(ref).id)
    assert (
        "Lee · 2002" in his.text()
        and "Fire · 119" in his.text()
        and "Bank · 1811-1234" in his.text()
    )
    assert click(his, "consult", call=floor.call(ref).id, number="2002") == 200
    assert floor.state(lee) is S.RINGING


@pytest.mark.spec("CTI-2")
def test_an_emergency_number_is_nobodys_cti_number(
    mall: Service, kim: Agent, admin: Browser
) -> None:
    path = f"/c/org/cti/agents/{kim.member_id}"
    admin.get(path)
    admin.post(path, {"cti_id": "kim", "number": "119"})
    assert "119 is an emergency number. Choose another one." in admin.errors()
    assert db.session.scalars(sa.select(CtiAgent.number)).all() == ["2001"]


REPORTED = [
    ("01012345678", "+821012345678", True),
    ("+821012345678", "+821012345678", True),
    ("anonymous", "", False),
    ("", "", False),
    ("1234", "1234", True),
    ("119", "119", False),
    ("+82119", "+82119", True),
    ("sip:kim@pbx", "sip:kim@pbx", True),
    ("9" * 50, "9" * 32, True),
]


@pytest.mark.spec("CTI-6", "TEL-2", "CBK-2")
@pytest.mark.parametrize(("caller", "kept", "known"), REPORTED)
def test_a_call_never_fails_over_the_number_that_it_reports(
    floor: Floor, mall: Service, kim: Agent, browser: Make, caller: str, kept: str, known: bool
) -> None:
    assert isinstance(floor.engine.driver, phone.Simulator)
    floor.login(kim)
    floor.engine.driver.place("reported", caller, phone.main_number(mall), floor.now)
    floor.step()
    call = floor.call("reported")
    assert (call.customer_number, call.phase, call.customer_id is not None) == (
        kept,
        Phase.RINGING,
        known,
    )
    his = browser("kim")
    assert his.get("/c/phone").status_code == 200
    floor.do(kim, Command.ANSWER)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert his.get(f"/c/s/mall/tickets/{ticket.id}").status_code == 200
    assert his.get("/c/s/mall/customers").status_code == 200


@pytest.mark.spec("CBK-2")
def test_a_callback_calls_the_number_that_called_whatever_it_is(
    floor: Floor, mall: Service, kim: Agent, boss: Member, browser: Make
) -> None:
    world.agent(boss, mall, boss, manager=True)
    queue_id = db.session.scalars(sa.select(phone.Queue.id)).one()
    with db.write():
        asked = callbacks.ask(mall, queue_id, "+8218391234567", Source.MENU)
        callbacks.assign(
            mall, [asked.id], [kim.member_id], callbacks.Mode.MANUAL, actor=world.actor(boss)
        )
        ident = asked.id
    assert numbers_to_dial_from(mall.id)
    his = browser("kim")
    click(his, "login")
    his.get("/c/s/mall/callbacks")
    assert (
        his.post(f"/c/s/mall/callbacks/{ident}/connect", {"key": "once"}, htmx=True).status_code
        == 204
    )
    assert dialed() == ["+8218391234567"]
    db.session.rollback()
    assert db.session.scalars(sa.select(Callback.attempts)).one() == 1


@pytest.mark.spec("TEL-1")
def test_the_caller_page_plays_whole_numbers_only(
    floor: Floor, boss: Member, mall: Service, kim: Agent, admin: Browser
) -> None:
    world.agent(boss, mall, boss, manager=True)
    for typed in ("119", "2001", "02-123-4567~9"):
        admin.get("/c/s/mall/caller")
        assert (
            admin.post("/c/s/mall/caller", {"caller": typed, "key": f"play-{typed}"}).status_code
            == 422
        )
        assert dialed() == []
    assert (
        admin.post("/c/s/mall/caller", {"caller": "0505-123-4567", "key": "play"}).status_code
        == 303
    )
    assert dialed() == ["+825051234567"]
