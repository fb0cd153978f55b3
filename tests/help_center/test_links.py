"""HC-4: signing in by a link that is mailed to one's own address."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.core import clock
from occ.core.db import db
from occ.customers import service as customers
from occ.customers.models import Customer
from occ.customers.service import Known
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.help_center.members import queries, rules, service
from occ.help_center.members.models import Visitor
from occ.help_center.members.rules import Method
from occ.help_center.site import phrases
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import help_center, world
from tests.help_center.test_sso import who
from tests.support.browser import Browser

pytestmark = [pytest.mark.spec("HC-4"), pytest.mark.heavy]
Browsers = Callable[..., Browser]
ADDRESS = "hana@example.com"


@pytest.fixture
def by_mail(boss: Member, hc: Service) -> Service:
    choose(boss, hc)
    return hc


def choose(boss: Member, of: Service, *, guests: bool = True, version: int = 0) -> None:
    with db.write():
        service.choose(
            of,
            method=Method.EMAIL,
            entry=None,
            guests=guests,
            return_addresses=[],
            version=version,
            actor=world.actor(boss),
        )


def ask(guest: Browser, email: str = ADDRESS, back: str = "") -> str:
    """The path of the link that was mailed; '' where none was."""
    before = len(mails())
    guest.get("/mall/hc/en/login")
    answer = guest.post("/mall/hc/en/login", {"email": email, "next": back})
    assert answer.status_code == 200 and email in guest.text()
    sent = mails()[before:]
    assert all(one.recipient == email for one in sent)
    body = delivery.body_of(sent[0]) if sent else ""
    return "".join(re.findall(r"http://localhost:5000(/mall/hc/en/login/\S+)", body or ""))


def mails() -> list[Outgoing]:
    return list(db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id)))


def test_a_link_is_looked_at_without_being_used_and_works_once(
    by_mail: Service, browser: Browsers
) -> None:
    guest = browser()
    path = ask(guest, back="/mall/hc/en?x=1")
    for _look in range(2):  # programs look at mails, too
        assert guest.get(path).status_code == 200
        assert ADDRESS in guest.text()
    answer = guest.post(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mall/hc/en?x=1")
    assert who(guest) == ADDRESS
    thief = browser()
    assert thief.get(path).status_code == 410
    thief.get("/mall/hc/en/login")
    assert thief.post(path).status_code == 410
    assert who(thief) == ""
    (made,) = db.session.scalars(sa.select(Customer)).all()
    assert made.email == ADDRESS


def test_it_works_for_thirty_minutes(by_mail: Service, browser: Browsers) -> None:
    guest, start = browser(), clock.now()
    with time_machine.travel(start, tick=False):
        path = ask(guest)
    for later, status in (
        (timedelta(minutes=30) - timedelta(seconds=1), 200),
        (rules.LINK_FOR, 410),
    ):
        with time_machine.travel(start + later, tick=False):
            assert guest.get(path).status_code == status


def test_an_address_gets_three_links_and_the_page_says_the_same_after_them(
    by_mail: Service, browser: Browsers
) -> None:
    guest = browser()
    links = [ask(guest) for _n in range(4)]
    assert all(links[:3]) and links[3] == ""
    assert len(mails()) == 3
    assert ask(guest, "other@example.com")


def test_a_link_leads_nowhere_else(by_mail: Service, browser: Browsers) -> None:
    guest = browser()
    for back in ("https://evil.example/", "//evil.example", "/c/org/info", "/mall/hc/../../c/"):
        path = ask(guest, f"{len(mails())}@example.com", back)
        guest.get(path)
        assert guest.post(path).headers["Location"] == "/mall/hc/en"


def test_what_is_no_address_is_refused_beside_the_field(
    by_mail: Service, browser: Browsers
) -> None:
    guest = browser()
    guest.get("/mall/hc/en/login")
    answer = guest.post("/mall/hc/en/login", {"email": "hana@"})
    assert answer.status_code == 422 and "name@example.com" in guest.errors()
    assert not mails()


@pytest.mark.spec("CUS-1")
def test_a_guest_who_wrote_before_finds_what_they_wrote(
    by_mail: Service, browser: Browsers
) -> None:
    with db.write():
        before = customers.found_or_made(name="Hana", phone="", email=ADDRESS)
    guest = browser()
    path = ask(guest)
    guest.get(path)
    guest.post(path)
    (visit,) = db.session.scalars(sa.select(Visitor)).all()
    assert before is not None and visit.customer_id == before.id
    assert who(guest) == "Hana"


@pytest.mark.spec("CUS-1")
def test_an_address_that_leads_to_a_member_shows_nothing_of_them(
    by_mail: Service, boss: Member, browser: Browsers
) -> None:
    """Members are found by their usercode alone, also once somebody merged a guest into them."""
    with db.write():
        member = customers.member(by_mail.id, Known("hana", name="Hana", email=ADDRESS))
        guest_before = customers.found_or_made(name="", phone="", email=ADDRESS)
        assert guest_before is not None and guest_before.id != member.customer_id
        customers.merge(guest_before, member.customer)
    guest = browser()
    path = ask(guest)
    guest.get(path)
    guest.post(path)
    (visit,) = db.session.scalars(sa.select(Visitor)).all()
    assert visit.customer_id is None
    assert queries.Here(visit).customer is None
    assert who(guest) == ADDRESS


def test_guests_go_on_only_where_they_are_allowed(
    by_mail: Service, boss: Member, browser: Browsers
) -> None:
    guest = browser()
    guest.get("/mall/hc/en/login")
    assert "Go on without signing in" in guest.links()
    choose(boss, by_mail, guests=False, version=queries.login(by_mail.id).version)
    guest.get("/mall/hc/en/login")
    assert "Go on without signing in" not in guest.links()


def test_where_nobody_signs_in_there_is_no_page_for_it(hc: Service, browser: Browsers) -> None:
    guest = browser()
    assert guest.get("/mall/hc/en/login").status_code == 404
    guest.get("/login")
    assert guest.post("/mall/hc/en/login", {"email": ADDRESS}).status_code == 404
    assert not mails()


def test_the_mail_speaks_the_language_of_the_page(by_mail: Service, browser: Browsers) -> None:
    guest = browser()
    guest.get("/mall/hc/ko/login")
    guest.post("/mall/hc/ko/login", {"email": ADDRESS})
    (mail,) = mails()
    assert "안녕하세요" in (delivery.body_of(mail) or "")
    assert "/mall/hc/ko/login/" in (delivery.body_of(mail) or "")


@pytest.mark.spec("HC-1")
def test_a_guest_finds_the_way_in_from_their_inquiries(
    boss: Member, hc: Service, browser: Browsers
) -> None:
    guest, mine = browser(), "/mall/hc/en/inquiries"
    guest.get(mine)
    assert "Sign in" not in guest.links()
    choose(boss, hc)
    guest.get(mine)
    link = guest.links()["Sign in"]
    guest.get(link)
    assert guest.post(link, {"email": ADDRESS, "next": guest.field("next")}).status_code == 200
    path = re.findall(r"http://localhost:5000(/\S+)", delivery.body_of(mails()[-1]) or "")[0]
    guest.get(path)
    answer = guest.post(path)
    assert answer.headers["Location"] == mine
    guest.follow(answer)
    assert "Sign in" not in guest.links() and "not sent any inquiry" in guest.text()


HANGUL = re.compile("[가-힣]")


def _is_arabic(guest: Browser) -> bool:
    """Whether all that a page says itself is Arabic and runs from the right."""
    (document,) = guest.find("/html")
    words = " ".join(guest.texts("//main//*[self::h1 or self::p or self::a or self::button]"))
    assert re.search("[\u0600-\u06ff]", words) and not HANGUL.search(words), words
    assert not guest.find("//main//*[@lang]")
    return bool(document.get("dir") == "rtl")


@pytest.mark.spec("ORG-6", "HC-3")
def test_signing_in_speaks_the_visitors_language_and_the_services_words(
    boss: Member, browser: Browsers
) -> None:
    """Also one that the console does not speak, whose default language is another."""
    mall = help_center.furnished(boss, languages=["ko", "ar"]).service
    choose(boss, mall)
    phrases.save(mall, "login.send", {"ar": "أرسلوا الرابط"}, version=0)
    db.session.commit()
    guest = browser()
    guest.get("/mall/hc/ar/login")
    assert _is_arabic(guest) and "أرسلوا الرابط" in guest.texts("//main//button")
    assert guest.find("//label[@for='email']")[0].text == "عنوان بريدك الإلكتروني"
    guest.post("/mall/hc/ar/login", {"email": ADDRESS, "next": ""})
    assert _is_arabic(guest) and ADDRESS in guest.text()
    (mail,) = mails()
    body = delivery.body_of(mail) or ""
    assert "رابط تسجيل الدخول" in mail.subject and not HANGUL.search(body.replace(mall.name, ""))
    path = re.findall(r"http://localhost:5000(/mall/hc/ar/login/\S+)", body)[0]
    guest.get(path)
    assert _is_arabic(guest)
    guest.post(path)
    guest.get("/mall/hc/ar/login")
    assert _is_arabic(guest) and ADDRESS in guest.text()
    thief = browser()
    assert thief.get(path).status_code == 410
    assert _is_arabic(thief)
