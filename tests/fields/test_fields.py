"""Fields through their pages and on tickets (FLD-1, FLD-2)."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.core.errors import Conflict
from occ.fields.models import Field
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket, TicketValue
from occ.tickets.rules import State
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fill, fresh

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
FIELDS = "/c/s/mall/fields"
NEW = {
    "type": "text",
    "name-ko": "주문",
    "name-en": "Order",
    "hint-ko": "",
    "hint-en": "",
    "purge": "",
}

REPLY = {
    "version": "0",
    "name-ko": "회신 주소",
    "name-en": "Reply address",
    "hint-ko": "",
    "hint-en": "Where we answer",
    "required": "y",
}


def define(who: Browser, kind: str = "customer", **more: object) -> int:
    """Sends the form of a new field; the status tells whether it was saved."""
    who.get(f"{FIELDS}/new?kind={kind}")
    return who.post(f"{FIELDS}/new", {**NEW, "kind": kind, **more}).status_code


def stored(code: str) -> Field:
    db.session.expire_all()
    return db.session.scalars(sa.select(Field).where(Field.code == code)).one()


def order(page: str) -> list[str]:
    """The codes of a table of fields, in order."""
    return re.findall(r'class="xs t2 mono">(\w+)<', page)


@pytest.mark.spec("FLD-1")
def test_a_field_is_defined_once_and_its_code_is_never_given_again(
    mall: Service, admin: Browser
) -> None:
    for wrong, words in (
        ({"code": "Order No"}, "Use 2 to 30 small letters"),
        ({"code": "title"}, "is the code of a system field"),
        ({"code": "order_no", "name-ko": ""}, "Enter a name."),
        ({"code": "order_no", "type": "dropdown"}, "Add at least one choice."),
        ({"code": "order_no", "name-ko": "x" * 51}, "Use at most 50 characters"),
        ({"code": "order_no", "purge": "days", "days": "0"}, "from 1 to 36500"),
        ({"code": "order_no", "type": "nothing"}, "Not a valid choice"),
    ):
        assert define(admin, **wrong) == 422 and words in admin.errors(), words
        assert admin.field("name-en") == "Order", "what was typed is kept"
    assert define(admin, code="order_no") == 303
    wrong = {"code": "order_no", "name-ko": "", "purge": "days", "days": "0"}
    assert define(admin, **wrong) == 422
    for words in ("A code is never used again", "Enter a name.", "from 1 to 36500"):
        assert words in admin.errors(), "all that is wrong is said at once"
    admin.get(f"{FIELDS}/manage")
    assert admin.post(f"{FIELDS}/order_no/delete", htmx=True).status_code == 204
    assert "order_no" not in order(admin.get(f"{FIELDS}/manage").text)
    assert (
        define(admin, "agent", code="order_no") == 422
        and "A code is never used again" in admin.errors()
    ), "not after deletion either"


@pytest.mark.spec("FLD-1")
def test_each_type_has_its_own_placement_and_a_new_child_copies_it(
    mall: Service, refund: Category, admin: Browser
) -> None:
    fields.field(mall, "order_no")
    fields.field(mall, "size")
    home = f"{FIELDS}?type={refund.id}"
    assert order(admin.get(home).text) == ["intake", "email", "title", "content", "consent"]
    admin.get(f"{FIELDS}/types/{refund.id}/add")
    admin.post(f"{FIELDS}/types/{refund.id}/add", {"code": ["order_no", "size"]}, htmx=True)
    admin.get(home)
    admin.post(f"{FIELDS}/types/{refund.id}/move/size", {"place": 1}, htmx=True)
    assert order(admin.get(home).text) == [
        "intake",
        "size",
        "email",
        "title",
        "content",
        "order_no",
        "consent",
    ]
    for fixed in ("intake", "consent"):
        admin.post(f"{FIELDS}/types/{refund.id}/move/{fixed}", {"place": 3}, htmx=True)
        admin.post(f"{FIELDS}/types/{refund.id}/remove/{fixed}", htmx=True)
    admin.post(f"{FIELDS}/types/{refund.id}/remove/title", htmx=True)
    assert order(admin.get(home).text) == [
        "intake",
        "size",
        "email",
        "content",
        "order_no",
        "title",
        "consent",
    ], "title and the fixed ones stay"
    with db.write():
        child = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=refund.id, names={"ko": "단순 변심"}
        )
        other = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "배송"}
        )
    admin.post(f"{FIELDS}/types/{refund.id}/remove/size", htmx=True)
    assert "size" in order(admin.get(f"{FIELDS}?type={child.id}").text), "the copy is its own"
    assert "order_no" not in order(admin.get(f"{FIELDS}?type={other.id}").text)


@pytest.mark.spec("FLD-2")
def test_system_fields_are_reworded_and_reset_and_own_ones_are_deleted(
    mall: Service, admin: Browser
) -> None:
    page = admin.get(f"{FIELDS}/email").text
    assert 'placeholder="E-mail"' in page and 'placeholder="이메일"' in page, (
        "each its standard name"
    )
    assert admin.post(f"{FIELDS}/email", REPLY).status_code == 303
    page = admin.get(f"{FIELDS}/manage").text
    assert "Reply address" in page and stored("email").required
    admin.get(f"{FIELDS}/title")
    admin.post(f"{FIELDS}/title", {**REPLY, "name-en": "Heading", "required": ""})
    assert stored("title").required, "always required"
    assert admin.post(f"{FIELDS}/title", REPLY).status_code == 409, "somebody changed it since"
    admin.post(f"{FIELDS}/email/reset", htmx=True)
    assert "Reply address" not in admin.get(f"{FIELDS}/manage").text
    assert admin.post(f"{FIELDS}/email/delete", htmx=True).status_code == 404
    assert order(admin.get(f"{FIELDS}?kind=agent").text) == ["resolution", "priority"]


@pytest.mark.spec("FLD-1", "FLD-2")
def test_a_new_ticket_is_asked_for_what_its_type_asks(
    mall: Service, refund: Category, admin: Browser
) -> None:
    fields.field(mall, "order_no", type=FieldType.NUMBER, required=True)
    fields.field(mall, "size", type=FieldType.DROPDOWN, choices=["Small", "Large"])
    fields.place(mall, refund, "order_no", "size")
    admin.get(f"{HOME}/new")
    part = admin.post(
        f"{HOME}/new/fields", {"intake": refund.id, "f-order_no": "12"}, htmx=True
    ).text
    assert 'name="f-order_no"' in part and 'value="12"' in part and "Small" in part
    admin.get(f"{HOME}/new")
    ticket = {
        "key": admin.field("key"),
        "subject": "Refund",
        "body": "Please",
        "intake": refund.id,
        "priority": "normal",
        "take": "y",
    }
    for typed, words in (
        ({}, "Fill this in."),
        ({"f-order_no": "twelve"}, "Enter a number."),
        ({"f-order_no": "1", "f-size": "9"}, "Choose one of the list."),
    ):
        answer = admin.post(f"{HOME}/new", {**ticket, **typed})
        assert answer.status_code == 422 and words in answer.text and "Please" in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 0
    page = admin.follow(
        admin.post(f"{HOME}/new", {**ticket, "f-order_no": "1,200.50", "f-size": "2"})
    ).text
    assert "1,200.5" in page and "Large" in page


@pytest.mark.spec("FLD-2")
def test_agent_fields_hold_for_all_types_and_some_only_for_managers(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    fields.field(mall, "cause", FieldKind.AGENT, required=True)
    fields.field(mall, "blame", FieldKind.AGENT, managers_only=True)
    ticket = tickets.ticket(mall, kim, take=True)
    agent = browser("kim")
    page = agent.get(f"{HOME}/{ticket.id}").text
    assert "Cause" in page and "Blame" not in page
    assert "Blame" in admin.get(f"{HOME}/{ticket.id}").text
    assert "Fill in first: Cause" in act(agent, ticket, "resolve", body="Done")
    assert fresh(ticket).state is State.PROGRESS
    assert fill(agent, ticket, **{"f-cause": " "}) == 422
    assert fill(agent, ticket, **{"f-cause": "Late", "f-blame": "Me"}) == 204
    assert [row.code for row in db.session.scalars(sa.select(TicketValue))] == ["cause"], (
        "an agent fills in no managers' field"
    )
    assert "filled in: Cause" in agent.get(f"{HOME}/{ticket.id}").text
    act(agent, ticket, "resolve", body="Done")
    assert fresh(ticket).state is State.RESOLVED


@pytest.mark.spec("FLD-1")
def test_the_second_save_of_fields_sees_what_the_first_stored(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "cause", FieldKind.AGENT)
    ticket = tickets.ticket(mall, boss, take=True)
    assert fill(admin, ticket, **{"f-cause": "Late"}) == 204
    answer = admin.post(f"{HOME}/{ticket.id}/fields", {"seen": "", "f-cause": "Lost"}, htmx=True)
    assert answer.status_code == 409 and "Late" in answer.text and 'value="Lost"' in answer.text
    with db.write():
        row = stored("cause")
        assert values.count(row) == 1
    admin.get(f"{FIELDS}/cause")
    assert "1 value is stored, so the type stays." in admin.last.text if admin.last else False
    answer = admin.post(
        f"{FIELDS}/cause", {**NEW, "type": "number", "version": stored("cause").version}
    )
    assert answer.status_code == 422 and "The type stays" in admin.errors()


@pytest.mark.spec("FLD-1")
def test_strangers_find_no_field(
    mall: Service, boss: Member, browser: Make, admin: Browser
) -> None:
    fields.field(mall, "cause", FieldKind.AGENT)
    other = tickets.desk(boss, "shop")
    lee = world.member("lee")
    world.agent(boss, other, lee, manager=True)
    ticket = tickets.ticket(mall, boss, take=True)
    stranger = browser("lee")
    assert stranger.get(f"{FIELDS}/cause").status_code == 404
    assert stranger.get(f"{HOME}/{ticket.id}/fields").status_code == 404
    assert stranger.get("/c/s/shop/fields/cause").status_code == 404


@pytest.mark.spec("FLD-1")
def test_a_removed_choice_keeps_its_key_and_old_tickets_their_meaning(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "color", FieldKind.AGENT, FieldType.DROPDOWN, choices=["Red", "Blue"])
    fields.field(mall, "note", FieldKind.AGENT)
    one = tickets.ticket(mall, boss, take=True)
    assert fill(admin, one, **{"f-color": "2"}) == 204
    for names in (["Red"], ["Red", "Green"]):
        admin.get(f"{FIELDS}/color")
        form = {
            "name-ko": "색",
            "name-en": "Color",
            "version": stored("color").version,
            "purge": "",
            "choice-ko": names,
            "choice-en": names,
        }
        assert (
            admin.post(
                f"{FIELDS}/color", {**form, "choice-key": ["1", "7"][: len(names)]}
            ).status_code
            == 303
        )
    assert [(c["key"], c.get("gone", False)) for c in stored("color").choices] == [
        ("1", False),
        ("3", False),
        ("2", True),
    ]
    assert (
        "Blue" in admin.get(f"{HOME}/{one.id}").text
        and "Green" not in admin.get(f"{HOME}/{one.id}").text
    )
    dialog = admin.get(f"{HOME}/{one.id}/fields").text
    assert '<option value="2" selected>Blue</option>' in dialog
    assert fill(admin, one, **{"f-color": "2", "f-note": "x"}) == 204
    assert values.plain(values.rows(one.id)["color"]) == "2", "saving another field keeps it"


@pytest.mark.spec("FLD-2", "TKT-2")
def test_what_an_agent_does_not_see_neither_stops_nor_tells_them(
    mall: Service, boss: Member, admin: Browser, browser: Make
) -> None:
    kim, lee = world.member("kim"), world.member("lee")
    for who in (kim, lee):
        world.agent(boss, mall, who, ticket=True)
    fields.field(mall, "blame", FieldKind.AGENT, required=True, managers_only=True)
    fields.field(mall, "callback_to", FieldKind.AGENT, FieldType.PHONE)
    one = tickets.ticket(mall, kim, take=True)
    assert fill(admin, one, **{"f-blame": "Kim", "f-callback_to": "010-1234-5678"}) == 204
    other, agent = browser("lee"), browser("kim")
    page = other.get(f"{HOME}/{one.id}").text
    assert not re.search(r"1234\D*5678", page) and "010-****-5678" in page, (
        "numbers are masked for who does not have the ticket"
    )
    assert (
        "010-1234-5678" in agent.get(f"{HOME}/{one.id}").text
        and "blame" not in agent.get(f"{HOME}/{one.id}").text
    )
    fill(admin, one, **{"f-blame": " ", "f-callback_to": "010-1234-5678"})
    act(agent, one, "resolve", body="Done")
    assert fresh(one).state is State.RESOLVED


@pytest.mark.spec("FLD-1")
def test_a_field_that_changed_under_the_form_is_not_stored_by_its_old_definition(
    mall: Service, boss: Member
) -> None:
    fields.field(mall, "cause", FieldKind.AGENT)
    old, one = fields.shown(mall, "cause"), tickets.ticket(mall, boss, take=True)
    with db.write() as session:
        session.execute(sa.update(Field).values(encrypted=True))
    with db.write():
        value_service.store(one, {old: "secret"})
    assert values.rows(one.id)["cause"].text is None, "sealed at once"
    with db.write() as session:
        session.execute(sa.update(Field).values(type=FieldType.DATE))
    with pytest.raises(Conflict), db.write():
        value_service.store(one, {old: "not a date"})


@pytest.mark.spec("FLD-1", "FLD-3", "TPL-1")
def test_templates_fill_in_fields_but_never_personal_or_managers_ones(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "order_no", FieldKind.AGENT)
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    fields.field(mall, "review", FieldKind.AGENT, managers_only=True)
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        value_service.store(
            one,
            {
                fields.shown(mall, "order_no"): "#{title} A-77",
                fields.shown(mall, "passport"): "M1234567",
            },
        )
    assert "#{order_no}" in admin.get("/c/s/mall/templates/new").text
    form = {"title": "Order", "code": "o1", "version": "0"}
    for code in ("passport", "review", "nowhere"):
        answer = admin.post("/c/s/mall/templates/new", {**form, "body": f"Your #{{{code}}}"})
        assert answer.status_code == 422 and f"There is no placeholder #{{{code}}}" in answer.text
    assert (
        admin.post(
            "/c/s/mall/templates/new", {**form, "body": "Order #{order_no} of #{number}"}
        ).status_code
        == 303
    )
    assert (
        admin.post(f"{HOME}/{one.id}/templates/code", {"code": "o1"}, htmx=True).text
        == f"Order #{{title}} A-77 of #{one.id}"
    )


@pytest.mark.spec("FLD-2", "FLD-3", "TPL-1")
@pytest.mark.parametrize("change", [{"managers_only": True}, {"encrypted": True}])
def test_a_template_from_before_a_field_became_personal_or_managers_fills_nothing_in(
    mall: Service, boss: Member, admin: Browser, change: dict[str, bool]
) -> None:
    fields.field(mall, "review", FieldKind.AGENT)
    one = tickets.ticket(mall, boss, take=True)
    with db.write():
        value_service.store(one, {fields.shown(mall, "review"): "He shouts"})
        settings.save_template(
            mall, None, title="Order", body="Note: #{review}.", code="o1", shared=False
        )
    path = f"{HOME}/{one.id}/templates/code"
    admin.get(f"{HOME}/{one.id}")
    assert admin.post(path, {"code": "o1"}, htmx=True).text == "Note: He shouts."
    with db.write() as session:
        row = session.scalars(sa.select(Field).where(Field.code == "review")).one()
        for name, value in change.items():
            setattr(row, name, value)
    assert "He shouts" not in admin.post(path, {"code": "o1"}, htmx=True).text


@pytest.mark.spec("FLD-2")
def test_a_new_ticket_says_what_the_service_says_and_asks_for_the_address(
    mall: Service, admin: Browser
) -> None:
    admin.get(f"{FIELDS}/email")
    admin.post(f"{FIELDS}/email", REPLY)
    page = admin.get(f"{HOME}/new").text
    assert "Reply address" in page and "Where we answer" in page
    ticket = {
        "key": admin.field("key"),
        "subject": "Hello",
        "body": "Please",
        "priority": "normal",
        "email": "",
    }
    answer = admin.post(f"{HOME}/new", ticket)
    assert answer.status_code == 422 and "Fill this in." in answer.text
    assert admin.post(f"{HOME}/new", {**ticket, "email": "park@example.com"}).status_code == 303


@pytest.mark.spec("FLD-1")
def test_all_that_is_wrong_with_a_new_field_is_said_at_once(mall: Service, admin: Browser) -> None:
    page = "/c/s/mall/fields/new"
    admin.get(page)
    sent = {
        "kind": "customer",
        "version": "0",
        "code": "1",
        "type": "radio",
        "name-ko": "",
        "hint-en": "x" * 400,
        "choice-key": "",
        "choice-ko": "",
        "choice-en": "Red",
        "purge": "days",
        "days": "0",
    }
    assert admin.post(page, sent).status_code == 422
    wrong = " ".join(admin.texts("//div[@data-errors]//li"))
    for said in (
        "Use 2 to 30 small letters",
        "Each choice needs a name in the first language.",
        "Enter a whole number from 1",
        "Use at most",
    ):
        assert said in wrong, said
    assert len(admin.texts("//div[@data-errors]//li")) == 5, "and the name"
    right = {"code": "color", "name-ko": "색", "hint-en": "", "choice-ko": "빨강", "purge": ""}
    assert admin.post(page, {**sent, **right, "days": ""}).status_code == 303


@pytest.mark.spec("FLD-1")
def test_intake_types_stand_as_a_tree_and_are_found_by_their_path(
    mall: Service, admin: Browser
) -> None:
    with db.write():
        above = settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "결제", "en": "Payment"}
        )
        settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=above.id, names={"ko": "카드", "en": "Card"}
        )
    admin.get("/c/s/mall/fields")
    tree = [
        (li.get("class"), li.text_content().strip()) for li in admin.find("//*[@id='f-types']/li")
    ]
    assert tree == [("is-l1", "Payment"), ("is-l2", "Card")]
    admin.get("/c/s/mall/fields?q=Card")
    assert admin.texts("//*[@id='f-types']/li") == ["Payment › Card"]
