"""BIL-1 and BIL-2: charges to the won, the rate page and its Excel."""

import io
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from occ.billing import jobs, queries, rules, service
from occ.billing.models import BillingDay, Charge
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.organization import queries as organization
from occ.organization import service as contracts
from occ.organization import settings
from occ.organization.models import Service
from occ.organization.rules import Feature, Item, ServiceType, Terms, estimate
from tests.factories import world
from tests.support.browser import Browser

pytestmark = [pytest.mark.usefixtures("all_features"), pytest.mark.heavy]

F = Feature


@pytest.fixture
def at() -> object:
    """10:00 in Seoul on 1 January 2026, until moved."""
    with time_machine.travel("2026-01-01 01:00:00+00:00", tick=False) as traveller:
        yield traveller


def go(at: object, day: date, *, hour: int = 10) -> None:
    """Moves to an hour of a day in Seoul."""
    at.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=9))  # type: ignore[attr-defined]


def month(of: Service, first: date) -> dict[Item, Decimal]:
    return {row.item: row.amount for row in queries.item_months([first], [of.id])}


def won(total: Decimal | int, days: int) -> Decimal:
    return (Decimal(total) / days).quantize(Decimal(1), ROUND_HALF_UP)


@pytest.mark.spec("BIL-1", "BIL-2", "ORG-3")
@pytest.mark.parametrize(
    "day",
    [date(2026, 1, 1), date(2026, 2, 1), date(2028, 2, 1), date(2026, 4, 1)],
    ids=["31", "28", "leap", "30"],
)
def test_an_unchanged_full_month_costs_its_estimate(at: object, boss: Member, day: date) -> None:
    go(at, day)
    made = world.contracted(
        boss, features=frozenset({F.TICKET, F.PHONE, F.MAIL, F.WALLBOARD}), seats=7
    )
    go(at, rules.next_month(day), hour=0)
    jobs.accrue()
    prices = organization.prices_on(day)
    expected = estimate(made.contract.terms, prices.prices, "KRW")  # type: ignore[union-attr]
    assert sum(month(made, day).values()) == expected.fixed_total
    assert month(made, day) == {line.item: line.amount for line in expected.fixed}


@pytest.mark.spec("BIL-1")
def test_a_change_in_mid_month_counts_from_its_own_day(at: object, boss: Member) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET}), seats=10)
    go(at, date(2026, 1, 18))
    with db.write():
        contracts.change_contract(
            made, Terms(frozenset({F.TICKET, F.MAIL}), 13), actor=world.actor(boss)
        )
    go(at, date(2026, 2, 1))
    jobs.accrue()
    # 17 days with 10 seats, 14 with 13; mail 14 days
    assert month(made, date(2026, 1, 1)) == {
        Item.TICKET: Decimal(60_000),
        Item.SEAT: won(22_000 * (17 * 10 + 14 * 13), 31),
        Item.MAIL: won(20_000 * 14, 31),
    }


@pytest.mark.spec("BIL-1", "ORG-4")
def test_signed_and_changed_on_one_day_the_contract_at_its_end_counts(
    at: object, boss: Member
) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET}), seats=10)
    with db.write():
        contracts.change_contract(made, Terms(frozenset({F.TICKET}), 20), actor=world.actor(boss))
    go(at, date(2026, 1, 2))
    jobs.accrue()
    assert db.session.scalars(sa.select(Charge.quantity).where(Charge.item == Item.SEAT)).all() == [
        20
    ]


@pytest.mark.spec("BIL-1", "ORG-5")
def test_suspension_is_charged_and_termination_stops_the_day_after(
    at: object, boss: Member
) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET}), seats=1)
    go(at, date(2026, 1, 5))
    with db.write():
        contracts.set_state(made, active=False, actor=world.actor(boss))
    go(at, date(2026, 1, 20), hour=23)
    with db.write():
        contracts.terminate(made, typed="mall", actor=world.actor(boss))
    go(at, date(2026, 2, 1))
    jobs.accrue()
    assert month(made, date(2026, 1, 1)) == {
        Item.TICKET: won(60_000 * 20, 31),
        Item.SEAT: won(22_000 * 20, 31),
    }


@pytest.mark.spec("BIL-1", "ORG-8")
def test_a_price_change_leaves_past_days_alone(at: object, boss: Member) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET}), seats=1)
    go(at, date(2026, 1, 10))
    prices = {**organization.prices_on(date(2026, 1, 10)).prices, Item.SEAT: Decimal(31_000)}
    with db.write():
        settings.save_prices(
            effective=date(2026, 1, 16), currency="KRW", vat=Decimal(10), prices=prices
        )
    go(at, date(2026, 2, 1))
    jobs.accrue()
    assert month(made, date(2026, 1, 1))[Item.SEAT] == won(22_000 * 15 + 31_000 * 16, 31)


