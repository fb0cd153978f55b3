"""Searching tickets by what the page shows, told in chips and chosen by filters (TKT-2, TKT-7)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from occ.core import paging
from occ.core.db import db
from occ.fields.rules import FieldKind, FieldType, System
from occ.identity.models import Member
from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from occ.tickets.queries import Viewer
from occ.tickets.rules import Box, Channel
from occ.tickets.search import finding, index, vocabulary
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support import sheets
from tests.support.browser import Browser
from tests.tickets.screen import HOME, act, fresh, titles

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


def hits(who: Browser, text: str, box: str = "all") -> list[str]:
    """The titles that a search finds, in order."""
    answer = who.get(HOME, query_string={"q": text, "box": box})
    assert answer.status_code == 200
    return titles(who)


def source(who: Browser) -> str:
    """The last page as it was sent."""
    assert who.last is not None
    return who.last.text


def chips(who: Browser) -> list[str]:
    """The conditions above the list, as they are told."""
    return [str(chip.get("title")) for chip in who.find("//*[@class='t-asked']/ul//a[@title]")]


def told(who: Browser) -> tuple[list[str], list[str]]:
    """What is not understood, and what is offered instead."""
    notes = "//*[@class='t-asked']/*[@class='o-note is-amber']/div"
    return [note.text.strip() for note in who.find(notes)], who.texts(f"{notes}//a")


def say(ticket: Ticket, of: Service, **said: str) -> None:
    with db.write():
        value_service.store(ticket, {fields.shown(of, code): text for code, text in said.items()})
        index.mark(ticket.id)


def category(
    of: Service, name: str, above: Category | None = None, kind: CategoryKind = CategoryKind.INTAKE
) -> Category:
    with db.write():
        return settings.add_category(
            of,
            kind,
            parent_id=above.id if above else None,
            names={"ko": name, "en": f"{name} (en)"},
        )


@pytest.mark.spec("TKT-7", "FLD-1")
def test_fields_are_searched_by_their_values_however_written(
    mall: Service, boss: Member, admin: Browser
) -> None:
    """The owner's zone is Seoul; the page shows 2026-12-01 09:00 for midnight in UTC."""
    kinds = {
        "amount": FieldType.NUMBER,
        "backup_phone": FieldType.PHONE,
        "visit": FieldType.DATE,
        "visit_at": FieldType.DATE_TIME,
        "agreed": FieldType.CHECKBOX,
        "note": FieldType.TEXT,
        "mail": FieldType.EMAIL,
    }
    for code, kind in kinds.items():
        fields.field(mall, code, FieldKind.AGENT, kind)
    fields.field(mall, "color", FieldKind.AGENT, FieldType.MULTI, choices=["Sky Blue", "Red"])
    one, other = tickets.ticket(mall, boss, "One"), tickets.ticket(mall, boss, "Other")
    say(
        one,
        mall,
        amount="2345600",
        backup_phone="+8227776789",
        visit="2026-12-01",
        visit_at="2026-12-01T00:00+00:00",
        agreed="1",
        note="A-7741",
        mail="lee2@example.com",
        color="1\n2",
    )
    say(
        other,
        mall,
        amount="23456",
        backup_phone="+825051234567",
        visit="2027-01-02",
        visit_at="2026-12-01T15:00+00:00",
        color="2",
    )
    for text, found in {
        "amount:2,345,600": "One",
        "amount:2345600.0": "One",
        "amount:２３４５６": "Other",
        "amount:234": "",
        "2,345,600": "One",
        "23456": "Other One",
        "backup_phone:02-777-6789": "One",
        'backup_phone:"02 777 6789"': "One",
        "backup_phone:+82-2-777-6789": "One",
        "backup_phone:6789": "One",
        "02-777-6789": "One",
        "02 777 6789": "One",
        "(02)777.6789": "One",
        "027776789": "One",
        "+82 2 777 6789": "One",
        "777-6789": "One",
        "0505-123-4567": "Other",
        "050-5123-4567": "Other",
        "05051234567": "Other",
        "０５０５－１２３－４５６７": "Other",
        "visit:2026-12-01": "One",
        'visit:"2026. 12. 1."': "One",
        'visit:"Dec 1, 2026"': "One",
        "visit:2026/12/01": "One",
        "visit:2026-12": "One",
        "visit:2026-12-01..2027-01-02": "Other One",
        "visit:2027-01-01..": "Other",
        '"2026. 12. 1."': "One",
        "2027/01/02": "Other",
        'visit_at:"2026-12-01 09:00"': "One",
        "visit_at:2026-12-01T09:01": "",
        "visit_at:2026-12-01": "One",
        "visit_at:2026-12-02": "Other",
        "agreed:yes": "One",
        "agreed:예": "One",
        "agreed:いいえ": "Other",
        "agreed:no": "Other",
        "color:blue": "One",
        'color:"sky blue"': "One",
        "color:skyblue": "One",
        "color:red": "Other One",
        "color:red color:blue": "Other One",
        "note:7741": "One",
        "Note:a-77": "One",
        "Backup_Phone:6789": "One",
        "mail:lee2@": "One",
        "lee2@example.com": "One",
    }.items():
        assert hits(admin, text) == found.split(), text
        assert told(admin)[0] == [], text


