"""Numbers and addresses, the customer's and those of fields: whole for who works on the ticket, masked everywhere else (TKT-2)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import crypto
from occ.core.db import db
from occ.core.i18n import masked_address
from occ.delivery import hooks
from occ.delivery.models import Outgoing, WebCall
from occ.delivery.service import body_of
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Group, Member
from occ.organization.models import Service
from occ.tickets import service
from occ.tickets.models import Ticket
from occ.tickets.rules import Priority
from occ.tickets.search import index
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.factories.trigger import trigger, when
from tests.support import sheets
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh
from tests.tickets.test_search import hits

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]
WHOLE = ("010-1234-5678", "lee.minsu@example.com", "02-777-6789", "spare.box@example.org")
PARTS = ("1234-5678", "+821012345678", "777", "lee.minsu", "spare.box")
MASKED = ("010-****-5678", "l***@example.com", "s***@example.org")


@pytest.fixture
def reached(mall: Service, boss: Member) -> Ticket:
    """A ticket with the customer's number and address, and a second of each in fields."""
    fields.field(mall, "backup_phone", FieldKind.AGENT, FieldType.PHONE)
    fields.field(mall, "backup_mail", FieldKind.AGENT, FieldType.EMAIL)
    one = tickets.ticket(mall, boss, "Late", phone="+821012345678", email="lee.minsu@example.com")
    with db.write():
        said = {"backup_phone": "+8227776789", "backup_mail": "spare.box@example.org"}
        value_service.store(one, {fields.shown(mall, code): text for code, text in said.items()})
        index.mark(one.id)
    return one


def test_an_address_keeps_its_first_letter_and_its_host() -> None:
    shown = {
        "lee@example.com": "l***@example.com",
        "a@example.com": "***@example.com",
        "no address": "n***",
        "": "***",
    }
    assert {text: masked_address(text) for text in shown} == shown


@pytest.mark.spec("TKT-2", "FLD-1")
def test_page_and_list_mask_what_reaches_the_customer_until_one_has_the_ticket(
    mall: Service, reached: Ticket, kim: Member, admin: Browser, browser: Make
) -> None:
    his = browser("kim")
    page = his.get(f"{HOME}/{reached.id}").text + his.get(f"{HOME}?box=all").text
    assert not any(text in page for text in PARTS) and all(text in page for text in MASKED)
    manager = admin.get(f"{HOME}/{reached.id}").text
    assert (
        "010-1234-5678" in manager and "spare.box@example.org" in manager and "***@" not in manager
    )
    act(his, reached, "take")
    page = his.get(f"{HOME}/{reached.id}").text
    assert "010-1234-5678" in page and "spare.box@example.org" in page and "***@" not in page
    assert "<wbr>@" in page  # a narrow pane breaks a long address there


@pytest.mark.spec("TKT-2")
def test_excel_masks_the_same_row_by_row(
    mall: Service, reached: Ticket, boss: Member, kim: Member, browser: Make
) -> None:
    mine = tickets.ticket(mall, boss, "Mine", email="park@example.com")
    with db.write():
        value_service.store(mine, {fields.shown(mall, "backup_mail"): "other@example.org"})
    his = browser("kim")
    act(his, mine, "take")
    head, *rows = sheets.sheet(his.get(f"{HOME}/tickets.xlsx?box=all").data)
    by_title = {row[head.index("Title")]: " ".join(map(str, row)) for row in rows}
    assert not any(text in by_title["Late"] for text in PARTS) and all(
        text in by_title["Late"] for text in MASKED
    )
    assert "park@example.com" in by_title["Mine"] and "other@example.org" in by_title["Mine"]


@pytest.mark.spec("TKT-2", "TKT-7")
def test_what_one_sees_masked_is_found_only_by_who_knows_it_whole(
    mall: Service, reached: Ticket, kim: Member, admin: Browser, browser: Make
) -> None:
    his = browser("kim")
    for text in (
        "spare",
        "spare.box",
        "example.org",
        "7776789",
        "backup_mail:spare",
        "backup_mail:example.org",
        "backup_phone:777",
    ):
        assert (hits(admin, text), hits(his, text)) == (["Late"], []), text
    for text in (
        "spare.box@example.org",
        "SPARE.box@example.org",
        "+8227776789",
        "backup_mail:spare.box@example.org",
    ):
        assert hits(his, text) == ["Late"], text
    for text in (
        "02-777-6789",
        "027776789",
        "backup_phone:02-777-6789",
        "backup_phone:+8227776789",
    ):
        assert hits(his, text) == ["Late"], text
    assert hits(his, "are.box@example.org") == [] == hits(his, "277-6789"), "whole means whole"
    act(his, reached, "take")
    assert hits(his, "backup_mail:spare") == ["Late"], "who sees it may search for parts of it"


