"""Taking back what was just done to a ticket, and the next one of the list (TKT-2)."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.automation.rules import Comparison, Result, ResultKind, Subject
from occ.core import clock
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import queries
from occ.tickets.models import Ticket
from occ.tickets.rules import Entry, Reason, State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


def toast(who: Browser, ticket: Ticket, to: str, **values: object) -> dict[str, object]:
    """What the toast offers after a button of the ticket was pressed in the list of all tickets."""
    who.get(f"{HOME}/{ticket.id}?box=all")
    sent = {"version": fresh(ticket).version, "box": "all", **values}
    answer = who.post(f"{HOME}/{ticket.id}/{to}", sent, htmx=True)
    offered: dict[str, object] = json.loads(answer.headers["HX-Trigger"])["occ:toast"]
    return offered


def found(who: Browser, text: str) -> bool:
    return bool(who.get(f"{HOME}?box=all&q={text}") and who.find("//*[@data-row]"))


def mails() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) or 0


@pytest.mark.spec("TKT-2", "TKT-4")
@pytest.mark.parametrize("move", ["resolve", "hold"])
def test_a_reply_is_taken_back_until_its_mail_leaves(
    mall: Service, boss: Member, admin: Browser, move: str
) -> None:
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    admin.get(f"{HOME}/{one.id}")
    admin.post(f"{HOME}/{one.id}/files", {"file": (io.BytesIO(b"a note"), "note.txt")}, htmx=True)
    before = mails()
    undo = toast(admin, one, move, body="It comes tomorrow.")["undo"]
    assert mails() == before + 1 and delivery.deliver() is None, "it stays here for a moment"
    assert "mailed in a moment" in admin.get(f"{HOME}/{one.id}").text
    answer = admin.post(str(undo), htmx=True)
    assert answer.status_code == 204 and f"/tickets/{one.id}" in answer.headers["HX-Redirect"]
    assert (fresh(one).state, mails()) == (State.PROGRESS, before)
    assert [entry.kind for entry in queries.entries(one.id)] == [Entry.INQUIRY]
    page = admin.get(f"{HOME}/{one.id}").text
    assert "It comes tomorrow." in page and "note.txt" in page, "what was written is a draft again"
    assert "took that back before it left" in page
    assert not found(admin, "comes tomorrow") and found(admin, one.subject), "nor is it found"
    assert admin.post(str(undo), htmx=True).status_code == 422, "once"

    undo = toast(admin, one, move, body="It comes tomorrow.")["undo"]
    with time_machine.travel(clock.now() + timedelta(seconds=13), tick=False):
        assert delivery.deliver() == "1/1"
        page = admin.get(f"{HOME}/{one.id}").text
        assert "mailed" in page and "mailed in a moment" not in page
        refused = admin.post(str(undo), htmx=True)
    assert refused.status_code == 422 and "mail has left" in refused.headers["HX-Trigger"]
    assert fresh(one).state is (State.RESOLVED if move == "resolve" else State.HOLD)


@pytest.mark.spec("TKT-2")
def test_spam_comes_back_by_undo_and_only_to_whoever_sent_it_there(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    one = tickets.ticket(mall, boss)
    hers = browser("kim")
    act(hers, one, "take")
    hers.get(f"{HOME}/{one.id}")
    values = {"version": fresh(one).version, "reason": Reason.SPAM.value}
    assert "HX-Redirect" in hers.post(f"{HOME}/{one.id}/internal", values, htmx=True).headers
    page = hers.get(f"{HOME}?box=all")
    undo = hers.find("//template[@data-toast]/@data-undo")[0]
    assert page.status_code == 200 and f"/tickets/{one.id}/undo" in undo
    admin.get(HOME)
    assert admin.post(undo, htmx=True).status_code == 404, "somebody else's"
    assert hers.post(undo.replace("of=", "of=x"), htmx=True).status_code == 404, "made up"
    assert hers.post(undo, htmx=True).status_code == 204
    assert fresh(one).state is State.PROGRESS and fresh(one).spam_at is None
    assert fresh(one).assignee_id == kim.id
    assert found(admin, one.subject), "it is searched like any other again"


@pytest.mark.spec("TKT-2")
def test_what_changed_since_is_not_taken_back(mall: Service, boss: Member, admin: Browser) -> None:
    one = tickets.ticket(mall, boss, take=True)
    undo = toast(admin, one, "resolve", body="Done.")["undo"]
    act(admin, one, "priority", priority="high")
    assert admin.post(str(undo), htmx=True).status_code == 422
    assert fresh(one).state is State.RESOLVED


@pytest.mark.spec("TKT-2", "MEM-2")
def test_what_was_done_long_ago_or_by_whom_is_gone_is_not_taken_back(
    mall: Service, boss: Member, kim: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    undo = toast(admin, one, "internal", reason=Reason.OTHER.value)["undo"]
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert admin.post(str(undo), htmx=True).status_code == 422
    assert fresh(one).state is State.RESOLVED

    of_kim = tickets.ticket(mall, boss)
    act(admin, of_kim, "transfer", member=kim.id, group="")
    undo = toast(admin, of_kim, "internal", reason=Reason.OTHER.value)["undo"]
    with db.write():
        role = identity.agent_of(mall.id, kim.id)
        assert role is not None
        role.ticket = role.phone = False
    assert admin.post(str(undo), htmx=True).status_code == 422


@pytest.mark.spec("TKT-2", "TKT-4")
def test_what_is_being_written_meanwhile_is_not_lost_by_undo(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    undo = toast(admin, one, "resolve", body="It comes tomorrow.")["undo"]
    draft = {"kind": "comment", "body": "A thought", "last": admin.field("last")}
    assert admin.post(f"{HOME}/{one.id}/draft", draft, htmx=True).status_code < 300
    refused = admin.post(str(undo), htmx=True)
    assert refused.status_code == 422
    assert "You are writing something else" in refused.headers["HX-Trigger"]
    kept = queries.draft(one.id, boss.id)
    assert kept is not None and kept.body == "A thought" and mails() == 1


@pytest.mark.spec("TKT-2", "TRG-3")
def test_nothing_is_offered_where_something_leaves_at_once(
    mall: Service, boss: Member, admin: Browser
) -> None:
    trigger(
        mall,
        "On resolution",
        [when(Subject.STATE, Comparison.EQUAL, "resolved")],
        Result(ResultKind.FORWARD, "pr@example.org"),
    )
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    told = toast(admin, one, "resolve", body="It comes tomorrow.")
    assert told["undo"] == ""
    assert "A trigger has sent something at once, so this cannot be undone." in str(told["text"])


@pytest.mark.spec("TKT-2")
def test_the_next_ticket_of_the_list_is_offered(
    mall: Service, boss: Member, admin: Browser
) -> None:
    low, high = (tickets.ticket(mall, boss, name, take=True) for name in ("older", "newer"))
    offered = toast(admin, high, "resolve", body="Done.")["link"]
    assert offered == [f"{HOME}/{low.id}?box=all", "Next ticket"]
    told = toast(admin, low, "resolve", body="Done.")
    assert "link" not in told, "it was the last one"
    assert "No other ticket of this list waits for you." in str(told["text"])


@pytest.mark.spec("TKT-2")
def test_the_next_ticket_is_one_to_work_on_in_the_order_of_the_list(
    mall: Service, boss: Member, admin: Browser
) -> None:
    kim = world.agent(boss, mall, world.member("kim"))
    names = ("nobody's", "kim's", "resolved", "spam", "mine", "worked on", "the newest")
    made = {name: tickets.ticket(mall, boss, name) for name in names}
    act(admin, made["kim's"], "transfer", member=kim.member_id, group="")
    for name, reason in (("resolved", Reason.OTHER), ("spam", Reason.SPAM)):
        act(admin, made[name], "take")
        act(admin, made[name], "internal", reason=reason.value)
    act(admin, made["mine"], "take")
    offered = []
    for name in ("worked on", "mine", "nobody's", "the newest"):
        act(admin, made[name], "take")
        offered.append(toast(admin, made[name], "resolve", body="Done.").get("link"))
    expected = ("mine", "nobody's", "the newest")  # below, then from the top on
    assert offered == [
        *([f"{HOME}/{made[name].id}?box=all", "Next ticket"] for name in expected),
        None,
    ]


@pytest.mark.spec("TKT-2")
def test_the_next_ticket_is_one_of_the_search(mall: Service, boss: Member, admin: Browser) -> None:
    below, other, one = (tickets.ticket(mall, boss, name) for name in ("a cup", "a pan", "cups"))
    act(admin, one, "take")
    admin.get(f"{HOME}/{one.id}?box=all&q=cup")
    sent = {"version": fresh(one).version, "box": "all", "q": "cup", "body": "Done."}
    answer = admin.post(f"{HOME}/{one.id}/resolve", sent, htmx=True)
    told = json.loads(answer.headers["HX-Trigger"])["occ:toast"]
    assert told["link"][0] == f"{HOME}/{below.id}?box=all&q=cup", f"#{other.id} has another title"
