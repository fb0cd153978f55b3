"""Behind a proxy: through nginx as docs/nginx.conf sets it up, and through the server as it is started."""

import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.audit.models import AuthorityEntry, LoginEntry
from occ.config import ROOT
from occ.core import proxies
from occ.core.db import db
from occ.factory import create_app
from occ.scheduler.server import largest_body
from tests.conftest import QUIET, made, need
from tests.factories import world
from tests.support import nginx
from tests.support.browser import Browser
from tests.support.live import Live, until
from tests.support.migrated import prepare
from tests.support.nginx import Nginx
from tests.support.visitor import Visitor

pytestmark = pytest.mark.heavy

SETUP = {
    "organization": "Neulbom",
    "name": "Boss Kim",
    "login_id": "boss",
    "email": "boss@example.com",
    "password": world.PASSWORD,
    "repeat": world.PASSWORD,
}


# what a header says


@given(
    st.ip_addresses(),
    st.lists(st.text(alphabet="0123456789abcdef.:, []", max_size=20), max_size=3),
    st.integers(1, 3),
)
def test_what_a_client_writes_itself_never_counts(
    client: Any, forged: list[str], hops: int
) -> None:
    # each proxy adds the address it was asked from
    between = [f"10.0.0.{n}" for n in range(hops - 1)]
    assert proxies.hop(", ".join([*forged, str(client), *between]), hops) == str(client)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ('"[2001:DB8::7]"', "2001:db8::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", proxies.UNKNOWN),
        ("", proxies.UNKNOWN),
        ("_hidden", proxies.UNKNOWN),
        ("127.0.0.1.evil", proxies.UNKNOWN),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(text: str, address: str) -> None:
    assert proxies.address(text) == address


def test_proxies_that_replace_the_header_leave_one_value() -> None:
    assert proxies.hop("https", 2) == "https"


@pytest.mark.spec("OPS-2")
@pytest.mark.parametrize("host", ["..", "a..b:80", f"{'a' * 64}.example.com"])
def test_a_host_that_is_no_name_is_refused_in_a_line(app: Flask, host: str) -> None:
    for path in ("/healthz", "/login", "/nothing"):
        answer = app.test_client().get(path, headers={"Host": host})
        assert (answer.status_code, answer.text) == (400, "This host is no name.\n")
    assert app.test_client().get("/healthz", headers={"Host": "[::1]:5000"}).status_code == 200


# the console behind one proxy and behind two


@dataclass
class Chain:
    """Browsers whose requests went through `hops` proxies, each of which added its word."""

    app: Flask
    hops: int

    def said(self, forged: str, true: str, between: str) -> str:
        """A header as it arrives: what the client made up, what the outermost proxy saw, and what the next one saw."""
        return ", ".join([forged, true, *[between] * (self.hops - 1)])

    def tell(self, browser: Browser, **headers: tuple[str, str, str]) -> Browser:
        for name, words in headers.items():
            browser.client.environ_base[f"HTTP_X_FORWARDED_{name.upper()}"] = self.said(*words)
        return browser

    def browser(self, client: str, *, forged: str = "203.0.113.66") -> Browser:
        return self.tell(
            Browser(self.app, "10.0.0.9"),
            **{"for": (forged, client, "10.0.0.8")},
            proto=("http", "https", "http"),
            host=("evil.example", "contact.example.com", "inner:8080"),
        )

    def boss(self, client: str, **more: str) -> Browser:
        one = self.browser(client, **more)
        assert one.login("boss", world.PASSWORD).status_code == 303, one.errors()
        return one


@pytest.fixture(params=[1, 2])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    limits = {"RATE_LIMITS": True, "RATELIMIT_ENABLED": True}
    with made(tmp_path, TRUSTED_PROXIES=request.param, **limits) as application:
        prepare(application)
        with application.app_context():
            world.owner()
            yield Chain(application, request.param)


