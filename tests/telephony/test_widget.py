"""The phone widget through its page: clicks, refusals, strangers (CTI-4)."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask_login import user_accessed

from occ.ars import service as ars
from occ.audit.models import LoginEntry
from occ.audit.rules import LoginChannel, LoginResult
from occ.core.db import db
from occ.customers.models import Customer
from occ.identity.models import Agent, Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import Feature, Terms
from occ.telephony import queries, settings
from occ.telephony.models import Call, CtiAgent, PhoneCommand
from occ.telephony.rules.calls import AgentState, CallOutcome, Phase
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from occ.tickets.rules import Reason, State
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser
from tests.support.sheets import sheet
from tests.tickets.screen import titles

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

S = AgentState
_clicks = itertools.count()
Make = Callable[..., Browser]


def click(his: Browser, command: str, **values: Any) -> Any:
    his.get("/c/me")
    return his.post(f"/c/phone/{command}", {"key": f"click-{next(_clicks)}", **values}, htmx=True)


def card(his: Browser) -> str:
    return his.get("/c/phone", htmx=True).text


@pytest.mark.spec("CTI-4", "CTI-6", "ARS-9")
def test_an_agent_takes_a_call_files_it_and_is_ready_again(
    floor: Floor, mall: Service, kim: Agent, browser: Make
) -> None:
    with db.write():
        made = ars.save_disposition(mall, None, name="Refund")
    refund = made.id
    his = browser("kim")
    assert "CTI login" in card(his)
    assert click(his, "login").status_code == 200
    assert floor.state(kim) is S.READY
    ref = floor.place(mall, "+821012345678")
    shown = card(his)
    assert 'data-state="ringing"' in shown
    assert "010-1234-5678" in shown and "Orders" in shown and "070-" in shown
    call = floor.call(ref)
    click(his, "answer", call=call.id)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert f"/c/s/mall/tickets/{ticket.id}" in card(his)
    assert "010-1234-5678" in his.get(f"/c/s/mall/tickets/{ticket.id}").text
    click(his, "hold", call=call.id)
    assert "Resume the call" in card(his)
    click(his, "resume", call=call.id)
    click(his, "wrap_up", call=call.id, notes="first note", disposition="")
    click(his, "hang_up", call=call.id)
    assert 'data-state="wrap_up"' in card(his)
    assert "first note" in card(his), "what was written during the call"
    answer = click(
        his, "wrap_up", call=call.id, notes="x" * 1025, disposition=refund, state="ready"
    )
    assert answer.status_code == 422
    assert "1 character too many." in his.text()
    assert (
        click(
            his, "wrap_up", call=call.id, notes="x" * 1024, disposition=refund, state="ready"
        ).status_code
        == 200
    )
    db.session.expire_all()
    leg = queries.own_leg(call.id, kim.member_id)
    assert leg is not None
    assert (leg.disposition_id, len(leg.notes), floor.state(kim)) == (refund, 1024, S.READY)
    his.get(f"/c/s/mall/tickets/{ticket.id}")
    assert "Disposition Refund" in his.text(), "it is neither of the ticket's types"
    assert "Completed" in his.text()


@pytest.mark.spec("CTI-4", "MEM-6")
def test_cti_login_is_refused_without_data_without_a_contract_and_twice(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    his = browser("kim")
    db.session.execute(sa.delete(CtiAgent))
    db.session.commit()
    assert click(his, "login").status_code == 422
    assert "You have no CTI ID and number yet." in his.text()
    with db.write():
        db.session.add(CtiAgent(member_id=kim.member_id, cti_id="kim", number="2001"))
    click(his, "login")
    answer = click(his, "login")
    assert answer.status_code == 422
    assert "You are logged in to CTI already." in his.text()
    tried = sa.select(LoginEntry.result).where(LoginEntry.channel == LoginChannel.CTI)
    assert db.session.scalars(tried.order_by(LoginEntry.id)).all() == [
        LoginResult.NO_SUCH_AGENT,
        LoginResult.SUCCESS,
    ]
    admin = browser("boss")
    admin.get("/c/org/logs/logins")
    assert "No such agent" in admin.text()
    click(his, "logout")
    with db.write():
        organization.change_contract(
            mall, Terms(frozenset({Feature.TICKET}), 60, {}), actor=world.actor(boss)
        )
    assert click(his, "login").status_code == 403, "the phone right went with the contract"


@pytest.mark.spec("CTI-7", "CTI-4")
def test_only_registered_caller_ids_can_be_dialed_from(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    with db.write():
        row = ars.save_caller_id(
            mall, None, name="Desk", number="+8215770001", proof="x", actor=world.actor(boss)
        )
    pay = phone.service(boss, "pay")
    his = browser("kim")
    click(his, "login")
    for of in (mall, pay):  # of another service, whichever is named
        theirs = f"{of.id}:{phone.main_number(pay)}"
        assert click(his, "dial", number="010-5555-0000", caller_id=theirs).status_code == 422
    assert "1577-0001" not in card(his)
    answer = click(his, "dial", number="010-5555-0000", caller_id=f"{mall.id}:+8215770001")
    assert answer.status_code == 422
    assert "Only registered caller IDs can be dialed from." in his.text()
    with db.write():
        ars.decide_caller_id(row, mall, accept=True, reason="", actor=world.actor(boss))
    assert "1577-0001" in card(his)
    assert (
        click(his, "dial", number="nonsense", caller_id=f"{mall.id}:+8215770001").status_code == 422
    )
    assert "This is not a phone number." in his.text()
    assert (
        click(his, "dial", number="010-5555-0000", caller_id=f"{mall.id}:+8215770001").status_code
        == 200
    )
    assert floor.state(kim) is S.DIALING
    floor.wait(2)
    assert floor.state(kim) is S.TALKING
    assert db.session.scalars(sa.select(Call.service_number)).all() == ["+8215770001"]


@pytest.mark.spec("CTI-4")
def test_somebody_elses_call_is_not_found_and_a_strangers_widget_is_closed(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    lee = phone.agent(boss, pay, "lee")
    plain = world.agent(boss, mall, world.member("plain"), ticket=True)
    floor.login(kim)
    floor.login(lee)
    ref = floor.place(mall)
    floor.do(kim, phone.Command.ANSWER)
    call = floor.call(ref)
    hers = browser("lee")
    for command in ("answer", "hold", "hang_up", "consult", "abuse", "wrap_up"):
        assert (
            click(hers, command, call=call.id, number="0212345678", notes="").status_code == 404
        ), command
    kept = hers.post(f"/c/phone/calls/{call.id}/notes", {"notes": "Not hers"}, htmx=True)
    leg = queries.own_leg(call.id, kim.member_id)
    assert leg is not None and (kept.status_code, leg.notes) == (404, "")
    assert hers.post("/c/phone/calls/0/notes", {"notes": "Of none"}, htmx=True).status_code == 404
    assert floor.call(ref).phase is Phase.TALKING
    his = browser(plain.member.login_id)
    assert his.get("/c/phone", htmx=True).status_code == 403
    assert click(his, "login").status_code == 403
    his.get("/c/me")
    assert his.post(f"/c/phone/calls/{call.id}/notes", {}, htmx=True).status_code == 403
    assert click(his, "explode").status_code == 403 and click(hers, "explode").status_code == 404


@pytest.mark.spec("CTI-4", "MEM-4")
def test_a_missing_right_is_said_and_not_that_something_was_wrong(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    one = phone.agent(boss, mall, "one", transfer=False)
    phone.queue(mall, [one])
    other = world.contracted(boss, "plain", features=frozenset({Feature.TICKET}), seats=9)
    world.agent(boss, other, one.member, ticket=True)
    his = browser("one")
    floor.login(one)
    ref = floor.place(mall)
    floor.do(one, phone.Command.ANSWER)
    answer = click(his, "consult", call=floor.call(ref).id, number="02-1234-5678")
    assert (
        answer.status_code == 403
        and "You need the permission to transfer calls. Ask a manager" in answer.text
    )
    floor.do(one, phone.Command.HANG_UP)
    answer = click(his, "dial", number="010-5555-0000", caller_id=f"{other.id}:+8215770001")
    assert (
        answer.status_code == 403
        and "You have no phone permission in this service. Ask a manager" in answer.text
    )


@pytest.mark.spec("CTI-4")
def test_a_double_click_is_one_click_and_a_late_one_lapses(
    floor: Floor, mall: Service, kim: Agent, browser: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    his = browser("kim")
    click(his, "login")
    his.get("/c/me")
    for _n in range(2):
        his.post("/c/phone/state", {"key": "same", "state": "rest"}, htmx=True)
    assert (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(PhoneCommand).where(PhoneCommand.key == "same")
        )
        == 1
    )
    assert floor.state(kim) is S.REST
    monkeypatch.setattr(phone.bus, "wake", lambda: None)
    answer = his.post("/c/phone/state", {"key": "late", "state": "ready"}, htmx=True)
    assert "has not answered yet" in his.text() and answer.status_code == 200
    floor.now += phone.timedelta(seconds=5)
    floor.step()
    assert floor.state(kim) is S.REST, "expired"


@pytest.mark.spec("CTI-8")
def test_ringing_opens_the_agents_own_system_unless_switched_off(
    floor: Floor, mall: Service, kim: Agent, browser: Make, boss: Member
) -> None:
    world.agent(boss, mall, boss, manager=True)
    admin = browser("boss")
    admin.get("/c/s/mall/ars/work")
    values = {"after_login": "ready", "after_call": "ready", "version": admin.field("version")}
    admin.post("/c/s/mall/ars/work", {**values, "popup_url": "javascript:alert(1)"})
    assert "Enter a web address that begins with http:// or https://." in admin.errors()
    admin.post("/c/s/mall/ars/work", {**values, "popup_url": "https://crm..example/?p={caller}"})
    assert "The host of this address is not a valid name. Check the address." in admin.errors()
    assert (
        admin.post(
            "/c/s/mall/ars/work", {**values, "popup_url": "https://고객.example/찾기?p={caller}"}
        ).status_code
        == 303
    )
    values["version"] = int(values["version"]) + 1
    assert (
        admin.post(
            "/c/s/mall/ars/work",
            {**values, "popup_url": "https://crm.example/?p={caller}&q={queue}"},
        ).status_code
        == 303
    )
    floor.login(kim)
    floor.place(mall, "+821012345678")
    his = browser("kim")
    assert 'href="https://crm.example/?p=%2B821012345678&amp;q=Orders"' in card(his)
    his.get("/c/me")
    his.post("/c/phone/popup", {"on": "0"}, htmx=True)
    assert "crm.example" not in card(his)
    floor.do(kim, phone.Command.ANSWER)
    floor.do(kim, phone.Command.HANG_UP)
    assert floor.state(kim) is S.READY, "the service's state after a call"


@pytest.mark.spec("CTI-4")
def test_favourites_are_the_agents_own(
    floor: Floor, mall: Service, kim: Agent, browser: Make, boss: Member
) -> None:
    lee = phone.agent(boss, mall, "lee")
    his, hers = browser("kim"), browser(lee.member.login_id)
    his.get("/c/phone/favourites")
    assert (
        his.post(
            "/c/phone/favourites", {"name": "Bank", "number": "02-555-0000"}, htmx=True
        ).status_code
        == 200
    )
    assert "02-555-0000" in his.text()
    his.post("/c/phone/favourites", {"name": "Again", "number": "02 555 0000"}, htmx=True)
    assert "This number is among your favourites already." in his.text()
    assert "02-555-0000" not in hers.get("/c/phone/favourites").text
    ident = re.findall(r"/favourites/(\d+)/remove", his.get("/c/phone/favourites").text)[0]
    hers.post(f"/c/phone/favourites/{ident}/remove", {}, htmx=True)
    assert queries.favourites(kim.member_id), "a stranger's click removes nothing"
    his.post(f"/c/phone/favourites/{ident}/remove", {}, htmx=True)
    assert not queries.favourites(kim.member_id)


@pytest.mark.spec("TEL-1")
def test_a_manager_plays_a_caller(
    floor: Floor, mall: Service, kim: Agent, browser: Make, boss: Member
) -> None:
    world.agent(boss, mall, boss, manager=True)
    admin = browser("boss")
    admin.get("/c/s/mall/caller")
    admin.post("/c/s/mall/caller", {"caller": "nobody", "key": "a"})
    assert "This is not a phone number." in admin.errors()
    floor.login(kim)
    answer = admin.post("/c/s/mall/caller", {"caller": "010-1234-5678", "key": "b"})
    admin.follow(answer)
    assert (
        "Ringing" in admin.text()
        and "Waiting music plays." in admin.text()
        and "Kim" in admin.text()
    )
    call = db.session.scalars(sa.select(Call)).one()
    base = f"/c/s/mall/caller/{call.ref}"
    assert admin.post(f"{base}/press", {"digit": "x"}).status_code == 400
    assert admin.post(f"{base}/press", {"digit": "5", "key": "c"}, htmx=True).status_code == 200
    admin.post(f"{base}/leave", {"key": "d"}, htmx=True)
    assert "Abandoned" in admin.text()
    db.session.expire_all()
    assert floor.call(call.ref).outcome is CallOutcome.ABANDONED
    pay = phone.service(boss, "pay")
    assert pay.slug == "pay"
    world.agent(boss, pay, boss, manager=True)
    assert admin.get(f"/c/s/pay/caller/{call.ref}").status_code == 404, "another service's call"


@pytest.mark.heavy
@pytest.mark.spec("TEL-1")
def test_the_load_mode_brings_callers_and_agents_and_lets_them_go(
    floor: Floor, mall: Service, kim: Agent, browser: Make, boss: Member
) -> None:
    world.agent(boss, mall, boss, manager=True)
    admin = browser("boss")
    admin.get("/c/s/mall/caller")
    values = {
        "on": "y",
        "calls_per_hour": 3600,
        "patience_seconds": 60,
        "talk_seconds": 10,
        "robots": 1,
    }
    admin.post("/c/s/mall/caller/load", {**values, "robots": "-1"})
    assert "Enter a whole number from 0 to 200." in admin.errors()
    admin.post("/c/s/mall/caller/load", values)
    floor.wait(120)
    outcomes = (
        db.session.execute(sa.select(Call.outcome, sa.func.count()).group_by(Call.outcome))
        .tuples()
        .all()
    )
    counts = dict(outcomes)
    assert (
        counts.get(CallOutcome.COMPLETED, 0) >= 2 and counts.get(CallOutcome.ABANDONED, 0) >= 10
    ), counts
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == counts[
        CallOutcome.COMPLETED
    ] + (floor.state(kim) is S.TALKING)
    left = sa.select(sa.func.count()).select_from(Ticket).where(Ticket.state == State.PROGRESS)
    assert db.session.scalar(left) <= 2, "robots leave little in the box of who lends a place"
    admin.post("/c/s/mall/caller/load", {**values, "on": ""})
    floor.wait(900)
    assert floor.state(kim) is None
    assert not queries.open_calls()


@pytest.mark.spec("TEL-1")
def test_robots_leave_the_place_of_whoever_is_at_the_console(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    lee = phone.agent(boss, mall, "lee")
    phone.queue(mall, [kim, lee], "Both")
    with db.write():
        load = {"calls_per_hour": 1, "patience_seconds": 60, "talk_seconds": 3600, "robots": 2}
        settings.save_load(mall.id, {"on": True, **load})
    browser("lee")
    floor.wait(3)
    assert floor.state(lee) is None
    floor.wait(15)
    assert floor.state(kim) is S.TALKING, "to the one caller of this hour"
    browser("kim")
    floor.wait(3)
    assert floor.state(kim) is None, "back at the console, and in nobody else's call"
    floor.now += phone.timedelta(minutes=11)
    floor.wait(3)
    assert (floor.state(kim), floor.state(lee)) == (S.READY, S.READY), "both went away"


@pytest.mark.spec("MEM-7", "CTI-4")
def test_another_language_is_spoken_by_the_next_poll(boss: Member, admin: Browser) -> None:
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True, phone=True)
    tag = admin.get("/c/phone", htmx=True).headers["ETag"]
    assert admin.poll("/c/phone", tag).status_code == 304
    admin.get("/c/me")
    kept = {
        name: admin.field(name) for name in ("nickname", "time_zone", "theme", "density", "version")
    }
    admin.post("/c/me", {**kept, "locale": "ja", "shortcuts": "y", "notices": "y"})
    answer = admin.poll("/c/phone", tag)
    assert answer.status_code == 200 and "CTIログイン" in answer.text


def test_who_is_signed_in_is_looked_up_once_a_request_and_never_by_an_idle_poll(
    boss: Member, admin: Browser
) -> None:
    world.agent(boss, phone.service(boss), boss, manager=True, phone=True)
    tag = admin.get("/c/phone", htmx=True).headers["ETag"]
    asked: list[object] = []
    with user_accessed.connected_to(lambda sender, **_: asked.append(sender)):
        assert admin.poll("/c/phone", tag).status_code == 304
        assert not asked
        assert admin.get("/c/phone", htmx=True).status_code == 200
        assert len(asked) == 1


@pytest.mark.spec("CTI-4", "CTI-6")
def test_who_can_take_a_call_is_asked_when_the_panel_opens_and_stays_true(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    lee = phone.agent(boss, mall, "lee")
    his = browser("kim")
    floor.login(kim, lee)
    floor.place(mall)
    floor.do(kim, phone.Command.ANSWER)
    assert "Lee" not in card(his), "the card itself names nobody"
    ready = his.get("/c/phone/colleagues", htmx=True)
    assert "Lee · 2002" in ready.text
    assert his.poll("/c/phone/colleagues", ready.headers["ETag"]).status_code == 304
    floor.do(lee, phone.Command.STATE, state="rest")
    later = his.poll("/c/phone/colleagues", ready.headers["ETag"])
    assert later.status_code == 200 and "No other agent is ready." in later.text
    plain = world.agent(boss, mall, world.member("plain"), ticket=True)
    assert browser(plain.member.login_id).get("/c/phone/colleagues", htmx=True).status_code == 403


@pytest.mark.spec("CTI-6")
def test_the_ticket_of_a_call_is_offered_to_whoever_talks_last_and_resolved_in_wrap_up(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    lee = phone.agent(boss, mall, "lee")
    his, hers = browser("kim"), browser("lee")
    floor.login(kim, lee)
    ref = floor.place(mall, "+821012345678")
    floor.do(kim, phone.Command.ANSWER)
    call = floor.call(ref)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    assert "/c/phone/take" not in card(his), "it is theirs"
    floor.do(kim, phone.Command.CONSULT, member=lee.member_id)
    floor.do(lee, phone.Command.ANSWER)
    assert "/c/phone/take" not in card(hers), "who is only asked takes nothing"
    assert click(hers, "take", call=call.id).status_code == 422
    floor.do(kim, phone.Command.CONNECT)
    shown = card(hers)
    assert f"Kim has ticket #{ticket.id} of this call." in shown and "010-1234-5678" in shown
    assert 'value="resolve"' not in card(his), "kim's part is over"
    page = hers.get(f"/c/s/mall/tickets/{ticket.id}").text
    assert "010-1234-5678" in page and "010-****-5678" not in page, "as her phone shows it"
    assert "Shown in full to whoever has the ticket." not in page, "nothing of it is masked"
    assert click(his, "take", call=call.id).status_code == 422
    assert "Somebody else talks in this call now." in his.text()
    assert click(hers, "take", call=call.id).status_code == 200
    db.session.refresh(ticket)
    assert ticket.assignee_id == lee.member_id
    page = hers.get(f"/c/s/mall/tickets/{ticket.id}").text
    assert "010-1234-5678" in page, "the customer is shown to whoever has the ticket"

    floor.do(lee, phone.Command.HANG_UP)
    seen = hers.get(f"/c/s/mall/tickets/{ticket.id}/call", htmx=True)
    assert "Call her back" not in seen.text
    assert 'value="resolve"' in card(hers)
    refused = click(hers, "wrap_up", call=call.id, notes="Call her back", state="", also="resolve")
    assert refused.status_code == 422, "what comes next is asked first"
    db.session.refresh(ticket)
    assert ticket.state is State.PROGRESS
    filed = click(
        hers, "wrap_up", call=call.id, notes="Call her back", state="ready", also="resolve"
    )
    assert filed.status_code == 200
    db.session.refresh(ticket)
    assert (ticket.state, ticket.reason) == (State.RESOLVED, Reason.BY_PHONE)
    again = hers.poll(f"/c/s/mall/tickets/{ticket.id}/call", seen.headers["ETag"])
    assert "Call her back" in again.text, "an open ticket shows the note at once"
    hers.get("/c/me")
    toast = hers.get(f"/c/s/mall/tickets/{ticket.id}/filed", htmx=True)
    told = json.loads(toast.headers["HX-Trigger"])["occ:toast"]
    assert (toast.status_code, told["text"]) == (204, f"Ticket #{ticket.id} was resolved.")
    assert his.get(f"/c/s/mall/tickets/{ticket.id}/filed", htmx=True).status_code == 404
    assert hers.post(told["undo"], htmx=True).status_code == 204
    db.session.refresh(ticket)
    assert (ticket.state, ticket.assignee_id) == (State.PROGRESS, lee.member_id)
    assert hers.get(f"/c/s/mall/tickets/{ticket.id}/filed", htmx=True).status_code == 404
    with db.write():
        db.session.get_one(Ticket, ticket.id).assignee_id = kim.member_id
    assert click(hers, "take", call=call.id).status_code == 422, "her part in the call is over"
    assert "The call has ended." in hers.text()


@pytest.mark.spec("CTI-6")
def test_saving_alone_leaves_the_ticket_as_it_is_and_shows_the_note(
    floor: Floor, mall: Service, kim: Agent, browser: Make
) -> None:
    his = browser("kim")
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, phone.Command.ANSWER)
    floor.do(kim, phone.Command.HANG_UP)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    before = his.get(f"/c/s/mall/tickets/{ticket.id}/call", htmx=True)
    click(his, "wrap_up", call=floor.call(ref).id, notes="Asked twice", state="ready")
    after = his.poll(f"/c/s/mall/tickets/{ticket.id}/call", before.headers["ETag"])
    assert after.status_code == 200 and "Asked twice" in after.text
    db.session.refresh(ticket)
    assert ticket.state is State.PROGRESS


@pytest.mark.spec("CTI-4", "CTI-6", "TKT-2")
def test_a_call_out_is_named_by_its_direction_and_who_called_before_is_no_new_customer(
    floor: Floor, mall: Service, kim: Agent, browser: Make
) -> None:
    his = browser("kim")
    floor.login(kim)
    click(his, "dial", number="010-5555-0000", caller_id=f"{mall.id}:{phone.main_number(mall)}")
    assert "New customer" in card(his)
    floor.wait(2)
    ticket = db.session.scalars(sa.select(Ticket)).one()
    page = his.get(f"/c/s/mall/tickets/{ticket.id}").text
    assert his.texts("//h2[@id='t-subject']") == ["Outbound · 010-5555-0000"]
    assert (titles(his), his.texts("//*[contains(@class, 't-who')]")) == (
        ["Outbound"],
        ["010-5555-0000"],
    ), "a row of the list names its customer once"
    assert "An outgoing call made the ticket" in page
    floor.do(kim, phone.Command.HANG_UP)
    floor.do(kim, phone.Command.STATE, state="ready")
    floor.place(mall, "+821055550000")
    shown = card(his)
    assert "Has called before, without a name" in shown and "New customer" not in shown


@pytest.mark.spec("CTI-6", "TKT-2")
def test_tickets_of_calls_are_named_by_queue_or_type_and_customer(
    floor: Floor, boss: Member, mall: Service, kim: Agent, browser: Make
) -> None:
    his = browser("kim")
    floor.login(kim)
    floor.place(mall, "+821012345678")
    floor.do(kim, phone.Command.ANSWER)
    ticket = db.session.scalars(sa.select(Ticket)).one()

    def heading(who: Browser) -> str:
        who.get(f"/c/s/mall/tickets/{ticket.id}?box=all")
        return who.texts("//h2[@id='t-subject']")[0]

    world.agent(boss, mall, boss, manager=True)
    other = world.agent(boss, mall, world.member("plain"), ticket=True)
    assert heading(his) == "Orders · 010-1234-5678"
    assert heading(browser(other.member.login_id)) == "Orders · 010-****-5678", (
        "masked as elsewhere"
    )
    with db.write():
        refund = ticket_settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불", "en": "Refund"}
        )
        ticket.intake_id = refund.id
        db.session.get_one(Customer, ticket.customer_id).name = "Minji"
    admin = browser("boss")
    assert heading(admin) == "Refund · Minji", "the type says more than the queue"
    assert (titles(admin), admin.texts("//*[contains(@class, 't-who')]")) == (
        ["Refund"],
        ["Minji"],
    )
    profile = admin.get(f"/c/s/mall/customers/{ticket.customer_id}").text
    assert "Refund" in profile
    book = admin.get("/c/s/mall/tickets/tickets.xlsx?box=all").data
    assert "Refund" in sheet(book)[1]
