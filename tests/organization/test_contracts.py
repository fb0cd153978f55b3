"""ORG-1, ORG-3, ORG-4, ORG-5 through step 2 and the contract list."""

import os
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from lxml import html

from occ.audit.models import AuthorityEntry
from occ.audit.rules import Action
from occ.core import clock, events, storage
from occ.core.db import db
from occ.identity.models import Member
from occ.organization import jobs, queries
from occ.organization.events import ServiceEmptied
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceState, ServiceType
from tests.factories import world
from tests.support.browser import Browser

# pages walked by people: on PostgreSQL in `make test-all`
pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("all_features")]

TERMS = {"features": ["ticket", "help_center", "sms"], "seats": "3", "sms": "100", "mms": "0"}


def save(admin: Browser, path: str, values: dict[str, object]) -> int:
    """Opens step 2 and sends it; the answer's status."""
    admin.get(path)
    return admin.post(path, {**values, "version": admin.field("version")}).status_code


def checked(admin: Browser) -> dict[str, str]:
    """What is checked on the last page: values with the names that screen readers say."""
    assert admin.last is not None
    boxes = html.fromstring(admin.last.text).xpath("//input[@checked]")
    return {box.get("value"): box.get("aria-label", "") for box in boxes}


@pytest.mark.spec("ORG-3")
def test_the_estimate_follows_the_switches_and_the_choice_is_kept_until_signed(
    admin: Browser, boss: Member
) -> None:
    service = world.draft_service(boss)
    path = f"/c/org/contracts/{service.id}"
    admin.get(f"{path}/terms")
    chosen = {
        "features": ["ticket", "phone", "wallboard", "sms"],
        "seats": "14",
        "sms": "100",
        "mms": "10",
    }
    admin.post(f"{path}/estimate", {**chosen, "plan": "basic", "licence_seats": "3"}, htmx=True)
    # 60,000 + 90,000 + 15,000 + 14 × 22,000 + 3 × 12,000 = 509,000; 100 × 18 + 10 × 50 = 2,300
    assert "₩509,000" in admin.text()
    assert "₩2,300" in admin.text()
    assert "₩511,300" in admin.text()
    admin.get(f"{path}/terms")
    assert admin.field("licence_seats") == "3" and "basic" in checked(admin)
    admin.post(f"{path}/estimate", {**chosen, "plan": "recording", "licence_seats": "3"}, htmx=True)
    assert "₩527,000" in admin.text(), "3 × 18,000"
    for wrong, words in (
        ({"plan": ""}, "Choose the plan"),
        ({"licence_seats": "0"}, "1 to 9,999"),
        ({"licence_seats": "x"}, "1 to 9,999"),
    ):
        answer = admin.post(
            f"{path}/estimate",
            {**chosen, "plan": "basic", "licence_seats": "3", **wrong},
            htmx=True,
        )
        assert answer.status_code == 422 and words in admin.text()
    admin.post(
        f"{path}/estimate",
        {"features": ["phone", "help_center", "wallboard"], "seats": "1", "sms": "100", "mms": "0"},
        htmx=True,
    )
    assert "₩72,000" in admin.text()  # phone and wallboard fall with tickets: 50,000 + 22,000
    admin.get(f"{path}/terms")
    assert admin.field("seats") == "1"
    assert checked(admin)["help_center"] == "Help center"
    for change, words in (
        ({"seats": "x"}, "whole number"),
        ({"seats": "0"}, "1 to 9,999"),
        ({"seats": "10000"}, "1 to 9,999"),
        ({"sms": "10000001"}, "10,000,000"),
    ):
        assert admin.post(f"{path}/estimate", {**TERMS, **change}, htmx=True).status_code == 422
        assert words in admin.text()


