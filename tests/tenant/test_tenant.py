"""The phone contract and desk phones, through their pages and the engine (TNT-1, TNT-2)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from lxml import html

from occ.ars.rules.texts import Notice
from occ.audit.models import AuthorityEntry
from occ.audit.rules import Action
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity.models import Member
from occ.organization.models import Service
from occ.telephony import queries as telephony
from occ.telephony.models import Recording
from occ.telephony.rules.calls import CallOutcome, Command, Phase
from occ.tenant import jobs, queries, rules, service
from occ.tenant.forms import LicenceForm
from occ.tenant.models import Tenant
from occ.tenant.rules import Licence, Plan, TenantState
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
PAGE = "/c/org/phone"
ADDRESS = {
    "recipient": "Kim",
    "phone": "010-1234-5678",
    "postal_code": "06236",
    "address": "152 Teheran-ro, Seoul",
}


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
    names = (
        "name",
        "business_number",
        "contact",
        "phone",
        "email",
        "postal_code",
        "address",
        "ends_on",
        "version",
    )
    admin.post(f"{PAGE}/edit", {**{name: admin.field(name) for name in names}, **changes})
    return admin


@pytest.mark.spec("TNT-1")
def test_the_first_service_with_phone_signs_the_contract_filled_from_set_up(
    boss: Member, admin: Browser
) -> None:
    assert admin.get(PAGE).status_code == 404, "no service has phone"
    assert "Phone contract" not in admin.get("/c/org/contracts").text
    phone.service(boss, seats=10)
    page = admin.get(PAGE)
    assert "Phone contract" in page.text
    assert (
        "0 of 10 in use" in admin.text() and "180,000" in admin.text() and "Neulbom" in admin.text()
    )
    phone.service(boss, "shop", seats=90)
    assert contract().licence == Licence(Plan.RECORDING, 10, 30), (
        "the second service changes nothing"
    )
    entry = db.session.scalars(
        sa.select(AuthorityEntry).where(AuthorityEntry.action == Action.TENANT_SIGNED)
    ).one()
    assert entry.after == {"plan": "recording", "seats": 10, "lines": 30}


@pytest.mark.spec("TNT-1", "ORG-4")
def test_plan_seats_and_lines_change_once_a_day(mall: Service, admin: Browser) -> None:
    estimate = admin.post(
        f"{PAGE}/licence/estimate", {"plan": "basic", "seats": "12", "lines": "8"}, htmx=True
    )
    assert "144,000" in estimate.text and "36,000" in estimate.text, (
        "12 × 12,000, less than today's 180,000"
    )
    assert "Nothing is different from the contract in force." in licence(admin).errors()
    assert "Enter a whole number from 1 to 9999." in licence(admin, seats="0").errors()
    assert "Enter a whole number from 1 to 2000." in licence(admin, lines="2001").errors()
    licence(admin, plan="basic", seats="12", lines="2000")
    assert contract().licence == Licence(Plan.BASIC, 12, 2000)
    assert "Again tomorrow" in admin.get(PAGE).text
    assert "Contracts can change once a day." in licence(admin, seats="13").errors()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        admin.login("boss", world.PASSWORD)
        assert (
            "Somebody else changed this contract first."
            in licence(admin, seats="13", version="1").errors()
        )
        licence(admin, seats="13", version=str(contract().licence_id))
    assert contract().licence.seats == 13


@pytest.mark.spec("TNT-1", "ORG-4")
def test_the_day_of_a_change_is_the_organizations(boss: Member) -> None:
    by = world.actor(boss)
    with time_machine.travel("2026-04-01 01:00:00+00:00", tick=False) as at:
        phone.service(boss, seats=10)
        for when, seats in (
            ("2026-04-01 15:00:00+00:00", 11),  # midnight in Seoul
            ("2026-04-02 14:59:59+00:00", None),
            ("2026-04-02 15:00:00+00:00", 12),
            ("2026-04-03 00:00:00+00:00", None),  # another day, but not in Seoul
        ):
            at.move_to(datetime.fromisoformat(when))
            if seats:
                with db.write():
                    service.change(Licence(Plan.RECORDING, seats, 30), seen=None, actor=by)
                assert contract().licence.seats == seats
                continue
            with db.write(), pytest.raises(Refused, match=r"00:00 \(Asia/Seoul\)"):
                service.change(Licence(Plan.RECORDING, 99, 30), seen=None, actor=by)


@pytest.mark.spec("TNT-1", "ARS-9")
def test_seats_limit_members_with_cti_data_and_stay_when_one_is_taken_away(
    boss: Member, admin: Browser
) -> None:
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
def test_details_are_refused_in_words_and_keep_what_was_typed(
    mall: Service, admin: Browser
) -> None:
    edit(admin, business_number="123-45-67890", contact="Lee")
    assert "This is not a Korean business number" in admin.errors()
    assert admin.field("contact") == "Lee"
    assert "Use 4 to 20 letters" in edit(admin, business_number="<1>").errors()
    assert "Enter a postal code" in edit(admin, postal_code="?").errors()
    assert "Choose today or a later day." in edit(admin, ends_on="2020-01-01").errors()
    assert "Fill this in." in edit(admin, name=" ").errors()
    assert "Enter an e-mail address such as name@example.com." in edit(admin, email="x@").errors()
    edit(
        admin,
        business_number="2208162517",
        contact="Lee",
        **{k: v for k, v in ADDRESS.items() if k != "recipient"},
    )
    assert (contract().business_number, contract().phone, contract().contact) == (
        "220-81-62517",
        "+821012345678",
        "Lee",
    )
    edit(admin, version="1", contact="Park")
    assert (
        "Somebody else saved first." in admin.errors()
        and "Lee" in admin.text()
        and admin.field("contact") == "Park"
    )


@pytest.mark.spec("TNT-1", "CTI-1")
def test_after_the_period_calls_hear_a_notice_and_nobody_logs_in(
    boss: Member, mall: Service, floor: Floor, admin: Browser
) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    today = floor.now.date()
    edit(admin, ends_on=today.isoformat())
    ref = floor.place(mall)
    assert floor.call(ref).phase is Phase.QUEUED, "the last day counts"
    floor.now += timedelta(days=1)
    admin.login("boss", world.PASSWORD)
    floor.step()
    assert floor.call(ref).closing is CallOutcome.SUSPENDED, "who waited is turned away"
    assert floor.said(floor.place(mall)) == [Notice.ENDED.value]
    assert "The phone contract's period of use has ended." in floor.refused(
        one, Command.LOGIN, service=mall.id, ip="", device=""
    )
    assert "period of use has ended" in admin.get("/c/org/cti").text, (
        "Mobile Contact is disabled with the reason"
    )
    assert admin.find("//*[@value='mobile'][@disabled]")
    edit(admin, ends_on="")
    assert floor.said(floor.place(mall)) == [], "it is in use again"


@pytest.mark.spec("TNT-1", "ORG-5")
def test_a_contract_is_suspended_terminated_and_signed_anew(
    boss: Member, mall: Service, floor: Floor, admin: Browser
) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    floor.login(one)
    admin.post(f"{PAGE}/terminate", {"typed": contract().name})
    assert "Suspend the phone contract first" in admin.errors()
    admin.post(f"{PAGE}/state", {"on": "0"})
    assert floor.said(floor.place(mall)) == [Notice.SUSPENDED.value]
    refusal = floor.refused(
        one, Command.DIAL, service=mall.id, number="+82222223333", caller_id=phone.main_number(mall)
    )
    assert "The phone contract is suspended." in refusal
    code = telephony.settings().tenant_id  # type: ignore[union-attr]
    admin.get(f"{PAGE}/terminate")
    assert "erased after 90 more days" in admin.text()
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


@pytest.mark.spec("TNT-1")
def test_who_signs_anew_after_somebody_else_did_sees_what_was_signed(
    boss: Member, mall: Service, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.get(PAGE)
    admin.post(f"{PAGE}/state", {"on": "0"})
    admin.post(f"{PAGE}/terminate", {"typed": telephony.settings().tenant_id})  # type: ignore[union-attr]
    validate = LicenceForm.validate

    def slow(form: LicenceForm) -> bool:
        if contract().state is TenantState.TERMINATED:
            with db.write():
                service.sign(Licence(Plan.RECORDING, 4, 2), actor=world.actor(boss))
        return validate(form)

    monkeypatch.setattr(LicenceForm, "validate", slow)
    licence(admin, plan="basic", seats="6")
    assert admin.last is not None and admin.last.status_code == 409
    assert admin.field("seats") == "6"
    assert "4" in admin.texts("//*[@class='o-stored']//dd"), "what was signed meanwhile"
    assert contract().licence.seats == 4


@pytest.mark.spec("TNT-1", "ORG-5")
def test_personal_details_of_a_terminated_contract_are_erased_in_time(
    mall: Service, admin: Browser
) -> None:
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
    assert db.session.execute(sa.text("SELECT recipient, address FROM desk_phone_order")).one() == (
        "",
        "",
    )


@pytest.mark.spec("TNT-1", "TEL-2")
def test_only_the_plan_with_recording_records(
    boss: Member, mall: Service, floor: Floor, admin: Browser
) -> None:
    one = phone.agent(boss, mall, "kim")
    phone.queue(mall, [one])
    floor.login(one)

    def talk() -> int:
        ref = floor.place(mall)
        floor.do(one, Command.ANSWER)
        floor.do(one, Command.HANG_UP)
        floor.do(one, Command.STATE, state="ready")
        found = db.session.scalars(
            sa.select(Recording.id).where(Recording.call_id == floor.call(ref).id)
        ).all()
        return len(found)

    assert talk() == 1
    licence(admin, plan="basic")
    assert talk() == 0
    assert "the plan of the phone contract has no recording" in admin.get("/c/org/cti").text


@pytest.mark.spec("TNT-2")
def test_desk_phones_go_their_way_and_come_back_only_before_use(
    mall: Service, admin: Browser
) -> None:
    order = {**ADDRESS, "quantity": "3", "checked": "y", "key": "once"}
    price = admin.post(f"{PAGE}/orders/price", {"quantity": "3"}, htmx=True)
    assert "198,000" in price.text and "180" in price.text
    for field, wrong, words in (
        ("quantity", "0", "Enter a whole number from 1 to 500."),
        ("quantity", "501", "Enter a whole number from 1 to 500."),
        ("recipient", "", "Fill this in."),
        ("phone", "12", "This is not a phone number."),
        ("postal_code", "!", "Enter a postal code, such as 06236."),
        ("address", " ", "Fill this in."),
        ("checked", "", "Check the number of phones and the address"),
    ):
        admin.post(
            f"{PAGE}/orders/new",
            {**{k: v for k, v in order.items() if v}, **({field: wrong} if wrong else {field: ""})},
        )
        assert words in admin.errors(), (field, wrong)
    admin.get(f"{PAGE}/orders/new")
    admin.post(f"{PAGE}/orders/new", {k: v for k, v in order.items() if k != "checked"})
    assert "Check the number of phones and the address" in admin.errors()
    admin.post(f"{PAGE}/orders/new", order)
    admin.post(f"{PAGE}/orders/new", order)
    page = admin.get(f"{PAGE}/orders").text
    asks = html.fromstring(page).xpath("//button[contains(@hx-post, '/shipped')]/@hx-confirm")
    assert [ask.split("? ")[1] for ask in asks] == ["₩198,000 is charged today."], (
        "what is charged is asked first"
    )
    made = re.findall(r"/orders/(\d+)/shipped", page)
    assert len(made) == 1, "a double click makes one order"
    path = f"{PAGE}/orders/{made[0]}"
    assert admin.post(f"{path}/in_use", htmx=True).status_code == 422, "not shipped yet"
    admin.post(f"{path}/shipped", htmx=True)
    admin.post(f"{path}/in_use", htmx=True)
    refused = admin.post(f"{path}/returned", htmx=True)
    assert (
        refused.status_code == 422
        and "Desk phones in use cannot be returned any more." in refused.headers["HX-Trigger"]
    )
    assert admin.post(f"{path}9/shipped", htmx=True).status_code == 404
    admin.post(f"{PAGE}/state", {"on": "0"})
    admin.get(f"{PAGE}/orders/new")
    admin.post(f"{PAGE}/orders/new", {**order, "key": "later"})
    assert "The phone contract is not in use." in admin.errors()


@pytest.mark.spec("TNT-1")
@pytest.mark.parametrize("who", ["agent", "manager"])
def test_only_organization_admins_reach_it(
    boss: Member, mall: Service, browser: Callable[..., Browser], who: str
) -> None:
    world.agent(boss, mall, world.member("kim"), manager=who == "manager", phone=True)
    theirs = browser("kim")
    assert theirs.get(PAGE).status_code == 403
    assert theirs.post(f"{PAGE}/state", {"on": "0"}).status_code == 403
    assert contract().state is rules.TenantState.ACTIVE
