"""The spam rule at the inquiry form, and whose inquiries members and guests see (HC-5, HC-4, CUS-1)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.customers.service import Known
from occ.help_center.inquiries import rules
from occ.help_center.members import service as visits
from occ.help_center.members.rules import Method
from occ.identity.models import Member
from occ.organization.models import Service
from occ.screening import service as screening
from occ.screening.models import HeldInquiry
from occ.tickets.models import Attachment
from tests.factories import world
from tests.help_center import asking
from tests.help_center.asking import FORM, again, links, mails, send, tickets, upload
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]
LIST = "/mall/hc/en/inquiries"


@pytest.fixture
def mall(boss: Member) -> Service:
    return asking.mall(boss)


@pytest.fixture
def guest(mall: Service, browser: Browsers) -> Browser:
    return browser()


def proof(guest: Browser) -> dict[str, str]:
    """What the browser works out for the form that the last page shows."""
    stamp = guest.field("stamp")
    bits = int(guest.find("//form[@data-inquiry]")[0].get("data-prove"))
    found = next(str(n) for n in range(10**7) if rules.is_proof(stamp, str(n), bits))
    return {"stamp": stamp, "proof": found, "consent_version": "0"}


def choose(boss: Member, of: Service, *, guests: bool = True) -> None:
    with db.write():
        visits.choose(
            of,
            method=Method.EMAIL,
            entry=None,
            guests=guests,
            return_addresses=[],
            version=0,
            actor=world.actor(boss),
        )


def enter(browser: Browser, of: Service, **who: object) -> Browser:
    """Signs a browser in: as the member of a usercode, else as who confirmed an address."""
    usercode, email = str(who.get("usercode", "")), str(who.get("email", ""))
    with db.write():
        if usercode:
            member = customers.member(of.id, Known(usercode, email=email))
            token = visits._begin(of.id, customer_id=member.customer_id, membership_id=member.id)
        else:
            person = customers.found_or_made(name="", phone="", email=email)
            assert person is not None
            token = visits._begin(of.id, customer_id=person.id, email=email)
    browser.client.set_cookie("occ_visit", token, path="/mall/")
    return browser


@pytest.mark.spec("HC-5")
def test_the_sixth_of_a_minute_is_refused_kept_once_proven_and_let_in(
    boss: Member, mall: Service, guest: Browser, admin: Browser
) -> None:
    for _ in range(5):
        assert send(guest).status_code == 303
    answer = send(guest, file=upload("a.txt", b"a"))
    assert answer.status_code == 422 and len(tickets()) == 5
    assert "Many inquiries come in just now" in guest.errors()
    kept = guest.field("attached")
    assert not db.session.scalars(sa.select(HeldInquiry)).all()
    answer = again(guest, attached=kept, **proof(guest))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mall/hc/en/inquiry/held")
    guest.follow(answer)
    assert len(tickets()) == 5
    held = db.session.scalars(sa.select(HeldInquiry)).one()
    admin.get("/c/s/mall/spam")
    assert "Where is my order?" in admin.text()
    admin.post(f"/c/s/mall/spam/{held.id}/let-in", htmx=True)
    ticket = tickets()[-1]
    assert len(tickets()) == 6 and ticket.language == "en"
    assert db.session.scalars(sa.select(Attachment.name)).all() == ["a.txt"]
    assert f"#{ticket.id}" in mails()[-1]


@pytest.mark.spec("HC-5")
def test_without_script_the_sixth_is_confirmed_by_mail_and_then_held(
    mall: Service, guest: Browser
) -> None:
    for _ in range(5):
        send(guest)
    assert send(guest).status_code == 422
    assert again(guest, by_mail="1").status_code == 303
    link = links(mails()[-1])[0]
    guest.get(link)
    assert guest.post(link).headers["Location"] == "/mall/hc/en/inquiry/held"
    assert len(tickets()) == 5
    assert len(db.session.scalars(sa.select(HeldInquiry)).all()) == 1


@pytest.mark.spec("HC-5")
def test_a_confirmed_inquiry_is_counted_when_it_is_confirmed(guest: Browser) -> None:
    send(guest, website="x", by_mail="1")
    link = links(mails()[-1])[0]
    for _ in range(5):
        send(guest)
    guest.get(link)
    guest.time = asking.later(timedelta(minutes=2))
    assert "/inquiry/received/" in guest.post(link).headers["Location"]
    assert len(tickets()) == 6


@pytest.mark.spec("HC-5")
def test_who_is_blocked_learns_nothing_and_is_held(mall: Service, guest: Browser) -> None:
    with db.write():
        screening.add_block(mall, "@example.com")
    assert send(guest).status_code == 422
    assert "block" not in guest.text()
    assert again(guest, **proof(guest)).headers["Location"].endswith("/held")
    assert not tickets()


@pytest.mark.spec("HC-5")
def test_one_address_is_asked_to_confirm_three_times_a_day(guest: Browser) -> None:
    for _ in range(3):
        assert send(guest, website="x", by_mail="1").status_code == 303
    assert send(guest, website="x", by_mail="1").status_code == 422
    assert "Confirm the inquiries that you have sent already" in guest.errors()
    assert len(mails()) == 3


@pytest.mark.spec("HC-4")
def test_guests_sign_in_where_they_must(boss: Member, mall: Service, guest: Browser) -> None:
    assert guest.get(FORM).status_code == 200
    choose(boss, mall, guests=False)
    for answer in (guest.get(FORM), guest.post(FORM, {})):
        assert answer.status_code == 303 and "/mall/hc/en/login" in answer.headers["Location"]
    enter(guest, mall, usercode="u1", email="kim@example.com")
    assert send(guest).status_code == 303


@pytest.mark.spec("CUS-1", "HC-1")
def test_a_member_and_a_guest_of_one_address_see_nothing_of_each_other(
    boss: Member, mall: Service, guest: Browser, browser: Browsers
) -> None:
    choose(boss, mall)
    send(guest, title="Of the guest")
    theirs = tickets()[-1].id
    member = enter(browser(), mall, usercode="u1", email="kim@example.com")
    member.get(FORM)
    assert member.field("email") == "kim@example.com"
    send(member, title="Of the member")
    mine = tickets()[-1]
    assert mine.customer_id != tickets()[0].customer_id
    assert mine.reply_to == "kim@example.com"
    member.get(LIST)
    assert "Of the member" in member.text() and "Of the guest" not in member.text()
    assert member.get(f"{LIST}/{mine.id}").status_code == 200
    assert member.get(f"{LIST}/{theirs}").status_code == 404
    confirmed = enter(browser(), mall, email="kim@example.com")
    confirmed.get(LIST)
    assert "Of the guest" in confirmed.text() and "Of the member" not in confirmed.text()
    assert confirmed.get(f"{LIST}/{mine.id}").status_code == 404
    assert guest.get(f"{LIST}/{theirs}").status_code == 404
    first, second = db.session.scalars(sa.select(Customer).order_by(Customer.id)).all()
    with db.write():
        customers.merge(first, second)
    member.get(LIST)
    assert "Of the guest" in member.text()


@pytest.mark.spec("HC-1")
def test_a_list_has_twenty_to_a_page_and_its_inquiries_take_further_texts(
    boss: Member, mall: Service, browser: Browsers
) -> None:
    choose(boss, mall)
    member = enter(browser(), mall, usercode="u1")
    member.get(LIST)
    assert "You have not sent any inquiry yet." in member.text()
    for number in range(21):
        member.time = asking.later(timedelta(minutes=number))
        member.get(FORM)
        values = {"stamp": member.field("stamp"), "consent_version": "0", "consent": "1"}
        written = {"title": f"No. {number}", "content": "x", "email": "kim@example.com"}
        member.time = asking.later(timedelta(minutes=number, seconds=9))
        assert member.post(FORM, {**values, **written}).status_code == 303
    member.time = Browser.time
    member.get(LIST)
    assert len(member.find("//a[@class='hi-row']")) == 20
    older = member.links()["Older"]
    member.get(older)
    assert member.texts("//a[@class='hi-row']/b") == ["No. 0"]
    path = member.find("//a[@class='hi-row']")[0].get("href")
    member.get(path)
    answer = member.post(path, {"stamp": member.field("stamp"), "body": "Also"})
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, path)
    member.follow(answer)
    assert "Also" in member.text() and "We have received your text." in member.text()


@pytest.mark.spec("CUS-1")
def test_a_member_without_an_address_may_leave_it_out(
    boss: Member, mall: Service, browser: Browsers
) -> None:
    choose(boss, mall)
    member = enter(browser(), mall, usercode="u1")
    assert send(member, email="").status_code == 303
    assert tickets()[-1].customer is not None and not mails()
    assert clock.now() > tickets()[-1].created_at - timedelta(minutes=1)
