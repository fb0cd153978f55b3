"""What set-up, invitations and new passwords say: all faults at once, and what is left to do (MEM-1, MEM-2)."""

from collections.abc import Callable

import pytest
from flask import Flask

from occ.identity import queries
from occ.identity.models import Member
from tests.factories import world
from tests.identity.test_members import INVITE, SETUP, link, toast
from tests.support.browser import Browser, said
from tests.support.settings import changed

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]


@pytest.mark.spec("MEM-1")
def test_the_first_run_says_all_that_is_wrong_at_once(app: Flask, browser: Browsers) -> None:
    one = browser()
    one.get("/setup")
    assert one.find("//input[@name='organization'][@autofocus]")
    assert "2 to 32 letters" in said(one.find("//*[@id='login_id-hint']")[0])
    wrong = {
        "organization": "",
        "domain": "contact example",
        "login_id": "s",
        "email": "nobody",
        "password": "short1234",
        "repeat": "other1234",
    }
    assert one.post("/setup", {**SETUP, **wrong}).status_code == 422
    assert one.find("//*[@data-errors]//li/a/@href") == [f"#{name}" for name in wrong]
    one.post("/setup", {**SETUP, "login_id": ""})
    assert one.texts("//*[@data-errors]//li") == ["Your ID: Fill this in."], "its rule is no news"


@pytest.mark.spec("MEM-2")
def test_an_invitation_and_a_new_password_say_all_that_is_wrong_at_once(
    admin: Browser, browser: Browsers
) -> None:
    admin.get("/c/org/members/invite")
    assert "2 to 32 letters" in said(admin.find("//*[@id='login_id-hint']")[0])
    wrong = {"name": "", "login_id": "boss", "email": "boss@example.com", "phone": "12"}
    assert admin.post("/c/org/members/invite", {**INVITE, **wrong}, htmx=True).status_code == 422
    assert admin.find("//*[@data-errors]//li/a/@href") == [f"#{name}" for name in wrong]
    assert "is taken" in admin.errors() and "this e-mail already" in admin.errors()
    admin.post("/c/org/members/invite", INVITE, htmx=True)
    guest = browser()
    guest.get(link())
    assert guest.post(link(), {"password": "short", "repeat": "shorter"}).status_code == 422
    assert "at least 10" in guest.errors() and "differ" in guest.errors()
    admin.get("/c/me/password")
    own = {"current": "wrong", "password": "short", "repeat": "shorter"}
    assert admin.post("/c/me/password", own).status_code == 422
    found = admin.find("//*[@data-errors]//li/a/@href")
    assert found == [f"#{name}" for name in ("password", "repeat", "current")]


@pytest.mark.spec("MEM-2")
def test_an_invitation_says_whether_a_mail_leaves_and_what_is_still_to_do(
    app: Flask,
    admin: Browser,
    boss: Member,
    browser: Browsers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service, one = world.contracted(boss), world.member("minji")
    world.agent(boss, service, one, manager=True)
    told = toast(admin.post("/c/org/members/invite", INVITE, htmx=True))
    assert "No mail goes out without a mail server" in told["text"]
    assert told["link"] == ["/c/org/outbox", "Mail outbox"]
    invited = queries.member_by_login("jihoon")
    assert invited is not None
    told = toast(admin.post(f"/c/org/members/{invited.id}/resend", htmx=True))
    assert "No mail goes out" in told["text"] and told["link"][0] == "/c/org/outbox"

    hers = browser("minji")
    hers.get("/c/s/mall/agents")
    assert "Invite a member" not in hers.links(), "one way in: adding says when to invite"
    hers.get(hers.links()["Add an agent"])
    assert "Somebody new is invited first" in hers.text()
    path = hers.links()["Invite a member"]
    hers.get(path, htmx=True)
    assert "No mail goes out" in hers.text() and "as an agent here" in hers.text()
    two = {**INVITE, "login_id": "two", "email": "two@example.com"}
    told = toast(hers.post(path, two, htmx=True))
    assert "add the person as an agent here" in told["text"]
    assert "an organization admin" in told["text"] and "link" not in told, "the box is not hers"

    settings = changed(app, smtp_url="smtp://127.0.0.1:1")
    monkeypatch.setitem(app.extensions, "occ_settings", settings)
    admin.get("/c/org/admins/find")
    path = admin.links()["Invite a member"]
    admin.get(path, htmx=True)
    assert "A link to set the password goes to the e-mail" in admin.text()
    three = {**INVITE, "login_id": "three", "email": "three@example.com"}
    told = toast(admin.post(path, three, htmx=True))
    assert "works for 72 hours" in told["text"] and "No mail" not in told["text"]
    assert "add the person as an organization admin here" in told["text"]
    assert (
        "on its way" in toast(admin.post(f"/c/org/members/{invited.id}/resend", htmx=True))["text"]
    )
