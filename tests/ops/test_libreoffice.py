"""Every Excel file of the console opens in LibreOffice with the values that its page shows."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import Workbook, load_workbook

from occ.billing import jobs as billing
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Mode, Source
from occ.core import storage, xlsx
from occ.core.db import db
from occ.core.i18n import duration, force_locale, force_zone, listed_day, timer
from occ.customers.models import Customer
from occ.delivery.models import Outgoing
from occ.fields.rules import FieldKind, FieldType
from occ.help_center.documents.models import Document
from occ.identity import queries as identity
from occ.identity.models import Member
from occ.migration import columns
from occ.migration import service as migration
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.statistics import service as statistics
from occ.statistics import telling
from occ.statistics.pages import catalog
from occ.statistics.rules.reports import Every
from occ.telephony import jobs
from occ.telephony.models import CtiLogDay, Leg
from occ.telephony.rules.calls import Command
from occ.tickets.models import Ticket
from occ.tickets.rules import State
from occ.tickets.values import service as values
from tests.conftest import need
from tests.factories import field as fields
from tests.factories import migration as old
from tests.factories import phone, sms, world
from tests.factories import ticket as tickets
from tests.factories.phone import Floor
from tests.support import libreoffice
from tests.support.browser import Browser, said
from tests.support.libreoffice import Book, Cell
from tests.support.routes import routes

# one database: what is tried lies behind it
pytestmark = [
    pytest.mark.full,
    pytest.mark.parametrize("app", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("all_features"),
]
SEOUL = ZoneInfo("Asia/Seoul")
FEATURES = phone.FEATURES | {Feature.MAIL, Feature.SMS, Feature.HELP_CENTER}
HERE, ORG = "/c/s/mall", "/c/org"
DAY = "period=range&since=2026-11-23&until=2026-11-23"
TRICKY = ("007", "=1+1", "+82 10", "_x0041_ & <b>", "#N/A", "two\nlines", "환불 😀")
TEXTS = (*TRICKY, "  spaces  ", "_x005F_", "'", "-1", "=", "\ttab", "1e5", "2026-01-02", "TRUE")
STORED = {
    "amount": (FieldType.NUMBER, "2345600.5"),
    "bought_on": (FieldType.DATE, "2026-11-02"),
    "visit_at": (FieldType.DATE_TIME, "2026-11-30T23:30+00:00"),
    "code": (FieldType.TEXT, "007"),
}
ROW = {**old.LIKE, "title": "007", "phone": "01012345678"}
REFUSED = ({**ROW, "assignee": "nobody"}, {**ROW, "state": "Later"})
TUESDAY = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 10:00 in Seoul
NEXT_MONDAY = datetime(2026, 11, 30, 1, tzinfo=UTC)
NOTHING, TINY = Cell(None, "", ""), Decimal("0.000000001")
# (page, file) of lists, whose columns are known by their heads
LISTS = {
    "callbacks.excel": (f"{HERE}/callbacks", f"{HERE}/callbacks/callbacks.xlsx"),
    "callback_histories.excel": (
        f"{HERE}/histories/callbacks?period=all",
        f"{HERE}/histories/callbacks/callbacks.xlsx?period=all",
    ),
    "histories.calls_excel": (
        f"{HERE}/histories?period=all",
        f"{HERE}/histories/calls.xlsx?period=all",
    ),
    "histories.talks_excel": (
        f"{HERE}/histories/talks?period=all",
        f"{HERE}/histories/talks.xlsx?period=all",
    ),
    "sms_history.excel": (f"{HERE}/sms/history", f"{HERE}/sms/history/texts.xlsx"),
    "logs.authority_excel": (f"{ORG}/logs/authority", f"{ORG}/logs/authority.xlsx"),
    "logs.logins_excel": (f"{ORG}/logs/logins", f"{ORG}/logs/logins.xlsx"),
    "logs.works_excel": (f"{ORG}/logs/works", f"{ORG}/logs/works.xlsx"),
}
# how many columns of a list stand in its file, too
COMPARED = {
    "callbacks.excel": 6,
    "callback_histories.excel": 8,
    "histories.calls_excel": 9,
    "histories.talks_excel": 7,
    "sms_history.excel": 8,
    "logs.authority_excel": 6,
    "logs.logins_excel": 7,
    "logs.works_excel": 5,
}
# (page, file) of figures, whose columns stand in the order of the page
FIGURES = {
    "statistics.details_excel": (
        f"{HERE}/statistics/details?{DAY}",
        f"{HERE}/statistics/details.xlsx?{DAY}",
    ),
    "callback_dealing.statistics_excel": (
        f"{HERE}/callbacks/statistics",
        f"{HERE}/callbacks/statistics.xlsx",
    ),
    "rates.excel": (f"{ORG}/rates", f"{ORG}/rates/excel"),
    **{
        f"statistics.excel {one.key}": (
            f"{HERE}/statistics/{one.key}?{DAY}",
            f"{HERE}/statistics/{one.key}/figures.xlsx?{DAY}",
        )
        for one in catalog.PAGES
    },
}
# files of what no page shows as a table of the same columns
OTHERS = {
    "tickets.excel": f"{HERE}/tickets/tickets.xlsx?box=all",
    "categories.excel": f"{HERE}/categories/intake/excel",
    "faq.excel": f"{HERE}/faq/excel",
    "announcements.excel": f"{HERE}/announcements/excel",
    "migration.template": f"{ORG}/migration/template/mall",
}


@pytest.fixture
def mall(boss: Member, floor: Floor, all_features: None) -> Service:
    """A service in which something of everything has happened on a day."""
    need("libreoffice", libreoffice.missing())
    floor.now -= timedelta(days=1)
    with floor.time():
        made = phone.furnished(boss, features=FEATURES)
    floor.now += timedelta(days=1)
    with floor.time():
        billing.accrue()
        sms.send(made, boss)
        role = identity.agent_of(made.id, boss.id)
        assert role is not None
        for code, (kind, _value) in STORED.items():
            fields.field(made, code, FieldKind.AGENT, kind)
        one = tickets.ticket(made, boss, take=True)
        with db.write():
            values.store(
                one,
                {fields.shown(made, code): value for code, (_kind, value) in STORED.items()},
            )
        held, *_others = [tickets.ticket(made, boss, title) for title in TRICKY]
        with db.write():
            one = db.lock(Ticket, held.id)
            one.state, one.held_at = State.HOLD, floor.now + timedelta(hours=30, seconds=5)
            queue = db.session.scalars(sa.select(Callback)).one().queue_id
            idents = [callbacks.ask(made, queue, f"+8210{n:08}", Source.QUEUE).id for n in range(4)]
            callbacks.assign(made, idents[:2], [boss.id], Mode.EVEN, actor=world.actor(boss))
            db.session.execute(sa.delete(CtiLogDay))
    floor.login(role)
    ref = floor.place(made, "+821012345678")
    floor.wait(25)
    floor.do(role, Command.ANSWER)
    floor.wait(40)
    call = floor.call(ref)
    floor.leave(ref)
    floor.do(role, Command.WRAP_UP, call=call.id, notes="=2+2\n007", state="ready")
    gone = floor.place(made, "+821099998888")
    floor.wait(4)
    floor.leave(gone)
    with db.write() as session:  # longer than a day, and not in whole seconds
        session.execute(sa.update(Leg).where(Leg.talk_ms > 0).values(talk_ms=91_234_567))
    return made


def differs(cell: Cell, element: Any) -> bool:
    """Whether a cell of the page says something else than one of LibreOffice."""
    text, value = said(element), cell.value
    match value:
        case None | "":
            return not (text == "" or text.startswith("–"))  # what stands below is no part of it
        case datetime():
            instants = [datetime.fromisoformat(one) for one in element.xpath(".//time/@datetime")]
            local = [one.astimezone(SEOUL).replace(tzinfo=None, microsecond=0) for one in instants]
            return value not in local and text != listed_day(value.date())
        case timedelta():
            return text not in (timer(value), duration(value.total_seconds()))
        case Decimal():
            if text == "–":
                return value != 0
            return Decimal(text.replace(",", "").strip("#%")) != value
        case _:
            return " ".join(value.split()) not in f"{text} {element.get('title')}"


def words(head: str) -> str:
    """A column's words without its unit or zone."""
    return re.sub(r" \([^()]*\)$", "", head)


