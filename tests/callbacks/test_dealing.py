"""Who gets which callbacks: dealing in turn, taking back, leaving (CBK-3, CBK-4)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from occ.ars.models import Queue
from occ.callbacks.rules import CallbackState
from occ.core.db import db
from occ.identity import agents as identity
from occ.identity import service as members
from occ.identity.models import Agent, Member
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.telephony.rules.calls import Command
from tests.callbacks.screen import HOME, ask, assign, rows, told
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


@pytest.mark.spec("CBK-3")
def test_even_assignment_goes_in_turn_and_continues(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser
) -> None:
    idents = ask(mall, orders, *(f"0000000{n}" for n in range(1, 9)))
    shown = [idents[n] for n in (4, 0, 3, 1, 2)]  # not in the order of their numbers
    answer = assign(admin, shown, team)
    assert "5 callbacks were assigned." in answer.headers["HX-Trigger"]
    kim, lee, park = order = [a.member_id for a in team]
    assert [rows()[i].assignee_id for i in shown] == [*order, kim, lee]
    assign(admin, idents[5:7], team)
    assert [rows()[i].assignee_id for i in idents[5:7]] == [park, kim], (
        "it went on after the last one"
    )
    assert sorted(told(Notice.CALLBACKS_ASSIGNED)) == sorted([*order, park, kim])
    assert {row.state for row in list(rows().values())[:7]} == {CallbackState.UNPROCESSED}
    assert "Choose at least one agent." in assign(admin, idents[7:], []).headers["HX-Trigger"]
    assert (
        "choose exactly one agent"
        in assign(admin, idents[7:], team, "manual").headers["HX-Trigger"]
    )
    assign(admin, idents[7:], team[1:2], "manual")
    assert rows()[idents[7]].assignee_id == team[1].member_id
    page = admin.get(f"{HOME}/assign")
    assert "No callbacks to assign" in page.text


@pytest.mark.spec("CBK-3")
def test_the_turn_is_kept_for_each_set_of_agents_however_they_are_ticked(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser
) -> None:
    kim, lee, park = team
    got = []
    for ident, chosen in zip(
        ask(mall, orders, *(f"0000000{n}" for n in range(1, 7))),
        (
            [kim, lee, park],
            [lee, park],
            [park, lee, kim],
            [kim, lee, park],
            [park, lee],
            [kim, lee],
        ),
        strict=True,
    ):
        assign(admin, [ident], chosen)
        got.append(rows()[ident].assignee_id)
    # after kim of the three ticked from behind comes park again
    assert got == [one.member_id for one in (kim, lee, park, kim, park, kim)]


@pytest.mark.spec("CBK-3", "CBK-6")
def test_who_comes_second_is_told_which_were_taken(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    idents = ask(mall, orders, "11112222", "33334444")
    assign(admin, idents[:1], team[:1])
    answer = assign(admin, idents, team[1:2], "manual")
    words = answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert (
        "1 callback was assigned." in words
        and "Callback 010-1111-2222 is already assigned to Kim." in words
    )
    assert [rows()[i].assignee_id for i in idents] == [team[0].member_id, team[1].member_id]
    assert assign(admin, idents, team[2:], "manual").status_code == 422


@pytest.mark.spec("CBK-4")
def test_unassigned_ones_can_be_assigned_again(
    mall: Service, orders: Queue, team: list[Agent], admin: Browser
) -> None:
    idents = ask(mall, orders, "11112222", "33334444")
    for page in ("assign", "unassign"):
        text = admin.get(f"{HOME}/{page}").text
        assert text.count("010-1111-2222") > 1, "beside each and for who cannot see the box"
        assign(admin, idents, team[:1], "manual")
    admin.post(f"{HOME}/unassign", {"callback": idents[:1]}, htmx=True)
    row = rows()[idents[0]]
    assert (row.state, row.assignee_id, row.assigned_day, row.cancelled_from) == (
        CallbackState.CANCELLED,
        None,
        None,
        team[0].member_id,
    )
    assert "from Kim" in admin.get(f"{HOME}/assign").text.replace("\n", " ")
    assign(admin, idents[:1], team[2:], "manual")
    assert rows()[idents[0]].state is CallbackState.UNPROCESSED
    answer = admin.post(f"{HOME}/unassign", {}, htmx=True)
    assert answer.status_code == 422


@pytest.mark.spec("CBK-4")
def test_one_that_is_dialed_is_left_with_its_agent_and_the_answer_says_so(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    waits, dialed = ask(mall, orders, "11112222", "33334444")
    assign(admin, [waits, dialed], team[:1], "manual")
    floor.login(team[0])
    kim = browser("kim")
    kim.get(HOME)
    kim.post(f"{HOME}/{dialed}/connect", htmx=True)
    answer = admin.post(f"{HOME}/unassign", {"callback": [waits, dialed]}, htmx=True)
    words = "1 callback can be assigned again. 1 is being called or done."
    assert words in answer.headers["HX-Trigger"]
    assert [rows()[i].assignee_id for i in (waits, dialed)] == [None, team[0].member_id]
    again = admin.post(f"{HOME}/unassign", {"callback": [dialed]}, htmx=True)
    assert again.status_code == 422 and "1 is being called" in again.headers["HX-Trigger"]
    assert admin.post(f"{HOME}/{dialed}/delete", htmx=True).status_code == 422


@pytest.mark.spec("CBK-3")
def test_the_assign_permission_lets_an_agent_deal(
    boss: Member, mall: Service, orders: Queue, team: list[Agent], browser: Make
) -> None:
    chief = phone.agent(boss, mall, "chief", assign_callbacks=True)
    ident = ask(mall, orders, "11112222")[0]
    assign(browser("chief"), [ident], team[:1], "manual")
    assert rows()[ident].assigner_id == chief.member_id
    assert rows()[ident].assignee_id == team[0].member_id


@pytest.mark.spec("CBK-2", "CBK-3")
def test_who_deals_numbers_out_masked_guesses_none_of_them(
    boss: Member, mall: Service, orders: Queue, admin: Browser, browser: Make
) -> None:
    phone.agent(boss, mall, "chief", assign_callbacks=True)
    ident = ask(mall, orders, "11112222")[0]
    chief = browser("chief")
    for text, found in (
        ("1111", False),
        ("01011112", False),
        ("+821011112222", True),
        ("010-1111-2222", True),
    ):
        assert (
            f'data-row="{ident}"' in chief.get(f"{HOME}/assign", query_string={"number": text}).text
        ) is found, text
        assert (
            f'data-row="{ident}"'
            in admin.get(f"{HOME}/assign", query_string={"number": text.removeprefix("+82")}).text
        )


@pytest.mark.spec("MEM-2", "CBK-4")
@pytest.mark.parametrize("how", ["role", "member", "phone"])
def test_who_is_no_phone_agent_any_more_has_no_open_callbacks(
    boss: Member, mall: Service, orders: Queue, team: list[Agent], admin: Browser, how: str
) -> None:
    idents = ask(mall, orders, "00000001", "00000002")
    assign(admin, idents, team[:1], "manual")
    admin.post(f"{HOME}/{idents[0]}/complete", htmx=True)
    role = db.session.get_one(Agent, team[0].id)
    with db.write():
        if how == "role":
            identity.remove(role, actor=world.actor(boss))
        elif how == "member":
            members.remove(role.member, actor=world.actor(boss))
        else:
            identity.edit(
                role,
                replace(role.rights, phone=False),
                group_ids=[group.id for group in role.groups],
                new_group="",
                version=role.version,
                actor=world.actor(boss),
            )
    assert [rows()[i].state for i in idents] == [CallbackState.COMPLETED, CallbackState.CANCELLED]


@pytest.mark.spec("CBK-2", "CBK-3")
def test_what_was_deleted_or_is_another_services_is_neither_dealt_nor_dialed(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], orders: Queue, admin: Browser
) -> None:
    pay = phone.service(boss, "pay")
    foreign = ask(pay, phone.queue(pay, []), "11112222")[0]
    deleted = ask(mall, orders, "33334444")[0]
    assign(admin, [deleted], team[:1], "manual")
    admin.post(f"{HOME}/unassign", {"callback": [deleted]}, htmx=True)
    admin.post(f"{HOME}/{deleted}/delete", htmx=True)
    assert assign(admin, [deleted, foreign], team[:1], "manual").status_code == 422
    floor.login(team[0])
    dial = {"service": mall.id, "number": "", "caller_id": phone.main_number(mall)}
    for ident in (deleted, foreign):
        rows()[ident].assignee_id = team[0].member_id
        rows()[ident].state = CallbackState.UNPROCESSED
        db.session.commit()
        words = floor.refused(team[0], Command.DIAL, **dial, about={"callback": ident})
        assert words == "This callback does not exist any more. Load the list again."
        assert rows()[ident].attempts == 0


@pytest.mark.spec("CBK-3")
def test_all_are_dealt_out_evenly_to_who_is_logged_in(
    floor: Floor, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    idents = ask(mall, orders, "11110001", "11110002", "11110003", "11110004")
    page = admin.get(f"{HOME}/assign").text
    assert "Not logged in to CTI" in page and "CTI login" not in page, "of people it is a state"
    assert "Deal all out evenly" not in page, "nobody is logged in"
    refused = admin.post(f"{HOME}/assign", {"all": "1"}, htmx=True)
    assert refused.status_code == 422
    assert "Nobody is logged in to CTI." in refused.headers["HX-Trigger"]
    floor.login(team[0], team[2])
    assert "Deal all 4 callbacks out evenly" in admin.get(f"{HOME}/assign").text
    assert "Not logged in to CTI" in admin.get(f"{HOME}/unassign").text
    for who, status in ((browser("kim"), 403), (admin, 204)):
        who.get(HOME)
        assert who.post(f"{HOME}/assign", {"all": "1"}, htmx=True).status_code == status
    dealt = [rows()[ident].assignee_id for ident in idents]
    assert dealt == [team[0].member_id, team[2].member_id] * 2


@pytest.mark.spec("CBK-2", "CBK-3", "CBK-4")
def test_numbers_are_whole_for_managers_everywhere_and_masked_for_who_only_deals_them_out(
    boss: Member, mall: Service, orders: Queue, team: list[Agent], admin: Browser, browser: Make
) -> None:
    phone.agent(boss, mall, "chief", assign_callbacks=True)
    chief = browser("chief")
    ident = ask(mall, orders, "11112222")[0]
    for page in (HOME, f"{HOME}/assign"):
        assert "010-1111-2222" in admin.get(page).text, page
    shown = chief.get(f"{HOME}/assign").text
    assert "010-****-2222" in shown and "1111-2222" not in shown
    assign(chief, [ident], team[:1], "manual")
    for who, whole in ((admin, True), (chief, False)):
        page = who.get(f"{HOME}/unassign").text
        assert ("010-1111-2222" in page, "010-****-2222" in page) == (whole, not whole)
        told = assign(who, [ident], team[1:2], "manual").headers["HX-Trigger"]
        assert ("010-1111-2222" in told, "010-****-2222" in told) == (whole, not whole)