@pytest.mark.spec("BIL-2")
def test_a_months_vat_is_that_of_its_last_charged_day(at: object, boss: Member) -> None:
    world.contracted(boss, features=frozenset({F.TICKET}), seats=10)
    prices = organization.prices_on(date(2026, 1, 1)).prices
    with db.write():
        settings.save_prices(
            effective=date(2026, 1, 16), currency="KRW", vat=Decimal(20), prices=prices
        )
    for day, basis_points in ((date(2026, 1, 16), 1000), (date(2026, 1, 17), 2000)):
        go(at, day)
        jobs.accrue()
        assert queries.vat_of([date(2026, 1, 1)]) == {date(2026, 1, 1): basis_points}
    go(at, date(2026, 2, 2))
    jobs.accrue()
    span = [date(2026, 1, 1), date(2026, 2, 1)]
    assert queries.vat_of(span) == dict.fromkeys(span, 2000)


@pytest.mark.spec("BIL-1")
def test_days_the_console_was_down_are_made_up_once(at: object, boss: Member) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET}), seats=1)
    go(at, date(2026, 1, 2))
    assert jobs.accrue() == "2026-01-01 – 2026-01-01: 2"
    assert jobs.accrue() is None
    go(at, date(2026, 1, 5))  # three days of downtime
    assert jobs.accrue() == "2026-01-02 – 2026-01-04: 6"
    assert jobs.accrue() is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Charge)) == 8
    assert month(made, date(2026, 1, 1))[Item.TICKET] == won(60_000 * 4, 31)


@pytest.mark.spec("BIL-1")
def test_a_day_is_charged_when_it_has_ended_in_the_organizations_zone(
    at: object, boss: Member
) -> None:
    world.contracted(boss)
    at.move_to("2026-01-01 14:59:59+00:00")  # type: ignore[attr-defined]
    assert service.days_due() == []
    at.move_to("2026-01-01 15:00:00+00:00")  # type: ignore[attr-defined]
    assert service.days_due() == [date(2026, 1, 1)]


@pytest.mark.spec("BIL-1")
def test_charging_a_day_twice_is_impossible(at: object, boss: Member) -> None:
    world.contracted(boss)
    go(at, date(2026, 1, 2))
    with db.write():
        service.accrue(date(2026, 1, 1))
    with pytest.raises(sa.exc.IntegrityError), db.write():
        service.accrue(date(2026, 1, 1))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BillingDay)) == 1


@pytest.mark.spec("BIL-1")
def test_messages_are_charged_as_used_and_not_after_the_day_is_closed(
    at: object, boss: Member
) -> None:
    made = world.contracted(boss, features=frozenset({F.TICKET, F.SMS}), seats=1)
    for quantity in (3, 4):
        with db.write():
            service.record_usage(made.id, Item.SMS_MESSAGE, quantity, day=date(2026, 1, 1))
    go(at, date(2026, 1, 2))
    jobs.accrue()
    assert month(made, date(2026, 1, 1))[Item.SMS_MESSAGE] == 7 * 18
    with pytest.raises(Refused), db.write():
        service.record_usage(made.id, Item.SMS_MESSAGE, 1, day=date(2026, 1, 1))


@pytest.mark.spec("BIL-1")
def test_a_service_not_contracted_costs_nothing(at: object, boss: Member) -> None:
    world.draft_service(boss)
    go(at, date(2026, 3, 1))
    assert jobs.accrue() is None


@pytest.mark.spec("BIL-1")
@given(
    st.lists(st.integers(0, 9_999), min_size=1, max_size=31),
    st.integers(0, 10_000_000),
    st.integers(28, 31),
)
def test_a_month_is_multiplied_before_it_is_divided_and_rounded_once(
    seats: list[int], price: int, days: int
) -> None:
    micros = sum(price * 1_000_000 * n for n in seats)
    row = rules.ItemMonth(1, date(2026, 1, 1), Item.SEAT, "KRW", days, micros)
    exact = Decimal(price * sum(seats))
    assert abs(row.amount * days - exact) * 2 <= days
    if all(n == seats[0] for n in seats) and len(seats) == days:
        assert row.amount == price * seats[0]


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(0, 35))
def test_a_span_of_months_has_every_month_once(first: date, count: int) -> None:
    last = first.replace(day=1)
    for _i in range(count):
        last = rules.next_month(last)
    span = rules.months(first, last)
    assert len(span) == count + 1
    assert all(m.day == 1 for m in span)
    assert rules.days_in_month(span[0]) == monthrange(span[0].year, span[0].month)[1]


def test_spans_that_are_reversed_or_too_long_are_refused() -> None:
    for first, last in ((date(2026, 2, 1), date(2026, 1, 1)), (date(2020, 1, 1), date(2026, 1, 1))):
        with pytest.raises(Refused):
            rules.months(first, last)