def padded(row: Sequence[Any], width: int, empty: Any) -> list[Any]:
    return [*row, *[empty] * (width - len(row))]


def beside_list(book: Book, page: Sequence[Sequence[Any]], compared: int) -> Iterator[str]:
    """What a file says otherwise than the list of its page; columns are known by their heads."""
    head, *rows = book.sheets[0].rows
    shown, *lines = page
    places = {said(one): n for n, one in reversed(list(enumerate(shown)))}
    both = {words(cell.shown): n for n, cell in reversed(list(enumerate(head)))}
    both = {text: n for text, n in both.items() if text in places}
    if len(both) != compared:
        yield f"compared are {list(both)}"
    yield from beside(
        [[padded(row, len(head), NOTHING)[n] for n in both.values()] for row in rows],
        [[line[places[text]] for text in both] for line in lines],
    )


def beside(rows: Sequence[Sequence[Cell]], lines: Sequence[Sequence[Any]]) -> Iterator[str]:
    """What rows say otherwise than those of the page, cell by cell."""
    if not rows or len(rows) != len(lines):
        yield f"{len(rows)} rows, shown are {len(lines)}"
    for row, line in zip(rows, lines, strict=False):
        for cell, element in zip(padded(row, len(line), NOTHING), line, strict=True):
            if differs(cell, element):
                yield f"{cell.value!r} is shown as {said(element)!r}"


