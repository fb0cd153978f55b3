"""What one may not see is not there (404); what one may see but not do is refused with the missing right (403)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.audit.models import WorkEntry
from occ.core import storage
from occ.core.db import db
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.tickets import attachments, history, queries, service
from occ.tickets.models import Ticket
from occ.tickets.rules import Move, Reason
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support import sheets
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, listed
from tests.tickets.test_search import hits

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]
FIRST = "Take this ticket first."


@pytest.fixture
def mall(boss: Member) -> Service:
    made = world.contracted(
        boss,
        "mall",
        features=frozenset({*tickets.FEATURES, Feature.CUSTOMERS, Feature.SECURITY}),
        seats=20,
    )
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def spam(mall: Service, boss: Member) -> Ticket:
    """A ticket with a file in the spam box."""
    one = tickets.ticket(mall, boss, "Buy now", email="spam@example.com", take=True)
    with db.write():
        attachments.add(one, boss.id, name="a.txt", key=storage.save(b"text", ""), content=b"text")
        service.process(
            one,
            Move.INTERNAL,
            "gone",
            seen=one.version,
            manager=True,
            actor=world.actor(boss),
            reason=Reason.SPAM,
            composed=True,
        )
    return one


@pytest.mark.spec("TKT-1", "TKT-2")
def test_spam_is_there_for_managers_alone(
    mall: Service, spam: Ticket, kim: Member, admin: Browser, browser: Make
) -> None:
    his = browser("kim")
    db.session.expire_all()
    files = history.story(spam.id, 0).files
    paths = ["", "/viewers", "/triggers", f"/files/{next(iter(files.values()))[0].id}"]
    for path in paths:
        assert admin.get(f"{HOME}/{spam.id}{path}").status_code == 200, path
        assert his.get(f"{HOME}/{spam.id}{path}").status_code == 404, path
    for path in ("fields", "intake", "customer", "transfer"):
        assert his.get(f"{HOME}/{spam.id}/{path}").status_code == 404, path
    his.get(HOME)
    for path in (
        "take",
        "comment",
        "priority",
        "resolve",
        "star",
        "draft",
        "preview",
        "fields/x/show",
        "files",
        "entries/1/original",
    ):
        assert his.post(f"{HOME}/{spam.id}/{path}", {"body": "x"}, htmx=True).status_code == 404, (
            path
        )
    assert listed(his, "all") == [] == hits(his, f"#{spam.id}") == hits(his, "Buy", "spam")
    assert hits(admin, f"#{spam.id}", "spam") == ["Buy now"] == hits(admin, "Buy", "spam")
    for box, rows in (("all", 0), ("spam", 0)):
        assert len(sheets.sheet(his.get(f"{HOME}/tickets.xlsx?box={box}").data)) == 1 + rows, box
    assert len(sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?box=spam").data)) == 2
    chosen = {"ticket": str(spam.id), "action": "priority", "priority": "high"}
    assert (
        his.post(f"{HOME}/bulk", chosen, htmx=True).status_code == 422
        and "Choose tickets first." in his.text()
    )
    his.post("/c/me/beat", {"ticket": spam.id}, htmx=True)
    assert queries.beside([spam.id], 0) == ({}, set(), {}), "nobody is seen at what is not there"
    assert admin.get(f"/c/s/mall/customers/{spam.customer_id}").status_code == 200
    assert his.get(f"/c/s/mall/customers/{spam.customer_id}").status_code == 404
    assert "spam" not in his.get("/c/s/mall/customers").text


@pytest.mark.spec("TKT-1", "TKT-2")
def test_who_sends_a_ticket_into_the_spam_box_is_led_back_to_the_list(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one, his, other = tickets.ticket(mall, boss, "Buy now"), browser("kim"), browser("boss")
    act(his, one, "take")
    tag = other.get(f"{HOME}/{one.id}/viewers", htmx=True).headers["ETag"]
    his.get(f"{HOME}/{one.id}?box=progress")
    answer = his.post(
        f"{HOME}/{one.id}/internal", {"version": fresh(one).version, "reason": "spam"}, htmx=True
    )
    assert (
        answer.status_code == 204
        and answer.headers["HX-Redirect"].startswith(HOME)
        and fresh(one).spam_at is not None
    )
    assert "went into the spam box" in his.follow(answer).text
    assert his.get(f"{HOME}/{one.id}/viewers", htmx=True).status_code == 404
    assert other.poll(f"{HOME}/{one.id}/viewers", tag).status_code == 200
    assert (
        "This ticket is in the spam box." not in act(other, one, "restore")
        and his.get(f"{HOME}/{one.id}").status_code == 200
    )


@pytest.mark.spec("TKT-2", "FLD-3", "TKT-4")
def test_what_only_its_agent_may_do_is_refused_with_the_missing_right(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    one, his = tickets.ticket(mall, boss, take=True), browser("kim")
    with db.write():
        value_service.store(one, {fields.shown(mall, "passport"): "M1234567"})
    entry = queries.entries(one.id)[0].id
    his.get(f"{HOME}/{one.id}")
    posts = (
        "fields/passport/show",
        "fields/passport/file",
        f"entries/{entry}/original",
        f"entries/{entry}/mask",
        "preview",
        "priority",
    )
    for path in (*posts, "reopen", "intake", "customer", "fields", "templates/code", "handover"):
        answer = his.post(f"{HOME}/{one.id}/{path}", {"body": "x"}, htmx=True)
        wanted = 404 if path == "handover" else 403  # hand-over is not contracted
        assert answer.status_code == wanted and "M1234567" not in answer.text, path
        assert path == "handover" or (
            FIRST in answer.headers["HX-Trigger"] and answer.headers["HX-Reswap"] == "none"
        ), path
    page = his.post(f"{HOME}/{one.id}/fields/passport/show")
    assert (
        page.status_code == 403
        and FIRST in page.text
        and "managers of this service" in page.text
        and "You may not do this" in page.text
    )
    for path in ("customer", "fields", "intake", "resolution", "templates"):
        assert his.get(f"{HOME}/{one.id}/{path}").status_code == 403, path
    assert db.session.scalars(sa.select(WorkEntry)).all() == [], (
        "nothing was shown, nothing is recorded"
    )
    answer = his.post(
        f"{HOME}/{one.id}/resolve", {"version": fresh(one).version, "body": "kept text"}, htmx=True
    )
    assert answer.status_code == 403 and FIRST in answer.text and "kept text" in answer.text, (
        "what was typed stays"
    )
    assert his.post(f"{HOME}/{one.id}/finish", htmx=True).status_code == 403
    assert "M1234567" in admin.post(f"{HOME}/{one.id}/fields/passport/show", htmx=True).text
