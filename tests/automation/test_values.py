"""Conditions on fields through the pages: typed, read, shown and compared as what the field's type says (TRG-2)."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.automation.models import Trigger
from occ.automation.rules import Comparison, Result, ResultKind, Subject, condition_values
from occ.core.db import db
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets.models import Ticket
from occ.tickets.rules import Priority
from occ.tickets.values import service as value_service
from tests.automation.test_triggers import PAGE, URGENT, form
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories.trigger import trigger, when
from tests.support.browser import Browser
from tests.tickets.screen import HOME, fill, fresh

pytestmark = pytest.mark.heavy
Make = Callable[..., Browser]
C = Comparison


@pytest.fixture
def there(mall: Service) -> None:
    """A field of each type that is compared in its own way."""
    for code, type in (
        ("amount", FieldType.NUMBER),
        ("visit_at", FieldType.DATE_TIME),
        ("bought_on", FieldType.DATE),
        ("gift", FieldType.CHECKBOX),
        ("backup", FieldType.PHONE),
        ("other_mail", FieldType.EMAIL),
    ):
        fields.field(mall, code, FieldKind.AGENT, type)
    fields.field(mall, "extras", FieldKind.AGENT, FieldType.MULTI, choices=["Wrap", "Card", "Bag"])


def condition(code: str, comparison: Comparison, value: object) -> dict[str, object]:
    return {
        "required": "1",
        "subject": f"field:{code}",
        "comparison": comparison.value,
        "value": value,
    }


def save(who: Browser, *rows: dict[str, object]) -> str:
    """Writes a new trigger in its form; answers with what the page says, '' when it was saved."""
    who.get(f"{PAGE}/new")
    answer = who.post(f"{PAGE}/new", form(who, "Try", conditions=list(rows), results=[URGENT]))
    return "" if answer.status_code == 303 else answer.text


def fires(who: Browser, mall: Service, boss: Member, **typed: object) -> bool:
    """Whether a new ticket on which this was filled in became urgent."""
    one = tickets.ticket(mall, boss, take=True)
    assert fill(who, one, **{f"f-{code}": value for code, value in typed.items()}) == 204
    return fresh(one).priority is Priority.URGENT


@pytest.mark.spec("TRG-2")
@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("code", "comparison", "typed", "other", "same"),
    [
        ("amount", C.MORE, "1,000", "500", "2,345,600"),
        ("amount", C.ONE_OF, "1,000\r\n-2.50", "1", "-2.5"),
        ("visit_at", C.MORE, "2026-12-01T08:30", "2026-12-01T08:29", "2026-12-01T09:00"),
        ("bought_on", C.LESS, "2026-12-01", "2026-12-01", "2026-11-30"),
        ("backup", C.EQUAL, "+82 2 777 6789", "02-777-6780", "02-777-6789"),
        ("other_mail", C.EQUAL, "Lee@Example.com", "kim@example.com", "lee@example.com"),
        ("extras", C.CONTAINS, "2", "1", ["1", "2"]),
        ("gift", C.EQUAL, "1", "", "1"),
    ],
)
def test_a_condition_is_read_by_the_type_of_its_field(
    mall: Service,
    boss: Member,
    admin: Browser,
    code: str,
    comparison: Comparison,
    typed: str,
    other: object,
    same: object,
) -> None:
    assert save(admin, condition(code, comparison, typed)) == ""
    assert not fires(admin, mall, boss, **{code: other, "title2": ""}) and fires(
        admin, mall, boss, **{code: same}
    )


@pytest.mark.spec("TRG-2")
@pytest.mark.usefixtures("there")
def test_what_cannot_be_read_is_refused_beside_its_line(mall: Service, admin: Browser) -> None:
    for code, comparison, typed, words in (
        ("amount", C.MORE, "1,5", "Enter a number."),
        (
            "amount",
            C.CONTAINS,
            "5",
            "This subject cannot be compared in this way. Choose another comparison.",
        ),
        ("visit_at", C.LESS, "tomorrow", "Enter a date and time such as 2026-11-28 09:30."),
        ("gift", C.EQUAL, "often", "Choose one of the list."),
        ("gone", C.EMPTY, "", "Choose a field."),
    ):
        text = save(admin, condition(code, comparison, typed))
        assert words in text and (not typed or typed == "often" or f'value="{typed}"' in text), (
            words
        )
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Trigger)) == 0


@pytest.mark.spec("TRG-2")
@pytest.mark.usefixtures("there")
def test_a_line_asks_what_makes_sense_in_a_fitting_input(mall: Service, admin: Browser) -> None:
    admin.get(f"{PAGE}/new")

    def line(code: str, comparison: str = "") -> str:
        sent = {
            "line": "ca0",
            "c": "a0",
            "ca0-subject": f"field:{code}",
            "ca0-comparison": comparison,
        }
        headers = {
            "HX-Request": "true",
            **({} if comparison else {"HX-Trigger-Name": "ca0-subject"}),
        }
        return admin._send(
            "POST", f"{PAGE}/line", data={"csrf_token": admin.token, **sent}, headers=headers
        ).text

    said = line("amount")
    assert "is more than" in said and "contains" not in said and 'inputmode="decimal"' in said
    assert "Several, one on each line" in line("amount", "in")
    said = line("visit_at", "gt")
    assert (
        'type="datetime-local"' in said
        and "is later than" in said
        and "is one of" not in said
        and "Asia/Seoul" in said
    )
    assert 'type="date"' in line("bought_on", "lt") and 'type="tel"' in line("backup", "eq")
    said = line("gift")
    assert ">Yes</option>" in said and ">No</option>" in said and "is not" not in said
    said = line("extras")
    assert ">Wrap</option>" in said and ">contains</option>" in said and ">is</option>" not in said


@pytest.mark.spec("TRG-2", "TRG-4")
@pytest.mark.usefixtures("there")
def test_conditions_are_shown_as_people_write_them(
    mall: Service, boss: Member, admin: Browser
) -> None:
    assert (
        save(
            admin,
            condition("amount", C.MORE, "1000"),
            condition("visit_at", C.LESS, "2026-12-01T08:30"),
            condition("backup", C.EQUAL, "0212345678"),
            condition("gift", C.EQUAL, "0"),
            condition("extras", C.ONE_OF, ["1", "3"]),
            condition("bought_on", C.EQUAL, "2026-11-02"),
        )
        == ""
    )
    row = db.session.scalars(sa.select(Trigger)).one()
    assert [c["values"] for c in row.conditions] == [
        ["1000"],
        ["2026-11-30T23:30+00:00"],
        ["+82212345678"],
        ["0"],
        ["1", "3"],
        ["2026-11-02"],
    ]
    one = tickets.ticket(mall, boss)
    for page in (PAGE, f"{HOME}/{one.id}/triggers"):
        said = re.sub(r"<[^>]+>", "", admin.get(page).text)
        for words in (
            "Amount is more than “1,000”",
            "Visit_At is earlier than “Dec 1, 2026 08:30 (Asia/Seoul)”",
            "Backup is “02-1234-5678”",
            "Gift is “No”",
            "Extras is one of “Wrap”, “Bag”",
            "Bought_On is “Nov 2, 2026”",
        ):
            assert words in said, (page, words)
    page = admin.get(f"{PAGE}/{row.id}").text
    assert "whenever a ticket is created or changed" in page
    assert 'value="2026-12-01T08:30"' in page and 'value="1000"' in page


@pytest.mark.spec("TRG-4")
def test_the_explanation_says_what_was_set_in_words(
    mall: Service, boss: Member, admin: Browser
) -> None:
    set_hold = Result(ResultKind.STATE, "hold")
    trigger(
        mall,
        "Both",
        [when(Subject.TITLE, C.CONTAINS, "order")],
        Result(ResultKind.PRIORITY, "urgent"),
        set_hold,
    )
    one = tickets.ticket(mall, boss, take=True)
    page = admin.get(f"{HOME}/{one.id}/triggers").text
    assert "Set the priority: Urgent" in page and "Set the state: On hold" in page


@pytest.mark.spec("TRG-2")
@pytest.mark.usefixtures("there")
def test_a_condition_of_an_older_version_is_read_and_the_list_says_what_never_holds(
    app: Flask, mall: Service, boss: Member, admin: Browser
) -> None:
    def older(*values: str, code: str = "amount", comparison: Comparison = C.MORE) -> int:
        row = trigger(
            mall, "Old", [when(Subject.TITLE, C.EMPTY)], Result(ResultKind.PRIORITY, "urgent")
        )
        with db.write():
            row.conditions = [condition_values(when(Subject.FIELD, comparison, *values, code=code))]
        return row.id

    kept = older("1,000")
    assert not fires(admin, mall, boss, amount="500") and fires(admin, mall, boss, amount="1,001")
    assert "never holds" not in admin.get(PAGE).text
    with db.write():
        db.session.delete(db.session.get_one(Trigger, kept))
    unread = older("a lot", comparison=C.NOT_EQUAL)
    older("x", code="lost", comparison=C.NOT_EQUAL)
    older(code="backup", comparison=C.EMPTY)
    with db.write():
        row = fields.queries.field(mall.id, "backup")
        assert row is not None
        row.encrypted = True
    assert not fires(admin, mall, boss, amount="5")
    page = admin.get(PAGE).text
    assert (
        page.count("it never holds.") == 1
        and page.count("the condition never holds.") == 2
        and "“a lot”" in page
    )
    page = admin.get(f"{PAGE}/{unread}").text
    assert "cannot be read as “Number”" in page and 'value="a lot"' in page


@pytest.mark.spec("FLD-1")
@pytest.mark.usefixtures("there")
def test_the_same_value_written_otherwise_changes_nothing(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one: Ticket = tickets.ticket(mall, boss, take=True)
    shown = {
        code: fields.shown(mall, code)
        for code in ("amount", "visit_at", "backup", "other_mail", "extras")
    }
    first = {
        "amount": "1000",
        "visit_at": "2026-12-01T08:30",
        "backup": "02-777-6789",
        "other_mail": "lee@example.com",
        "extras": ["1", "3"],
    }
    again = {
        "amount": "1,000.0",
        "visit_at": "2026-12-01 08:30",
        "backup": "+82 27776789",
        "other_mail": "LEE@example.com",
        "extras": ["3", "1"],
    }
    assert fill(admin, one, **{f"f-{code}": value for code, value in first.items()}) == 204
    assert fill(admin, one, **{f"f-{code}": value for code, value in again.items()}) == 204
    with db.write():
        assert value_service.store(one, {shown["extras"]: "3\n1"}) == [], "no order among several"
    assert admin.get(f"{HOME}/{one.id}").text.count("filled in:") == 1


@pytest.mark.spec("TRG-1", "TRG-2")
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "Nothing has happened for more than 48 h",
                "It was received less than 1.5 h ago",
                "Title contains “환불”",
                "Title is not “환불”",
                "Priority is higher than “Normal”",
                "Assignee has changed",
            ],
        ),
        (
            "ko",
            [
                "마지막 변동 후 48시간이 지났을 때",
                "접수 후 1.5시간이 지나지 않았을 때",
                "제목에 ‘환불’이 들어 있을 때",
                "제목이 ‘환불’이 아닐 때",
                "우선순위가 ‘보통’보다 높을 때",
                "담당자가 바뀌었을 때",
            ],
        ),
        (
            "ja",
            [
                "最後の動きから48時間を過ぎたとき",
                "受付から1.5時間以内のとき",
                "件名に「환불」が含まれるとき",
                "件名が「환불」ではないとき",
                "優先度が「普通」より高いとき",
                "担当者が変わったとき",
            ],
        ),
    ],
)
def test_conditions_are_sentences_of_each_language(
    mall: Service, boss: Member, admin: Browser, language: str, expected: list[str]
) -> None:
    trigger(
        mall,
        "All kinds",
        [
            when(Subject.QUIET, C.MORE, "48"),
            when(Subject.RECEIVED, C.LESS, "1.5"),
            when(Subject.TITLE, C.CONTAINS, "환불"),
            when(Subject.TITLE, C.NOT_EQUAL, "환불"),
            when(Subject.PRIORITY, C.MORE, "normal"),
            when(Subject.ASSIGNEE, C.CHANGED),
        ],
        Result(ResultKind.PRIORITY, "urgent"),
    )
    with db.write():
        db.session.get_one(Member, boss.id).locale = language
    admin.get(PAGE)
    assert admin.texts("//ul[contains(@class,'g-list')][1]/li")[: len(expected)] == expected