def as_written(content: bytes, book: Book) -> Iterator[str]:
    """What LibreOffice holds or shows otherwise than the file was written."""
    if book.formulas:
        yield f"{book.formulas} formulas"
    wanted = load_workbook(io.BytesIO(content)).worksheets
    if len(wanted) != len(book.sheets):
        yield f"sheets: {[sheet.name for sheet in book.sheets]}"
    for sheet, found in zip(wanted, book.sheets, strict=False):
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        while rows and not any(value not in (None, "") for value in rows[-1]):
            rows.pop()
        if len(rows) != len(found.rows):
            yield f"{sheet.title}: {len(found.rows)} of {len(rows)} rows"
        for row, cells in zip(rows, found.rows, strict=False):
            for value, cell in zip(row, padded(cells, len(row), NOTHING), strict=True):
                if not (is_same(value, cell.value) and is_shown(cell)):
                    yield f"{sheet.title}: {value!r} is {cell}"


def is_same(written: Any, found: Any) -> bool:
    match written:
        case None | "":
            return found in (None, "")
        case timedelta() | time():
            if isinstance(written, time):
                written = timedelta(
                    hours=written.hour, minutes=written.minute, seconds=written.second
                )
            return isinstance(found, timedelta) and abs(written - found) < timedelta(milliseconds=1)
        case int() | float():
            return isinstance(found, Decimal) and abs(Decimal(repr(written)) - found) < TINY
        case _:
            return bool(written == found)


def is_shown(cell: Cell) -> bool:
    """Whether a cell shows all that it holds."""
    match cell.value:
        case timedelta():
            minutes, seconds = divmod(round(cell.value.total_seconds()), 60)
            return cell.shown == f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case datetime():
            day = f"{cell.value:%Y-%m-%d}"
            midnight = cell.value.time() == time()
            return cell.shown in (f"{cell.value}", f"{cell.value}"[:-3], day if midnight else "")
        case Decimal():
            return Decimal(cell.shown.replace(",", "")) == cell.value
        case _:
            return True


def table(browser: Browser, rows: str = "//table//tr") -> list[list[Any]]:
    return [row.xpath("th | td") for row in browser.find(rows)]


