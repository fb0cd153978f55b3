"""The phone contract and desk phones, through their pages, the engine and the accrual (TNT-1, TNT-2, BIL-1)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from occ.ars.rules.texts import Notice
from occ.audit.models import AuthorityEntry
from occ.audit.rules import Action
from occ.billing import jobs as billing
from occ.billing import queries as charges
from occ.billing.models import Charge
from occ.billing.rules import ORGANIZATION
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.organization import queries as organization
from occ.organization import settings as prices
from occ.organization.models import Service
from occ.organization.rules import Feature, Item
from occ.telephony import queries as telephony
from occ.telephony.models import Recording
from occ.telephony.rules.calls import CallOutcome, Command
from occ.tenant import jobs, queries, rules, service
from occ.tenant.models import Tenant
from occ.tenant.rules import Licence, OrderState, Phones, Plan
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

PAGE = "/c/org/phone"
ADDRESS = {"recipient": "Kim", "phone": "010-1234-5678", "postal_code": "06236", "address": "152 Teheran-ro, Seoul"}


@pytest.fixture
def mall(boss: Member) -> Service:
    return phone.service(boss, seats=10)


def contract() -> Tenant:
    db.session.expire_all()
    found = queries.current()
    assert found is not None
    return found


def licence(admin: Browser, **changes: str) -> Browser:
    """Fills the page of plan, seats and lines, and sends it."""
    admin.get(f"{PAGE}/licence")
    values = {name: admin.field(name) for name in ("seats", "lines", "version")}
    admin.post(f"{PAGE}/licence", {"plan": "recording", **values, **changes})
    return admin


def edit(admin: Browser, **changes: str) -> Browser:
    admin.get(f"{PAGE}/edit")
    names = ("name", "business_number", "contact", "phone", "email", "postal_code", "address", "ends_on", "version")
    admin.post(f"{PAGE}/edit", {**{name: admin.field(name) for name in names}, **changes})
    return admin


@pytest.mark.spec("TNT-1")
def test_the_first_service_with_phone_signs_the_contract_filled_from_set_up(boss: Member, admin: Browser) -> None:
    assert admin.get(PAGE).status_code == 404, "no service has phone"
    assert "Phone contract" not in admin.get("/c/org/contracts").text
    phone.service(boss, seats=10)
    page = admin.get(PAGE)
    assert "Phone contract" in page.text
    assert "0 of 10 in use" in admin.text() and "180,000" in admin.text() and "Neulbom" in admin.text()
    phone.service(boss, "shop", seats=90)
    assert contract().licence == Licence(Plan.RECORDING, 10, 30), "the second service changes nothing"
    entry = db.session.scalars(sa.select(AuthorityEntry).where(AuthorityEntry.action == Action.TENANT_SIGNED)).one()
    assert entry.after == {"plan": "recording", "seats": 10, "lines": 30}


@pytest.mark.spec("TNT-1", "ORG-4")
def test_plan_seats_and_lines_change_once_a_day(mall: Service, admin: Browser) -> None:
    estimate = admin.post(f"{PAGE}/licence/estimate", {"plan": "basic", "seats": "12", "lines": "8"}, htmx=True)
    assert "144,000" in estimate.text and "36,000" in estimate.text, "12 × 12,000, less than today's 180,000"
    assert "Nothing is different from the contract in force." in licence(admin).errors()
    assert "Give a whole number from 1 to 9999." in licence(admin, seats="0").errors()
    assert "Give a whole number from 1 to 2000." in licence(admin, lines="2001").errors()
    licence(admin, plan="basic", seats="12", lines="2000")
    assert contract().licence == Licence(Plan.BASIC, 12, 2000)
    assert "Again tomorrow" in admin.get(PAGE).text
    assert "Contracts can change once a day." in licence(admin, seats="13").errors()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        admin.login("boss", world.PASSWORD)
        assert "Somebody else changed this contract first." in licence(admin, seats="13", version="1").errors()
        licence(admin, seats="13", version=str(contract().licence_id))
    assert contract().licence.seats == 13


@pytest.mark.spec("TNT-1", "ARS-9")
def test_seats_limit_members_with_cti_data_and_stay_when_one_is_taken_away(boss: Member, admin: Browser) -> None:
    mall = phone.service(boss, seats=10)
    first = phone.agent(boss, mall, "kim")
    phone.agent(boss, mall, "lee")
    assert "2 members have CTI data." in licence(admin, seats="1").errors()
    licence(admin, seats="2")
    third = phone.agent(boss, mall, "park")
    assert telephony.cti_agent(third.member_id) is None, "no seat was left"
    assert "All licence seats are taken" in admin.get("/c/org/cti/agents").text
    data = {"cti_id": "park", "number": "2100"}
    admin.post(f"/c/org/cti/agents/{third.member_id}", data)
    assert "All licence seats are taken." in admin.errors()
    admin.post(f"/c/org/cti/agents/{first.member_id}/remove")
    assert contract().licence.seats == 2, "the seat stays"
    admin.post(f"/c/org/cti/agents/{third.member_id}", data)
    db.session.expire_all()
    assert telephony.cti_agent(third.member_id) is not None


@pytest.mark.spec("TNT-1")
def test_details_are_refused_in_words_and_keep_what_was_typed(mall: Service, admin: Browser) -> None:
    edit(admin, business_number="123-45-67890", contact="Lee")
    assert "This is not a Korean business number" in admin.errors()
    assert admin.field("contact") == "Lee"
    assert "Use 4 to 20 letters" in edit(admin, business_number="<1>").errors()
    assert "Write a postal code" in edit(admin, postal_code="?").errors()
    assert "Choose today or a later day." in edit(admin, ends_on="2020-01-01").errors()
    assert "Fill this in." in edit(admin, name=" ").errors()
    assert "This is not an e-mail address." in edit(admin, email="x@").errors()
    edit(admin, business_number="2208162517", contact="Lee", **{k: v for k, v in ADDRESS.items() if k != "recipient"})
    assert (contract().business_number, contract().phone, contract().contact) == ("220-81-62517", "+821012345678", "Lee")
    edit(admin, version="1", contact="Park")
    assert "Somebody else saved first." in admin.errors() and "Lee" in admin.text() and admin.field("contact") == "Park"


@pytest.mark.spec("TNT-1", "CTI-1")
def test_after_the_period_calls_hear_a_notice_and_nobody_logs_in(boss: Member, mall: Service, floor: Floor, admin: Browser) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    today = floor.now.date()
    edit(admin, ends_on=today.isoformat())
    ref = floor.place(mall)
    assert floor.call(ref).outcome is None, "the last day counts"
    floor.now += timedelta(days=1)
    admin.login("boss", world.PASSWORD)
    floor.step()
    assert floor.call(ref).closing is CallOutcome.SUSPENDED, "who waited is turned away"
    assert floor.said(floor.place(mall)) == [Notice.ENDED.value]
    assert "The phone contract's period of use has ended." in floor.refused(one, Command.LOGIN, service=mall.id, ip="", device="")
    assert "period of use has ended" in admin.get("/c/org/cti").text, "Mobile Contact is disabled with the reason"
    assert 'value="mobile" disabled' in admin.get("/c/org/cti").text
    edit(admin, ends_on="")
    assert floor.said(floor.place(mall)) == [], "it is in use again"


@pytest.mark.spec("TNT-1", "ORG-5")
def test_a_contract_is_suspended_terminated_and_signed_anew(boss: Member, mall: Service, floor: Floor, admin: Browser) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    floor.login(one)
    admin.post(f"{PAGE}/terminate", {"typed": contract().name})
    assert "Suspend the phone contract first" in admin.errors()
    admin.post(f"{PAGE}/state", {"on": "0"})
    assert floor.said(floor.place(mall)) == [Notice.SUSPENDED.value]
    refusal = floor.refused(one, Command.DIAL, service=mall.id, number="+82222223333", caller_id=phone.main_number(mall))
    assert "The phone contract is suspended." in refusal
    code = telephony.settings().tenant_id  # type: ignore[union-attr]
    admin.post(f"{PAGE}/terminate", {"typed": "no"})
    assert "This is not the tenant ID." in admin.errors()
    admin.post(f"{PAGE}/terminate", {"typed": code})
    assert floor.said(floor.place(mall)) == [Notice.ENDED.value]
    assert edit(admin, contact="Lee").last.status_code == 422  # type: ignore[union-attr]
    first = contract().id
    phone.service(boss, "shop")
    assert contract().id == first, "another service does not bring back what was terminated"
    licence(admin, seats="4")
    assert contract().id > first and contract().licence.seats == 4
    assert floor.said(floor.place(mall)) == []


@pytest.mark.spec("TNT-1", "ORG-5")
def test_personal_details_of_a_terminated_contract_are_erased_in_time(mall: Service, admin: Browser) -> None:
    edit(admin, contact="Hidden Person", address="Secret street")
    admin.post(f"{PAGE}/orders/new", {**ADDRESS, "quantity": "1", "checked": "y", "key": "k"})
    admin.post(f"{PAGE}/state", {"on": "0"})
    admin.post(f"{PAGE}/terminate", {"typed": telephony.settings().tenant_id})  # type: ignore[union-attr]
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(days=89)):
        assert jobs.erase_terminated() is None
    with time_machine.travel(now + timedelta(days=91)):
        assert jobs.erase_terminated() == "1"
        assert jobs.erase_terminated() is None
    assert (contract().contact, contract().address) == ("", "")
    assert db.session.execute(sa.text("SELECT recipient, address FROM desk_phone_order")).one() == ("", "")


@pytest.mark.spec("TNT-1", "TEL-2")
def test_only_the_plan_with_recording_records(boss: Member, mall: Service, floor: Floor, admin: Browser) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    floor.login(one)

    def talk() -> int:
        ref = floor.place(mall)
        floor.do(one, Command.ANSWER)
        floor.do(one, Command.HANG_UP)
        floor.do(one, Command.STATE, state="ready")
        found = db.session.scalars(sa.select(Recording.id).where(Recording.call_id == floor.call(ref).id)).all()
        return len(found)

    assert talk() == 1
    licence(admin, plan="basic")
    assert talk() == 0
    assert "the plan of the phone contract has no recording" in admin.get("/c/org/cti").text


@pytest.mark.spec("TNT-2")
def test_desk_phones_go_their_way_and_come_back_only_before_use(mall: Service, admin: Browser) -> None:
    order = {**ADDRESS, "quantity": "3", "checked": "y", "key": "once"}
    price = admin.post(f"{PAGE}/orders/price", {"quantity": "3"}, htmx=True)
    assert "198,000" in price.text and "180" in price.text
    for field, wrong, words in (
        ("quantity", "0", "Give a whole number from 1 to 500."),
        ("quantity", "501", "Give a whole number from 1 to 500."),
        ("recipient", "", "Fill this in."),
        ("phone", "12", "This is not a phone number."),
        ("postal_code", "!", "Write a postal code, such as 06236."),
        ("address", " ", "Fill this in."),
        ("checked", "", "Check the number of phones and the address"),
    ):
        admin.post(f"{PAGE}/orders/new", {**{k: v for k, v in order.items() if v}, **({field: wrong} if wrong else {field: ""})})
        if field != "checked":
            assert words in admin.errors(), (field, wrong)
    admin.get(f"{PAGE}/orders/new")
    admin.post(f"{PAGE}/orders/new", {k: v for k, v in order.items() if k != "checked"})
    assert "Check the number of phones and the address" in admin.errors()
    admin.post(f"{PAGE}/orders/new", order)
    admin.post(f"{PAGE}/orders/new", order)
    page = admin.get(f"{PAGE}/orders").text
    made = re.findall(r"/orders/(\d+)/shipped", page)
    assert len(made) == 1, "a double click makes one order"
    path = f"{PAGE}/orders/{made[0]}"
    assert admin.post(f"{path}/in_use", htmx=True).status_code == 422, "not shipped yet"
    admin.post(f"{path}/shipped", htmx=True)
    admin.post(f"{path}/in_use", htmx=True)
    refused = admin.post(f"{path}/returned", htmx=True)
    assert refused.status_code == 422 and "Desk phones in use cannot be returned any more." in refused.headers["HX-Trigger"]
    assert admin.post(f"{path}9/shipped", htmx=True).status_code == 404
    admin.post(f"{PAGE}/state", {"on": "0"})
    admin.get(f"{PAGE}/orders/new")
    admin.post(f"{PAGE}/orders/new", {**order, "key": "later"})
    assert "The phone contract is not in use." in admin.errors()


@pytest.mark.spec("TNT-1")
@pytest.mark.parametrize("who", ["agent", "manager"])
def test_only_organization_admins_reach_it(boss: Member, mall: Service, browser: Callable[..., Browser], who: str) -> None:
    world.agent(boss, mall, world.member("kim"), manager=who == "manager", phone=True)
    theirs = browser("kim")
    assert theirs.get(PAGE).status_code == 403
    assert theirs.post(f"{PAGE}/state", {"on": "0"}).status_code == 403
    assert contract().state is rules.TenantState.ACTIVE


def _month(first: date) -> dict[Item, Decimal]:
    return {row.item: row.amount for row in charges.item_months([first], [ORGANIZATION])}


@pytest.fixture
def at() -> Any:
    """10:00 in Seoul on 1 April 2026, until moved."""
    with time_machine.travel("2026-04-01 01:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.mark.spec("BIL-1", "TNT-1", "TNT-2")
def test_licence_and_desk_phones_are_charged_by_their_days(at: Any, boss: Member, admin: Browser) -> None:
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
        prices.save_prices(effective=date(2026, 4, 12), currency="KRW", vat=Decimal(10), prices=dearer)
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
    assert "Desk phones" not in admin.get("/c/org/rates?scope=service&service=mall&first=2026-04&last=2026-04").text
    quantities = db.session.execute(sa.select(Charge.day, Charge.quantity, Charge.unit_micros).where(Charge.item == Item.DESK_PHONE))
    assert sorted(map(tuple, quantities)) == [
        (date(2026, 4, 1), 5, 66_000_000_000), (date(2026, 4, 20), -2, 66_000_000_000),
    ]  # fmt: skip


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
    assert _month(date(2026, 4, 1)) == {Item.LICENCE_RECORDING: Decimal(90_000)}, "suspended days are charged, later ones are not"


@pytest.mark.spec("BIL-1", "TNT-2")
def test_a_phone_sent_on_the_day_another_comes_back_for_the_same_price(at: Any, boss: Member) -> None:
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
        service.edit(service.Company("Neulbom", ends_on=date(2026, 4, 2)), version=contract().version)
    at.move_to(datetime(2026, 4, 5, 1, tzinfo=UTC))
    with db.write(), pytest.raises(Refused):
        service.order(1, where, key="b", actor=by)
    with db.write(), pytest.raises(Refused):
        service.move_order(waiting, OrderState.SHIPPED)
    with db.write():
        service.move_order(waiting, OrderState.RETURNED)
    at.move_to(datetime(2026, 4, 7, 1, tzinfo=UTC))
    billing.accrue()
    assert Item.DESK_PHONE not in _month(date(2026, 4, 1)), "what was never charged is not given back"


days = st.integers(0, 40).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@st.composite
def orders(draw: st.DrawFn) -> Phones:
    """An order somewhere on its way."""
    first, second = sorted((draw(days), draw(days)))
    way = draw(st.sampled_from(("ordered", "shipped", "in_use", "returned", "taken back")))
    return Phones(
        draw(st.integers(1, 5)), first if way in ("shipped", "in_use", "returned") else None, second if way == "in_use" else None,
        second if way in ("returned", "taken back") else None,
    )  # fmt: skip


@pytest.mark.spec("BIL-1", "TNT-2")
@given(st.lists(orders(), max_size=6))
def test_over_all_days_desk_phones_cost_what_was_kept(rows: list[Phones]) -> None:
    span = [date(2026, 1, 1) + timedelta(days=n) for n in range(41)]
    pieces = [piece for day in span for piece in rules.pieces_of_day(day, rows)]
    bought = sum(p.quantity for p in pieces if p.item is Item.DESK_PHONE)
    assert bought == sum(r.quantity for r in rows if r.shipped_on and not r.returned_on)
    in_use = sum(r.quantity * (span[-1] - r.in_use_on).days + r.quantity for r in rows if r.in_use_on)
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
