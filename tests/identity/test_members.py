"""MEM-1, MEM-2, MEM-3 through the pages."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from occ.core import clock
from occ.core.db import db
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity import passwords, queries
from occ.identity.models import LoginSession, Member, MemberToken
from occ.identity.rules import MemberState
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Browsers = Callable[..., Browser]
SETUP = {
    "organization": "늘봄",
    "domain": "contact.example.com",
    "time_zone": "Asia/Seoul",
    "currency": "KRW",
    "name": "김서연",
    "login_id": "Seoyeon",
    "email": "Seoyeon@Example.com",
    "password": "a-long-passphrase-1",
    "repeat": "a-long-passphrase-1",
}
INVITE = {
    "name": "박지훈",
    "login_id": "jihoon",
    "email": "jihoon@example.com",
    "phone": "010-1234-5678",
}


def link() -> str:
    """The path of the one-time link in the newest mail."""
    mail = db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id.desc())).first()
    assert mail is not None
    return re.findall(r"http://localhost:5000(/\S+)", delivery.body_of(mail) or "")[-1]


def toast(answer: TestResponse) -> dict[str, Any]:
    """What an answer tells in a toast."""
    told: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["occ:toast"]
    return told


@pytest.mark.spec("MEM-1")
def test_the_first_run_makes_the_organization_and_its_owner_and_closes(
    app: Flask, browser: Browsers
) -> None:
    one = browser()
    assert one.get("/login").headers["Location"] == "/setup"
    one.get("/setup")
    assert one.field("domain") == "localhost"
    answer = one.post("/setup", SETUP)
    assert answer.status_code == 303
    assert one.follow(one.follow(answer)).status_code == 200
    owner = db.session.scalars(sa.select(Member)).one()
    assert (owner.login_id, owner.email, owner.is_org_admin) == (
        "seoyeon",
        "seoyeon@example.com",
        True,
    )
    assert browser().get("/setup").status_code == 404


@pytest.mark.spec("MEM-1", "MEM-6")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "short1234", "repeat": "short1234"}, "at least 10"),
        ({"password": "password123", "repeat": "password123"}, "too common"),
        ({"password": "1234567890", "repeat": "1234567890"}, "too common"),
        ({"password": "efghijklmno", "repeat": "efghijklmno"}, "too common"),
        ({"password": "nmlkjihgfed", "repeat": "nmlkjihgfed"}, "too common"),
        ({"password": "abababababab", "repeat": "abababababab"}, "too common"),
        ({"password": "seoyeon2026", "repeat": "seoyeon2026"}, "Do not build the password"),
        ({"repeat": "a-long-passphrase-2"}, "differ"),
        ({"login_id": "s"}, "2 to 32"),
        ({"login_id": "seo yeon"}, "2 to 32"),
        ({"email": "nobody"}, "Enter an e-mail"),
        ({"domain": "contact example"}, "such as contact.example.com"),
        ({"organization": " "}, "Fill this in"),
        ({"organization": "x" * 101}, "at most 100"),
        ({"time_zone": "Mars/Olympus"}, "Not a valid choice"),
        ({"currency": "XYZ"}, "Not a valid choice"),
    ],
)
def test_the_first_run_refuses_in_words_and_keeps_what_was_typed(
    app: Flask, browser: Browsers, change: dict[str, str], words: str
) -> None:
    one = browser()
    one.get("/setup")
    assert one.post("/setup", {**SETUP, **change}).status_code == 422
    assert words in one.errors()
    assert one.field("name") == "김서연"
    assert not queries.any_member()


@pytest.mark.spec("MEM-2")
def test_an_invited_member_sets_a_password_by_mail_and_signs_in(
    admin: Browser, browser: Browsers
) -> None:
    admin.get("/c/org/members/invite", htmx=True)
    assert admin.post("/c/org/members/invite", INVITE, htmx=True).status_code == 204
    admin.get("/c/org/members")
    assert "Invited" in admin.text()
    guest = browser()
    assert guest.get(link()).status_code == 200
    # opening it, as mail scanners do, does not use it up
    assert guest.get(link()).status_code == 200
    answer = guest.post(
        link(), {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
    )
    assert answer.status_code == 303
    assert guest.get("/c/me").status_code == 200
    member = queries.member_by_login("jihoon")
    assert member is not None
    assert (member.state, member.phone) == (MemberState.ACTIVE, "+821012345678")
    other = browser()
    assert other.get(link()).status_code == 404  # used
    other.get("/login")
    answer = other.post(link(), {"password": "another-long-one-1", "repeat": "another-long-one-1"})
    assert answer.status_code == 404
    assert passwords.matches(member.password_hash, "a-long-passphrase-1")


@pytest.mark.spec("MEM-2")
def test_links_that_expired_were_replaced_or_tampered_with_do_not_work(
    admin: Browser, browser: Browsers
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as at:
        admin.post("/c/org/members/invite", INVITE, htmx=True)
        first = link()
        at.shift(timedelta(hours=71, minutes=59))
        guest = browser()
        assert guest.get(first).status_code == 200
        assert guest.get(first[:-2] + ("aa" if first[-2:] != "aa" else "bb")).status_code == 404
        assert guest.get(first.replace("invite", "reset")).status_code == 404
        guest.get(first)
        at.shift(timedelta(minutes=2))
        assert (
            guest.post(
                first, {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
            ).status_code
            == 404
        )
        assert "expired" in guest.text()
        found = queries.member_by_login("jihoon")
        assert found is not None
        admin.login("boss", world.PASSWORD)  # three days later: a new session
        admin.get("/login/force")
        admin.get("/c/org/members")
        assert admin.post(f"/c/org/members/{found.id}/resend", htmx=True).status_code == 204
        assert link() != first
        assert guest.get(link()).status_code == 200


@pytest.mark.spec("MEM-2")
def test_only_the_newest_link_works_and_none_that_went_to_an_older_address(
    admin: Browser, browser: Browsers
) -> None:
    admin.post("/c/org/members/invite", INVITE, htmx=True)
    found, older, guest = queries.member_by_login("jihoon"), link(), browser()
    assert found is not None
    for on in ("0", "1"):
        admin.post(f"/c/org/members/{found.id}/active", {"on": on}, htmx=True)
    assert found.state is MemberState.INVITED, "without a password nobody is more than that"
    admin.post(f"/c/org/members/{found.id}/resend", htmx=True)
    newer = link()
    assert (guest.get(older).status_code, guest.get(newer).status_code) == (404, 200)
    active = world.member("lee")
    assert admin.post(f"/c/org/members/{active.id}/resend", htmx=True).status_code == 422
    assert link() == newer
    path = f"/c/org/members/{found.id}"
    for email, status in ((INVITE["email"], 200), ("j@example.com", 404)):
        admin.get(path, htmx=True)
        values = {"name": f"For {email}", "email": email, "version": admin.field("version")}
        assert admin.post(path, values, htmx=True).status_code == 204
        assert guest.get(newer).status_code == status, email


@pytest.mark.spec("MEM-2")
def test_an_invitation_can_be_taken_back_and_the_id_is_never_given_again(
    admin: Browser, browser: Browsers
) -> None:
    admin.post("/c/org/members/invite", INVITE, htmx=True)
    found = queries.member_by_login("jihoon")
    assert found is not None
    admin.get(f"/c/org/members/{found.id}/remove", htmx=True)
    assert admin.texts("//h2") == ["Revoke the invitation of 박지훈?"]
    assert admin.texts("//*[@class='ft']/button") == ["Close", "Revoke invitation"]
    answer = admin.post(f"/c/org/members/{found.id}/remove", htmx=True)
    assert (answer.status_code, toast(answer)["text"]) == (204, "The invitation is revoked.")
    assert browser().get(link()).status_code == 404
    assert admin.post("/c/org/members/invite", INVITE, htmx=True).status_code == 422
    assert "never used again" in admin.errors()
    assert (
        admin.post("/c/org/members/invite", {**INVITE, "login_id": "other"}, htmx=True).status_code
        == 204
    )


@pytest.mark.spec("MEM-2")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Fill this in"),
        ({"email": "x@"}, "Enter an e-mail"),
        ({"phone": "abc"}, "not a phone number"),
        ({"login_id": "boss"}, "taken"),
        ({"email": "BOSS@example.com"}, "has this e-mail"),
        ({"name": "n" * 51}, "at most 50"),
    ],
)
def test_an_invitation_is_refused_in_words(
    admin: Browser, change: dict[str, str], words: str
) -> None:
    assert admin.post("/c/org/members/invite", {**INVITE, **change}, htmx=True).status_code == 422
    assert words in admin.errors()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Member)) == 1


@pytest.mark.spec("MEM-2")
def test_a_member_is_edited_and_the_second_of_two_savers_sees_both_texts(admin: Browser) -> None:
    one = world.member("jihoon", name="박지훈")
    path = f"/c/org/members/{one.id}"
    admin.get(path, htmx=True)
    version = admin.field("version")
    assert (
        admin.post(
            path,
            {"name": "박 지훈", "email": "j@example.com", "phone": "", "version": version},
            htmx=True,
        ).status_code
        == 204
    )
    assert (
        admin.post(
            path,
            {"name": "박지후니", "email": "k@example.com", "phone": "", "version": version},
            htmx=True,
        ).status_code
        == 409
    )
    assert admin.field("name") == "박지후니"
    assert "Stored now" in admin.text()
    assert "박 지훈" in admin.text()
    assert (
        admin.post(
            path,
            {
                "name": "박지후니",
                "email": "k@example.com",
                "phone": "",
                "version": admin.field("version"),
            },
            htmx=True,
        ).status_code
        == 204
    )
    db.session.refresh(one)
    assert one.name == "박지후니"
    assert admin.get("/c/org/members/99999").status_code == 404


@pytest.mark.spec("MEM-2", "LOG-1")
def test_deactivating_ends_the_session_for_good_and_activating_lets_sign_in_again(
    admin: Browser, browser: Browsers
) -> None:
    one = world.member("jihoon", name="박지훈")
    his, other, waits = browser("jihoon"), browser(), browser()
    assert waits.login("jihoon", world.PASSWORD).headers["Location"] == "/login/force"
    waits.get("/login/force")
    admin.post(f"/c/org/members/{one.id}/active", {"on": "0"}, htmx=True)
    assert his.get("/c/me").status_code == 302
    waits.post("/login/force", {"force": "1"})
    assert waits.get("/c/me").status_code == 302, "who was asked whether to end the other one"
    assert other.login("jihoon", world.PASSWORD).status_code == 422
    admin.post(f"/c/org/members/{one.id}/active", {"on": "1"}, htmx=True)
    assert his.get("/c/me").status_code == 302, "the old cookie opens nothing again"
    assert other.login("jihoon", world.PASSWORD).headers["Location"] == "/c/", (
        "and nobody has to be forced out"
    )
    admin.get("/c/org/logs/authority")
    assert [row[1:4] for row in admin.rows()[1:3]] == [
        ["Member activated", "Boss Kim boss", "박지훈 jihoon"],
        ["Member deactivated", "Boss Kim boss", "박지훈 jihoon"],
    ]


@pytest.mark.spec("MEM-2", "LOG-1")
def test_removing_a_member_ends_roles_and_keeps_the_name_in_history(
    admin: Browser, boss: Member, browser: Browsers
) -> None:
    service = world.contracted(boss)
    one = world.member("jihoon", name="박지훈")
    world.agent(boss, service, one)
    his = browser("jihoon")
    admin.get(f"/c/org/members/{one.id}/remove", htmx=True)
    assert "Mall" in admin.text()
    assert admin.texts("//h2") == ["Remove 박지훈?"]
    assert toast(admin.post(f"/c/org/members/{one.id}/remove", htmx=True))["text"] == (
        "박지훈 was removed."
    )
    assert his.get("/c/me").status_code == 302
    assert queries.seats_used() == {}
    assert admin.get("/c/org/members?q=jihoon").text.count("No member fits") == 1
    admin.get("/c/org/logs/authority?login_id=jihoon")
    assert "박지훈" in admin.text()
    assert "Member removed" in admin.text()


@pytest.mark.spec("MEM-2")
def test_a_forgotten_password_is_reset_by_mail_and_the_answer_tells_nothing(
    boss: Member, browser: Browsers
) -> None:
    guest = browser()
    answers = []
    for who in ("boss", "nobody", "boss@example.com", "nobody@example.com"):
        guest.get("/forgot")
        guest.post("/forgot", {"who": who})
        answers.append(guest.text())
    assert len(set(answers)) == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 2
    his = browser("boss")
    guest.get(link())
    assert (
        guest.post(
            link(), {"password": "boss@example.com1", "repeat": "boss@example.com1"}
        ).status_code
        == 422
    )
    assert (
        guest.post(
            link(), {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
        ).status_code
        == 303
    )
    assert his.get("/c/me").status_code == 302  # every other session ended
    assert guest.get("/c/me").status_code == 200
    assert browser().get(link()).status_code == 404


@pytest.mark.spec("MEM-2")
def test_a_reset_link_from_before_a_change_of_the_password_works_no_more(
    boss: Member, admin: Browser, browser: Browsers
) -> None:
    guest = browser()
    guest.get("/forgot")
    guest.post("/forgot", {"who": "boss"})
    older = link()
    assert guest.get(older).status_code == 200
    new = {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
    admin.get("/c/me/password")
    assert admin.post("/c/me/password", {"current": world.PASSWORD, **new}).status_code == 303
    assert guest.get(older).status_code == 404
    guest.get("/login")
    assert guest.post(older, new).status_code == 404
    assert admin.get("/c/me").status_code == 200, "whoever changed it stays signed in"


@pytest.mark.spec("MEM-2")
def test_at_most_three_resets_an_hour_are_mailed(boss: Member, browser: Browsers) -> None:
    guest = browser()
    guest.get("/forgot")
    for _i in range(5):
        guest.post("/forgot", {"who": "boss"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MemberToken)) == 3


@pytest.mark.spec("MEM-2")
def test_whoever_cannot_sign_in_is_mailed_no_reset(
    admin: Browser, boss: Member, browser: Browsers
) -> None:
    one = world.member("jihoon")
    guest = browser()
    guest.get("/forgot")
    guest.post("/forgot", {"who": "jihoon"})
    older = link()
    admin.post(f"/c/org/members/{one.id}/active", {"on": "0"}, htmx=True)
    guest.get("/forgot")
    guest.post("/forgot", {"who": "jihoon"})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == 1
    new = {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
    guest.get(older)
    assert guest.post(older, new).status_code == 422, "nor does an older link let them in"
    assert guest.get("/c/me").status_code == 302


@pytest.mark.spec("MEM-3")
def test_org_admins_are_added_by_search_and_the_last_one_stays(
    admin: Browser, boss: Member, browser: Browsers
) -> None:
    one = world.member("jihoon", name="박지훈")
    invite = "//a[@href='/c/org/members/invite?to=admins']"
    admin.get("/c/org/admins")
    assert admin.texts("//div[@class='o-actions']//a") == ["Add an admin"], "one way in"
    admin.get("/c/org/admins/find", htmx=True)
    assert admin.texts(invite) == ["Invite a member"], "who is not there yet is invited"
    admin.get("/c/org/admins/find?q=", htmx=True)
    assert "박지훈" not in admin.text()
    for text in ("지훈", "jih", "JIHOON@"):
        admin.get(f"/c/org/admins/find?q={text}", htmx=True)
        assert "박지훈" in admin.text()
    assert admin.post(f"/c/org/admins/{boss.id}", {"on": "0"}, htmx=True).status_code == 422
    assert "last organization admin" in admin.last.headers["HX-Trigger"]  # type: ignore[union-attr]
    admin.post(f"/c/org/admins/{one.id}", {"on": "1"}, htmx=True)
    his = browser("jihoon")
    assert his.get("/c/org/admins").status_code == 200
    assert his.post(f"/c/org/admins/{boss.id}", {"on": "0"}, htmx=True).status_code == 204
    assert admin.get("/c/org/admins").status_code == 403
    assert "You need “Organization admins”" in admin.text()
    assert his.post(f"/c/org/members/{one.id}/active", {"on": "0"}, htmx=True).status_code == 422
    assert his.post(f"/c/org/members/{one.id}/remove", htmx=True).status_code == 422


@pytest.mark.spec("MEM-3")
def test_an_org_admin_who_cannot_sign_in_is_not_the_one_who_stays(
    admin: Browser, boss: Member
) -> None:
    one = world.member("jihoon")
    admin.post(f"/c/org/admins/{one.id}", {"on": "1"}, htmx=True)
    admin.post(f"/c/org/members/{one.id}/active", {"on": "0"}, htmx=True)
    for path, values in (
        (f"/c/org/admins/{boss.id}", {"on": "0"}),
        (f"/c/org/members/{boss.id}/active", {"on": "0"}),
        (f"/c/org/members/{boss.id}/remove", {}),
    ):
        assert admin.post(path, values, htmx=True).status_code == 422, path
    admin.post(f"/c/org/members/{one.id}/active", {"on": "1"}, htmx=True)
    assert admin.post(f"/c/org/admins/{boss.id}", {"on": "0"}, htmx=True).status_code == 204


@pytest.mark.spec("MEM-7")
def test_everybody_changes_their_own_settings_and_password(
    boss: Member, admin: Browser, browser: Browsers
) -> None:
    admin.get("/c/me")
    values = {
        "nickname": "늘봄이",
        "locale": "ja",
        "time_zone": "Asia/Tokyo",
        "theme": "dark",
        "density": "compact",
        "version": admin.field("version"),
    }
    assert admin.post("/c/me", values).status_code == 303
    admin.get("/c/me")
    assert admin.find("/html[@lang='ja'][@data-bs-theme='dark'][@data-density='compact']")
    assert admin.find("//*[@data-shortcuts='off']")
    shown = admin.texts("//dl[@class='o-deflist']")[0]
    assert all(str(of) in shown for of in (boss.login_id, boss.name, boss.email))
    assert admin.post("/c/me", {**values, "nickname": "봄", "version": "1"}).status_code == 409
    assert (admin.field("nickname"), admin.field("version")) == ("봄", "2")
    assert (
        admin.post(
            "/c/me", {**values, "locale": "xx", "version": admin.field("version")}
        ).status_code
        == 422
    )
    admin.get("/c/me/password")
    new = {"password": "a-long-passphrase-1", "repeat": "a-long-passphrase-1"}
    assert admin.post("/c/me/password", {"current": "wrong", **new}).status_code == 422
    assert (
        admin.post(
            "/c/me/password", {"current": world.PASSWORD, "password": "short", "repeat": "short"}
        ).status_code
        == 422
    )
    assert admin.post("/c/me/password", {"current": world.PASSWORD, **new}).status_code == 303
    assert admin.get("/c/me").status_code == 200
    member = db.session.get_one(Member, boss.id)
    db.session.refresh(member)
    assert passwords.matches(member.password_hash, new["password"])
    assert member.shown_name == "늘봄이"


@pytest.mark.spec("MEM-7")
def test_assignment_is_ones_own_only_where_self_control_is_on(
    boss: Member, browser: Browsers
) -> None:
    service = world.contracted(boss)
    one = world.member("jihoon")
    agent = world.agent(boss, service, one)
    his = browser("jihoon")
    assert (
        his.post(
            "/c/me/assignment", {"service_id": str(service.id), "chat": "1"}, htmx=True
        ).status_code
        == 204
    )
    db.session.refresh(agent)
    assert (agent.ticket_assignment, agent.chat_assignment) == (False, True)
    with db.write():
        agent.self_control = False
    assert (
        his.post(
            "/c/me/assignment", {"service_id": str(service.id), "ticket": "1"}, htmx=True
        ).status_code
        == 403
    )
    assert his.post("/c/me/assignment", {"service_id": "999"}, htmx=True).status_code == 404
    assert his.post("/c/me/assignment", {"service_id": "x"}, htmx=True).status_code == 400


def test_the_theme_goes_round_in_the_account_menu(admin: Browser) -> None:
    for expected in ("light", "dark", "system"):
        admin.post("/c/me/theme")
        assert f'data-theme="{expected}"' in admin.get("/c/me").text


def test_a_token_is_stored_only_as_a_hash(admin: Browser) -> None:
    assert admin.client.get_cookie("occ") is not None
    row = db.session.scalars(sa.select(LoginSession)).one()
    assert row.hash not in str(admin.client.get_cookie("occ"))