def workbook(answer: Any) -> bytes:
    assert (answer.status_code, answer.mimetype) == (200, xlsx.MIMETYPE), answer.text[:500]
    return bytes(answer.data)


def refused_faq(admin: Browser) -> bytes:
    """The rows that came back of a file of FAQ."""
    made = Workbook()
    assert made.active is not None
    for row in (
        ["State", "Readers", "Title (한국어)", "Content (한국어)"],
        ["Gone", "", "007", "내용"],
        ["", "Nobody", "둘", "a\nb"],
    ):
        made.active.append(row)
    file = (io.BytesIO(old.saved(made)), "some.xlsx")
    return workbook(admin.post(f"{HERE}/faq/import", {"file": file}))


@pytest.mark.spec("TKT-2", "CBK-2", "CBK-5", "STA-1", "STA-2", "STA-3", "STA-4", "LOG-3", "MIG-1")
def test_every_file_opens_with_the_values_that_its_page_shows(
    app: Flask,
    boss: Member,
    floor: Floor,
    mall: Service,
    browser: Callable[..., Browser],
    tmp_path: Path,
) -> None:
    files: dict[str, bytes] = {}
    shown: dict[str, list[list[Any]]] = {}
    with floor.time():
        another = browser("boss")
        floor.now += timedelta(minutes=3)
        another.post("/logout")
        admin = browser("boss")
        done, gone = db.session.scalars(sa.select(Callback.id).order_by(Callback.id)).all()[1:3]
        admin.post(f"{HERE}/callbacks/{done}/complete", htmx=True)
        admin.post(f"{HERE}/callbacks/{gone}/delete", htmx=True)
        batch = old.checked(mall, boss, old.book(mall, *REFUSED))
        assert batch.refused == len(REFUSED), batch.why
        for name, (page, file) in (LISTS | FIGURES).items():
            admin.get(page)
            shown[name] = table(admin) if name in LISTS else table(admin, "//table//tr[td]")
            files[name] = workbook(admin.get(file))
        files |= {name: workbook(admin.get(file)) for name, file in OTHERS.items()}
        files["migration.refused"] = workbook(admin.get(f"{ORG}/migration/{batch.id}/refused"))
        files["faq.import"] = refused_faq(admin)
        files["texts"] = xlsx.workbook("a/b", ["Head"], [[text] for text in TEXTS], {0: "Why"})
        with db.write():
            report = statistics.save_report(
                mall,
                next(one for one in catalog.PAGES if one.key == "tickets/period"),
                name="Every morning",
                every=Every.DAY,
                readers=[boss.id],
                allowed=[boss.id],
                params={"unit": "hour"},
                actor=world.actor(boss),
            ).id
        admin.get(f"{HERE}/statistics/tickets?{DAY}&unit=hour")
        shown["report"] = table(admin, "//table//tr[td]")
        asked = {
            endpoint
            for endpoint, path in routes(app, "GET")
            if getattr(app.view_functions[endpoint], "writes", False)  # each is on record (LOG-3)
            and admin.get(path).mimetype == xlsx.MIMETYPE
        }
        assert asked <= {name.partition(" ")[0] for name in files} | {"cti_log.excel"}, (
            "each file stands beside its page"
        )
    for name, about, now in (
        ("report", f"report/{report}", TUESDAY),
        ("weekly", "report/weekly/", NEXT_MONDAY),
    ):
        floor.now = now
        with floor.time():
            jobs.close_days()
            assert telling.send_due()
            sent = sa.select(Outgoing).where(Outgoing.about.startswith(about))
            mail = db.session.scalars(sent.order_by(Outgoing.id.desc())).first()
            assert mail is not None
            files[name] = storage.path(mail.attachments[0]["key"]).read_bytes()
    with floor.time():
        admin = browser("boss")
        files["cti_log.excel"] = workbook(admin.get("/c/me/cti-log/2026-11-23"))
        admin.get(f"{HERE}/statistics/weekly")
        week = {said(one.find("dt")): one.findall("dd")[0] for one in admin.find("//dl/div")}
        week |= {said(row[0]): row[1] for row in table(admin, "//table//tr[td]")}

    books = libreoffice.books(files, tmp_path)
    wrong = []
    with floor.time(), force_locale("en"), force_zone("Asia/Seoul"):
        for name, book in books.items():
            said_otherwise = list(as_written(files[name], book))
            rows = [list(row) for row in book.sheets[0].rows]
            if name == "rates.excel":
                rows = [[row[0], *row[2:]] for row in rows]
            if name in LISTS:
                said_otherwise += beside_list(book, shown[name], COMPARED[name])
            elif name in shown:
                lines = shown[name][: len(rows) - 1]  # not the period before
                said_otherwise += beside(rows[1:], lines)
            wrong += [f"{name}: {one}" for one in said_otherwise]
    assert not wrong, "\n".join(wrong)

    sheet = books["weekly"].sheets[0].rows[1:]
    assert {words(row[0].shown) for row in sheet} == set(week) and len(sheet) > 4
    assert [row[0] for row in sheet if differs(row[1], week[words(row[0].shown)])] == []
    found = {cell.value for row in books["tickets.excel"].sheets[0].rows for cell in row}
    assert [row[0].value for row in books["texts"].sheets[0].rows] == ["Head", *TEXTS]
    assert books["texts"].sheets[0].rows[1][0].comment == "Why"
    assert set(TRICKY) <= found and Decimal("2345600.5") in found
    talks = books["histories.talks_excel"].sheets[0].rows[1]
    assert "25:20:34" in [cell.shown for cell in talks] and "=2+2\n007" in [c.value for c in talks]
    template = books["migration.template"]
    assert len(template.choices) > 3 and all("occ_list_" in one for one in template.choices)
    assert all(cell.comment for cell in template.sheets[0].rows[0])
    refusals = books["migration.refused"].sheets[0]
    told = [[cell.value for cell in row if cell.comment] for row in refusals.rows[1:]]
    assert told == [["nobody"], ["Later"]] and "01012345678" in refusals.values[1]
    assert [row[0].comment for row in books["faq.import"].sheets[0].rows[1:]] != ["", ""]


