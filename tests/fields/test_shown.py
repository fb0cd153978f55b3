"""A value is shown in one way wherever it is: on the ticket, in dialogs, to customers (FLD-1)."""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from occ.automation.rules import Comparison, Result, ResultKind, Subject, To
from occ.core import i18n
from occ.core.db import db
from occ.delivery.models import Outgoing
from occ.delivery.service import body_of
from occ.fields.labels import value_text
from occ.fields.rules import Choice, FieldKind, FieldType, Shown
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import customer_data
from occ.tickets.models import Ticket
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, fresh

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
STORED = {
    "amount": (FieldType.NUMBER, "2345600.123456"),
    "bought_on": (FieldType.DATE, "2026-11-02"),
    "visit_at": (FieldType.DATE_TIME, "2026-11-30T23:30+00:00"),
    "backup": (FieldType.PHONE, "+8227776789"),
    "gift": (FieldType.CHECKBOX, "1"),
    "wrapped": (FieldType.CHECKBOX, ""),
    "size": (FieldType.DROPDOWN, "2"),
    "extras": (FieldType.MULTI, "1\n2"),
    "note": (FieldType.LONG_TEXT, "a\nb"),
}
ENGLISH = {
    "amount": "2,345,600.123456",
    "bought_on": "Nov 2, 2026",
    "visit_at": "Dec 1, 2026 08:30",
    "backup": "02-777-6789",
    "gift": "Yes",
    "wrapped": "No",
    "size": "Large",
    "extras": "Small, Large",
    "note": "a\nb",
}
KOREAN = {
    **ENGLISH,
    "bought_on": "2026. 11. 2.",
    "visit_at": "2026. 12. 1. 08:30",
    "gift": "예",
    "wrapped": "아니요",
    "size": "대",
    "extras": "소, 대",
}
TEXT = "\n".join(f"{code}: #{{{code}}}" for code in STORED)


def said(words: dict[str, str]) -> str:
    return "\n".join(f"{code}: {text}" for code, text in words.items())


@pytest.fixture
def one(mall: Service, boss: Member) -> Ticket:
    """A ticket that says something in a field of each type."""
    for code, (type, _value) in STORED.items():
        choices = {"choices": ["소", "대"]} if type in (FieldType.DROPDOWN, FieldType.MULTI) else {}
        row = fields.field(mall, code, FieldKind.AGENT, type, **choices)
        if choices:
            with db.write():
                row.choices = [
                    {**choice, "names": {"ko": choice["names"]["ko"], "en": en}}
                    for choice, en in zip(row.choices, ["Small", "Large"], strict=True)
                ]
    made = tickets.ticket(mall, boss, email="park@example.com", take=True)
    with db.write():
        value_service.store(
            made, {fields.shown(mall, code): value for code, (_type, value) in STORED.items()}
        )
    return made


def words(who: Browser, ticket: Ticket) -> dict[str, str]:
    """What the ticket's page says in each field."""
    who.get(f"{HOME}/{ticket.id}")
    pairs = who.find("//dl/div[dt and dd]")
    held = {pair.findtext("dt").lower(): pair.find("dd").text_content() for pair in pairs}
    return {name: text.strip() for name, text in held.items() if name in STORED}


@pytest.mark.spec("FLD-1", "TKT-2")
def test_the_ticket_and_its_dialogs_say_the_same(
    mall: Service, boss: Member, one: Ticket, admin: Browser
) -> None:
    assert words(admin, one) == ENGLISH
    answer = admin.post(f"{HOME}/{one.id}/fields", {"seen": "", "f-amount": "1"}, htmx=True)
    assert answer.status_code == 409
    stored = html.unescape(answer.text)
    assert (
        all(text in stored for text in ENGLISH.values()) and 'value="2345600.123456"' not in stored
    )
    with db.write():
        boss.time_zone = "America/New_York"
    assert words(admin, one)["visit_at"] == "Nov 30, 2026 18:30", "in the zone of who looks"


@pytest.mark.spec("TPL-1", "TRG-3")
def test_customers_read_the_tickets_language_and_the_services_zone(
    mall: Service, boss: Member, one: Ticket, admin: Browser
) -> None:
    with db.write():
        boss.time_zone = "America/New_York"
    form = {"title": "All", "code": "a1", "version": "0", "body": TEXT}
    admin.get("/c/s/mall/templates/new")
    assert admin.post("/c/s/mall/templates/new", form).status_code == 303
    insert = lambda: admin.post(f"{HOME}/{one.id}/templates/code", {"code": "a1"}, htmx=True).text
    assert insert() == said(KOREAN), "who inserts it reads English"
    with db.write():
        fresh(one).language = "en"
    assert insert() == said(ENGLISH)
    texts = {"ko": {"subject": "S", "body": TEXT}, "en": {"subject": "S", "body": TEXT}}
    trigger(
        mall,
        "Mail",
        [when(Subject.PRIORITY, Comparison.CHANGED)],
        Result(ResultKind.MAIL, to=To.CUSTOMER, texts=texts),
    )
    admin.post(f"{HOME}/{one.id}/priority", {"priority": "high", "seen": "normal"}, htmx=True)
    mail = db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id.desc())).first()
    assert mail is not None and body_of(mail) == said(ENGLISH)


@pytest.mark.spec("FLD-4")
def test_a_customer_is_handed_their_values_in_words(mall: Service, one: Ticket) -> None:
    assert one.customer is not None
    with i18n.force_locale("en"):
        (given,) = customer_data.data(one.customer, mall.id)
    assert given["fields"] == {code: text for code, text in ENGLISH.items() if STORED[code][1]}


def test_a_figure_keeps_its_digits_and_a_choice_its_name_once_removed(
    mall: Service, admin: Browser
) -> None:
    admin.get("/c/me")
    assert (
        i18n.exact_number(Decimal("0.000001")) == "0.000001"
        and i18n.exact_number(Decimal("-1234.5")) == "-1,234.5"
    )
    size = Shown(
        "size",
        FieldKind.AGENT,
        FieldType.DROPDOWN,
        "Size",
        "",
        False,
        (Choice("1", "S"),),
        gone=(Choice("2", "L"),),
    )
    assert value_text(size, "2") == "L" and value_text(size, "") == ""
    assert i18n.moment(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "Asia/Seoul").endswith("08:30")
