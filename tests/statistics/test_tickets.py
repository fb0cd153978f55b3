"""Pages of tickets (STA-1): what they show, where figures lead, what is refused, Excel, who sees them."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.statistics.days import Period
from occ.statistics.queries import own
from occ.statistics.queries import tickets as queries
from occ.statistics.rules.tickets import Basis, Side
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import service
from occ.tickets.models import Ticket
from occ.tickets.queries import Viewer, counters
from occ.tickets.rules import Channel, Move, Reason, State
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

HOME = "/c/s/mall/statistics"
Make = Callable[..., Browser]


def process(ticket: object, move: Move, by: Member, reason: Reason | None = None) -> None:
    with db.write():
        service.process(
            ticket,  # type: ignore[arg-type]
            move,
            "Done so.",
            seen=ticket.version,  # type: ignore[attr-defined]
            manager=True,
            actor=world.actor(by),
            reason=reason,
        )


@pytest.fixture
def desk(shop: Service, boss: Member) -> Service:
    """Seven tickets of today: two resolved, one on hold, one other, one spam, one test, one open."""
    for n, (move, reason) in enumerate(
        [
            (Move.RESOLVE, None),
            (Move.RESOLVE, None),
            (Move.HOLD, None),
            (Move.INTERNAL, Reason.DUPLICATE),
            (Move.INTERNAL, Reason.SPAM),
            (Move.INTERNAL, Reason.TEST),
            (None, None),
        ]
    ):
        made = tickets.ticket(shop, boss, f"Number {n}")
        if move is not None:
            process(made, move, boss, reason)
    return shop


def shown(browser: Browser, path: str) -> dict[str, list[str]]:
    """The rows of a table by their first cells."""
    browser.get(f"{HOME}/{path}")
    return {
        row.xpath("string(th)").strip(): [cell.text_content().strip() for cell in row.xpath("td")]
        for row in browser.find("//table//tr[td]")
    }


@pytest.mark.spec("STA-1")
def test_a_ticket_is_counted_once_and_what_was_none_not_at_all(
    desk: Service, boss: Member, admin: Browser
) -> None:
    total = shown(admin, "tickets?period=today")["Total"]
    assert total[:5] == ["5", "4", "2", "1", "1"], "received; processed, resolved, on hold, other"
    by_agent = shown(admin, "tickets/staff?period=today")
    assert by_agent[boss.name][:7] == ["4", "4", "2", "1", "1", "0", "0"]
    assert by_agent["Nobody"][:7] == ["1", "0", "0", "0", "0", "1", "0"]
    assert by_agent["Total"][0] == "5"


@pytest.mark.spec("STA-1")
def test_each_figure_leads_to_the_tickets_that_it_counts(desk: Service, admin: Browser) -> None:
    for page in (
        "tickets?period=today",
        "tickets/staff?period=today",
        "tickets?period=month&basis=processed",
    ):
        admin.get(f"{HOME}/{page}")
        links = admin.find("//table//td/a")
        assert len(links) > 4
        for link in links:
            figure = link.text_content().strip()
            admin.get(link.get("href"))
            assert len(admin.find("//tbody/tr")) == int(figure), link.get("href")


@pytest.mark.spec("STA-1", "TKT-2", "MEM-8")
def test_what_is_shown_elsewhere_at_the_same_moment_agrees(desk: Service, boss: Member) -> None:
    today = clock.local_day(clock.now(), desk.time_zone)
    period = Period(today, today, desk.time_zone)
    all_of = queries.facts(desk, period, Side.ALL, Basis.RECEIVED)[0, 0]
    assert counters(desk, Viewer(desk.id, boss.id)).received == all_of["received"] == 5
    mine = own.performance(boss.id, desk).tickets
    processed = queries.facts(desk, period, Side.AGENT, Basis.PROCESSED)[0, boss.id]
    assert mine.resolved + mine.done == processed["resolved"] + processed["other"] == 3
    assert mine.done == processed.get("done", 0)


@pytest.mark.spec("STA-1", "MIG-1")
def test_each_page_and_the_details_are_filtered_by_channel_without_what_was_brought_in(
    desk: Service, admin: Browser
) -> None:
    with db.write() as session:
        for subject, channel in (("Number 0", Channel.MAIL), ("Number 6", Channel.MIGRATION)):
            session.execute(
                sa.update(Ticket).where(Ticket.subject == subject).values(channel=channel)
            )
    wanted = {"": 4, "all": 4, "migrated": 5, "mail": 1, "manual": 3, "migration": 1, "phone": 0}
    for said, count in wanted.items():
        for path in ("tickets", "tickets/types", "tickets/staff"):
            rows = shown(admin, f"{path}?period=today&channel={said}")
            assert int(rows["Total"][0] if rows else 0) == count, (path, said)
            for link in admin.find("//tfoot//td/a")[:1]:
                admin.get(link.get("href"))
                assert len(admin.find("//tbody/tr")) == count, "they are the same tickets"
        admin.get(f"{HOME}/details?period=today&channel={said}")
        assert len(admin.find("//tbody/tr")) == count, said
        head, *rows = sheet(admin.get(f"{HOME}/details.xlsx?period=today&channel={said}").data)
        assert len(rows) == count and "Channel" in head
    bands = shown(admin, "tickets/bands?period=today&by=agent&channel=mail")
    assert bands["Total"][0] == "1"


@pytest.mark.spec("STA-1")
def test_types_are_rolled_up_to_a_level(desk: Service, boss: Member, admin: Browser) -> None:
    def add(name: str, parent: int | None = None) -> int:
        with db.write():
            made = settings.add_category(
                desk, CategoryKind.INTAKE, parent_id=parent, names={"ko": name, "en": name}
            )
            return made.id

    pay = add("Payment")
    refund = add("Refund", pay)
    for kind in (pay, refund, refund):
        tickets.ticket(desk, boss, intake_id=kind)
    flat = shown(admin, "tickets/types?period=today&level=0")
    assert (flat["Payment"][0], flat["Payment › Refund"][0]) == ("1", "2")
    rolled = shown(admin, "tickets/types?period=today&level=1")
    assert rolled["Payment"][0] == "3" and "Payment › Refund" not in rolled
    link = admin.find("//tr[th='Payment']/td/a")[0].get("href")
    admin.get(link)
    assert len(admin.find("//tbody/tr")) == 3, "those below it, too"


@pytest.mark.spec("STA-1")
def test_rows_of_time_bands_add_up_to_what_was_processed(desk: Service, admin: Browser) -> None:
    with db.write():
        db.session.execute(
            sa.text("UPDATE ticket SET resolved_at = :at WHERE subject = 'Number 0'"),
            {"at": (clock.now() + timedelta(hours=3)).replace(tzinfo=None).isoformat(" ")},
        )
    rows = shown(admin, "tickets/bands?period=today&by=agent&band=hour&end=2")
    assert rows["Total"] == ["3", "2", "0", "1"], "resolved and on hold, within 1, 2 hours, later"
    for basis in Basis:
        rows = shown(
            admin, f"tickets/bands?period=today&by=agent&band=hour&end=2&basis={basis.value}"
        )
        counts = [row for name, row in rows.items() if name != "Change"]
        assert len(counts) > 2 and all(sum(map(int, row[1:])) == int(row[0]) for row in counts)
        for link in admin.find("//table//td/a"):
            figure = int(link.text_content().strip())
            admin.get(link.get("href"))
            assert len(admin.find("//tbody/tr")) == figure, link.get("href")


@pytest.mark.spec("STA-1")
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("period=range&since=2026-03-02&until=2026-03-01", "comes after the last"),
        ("period=range&since=2025-01-01&until=2025-12-31&unit=hour", "31"),
        ("period=range&since=2000-01-01&until=2026-12-31&unit=day", "366"),
        ("period=range&since=1970-01-01&until=2200-12-31&unit=month", "3660"),
    ],
)
def test_a_period_that_cannot_be_shown_is_refused_in_words(
    shop: Service, admin: Browser, query: str, words: str
) -> None:
    answer = admin.get(f"{HOME}/tickets?{query}")
    assert answer.status_code == 200 and not admin.find("//table")
    assert words in admin.texts("//*[@id='period-error']")[0]
    assert admin.get(f"{HOME}/tickets/period/figures.xlsx?{query}").status_code == 422


@pytest.mark.spec("STA-1")
@pytest.mark.parametrize(
    ("until", "unit"), [("2025-04-02", "day"), ("2025-04-03", "week"), ("2026-01-02", "month")]
)
def test_a_long_period_is_cut_into_parts_that_somebody_reads(
    shop: Service, admin: Browser, until: str, unit: str
) -> None:
    """Where nobody says a unit: whoever asks for a year by day gets that."""
    span = f"period=range&since=2025-01-01&until={until}"
    admin.get(f"{HOME}/tickets?{span}")
    assert admin.field("unit") == unit
    admin.get(f"{HOME}/tickets?{span[:-10]}2025-12-31&unit=day")
    assert admin.field("unit") == "day"


@pytest.mark.spec("STA-1")
def test_absurd_addresses_show_what_is_offered(shop: Service, boss: Member, admin: Browser) -> None:
    tickets.ticket(shop, boss)
    for query in ("period=x&unit=y&basis=z", "period=range&since=9999-99-99", "unit=week&basis="):
        assert admin.get(f"{HOME}/tickets?{query}").status_code == 200
    for path in (
        "tickets/none",
        "details?of=99999999999999&by=agent",
        "details?figure=x&at=1&by=intake&of=7&level=9",
    ):
        assert admin.get(f"{HOME}/{path}").status_code in (200, 404)
    answer = admin.get(f"{HOME}/details?period=range&since=2026-01-01&until=2026-03-01")
    assert answer.status_code == 200 and not admin.find("//table"), "at most a month"


@pytest.mark.spec("STA-1", "LOG-3")
def test_excel_holds_what_the_page_shows_as_what_it_is(desk: Service, admin: Browser) -> None:
    query = "period=today&unit=hour"
    rows = shown(admin, f"tickets?{query}")
    answer = admin.get(f"{HOME}/tickets/period/figures.xlsx?{query}")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    found = list(sheet.iter_rows(values_only=True))
    assert len(found) == 1 + 24 + 1 and found[-1][0] == "Total"
    assert found[-1][1:6] == (5, 4, 2, 1, 1)
    assert isinstance(found[-1][6], timedelta) and sheet.cell(26, 7).number_format == "[h]:mm:ss"
    assert sum(row[1] for row in found[1:-1]) == 5
    assert rows["Total"][0] == f"{found[-1][1]}"
    details = admin.get(f"{HOME}/details.xlsx?period=today&figure=held")
    held = list(load_workbook(io.BytesIO(details.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert len(held) == 2
    works = db.session.scalars(
        sa.select(WorkEntry.work).where(WorkEntry.work == Work.EXCEL_STATISTICS)
    )
    assert len(works.all()) == 2


@pytest.mark.spec("STA-1")
def test_columns_are_chosen_and_kept_by_a_member(desk: Service, admin: Browser) -> None:
    answer = admin.post(
        f"{HOME}/tickets/period/columns", {"columns": ["done", "received", "nonsense"]}, htmx=True
    )
    assert answer.status_code == 204
    assert shown(admin, "tickets?period=today")["Total"] == ["5", "0"]
    assert admin.post(f"{HOME}/tickets/period/columns", {}, htmx=True).status_code == 422
    answer = admin.get(f"{HOME}/tickets/period/figures.xlsx?period=today")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None and sheet.max_column == 3


@pytest.mark.spec("STA-1")
def test_managers_alone_see_figures_and_only_where_they_are_contracted(
    shop: Service, boss: Member, browser: Make
) -> None:
    kim = world.member("kim")
    world.agent(boss, shop, kim, ticket=True)
    plain = world.contracted(boss, "plain")
    world.agent(boss, plain, boss, manager=True)
    agent, manager = browser("kim"), browser("boss")
    for path in (
        "",
        "/tickets",
        "/tickets/staff",
        "/details",
        "/details.xlsx",
        "/reports",
        "/weekly",
    ):
        assert agent.get(HOME + path).status_code == 403
        assert manager.get(f"/c/s/plain/statistics{path}").status_code == 404
    assert browser().get(f"{HOME}/tickets").status_code == 302


@pytest.mark.spec("STA-1", "TKT-1")
def test_a_ticket_that_is_opened_again_is_not_processed_any_more(
    shop: Service, boss: Member, admin: Browser
) -> None:
    made = tickets.ticket(shop, boss)
    process(made, Move.HOLD, boss)
    assert shown(admin, "tickets?period=today")["Total"][:4] == ["1", "1", "0", "1"]
    with db.write():
        service.step(made, Move.REOPEN, actor=world.actor(boss))
    assert made.state is State.PROGRESS and made.held_at is None
    assert shown(admin, "tickets?period=today")["Total"][:4] == ["1", "0", "0", "0"]