@pytest.mark.spec("MIG-1", "HC-2")
def test_what_libreoffice_saved_is_taken_as_it_was(
    boss: Member,
    floor: Floor,
    mall: Service,
    browser: Callable[..., Browser],
    tmp_path: Path,
) -> None:
    with floor.time():
        admin = browser("boss")
        template = load_workbook(io.BytesIO(admin.get(f"{ORG}/migration/template/mall").data))
        for place, column in enumerate(columns.columns(mall), 1):
            cell = template.worksheets[0].cell(3, place)
            cell.value = ROW.get(column.key)
            cell.number_format = template.worksheets[0].cell(2, place).number_format
        saved = libreoffice.converted(
            {"old": old.saved(template), "faq": workbook(admin.get(f"{HERE}/faq/excel"))},
            "xlsx",
            tmp_path,
        )
        before = old.count(Ticket)
        batch = old.checked(mall, boss, saved["old"])
        assert (batch.good, batch.refused) == (1, 0), batch.why
        with db.write():
            migration.reserve(batch, at_once=True, actor=world.actor(boss))
        old.child(batch)
        assert old.count(Ticket) == before + 1
        one = db.session.scalars(sa.select(Ticket).order_by(Ticket.id.desc())).first()
        assert one is not None and one.subject == "007"
        assert one.created_at == datetime(2024, 3, 4, 0, 30, tzinfo=UTC)
        known = db.session.get_one(Customer, one.customer_id)
        assert known.phone == "+821012345678"
        count = old.count(Document)
        file = (io.BytesIO(saved["faq"]), "faq.xlsx")
        assert admin.post(f"{HERE}/faq/import", {"file": file}).status_code == 303
        assert old.count(Document) == count, "it changed what it was, and added nothing"
