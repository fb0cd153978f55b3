"""How queues take callbacks, and whether agents dial from the main number (ARS-1, ARS-9)."""

from collections.abc import Callable

import pytest

from occ.ars import queries
from occ.ars import service as ars
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import phone, world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

HOME = "/c/s/mall/ars"


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.mark.spec("ARS-1")
def test_the_main_number_is_listed_first_in_the_dialer_only_while_it_is_used(
    floor: phone.Floor,
    boss: Member,
    admin: Browser,
    browser: Callable[..., Browser],
    mall: Service,
) -> None:
    with db.write():
        desk = ars.save_caller_id(
            mall, None, name="Desk", number="+8215770001", proof="x", actor=world.actor(boss)
        )
        ars.decide_caller_id(desk, mall, accept=True, reason="", actor=world.actor(boss))
    floor.login(phone.agent(boss, mall, "kim"))
    his, offered = browser("kim"), "//select[@name='caller_id']//option"
    his.get("/c/phone", htmx=True)
    main, other = his.texts(offered)
    assert main.startswith("Main number 070-") and other == "Desk 1577-0001"
    admin.get(f"{HOME}/work")
    values = {
        "version": admin.field("version"),
        "after_login": "ready",
        "after_call": "wrap_up",
        "popup_url": "",
    }
    admin.post(f"{HOME}/work", values)
    his.get("/c/phone", htmx=True)
    assert his.texts(offered) == [other]


@pytest.mark.spec("ARS-9")
def test_a_queue_keeps_how_it_takes_callbacks(admin: Browser, mall: Service) -> None:
    admin.get(f"{HOME}/queues/new")
    assert admin.field("promise_hours") == "24"
    admin.post(
        f"{HOME}/queues/new",
        {"name": "Night", "callback": "y", "after_hours": "y", "promise_hours": "4"},
    )
    found = queries.queues(mall.id)[0]
    assert (found.callback, found.after_hours, found.promise_hours) == (True, True, 4)
    admin.get(f"{HOME}/queues/new")
    admin.post(f"{HOME}/queues/new", {"name": "Day", "promise_hours": "0"})
    assert "Enter a whole number from 1 to 720." in admin.errors()


@pytest.mark.spec("ARS-9")
def test_whoever_no_call_reaches_is_named_once_there_is_a_queue(
    boss: Member, admin: Browser, mall: Service
) -> None:
    phone.agent(boss, mall, "kim")
    admin.get(f"{HOME}/queues")
    assert "No queues yet" in admin.text() and "no call reaches them" not in admin.text()
    phone.queue(mall, [])
    admin.get(f"{HOME}/queues")
    assert "In no queue, so no call reaches them: Kim" in admin.text()
    admin.get(f"{HOME}/queues/new")
    assert admin.find("//ul/@data-empty") == ["Nobody is assigned"]
