"""The caller page: calls placed on it can be found and ended after their page was left (TEL-1)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from occ.ars.rules.hours import Days, Holiday, HolidayKind, Range, Row
from occ.ars.rules.menu import Key, KeyKind
from occ.identity.models import Member
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/caller"


@pytest.mark.spec("TEL-1")
def test_running_calls_of_the_page_are_listed_and_hung_up_there(
    floor: Floor, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    mall, pay = phone.service(boss), phone.service(boss, "pay")
    for one in (mall, pay):
        world.agent(boss, one, boss, manager=True)
    kim = phone.agent(boss, mall, "kim")
    phone.menu(mall, Key("1", KeyKind.QUEUE, queue=phone.queue(mall, [kim]).id))
    admin.get(PAGE)
    assert "Running calls" not in admin.text()
    assert admin.field("caller") == "010-1234-5678", "a number to begin with"
    sent = {"caller": "010-1234-5678", "key": admin.field("key")}
    ref = str(admin.post(PAGE, sent).headers["Location"]).rpartition("ref=")[2]
    floor.step()
    floor.place(mall, "+821099998888")
    admin.get(PAGE)
    assert "Running calls" in admin.text() and "010-1234-5678" in admin.text()
    assert admin.find(f"//a[@href='{PAGE}?ref={ref}']"), "it leads back to the call"
    assert "010-9999-8888" not in admin.text(), "a customer who calls is no call of this page"
    admin.get("/c/s/pay/caller/running", htmx=True)
    assert "010-1234-5678" not in admin.text()
    assert browser("kim").get(f"{PAGE}/running").status_code == 403
    admin.post(f"{PAGE}/{ref}/leave", {"key": "hang-up"}, htmx=True)
    floor.wait(2)
    admin.get(f"{PAGE}/running", htmx=True)
    assert "010-1234-5678" not in admin.text() and floor.call(ref).ended_at is not None


@pytest.mark.spec("TEL-1", "ARS-4", "ARS-6")
def test_the_page_says_why_no_agent_rings_outside_the_hours(
    floor: Floor, boss: Member, admin: Browser
) -> None:
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    kim = phone.agent(boss, mall, "kim")
    key = Key("1", KeyKind.QUEUE, queue=phone.queue(mall, [kim]).id)
    floor.now += timedelta(hours=10)  # Monday 20:00 in Seoul

    def told() -> list[str]:
        assert admin.get(PAGE).status_code == 200
        return admin.texts("//div[@class='card-body']/p[contains(@class,'o-note')]")

    assert told() == [], "without a published menu calls go to the queue at any hour"
    phone.menu(mall, key, hours=(Row(Days.MON, (Range(540, 1260),)),))
    assert told() == [], "until nine in the evening"
    phone.menu(mall, key)
    rings = "No agent rings; who asks for one hears when the service is open."
    closed = f"Closed now: these are not the opening hours. {rings}"
    assert told() == [f"{closed} It opens next: Nov 24 09:00."]
    sent = {"caller": "010-1234-5678", "key": admin.field("key")}
    admin.get(str(admin.post(PAGE, sent).headers["Location"]))
    assert "Closed now: these" in admin.text(), "beside the call, too"
    days = (date(2026, 11, 23), date(2026, 11, 24))
    free = tuple(Holiday(day, "Founding day", HolidayKind.COMPANY) for day in days)
    phone.menu(mall, key, holidays=free)
    assert told() == [f"Closed today: Founding day. {rings} It opens next: Nov 25 09:00."]
    phone.menu(mall, key, holidays=(), hours=())
    assert told() == [closed]
