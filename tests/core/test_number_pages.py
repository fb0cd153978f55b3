"""Every page that takes a phone number: whole ones of its country, extensions refused by name, what is stored stays as it is."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.ars.models import CallerId
from occ.callbacks import sheets as callback_sheets
from occ.callbacks.models import Callback
from occ.callbacks.queries import Filters
from occ.core.db import db
from occ.customers.models import Customer
from occ.customers.service import found_or_made
from occ.fields.rules import FieldKind, FieldType
from occ.identity.models import Member
from occ.organization.models import Organization, Service
from occ.telephony.models import Favourite
from occ.tenant.models import Tenant
from occ.tickets import sheets as ticket_sheets
from occ.tickets.models import Ticket, TicketValue
from occ.tickets.search import index
from occ.tickets.values import queries as values
from occ.tickets.values import service as value_service
from tests.factories import field as fields
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy

Make = Callable[..., Browser]
FORMS = {
    "/c/org/members/invite": "phone",
    "/c/org/members/{member}": "phone",
    "/c/org/phone/edit": "phone",
    "/c/org/phone/orders/new": "phone",
    "/c/s/mall/ars/numbers/new": "number",
    "/c/s/mall/ars/numbers/{caller_id}": "number",
    "/c/s/mall/caller": "caller",
    "/c/s/mall/tickets/new": "phone",
    "/c/s/mall/tickets/{ticket}/customer": "phone",
    "/c/s/mall/tickets/{ticket}/fields": "f-backup",
    "/c/phone/favourites": "number",
}


@pytest.fixture
def mall(boss: Member) -> Service:
    """A service with a row of everything; its ticket is the owner's."""
    made = phone.furnished(boss)
    fields.field(made, "backup", FieldKind.AGENT, FieldType.PHONE)
    return made


def ticket_id() -> int:
    return db.session.scalars(sa.select(Ticket.id)).one()


def words(admin: Browser) -> str:
    assert admin.last is not None
    return re.sub(r"\s+", " ", admin.last.text)


@pytest.mark.spec("CUS-1", "CTI-4", "CTI-7", "MEM-2", "TNT-1", "TNT-2", "FLD-1", "TEL-1")
@pytest.mark.parametrize("path", FORMS)
def test_every_form_refuses_what_is_no_number_and_names_an_extension(
    mall: Service, boss: Member, admin: Browser, path: str
) -> None:
    to = path.format(
        member=boss.id,
        ticket=ticket_id(),
        caller_id=db.session.scalars(sa.select(CallerId.id)).one(),
    )
    before = db.session.scalars(sa.select(Customer.phone)).all()
    for typed, said in (
        (
            "010-1234-56789",
            "This is not a phone number. Enter it whole, such as 010-2000-0000, or with + and its country code.",
        ),
        (
            "02-123-4567 내선 12",
            "Enter the number without “내선 12”. Extensions and second numbers are not taken.",
        ),
    ):
        admin.get("/c/me")
        answer = admin.post(to, {FORMS[path]: typed, "name": "Kim"}, htmx=True)
        assert answer.status_code == 422 and said in words(admin), typed
        assert f'value="{typed}"' in words(admin), "what was typed stays"
    assert db.session.scalars(sa.select(Customer.phone)).all() == before


@pytest.mark.spec("CUS-1")
@pytest.mark.parametrize("typed", ["119", "5678", "1588-123", "2026-01-02", "123"])
def test_a_short_or_odd_text_is_no_customers_number(
    mall: Service, admin: Browser, typed: str
) -> None:
    before = db.session.scalars(sa.select(Customer.id)).all()
    admin.get("/c/s/mall/tickets/new")
    assert (
        admin.post(
            "/c/s/mall/tickets/new", {"subject": "Late", "body": "Where?", "phone": typed}
        ).status_code
        == 422
    )
    assert "This is not a phone number." in admin.errors()
    assert db.session.scalars(sa.select(Customer.id)).all() == before


def tokyo(boss: Member, **changes: str) -> Service:
    made = world.contracted(
        boss, "tokyo", features=phone.FEATURES, seats=5, time_zone="Asia/Tokyo", **changes
    )
    world.agent(boss, made, boss, manager=True, ticket=True, phone=True)
    return made


