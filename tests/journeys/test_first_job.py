"""The first whole job in a real browser: set up, invite, contract, see costs and charges, open the help center."""

import re
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response

from occ.core.db import db
from occ.organization.queries import service_by_slug
from occ.organization.rules import Feature
from tests.bench import processes
from tests.conftest import made
from tests.support.live import Live
from tests.support.migrated import put_in
from tests.support.person import Person
from tests.support.screens import Screen, screens

FIRST: Screen = ("en", 390, 844, "postgres")
ALL: list[Screen] = [
    (language, *size, engine)
    for language in ("ko", "en", "ja")
    for size in ((1440, 900), (390, 844))
    for engine in ("sqlite", "postgres")
]
WORDS = {
    "ko": {
        "next": "다음",
        "sign": "계약하기",
        "invited": "초대",
        "undo": "되돌리기",
        "saved": "이용정지",
        "title": "계약 서비스 현황",
    },
    "en": {
        "next": "Next",
        "sign": "Sign the contract",
        "invited": "invited",
        "undo": "Undo",
        "saved": "is suspended",
        "title": "Contracted services",
    },
    "ja": {
        "next": "次へ",
        "sign": "契約",
        "invited": "招待",
        "undo": "元に戻す",
        "saved": "利用停止",
        "title": "契約サービス",
    },
}


@pytest.fixture
def consoles(tmp_path: Path, database_url: Callable[..., str]) -> Iterator[Callable[..., Live]]:
    """Starts a console on an empty database; where a command is given, on a migrated one and after it."""
    started: list[Live] = []

    def start(engine: str, *command: str) -> Live:
        instance = tmp_path / engine
        live = Live(instance, database_url(engine, "journey", is_empty=not command))
        if command:
            put_in(instance)
            live.run(*command)
        live.start()
        started.append(live)
        return live

    yield start
    for live in started:
        assert live.stop() == 0


def held_from_before(live: Live, slug: str, feature: Feature) -> None:
    """A contract of an earlier version, which has what is not offered yet."""
    instance, url = Path(live.environ["OCC_INSTANCE"]), live.environ["DATABASE_URL"]
    with made(instance, url) as application, application.app_context(), db.write():
        service = service_by_slug(slug)
        assert service is not None and service.contract is not None
        values = service.contract.values
        service.contract.values = {**values, "features": [*values["features"], feature.value]}


def sent_languages(answer: Response) -> list[str]:
    """The languages in the order in which the answered draft holds them: an earlier draft may still be on its way."""
    return re.findall(r'name="languages"\r\n\r\n(\w+)', answer.request.post_data or "")


