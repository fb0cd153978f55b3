"""What a console keeps of the cookies that it read, and for how long."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from occ.audit.rules import SessionEnd
from occ.core import clock, cookies
from occ.core.db import db
from occ.identity import sessions
from occ.identity.models import Member
from tests.factories import world
from tests.support.browser import Browser

PAGE = "/c/me"


def kept(app: Flask) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = app.extensions["occ_cookies"]
    return found


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("occ")
    assert found is not None
    return found.value


@pytest.fixture
def signer(app: Flask) -> URLSafeTimedSerializer:
    found = cookies.CookieSession().get_signing_serializer(app)
    assert found is not None
    return found


@pytest.mark.spec("MEM-6")
def test_a_cookie_that_was_just_read_is_worth_nothing_once_its_session_ended(
    app: Flask, boss: Member, admin: Browser
) -> None:
    assert admin.get(PAGE).status_code == 200
    assert cookie(admin) in {said for said, _minute in kept(app)}
    with db.write():
        sessions.end(boss.id, SessionEnd.FORCED_OUT)
    assert admin.get(PAGE).status_code == 302


@pytest.mark.spec("MEM-6")
def test_a_cookie_is_read_anew_each_minute_and_outlives_nothing(app: Flask, admin: Browser) -> None:
    admin.get(PAGE)
    days = app.permanent_session_lifetime
    with time_machine.travel(clock.now() + days + timedelta(minutes=1), tick=False):
        asked = app.test_request_context(headers={"Cookie": f"occ={cookie(admin)}"})
        assert "token" not in (cookies.CookieSession().open_session(app, asked.request) or {})


@pytest.mark.spec("MEM-6")
def test_a_changed_cookie_is_not_taken_for_the_one_that_is_kept(app: Flask, admin: Browser) -> None:
    admin.get(PAGE)
    said = cookie(admin)
    for wrong in (said[:-1], said[:-2] + ("AA" if said[-2:] != "AA" else "BB"), "x" + said):
        admin.client.set_cookie("occ", wrong)
        assert admin.get(PAGE).status_code == 302
    admin.client.set_cookie("occ", said)
    assert admin.get(PAGE).status_code == 200


@pytest.mark.spec("MEM-6")
def test_what_one_request_does_with_its_session_stays_its_own(app: Flask, admin: Browser) -> None:
    admin.get(PAGE)
    headers = {"Cookie": f"occ={cookie(admin)}"}
    opened = [
        cookies.CookieSession().open_session(app, app.test_request_context(headers=headers).request)
        for _turn in range(2)
    ]
    assert opened[0] is not None and opened[1] is not None
    opened[0]["token"] = "another"
    assert opened[1]["token"] != "another"
    assert admin.get(PAGE).status_code == 200


@pytest.mark.spec("MEM-6")
def test_only_what_names_a_session_is_kept_and_not_much_of_it(
    app: Flask, admin: Browser, browser: Callable[..., Browser], signer: URLSafeTimedSerializer
) -> None:
    world.member("kim")
    told = {"token": "t", "_flashes": [{" t": ["toast", "Kim Minji was added."]}]}
    for said in (told, {"token": "t", "wall_link": "https://console/w/secret"}):
        text = signer.dumps(said)
        asked = app.test_request_context(headers={"Cookie": f"occ={text}"})
        found = cookies.CookieSession().open_session(app, asked.request)
        assert found is not None
        assert found["token"] == "t"
        assert text not in {one for one, _minute in kept(app)}
    for number in range(cookies.COOKIES_MOST + 5):
        text = signer.dumps({"token": f"{number}"})
        asked = app.test_request_context(headers={"Cookie": f"occ={text}"})
        cookies.CookieSession().open_session(app, asked.request)
    assert 0 < len(kept(app)) <= cookies.COOKIES_MOST
    assert all(
        value.keys() <= {"token", "csrf_token", "_permanent"} for value in kept(app).values()
    )