def written(admin: Browser, slug: str, number: str) -> str | None:
    """What the customer of a ticket written by hand with this number is stored with."""
    admin.get(f"/c/s/{slug}/tickets/new")
    answer = admin.post(
        f"/c/s/{slug}/tickets/new", {"subject": "Late", "body": "Where?", "phone": number}
    )
    assert answer.status_code == 303, admin.errors()
    db.session.rollback()
    made = db.session.scalars(sa.select(Ticket).order_by(Ticket.id.desc())).first()
    assert made is not None and made.customer is not None
    return made.customer.phone


@pytest.mark.spec("ORG-2", "CUS-1")
def test_numbers_belong_to_the_country_of_the_services_time_zone_or_to_the_one_chosen(
    boss: Member, admin: Browser
) -> None:
    made = tokyo(boss)
    assert written(admin, "tokyo", "03-1234-5678") == "+81312345678"
    assert written(admin, "tokyo", "+82 10-1234-5678") == "+821012345678"
    page = admin.get("/c/s/tokyo/customers").text
    assert "03-1234-5678" in page and "+82 10-1234-5678" in page
    path = f"/c/org/contracts/{made.id}/basic"
    admin.get(path)
    assert admin.field("country") == ""
    form = {
        "name": "Tokyo",
        "languages": ["ko"],
        "time_zone": "Asia/Tokyo",
        "editor": "text",
        "version": admin.field("version"),
    }
    admin.post(path, {**form, "country": "XX"})
    assert "Not a valid choice" in admin.errors()
    assert admin.post(path, {**form, "country": "KR"}).status_code == 303
    assert "South Korea" in admin.get(f"/c/org/contracts/{made.id}").text
    admin.get(path)
    assert admin.field("country") == "KR"
    assert written(admin, "tokyo", "02-777-8888") == "+8227778888"
    page = admin.get("/c/s/tokyo/customers").text
    assert "+81 3-1234-5678" in page and "010-1234-5678" in page
    admin.get("/c/s/tokyo/tickets/new")
    admin.post(
        "/c/s/tokyo/tickets/new", {"subject": "Late", "body": "Where?", "phone": "090-1234-5678"}
    )
    assert "such as 010-2000-0000" in admin.errors()


@pytest.mark.spec("MEM-2", "ORG-7")
def test_numbers_of_the_organization_belong_to_the_country_of_its_zone(
    boss: Member, admin: Browser
) -> None:
    db.session.execute(sa.update(Organization).values(time_zone="Asia/Tokyo"))
    db.session.commit()
    path = f"/c/org/members/{boss.id}"
    admin.get(path, htmx=True)
    form = {"name": "Boss", "email": "boss@example.com", "version": admin.field("version")}
    assert admin.post(path, {**form, "phone": "010-1234-5678"}, htmx=True).status_code == 422
    assert "such as 090-1234-5678" in admin.errors()
    assert admin.post(path, {**form, "phone": "090-1234-5678"}, htmx=True).status_code == 204
    assert db.session.scalar(sa.select(Member.phone)) == "+819012345678"
    admin.get(path, htmx=True)
    assert admin.field("phone") == "090-1234-5678", "a form holds it as people write it"


OLD = ["+82119", "+8210123456789", "+821588123", "1234", "02-123-4567 ext. 12"]