@pytest.mark.live
@pytest.mark.spec(
    "ORG-1",
    "ORG-2",
    "ORG-3",
    "ORG-5",
    "ORG-6",
    "BIL-2",
    "MEM-1",
    "MEM-2",
    "MEM-4",
    "HC-1",
    "OPS-1",
    "OPS-5",
)
@screens(FIRST, *(one for one in ALL if one != FIRST))
def test_the_first_whole_job(
    consoles: Any, person: Any, language: str, width: int, height: int, engine: str
) -> None:
    live, words = consoles(engine), WORDS[language]
    boss: Person = person(live, language, width, height)
    page = boss.page

    boss.go("/")
    assert page.url.endswith("/setup")
    assert page.get_attribute("html", "lang") == language
    for name, value in (
        ("organization", "주식회사 늘봄"),
        ("name", "김서연"),
        ("login_id", "seoyeon"),
        ("email", "seoyeon@example.com"),
    ):
        page.fill(f"#{name}", value)
    page.fill("#password", "short")
    page.fill("#repeat", "short")
    boss.submit()
    # focus moves to what is wrong
    assert page.evaluate("document.activeElement.hasAttribute('data-errors')")
    assert page.input_value("#name") == "김서연"
    page.fill("#password", "a-long-passphrase-1")
    page.fill("#repeat", "a-long-passphrase-1")
    boss.submit()
    assert words["title"] in page.inner_text("h1")

    boss.go("/c/org/members")
    page.click("a[href='/c/org/members/invite']")
    page.wait_for_selector("#o-dialog[open]")
    for name, value in (
        ("name", "박지훈"),
        ("login_id", "jihoon"),
        ("email", "jihoon@example.com"),
    ):
        page.fill(f"#o-dialog #{name}", value)
    page.click("#o-dialog button[type=submit]")
    page.wait_for_selector(".o-toast")
    assert words["invited"] in page.inner_text(".o-toast")
    page.wait_for_selector("#list >> text=박지훈")

    boss.go("/c/org/outbox")
    while not page.query_selector("td.act button"):  # the mail is delivered by a job
        page.reload()
    page.click("td.act button")
    page.wait_for_selector("#o-dialog[open] pre")
    link = re.findall(r"http\S+/invite/\S+", page.inner_text("#o-dialog pre"))[0]

    guest: Person = person(live, language)
    guest.go("/invite/" + link.rsplit("/", 1)[1])
    guest.page.fill("#password", "b-long-passphrase-2")
    guest.page.fill("#repeat", "b-long-passphrase-2")
    guest.submit()
    assert guest.page.url.endswith("/c/")

    boss.go("/c/org/contracts/new")
    page.fill("#name", "늘봄몰")
    page.fill("#slug", "Neulbom2")
    page.wait_for_selector("#slug-state .o-err")
    page.fill("#slug", "Neulbom")
    page.wait_for_selector("#slug-state .t2")
    for text, code in (("english", "en"), ("arab", "ar")):
        page.fill("input[name=q]", text)
        page.click(f"#language-found button[hx-post*='add={code}']")
        page.wait_for_selector(f"#language-chosen li input[value={code}]", state="attached")
        assert page.evaluate("document.activeElement.name + document.activeElement.value") == "q"
    for what in ("add", "drop"):  # the second click comes before the first one is answered
        page.evaluate(
            "what => ['ja', 'zh'].forEach((c) => document.querySelector(`[data-${what}=${c}]`).click())",
            what,
        )
        page.wait_for_function(
            "count => document.querySelectorAll('#language-chosen li').length === count",
            arg=5 if what == "add" else 3,
        )
    page.fill("[name=greeting-ko]", "무엇을 도와드릴까요?")
    page.fill("[name=greeting-en]", "How can we help?")
    page.click("button[hx-post*='first=en']")
    page.wait_for_selector(
        "#time_zone option[selected]:text-is('America/New_York')", state="attached"
    )
    page.evaluate(
        """() => {
            window.told = [];
            const tell = (word) => window.told.push(word);
            document.addEventListener("htmx:afterSwap", () => setTimeout(tell, 0, "shown"));
            document.addEventListener("htmx:beforeRequest", ({ detail }) => {
                if (detail.elt.id === "basic") tell("kept");
            });
        }"""
    )
    with page.expect_response(
        lambda answer: (
            answer.url.endswith("/draft")
            and answer.ok
            and sent_languages(answer) == ["ko", "en", "ar"]
        )
    ):
        page.click("button[hx-post*='first=ko']")
    page.wait_for_selector("#time_zone option[selected]:text-is('Asia/Seoul')", state="attached")
    told = page.evaluate("window.told")
    assert told[0] == "kept", told  # with the swap, not after what is typed comes to rest
    assert told.count("kept") == 1
    address = page.url
    page.evaluate("window.onbeforeunload = null")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    boss.check()
    assert page.input_value("#name") == "늘봄몰"
    assert page.input_value("[name=greeting-en]") == "How can we help?"
    page.click(f"main button[type=submit]:has-text('{words['next']}')")
    page.wait_for_url("**/terms")
    boss.check()

    before = page.inner_text(".w-total")
    page.click("[data-feature=phone]")
    page.wait_for_function(
        "before => document.querySelector('.w-total').innerText !== before", arg=before
    )
    assert page.inner_text(".w-total").replace(",", "") != before.replace(",", "")
    before = page.inner_text(".w-total")
    page.check("[name=plan][value=recording]")  # the licence that signing would buy
    page.wait_for_function(
        "before => document.querySelector('.w-total').innerText !== before", arg=before
    )
    boss.check()
    page.click("[data-feature=ticket]")  # takes the phone with it
    page.wait_for_function("!document.querySelector('[data-feature=phone]').checked")
    page.click("[data-feature=ticket]")
    with page.expect_response(lambda response: response.url.endswith("/estimate") and response.ok):
        page.click("#seats ~ button")
    page.wait_for_selector("#estimate >> text=6 ×")  # in place: the button below no longer moves
    page.click(f"main button[type=submit]:has-text('{words['sign']}')")
    page.wait_for_url(re.compile(r"/contracts/\d+$"))
    boss.go("/c/org/contracts")
    boss.check()
    assert "neulbom" in page.inner_text("#list")
    held_from_before(live, "neulbom", Feature.HELP_CENTER)
    page.wait_for_selector(".o-figs .o-fig")

    page.click("#list input[role=switch]", force=True)
    page.hover(f".o-toast:has-text('{words['saved']}')")  # which keeps it there
    closed: Person = person(live, language)
    closed.page.goto(f"{live.url}/neulbom/hc/ko")
    assert closed.page.query_selector(".hc-closed")
    page.click(f".o-toast a:has-text('{words['undo']}')")
    page.wait_for_selector("#list .o-chip.is-green")

    boss.go("/c/s/neulbom/agents/new")
    page.fill("main input[name=q]", "지훈")
    page.click("#found button")
    page.wait_for_selector("#member_id input[name=member_id]", state="attached")
    page.fill("#new_group", "1팀")
    page.click("#agent-form button[type=submit]")
    page.wait_for_url("**/agents")
    boss.check()
    boss.go("/c/org/rates")
    boss.go("/c/org/prices")

    reader: Person = person(live, language, width, height)
    for code, direction, text in (
        ("ko", "ltr", "무엇을 도와드릴까요?"),
        ("en", "ltr", "How can we help?"),
        ("ar", "rtl", "무엇을 도와드릴까요?"),
    ):
        reader.go(f"/neulbom/hc/{code}")
        assert reader.page.get_attribute("html", "dir") == direction
        assert text in reader.page.inner_text("h1")
    reader.page.click(".hc-lang summary")
    reader.page.click(".hc-langs a[hreflang=en]")
    reader.check()
    assert reader.page.get_attribute("html", "lang") == "en"


