"""The wizard's second step: the phone licence that it brings along, and features that are not there yet (ORG-3, TNT-1)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from lxml import html

from occ.billing import jobs as accrual
from occ.billing import queries as charges
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.organization import queries, service
from occ.organization.rules import NOT_YET, Feature, Item, ServiceState, Terms
from occ.tenant import queries as tenant
from occ.tenant.rules import LICENCES, Licence, Plan
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`


@pytest.fixture
def at() -> Any:
    """10:00 in Seoul on 1 February 2026, until moved."""
    with time_machine.travel("2026-02-01 01:00:00+00:00", tick=False) as traveller:
        yield traveller


def save(admin: Browser, path: str, values: dict[str, object]) -> int:
    """Opens a page with a contract and sends it; returns the status."""
    admin.get(path)
    return admin.post(path, {**values, "version": admin.field("version")}).status_code


PHONE = {"features": ["ticket", "phone"], "seats": "5", "plan": "basic", "licence_seats": "4"}


@pytest.mark.spec("ORG-3", "TNT-1")
def test_the_first_phone_service_signs_the_licence_that_was_chosen_and_nobody_another(
    admin: Browser, boss: Member
) -> None:
    one, two = world.draft_service(boss), world.draft_service(boss, "pay")
    path = f"/c/org/contracts/{one.id}/terms"
    page = admin.get(path).text
    plans = html.fromstring(page).xpath("//input[@name='plan' and @checked]/@value")
    assert plans == ["basic"], "never the dearer one unasked"
    for wrong in ({"plan": ""}, {"plan": "gold"}, {"licence_seats": "0"}, {"licence_seats": ""}):
        assert save(admin, path, {**PHONE, **wrong}) == 422
    assert tenant.current() is None
    with db.write(), pytest.raises(Refused):
        service.sign(
            one, Terms(frozenset({Feature.TICKET, Feature.PHONE}), 5), actor=world.actor(boss)
        )

    admin.get(f"/c/org/contracts/{two.id}/terms")
    late = admin.field("version")  # opened while there was no phone contract
    assert save(admin, path, PHONE) == 303
    signed = tenant.current()
    assert signed is not None and signed.licence == Licence(Plan.BASIC, 4)
    other = {**PHONE, "plan": "recording", "licence_seats": "9", "version": late}
    assert admin.post(f"/c/org/contracts/{two.id}/terms", other).status_code == 409
    assert "There is a phone contract already" in admin.errors()
    db.session.refresh(two)
    assert two.state is ServiceState.UNUSED

    page = admin.get(f"/c/org/contracts/{two.id}/terms").text
    assert (
        "There is a phone contract already: Basic, 4 licence seats" in page
        and 'name="plan"' not in page
    )
    without = {"features": ["ticket", "phone"], "seats": "5"}
    admin.post(f"/c/org/contracts/{two.id}/estimate", without, htmx=True)
    assert "₩260,000" in admin.text(), "60,000 + 90,000 + 5 × 22,000: the licence is charged apart"
    assert save(admin, f"/c/org/contracts/{two.id}/terms", without) == 303
    db.session.expire_all()
    again = tenant.current()
    assert again is not None and (again.id, again.licence) == (signed.id, Licence(Plan.BASIC, 4))


@pytest.mark.spec("ORG-3", "BIL-1", "BIL-2", "TNT-1")
@pytest.mark.parametrize(
    ("plan", "seats", "licence_seats"),
    [("basic", 5, 7), ("recording", 26, 26), ("recording", 1, 9_999)],
)
def test_an_unchanged_full_month_is_charged_what_the_wizard_showed(
    at: Any, admin: Browser, boss: Member, plan: str, seats: int, licence_seats: int
) -> None:
    one = world.draft_service(boss)
    values = {
        "features": ["ticket", "phone", "callback"],
        "seats": seats,
        "plan": plan,
        "licence_seats": licence_seats,
    }
    admin.get(f"/c/org/contracts/{one.id}/terms")
    page = admin.post(f"/c/org/contracts/{one.id}/estimate", values, htmx=True).text
    [shown] = html.fromstring(page).xpath("//dt[text()='Fixed']/following-sibling::dd[1]/text()")
    assert save(admin, f"/c/org/contracts/{one.id}/terms", values) == 303
    at.move_to("2026-03-01 01:00:00+00:00")
    accrual.accrue()
    charged = charges.item_months([date(2026, 2, 1)])
    assert sum(row.amount for row in charged) == Decimal(shown.removeprefix("₩").replace(",", ""))
    assert {row.item for row in charged} >= {Item.TICKET, Item.PHONE, LICENCES[Plan(plan)]}


@pytest.mark.spec("ORG-3", "ORG-8")
def test_what_is_not_there_yet_is_neither_offered_nor_priced(admin: Browser, boss: Member) -> None:
    one = world.draft_service(boss)
    path = f"/c/org/contracts/{one.id}/terms"
    page = admin.get(path).text
    offered = set(re.findall(r'data-feature="(\w+)"', page))
    assert offered == {f.value for f in Feature} - {f.value for f in NOT_YET}
    assert "dooray" not in page
    for feature in NOT_YET:
        assert save(admin, path, {"features": ["ticket", feature.value], "seats": "1"}) == 422, (
            feature
        )
    prices = admin.get("/c/org/prices").text + admin.get("/c/org/prices/new").text
    assert "Ticket management" in prices and "Wallboard" in prices
    for words in ("Chat", "Open API", "Dooray"):
        assert words not in prices, words


@pytest.mark.spec("ORG-8")
def test_new_prices_keep_those_that_are_not_shown(at: Any, admin: Browser) -> None:
    known = queries.prices_on(queries.today()).prices
    typed = dict.fromkeys(
        re.findall(r'name="(price-\w+)"', admin.get("/c/org/prices/new").text), "7"
    )
    answer = admin.post(
        "/c/org/prices/new",
        {"effective_from": "2026-02-02", "currency": "KRW", "vat": "10", **typed},
    )
    assert answer.status_code == 303
    fresh = queries.prices_on(date(2026, 2, 2)).prices
    assert (fresh[Item.TICKET], fresh[Item.SMS_MESSAGE], fresh[Item.CHAT], fresh[Item.DOORAY]) == (
        Decimal(7),
        Decimal(7),
        known[Item.CHAT],
        known[Item.DOORAY],
    )


@pytest.mark.spec("ORG-3", "BIL-1")
def test_a_contract_from_before_keeps_what_is_not_there_yet_at_no_charge_until_it_is_switched_off(
    at: Any, admin: Browser, boss: Member, browser: Callable[..., Browser]
) -> None:
    held = frozenset({Feature.TICKET, Feature.CHAT, Feature.OPEN_API})
    one = world.contracted(boss, features=held, seats=2)
    path = f"/c/org/contracts/{one.id}/terms"
    page = admin.get(path).text
    assert page.count("Not there yet, no charge") == 2 and "₩104,000" in page, "60,000 + 2 × 22,000"
    at.move_to("2026-03-01 01:00:00+00:00")
    accrual.accrue()
    assert {row.item: row.amount for row in charges.item_months([date(2026, 2, 1)])} == {
        Item.TICKET: Decimal(60_000),
        Item.SEAT: Decimal(44_000),
    }
    assert (
        save(browser("boss"), path, {"features": ["ticket", "open_api", "mail"], "seats": "2"})
        == 303
    )
    db.session.expire_all()
    assert one.contract is not None
    assert one.contract.terms == Terms(
        frozenset({Feature.TICKET, Feature.OPEN_API, Feature.MAIL}), 2
    )
    at.move_to("2026-03-02 01:00:00+00:00")
    again = {"features": ["ticket", "open_api", "chat"], "seats": "2"}
    assert save(browser("boss"), path, again) == 422, "once off it is not offered again"