@pytest.mark.spec("ORG-3")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": []}, "at least one feature"),
        ({"seats": "0"}, "1 to 9,999"),
        ({"seats": ""}, "whole number"),
        ({"features": ["handover", "ticket"]}, "issue service in use"),
    ],
)
def test_terms_that_cannot_be_signed_are_refused(
    admin: Browser, boss: Member, change: dict[str, object], words: str
) -> None:
    service = world.draft_service(boss)
    assert save(admin, f"/c/org/contracts/{service.id}/terms", {**TERMS, **change}) == 422
    assert words in admin.errors() and "What you chose is still here." in admin.errors()
    db.session.refresh(service)
    assert service.state is ServiceState.UNUSED


@pytest.mark.spec("ORG-3")
def test_signing_leads_to_what_the_service_needs_next(admin: Browser, boss: Member) -> None:
    service = world.draft_service(boss)
    path = f"/c/org/contracts/{service.id}"
    assert save(admin, f"{path}/terms", TERMS) == 303
    assert admin.last is not None and admin.last.location == path


@pytest.mark.spec("ORG-3")
def test_an_issue_service_has_its_own_features_and_makes_hand_over_possible(
    admin: Browser, boss: Member
) -> None:
    desk = world.draft_service(boss, "desk", type=ServiceType.ISSUE)
    page = admin.get(f"/c/org/contracts/{desk.id}/terms").text
    assert 'value="dooray"' in page
    assert not any(
        f'value="{name}"' in page
        for name in ("phone", "chat", "help_center", "callback", "wallboard", "handover")
    )
    assert (
        save(admin, f"/c/org/contracts/{desk.id}/terms", {**TERMS, "features": ["ticket", "phone"]})
        == 422
    )
    assert (
        save(
            admin,
            f"/c/org/contracts/{desk.id}/terms",
            {**TERMS, "features": ["ticket", "mail", "dooray"]},
        )
        == 303
    )
    mall = world.draft_service(boss, "mall")
    assert (
        save(
            admin,
            f"/c/org/contracts/{mall.id}/terms",
            {**TERMS, "features": ["ticket", "handover"]},
        )
        == 303
    )


@pytest.mark.spec("ORG-3")
def test_seats_in_use_are_the_least(admin: Browser, boss: Member) -> None:
    service = world.contracted(boss, seats=3)
    for name in ("one", "two"):
        world.agent(boss, service, world.member(name))
    assert save(admin, f"/c/org/contracts/{service.id}/terms", {**TERMS, "seats": "1"}) == 422
    assert "2 agents use seats" in admin.errors() and "was not saved" in admin.errors()
    assert admin.field("seats") == "1"
    assert save(admin, f"/c/org/contracts/{service.id}/terms", {**TERMS, "seats": "2"}) == 303


@pytest.mark.spec("ORG-3")
def test_a_feature_switched_off_refuses_its_addresses_and_takes_the_channel_away(
    admin: Browser, boss: Member
) -> None:
    service = world.contracted(
        boss, features=frozenset({Feature.TICKET, Feature.CHAT, Feature.HELP_CENTER})
    )
    agent = world.agent(boss, service, world.member("one"), chat=True)
    assert admin.get("/mall/hc/ko").status_code == 200
    assert (
        save(admin, f"/c/org/contracts/{service.id}/terms", {**TERMS, "features": ["ticket"]})
        == 303
    )
    assert admin.get("/mall/hc/ko").status_code == 404
    db.session.refresh(agent)
    assert (agent.ticket, agent.chat) == (True, False)


