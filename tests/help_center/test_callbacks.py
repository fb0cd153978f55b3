"""Asking for a call in the help center (CBK-1, CBK-6)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from occ.ars import service as ars
from occ.ars.models import Queue
from occ.callbacks import service as callbacks
from occ.callbacks.models import Callback
from occ.callbacks.rules import Source
from occ.core import clock
from occ.core.db import db
from occ.help_center.inquiries import service as inquiries
from occ.help_center.inquiries.models import CallbackConsent
from occ.help_center.site import service as site
from occ.help_center.site.rules import Part
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import phone, world
from tests.support.browser import Browser, said

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]
PAGE = "/mall/hc/en/callback"
FEATURES = phone.FEATURES | {Feature.HELP_CENTER}
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 10:00 in Seoul


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss, features=FEATURES, languages=["ko", "en"])
    world.agent(boss, made, boss, manager=True, phone=True)
    return made


@pytest.fixture
def orders(boss: Member, mall: Service) -> Queue:
    return phone.queue(mall, [phone.agent(boss, mall, "kim")])


@pytest.fixture
def guest(orders: Queue, browser: Browsers) -> Browser:
    return browser()


def at(guest: Browser, instant: datetime) -> None:
    guest.time = lambda: clock.at(instant)


def ask(guest: Browser, opened: datetime = MONDAY, **values: str | None):  # type: ignore[no-untyped-def]
    at(guest, opened)
    assert guest.get(PAGE).status_code == 200
    held = {"stamp": guest.field("stamp"), "queue": guest.field("queue")}
    typed = {**held, "number": "010-1234-5678", "consent": "1", "consent_version": "0", **values}
    at(guest, opened + timedelta(seconds=9))
    return guest.post(PAGE, {name: value for name, value in typed.items() if value is not None})


def is_offered(guest: Browser) -> bool:
    """Whether any page leads there: the home page, the menu of a form, the widget."""
    db.session.commit()
    found = set()
    for path in ("/mall/hc/en", "/mall/hc/en/faq", "/mall/hc/en/inquiry", "/mall/hc/en/embed"):
        assert guest.get(path).status_code == 200
        found.add(PAGE in guest.links().values())
    assert len(found) == 1
    return found.pop()


def rows() -> list[Callback]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Callback).order_by(Callback.id)))


@pytest.mark.spec("CBK-1", "CBK-6")
def test_a_call_is_asked_for_and_a_second_wish_joins_it(guest: Browser, orders: Queue) -> None:
    answer = ask(guest)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}/asked")
    guest.follow(answer)
    assert "We will call you" in guest.text()
    (row,) = rows()
    assert (row.number, row.source, row.queue_id) == (
        "+821012345678",
        Source.HELP_CENTER,
        orders.id,
    )
    noted = db.session.get_one(CallbackConsent, row.id)
    assert (noted.consent, noted.consent_language) == (0, "en")
    ask(guest, MONDAY + timedelta(minutes=3), number="+82 10 1234 5678")
    (row,) = rows()
    assert row.requests == 2


@pytest.mark.spec("HC-1", "CBK-2")
def test_whoever_calls_back_reads_what_was_consented_to(
    boss: Member, mall: Service, guest: Browser, admin: Browser, orders: Queue
) -> None:
    with db.write():
        inquiries.word_consent(mall, {"ko": "동의해 주세요."}, seen=0, actor=world.actor(boss))
        callbacks.ask(mall, orders.id, "+821011110002", Source.MENU)
    assert ask(guest, consent_version="1").status_code == 303
    for path in ("/c/s/mall/callbacks", "/c/s/mall/histories/callbacks"):
        at(admin, MONDAY + timedelta(minutes=1))
        admin.get(path)
        told = [said(row) for row in admin.find("//tbody/tr") if "Consent:" in said(row)]
        assert len(told) == 1 and "Consent: Version 1 · 한국어 · 10:00" in told[0], path
    # who asks once more for a call that the voice menu took consents, too
    assert ask(guest, MONDAY + timedelta(hours=1), number="010-1111-0002", consent_version="1")
    admin.get("/c/s/mall/callbacks")
    assert len([one for one in admin.find("//tbody/tr") if "Consent:" in said(one)]) == 2


@pytest.mark.spec("CBK-6")
def test_a_double_click_asks_once(guest: Browser) -> None:
    at(guest, MONDAY)
    guest.get(PAGE)
    typed = {
        "stamp": guest.field("stamp"),
        "queue": guest.field("queue"),
        "number": "01012345678",
        "consent": "1",
        "consent_version": "0",
    }
    at(guest, MONDAY + timedelta(seconds=9))
    for _twice in range(2):
        assert guest.post(PAGE, typed).status_code == 303
    assert [row.requests for row in rows()] == [1]


@pytest.mark.spec("CBK-1")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "Phone number : Fill this in."),
        ({"number": "12"}, "Phone number :"),
        ({"consent": None}, "Without your consent we cannot call you."),
        ({"consent_version": "9"}, "This text has changed."),
        ({"queue": "999"}, "Choose one of the list."),
        ({"website": "x"}, "This page has expired."),
        ({"stamp": "x"}, "This page has expired."),
    ],
)
def test_what_is_wrong_is_said(guest: Browser, changes: dict[str, str | None], words: str) -> None:
    answer = ask(guest, **changes)
    assert answer.status_code == 422 and words in guest.errors()
    assert not rows()


@pytest.mark.spec("CBK-1")
@pytest.mark.parametrize(
    ("passed", "words"), [(timedelta(seconds=1), "very fast"), (timedelta(hours=21), "very long")]
)
def test_a_form_that_nobody_filled_in_is_refused_in_words_of_its_own(
    guest: Browser, passed: timedelta, words: str
) -> None:
    at(guest, MONDAY)
    guest.get(PAGE)
    typed = {name: guest.field(name) for name in ("stamp", "queue", "consent_version")}
    at(guest, MONDAY + passed)
    answer = guest.post(PAGE, {**typed, "number": "01012345678", "consent": "1"})
    assert answer.status_code == 422 and words in guest.errors()
    assert "number once more" in guest.errors() and "inquiry" not in guest.errors()
    assert not rows()


@pytest.mark.spec("CBK-1", "ARS-4")
def test_outside_the_hours_the_page_says_when_it_opens(mall: Service, guest: Browser) -> None:
    phone.menu(mall)
    evening = MONDAY + timedelta(hours=12)  # 22:00 in Seoul
    at(guest, evening)
    page = guest.get(PAGE)
    assert page.status_code == 200 and not guest.find("//input[@name='number']")
    assert "We cannot be reached just now" in guest.text() and "Nov 24" in guest.text()
    at(guest, MONDAY)
    guest.get(PAGE)
    typed = {"stamp": guest.field("stamp"), "number": "01012345678", "consent": "1"}
    at(guest, evening)
    assert "We cannot be reached just now" in guest.post(PAGE, typed).text
    assert not rows()
    with db.write():
        for queue in db.session.scalars(sa.select(Queue)):
            queue.after_hours = True
    assert ask(guest, evening).status_code == 303


@pytest.mark.spec("CBK-1")
def test_several_queues_are_chosen_from_by_name(
    boss: Member, mall: Service, guest: Browser
) -> None:
    refunds = phone.queue(mall, [], "Refunds")
    closed = phone.queue(mall, [], "Machines")
    with db.write():
        db.session.get_one(Queue, closed.id).callback = False
    at(guest, MONDAY)
    guest.get(PAGE)
    assert guest.texts("//select[@name='queue']/option") == ["Choose", "Orders", "Refunds"]
    assert ask(guest, queue=str(refunds.id)).status_code == 303
    assert rows()[0].queue_id == refunds.id


@pytest.mark.spec("HC-5")
def test_the_spam_rule_limits_calls_too(guest: Browser) -> None:
    for number in range(5):
        assert ask(guest, number=f"010-1234-567{number}").status_code == 303
    answer = ask(guest, number="010-1234-5679")
    assert answer.status_code == 422
    assert "Too many came from where you are." in guest.errors()
    assert len(rows()) == 5


@pytest.mark.spec("HC-3", "CBK-1")
def test_there_is_no_page_without_the_contract_the_part_or_a_queue(
    boss: Member, mall: Service, guest: Browser, admin: Browser
) -> None:
    """And no page leads there: those that are kept are drawn anew."""
    world.contracted(boss, "shop", features=frozenset({Feature.TICKET, Feature.HELP_CENTER}))
    assert guest.get("/shop/hc/en/callback").status_code == 404
    at(guest, MONDAY)
    assert guest.get(PAGE).status_code == 200 and is_offered(guest)
    with db.write():
        for queue in db.session.scalars(sa.select(Queue)):
            queue.callback = False
    assert guest.get(PAGE).status_code == 404 and not is_offered(guest)
    admin.get("/c/s/mall/help-center/parts")
    assert "once phone and callbacks are contracted" in admin.text()
    with db.write():
        for queue in db.session.scalars(sa.select(Queue)):
            queue.callback = True
    assert is_offered(guest)
    with db.write():
        site.switch(mall, [part for part in Part if part is not Part.CALLBACKS])
    assert guest.get(PAGE).status_code == 404 and not is_offered(guest)
    with db.write():
        site.switch(mall, list(Part))
        for queue in db.session.scalars(sa.select(Queue)):
            ars.retire(queue)
    assert guest.get(PAGE).status_code == 404 and not is_offered(guest)
