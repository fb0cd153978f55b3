"""Tickets through their screen: states, answering, boxes (TKT-1, TKT-2, TKT-4, CUS-1)."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from occ.core.db import db
from occ.core.errors import Refused
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity.models import Group, Member
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import jobs, queries, rules
from occ.tickets.models import Ticket, TicketDraft
from occ.tickets.rules import Entry, Reason, State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, listed

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]


@pytest.mark.spec("TKT-1")
def test_a_ticket_written_by_hand_has_its_customer_and_type(mall: Service, admin: Browser) -> None:
    with db.write():
        refund = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불", "en": "Refund"}
        )
    admin.get(f"{HOME}/new")
    values = {
        "subject": "Refund?",
        "body": "Please.",
        "name": "Lee",
        "phone": "010-1234-5678",
        "email": "lee@example.com",
        "intake": refund.id,
        "priority": "urgent",
        "take": "y",
        "key": admin.field("key"),
    }
    for field, wrong, words in (
        ("subject", " ", "Fill this in."),
        ("subject", "x" * 201, "Use at most 200 characters"),
        ("body", " ", "Enter something first."),
        ("body", "x" * 20_001, "Use at most 20000 characters"),
        ("phone", "1", "This is not a phone number."),
        ("email", "x", "Enter an e-mail address such as name@example.com."),
    ):
        admin.post(f"{HOME}/new", {**values, field: wrong})
        assert words in admin.errors(), field
        assert admin.field("name") == "Lee", "nothing typed is lost"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    answer = admin.post(f"{HOME}/new", values)
    admin.post(f"{HOME}/new", values)
    made = db.session.scalars(sa.select(Ticket)).one()
    assert (made.state, made.priority.value, made.intake_id) == (
        State.PROGRESS,
        "urgent",
        refund.id,
    )
    assert made.customer is not None and (made.customer.name, made.customer.phone) == (
        "Lee",
        "+821012345678",
    )
    page = admin.follow(answer).text
    assert "Refund?" in page and "Please." in page and "Boss Kim created the ticket" in page
    assert "Refund" in admin.links()


@pytest.mark.spec("CUS-1")
def test_customers_are_found_by_number_then_by_address(
    mall: Service, boss: Member, admin: Browser
) -> None:
    first = tickets.ticket(mall, boss, phone="+821011112222", email="a@example.com")
    second = tickets.ticket(mall, boss, phone="+821011112222")
    third = tickets.ticket(mall, boss, email="a@example.com")
    assert first.customer_id == second.customer_id == third.customer_id
    other = tickets.ticket(mall, boss, email="b@example.com")
    assert other.customer_id != first.customer_id
    path = f"{HOME}/{other.id}/customer"
    admin.get(path)
    values = {
        "name": "Bee",
        "phone": "",
        "email": "a@example.com",
        "version": admin.field("version"),
    }
    admin.post(path, values)
    assert f"Customer #{first.customer_id} has it already." in admin.errors()
    admin.post(path, {**values, "email": ""})
    assert "A customer needs a phone number or an e-mail address." in admin.errors()
    admin.post(path, {**values, "email": "bee@example.com"})
    admin.post(path, {**values, "name": "Late", "email": "bee@example.com"})
    assert "Somebody else saved first." in admin.errors() and admin.field("name") == "Late"
    assert fresh(other).customer.name == "Bee"  # type: ignore[union-attr]
    assert (
        "Where is my order?"
        in admin.get(f"{HOME}/{second.id}").text.split("Other inquiries of this customer")[1]
    )


@pytest.mark.spec("TKT-1", "TKT-4")
def test_an_answer_resolves_and_is_mailed_a_hold_waits(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    assert "Enter something first." in act(admin, one, "resolve", body=" ")
    act(admin, one, "hold", body="We ask the carrier.")
    assert fresh(one).state is State.HOLD
    act(admin, one, "resolve", body="It comes <b>tomorrow</b>.")
    assert fresh(one).state is State.RESOLVED and fresh(one).resolved_at is not None
    page = admin.get(f"{HOME}/{one.id}").text
    assert "It comes &lt;b&gt;tomorrow&lt;/b&gt;." in page and "mailed" in page
    mails = db.session.scalars(
        sa.select(Outgoing).where(Outgoing.recipient == "lee@example.com").order_by(Outgoing.id)
    ).all()
    said = [delivery.body_of(mail) or "" for mail in mails]
    assert ["\nWe ask the carrier.\n" in said[0], "\nIt comes <b>tomorrow</b>.\n" in said[1]] == [
        True,
        True,
    ]
    assert f"[#{one.id}]" in mails[0].subject
    assert "This ticket is resolved already. Open it again first." in act(
        admin, one, "resolve", body="Again"
    )
    act(admin, one, "reopen")
    assert fresh(one).state is State.PROGRESS
    act(admin, one, "comment", body="Only for us")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == len(mails), (
        "comments are not mailed"
    )


@pytest.mark.spec("TKT-4")
@pytest.mark.parametrize("move", ["hold", "resolve"])
def test_a_text_is_needed_only_where_somebody_gets_it(
    mall: Service, boss: Member, admin: Browser, move: str
) -> None:
    target = State.HOLD if move == "hold" else State.RESOLVED
    silent = tickets.ticket(mall, boss, phone="010-1234-5678", take=True)
    assert "Kept here; the customer gets no mail" in admin.get(f"{HOME}/{silent.id}").text
    assert "Enter something first." not in act(admin, silent, move, body=" ")
    assert fresh(silent).state is target
    assert [entry.kind for entry in queries.entries(silent.id)] == [Entry.INQUIRY], (
        "no empty line in the history"
    )
    mailed = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    assert "Mailed to the customer" in admin.get(f"{HOME}/{mailed.id}").text
    assert (
        "Enter something first." in act(admin, mailed, move, body="")
        and fresh(mailed).state is State.PROGRESS
    )
    filed = tickets.ticket(mall, boss, phone="010-1234-5678", take=True)
    admin.post(f"{HOME}/{filed.id}/files", {"file": (io.BytesIO(b"a note"), "note.txt")}, htmx=True)
    assert "Enter something first." in act(admin, filed, move, body=""), (
        "what is attached hangs on a text"
    )


@pytest.mark.spec("TKT-1", "TKT-4")
def test_internal_resolution_needs_a_reason_and_sends_no_mail(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, email="lee@example.com", take=True)
    assert "Choose a reason." in act(admin, one, "internal", body="twice")
    act(admin, one, "internal", body="", reason="duplicate")
    assert (fresh(one).state, fresh(one).reason, fresh(one).spam_at) == (
        State.RESOLVED,
        Reason.DUPLICATE,
        None,
    )
    assert "resolved the ticket internally: Duplicate" in admin.get(f"{HOME}/{one.id}").text
    assert (
        db.session.scalars(sa.select(Outgoing).where(Outgoing.recipient == "lee@example.com")).all()
        == []
    )


@pytest.mark.spec("TKT-1", "TKT-2")
def test_spam_leaves_the_boxes_until_a_manager_brings_it_back_or_deletes_it(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, two = (
        tickets.ticket(mall, boss, "Buy now", take=False),
        tickets.ticket(mall, boss, "Buy more", take=False),
    )
    his, admin = browser("kim"), browser("boss")
    for spam in (one, two):
        act(his, spam, "take")
        act(his, spam, "internal", reason="spam")
    assert listed(admin, "all") == [] and listed(admin, "spam") == ["Buy more", "Buy now"]
    assert his.post(f"{HOME}/{one.id}/restore", {}).status_code == 403
    assert his.post(f"{HOME}/{one.id}/delete", {}).status_code == 403
    act(admin, one, "restore")
    assert fresh(one).state is State.PROGRESS and listed(admin, "all") == ["Buy now"]
    assert "This ticket is not in the spam box." in act(admin, one, "restore")
    admin.post(f"{HOME}/{two.id}/delete", {}, htmx=True)
    assert admin.get(f"{HOME}/{two.id}").status_code == 404 and listed(admin, "spam") == []


@pytest.mark.spec("TKT-1")
def test_only_managers_set_done_and_a_job_does_it_after_fourteen_days(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, two = tickets.ticket(mall, boss), tickets.ticket(mall, boss)
    his, admin = browser("kim"), browser("boss")
    for ticket in (one, two):
        act(his, ticket, "take")
        act(his, ticket, "resolve", body="Done.")
    assert his.post(f"{HOME}/{one.id}/finish", {}).status_code == 403
    act(admin, one, "finish")
    assert fresh(one).state is State.DONE
    assert "Only a ticket on hold or resolved can be opened again." in act(admin, one, "reopen")
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(days=13, hours=23)):
        assert jobs.finish_resolved() is None
    with time_machine.travel(now + timedelta(days=14, minutes=1)):
        assert jobs.finish_resolved() == "1"
        assert jobs.finish_resolved() is None
    assert fresh(two).state is State.DONE
    assert "The console: Done" in admin.get(f"{HOME}/{two.id}").text


@pytest.mark.spec("TKT-4")
def test_a_stale_answer_is_refused_with_its_text_kept(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "take")
    seen = fresh(one).version
    act(admin, one, "priority", priority="high")
    his.get(f"{HOME}/{one.id}")
    answer = his.post(
        f"{HOME}/{one.id}/resolve", {"body": "My long answer", "version": seen}, htmx=True
    )
    assert answer.status_code == 409
    assert (
        "This ticket changed while you were writing." in his.text()
        and "My long answer" in answer.text
    )
    assert "changed the priority: Normal → High" in his.text(), "and what is new stands beside it"
    told = "//*[@data-errors]"
    assert his.find(f"//form[@data-composer]{told}") and not his.find(f"//header{told}"), (
        "where it was typed"
    )
    admin.post(f"{HOME}/{one.id}/take", {"version": seen}, htmx=True)
    assert admin.find(f"//header{told}") and not admin.find(f"//form{told}"), "where it was clicked"
    assert fresh(one).state is State.PROGRESS
    his.get(f"{HOME}/{one.id}")
    form = {"body": "My long answer", "version": his.field("version"), "last": his.field("last")}
    act(admin, one, "hold", body="We are looking into it")
    answer = his.post(f"{HOME}/{one.id}/resolve", form, htmx=True)
    assert answer.status_code == 409
    news = answer.text.partition('class="t-news"')[2].partition("</ul>")[0]
    assert "Boss Kim · Reply, on hold" in news and 'data-take="We are looking into it"' in news, (
        "the other's text, to be put below one's own"
    )
    assert "put the ticket on hold" in news and "changed the priority" not in news, (
        "only what came after the page"
    )
    act(his, one, "reopen")
    before = re.findall(
        r'data-version="([^"]+)"', his.get(f"{HOME}/{one.id}/viewers", htmx=True).text
    )
    act(admin, one, "comment", body="She called again")
    told = his.get(f"{HOME}/{one.id}/viewers", htmx=True).text
    assert re.findall(r'data-version="([^"]+)"', told) != before and "Boss Kim · Comment" in told
    his.get(f"{HOME}/{one.id}")
    his.post(
        f"{HOME}/{one.id}/resolve",
        {"body": "My long answer", "version": his.field("version")},
        htmx=True,
    )
    assert fresh(one).state is State.RESOLVED


@pytest.mark.spec("TKT-4")
def test_drafts_survive_and_are_ones_own(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "take")
    his.post(f"{HOME}/{one.id}/draft", {"kind": "answer", "body": "Half a sent"}, htmx=True)
    act(admin, one, "comment", body="Hurry")
    assert ">Half a sent</textarea>" in his.get(f"{HOME}/{one.id}").text
    assert "Half a sent" not in admin.get(f"{HOME}/{one.id}").text
    act(his, one, "resolve", body="Half a sentence, and the rest.")
    assert db.session.scalars(sa.select(TicketDraft)).all() == []
    typed = {"kind": "comment", "last": his.field("last")}
    his.post(f"{HOME}/{one.id}/draft", {**typed, "body": "x"}, htmx=True)
    assert queries.draft(one.id, kim.id) is not None
    his.post(f"{HOME}/{one.id}/draft", {**typed, "body": " "}, htmx=True)
    assert db.session.scalars(sa.select(TicketDraft)).all() == [], "an emptied text leaves none"


@pytest.mark.spec("TKT-4")
@pytest.mark.parametrize("to", ["comment", "hold", "internal", "resolve"])
def test_a_draft_that_comes_after_what_was_sent_of_it_does_not_come_back(
    mall: Service, boss: Member, kim: Member, browser: Make, to: str
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "take")
    late = {"kind": "answer", "body": "Half a sent", "last": his.field("last")}
    act(admin, one, "comment", body="Hurry")

    def keep() -> int:
        return his.post(f"{HOME}/{one.id}/draft", late, htmx=True).status_code

    assert keep() == 204, "what others write ends nobody's draft"
    act(his, one, to, body="Half a sentence, and the rest.", reason=Reason.OTHER.value)
    late["body"] = " "
    assert keep() == 409
    late["body"] = "Half a sent"
    assert keep() == 409
    assert ">Half a sent</textarea>" not in his.get(f"{HOME}/{one.id}").text
    late["last"] = his.field("last")
    assert keep() == 204, "what is written next is kept"


@pytest.mark.spec("TKT-4")
def test_two_who_have_a_ticket_open_see_each_other(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    his.get(f"{HOME}/{one.id}")
    his.post("/c/me/beat", {"ticket": one.id, "writing": "1"})
    answer = admin.get(f"{HOME}/{one.id}/viewers", htmx=True)
    assert "Kim is writing" in answer.text
    assert "Kim" in admin.get(HOME).text.split("t-eyes")[1]
    assert admin.poll(f"{HOME}/{one.id}/viewers", answer.headers["ETag"]).status_code == 304
    his.post("/c/me/beat", {"ticket": one.id})
    now = datetime.now(UTC)
    assert "has it open" not in his.get(f"{HOME}/{one.id}/viewers", htmx=True).text, (
        "nobody sees oneself"
    )
    with time_machine.travel(now + timedelta(seconds=30)):
        assert "Kim has it open" in admin.get(f"{HOME}/{one.id}/viewers", htmx=True).text
    with time_machine.travel(now + timedelta(seconds=60)):
        assert "Kim has" not in admin.get(f"{HOME}/{one.id}/viewers", htmx=True).text
    tag = admin.get(f"{HOME}/{one.id}/viewers", htmx=True).headers["ETag"]
    with time_machine.travel(now + timedelta(seconds=120)):
        assert admin.poll(f"{HOME}/{one.id}/viewers", tag).status_code == 200, (
            "who leaves says nothing"
        )
    for odd in ("x", "1e3", "²", "9" * 30):
        assert his.post("/c/me/beat", {"ticket": odd}).status_code == 204, odd


@pytest.mark.spec("TKT-2")
def test_boxes_hold_what_their_names_say(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    his, admin = browser("kim"), browser("boss")
    tickets.ticket(mall, boss, "waiting")
    mine = tickets.ticket(mall, boss, "mine")
    held, solved, theirs = (
        tickets.ticket(mall, boss, name) for name in ("held", "solved", "theirs")
    )
    for ticket in (mine, held, solved):
        act(his, ticket, "take")
    act(his, held, "hold", body="Wait")
    act(his, solved, "resolve", body="There")
    act(admin, theirs, "take")
    assert (
        listed(his, "progress") == ["mine"]
        and listed(his, "hold") == ["held"]
        and listed(his, "resolved") == ["solved"]
    )
    assert listed(his, "unassigned") == ["waiting"]
    assert listed(his, "all") == ["theirs", "solved", "held", "mine", "waiting"]
    assert listed(his, "nonsense") == ["mine"], "agents begin with their own"
    assert listed(admin, "") == listed(admin, "all"), "managers with all"
    found = queries.counters(mall, queries.Viewer(mall.id, kim.id))
    assert (found.received, found.unassigned, found.progress, found.hold, found.agents) == (
        5,
        1,
        1,
        1,
        2,
    )
    assert found.rate == 20.0
    assert "20.0%" in his.get(f"{HOME}/counters", htmx=True).text


@pytest.mark.spec("TKT-2", "SET-1")
def test_types_are_found_by_part_of_their_name_and_kept_after_deletion(
    mall: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        top = settings.add_category(
            mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": "환불", "en": "Money"}
        )
        below = settings.add_category(
            mall,
            CategoryKind.RESOLUTION,
            parent_id=top.id,
            names={"ko": "카드 환불", "en": "Card Refund"},
        )
        intake = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "배송"}
        )
    one = tickets.ticket(mall, boss, take=True)
    path = f"{HOME}/{one.id}/resolution"
    assert "Money › Card Refund" in admin.get(f"{path}?q=REFUND").text
    assert "No category has this in its name." in admin.get(f"{path}?q=zzz").text
    assert (
        "Somebody deleted this category."
        in admin.post(path, {"category": intake.id}, htmx=True).headers["HX-Trigger"]
    )
    admin.post(path, {"category": below.id, "seen": ""}, htmx=True)
    stale = admin.post(path, {"category": top.id, "seen": ""}, htmx=True)
    assert (
        stale.status_code == 409
        and "Somebody changed this meanwhile." in stale.headers["HX-Trigger"]
    )
    stale = admin.post(f"{HOME}/{one.id}/priority", {"priority": "high", "seen": "low"}, htmx=True)
    assert stale.status_code == 409 and "Somebody changed this meanwhile." in stale.text
    assert (
        "changed the resolution type: – → Money › Card Refund" in admin.get(f"{HOME}/{one.id}").text
    )
    assert (
        "1 ticket uses it and keeps the old name."
        in admin.get(f"/c/s/mall/categories/{top.id}/delete").text
    )
    admin.post(f"/c/s/mall/categories/{top.id}/delete")
    assert "Money › Card Refund" in admin.get(f"{HOME}/{one.id}").text
    assert "Card Refund" not in admin.get(f"{path}?q=refund").text


@pytest.mark.spec("TKT-2")
def test_marks_are_ones_own(mall: Service, boss: Member, kim: Member, browser: Make) -> None:
    one, his, admin = tickets.ticket(mall, boss), browser("kim"), browser("boss")
    act(his, one, "star", on="1")
    assert (
        'aria-pressed="true"' in his.get(f"{HOME}/{one.id}").text
        and 'aria-pressed="true"' not in admin.get(f"{HOME}/{one.id}").text
    )
    act(his, one, "star", on="0")
    assert 'aria-pressed="true"' not in his.get(f"{HOME}/{one.id}").text


@pytest.mark.spec("MEM-8")
def test_my_performance_counts_my_tickets_of_the_day(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    his, admin = browser("kim"), browser("boss")
    group = db.session.scalars(sa.select(Group.id)).one()
    one, two, three, four = (tickets.ticket(mall, boss, name) for name in ("a", "b", "c", "d"))
    for ticket in (one, two, three):
        act(his, ticket, "take")
    act(his, two, "resolve", body="x")
    act(his, three, "resolve", body="x")
    act(admin, three, "finish")
    act(admin, four, "transfer", group=group)

    def figures(who: Browser) -> list[str]:
        return re.findall(r"<dd>(\d+)</dd>", who.get("/c/s/mall/performance").text)

    assert figures(his) == ["1", "1", "1", "1"] and figures(admin) == ["1", "0", "0", "0"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, hours=1)):
        his.login("kim", world.PASSWORD)
        assert figures(his) == ["1", "1", "0", "0"], "another day"


@pytest.mark.spec("TKT-4")
@given(st.text(max_size=40))
def test_what_is_blank_is_no_answer(text: str) -> None:
    if text.strip():
        assert rules.check_body(text) == text
    else:
        with pytest.raises(Refused):
            rules.check_body(text)
