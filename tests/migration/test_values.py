"""Each wrong cell gets its words, at its place, and nothing else does (MIG-1)."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask

from occ.core.db import db
from occ.core.i18n import force_locale
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.migration import columns
from occ.migration.rules.cells import Broken
from occ.migration.values import Checker
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from tests.factories import field as fields
from tests.factories import migration as old
from tests.factories import ticket as tickets
from tests.factories import world

pytestmark = pytest.mark.heavy
AT = datetime.fromisoformat
SOON = datetime.fromisoformat("2199-01-01")
KINDS = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "moment": FieldType.DATE_TIME,
    "yes": FieldType.CHECKBOX,
    "phone": FieldType.PHONE,
    "mail": FieldType.EMAIL,
}
# what differs from a row that holds, the column that is wrong, and a part of its words
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"title": None}, "title", "Fill this in"),
    ({"title": "가" * 201}, "title", "at most 200"),
    ({"title": Broken.FORMULA}, "title", "formula without a value"),
    ({"title": Broken.ERROR}, "title", "error of the spreadsheet"),
    ({"title": 1234567890123456.0}, "title", "lost its last digits"),
    ({"content": "  \n "}, "content", "Fill this in"),
    ({"content": "x" * 20_001}, "content", "at most 20000"),
    ({"intake": "없는 유형"}, "intake", "There is no “없는 유형”"),
    ({"resolution": "결제 › 환불"}, "resolution", "There is no"),
    ({"name": "김하나"}, "name", "e-mail address, a phone number or a usercode"),
    ({"name": "가" * 51, "email": "a@example.com"}, "name", "at most 50"),
    ({"email": "kim@"}, "email", "name@example.com"),
    ({"phone": 1020000001.0}, "phone", "no leading 0"),
    ({"phone": "12"}, "phone", "not a phone number"),
    ({"phone": "010-2000-0001 ext. 3"}, "phone", "Extensions"),
    ({"usercode": "x" * 51}, "usercode", "at most 50"),
    ({"priority": "sehr hoch"}, "priority", "not in the list"),
    ({"state": None}, "state", "Fill this in"),
    ({"state": "Handed over"}, "state", "not in the list"),
    ({"state": "In progress"}, "assignee", "who works on it"),
    ({"state": "On hold"}, "assignee", "who works on it"),
    ({"state": "In progress", "assignee": "outside"}, "assignee", "No agent of this service"),
    ({"assignee": "boss"}, "assignee", "has nobody"),
    ({"answer": "x"}, "answer", "resolved or done"),
    ({"received": None}, "received", "Fill this in"),
    ({"received": 45355.0}, "received", "Format the cell as a date"),
    ({"received": time(9, 30)}, "received", "without a day"),
    ({"received": timedelta(hours=3)}, "received", "without a day"),
    ({"received": "3/4/2024"}, "received", "2026-11-28 09:30"),
    ({"received": SOON}, "received", "still to come"),
    ({"received": AT("1970-01-01")}, "received", "after 1990"),
    ({"resolved": AT("2024-03-05")}, "resolved", "no such time"),
    ({"state": "Resolved"}, "resolved", "Fill this in"),
    ({"state": "Resolved", "resolved": AT("2024-03-01")}, "resolved", "before the ticket was rec"),
    ({"state": "Done"}, "done", "Fill this in"),
    ({"state": "Done", "done": AT("2024-03-01")}, "done", "before the ticket was received"),
    (
        {"state": "Done", "resolved": AT("2024-03-06"), "done": AT("2024-03-05")},
        "done",
        "before the ticket was resolved",
    ),
    ({"state": "Done", "done": AT("2024-03-06"), "assignee": "nobody"}, "assignee", "Nobody has"),
    ({"f:text": "x" * 201}, "f:text", "at most 200"),
    ({"f:number": "12a"}, "f:number", "Enter a number"),
    ({"f:date": 45355.0}, "f:date", "Format the cell as a date"),
    ({"f:moment": "gestern"}, "f:moment", "2026-11-28 09:30"),
    ({"f:yes": "vielleicht"}, "f:yes", "not in the list"),
    ({"f:choice": "blue"}, "f:choice", "not in the list"),
    ({"f:several": "red;blue"}, "f:several", "“blue”"),
    ({"f:phone": 1020000001.0}, "f:phone", "no leading 0"),
    ({"f:mail": "kim"}, "f:mail", "name@example.com"),
    ({"f:asked": "x"}, "f:asked", "no such field"),
]


@pytest.fixture
def desk(boss: Member) -> Service:
    made = tickets.desk(boss)
    for code, kind in KINDS.items():
        fields.field(made, code, FieldKind.AGENT, kind)
    fields.field(made, "choice", FieldKind.AGENT, FieldType.DROPDOWN, choices=("red", "green"))
    fields.field(made, "several", FieldKind.AGENT, FieldType.MULTI, choices=("red", "green"))
    fields.field(made, "asked", FieldKind.CUSTOMER)
    world.member("outside")
    return made


@pytest.mark.spec("MIG-1")
def test_what_is_wrong_is_said_at_its_cell(app: Flask, boss: Member, desk: Service) -> None:
    assert len(WRONG) >= 40
    with force_locale("en"):
        keys = [column.key for column in columns.columns(desk)]
        checker = Checker(desk, keys)
        for changes, where, words in WRONG:
            row = [{**old.LIKE, **changes}.get(key) for key in keys]
            wrong = checker.check(2, row).wrong
            assert list(wrong) == [keys.index(where)], (changes, wrong)
            assert words in wrong[keys.index(where)], (changes, wrong)


@pytest.mark.spec("MIG-1", "FLD-1")
def test_what_holds_is_kept_as_its_field_keeps_it(boss: Member, desk: Service) -> None:
    with db.write():
        pay = settings.add_category(
            desk, CategoryKind.INTAKE, parent_id=None, names={"ko": "결제", "en": "Payment"}
        )
        refund = settings.add_category(
            desk, CategoryKind.INTAKE, parent_id=pay.id, names={"ko": "환불", "en": "Refund"}
        )
    fields.place(desk, refund, "asked")
    cells: dict[str, Any] = {
        "intake": "결제 > 환불",
        "title": 7.0,
        "usercode": "u1",
        "state": "처리중",
        "assignee": "BOSS",
        "received": "2024. 3. 4. 오전 9:30",
        "f:text": True,
        "f:number": "15%",
        "f:date": AT("2024-03-04T10:00"),
        "f:moment": date(2024, 3, 4),
        "f:yes": "예",
        "f:choice": "GREEN",
        "f:several": "green\nred",
        "f:phone": "010-2000-0001",
        "f:mail": "Kim@Example.com",
        "f:asked": "007",
    }
    with force_locale("en"):
        keys = [column.key for column in columns.columns(desk)]
        found = Checker(desk, keys).check(9, [{**old.LIKE, **cells}.get(key) for key in keys])
    assert found.wrong == {}
    row = found.row
    assert (row["n"], row["s"], row["i"], row["a"]) == (9, "7", refund.id, boss.id)
    assert row["t"] == ["2024-03-04T00:30:00+00:00", None, None]
    assert row["v"] == {
        "text": "TRUE",
        "number": "0.15",
        "date": "2024-03-04",
        "moment": "2024-03-03T15:00+00:00",
        "yes": "1",
        "choice": "2",
        "several": "1\n2",
        "phone": "+821020000001",
        "mail": "kim@example.com",
        "asked": "007",
    }