@pytest.mark.spec("ORG-4")
def test_contract_details_change_once_a_day_of_the_organization_signing_apart(
    admin: Browser, boss: Member, browser: Callable[..., Browser]
) -> None:
    # 23:30 in Seoul, 14:30 UTC: the server runs in UTC, the organization's day decides
    with time_machine.travel("2026-03-18 14:30:00+00:00", tick=False) as at:
        admin = browser()
        admin.login("boss", world.PASSWORD)
        admin.get("/login/force")
        admin.post("/login/force", {"force": "1"})
        admin.get("/c/org/contracts")
        service = world.contracted(boss)
        path = f"/c/org/contracts/{service.id}/terms"
        assert save(admin, path, {**TERMS, "seats": "6"}) == 303  # on the day of signing
        admin.get("/c/org/contracts")
        assert "Again tomorrow" in admin.text()
        assert save(admin, path, {**TERMS, "seats": "7"}) == 422
        assert "from Mar 19, 2026 00:00 (Asia/Seoul)" in admin.errors()
        at.shift(timedelta(minutes=31))  # 00:01 in Seoul, the same day in UTC
        assert save(admin, path, {**TERMS, "seats": "7"}) == 303
        assert save(admin, path, {**TERMS, "seats": "8"}) == 422
        at.shift(timedelta(hours=11))
        admin.post("/c/me/beat", htmx=True)
        at.shift(timedelta(hours=11))
        admin.post("/c/me/beat", htmx=True)
        at.shift(timedelta(hours=1, minutes=50))
        assert save(admin, path, {**TERMS, "seats": "8"}) == 422
        at.shift(timedelta(minutes=10))
        assert save(admin, path, {**TERMS, "seats": "8"}) == 303
        assert save(admin, path, {**TERMS, "seats": "8"}) == 422


@pytest.mark.spec("ORG-4")
def test_saving_what_is_in_force_does_not_use_up_the_day(
    admin: Browser, boss_service: Service
) -> None:
    path = f"/c/org/contracts/{boss_service.id}/terms"
    same = {"features": ["ticket", "help_center", "sms"], "seats": "5", "sms": "0", "mms": "0"}
    assert save(admin, path, same) == 422
    assert "Nothing is different" in admin.errors()
    assert save(admin, path, {**same, "seats": "6"}) == 303


@pytest.mark.spec("ORG-5", "ORG-1", "LOG-1")
def test_suspending_can_be_undone_and_terminating_asks_for_the_id(
    admin: Browser, boss_service: Service
) -> None:
    path = f"/c/org/contracts/{boss_service.id}"
    admin.get(f"{path}/terminate", htmx=True)
    assert "You can read it for 90 more days" in admin.text()
    # active
    assert admin.post(f"{path}/terminate", {"typed": "mall"}, htmx=True).status_code == 422
    assert "Suspend the service first" in admin.errors()
    answer = admin.post(f"{path}/state", {"on": "0"}, htmx=True)
    assert f"{path}/state?on=1" in answer.headers["HX-Trigger"]
    admin.get("/c/org/contracts")
    assert "Suspended" in admin.text()
    admin.post(f"{path}/state?on=1", htmx=True)
    db.session.refresh(boss_service)
    assert boss_service.state is ServiceState.ACTIVE
    admin.post(f"{path}/state", {"on": "0"}, htmx=True)
    for typed in ("", " ", "mal"):
        assert admin.post(f"{path}/terminate", {"typed": typed}, htmx=True).status_code == 422
        assert "not the ID" in admin.errors()
        assert admin.field("typed") == typed
    assert admin.post(f"{path}/terminate", {"typed": "MALL "}, htmx=True).status_code == 204
    assert admin.post(f"{path}/state", {"on": "1"}, htmx=True).status_code == 422
    assert admin.get(f"{path}/terms").status_code == 404
    assert admin.get(f"{path}/basic").status_code == 404
    assert admin.get("/c/s/mall/agents").status_code == 404
    admin.get(path)
    assert "Terminated on" in admin.text()
    recorded = sa.select(AuthorityEntry.action, AuthorityEntry.actor_login)
    assert db.session.execute(recorded.order_by(AuthorityEntry.id)).all()[-4:] == [
        (Action.SERVICE_SUSPENDED, "boss"),
        (Action.SERVICE_RESUMED, "boss"),
        (Action.SERVICE_SUSPENDED, "boss"),
        (Action.SERVICE_TERMINATED, "boss"),
    ]
    assert "mall" not in admin.get("/c/org/contracts").text
    assert "/mall" in admin.get("/c/org/contracts?state=terminated").text