@pytest.mark.spec("LOG-1", "LOG-2", "ACC-1", "OPS-2")
def test_logs_and_access_control_go_by_the_address_the_outermost_trusted_proxy_saw(
    chain: Chain,
) -> None:
    boss = chain.boss("198.51.100.7")
    assert last_login() == "198.51.100.7"
    boss.get("/c/org/access")
    assert boss.post("/c/org/access", {"ranges": "198.51.100.0/24"}).status_code in (204, 303)
    db.session.rollback()
    newest = sa.select(AuthorityEntry.ip).order_by(AuthorityEntry.id.desc()).limit(1)
    assert db.session.scalar(newest) == "198.51.100.7"
    assert boss.get("/c/org/contracts").status_code == 200
    chain.tell(boss, **{"for": ("198.51.100.7", "203.0.113.9", "198.51.100.8")})
    refused = boss.get("/c/org/contracts")
    assert refused.status_code == 403
    assert "203.0.113.9" in refused.text
    for client, forged, status in (
        ("127.0.0.1", "203.0.113.66", 200),
        ("198.51.100.7", "127.0.0.1", 403),
    ):
        assert chain.browser(client, forged=forged).get("/metrics").status_code == status


@pytest.mark.spec("MEM-6", "ORG-7", "OPS-2")
def test_cookies_and_links_go_by_what_the_outermost_trusted_proxy_was_asked(chain: Chain) -> None:
    secure = chain.browser("198.51.100.7").get("/login").headers["Set-Cookie"]
    assert "; Secure" in secure
    plain = chain.tell(chain.browser("198.51.100.7"), proto=("https", "http", "https"))
    assert "; Secure" not in plain.get("/login").headers["Set-Cookie"]
    page = chain.boss("198.51.100.7").get("/c/org/info").text
    assert "https://contact.example.com" in page
    assert "evil.example" not in page and "inner:8080" not in page


@pytest.mark.spec("MEM-6", "OPS-2")
def test_tries_are_counted_for_the_client_whatever_it_claims_to_be(chain: Chain) -> None:
    answers = []
    for number in range(11):
        eager = chain.browser("192.0.2.1", forged=f"203.0.113.{number}")
        eager.get("/forgot")
        answers.append(eager.post("/forgot", {"who": "nobody"}).status_code)
    assert answers == [200] * 10 + [429]
    other = chain.browser("192.0.2.2", forged="192.0.2.1")
    other.get("/forgot")
    assert other.post("/forgot", {"who": "nobody"}).status_code == 200


# the server as it is started


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Starts `occ web` on an instance with its owner; settings by name."""
    application = create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": ""})
    prepare(application)
    started: list[Live] = []
    with application.app_context():
        world.owner()
        db.session.remove()

        def start(**environ: str) -> Live:
            live = Live(tmp_path, "", **environ)
            live.start("web")
            started.append(live)
            return live

        yield start
        for live in started:
            live.stop(signal.SIGKILL)
        db.session.remove()
        db.engine.dispose()


def last_login() -> str:
    db.session.rollback()
    return db.session.scalars(
        sa.select(LoginEntry.ip).order_by(LoginEntry.id.desc()).limit(1)
    ).one()


def cookie_of(answer: httpx.Response) -> str:
    return next(text for text in answer.headers.get_list("set-cookie") if text.startswith("occ="))


@pytest.mark.live
@pytest.mark.spec("ACC-1", "LOG-2", "OPS-2")
def test_the_started_server_believes_its_proxy(make: Callable[..., Live]) -> None:
    live = make(TRUSTED_PROXIES="1")
    with Visitor(
        live.url, X_Forwarded_For="203.0.113.1, 198.51.100.7", X_Forwarded_Proto="https"
    ) as proxy:
        answer = proxy.get("/login")
        assert "; Secure" in cookie_of(answer)
        cookie = cookie_of(answer).partition(";")[0]  # the proxy's client sends it back over TLS
        assert (
            proxy.post(
                "/login",
                {"login_id": "boss", "password": world.PASSWORD},
                headers={"Cookie": cookie},
            ).status_code
            == 303
        )
        assert last_login() == "198.51.100.7"
        assert proxy.get("/metrics").status_code == 403
        assert proxy.get("/metrics", headers={"X-Forwarded-For": "nobody"}).status_code == 403
    with Visitor(live.url) as direct:  # somebody on this machine, past the proxy
        assert "Secure" not in cookie_of(direct.get("/login"))
        assert direct.get("/metrics").status_code == 200


@pytest.mark.live
@pytest.mark.spec("ACC-1", "LOG-2", "OPS-2")
def test_without_trusted_proxies_the_headers_say_nothing(make: Callable[..., Live]) -> None:
    live = make()
    forged = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=198.51.100.7",
        "X_Forwarded_For": "198.51.100.7",
    }
    with Visitor(live.url) as visitor:
        visitor.client.headers.update(forged)
        assert "Secure" not in cookie_of(visitor.get("/login"))
        assert (
            visitor.post("/login", {"login_id": "boss", "password": world.PASSWORD}).status_code
            == 303
        )
        assert last_login() == "127.0.0.1"
        assert "evil.example" not in visitor.get("/c/org/info").text
        assert visitor.get("/metrics").status_code == 403, (
            "a proxy stands between: its clients are not this machine"
        )


def carry(browser: Browser, origin: str) -> str:
    """The browser's cookie, for the same console under another name; returns the origin."""
    cookie = browser.client.get_cookie("occ")
    assert cookie is not None
    browser.client.set_cookie("occ", cookie.value, domain=urlsplit(origin).hostname or "")
    return origin


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_a_form_sent_by_another_site_is_refused_whatever_the_host_is_called(
    admin: Browser, site: str
) -> None:
    admin.get("/c/me")
    data = {"csrf_token": admin.token}
    origin = carry(admin, "https://upstream:5000")
    answer = admin._send(
        "POST", "/c/me/theme", data=data, headers={"Sec-Fetch-Site": site}, base_url=origin
    )
    assert answer.status_code == (400 if site in ("cross-site", "same-site") else 303)


