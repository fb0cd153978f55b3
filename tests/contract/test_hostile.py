"""Hostile and incomplete input is refused in words, never a crash; HEAD and parts behave."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from lxml import html
from lxml.html import HtmlElement

from occ.audit import service as audit
from occ.audit.models import LoginEntry
from occ.audit.rules import Action, LoginResult
from occ.core import ui
from occ.core.db import db
from occ.delivery import service as delivery
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.support.routes import routes

pytestmark = pytest.mark.heavy

CURSORS = (
    "rubbish",
    "e30",
    "WzFd",
    "WzFlOTk5LDFd",
    "W1tbW1tbW1tbW1tbW1tb",
    "WyJcdWQ4MDAiLCAxXQ",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgMV0",
    "x" * 5000,
)
QUERIES = (
    "q=%00&state=x&type=y&size=-1&code=%F0%9F%98%80",
    "since=0001-01-01&until=9999-12-31&first=9999-12&last=9999-12",
)
MORE_QUERIES = (
    "q=%00",
    "state=x&type=y&size=-1&code=%F0%9F%98%80",
    "group=9&endpoint=x&_method=PUT&_external=1",
    "q=" + "%25" * 3000,
    "group=" + "9" * 5000,
    "first=0001-01",
    "name=%ED%A0%80",
    "page=1&size=99999999999999999999",
)


def test_a_head_request_writes_nothing(app: Flask, boss: Member, admin: Browser) -> None:
    phone.furnished(boss)
    world.draft_service(boss, "draft")
    seen: list[str] = []

    def watch(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement, re.I):
            seen.append(statement)

    db.session.commit()
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", watch)
    for endpoint, path in routes(app, "GET"):
        if not getattr(app.view_functions[endpoint], "writes", False):
            admin._send("HEAD", path)
            admin._send("HEAD", path.replace("/1", "/2"))
            assert not seen, endpoint
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", watch)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Service)) == 2


@pytest.mark.parametrize(
    "query", [*QUERIES, *(pytest.param(one, marks=pytest.mark.full) for one in MORE_QUERIES)]
)
def test_absurd_queries_are_answered(app: Flask, boss: Member, admin: Browser, query: str) -> None:
    phone.furnished(boss)
    for _endpoint, path in routes(app, "GET"):
        assert admin.get(f"{path}?{query}").status_code < 500, path


def test_absurd_cursors_start_at_the_beginning(app: Flask, boss: Member, admin: Browser) -> None:
    world.contracted(boss)
    for path in (
        "/c/org/members",
        "/c/org/contracts",
        "/c/org/logs/authority",
        "/c/org/logs/logins",
        "/c/org/outbox",
        "/c/s/mall/agents",
    ):
        for cursor in CURSORS:
            assert admin.get(f"{path}?after={cursor}").status_code == 200, (path, cursor)
            assert admin.get(f"{path}?before={cursor}").status_code == 200, (path, cursor)


def test_signs_that_nothing_can_hold_never_enter_and_missing_fields_are_refused_everywhere(
    app: Flask, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    guest = browser()
    guest.get("/login")
    assert (
        guest.post(
            "/login", {"login_id": "a\x00\x0b\uffff\ufdd0\U0001ffffb", "password": "x"}
        ).status_code
        == 422
    )
    tried = db.session.scalars(sa.select(LoginEntry.login_id).order_by(LoginEntry.id.desc()))
    assert tried.first() == "ab"
    assert guest.post("/forgot", {"who": "\x00"}).status_code < 500
    assert guest.get("/x%00/hc").status_code == 400
    for path in ("/login", "/forgot"):
        guest.get(path)
        assert guest.post(path, {}).status_code < 500
    for endpoint, path in routes(app, "POST"):
        if endpoint not in ("auth.logout",):
            assert admin.post(path, {}).status_code < 500, endpoint
            assert admin.post(path, {}, htmx=True).status_code < 500, endpoint


def test_every_page_answers_htmx_and_every_part_answers_a_browser(
    app: Flask, boss: Member, admin: Browser
) -> None:
    phone.furnished(boss)
    pages = {}
    for endpoint, path in routes(app, "GET"):
        assert admin.get(path, htmx=True).status_code in (200, 302, 303, 404), endpoint
        answer = admin.get(path)
        assert answer.status_code in (200, 302, 303, 404), endpoint
        if answer.status_code == 200 and b"<html" in answer.data[:200]:
            pages[endpoint] = html.fromstring(answer.text)
    for path in ("/forgot", "/invite/x", "/reset/x", "/mall/hc", "/login", "/mall/hc/ko"):
        assert admin.get(path, htmx=True).status_code in (200, 302, 404)
    assert len(pages) > 40
    _load_what_their_parts_need(app, pages)


def _load_what_their_parts_need(app: Flask, pages: dict[str, HtmlElement]) -> None:
    """What a part loads as a page of its own, the pages that open it load, too."""
    urls = app.url_map.bind("localhost")
    loaded = {
        endpoint: set(page.xpath("//link[@rel='stylesheet']/@href | //script/@src"))
        for endpoint, page in pages.items()
    }
    for endpoint, page in pages.items():
        for address in filter(None, (urlsplit(one).path for one in page.xpath("//@hx-get"))):
            part = urls.match(address)[0]
            missing = loaded.get(part, set()) - loaded[endpoint]
            assert not missing, f"{endpoint} opens {part}, which needs {missing}"


def test_lists_keyed_by_time_go_on_to_the_next_page(
    app: Flask, boss: Member, admin: Browser
) -> None:
    one = world.member("one")
    for number in range(60):
        with db.write():
            audit.authority(Action.MEMBER_CHANGED, actor=world.actor(boss), target=one)
            audit.login(
                LoginResult.WRONG_PASSWORD,
                login_id=f"id{number}",
                ip="1.1.1.1",
                device="d",
                member=one,
            )
            delivery.send_mail(to=f"a{number}@example.com", subject="S", body="B", key=f"k{number}")
    for path, pattern in (
        ("/c/org/logs/authority", r"/authority/(\d+)"),
        ("/c/org/logs/logins", r">(id\d+)<"),
        ("/c/org/outbox", r"(a\d+)@example"),
    ):
        seen: list[str] = []
        url = path
        for _page in range(5):
            text = admin.get(url).text
            seen += list(dict.fromkeys(re.findall(pattern, text)))
            found = re.search(r'rel="next" href="([^"]+)"', text)
            if not found:
                break
            url = found[1].replace("&amp;", "&")
        assert len(seen) == len(set(seen)) >= 60, path


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "https://evil",
        "/\\evil",
        "/x\r\nSet-Cookie: a=b",
        "/\t/evil",
        "http://[",
        "",
        "evil",
    ],
)
def test_only_addresses_of_this_console_are_followed(target: str) -> None:
    assert ui.local_path(target) is None


@pytest.mark.parametrize(
    ("page", "target"),
    [
        ("http://localhost/c/org/jobs?x=1", "/c/org/jobs?x=1"),
        ("https://localhost/c/org/jobs", "/c/org/jobs"),
        ("https://evil.example/c/org/jobs", "/"),
        ("http://localhost@evil.example/", "/"),
        ("http://localhost//evil.example", "/"),
        ("//localhost/c", "/"),
        ("javascript://localhost/%0aalert(1)", "/"),
        ("/c/org/jobs", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_after_a_success_only_a_page_of_this_console_follows(
    admin: Browser, page: str, target: str
) -> None:
    token = {"csrf_token": admin.token}
    answer = admin._send(
        "POST",
        "/c/org/jobs/search/run",
        data=token,
        headers={"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": page},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, target)
    theme = admin._send("POST", "/c/me/theme", data=token, headers={"Referer": page})
    assert theme.headers["Location"] == (target if target != "/" else "/c/")


@pytest.mark.parametrize("page", ["http://[", "http://[::1", "javascript:", "//", "x"])
def test_a_page_that_cannot_be_read_says_nothing_of_its_parts(
    admin: Browser, mall: Service, boss: Member, page: str
) -> None:
    ticket = tickets.ticket(mall, boss)
    for path in ("tickets", "tickets/list", f"tickets/{ticket.id}", "tickets/searches/new"):
        answer = admin._send(
            "GET",
            f"/c/s/{mall.slug}/{path}",
            headers={"HX-Request": "true", "HX-Current-URL": page},
        )
        assert answer.status_code == 200, path


def test_a_database_that_fails_still_gets_an_error_page(
    app: Flask, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occ.identity import queries

    def fail(**kwargs: object) -> None:
        db.session.execute(sa.text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(queries, "member_list", fail)
    assert admin.get("/c/org/members").status_code == 500
    assert "Something went wrong" in admin.text()
    assert admin.get("/c/org/members", htmx=True).status_code == 500


def test_pages_that_are_read_set_no_cookie(admin: Browser) -> None:
    for path in (
        f"/static/{admin.client.application.config['STATIC_DIGEST']}/dist/base.css",
        "/c/org/members",
        "/healthz",
    ):
        assert "Set-Cookie" not in admin.get(path).headers, path