@pytest.mark.spec("ORG-5")
def test_a_terminated_service_is_erased_after_ninety_days_with_a_certificate(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    with time_machine.travel("2026-01-10 03:00:00+00:00", tick=False) as at:
        service = world.contracted(boss, greetings={"ko": "안녕"})
        world.agent(boss, service, world.member("one"))
        admin = browser("boss")
        admin.post(f"/c/org/contracts/{service.id}/state", {"on": "0"}, htmx=True)
        admin.post(f"/c/org/contracts/{service.id}/terminate", {"typed": "mall"}, htmx=True)
        at.shift(timedelta(days=89, hours=23))
        assert jobs.erase_terminated() is None
        at.shift(timedelta(hours=2))
        assert jobs.erase_terminated() == "1"
        assert jobs.erase_terminated() is None
        db.session.refresh(service)
        assert (service.state, service.languages) == (ServiceState.ERASED, [])
        admin = browser("boss")
        admin.get(f"/c/org/contracts/{service.id}/certificate")
        for words in (
            "Certificate of erasure",
            "mall",
            "Agent roles: 1",
            "Groups: 1",
            "Languages and their texts: 2",
        ):
            assert words in admin.text()
        assert "Certificate" in admin.get("/c/org/contracts?state=erased").text
        assert queries.service_by_slug("mall") is not None  # the ID stays taken


@pytest.mark.spec("ORG-5")
def test_what_grows_is_erased_table_by_table(boss: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    left, asked = {"letters": 3, "calls": 2}, list[str]()

    def remover(name: str) -> Callable[[ServiceEmptied], None]:
        def remove(event: ServiceEmptied) -> None:
            asked.append(name)
            gone = min(left[name], 1)
            left[name] -= gone
            event.went(name, gone)

        return remove

    monkeypatch.setitem(events._handlers, ServiceEmptied, [remover(name) for name in left])
    service = world.contracted(boss)
    with db.write():
        service.state = ServiceState.TERMINATED
        service.terminated_at = clock.now() - timedelta(days=91)
    assert jobs.erase_terminated() == "1"
    *batches, _letters, _calls = asked  # at last all of them once more: what came between
    assert batches == ["letters"] * 4 + ["calls"] * 3
    db.session.refresh(service)
    assert service.certificate is not None
    assert (
        service.certificate["counts"] | {"letters": 3, "calls": 2} == service.certificate["counts"]
    )


@pytest.mark.spec("ORG-1")
def test_the_list_is_searched_by_part_of_name_and_id_type_and_state(
    admin: Browser, boss: Member
) -> None:
    world.contracted(boss, "mall", name="늘봄몰 100%")
    world.contracted(
        boss, "desk", name="물류", type=ServiceType.ISSUE, features=frozenset({Feature.TICKET})
    )
    for query, found, missing in (
        ("q=늘봄", "/mall", "/desk"),
        ("q=ES", "/desk", "/mall"),
        ("q=%25", "/mall", "/desk"),
        ("type=issue", "/desk", "/mall"),
        ("q=zzz", "No service fits", "/mall"),
    ):
        page = admin.get(f"/c/org/contracts?{query}", htmx=True).text
        assert found in page
        assert missing not in page


@pytest.mark.spec("ORG-1")
def test_strangers_to_contracts_are_told_which_right_is_missing(
    boss: Member, browser: Callable[..., Browser], boss_service: Service
) -> None:
    world.agent(boss, boss_service, world.member("one"), manager=True)
    his = browser("one")
    for path in (
        "/c/org/contracts",
        "/c/org/rates",
        "/c/org/prices",
        "/c/org/info",
        f"/c/org/contracts/{boss_service.id}/terms",
    ):
        assert his.get(path).status_code == 403
        assert "an organization admin" in his.text()
    assert (
        his.post(f"/c/org/contracts/{boss_service.id}/state", {"on": "0"}, htmx=True).status_code
        == 403
    )
    db.session.refresh(boss_service)
    assert boss_service.state is ServiceState.ACTIVE


def test_files_that_no_row_names_are_swept_after_a_day(app: Flask, boss: Member) -> None:
    jobs.sweep_files()  # what other tests of this process left
    key = storage.save(b"x", ".png")
    assert jobs.sweep_files() is None
    for hours, removed in ((23, None), (25, "1")):  # forms name theirs when they are saved
        old = (clock.now() - timedelta(hours=hours)).timestamp()
        os.utime(storage.path(key), (old, old))
        assert jobs.sweep_files() == removed, hours
    assert not storage.path(key).exists()


@pytest.mark.spec("ORG-3", "ORG-4")
def test_a_change_made_from_a_contract_that_is_not_in_force_any_more_is_refused_with_both(
    admin: Browser, boss: Member
) -> None:
    service = world.draft_service(boss)
    path = f"/c/org/contracts/{service.id}/terms"
    admin.get(path)
    unsigned = admin.field("version")
    assert save(admin, path, TERMS) == 303  # a colleague signs
    assert admin.post(path, {**TERMS, "seats": "9", "version": unsigned}).status_code == 409
    assert "signed this contract first" in admin.errors()
    admin.get(path)
    stale = admin.field("version")
    assert save(admin, path, {**TERMS, "seats": "8"}) == 303
    with time_machine.travel(clock.now() + timedelta(days=1)):
        admin.login("boss", world.PASSWORD)
        admin.get(path)
        assert admin.post(path, {**TERMS, "seats": "9", "version": stale}).status_code == 409
        assert "Somebody else changed this contract first." in admin.errors()
        assert admin.field("seats") == "9"
        assert save(admin, path, {**TERMS, "seats": "9"}) == 303, "with what is in force"


@pytest.mark.spec("ORG-3")
def test_refused_numbers_keep_the_switches_as_they_were_sent(admin: Browser, boss: Member) -> None:
    service = world.draft_service(boss)
    path = f"/c/org/contracts/{service.id}/terms"
    for seats in ("abc", "9" * 31, "0"):
        assert (
            save(admin, path, {"features": ["chat"], "seats": seats, "sms": "0", "mms": "0"}) == 422
        )
        assert "chat" in checked(admin) and "help_center" not in checked(admin)
        assert admin.field("seats") == seats


@pytest.mark.spec("ORG-1")
def test_lists_sort_by_their_heads_and_keep_the_order_over_pages(
    admin: Browser, boss: Member
) -> None:
    for slug in ("mall", "apple", "zebra"):
        world.contracted(boss, slug)
    for query, names in (
        ("", "mall apple zebra"),
        ("?sort=name", "apple mall zebra"),
        ("?sort=-name", "zebra mall apple"),
        ("?sort=rubbish", "mall apple zebra"),
    ):
        assert (
            re.findall(r">/(\w+)</span>", admin.get(f"/c/org/contracts{query}", htmx=True).text)
            == names.split()
        )
    for number in range(25):
        world.member(f"m{number:02}", name=f"Name {number % 3}")
    text = admin.get("/c/org/members?sort=-login_id").text
    assert 'aria-sort="descending"' in text
    first = re.findall(r'p3 mono">(\w+)</td>', text)
    assert first == sorted(first, reverse=True)
    more = re.search(r'rel="next" href="([^"]+)"', text)
    assert more is not None
    assert "sort=-login_id" in more[1]
    second = re.findall(r'p3 mono">(\w+)</td>', admin.get(more[1].replace("&amp;", "&")).text)
    assert first[-1] > second[0]