@pytest.mark.live
def test_the_console_works_by_keyboard_alone(consoles: Any, person: Any) -> None:
    live = consoles("sqlite", "demo", "--days", "7")
    one: Person = person(live, "en")
    page = one.page
    one.go("/login")
    page.keyboard.type("jihoon")
    page.keyboard.press("Tab")
    page.keyboard.type("spring-always-2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/s/neulbommall/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "o-skip"
    page.keyboard.press("Control+k")
    page.keyboard.type("회원" if page.get_attribute("html", "lang") == "ko" else "Members")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/org/members")
    page.focus(".o-switch")
    page.keyboard.press("Enter")
    seen = page.evaluate(
        """() => {
            const pop = document.querySelector(".o-side .o-pop");
            const { right, top, bottom } = pop.getBoundingClientRect();
            return [top, (top + bottom) / 2, bottom]
                .map((y, i) => document.elementFromPoint(right - 4, y + 8 - 8 * i))
                .map((at) => pop.contains(at));
        }"""
    )
    assert seen == [True, True, True], "the menu of services is whole, over bar and page"
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 300})
    tops = page.evaluate(
        """() => {
            scrollTo({ top: 1e6, behavior: "instant" });
            const parts = [...document.querySelectorAll(".o-side, .o-top")];
            return [scrollY > 0, ...parts.map((part) => Math.round(part.getBoundingClientRect().top))];
        }"""
    )
    assert tops == [True, 0, 0], "menu and bar stay where a long page is scrolled"
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("?")
    page.wait_for_selector("#o-dialog[open] .o-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("?sora")  # shortcuts rest while typing
    assert not page.is_visible("#o-dialog")
    page.fill("main input[type=search]", "sora")
    page.wait_for_url("**q=sora**")
    page.wait_for_function("document.querySelectorAll('#list tbody tr').length === 1")
    page.focus("#list a[aria-haspopup=dialog]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#o-dialog[open]")
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("#o-dialog[open]", state="hidden")
    # focus comes back
    assert page.evaluate("document.activeElement.getAttribute('aria-haspopup')") == "dialog"


@pytest.mark.live
@pytest.mark.spec("OPS-5", "OPS-2")
def test_web_and_worker_can_be_split_and_sigterm_finishes_requests(tmp_path: Path) -> None:
    web = Live(put_in(tmp_path))
    web.run("db", "upgrade")
    web.start("web")
    worker = Live(tmp_path)
    worker.start("worker")
    assert urllib.request.urlopen(f"{web.url}/readyz", timeout=5).read() == b"ready\n"
    assert worker.stop() == 0
    assert web.stop() == 0


@pytest.mark.live
@pytest.mark.spec("OPS-2")
def test_sigterm_answers_what_is_in_flight_and_refuses_new_connections(tmp_path: Path) -> None:
    live = Live(put_in(tmp_path))
    live.start()
    page = urllib.request.urlopen(f"{live.url}/setup", timeout=5)
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token is not None
    values = {
        "csrf_token": token[1],
        "organization": "N",
        "domain": "localhost",
        "time_zone": "Asia/Seoul",
        "currency": "KRW",
        "name": "B",
        "login_id": "boss",
    }
    values |= {
        "email": "b@example.com",
        "password": "quiet-river-4071",
        "repeat": "quiet-river-4071",
    }
    body = urllib.parse.urlencode(values).encode()
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as connection:
        head = f"POST /setup HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)  # a hash and a commit: long enough to be in flight
        urllib.request.urlopen(
            f"{live.url}/healthz", timeout=5
        ).close()  # answered after the other was read
        assert live.stop() == 0
        answer = connection.recv(200)
    assert answer.startswith(b"HTTP/1.1 303"), answer
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", live.port), timeout=1)


def _ten_million() -> float:
    """Seconds of CPU that so many additions take here: machines differ threefold."""
    began, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return time.process_time() - began


@pytest.mark.live
def test_the_second_start_is_quick_and_the_idle_process_small(tmp_path: Path) -> None:
    live = Live(put_in(tmp_path))
    live.start()
    live.stop()
    live.start()
    assert live.process is not None
    seconds = processes.cpu(live.process.pid)  # of CPU: other tests share the machine
    for path in ("/login", "/setup", "/static/any/dist/base.css"):
        urllib.request.urlopen(live.url + path, timeout=5).read()
    memory = live.private_memory()
    live.stop()
    assert seconds < max(2, 9 * _ten_million()), f"{seconds:.2f} s"
    assert memory < 110 * 1024 * 1024, f"{memory / 1024 / 1024:.0f} MiB"