@pytest.mark.spec("TKT-7", "FLD-3")
def test_what_is_no_value_of_a_field_is_told(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    fields.field(mall, "amount", FieldKind.AGENT, FieldType.NUMBER)
    fields.field(mall, "tel", FieldKind.AGENT, FieldType.PHONE)
    fields.field(mall, "visit", FieldKind.AGENT, FieldType.DATE)
    fields.field(mall, "color", FieldKind.AGENT, FieldType.RADIO, choices=["Blue", "Red"])
    fields.field(mall, "agreed", FieldKind.AGENT, FieldType.CHECKBOX)
    fields.field(mall, "passport", FieldKind.AGENT, encrypted=True)
    fields.field(mall, "blame", FieldKind.AGENT, managers_only=True)
    one = tickets.ticket(mall, boss, "One")
    say(one, mall, tel="+8227776789", passport="M1234567")
    for text, message, offers in (
        ("amount:many", "Enter a number.", []),
        ("tel:lee", "Enter a phone number such as 02-1234-5678.", []),
        ("visit:soon", "Enter a day like 2026-12-01", ["Today", "7 days", "This month"]),
        ("color:green", "“Color” is never “green”.", ["Blue", "Red"]),
        ("agreed:maybe", "“Agreed” is never “maybe”.", ["Yes", "No"]),
        ("passport:M1234567", "Personal values are kept out of the search.", []),
    ):
        assert hits(admin, text) == [], text
        assert told(admin)[0][0].startswith(message) and told(admin)[1] == offers, text
    agent = browser("kim")
    assert hits(agent, "tel:02-777-6789") == ["One"] and hits(agent, "tel:6789") == [], (
        "masked numbers are not guessed piece by piece"
    )
    assert hits(agent, "blame:x") == [] and told(agent)[0] == [
        "“blame” is nothing to search by."
    ], "nor are fields that they do not see told"
    hits(admin, "blame:x")
    assert told(admin)[0] == []


@pytest.mark.spec("TKT-7")
def test_a_ticket_whose_number_is_typed_stands_first(
    mall: Service, boss: Member, kim: Member, admin: Browser, browser: Make
) -> None:
    first = tickets.ticket(mall, boss, "First")
    for n in range(24):
        tickets.ticket(mall, boss, f"Order {first.id} no {n}")
    both = tickets.ticket(mall, boss, "x")
    with db.write():
        fresh(both).subject = f"About {both.id} itself"
        index.mark(both.id)
    elsewhere = tickets.ticket(tickets.desk(boss, "shop"), boss, "Elsewhere")
    for who in (admin, browser("kim")):
        for text in (
            f"#{first.id}",
            "＃" + str(first.id).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
        ):
            assert hits(who, text) == ["First"], text
        found = hits(who, str(first.id))
        assert found[:2] == ["First", f"Order {first.id} no 23"] and len(found) == 21
        assert who.texts("//*[@data-part='count']") == ["25"]
        who.get(who.links()["Next"])
        assert titles(who) == [f"Order {first.id} no {n}" for n in (3, 2, 1, 0)]
        assert who.texts("//*[@data-part='count']") == ["25"]
        assert hits(who, str(both.id)) == [f"About {both.id} itself"], (
            "once, though it says its number"
        )
        assert hits(who, str(elsewhere.id)) == []
        assert hits(who, f"{first.id} state:done") == [], "other conditions hold for it, too"
    rows = sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?q={first.id}&box=all").data)
    assert len(rows) == 26, "Excel has the same"


@pytest.mark.spec("TKT-7", "SET-1")
def test_types_are_searched_by_name_and_below_in_any_language(
    mall: Service, boss: Member, admin: Browser
) -> None:
    delivery, refund = category(mall, "배송"), category(mall, "환불")
    late = category(mall, "지연", delivery)
    done = category(mall, "환불", kind=CategoryKind.RESOLUTION)
    for name, intake, resolution in (
        ("A", delivery, None),
        ("B", late, None),
        ("C", refund, None),
        ("D", None, done),
    ):
        made = tickets.ticket(mall, boss, name)
        with db.write():
            row = fresh(made)
            row.intake_id, row.resolution_id = (
                intake.id if intake else None,
                resolution.id if resolution else None,
            )
    for text, found in {
        "접수유형:배송": "B A",
        'intake:"배송 (en)"': "B A",
        "intake:지연": "B",
        'intake:"배송 › 지연"': "B",
        "intake:배송/지연": "B",
        "접수유형:배": "B A",
        "intake:환불": "C",
        "resolution:환불": "D",
        "유형:환불": "D C",
        "type:환불": "D C",
        "intake:없음": "D",
        "受付種別:배송": "B A",
        "intake:환불/지연": "",
        "intake:배송 intake:환불": "C B A",
    }.items():
        assert hits(admin, text) == found.split(), text
    hits(admin, "intake:지연")
    assert chips(admin) == ["Intake type: 배송 (en) › 지연 (en)"]
    assert hits(admin, "intake:배승") == [] and told(admin) == (
        ["“Intake type” is never “배승”."],
        ["배송 (en)", "환불 (en)", "지연 (en)"],
    )
    with db.write():
        settings.delete_category(mall, db.session.get_one(Category, delivery.id))
    assert hits(admin, "intake:배송") == ["B", "A"], "tickets keep types that were deleted"


@pytest.mark.spec("TKT-7")
def test_values_and_keys_are_understood_in_every_language(
    mall: Service, boss: Member, kim: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "One", email="lee2@example.com")
    with db.write():
        assert one.customer
        one.customer.name = "홍길동"
        index.mark(one.id)
    other = tickets.ticket(mall, boss, "Other")
    with db.write():
        fresh(other).channel = Channel.PHONE
    for text, found in {
        "상태:미할당": "Other One",
        "状態:未割り当て": "Other One",
        "State:unassigned": "Other One",
        "상태:처리중": "",
        'state:"In progress"': "",
        "channel:전화": "Other",
        "채널:직접작성": "One",
        "담당자:없음": "Other One",
        "assignee:kim": "",
        "고객:홍길동": "One",
        "고객:길동": "One",
        "customer:lee2@example.com": "One",
        "고객:홍길": "One",
        "고객:이": "",
    }.items():
        assert hits(admin, text) == found.split(), text
        assert told(admin)[0] == [], text
    assert hits(admin, "상태:없음") == []
    assert told(admin)[0] == ["“State” is never “없음”."] and "On hold" in told(admin)[1]
    assert hits(admin, "assignee:nobodyhere") == [] and told(admin)[1][:2] == ["Me", "Nobody"]


@pytest.mark.spec("TKT-7")
@pytest.mark.parametrize("few", [paging.COUNT_LIMIT, 0])
def test_days_of_receipt_are_the_services(
    mall: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Few tickets of a period are looked up by their instants, many are met in the order of the list."""
    monkeypatch.setattr(paging, "COUNT_LIMIT", few)
    noon = datetime.now(UTC).astimezone(ZoneInfo("Asia/Seoul")).replace(hour=12, minute=0)
    ages = {
        "Late": timedelta(days=7),
        "Week": timedelta(days=6),
        "Night": timedelta(hours=12, minutes=1),
        "Day": timedelta(hours=12),
    }
    for name, age in ages.items():
        made = tickets.ticket(mall, boss, name)
        with db.write():
            fresh(made).created_at = noon - age
    today, yesterday, week = (str((noon - timedelta(days=n)).date()) for n in (0, 1, 6))
    for text, found in {
        f"received:{today}": "Day",
        f"접수:{yesterday}": "Night",
        f"접수일:{yesterday}": "Night",
        f"received:{yesterday}..{today}": "Day Night",
        f"received:..{yesterday}": "Night Week Late",
        f"received:{week}..": "Day Night Week",
        "received:2020": "",
        "접수:오늘": "Day",
        'received:"7 days"': "Day Night Week",
        f"received:{today} received:{yesterday}": "Day Night",
    }.items():
        assert hits(admin, text) == found.split(), text
    hits(admin, "접수:오늘")
    assert chips(admin) == ["Received: Today"]
    assert hits(admin, "received:2026-12-02..2026-12-01") == [] and told(admin)[0] == [
        "The period ends before it begins. Choose the days again."
    ]


@pytest.mark.spec("TKT-7")
def test_an_agent_finds_customers_by_what_they_see(
    mall: Service, boss: Member, kim: Member, browser: Make
) -> None:
    one = tickets.ticket(mall, boss, "One", phone="+8227776789", email="lee2@example.com")
    with db.write():
        assert one.customer
        one.customer.name = "Lee"
        index.mark(one.id)
    other = tickets.ticket(mall, boss, "Other", phone="+82505123456")
    fields.field(mall, "spare", FieldKind.AGENT, FieldType.EMAIL)
    fields.field(mall, "tel", FieldKind.AGENT, FieldType.PHONE)
    say(other, mall, spare="spare.box@example.org", tel="+8231234567")
    agent = browser("kim")
    for text, found in {
        "customer:lee": ["One"],
        "customer:02-777-6789": ["One"],
        "customer:6789": [],
        "customer:lee2@": [],
        "02-777-6789": ["One"],
        "02 777 6789": ["One"],
        "02-777-6789 one": ["One"],
        "02-777-6789 other": [],
        "777-6789": [],
        "customer:zzz": [],
        "SPARE.box@example.org": ["Other"],
        "are.box@example.org": [],
        "031-234-567": ["Other"],
        "spare:spare.box@example.org": ["Other"],
        "spare:box": [],
        "tel:234": [],
        "tel:031-234-567 other": ["Other"],
    }.items():
        assert hits(agent, text) == found, text
    with db.write():
        fresh(other).assignee_id = kim.id
    assert hits(agent, "spare:box") == hits(agent, "tel:234") == ["Other"], (
        "who sees them may look for a part"
    )


@pytest.mark.spec("TKT-7")
def test_promised_calls_are_searched(boss: Member, mall: Service, admin: Browser) -> None:
    one = tickets.ticket(mall, boss, "One")
    tickets.ticket(mall, boss, "Other")
    codes = {System.PROMISED: "1", System.PROMISED_NUMBER: "+8227776789", System.DIRECTION: "out"}
    say(one, mall, **{system.value: text for system, text in codes.items()})
    for text, found in {
        "promised:yes": "One",
        "통화약속:아니요": "Other",
        "promised_number:02-777-6789": "One",
        "direction:발신": "One",
    }.items():
        assert hits(admin, text) == found.split(), text
    assert hits(admin, "02-777-6789") == ["One"]


@pytest.mark.spec("TKT-7")
def test_a_search_asks_the_database_the_same_number_of_times_whatever_it_finds(
    mall: Service, boss: Member, admin: Browser
) -> None:
    category(mall, "배송")
    fields.field(mall, "amount", FieldKind.AGENT, FieldType.NUMBER)
    text = "접수유형:배송 amount:1 고객:lee received:2026 담당자:boss late"

    def asked() -> int:
        statements: list[object] = []

        def note(_connection: object, _cursor: object, statement: object, *_rest: object) -> None:
            statements.append(statement)

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
        try:
            assert not vocabulary.query_of(mall, text, manager=True).problems
        finally:
            sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
        return len(statements)

    asked()
    before = asked()
    for n in range(12):
        category(mall, f"배송 {n}")
        fields.field(mall, f"more_{n}", FieldKind.AGENT, FieldType.NUMBER)
        world.member(f"boss{n}")
    asked()
    assert asked() == before <= 8


@pytest.mark.spec("TKT-7")
def test_no_condition_reads_every_ticket(mall: Service, boss: Member, admin: Browser) -> None:
    """Every condition is answered by an index that begins with its owner, or looked at on what the search index found."""
    if db.session.get_bind().dialect.name != "sqlite":
        pytest.skip("plans of SQLite")
    tickets.ticket(mall, boss, "One", email="lee@example.com")
    category(mall, "배송")
    fields.field(mall, "amount", FieldKind.AGENT, FieldType.NUMBER)
    fields.field(mall, "agreed", FieldKind.AGENT, FieldType.CHECKBOX)
    fields.field(mall, "visit", FieldKind.AGENT, FieldType.DATE)
    for text in (
        "환불",
        "1234",
        "#1234",
        "state:done",
        "channel:phone",
        "assignee:boss",
        "intake:배송",
        "type:배송",
        "intake:없음",
        "received:2026-12",
        "customer:lee",
        "customer:lee@example.com",
        "amount:2,345,600",
        "agreed:yes",
        "visit:2026-12-01",
        "visit:2026-12",
        "channel:phone intake:배송 received:today customer:lee",
    ):
        for who in (Viewer(mall.id, boss.id, True), Viewer(mall.id, boss.id)):
            found = vocabulary.query_of(mall, text, manager=who.manager)
            assert not found.problems, text
            plan: list[str] = []

            def explain(
                _c: Any,
                cursor: Any,
                statement: str,
                values: Any,
                *_rest: Any,
                plan: list[str] = plan,
            ) -> None:
                if "FROM ticket" in statement and "EXPLAIN" not in statement:
                    rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                    plan.extend(row[3] for row in rows)

            sa.event.listen(sa.engine.Engine, "before_cursor_execute", explain)
            try:
                finding.ticket_list(mall.id, Box.ALL, who, found, after="", before="", size=20)
            finally:
                sa.event.remove(sa.engine.Engine, "before_cursor_execute", explain)
            assert plan and not [
                step
                for step in plan
                if re.match(r"SCAN (ticket|ticket_1|ticket_value|customer)\b(?!_)", step)
            ], (
                text,
                plan,
            )


@pytest.mark.spec("TKT-1", "TKT-7")
def test_spam_is_searched_by_who_had_it_and_how_it_stood(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "Win a prize", take=True)
    act(admin, one, "internal", reason="spam")
    for text in ("assignee:boss", "state:resolved", "assignee:boss channel:manual"):
        assert hits(admin, text, "spam") == ["Win a prize"], text


@pytest.mark.spec("TKT-7")
def test_a_period_is_listed_by_its_instants(mall: Service, boss: Member, admin: Browser) -> None:
    """Also tickets that were taken over from elsewhere and are older than their numbers."""
    made = [tickets.ticket(mall, boss, text) for text in ("One", "Two", "Three")]
    with db.write():
        for ticket, day in zip(made, (3, 1, 2), strict=True):
            ticket.created_at = datetime(2026, 5, day, 3, tzinfo=UTC)
    assert hits(admin, "received:2026-05") == ["One", "Three", "Two"]
    assert hits(admin, "received:2026-05 channel:manual") == ["One", "Three", "Two"]
    assert hits(admin, "received:2026-05-02") == ["Three"]