@pytest.mark.spec("TKT-7", "FLD-2", "FLD-3")
def test_a_whole_value_that_is_hidden_altogether_finds_nothing(
    mall: Service, reached: Ticket, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "blame_mail", FieldKind.AGENT, FieldType.EMAIL, managers_only=True)
    fields.field(mall, "safe_mail", FieldKind.AGENT, FieldType.EMAIL, encrypted=True)
    with db.write():
        said = {"blame_mail": "depot@example.net", "safe_mail": "sealed@example.net"}
        value_service.store(
            reached, {fields.shown(mall, code): text for code, text in said.items()}
        )
        index.mark(reached.id)
    his = browser("kim")
    assert (hits(admin, "depot@example.net"), hits(his, "depot@example.net")) == (["Late"], [])
    assert hits(admin, "sealed@example.net") == [] == hits(his, "sealed@example.net")


@pytest.mark.spec("TRG-3", "TKT-2")
def test_mails_to_a_group_and_rooms_mask_what_its_agents_see_masked(
    mall: Service, boss: Member, kim: Member
) -> None:
    fields.field(mall, "backup_phone", FieldKind.AGENT, FieldType.PHONE)
    lee = world.member("lee")
    world.agent(boss, mall, lee, ticket=True)
    group = db.session.scalars(sa.select(Group.id).where(Group.service_id == mall.id)).one()
    texts = {"ko": {"subject": "#{email}", "body": "#{email} #{backup_phone}"}}
    trigger(
        mall,
        "Tell",
        [when(Subject.PRIORITY, Comparison.EQUAL, "high")],
        *(
            Result(ResultKind.MAIL, to=to, group=group, texts=texts)
            for to in (To.GROUP, To.ASSIGNEE, To.CUSTOMER)
        ),
        Result(ResultKind.DOORAY, "https://hook.dooray.com/services/1", texts=texts),
    )
    one = tickets.ticket(mall, boss, email="lee.minsu@example.com")
    with db.write():
        value_service.store(one, {fields.shown(mall, "backup_phone"): "+8227776789"})
        row = fresh(one)
        row.assignee_id = lee.id
    with db.write():
        service.prioritize(fresh(one), Priority.HIGH, actor=world.actor(boss))
    sent = [
        (mail.recipient, mail.subject, body_of(mail) or "")
        for mail in db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id))
    ]
    seen = {
        to: "lee.minsu" in subject and "lee.minsu" in body and "777" in body
        for to, subject, body in sent[:3]
    }
    assert seen == {"boss@example.com": True, "kim@example.com": False, "lee@example.com": True}, (
        "a manager, a colleague, its assignee"
    )
    masked = next((subject, body) for to, subject, body in sent if to == "kim@example.com")
    assert (
        masked[0] == "l***@example.com"
        and masked[1].startswith("l***@example.com ")
        and "777" not in masked[1]
    )
    assert [(to, "lee.minsu" in body) for to, _subject, body in sent[3:]] == [
        ("lee@example.com", True),
        ("lee.minsu@example.com", True),
    ]
    call = crypto.ring().decrypt(db.session.scalars(sa.select(WebCall.body)).one() or "")
    assert (
        "l***@example.com" in call and "lee.minsu" not in call and hooks.secret(mall.id) not in call
    )


@pytest.mark.spec("TRG-4", "TKT-2")
def test_the_explanation_tells_no_condition_on_what_is_masked(
    mall: Service, reached: Ticket, kim: Member, admin: Browser, browser: Make
) -> None:
    about = when(Subject.FIELD, Comparison.CONTAINS, "spare.box", code="backup_mail")
    trigger(mall, "Ours", [about], Result(ResultKind.PRIORITY, "high"))
    his = browser("kim")
    act(admin, reached, "priority", priority="low")
    page = his.get(f"{HOME}/{reached.id}/triggers", htmx=True).text
    assert "spare.box" not in page and "masked for you" in page
    assert "spare.box" in admin.get(f"{HOME}/{reached.id}/triggers", htmx=True).text
    act(his, reached, "take")
    assert "spare.box" in his.get(f"{HOME}/{reached.id}/triggers", htmx=True).text
