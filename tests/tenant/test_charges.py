"""What the phone contract and desk phones cost (BIL-1, TNT-1, TNT-2)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from occ.billing import jobs as billing
from occ.billing import queries as charges
from occ.billing.models import Charge
from occ.billing.rules import ORGANIZATION
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.organization import queries as organization
from occ.organization import settings as prices
from occ.organization.rules import Feature, Item
from occ.tenant import queries, rules, service
from occ.tenant.models import Tenant
from occ.tenant.rules import Licence, OrderState, Phones, Plan
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


def contract() -> Tenant:
    db.session.expire_all()
    found = queries.current()
    assert found is not None
    return found


def _month(first: date) -> dict[Item, Decimal]:
    return {row.item: row.amount for row in charges.item_months([first], [ORGANIZATION])}


@pytest.fixture
def at() -> Any:
    """10:00 in Seoul on 1 April 2026, until moved."""
    with time_machine.travel("2026-04-01 01:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.mark.spec("BIL-1", "TNT-1", "TNT-2")
def test_licence_and_desk_phones_are_charged_by_their_days(
    at: Any, boss: Member, admin: Browser
) -> None:
    by, where = world.actor(boss), service.Delivery("Kim", "+821012345678", "06236", "Seoul")

    def go(day: int, month: int = 4) -> None:
        at.move_to(datetime(2026, month, day, 1, tzinfo=UTC))

    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=10)
    with db.write():
        kept = service.order(3, where, key="a", actor=by).id
        back = service.order(2, where, key="b", actor=by).id
        service.move_order(kept, OrderState.SHIPPED)
        service.move_order(back, OrderState.SHIPPED)
    go(11)
    dearer = {**organization.prices_on(date(2026, 4, 1)).prices, Item.DESK_PHONE: Decimal(70_000)}
    with db.write():
        service.change(Licence(Plan.BASIC, 20, 30), seen=None, actor=by)
        service.move_order(kept, OrderState.IN_USE)
        prices.save_prices(
            effective=date(2026, 4, 12), currency="KRW", vat=Decimal(10), prices=dearer
        )
    go(20)
    with db.write():
        service.move_order(back, OrderState.RETURNED)
    admin.login("boss", world.PASSWORD)
    expected = charges.expected_rest(date(2026, 4, 20), None, organization.price_lists())
    go(1, 5)
    billing.accrue()
    assert _month(date(2026, 4, 1)) == {
        Item.LICENCE_RECORDING: Decimal(60_000),  # 18,000 × 10 × 10 / 30
        Item.LICENCE_BASIC: Decimal(160_000),  # 12,000 × 20 × 20 / 30, from the day of the change
        Item.DESK_PHONE: Decimal(3 * 66_000),  # two came back for what they had cost
        Item.DESK_PHONE_UPKEEP: Decimal(60 * 3 * 20),
    }
    upkeep = sum(row.amount for row in expected if row.item is Item.DESK_PHONE_UPKEEP)
    assert upkeep == Decimal(60 * 3 * 11), "what the rest of the month was expected to cost"
    admin.login("boss", world.PASSWORD)
    shown = admin.get("/c/org/rates?first=2026-04&last=2026-04")
    assert "Upkeep of desk phones" in shown.text and "198,000" in shown.text
    assert (
        "Desk phones"
        not in admin.get("/c/org/rates?scope=service&service=mall&first=2026-04&last=2026-04").text
    )
    quantities = db.session.execute(
        sa.select(Charge.day, Charge.quantity, Charge.unit_micros).where(
            Charge.item == Item.DESK_PHONE
        )
    )
    assert sorted(map(tuple, quantities)) == [
        (date(2026, 4, 1), 5, 66_000_000_000),
        (date(2026, 4, 20), -2, 66_000_000_000),
    ]


@pytest.mark.spec("BIL-1", "ORG-8", "TNT-1", "TNT-2")
def test_new_prices_count_from_their_own_first_day(at: Any, boss: Member) -> None:
    by, where = world.actor(boss), service.Delivery("Kim", "+821012345678", "06236", "Seoul")
    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=1)
    now = organization.prices_on(date(2026, 4, 1)).prices
    with db.write():
        sent = [service.order(1, where, key=key, actor=by).id for key in "ab"]
        prices.save_prices(
            effective=date(2026, 4, 3),
            currency="KRW",
            vat=Decimal(10),
            prices={**now, Item.DESK_PHONE: Decimal(70_000), Item.LICENCE_RECORDING: Decimal(9)},
        )
    for day, ident in zip((2, 3), sent, strict=True):
        at.move_to(datetime(2026, 4, day, 1, tzinfo=UTC))
        with db.write():
            service.move_order(ident, OrderState.SHIPPED)
    at.move_to(datetime(2026, 4, 5, 1, tzinfo=UTC))
    billing.accrue()
    cost = sa.select(Charge.day, Charge.item, Charge.unit_micros).order_by(Charge.day)
    items = (Item.DESK_PHONE, Item.LICENCE_RECORDING)
    found = db.session.execute(cost.where(Charge.item.in_(items))).all()
    old, new = int(now[Item.LICENCE_RECORDING]) * 10**6, 9 * 10**6
    assert {(day.day, micros) for day, item, micros in found if item is items[1]} == {
        (1, old),
        (2, old),
        (3, new),
        (4, new),
    }
    assert [(day.day, micros) for day, item, micros in found if item is items[0]] == [
        (2, 66_000 * 10**6),
        (3, 70_000 * 10**6),
    ]


@pytest.mark.spec("BIL-1", "ORG-8", "TNT-2")
def test_a_phone_that_comes_back_in_another_currency_is_credited_at_its_price(
    at: Any, boss: Member
) -> None:
    by, where = world.actor(boss), service.Delivery("Kim", "+821012345678", "06236", "Seoul")
    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=1)
    dollars = dict.fromkeys(organization.prices_on(date(2026, 4, 1)).prices, Decimal(50))
    with db.write():
        sent = service.order(1, where, key="a", actor=by).id
        service.move_order(sent, OrderState.SHIPPED)
        prices.save_prices(
            effective=date(2026, 5, 1), currency="USD", vat=Decimal(0), prices=dollars
        )
    at.move_to(datetime(2026, 5, 3, 1, tzinfo=UTC))
    with db.write():
        service.move_order(sent, OrderState.RETURNED)
    at.move_to(datetime(2026, 5, 4, 1, tzinfo=UTC))
    billing.accrue()
    found = sa.select(Charge.day, Charge.currency, Charge.quantity, Charge.unit_micros)
    phones = found.where(Charge.item == Item.DESK_PHONE).order_by(Charge.day)
    assert list(map(tuple, db.session.execute(phones))) == [
        (date(2026, 4, 1), "KRW", 1, 66_000 * 10**6),
        (date(2026, 5, 3), "USD", -1, 50 * 10**6),
    ]


@pytest.mark.spec("BIL-1", "TNT-1")
def test_charges_stop_after_the_day_of_termination(at: Any, boss: Member) -> None:
    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=10)
    with db.write():
        service.set_state(active=False, actor=world.actor(boss))
    at.move_to(datetime(2026, 4, 15, 1, tzinfo=UTC))
    with db.write():
        service.terminate(typed="X", code="x", actor=world.actor(boss))
    at.move_to(datetime(2026, 5, 1, 1, tzinfo=UTC))
    billing.accrue()
    assert _month(date(2026, 4, 1)) == {Item.LICENCE_RECORDING: Decimal(90_000)}, (
        "suspended days are charged, later ones are not"
    )


@pytest.mark.spec("BIL-1", "TNT-2")
def test_a_phone_sent_on_the_day_another_comes_back_for_the_same_price(
    at: Any, boss: Member
) -> None:
    by, where = world.actor(boss), service.Delivery("Kim", "+821012345678", "06236", "Seoul")
    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=1)

    def go(day: int) -> None:
        at.move_to(datetime(2026, 4, day, 1, tzinfo=UTC))

    with db.write():
        first = service.order(1, where, key="a", actor=by).id
        second = service.order(4, where, key="b", actor=by).id
        service.move_order(first, OrderState.SHIPPED)
    go(2)
    with db.write():
        service.move_order(first, OrderState.RETURNED)
        service.move_order(second, OrderState.SHIPPED)
    go(3)
    billing.accrue()
    assert _month(date(2026, 4, 1))[Item.DESK_PHONE] == Decimal(4 * 66_000)
    assert billing.accrue() is None


@pytest.mark.spec("TNT-1", "TNT-2")
def test_after_the_period_nothing_is_ordered_or_sent(at: Any, boss: Member) -> None:
    by, where = world.actor(boss), service.Delivery("Kim", "+821012345678", "06236", "Seoul")
    world.contracted(boss, features=frozenset({Feature.TICKET, Feature.PHONE}), seats=1)
    with db.write():
        waiting = service.order(7, where, key="a", actor=by).id
        service.edit(
            service.Company("Neulbom", ends_on=date(2026, 4, 2)), version=contract().version
        )
    at.move_to(datetime(2026, 4, 5, 1, tzinfo=UTC))
    with db.write(), pytest.raises(Refused):
        service.order(1, where, key="b", actor=by)
    with db.write(), pytest.raises(Refused):
        service.move_order(waiting, OrderState.SHIPPED)
    with db.write():
        service.move_order(waiting, OrderState.RETURNED)
    at.move_to(datetime(2026, 4, 7, 1, tzinfo=UTC))
    billing.accrue()
    assert Item.DESK_PHONE not in _month(date(2026, 4, 1)), (
        "what was never charged is not given back"
    )


days = st.integers(0, 40).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@st.composite
def orders(draw: st.DrawFn) -> Phones:
    """An order somewhere on its way."""
    first, second = sorted((draw(days), draw(days)))
    way = draw(st.sampled_from(("ordered", "shipped", "in_use", "returned", "taken back")))
    return Phones(
        draw(st.integers(1, 5)),
        first if way in ("shipped", "in_use", "returned") else None,
        second if way == "in_use" else None,
        second if way in ("returned", "taken back") else None,
    )


@pytest.mark.spec("BIL-1", "TNT-2")
@given(st.lists(orders(), max_size=6))
def test_over_all_days_desk_phones_cost_what_was_kept(rows: list[Phones]) -> None:
    span = [date(2026, 1, 1) + timedelta(days=n) for n in range(41)]
    pieces = [piece for day in span for piece in rules.pieces_of_day(day, rows)]
    bought = sum(p.quantity for p in pieces if p.item is Item.DESK_PHONE)
    assert bought == sum(r.quantity for r in rows if r.shipped_on and not r.returned_on)
    in_use = sum(
        r.quantity * (span[-1] - r.in_use_on).days + r.quantity for r in rows if r.in_use_on
    )
    assert sum(p.quantity for p in pieces if p.item is Item.DESK_PHONE_UPKEEP) == in_use


@pytest.mark.spec("TNT-1")
@given(st.lists(st.integers(0, 9), min_size=9, max_size=9))
def test_exactly_one_last_digit_proves_a_business_number(digits: list[int]) -> None:
    def fits(last: int) -> bool:
        try:
            return bool(rules.check_business_number("".join(map(str, [*digits, last]))))
        except Refused:
            return False

    assert sum(map(fits, range(10))) == 1
