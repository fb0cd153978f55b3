"""Hand-over between a consultation and an issue service (TKT-5)."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.fields.rules import FieldType
from occ.identity import queries as identity
from occ.identity import service as identity_service
from occ.identity.models import Member
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature, ServiceType
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import history, queries
from occ.tickets import service as ticket_service
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Entry, Move, State
from occ.tickets.values import queries as values
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, listed

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
THERE = "/c/s/depot/tickets"


@pytest.fixture
def depot(boss: Member) -> Service:
    """The issue service."""
    made = world.contracted(boss, "depot", features=tickets.FEATURES, type=ServiceType.ISSUE)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def mall(boss: Member, depot: Service) -> Service:
    made = world.contracted(
        boss, "mall", features=frozenset({*tickets.FEATURES, Feature.HANDOVER}), seats=20
    )
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def lost(depot: Service) -> Category:
    with db.write():
        return settings.add_category(
            depot, CategoryKind.INTAKE, parent_id=None, names={"ko": "분실", "en": "Lost"}
        )


def hand_over(who: Browser, ticket: Ticket, to: Service, intake: object, **more: object) -> int:
    """Fills the dialog in and sends it."""
    page = who.get(f"{HOME}/{ticket.id}/handover").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    values = {
        "version": version[1],
        "to": to.id,
        "intake": intake,
        "body": "Please look for the parcel.",
        "send": "1",
        **more,
    }
    return who.post(f"{HOME}/{ticket.id}/handover", values, htmx=True).status_code


def made_of(ticket: Ticket) -> Ticket:
    return db.session.scalars(sa.select(Ticket).where(Ticket.source_id == ticket.id)).one()


@pytest.mark.spec("TKT-5", "TKT-1")
def test_a_ticket_goes_to_the_issue_service_and_its_answer_comes_back(
    mall: Service, depot: Service, lost: Category, boss: Member, browser: Make, admin: Browser
) -> None:
    kim, lee = world.member("kim"), world.member("lee")
    world.agent(boss, mall, kim, ticket=True)
    world.agent(boss, depot, lee, ticket=True)
    fields.field(depot, "parcel", type=FieldType.NUMBER, required=True)
    fields.place(depot, lost, "parcel")
    one = tickets.ticket(mall, kim, "Where is it?", email="park@example.com", take=True)
    agent, issuer = browser("kim"), browser("lee")
    assert "f-parcel" not in agent.get(f"{HOME}/{one.id}/handover").text
    drawn = agent.post(
        f"{HOME}/{one.id}/handover", {"to": depot.id, "intake": lost.id, "body": "x"}, htmx=True
    ).text
    assert 'name="f-parcel"' in drawn and "It has not come yet." not in drawn, (
        "what was typed is kept"
    )
    assert (
        hand_over(agent, one, depot, "") == 422 and hand_over(agent, one, depot, lost.id) == 422
    ), "a type and its required field"
    assert hand_over(agent, one, depot, lost.id, body=" ", **{"f-parcel": "77"}) == 422
    assert fresh(one).state is State.PROGRESS
    assert hand_over(agent, one, depot, lost.id, **{"f-parcel": "77"}) == 204
    other = made_of(one)
    assert (fresh(one).state, other.state, other.channel, other.intake_id) == (
        State.HANDED,
        State.UNASSIGNED,
        Channel.HANDOVER,
        lost.id,
    )
    assert (
        other.customer_id == one.customer_id
        and values.plain(values.rows(other.id)["parcel"]) == "77"
    )
    page = agent.get(f"{HOME}/{one.id}").text
    assert (
        f"Depot #{other.id}" in page
        and "Kim handed the ticket over to Depot" in page
        and "Please look for the parcel." in page
    )
    assert listed(agent, "handed") == ["Where is it?"] and listed(agent, "progress") == []
    assert "with another service" in act(agent, one, "resolve", body="Done"), (
        "not while it is with the other"
    )

    there = issuer.get(f"{THERE}/{other.id}").text
    assert (
        "Please look for the parcel." in there
        and f"Mall #{one.id}" in there
        and f'href="{HOME}/{one.id}"' not in there
    )
    assert issuer.get(f"{HOME}/{one.id}").status_code == 404, "a stranger there"
    issuer.post(f"{THERE}/{other.id}/take", {"version": other.version}, htmx=True)
    issuer.post(
        f"{THERE}/{other.id}/comment",
        {"body": "Asked the carrier", "version": fresh(other).version},
        htmx=True,
    )
    assert (
        fresh(one).state is State.HANDED
        and "Asked the carrier" not in agent.get(f"{HOME}/{one.id}").text
    )
    for reason in ("spam", "abuse", "duplicate"):
        answer = issuer.post(
            f"{THERE}/{other.id}/internal",
            {"reason": reason, "version": fresh(other).version, "body": ""},
            htmx=True,
        )
        assert "Choose a reason." in answer.text
    assert "Goes back to the service that handed it over" in issuer.get(f"{THERE}/{other.id}").text
    empty = issuer.post(
        f"{THERE}/{other.id}/hold", {"body": "", "version": fresh(other).version}, htmx=True
    )
    assert "Enter something first." in empty.text and fresh(one).state is State.HANDED
    issuer.post(
        f"{THERE}/{other.id}/hold",
        {"body": "The carrier searches.", "version": fresh(other).version},
        htmx=True,
    )
    assert fresh(one).state is State.ANSWERED
    told = db.session.scalars(
        sa.select(Notification).where(Notification.notice == Notice.HANDOVER_ANSWERED)
    ).one()
    assert told.member_id == kim.id and told.values["number"] == f"#{one.id}"
    issuer.post(
        f"{THERE}/{other.id}/resolve",
        {"body": "It was found.", "version": fresh(other).version},
        htmx=True,
    )
    page = agent.get(f"{HOME}/{one.id}").text
    assert (
        "The carrier searches." in page
        and "It was found." in page
        and "Lee of Depot answered the hand-over" in page
    )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 0, (
        "the issue service never mails a handed-over customer"
    )
    act(agent, one, "resolve", body="We found your parcel.")
    assert fresh(one).state is State.RESOLVED
    assert db.session.scalars(sa.select(Outgoing.recipient)).all() == ["park@example.com"]


@pytest.mark.spec("TKT-5")
def test_a_ticket_made_in_the_issue_service_mails_its_customer(
    depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(depot, boss, email="park@example.com", take=True)
    admin.get(f"{THERE}/{one.id}")
    admin.post(
        f"{THERE}/{one.id}/resolve", {"body": "Done", "version": fresh(one).version}, htmx=True
    )
    assert db.session.scalars(sa.select(Outgoing.recipient)).all() == ["park@example.com"]


@pytest.mark.spec("TKT-5")
def test_a_hand_over_is_taken_back_and_answers_still_arrive(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    assert hand_over(admin, one, depot, lost.id) == 204
    act(admin, one, "reopen")
    assert fresh(one).state is State.PROGRESS
    act(admin, one, "internal", reason="other", body="")
    assert fresh(one).state is State.RESOLVED
    other = made_of(one)
    admin.get(f"{THERE}/{other.id}")
    admin.post(f"{THERE}/{other.id}/take", {"version": other.version}, htmx=True)
    admin.post(
        f"{THERE}/{other.id}/internal",
        {"reason": "by_phone", "body": "Called", "version": fresh(other).version},
        htmx=True,
    )
    assert fresh(one).state is State.RESOLVED and "Called" in admin.get(f"{HOME}/{one.id}").text, (
        "what is resolved stays so"
    )


@pytest.mark.spec("TKT-5")
def test_the_answer_of_an_earlier_hand_over_that_was_taken_back_changes_no_state(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, take=True)
    assert hand_over(admin, one, depot, lost.id) == 204
    earlier = made_of(one)
    act(admin, one, "reopen")
    assert hand_over(admin, one, depot, lost.id) == 204
    later = db.session.scalars(
        sa.select(Ticket).where(Ticket.source_id == one.id, Ticket.id != earlier.id)
    ).one()
    for ticket, words, state in (
        (earlier, "Not here.", State.HANDED),
        (later, "Found it.", State.ANSWERED),
    ):
        admin.get(f"{THERE}/{ticket.id}")
        path = f"{THERE}/{ticket.id}"
        admin.post(f"{path}/take", {"version": fresh(ticket).version}, htmx=True)
        said = {"reason": "by_phone", "body": words, "version": fresh(ticket).version}
        admin.post(f"{path}/internal", said, htmx=True)
        assert fresh(one).state is state, words
        assert words in admin.get(f"{HOME}/{one.id}").text, "it is read all the same"


@pytest.mark.spec("TKT-5")
def test_only_where_it_is_contracted_and_by_whom_the_ticket_is_with(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser, browser: Make
) -> None:
    plain = tickets.desk(boss, "plain")
    other = tickets.ticket(plain, boss, take=True)
    assert admin.get(f"/c/s/plain/tickets/{other.id}/handover").status_code == 404
    assert "Hand over" not in admin.get(f"/c/s/plain/tickets/{other.id}").text
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    one = tickets.ticket(mall, boss, take=True)
    stranger = browser("kim")
    assert stranger.get(f"{HOME}/{one.id}/handover").status_code == 403
    assert hand_over(admin, one, mall, lost.id) == 204 and made_of(one).service_id == depot.id, (
        "only issue services are offered"
    )
    late = admin.post(
        f"{HOME}/{one.id}/handover",
        {"version": 1, "to": depot.id, "intake": lost.id, "body": "Again", "send": "1"},
        htmx=True,
    )
    assert late.status_code == 409


@pytest.mark.spec("TKT-5", "TKT-4")
def test_formats_go_over_and_come_back_where_both_keep_them(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    for of, editor in ((mall, Editor.HTML), (depot, Editor.HTML)):
        with db.write():
            db.session.get_one(Service, of.id).editor = editor
    picture = '<div>See <strong>this</strong> <img src="/x/files/1" alt="box.png"></div>'
    one = tickets.ticket(mall, boss, take=True, html=picture)
    dialog = admin.get(f"{HOME}/{one.id}/handover").text
    assert "&lt;strong&gt;this&lt;/strong&gt; [box.png]" in dialog and "<trix-editor" in dialog, (
        "its files stay here"
    )
    body = "<div>Please look for <strong>the parcel</strong>.<script>alert(1)</script></div>"
    admin.get(f"{HOME}/{one.id}/handover")  # a page of its own brings the editor along
    assert admin.find("//meta[@name='module'][@content='editor']")
    assert hand_over(admin, one, depot, lost.id, body=body, formatted="1") == 204
    there = made_of(one)
    texts = lambda ticket: [(e.kind, e.body, e.html) for e in queries.entries(ticket.id)][-1]
    clean = "<div>Please look for <strong>the parcel</strong>.</div>"
    assert texts(there) == (Entry.INQUIRY, "Please look for the parcel.", clean)
    assert texts(one) == (Entry.HANDED, "Please look for the parcel.", clean)
    with db.write():
        ticket_service.process(
            there,
            Move.RESOLVE,
            "Found: [box.png]",
            seen=there.version,
            manager=True,
            actor=world.actor(boss),
            html='<div><em>Found</em>: <img src="/c/s/depot/tickets/2/files/3" alt="box.png"></div>',
        )
    assert texts(one) == (
        Entry.ANSWERED,
        "Found: [box.png]",
        "<div><em>Found</em>: [box.png]</div>",
    ), "no address of the other service"


@pytest.mark.spec("TKT-5", "TKT-4")
def test_a_service_of_plain_text_gets_plain_text(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    with db.write():
        db.session.get_one(Service, mall.id).editor = Editor.HTML
    one = tickets.ticket(mall, boss, take=True)
    assert (
        hand_over(admin, one, depot, lost.id, body="<div>Please <em>look</em></div>", formatted="1")
        == 204
    )
    assert [(e.body, e.html) for e in queries.entries(made_of(one).id)] == [("Please look", "")]


@pytest.mark.spec("TKT-1", "TKT-5", "MEM-2")
def test_who_leaves_takes_no_hand_over_along(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser, browser: Make
) -> None:
    kim, lee = world.member("kim"), world.member("lee")
    for member in (kim, lee):
        world.agent(boss, mall, member, ticket=True)
    agent, other = browser("kim"), browser("lee")
    handed, answered, held = (
        tickets.ticket(mall, kim, subject, take=True) for subject in ("Handed", "Answered", "Held")
    )
    for one in (handed, answered):
        assert hand_over(agent, one, depot, lost.id) == 204
    work = made_of(answered)
    admin.get(f"{THERE}/{work.id}")
    admin.post(
        f"{THERE}/{work.id}/resolve", {"body": "Found.", "version": fresh(work).version}, htmx=True
    )
    act(agent, held, "hold", body="Which colour?")
    role = identity.agent_of(mall.id, kim.id)
    assert role is not None
    admin.get(f"/c/s/mall/agents/{role.id}/remove", htmx=True)
    assert admin.post(f"/c/s/mall/agents/{role.id}/remove", htmx=True).status_code == 204

    assert [(t.state, t.assignee_id) for t in map(fresh, (handed, answered, held))] == [
        (State.HANDED, None),
        (State.ANSWERED, None),
        (State.UNASSIGNED, None),
    ]
    assert "it was with Kim" in admin.get(f"{HOME}/{handed.id}").text
    assert listed(other, "unassigned") == ["Held", "Answered"], (
        "what another service works on is not to be taken"
    )
    assert (
        "with another service" in act(other, handed, "take") and fresh(handed).assignee_id is None
    )
    act(other, answered, "take")
    assert (fresh(answered).state, fresh(answered).assignee_id) == (State.PROGRESS, lee.id)

    work = made_of(handed)
    admin.get(f"{THERE}/{work.id}")
    admin.post(
        f"{THERE}/{work.id}/resolve",
        {"body": "It was found.", "version": fresh(work).version},
        htmx=True,
    )
    assert (fresh(handed).state, fresh(handed).assignee_id) == (State.ANSWERED, None)
    assert (
        listed(other, "unassigned") == ["Held", "Handed"]
        and "It was found." in other.get(f"{HOME}/{handed.id}").text
    )
    counters = queries.counters(mall, queries.Viewer(mall.id, lee.id))
    assert (counters.unassigned, counters.unassigned_today) == (2, 2)


@pytest.mark.spec("TKT-1", "TKT-5", "MEM-2")
def test_a_hand_over_of_nobody_is_taken_back_by_a_manager(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser, browser: Make
) -> None:
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    one = tickets.ticket(mall, kim, take=True)
    assert hand_over(browser("kim"), one, depot, lost.id) == 204
    with db.write():
        identity_service.remove(kim, actor=world.actor(boss))
    assert (fresh(one).state, fresh(one).assignee_id) == (State.HANDED, None)
    act(admin, one, "reopen")
    assert (fresh(one).state, fresh(one).assignee_id) == (State.UNASSIGNED, None)


def test_beside_a_ticket_stand_its_customers_others_here_and_what_was_handed_over(
    mall: Service, depot: Service, lost: Category, boss: Member, admin: Browser
) -> None:
    lee = {"email": "lee@example.com"}
    rows = [tickets.ticket(mall, boss, take=True, **lee) for _i in range(7)]
    tickets.ticket(mall, boss, email="park@example.com")
    tickets.ticket(depot, boss, **lee)
    one = rows[0]
    assert hand_over(admin, one, depot, lost.id) == 204
    made = made_of(one)
    others, linked = history.related(fresh(one))
    assert [other.id for other in others] == [row.id for row in reversed(rows[2:])]
    assert [(other.id, of.id) for other, of in linked] == [(made.id, depot.id)]
    others, linked = history.related(made)
    assert len(others) == 1 and [other.id for other, _of in linked] == [one.id]
    alone = tickets.ticket(mall, boss)
    assert history.related(alone) == ([], [])