# the domain


@pytest.mark.spec("ORG-7")
def test_organization_info_says_where_it_was_reached_when_mail_leads_elsewhere(
    admin: Browser,
) -> None:
    told = "links in mail start with http://localhost:5000"
    assert told not in admin.get("/c/org/info", base_url="http://localhost:5000").text
    for other in ("https://localhost:5000", "http://127.0.0.1:5000", "http://contact.example.com"):
        page = admin.get("/c/org/info", base_url=carry(admin, other))
        assert page.status_code == 200
        assert told in page.text and other in page.text


@pytest.mark.spec("ORG-7", "MEM-1")
@pytest.mark.parametrize(
    ("origin", "proposed"),
    [
        ("https://10.0.0.5", "https://10.0.0.5"),
        ("https://contact.example.com", "contact.example.com"),
        ("http://10.0.0.5", "10.0.0.5"),
    ],
)
def test_set_up_proposes_the_address_that_was_opened(
    app: Flask, origin: str, proposed: str
) -> None:
    one = Browser(app)
    one.get("/setup", base_url=origin)
    assert one.field("domain") == proposed


# nginx


def test_the_example_takes_what_the_console_takes(app: Flask) -> None:
    text = (ROOT / "docs" / "nginx.conf").read_text("utf-8")
    found = re.search(r"client_max_body_size (\d+)m;", text)
    assert found is not None
    largest = largest_body(app)
    assert largest <= int(found[1]) * 1024 * 1024 <= largest * 1.2
    assert "nginx.conf" in (ROOT / "docs" / "operate.md").read_text("utf-8")


