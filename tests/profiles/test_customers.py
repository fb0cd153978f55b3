"""Customers: list, profile across the channels, merging (CUS-1)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from lxml import html

from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Source
from occ.core.db import db
from occ.core.errors import Conflict
from occ.customers import queries, service
from occ.customers.models import Customer
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.telephony.models import Call
from occ.tickets.models import Ticket
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.factories.phone import Floor
from tests.support.browser import Browser

PAGE = "/c/s/mall/customers"
pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    """A service with every channel of the timeline, which the owner manages."""
    made = world.contracted(boss, features=phone.FEATURES | {Feature.MAIL}, seats=20)
    world.agent(boss, made, boss, manager=True, ticket=True, phone=True)
    return made


def names(page: str) -> list[str]:
    links = html.fromstring(page).xpath("//td//a[contains(@class, 'text-reset')]")
    return [link.text_content().strip() for link in links]


def customer(of: Service, by: Member, name: str, **known: str) -> int:
    """Somebody with a ticket of the service."""
    made = tickets.ticket(of, by, f"{name} asks", **known)
    with db.write():
        assert made.customer is not None
        made.customer.name = name
    return made.customer_id or 0


@pytest.mark.spec("CUS-1")
def test_customers_are_listed_by_name_number_and_address(
    boss: Member, mall: Service, admin: Browser
) -> None:
    assert "No customers yet" in admin.get(PAGE).text
    customer(mall, boss, "Lee", phone="+821012345678", email="lee@example.com")
    customer(mall, boss, "Kim_100%", email="kim@example.com")
    assert names(admin.get(PAGE).text) == ["Kim_100%", "Lee"]
    for text, found in (
        ("lee", ["Lee"]),
        ("010-1234", ["Lee"]),
        ("5678", ["Lee"]),
        ("EXAMPLE.com", ["Kim_100%", "Lee"]),
        ("%", ["Kim_100%"]),
        ("zzz", []),
    ):
        assert names(admin.get(PAGE, query_string={"q": text}).text) == found, text


@pytest.mark.spec("CUS-1")
def test_digits_are_looked_for_in_numbers_only_where_the_text_is_a_number(
    boss: Member, mall: Service, admin: Browser
) -> None:
    customer(mall, boss, "Lee", phone="+82225556789", email="lee@example.com")
    customer(mall, boss, "Kim", email="kim2@example.com")
    customer(mall, boss, "Store 25", phone="+82505123456")
    for text, found in (
        ("kim2@example.com", ["Kim"]),
        ("2", ["Store 25", "Kim"]),
        ("Store 25", ["Store 25"]),
        ("25 lee", []),
        ("25", ["Store 25"]),
        ("02-2555-6789", ["Lee"]),
        ("(02) 2555 6789", ["Lee"]),
        ("+82 (0)2-2555-6789", ["Lee"]),
        ("02.2555.6789", ["Lee"]),
        ("０２－２５５５－６７８９", ["Lee"]),
        ("\u202a02-2555-6789\u202c", ["Lee"]),
        ("555-67", ["Lee"]),
        ("6789", ["Lee"]),
        ("call 6789", []),
    ):
        assert names(admin.get(PAGE, query_string={"q": text}).text) == found, text


@pytest.mark.spec("CUS-1")
def test_a_profile_shows_tickets_calls_and_callbacks_of_this_service_only(
    boss: Member, mall: Service, floor: Floor, admin: Browser
) -> None:
    queue = phone.queue(mall, [])
    floor.leave(floor.place(mall, "+821012345678"))
    with floor.time(), db.write():
        callbacks.ask(mall, queue.id, "+821012345678", Source.QUEUE)
    with floor.time():
        ident = customer(mall, boss, "Lee", phone="+821012345678")
        shop = world.contracted(
            boss, "shop", features=frozenset({Feature.TICKET, Feature.CUSTOMERS})
        )
        tickets.ticket(shop, boss, "Elsewhere", phone="+821012345678")
    page = admin.get(f"{PAGE}/{ident}").text
    assert (
        "Lee asks" in page
        and "Inbound call" in page
        and "Callback</span>" in page
        and "Elsewhere" not in page
    )


@pytest.mark.spec("CUS-1")
def test_agents_see_them_masked_and_strangers_not_at_all(
    boss: Member, mall: Service, browser: Make
) -> None:
    ident = customer(mall, boss, "Lee", phone="+821012345678", email="lee@example.com")
    other = world.contracted(boss, "shop", features=frozenset({Feature.TICKET, Feature.CUSTOMERS}))
    world.agent(boss, mall, world.member("kim"), ticket=True)
    world.agent(boss, other, world.member("park"), manager=True)
    his, theirs = browser("kim"), browser("park")
    page = his.get(f"{PAGE}/{ident}").text
    assert "010-****-5678" in page and "l***@example.com" in page and "lee@" not in page
    assert his.post(f"{PAGE}/{ident}/merge", {}).status_code == 403
    assert theirs.get(f"/c/s/shop/customers/{ident}").status_code == 404
    assert theirs.get(PAGE).status_code == 404
    assert names(theirs.get("/c/s/shop/customers").text) == []


@pytest.mark.spec("CUS-1")
def test_two_become_one_and_both_numbers_lead_there(
    boss: Member, mall: Service, floor: Floor, admin: Browser
) -> None:
    queue = phone.queue(mall, [])
    ref = floor.place(mall, "+821012345678")
    with floor.time(), db.write():
        callbacks.ask(mall, queue.id, "+821012345678", Source.QUEUE)
    with floor.time():
        gone = customer(mall, boss, "Lee", phone="+821012345678")
        kept = customer(mall, boss, "Lee Min", email="lee@example.com")
    path = f"{PAGE}/{gone}/merge"
    assert "Lee Min" in admin.get(f"{path}?q=lee").text and f'value="{gone}"' not in admin.text()
    admin.post(path, {})
    assert "Choose the customer to merge with." in admin.errors()
    admin.post(path, {"other": gone})
    assert "Choose another customer." in admin.errors()
    admin.post(path, {"other": kept})
    db.session.expire_all()
    assert set(db.session.scalars(sa.select(Ticket.customer_id))) == {kept}
    assert db.session.scalars(sa.select(Callback.customer_id)).one() == kept
    assert db.session.scalars(sa.select(Call.customer_id).where(Call.ref == ref)).one() == kept
    assert admin.get(f"{PAGE}/{gone}").status_code == 404 and names(admin.get(PAGE).text) == [
        "Lee Min"
    ]
    assert "010-1234-5678" in admin.get(f"{PAGE}/{kept}").text, "also known as"
    with db.write():
        assert service.of_number("+821012345678").id == kept, "the next call is theirs"
    with db.write(), pytest.raises(Conflict):
        service.merge(db.session.get_one(Customer, gone), db.session.get_one(Customer, kept))
    assert [c.id for c in queries.merged_into(kept)] == [gone]


@pytest.mark.spec("CUS-1", "FLD-4")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_every_number_of_a_customer_merged_twice_leads_to_the_last_one_and_is_erased_with_it(
    boss: Member, mall: Service, elsewhere: bool
) -> None:
    numbers = [f"+8210000000{n:02}" for n in range(3)]
    idents = [customer(mall, boss, f"Lee {number}", phone=number) for number in numbers]
    first, second, last = (db.session.get_one(Customer, ident) for ident in idents)
    with db.write():
        service.merge(first, second)
    with db.write():
        service.merge(second, last)
    assert {service.of_number(number).id for number in numbers} == {last.id}
    assert [one.id for one in queries.merged_into(last.id)] == idents[:2]
    if elsewhere:
        tickets.ticket(tickets.desk(boss, "shop"), boss, phone=numbers[0])
    with db.write():
        made = service.erase(last, mall.id, by="Boss")
    assert made.whole is not elsewhere
    kept = [(one.name, one.phone, one.email) for one in (first, second, last)]
    if elsewhere:
        assert [phone for _name, phone, _email in kept] == numbers, "another service knows them"
        assert service.of_number(numbers[1]).id == last.id
    else:
        assert kept == [("", None, None)] * 3


@pytest.mark.spec("CUS-1")
def test_what_one_of_the_two_did_not_have_the_other_gives(
    boss: Member, mall: Service, admin: Browser
) -> None:
    gone, kept = (
        customer(mall, boss, "Lee", phone="+821012345678"),
        customer(mall, boss, "", email="lee@example.com"),
    )
    with db.write():
        service.merge(db.session.get_one(Customer, gone), db.session.get_one(Customer, kept))
    both = db.session.get_one(Customer, kept)
    assert (both.name, both.phone, both.email) == ("Lee", "+821012345678", "lee@example.com")
    assert (
        tickets.ticket(mall, boss, phone="+821012345678", email="lee@example.com").customer_id
        == kept
    )
    third = customer(mall, boss, "Third", phone="+821099999999")
    with db.write():
        service.merge(db.session.get_one(Customer, third), db.session.get_one(Customer, kept))
    one = tickets.ticket(mall, boss, phone="+821099999999")
    assert one.customer_id == kept
    path = f"/c/s/mall/tickets/{one.id}/customer"
    admin.get(path)
    admin.post(
        path,
        {
            "name": "Lee",
            "phone": "010-9999-9999",
            "email": "lee@example.com",
            "version": admin.field("version"),
        },
    )
    assert not admin.errors()
    assert service.of_number("+821099999999").id == kept


@pytest.mark.spec("CUS-1", "TKT-2")
def test_agents_cannot_guess_what_is_masked_piece_by_piece(
    boss: Member, mall: Service, browser: Make
) -> None:
    customer(mall, boss, "Lee", phone="+821012345678", email="secret@example.com")
    customer(mall, boss, "Park", email="park@example.com")
    world.agent(boss, mall, world.member("kim"), ticket=True)
    his = browser("kim")
    for text, found in (
        ("secret", []),
        ("1234", []),
        ("zzz", []),
        ("call 010-1234-5678", []),
        ("secret@example.com", ["Lee"]),
        ("010-1234-5678", ["Lee"]),
        ("lee", ["Lee"]),
    ):
        assert names(his.get(PAGE, query_string={"q": text}).text) == found, text


@pytest.mark.spec("CUS-1", "TKT-1")
def test_managers_find_spam_on_its_customers_page_and_agents_do_not(
    mall: Service, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    world.agent(boss, mall, world.member("sora"), ticket=True)
    good, bad = (tickets.ticket(mall, boss, name, email="lee@example.com") for name in "ab")
    with db.write():
        db.session.get_one(Ticket, bad.id).spam_at = good.created_at
    page = f"/c/s/mall/customers/{good.customer_id}"
    admin.get(page)
    numbers, chips = "//ol//span[contains(@class,'num')]", "//ol//*[contains(@class,'o-chip')]"
    assert admin.texts(numbers) == [f"#{bad.id}", f"#{good.id}"]
    assert admin.texts(chips) == ["Spam", "Unassigned"]
    his = browser("sora")
    his.get(page)
    assert his.texts(numbers) == [f"#{good.id}"]
