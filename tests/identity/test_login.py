"""MEM-6 and LOG-2 through the login page."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from occ.audit.models import LoginEnd, LoginEntry
from occ.audit.rules import LoginResult, SessionEnd
from occ.core import clock
from occ.core.db import db
from occ.identity import principals, sessions
from occ.identity.models import LoginSession, Member
from occ.identity.rules import LOCK_FOR, PENDING_FOR
from tests.factories import world
from tests.support.browser import Browser
from tests.support.settings import change

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]


def results() -> list[LoginResult]:
    return list(db.session.scalars(sa.select(LoginEntry.result).order_by(LoginEntry.id)))


@pytest.mark.spec("MEM-6", "LOG-2")
def test_a_right_password_opens_the_console_and_logging_out_closes_it(
    boss: Member, browser: Browsers
) -> None:
    one = browser()
    before = one.get("/login").headers.get("Set-Cookie")
    answer = one.post("/login", {"login_id": "BOSS", "password": world.PASSWORD})
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"] != before  # the session is a new one
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert one.follow(answer).status_code == 302
    assert one.get("/c/org/contracts").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=7)):
        one.post("/logout")
    assert one.get("/c/org/contracts").headers["Location"].startswith("/login?next=")
    entry = db.session.scalars(sa.select(LoginEntry)).one()
    ended = db.session.get_one(LoginEnd, entry.id)
    assert ended.reason is SessionEnd.LOGOUT
    assert timedelta(minutes=6) < ended.at - entry.at < timedelta(minutes=8)


@pytest.mark.spec("MEM-6")
def test_nothing_of_the_visitors_session_stays_after_signing_in(
    boss: Member, browser: Browsers
) -> None:
    one = browser()
    one.get("/login")
    seen_before = one.token
    one.post("/login", {"login_id": "boss", "password": world.PASSWORD})
    one.token = seen_before
    assert one.post("/c/me/beat", htmx=True).status_code == 400, "whoever gave the cookie knows it"
    one.get("/c/me")
    assert one.post("/c/me/beat", htmx=True).status_code == 204


@pytest.mark.spec("MEM-6")
def test_a_cookie_of_another_application_on_this_host_signs_nobody_out(admin: Browser) -> None:
    admin.client.set_cookie("remember_token", "7|b3RoZXI")  # Flask-Login's own name for its cookie
    assert admin.get("/c/org/contracts").status_code == 200
    assert admin.client.get_cookie("remember_token") is not None


@pytest.mark.spec("MEM-6")
def test_cookies_are_secure_when_the_page_came_by_https(
    boss: Member, app: Flask, browser: Browsers
) -> None:
    one = browser()
    assert "; Secure" in one.get("/login", base_url="https://localhost").headers["Set-Cookie"]


@pytest.mark.spec("MEM-6", "LOG-2")
def test_wrong_id_and_wrong_password_sound_the_same_and_are_told_apart_in_the_log(
    boss: Member, browser: Browsers
) -> None:
    one = browser()
    one.login("nobody", world.PASSWORD)
    first = one.errors()
    one.login("boss", "not this one")
    assert one.errors() == first
    assert one.field("login_id") == "boss"
    assert results() == [LoginResult.NO_SUCH_ACCOUNT, LoginResult.WRONG_PASSWORD]


@pytest.mark.spec("MEM-6")
def test_five_failures_lock_for_fifteen_minutes_and_the_right_password_does_not_help(
    boss: Member, browser: Browsers
) -> None:
    one = browser()
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        for _i in range(4):
            one.login("boss", "wrong")
        assert one.login("boss", world.PASSWORD).status_code == 303  # four are forgiven
        one.post("/logout")
        for _i in range(5):
            one.login("boss", "wrong")
        assert one.login("boss", world.PASSWORD).status_code == 422
        assert "locked" in one.errors()
        at.shift(LOCK_FOR - timedelta(seconds=1))
        assert one.login("boss", world.PASSWORD).status_code == 422
        at.shift(timedelta(seconds=2))
        assert one.login("boss", world.PASSWORD).status_code == 303
    assert results().count(LoginResult.BLOCKED) == 2


@pytest.mark.spec("MEM-6", "LOG-2")
def test_a_locked_account_answers_a_right_and_a_wrong_password_alike_and_counts_on(
    boss: Member, browser: Browsers
) -> None:
    one, start = browser(), clock.now()
    with time_machine.travel(start, tick=False) as at:
        one.login("nobody", "wrong")
        said = one.errors()
        for _i in range(5):
            one.login("boss", "wrong")
        for password in ("wrong", world.PASSWORD):
            assert one.login("boss", password).status_code == 422 and one.errors() == said, (
                "nothing tells which it is"
            )
        at.shift(LOCK_FOR - timedelta(minutes=1))
        for _i in range(3):
            one.login("boss", "wrong")
        at.shift(timedelta(minutes=2))
        assert one.login("boss", "wrong").status_code == 422, (
            "four during the lock and this one make five"
        )
        assert one.login("boss", world.PASSWORD).status_code == 422
        at.shift(LOCK_FOR + timedelta(seconds=1))
        assert one.login("boss", world.PASSWORD).status_code == 303
        one.get("/c/me")
        one.post("/logout")
        for _i in range(10):
            one.login("boss", "wrong")
        at.shift(LOCK_FOR - timedelta(seconds=1))
        for _i in range(5):
            one.login("boss", "wrong")
        at.shift(timedelta(minutes=14))
        assert one.login("boss", world.PASSWORD).status_code == 422, (
            "five during the lock lock anew"
        )
    assert (
        results().count(LoginResult.NO_SUCH_ACCOUNT) == 1
        and results().count(LoginResult.BLOCKED) == 5 + 1 + 10 + 1
    )
    assert set(results()) == {
        LoginResult.NO_SUCH_ACCOUNT,
        LoginResult.WRONG_PASSWORD,
        LoginResult.BLOCKED,
        LoginResult.SUCCESS,
    }


@pytest.mark.spec("MEM-6")
def test_an_open_page_is_no_place_to_guess_the_password(
    boss: Member, admin: Browser, browser: Browsers
) -> None:
    start = clock.now()
    new = {"password": "a-new-long-one-7", "repeat": "a-new-long-one-7"}
    with time_machine.travel(start, tick=False) as at:
        admin.get("/c/me/password")
        for path in ("password", "password", "totp/off", "password", "password"):
            assert admin.post(f"/c/me/{path}", {"current": "wrong", **new}).status_code == 422
        said = admin.errors()
        for current in ("wrong", world.PASSWORD):
            assert (
                admin.post("/c/me/password", {"current": current, **new}).status_code == 422
                and admin.errors() == said
            )
        assert browser().login("boss", world.PASSWORD).status_code == 422, "the account is locked"
        at.shift(LOCK_FOR + timedelta(seconds=1))
        admin.get("/c/me/password")
        assert admin.post("/c/me/password", {"current": world.PASSWORD, **new}).status_code == 303
    assert (
        results()[1:].count(LoginResult.WRONG_PASSWORD) == 5
        and results().count(LoginResult.BLOCKED) == 3
    )


@pytest.mark.spec("MEM-6", "LOG-2")
def test_a_second_login_asks_and_forcing_ends_the_first(boss: Member, browser: Browsers) -> None:
    first, second = browser("boss"), browser()
    answer = second.login("boss", world.PASSWORD)
    assert answer.headers["Location"].endswith("/login/force")
    second.follow(answer)
    assert "signed in elsewhere" in second.text()
    assert second.post("/login/force", {"cancel": "1"}).headers["Location"] == "/login"
    assert first.get("/c/me").status_code == 200
    second.follow(second.login("boss", world.PASSWORD))
    assert second.post("/login/force", {"force": "1"}).status_code == 303
    assert second.get("/c/me").status_code == 200
    assert first.get("/c/me").status_code == 302
    assert first.get("/c/me", htmx=True).status_code == 401
    assert results() == [
        LoginResult.SUCCESS,
        LoginResult.CANCELLED,
        LoginResult.FORCED_OUT,
        LoginResult.SUCCESS,
    ]


@pytest.mark.spec("MEM-6")
def test_forcing_without_a_password_first_leads_back_to_the_login(
    boss: Member, browser: Browsers
) -> None:
    browser("boss")
    other = browser()
    other.get("/login")
    assert other.post("/login/force", {"force": "1"}).headers["Location"] == "/login"
    assert other.get("/login/code").headers["Location"] == "/login"


@pytest.mark.spec("MEM-6")
def test_a_sign_in_that_waits_for_an_answer_lapses_after_five_minutes(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        first, second = browser("boss"), browser()
        for left, page in ((PENDING_FOR, "/login/force"), (PENDING_FOR * 3, "/login")):
            assert second.login("boss", world.PASSWORD).headers["Location"] == "/login/force"
            at.shift(left)
            answer = second.get("/login/force")
            assert (answer.status_code, answer.headers.get("Location", "/login/force")) == (
                200 if page == "/login/force" else 302,
                page,
            )
        assert second.post("/login/force", {"force": "1"}).headers["Location"] == "/login"
        first.get("/c/me/totp")
        totp = pyotp.TOTP(_secret(first))
        first.post("/c/me/totp", {"code": totp.now()})
        first.get("/c/me")
        first.post("/logout")
        second.login("boss", world.PASSWORD)
        second.get("/login/code")
        at.shift(PENDING_FOR + timedelta(seconds=1))
        late = second.post("/login/code", {"code": totp.now()})
        assert late.headers["Location"] == "/login", "a right code, too late"
        assert second.get("/c/me").status_code == 302


@pytest.mark.spec("MEM-6")
def test_another_password_ends_a_sign_in_that_waits_for_an_answer(
    boss: Member, admin: Browser, browser: Browsers
) -> None:
    thief = browser()
    assert thief.login("boss", world.PASSWORD).headers["Location"] == "/login/force"
    thief.get("/login/force")
    admin.get("/c/me/password")
    new = {"password": "a-new-long-one-7", "repeat": "a-new-long-one-7"}
    assert admin.post("/c/me/password", {"current": world.PASSWORD, **new}).status_code == 303
    assert thief.post("/login/force", {"force": "1"}).headers["Location"] == "/login"
    assert admin.get("/c/me").status_code == 200


@pytest.mark.spec("MEM-6")
def test_a_session_ends_after_idle_hours_and_after_seven_days(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        one = browser("boss")
        at.shift(timedelta(hours=11))
        one.post("/c/me/beat", htmx=True)
        at.shift(timedelta(hours=11))
        assert one.get("/c/me").status_code == 200
        at.shift(timedelta(hours=2))
        assert one.get("/c/me").status_code == 302
        assert principals.sweep() == "1"
        assert db.session.scalars(sa.select(LoginEnd.reason)).all() == [SessionEnd.EXPIRED]
        two = browser("boss")
        for _day in range(15):
            at.shift(timedelta(hours=11))
            two.post("/c/me/beat", htmx=True)
        assert two.get("/c/me").status_code == 200
        at.shift(timedelta(hours=5))
        assert two.get("/c/me").status_code == 302


@pytest.mark.spec("MEM-6")
def test_the_server_knows_how_old_a_session_is_whatever_the_cookie_says(
    app: Flask, boss: Member, browser: Browsers
) -> None:
    longest = app.extensions["occ_settings"].session_max_days
    change(app, session_max_days=1)  # the cookie lives as long as it was made for
    try:
        with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
            one = browser("boss")
            for hours in (11, 11, 1):
                at.shift(timedelta(hours=hours))
                assert one.post("/c/me/beat", htmx=True).status_code == 204
            at.shift(timedelta(minutes=61))
            assert one.get("/c/me").status_code == 302
            assert browser().login("boss", world.PASSWORD).headers["Location"] == "/c/", (
                "it stands in nobody's way"
            )
            assert db.session.scalars(sa.select(LoginEnd.reason)).all() == [SessionEnd.EXPIRED]
    finally:
        change(app, session_max_days=longest)


@pytest.mark.spec("MEM-6")
def test_the_second_factor_is_asked_for_once_each_and_a_code_works_once(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        one = browser("boss")
        one.get("/c/me/totp")
        secret = _secret(one)
        assert one.post("/c/me/totp", {"code": "000000"}).status_code == 422
        assert one.post("/c/me/totp", {"code": pyotp.TOTP(secret).now()}).status_code == 303
        one.post("/logout")
        at.shift(timedelta(seconds=60))
        answer = one.login("boss", world.PASSWORD)
        assert answer.headers["Location"].endswith("/login/code")
        assert one.get("/c/me").status_code == 302
        one.get("/login/code")
        assert one.post("/login/code", {"code": "12"}).status_code == 422
        code = pyotp.TOTP(secret).now()
        assert one.post("/login/code", {"code": code}).status_code == 303
        one.get("/c/me")
        one.post("/logout")
        one.login("boss", world.PASSWORD)
        one.get("/login/code")
        assert one.post("/login/code", {"code": code}).status_code == 422
        assert "was used" in one.errors()


@pytest.mark.spec("MEM-6")
def test_the_code_that_set_the_second_factor_up_is_used(boss: Member, browser: Browsers) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        one = browser("boss")
        one.get("/c/me/totp")
        totp = pyotp.TOTP(_secret(one))
        code = totp.now()
        assert one.post("/c/me/totp", {"code": code}).status_code == 303
        one.get("/c/me")
        one.post("/logout")
        one.login("boss", world.PASSWORD)
        one.get("/login/code")
        assert (
            one.post("/login/code", {"code": code}).status_code == 422
            and "was used" in one.errors()
        )
        at.shift(timedelta(seconds=30))
        assert one.post("/login/code", {"code": code}).status_code == 422, "also in the step after"
        assert one.post("/login/code", {"code": totp.now()}).status_code == 303
        one.get("/c/me/totp")
        second, last = pyotp.TOTP(_secret(one)), db.session.get_one(Member, boss.id).totp_last
        early = second.at(clock.now() - timedelta(seconds=30))
        assert one.post("/c/me/totp", {"code": early, "current": world.PASSWORD}).status_code == 303
        db.session.expire_all()
        assert db.session.get_one(Member, boss.id).totp_last == last, "what is used stays used"


@pytest.mark.spec("MEM-6")
def test_a_lock_of_a_clock_that_was_ahead_ends_with_the_clock(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 06:00:00+00:00", tick=False):
        for _i in range(5):
            browser().login("boss", "wrong")
        assert browser().login("boss", world.PASSWORD).status_code == 422
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False):
        assert browser().login("boss", world.PASSWORD).status_code == 303


@pytest.mark.spec("MEM-6", "LOG-2")
def test_five_wrong_codes_lock_the_account_for_fifteen_minutes(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        one = browser("boss")
        one.get("/c/me/totp")
        totp = pyotp.TOTP(_secret(one))
        one.post("/c/me/totp", {"code": totp.now()})
        one.get("/c/me")
        one.post("/logout")
        at.shift(timedelta(seconds=60))
        one.login("boss", world.PASSWORD)
        one.get("/login/code")
        for _i in range(5):
            assert one.post("/login/code", {"code": "000000"}).status_code == 422
        assert one.post("/login/code", {"code": totp.now()}).status_code == 422
        assert browser().login("boss", world.PASSWORD).status_code == 422, "nor by the password"
        assert results()[-7:] == [LoginResult.WRONG_PASSWORD] * 5 + [LoginResult.BLOCKED] * 2
        at.shift(LOCK_FOR + timedelta(seconds=1))
        one.login("boss", world.PASSWORD)
        one.get("/login/code")
        assert one.post("/login/code", {"code": totp.now()}).status_code == 303


@pytest.mark.spec("MEM-6")
def test_codes_are_refused_and_count_while_the_account_is_locked(
    boss: Member, browser: Browsers
) -> None:
    with time_machine.travel("2026-03-02 00:00:00+00:00", tick=False) as at:
        one, other = browser("boss"), browser()
        one.get("/c/me/totp")
        totp = pyotp.TOTP(_secret(one))
        one.post("/c/me/totp", {"code": totp.now()})
        one.get("/c/me")
        one.post("/logout")
        at.shift(timedelta(seconds=60))
        one.login("boss", world.PASSWORD)
        one.get("/login/code")
        for _i in range(5):
            other.login("boss", "wrong")
        said = []
        for code in ("000000", totp.now()):
            assert one.post("/login/code", {"code": code}).status_code == 422
            said.append(one.errors())
        assert said[0] == said[1] and results()[-2:] == [LoginResult.BLOCKED, LoginResult.BLOCKED]
        db.session.expire_all()
        assert db.session.get_one(Member, boss.id).failures == 1, "the wrong one counts"


def _secret(one: Browser) -> str:
    from lxml import html

    assert one.last is not None
    return str(html.fromstring(one.last.text).xpath("string(//*[@id='totp-key'])"))


@pytest.mark.spec("MEM-6")
def test_org_admins_can_be_made_to_have_a_second_factor(boss: Member, admin: Browser) -> None:
    admin.post("/c/org/admins/totp", {"on": "1"}, htmx=True)
    assert admin.get("/c/org/contracts").headers["Location"] == "/c/me/totp"
    assert admin.get("/c/org/contracts", htmx=True).headers["HX-Redirect"] == "/c/me/totp"
    admin.get("/c/me/totp")
    assert "must have a second factor" in admin.text()
    assert admin.post("/c/me/totp", {"code": pyotp.TOTP(_secret(admin)).now()}).status_code == 303
    assert admin.get("/c/org/contracts").status_code == 200
    assert admin.post("/c/me/totp/off", htmx=True).status_code == 422
    admin.get("/c/me/totp")
    code = pyotp.TOTP(_secret(admin)).now()
    for current in ("", "wrong"):
        assert admin.post("/c/me/totp", {"code": code, "current": current}).status_code == 422
        assert "The current password is wrong." in admin.errors(), (
            "who finds the page open takes no account over"
        )
    assert admin.post("/c/me/totp", {"code": code, "current": world.PASSWORD}).status_code == 303


def test_signing_in_goes_on_where_one_wanted_to_and_never_elsewhere(
    boss: Member, browser: Browsers
) -> None:
    one = browser()
    for target, expected in [
        ("/c/org/members?q=x", "/c/org/members?q=x"),
        ("//evil.example", "/c/"),
        ("https://evil.example", "/c/"),
    ]:
        one.get("/login?next=" + target)
        answer = one.post(
            "/login", {"login_id": "boss", "password": world.PASSWORD, "next": target}
        )
        assert answer.headers["Location"] == expected
        one.get("/c/me")
        one.post("/logout")


def test_every_write_needs_the_csrf_token(boss: Member, admin: Browser) -> None:
    admin.token = "x"
    assert (
        admin.post(
            "/c/org/members/invite", {"name": "A", "login_id": "aa", "email": "a@b.co"}
        ).status_code
        == 400
    )
    admin.token = "x"
    assert admin.post("/c/me/beat", htmx=True).status_code == 400


def test_a_session_that_ended_lets_one_sign_in_over_the_page(boss: Member, admin: Browser) -> None:
    with db.write():
        sessions.end(boss.id, SessionEnd.REVOKED)
    answer = admin.post("/c/org/members/invite", {"name": "A"}, htmx=True)
    assert (answer.status_code, answer.headers["HX-Trigger"]) == (401, "occ:login")
    admin.get("/login/dialog", htmx=True)
    answer = admin.post("/login", {"login_id": "boss", "password": world.PASSWORD}, htmx=True)
    assert answer.status_code == 204
    assert "occ:csrf" in answer.headers["HX-Trigger"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginSession)) == 1


@pytest.mark.spec("MEM-6")
def test_hashing_never_happens_inside_a_write_transaction(
    boss: Member, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occ.core import db as core_db
    from occ.identity import passwords

    def guard(function: Callable[..., object]) -> Callable[..., object]:
        def inner(*args: object, **kwargs: object) -> object:
            assert not core_db._writing.get()
            return function(*args, **kwargs)

        return inner

    monkeypatch.setattr(passwords, "matches", guard(passwords.matches))
    monkeypatch.setattr(passwords, "hashed", guard(passwords.hashed))
    one = browser("boss")
    one.get("/c/me/password")
    assert (
        one.post(
            "/c/me/password",
            {
                "current": world.PASSWORD,
                "password": "a-new-long-one-7",
                "repeat": "a-new-long-one-7",
            },
        ).status_code
        == 303
    )