@dataclass
class Site:
    """A console behind nginx: what set-up proposed, and visitors from any address."""

    nginx: Nginx
    webs: list[Live]
    proposed: str

    def boss(self, client: str, **headers: str) -> Visitor:
        """The owner, signed in from an address; an older session of his ends."""
        made = self.visitor(client, **headers)
        if made.login("boss", world.PASSWORD).headers["Location"].startswith("/login/force"):
            made.get("/login/force")
            assert made.post("/login/force", {"force": "1"}).status_code == 303
        return made

    def visitor(self, client: str = "", **headers: str) -> Visitor:
        named = {"X_Test_Client": client, **headers} if client else headers
        return Visitor(self.nginx.url, context=self.nginx.context(), **named)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, database_url: Callable[..., str]
) -> Iterator[Site]:
    """Two web processes and a worker on PostgreSQL behind nginx, set up through it."""
    need("nginx", nginx.missing())
    folder = tmp_path_factory.mktemp("site")
    url = database_url("postgres", "site")
    settings = {"TRUSTED_PROXIES": "1", "RATE_LIMITS": "on"}
    webs, worker = (
        [Live(folder / "instance", url, **settings) for _n in range(2)],
        Live(folder / "instance", url, **settings),
    )
    proxy = Nginx(folder / "nginx", [web.port for web in webs])
    try:
        for web in webs:
            web.start("web")
        worker.start("worker")
        proxy.start()
        made = Site(proxy, webs, "")
        with made.visitor("198.51.100.7") as boss:
            page = boss.get("/setup").text
            found = re.search(r'name="domain"[^>]*value="([^"]*)"', page)
            assert found is not None
            made.proposed = found[1]
            typed = {"domain": made.proposed, "time_zone": "Asia/Seoul", "currency": "KRW"}
            assert boss.post("/setup", {**SETUP, **typed}).status_code == 303
        yield made
    finally:
        proxy.stop()
        for live in (*webs, worker):
            live.stop(signal.SIGKILL)


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("LOG-2", "ORG-7", "MEM-2", "OPS-5")
def test_behind_nginx_cookies_are_secure_and_people_have_their_own_addresses(site: Site) -> None:
    assert site.proposed == site.nginx.url
    for client in ("198.51.100.7", "2001:db8:1:2::7"):
        forged = {
            "X_Forwarded_For": "203.0.113.99",
            "X_Forwarded_Host": "evil.example",
            "X_Forwarded_Proto": "http",
        }
        with site.visitor(client, **forged) as stranger:
            assert "; Secure" in cookie_of(stranger.get("/login"))
        with site.boss(client, **forged) as boss:
            history = boss.get("/c/org/logs/logins").text
            assert client in history
            assert "203.0.113.99" not in history and "127.0.0.1" not in history
            assert "links in mail start with" not in boss.get("/c/org/info").text
    with site.boss("198.51.100.7") as boss:
        boss.get("/c/org/members/invite")
        assert (
            boss.post(
                "/c/org/members/invite",
                {"name": "Jihun", "login_id": "jihun", "email": "j@example.com"},
            ).status_code
            == 303
        )
        boss.get("/c/org/outbox")
        until(lambda: f"{site.nginx.url}/invite/" in boss.post("/c/org/outbox/1").text)
    with closing(httpx.Client(trust_env=False)) as plain:
        answer = plain.get(f"http://127.0.0.1:{site.nginx.plain_port}/login?next=/c/me")
        assert (answer.status_code, answer.headers["Location"]) == (
            301,
            "https://127.0.0.1/login?next=/c/me",
        )


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("ACC-1", "OPS-2")
def test_behind_nginx_limits_and_refusals_go_by_the_client(site: Site) -> None:
    with site.boss("198.51.100.8") as boss:
        boss.get("/c/org/access")
        assert boss.post("/c/org/access", {"ranges": "198.51.100.0/24"}).status_code in (204, 303)
        try:
            assert boss.get("/c/org/contracts").status_code == 200
            for other in ("203.0.113.9", "2001:db8::9"):
                boss.client.headers.update(
                    {"X-Test-Client": other, "X-Forwarded-For": "198.51.100.8"}
                )
                refused = boss.get("/c/org/contracts")
                assert refused.status_code == 403
                assert other in refused.text
        finally:
            site.webs[0].run("access", "clear")
    for client, status in (("198.51.100.8", 403), ("2001:db8::9", 403), ("127.0.0.1", 200)):
        with site.visitor(client, X_Forwarded_For="127.0.0.1") as asker:
            assert asker.get("/metrics").status_code == status


@pytest.mark.full
@pytest.mark.live
def test_behind_nginx_one_client_uses_up_only_its_own_tries(site: Site) -> None:
    for client, neighbour, other in (
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8:5::1", "2001:db8:5::2", "2001:db8:6::1"),
    ):
        with site.visitor(client, X_Forwarded_For="203.0.113.1") as eager:
            eager.get("/forgot")
            answers = [
                eager.post("/forgot", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
                for n in range(22)
            ]
            assert answers[-1] == 429, "ten a minute in each of two processes"
            eager.client.headers["X-Test-Client"] = neighbour
            assert eager.post("/forgot").status_code == 429
            eager.client.headers["X-Test-Client"] = other
            assert eager.post("/forgot").status_code != 429


@pytest.mark.full
@pytest.mark.live
def test_behind_nginx_large_requests_reach_the_console(site: Site) -> None:
    with site.visitor() as visitor:
        visitor.get("/login")
        for megabytes, by_occ in ((2, True), (60, True), (141, True), (145, False)):
            answer = visitor.client.post("/login", files={"file": b"x" * megabytes * 1024 * 1024})
            assert answer.status_code in (400, 413)
            assert ("X-Request-Id" in answer.headers) is by_occ


@pytest.mark.full
@pytest.mark.live
def test_nginx_ends_connections_that_say_nothing(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.nginx.port), timeout=20) as silent:
        assert silent.recv(1) == b"", "closed after 10 seconds"