@pytest.mark.spec("CUS-1", "MEM-2", "TNT-1", "CTI-7", "FLD-1", "CBK-2")
@pytest.mark.parametrize("old", OLD)
def test_numbers_of_older_rows_are_shown_as_they_are_and_stay(
    mall: Service, boss: Member, admin: Browser, old: str
) -> None:
    one, me = ticket_id(), f"/c/org/members/{boss.id}"
    with db.write() as session:
        person = session.scalars(sa.select(Customer).where(Customer.phone == "+821012345678")).one()
        person.name, person.phone = "Lee", old
        session.execute(sa.update(Member).values(phone=old))
        session.execute(sa.update(Tenant).values(phone=old))
        session.execute(sa.update(Favourite).values(number=old))
        session.execute(sa.update(CallerId).values(number=old))
        session.execute(sa.update(Callback).values(number=old))
        session.add(
            TicketValue(ticket_id=one, code="backup", text=old, stored_at=person.created_at)
        )
        index.put([one])
        ident = person.id
    for path in (
        "/c/s/mall/customers",
        f"/c/s/mall/customers/{ident}",
        f"/c/s/mall/tickets/{one}",
        "/c/s/mall/callbacks",
        "/c/s/mall/callbacks/assign",
        "/c/s/mall/ars/numbers",
        "/c/org/cti/numbers",
        "/c/org/members",
        "/c/org/phone",
        "/c/phone/favourites",
        "/c/me",
    ):
        answer = admin.get(path)
        assert answer.status_code == 200 and (old in answer.text or "***" in answer.text), path
    db.session.expire_all()
    path = f"/c/s/mall/tickets/{one}/customer"
    admin.get(path, htmx=True)
    assert admin.field("phone") == old
    form = {"name": "Lee Sun", "phone": old, "email": "", "version": admin.field("version")}
    assert admin.post(path, form, htmx=True).status_code == 204, (
        "a name can be mended without its number"
    )
    admin.get(me, htmx=True)
    form = {
        "name": "Boss Lee",
        "phone": old,
        "email": "boss@example.com",
        "version": admin.field("version"),
    }
    assert admin.post(me, form, htmx=True).status_code == 204
    admin.get(f"/c/s/mall/tickets/{one}/fields", htmx=True)
    assert (
        admin.post(
            f"/c/s/mall/tickets/{one}/fields",
            {"seen": admin.field("seen"), "f-backup": old},
            htmx=True,
        ).status_code
        == 204
    )
    db.session.expire_all()
    found = db.session.scalars(sa.select(Customer).where(Customer.id == ident)).one()
    assert (found.name, found.phone) == ("Lee Sun", old)
    assert db.session.scalar(sa.select(Member.phone).where(Member.id == boss.id)) == old
    assert values.rows(one)["backup"].text == old
    assert old in str(
        [
            list(rows)
            for rows in callback_sheets.sheet(callback_sheets.to_params(Filters(mall.id))).batches
        ]
    )


@pytest.mark.spec("CTI-7")
def test_a_caller_id_is_registered_by_whole_numbers_of_call_centers_too(
    mall: Service, admin: Browser
) -> None:
    for typed, stored in (
        ("1811-1234", "+8218111234"),
        ("070-7777-1234", "+827077771234"),
        ("080-123-4567", "+82801234567"),
    ):
        admin.get("/c/s/mall/ars/numbers/new")
        proof = (io.BytesIO(b"%PDF-1.7 proof"), "proof.pdf")
        assert (
            admin.post(
                "/c/s/mall/ars/numbers/new", {"name": "Desk", "number": typed, "proof": proof}
            ).status_code
            == 303
        )
        assert (
            db.session.scalar(sa.select(CallerId.id).where(CallerId.number == stored)) is not None
        )
        assert typed in admin.get("/c/s/mall/ars/numbers").text


@pytest.mark.spec("CUS-1", "TKT-2")
def test_050_numbers_are_grouped_as_people_write_them_in_pages_and_excel(
    mall: Service, boss: Member, admin: Browser
) -> None:
    one = tickets.ticket(mall, boss, "Late", phone="+825051234567", take=True)
    with db.write():
        value_service.store(one, {fields.shown(mall, "backup"): "+8250712345678"})
    page = admin.get(f"/c/s/mall/tickets/{one.id}").text
    assert "0505-123-4567" in page and "0507-1234-5678" in page
    params = {"service": mall.id, "member": boss.id, "manager": True, "q": "", "box": "all"}
    sheet = str([list(rows) for rows in ticket_sheets.sheet(params).batches])
    assert "0505-123-4567" in sheet and "0507-1234-5678" in sheet


@pytest.mark.spec("CUS-1", "CBK-2", "TKT-7")
@pytest.mark.parametrize(
    "typed",
    [
        "0505-123-4567",
        "05051234567",
        "０５０５－１２３－４５６７",
        "0505–123–4567",
        "+82 505-123-4567",
        "+825051234567",
    ],
)
def test_a_number_is_found_however_it_is_typed(
    mall: Service, boss: Member, browser: Make, admin: Browser, typed: str
) -> None:
    kim = world.member("kim")
    world.agent(boss, mall, kim, ticket=True)
    tickets.ticket(mall, boss, "Late parcel", phone="+825051234567")
    with db.write() as session:
        found_or_made(name="Other", phone="+825059998877", email="")
        session.execute(sa.update(Callback).values(number="+825051234567"))
    query, his = {"q": typed, "number": typed}, browser("kim")
    for person, shown in ((admin, "0505-123-4567"), (his, "050*-***-4567")):
        text = person.get("/c/s/mall/customers", query_string=query).text
        assert shown in text and "9998877" not in text and "999-8877" not in text
    assert "0505-123-4567" in admin.get("/c/s/mall/callbacks", query_string=query).text
    assert "Late parcel" in his.get("/c/s/mall/tickets", query_string={**query, "box": "all"}).text