@pytest.fixture
def charged(at: object, boss: Member, browser: Callable[..., Browser]) -> Browser:
    """Two services charged from 1 January to 9 February 2026; the owner looks on the 10th."""
    world.contracted(boss, "mall", features=frozenset({F.TICKET, F.SMS}), seats=2)
    world.contracted(boss, "desk", type=ServiceType.ISSUE, features=frozenset({F.TICKET}), seats=1)
    with db.write():
        service.record_usage(
            organization.service_by_slug("mall").id, Item.SMS_MESSAGE, 100, day=date(2026, 1, 1)
        )  # type: ignore[union-attr]
    go(at, date(2026, 2, 10))
    jobs.accrue()
    return browser("boss")


@pytest.mark.spec("BIL-2")
def test_rates_by_all_type_and_service_with_totals_vat_and_state(charged: Browser) -> None:
    charged.get("/c/org/rates?first=2026-01&last=2026-01")
    # 2 × 60,000 tickets, 3 × 22,000 seats, 1,800 messages; 10 % VAT
    for words in ("120,000", "66,000", "1,800", "187,800", "18,780"):
        assert words in charged.text()
    assert "with what is expected" not in charged.text(), "January is over"
    charged.get("/c/org/rates?scope=type&type=issue&first=2026-01&last=2026-01")
    assert "82,000" in charged.text()
    charged.get("/c/org/rates?scope=service&service=mall&first=2026-01&last=2026-02")
    assert "Active" in charged.text()
    assert "Feb expected" in charged.text() and "Total with what is expected" in charged.text()
    # February of `mall`: fixed 104,000 at the end, 9 of 28 days so far
    assert f"₩{won(60_000 * 9, 28) + won(44_000 * 9, 28):,}" in charged.text()
    assert "104,000" in charged.text()
    charged.get("/c/org/rates?first=2026-03&last=2026-01")
    assert "first month comes after" in charged.text()
    charged.get("/c/org/rates?first=nonsense&last=2026-13&scope=x&type=y&service=z")
    assert charged.last and charged.last.status_code == 200


@pytest.mark.spec("BIL-2", "LOG-3")
def test_the_excel_holds_the_table_as_numbers_and_the_download_is_recorded(
    charged: Browser,
) -> None:
    from openpyxl import load_workbook

    answer = charged.get("/c/org/rates/excel?first=2026-01&last=2026-02")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert rows[0] == ("Item", "Currency", "Jan 2026", "Feb 2026 expected", "Total")
    by_item = {row[0]: row[2:] for row in rows[1:]}
    assert load_workbook(io.BytesIO(answer.data)).active["C2"].number_format == "#,##0"  # type: ignore[index]
    assert by_item["Ticket management"][0] == 120_000
    assert by_item["Total"][0] == 187_800
    charged.get("/c/org/rates?first=2026-01&last=2026-02")
    shown = next(row for row in charged.rows() if row[0] == "Total")
    assert [f"{amount:,}" for amount in by_item["Total"]] == shown[1:], "as the page says"
    assert by_item["VAT"][0] == 18_780
    charged.get("/c/org/logs/works")
    assert "Excel of rates" in charged.text()
    assert charged.get("/c/org/rates/excel?first=2026-03&last=2026-01").status_code == 422


@pytest.mark.spec("ORG-1", "BIL-2")
def test_the_contract_list_shows_this_months_fee_and_the_figures(charged: Browser) -> None:
    fee = won(60_000 * 9, 28) + won(44_000 * 9, 28)
    charged.get("/c/org/contracts")
    assert f"{fee:,}" in charged.text()
    charged.get("/c/org/contracts/figures", htmx=True)
    other = won(60_000 * 9, 28) + won(22_000 * 9, 28)
    assert f"₩{fee + other:,}" in charged.text()
    assert "₩186,000" in charged.text()  # expected: 120,000 + 66,000


def test_before_anything_was_charged_the_page_says_when_it_starts(admin: Browser) -> None:
    admin.get("/c/org/rates")
    assert "Nothing was charged" in admin.text()


@pytest.mark.spec("BIL-2")
def test_two_currencies_stand_in_two_tables(
    at: object, boss: Member, browser: Callable[..., Browser]
) -> None:
    world.contracted(boss, features=frozenset({F.TICKET}), seats=1)
    prices = {
        **organization.prices_on(date(2026, 1, 1)).prices,
        Item.TICKET: Decimal("45.50"),
        Item.SEAT: Decimal("10.25"),
    }
    with db.write():
        settings.save_prices(
            effective=date(2026, 2, 1), currency="USD", vat=Decimal(0), prices=prices
        )
    go(at, date(2026, 3, 1))
    jobs.accrue()
    one = browser("boss")
    one.get("/c/org/rates?first=2026-01&last=2026-02")
    assert "Item (₩)" in one.text()
    assert "Item ($)" in one.text()
    assert "55.75" in one.text()
