"""An admin writes the voice menu, a caller hears it and leaves a callback, a manager deals it out, an agent calls back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from occ.ars.queries import phone_people, queues
from occ.audit.service import Actor
from occ.callbacks import service as callbacks
from occ.callbacks.rules import Mode, Source
from occ.core.db import db
from occ.factory import create_app
from occ.organization.queries import service_by_slug
from tests.conftest import QUIET
from tests.factories import phone, world
from tests.journeys.test_calls import SCREENS, click, sign_in, state
from tests.support.audio import tone
from tests.support.held import arrived, pressed
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens

ARS, CALLBACKS = "/c/s/mall/ars", "/c/s/mall/callbacks"
SAVE = "#o-dialog button[type=submit]"


@pytest.fixture
def office(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A server with a phone service, its manager `boss`, three agents in one queue, and two callbacks of before."""

    def furnish(boss: Any) -> None:
        mall = phone.service(boss)
        world.agent(boss, mall, boss, manager=True)
        queue = phone.queue(
            mall, [phone.agent(boss, mall, name) for name in ("kim", "lee", "park")]
        )
        with db.write():
            for number in ("+821011110002", "+821011110003"):
                callbacks.ask(mall, queue.id, number, Source.MENU)

    return lambda engine, language: center(engine, language, furnish)


def dialog(one: Person, link: str) -> Any:
    """Opens a dialog by its link."""
    one.page.locator(f"a[href='{link}']").first.click()
    one.page.wait_for_selector("#o-dialog[open] form")
    one.check()
    return one.page


def save(one: Person) -> None:
    one.page.click(SAVE)
    one.page.wait_for_selector("#o-dialog:not([open])", state="attached")
    one.check()


def write_menu(one: Person) -> None:
    """Greeting, delay announcement as a file, keys 1 and 2, hours with lunch, next year's Korean holidays."""
    page = one.page
    one.go(ARS)
    dialog(one, f"{ARS}/voices/greeting")
    page.fill("#voice_ko-text", "👨‍👩‍👧" * 201)
    expect(page.locator("[data-graphemes-of=voice_ko-text]")).to_have_text("201 / 200")
    page.click(SAVE)
    page.wait_for_selector("#o-dialog [data-errors]")
    page.fill("#voice_ko-text", "늘봄몰입니다. 09:00부터 1577-0000으로 전화해 주세요.")
    with page.expect_response(re.compile("/ars/speech/")) as heard:
        page.click("#o-dialog [data-from=voice_ko-text]")
    assert heard.value.ok
    what_is_asked_for_last_is_heard(page, heard.value.url)
    save(one)

    dialog(one, f"{ARS}/voices/delayed")
    page.locator("#o-dialog fieldset").first.locator(".h-source label").nth(1).click()
    page.set_input_files(
        "#o-dialog fieldset >> nth=0 >> input[type=file]",
        {"name": "delay.mp3", "mimeType": "audio/mpeg", "buffer": b"just a text"},
    )
    page.wait_for_selector("#sound-ko .o-err")
    page.set_input_files(
        "#o-dialog fieldset >> nth=0 >> input[type=file]",
        {"name": "delay.mp3", "mimeType": "audio/mpeg", "buffer": tone(2)},
    )
    page.wait_for_selector("#sound-ko audio")
    page.fill("#first_delay", "10")
    save(one)

    for key, name, kind in (("1", "주문", "queue"), ("2", "영업시간", "announcement")):
        dialog(one, f"{ARS}/keys/new")
        page.select_option("#key", key)
        page.check(f"#o-dialog input[name=kind][value={kind}]")
        page.fill("#name_ko", name)
        if kind == "announcement":
            page.fill("#voice_ko-text", "평일 아홉 시에 문을 엽니다.")
        save(one)

    dialog(one, f"{ARS}/hours/weekdays")
    for at, (start, end) in enumerate((("09:00", "12:00"), ("13:00", "18:00"))):
        page.fill(f"#ranges-{at}-start", start)
        page.fill(f"#ranges-{at}-end", end)
    expect(page.locator("#h-sentences")).to_contain_text(
        "점심시간은 낮 12시부터 오후 1시까지입니다."
    )
    save(one)
    dialog(one, f"{ARS}/import")
    with page.expect_response(
        lambda answer: answer.url.endswith(ARS)
    ):  # the page shows what was imported
        save(one)
    one.check()
    keys_line_up(page)


def what_is_asked_for_last_is_heard(page: Any, sound: str) -> None:
    """Of two texts that are listened to, the first is spoken after the second."""
    page.evaluate(
        """() => {
            const { play } = HTMLMediaElement.prototype;
            window.played = [];
            HTMLMediaElement.prototype.play = function () {
                played.push(this.src);
                return play.call(this);
            };
        }"""
    )
    held: dict[str, Any] = {}  # by their text: both are on their way at once
    page.route(
        "**/ars/speech",
        lambda route: held.update({parse_qs(route.request.post_data)["text"][0]: route}),
    )
    text = page.input_value("#voice_ko-text")
    for name in ("first", "second"):
        page.fill("#voice_ko-text", name)
        page.click("#o-dialog [data-from=voice_ko-text]")
    arrived(page, held, 2)
    for name in ("second", "first"):
        with page.expect_event("requestfinished", lambda r: r.url.endswith("/ars/speech")):
            held[name].fulfill(json={"url": f"{sound}#{name}"})
        page.wait_for_function("() => played.length")
    page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken
    page.fill("#voice_ko-text", text)
    page.unroute_all()
    assert page.evaluate("played") == [f"{sound}#second"]


def keys_line_up(page: Any) -> None:
    """Keys of all kinds share their columns, and the letters of the hours can be read, also in the
    width that the docked phone leaves at 1,440 pixels.
    """
    for width in ("auto", "868px"):
        page.locator("#main").evaluate("(main, width) => (main.style.width = width)", width)
        rows = page.locator(".h-keys li").evaluate_all(
            "rows => rows.map((row) => [...row.children].map((part) => {"
            " const at = part.getBoundingClientRect(); return [at.left, at.right]; }))"
        )
        assert len(rows) == 2
        for (left, right), (below, _right) in zip(*rows, strict=True):
            assert left == below and left < right, rows
        for row in rows:
            assert all(one[1] <= beside[0] for one, beside in pairwise(row)), row
        letters = page.locator(".h-chart svg").evaluate(
            "svg => 11 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
        )
        assert letters >= 10, letters
    page.locator("#main").evaluate("(main) => main.style.removeProperty('width')")


def try_calls(one: Person) -> None:
    """The test call on a Monday at 10:00 and 12:30, a Sunday, and Seollal of next year."""
    page, year = one.page, datetime.now(UTC).year + 1
    seollal = {2027: "2027-02-08", 2028: "2028-01-26", 2029: "2029-02-13"}[year]
    mondays = {2027: "2027-03-08", 2028: "2028-03-06", 2029: "2029-03-05"}[year]
    sundays = {2027: "2027-03-07", 2028: "2028-03-05", 2029: "2029-03-04"}[year]
    for at, words in (
        (f"{mondays}T10:00", "Orders"),
        (f"{mondays}T12:30", "지금은 상담시간이 아닙니다."),
        (f"{sundays}T10:00", "지금은 상담시간이 아닙니다."),
        (f"{seollal}T10:00", "오늘은 휴무일입니다."),
    ):
        page.fill("#h-test input[name=at]", at)
        with page.expect_response(lambda answer: "/ars/test?" in answer.url):
            page.click("#h-test .h-dial")
        expect(page.locator("#h-test .h-log")).to_be_visible()
        expect(page.locator("#h-test .h-log .me")).to_have_count(0)  # the call before is gone
        page.locator("#h-test .h-pad button", has_text="1").first.click()
        expect(page.locator("#h-test .h-log")).to_contain_text(words)
    one.check()


def publish_for_ever(one: Person) -> None:
    """Open at any hour, so that the call of this test is answered whenever it runs; then published."""
    page = one.page
    one.go(ARS)
    dialog(one, f"{ARS}/hours/weekdays")
    for at, (start, end) in enumerate((("00:00", "24:00"), ("", ""))):
        page.fill(f"#ranges-{at}-start", start)
        page.fill(f"#ranges-{at}-end", end)
    save(one)
    dialog(one, f"{ARS}/hours/new")
    page.select_option("#days", "weekend")
    page.fill("#ranges-0-start", "00:00")
    page.fill("#ranges-0-end", "24:00")
    save(one)
    dialog(one, f"{ARS}/publish")
    expect(page.locator("#o-dialog-title")).to_be_in_viewport()
    expect(page.locator(SAVE)).to_be_in_viewport()
    assert page.evaluate("document.getElementById('o-dialog').scrollTop") == 0
    save(one)
    expect(page.locator(".h-state button.btn-primary")).to_be_disabled()
    one.check()


def leave_callback(one: Person, number: str) -> None:
    """Calls, presses 1, waits for the delay announcement, and presses 1 again."""
    page = one.page
    one.go("/c/s/mall/caller")
    page.fill("#caller", number)
    page.click("main form[action$='/caller'] button[type=submit]")
    expect(page.locator(".c-hears")).to_contain_text("늘봄몰입니다.")
    page.locator(".c-keys button", has_text="1").first.click()
    expect(page.locator(".c-hears")).to_contain_text("상담원에게 연결하고 있습니다.")
    expect(page.locator(".c-hears [data-src]")).to_be_attached()  # the uploaded file
    page.locator(".c-keys button", has_text="1").first.click()
    expect(page.locator(".c-hears")).to_contain_text("콜백이 접수되었습니다.")


@pytest.mark.live
@pytest.mark.timeout(400)
@pytest.mark.spec(
    "ARS-2", "ARS-3", "ARS-4", "ARS-6", "ARS-8", "CBK-1", "CBK-2", "CBK-3", "CBK-4", "CBK-5"
)
@screens(SCREENS[1], SCREENS[0], *SCREENS[2:])  # calls are walked on PostgreSQL, too
def test_a_menu_is_written_heard_and_its_callbacks_are_dealt_and_dialed(
    office: Any, person: Any, language: str, width: int, height: int, engine: str
) -> None:
    live = office(engine, language)
    boss, kim = person(live, language), person(live, language, width, height)
    page = sign_in(boss, "boss")
    write_menu(boss)
    try_calls(boss)
    publish_for_ever(boss)

    boss.go(CALLBACKS)
    # the caller's page belongs to a manager; another browser of the same person would end this session
    leave_callback(boss, "010-1111-0001")
    expect(page.locator(".o-badge [data-callbacks]")).to_have_text("3")
    kims = sign_in(kim, "kim")
    kim.go(CALLBACKS)

    boss.go(f"{CALLBACKS}/assign")
    page.check("[data-all=callback]")
    for box in page.locator("input[name=member]").all()[:3]:
        box.check()
    page.click("[data-deal-go]")
    expect(page.locator("input[name=callback]")).to_have_count(0)
    boss.check()
    expect(kims.locator("tr[data-row]")).to_have_count(1)
    kim.check()

    boss.go(f"{CALLBACKS}/unassign")
    row = page.locator("tr[data-row]", has_text=re.compile("Lee|Park")).first
    row.locator("input").check()
    page.click("[data-deal-go]")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    boss.go(f"{CALLBACKS}/assign")
    page.locator("input[name=mode][value=manual]").check(force=True)
    page.locator("input[name=callback]").check()
    page.locator("li", has_text="Kim").locator("input[name=member]").check()
    page.click("[data-deal-go]")
    expect(page.locator("input[name=callback]")).to_have_count(0)

    if kims.locator("#o-phone-card").is_hidden():
        kims.click("[data-phone-toggle]")
    click(kims, "login")
    state(kims, "ready")
    kim.go(CALLBACKS)
    expect(kims.locator("tr[data-row]")).to_have_count(2)
    if kims.locator("#o-phone-card").is_visible():  # on a phone it lies over the list
        kims.click("[data-phone-toggle]")
    kims.locator("button[hx-post$='/connect']").first.click()
    state(kims, "dialing")
    kims.wait_for_url(re.compile(r"/tickets/\d+$"))
    state(kims, "talking")
    if kims.locator("#o-phone-card").is_hidden():
        kims.click("[data-phone-toggle]")
    click(kims, "hang_up")
    state(kims, "wrap_up")
    click(kims, "wrap_up")
    state(kims, "ready")
    kim.go(CALLBACKS)
    if kims.locator("#o-phone-card").is_visible():
        kims.click("[data-phone-toggle]")
    called = kims.locator("tr:has(.i-tried)")
    for wide in (1440, 1100, 390, width):
        kims.set_viewport_size({"width": wide, "height": height})
        column, note = called.locator("td.num"), called.locator(".i-tried")
        assert column.is_visible() != note.is_visible(), f"said twice or never at {wide} pixels"
    kims.locator("button[hx-post$='/complete']").first.click()
    kims.click("#o-ask[open] button[value=yes]")
    expect(kims.locator("button[hx-post$='/complete']")).to_have_count(1)
    kim.check()

    for by in ("day", "month"):
        boss.go(f"{CALLBACKS}/statistics?by={by}")
        expect(page.locator("tfoot td")).to_have_text(["3", "1", "2", "33.3%"])
    boss.go(f"{ARS}/history")
    boss.go(f"{ARS}/history/1")


@pytest.mark.live
@pytest.mark.full
@pytest.mark.spec("CBK-2", "CBK-3")
def test_a_list_changes_in_place_and_keeps_what_is_chosen(office: Any, person: Any) -> None:
    """Selection and focus stay, new rows wait behind a button, those that somebody else took are struck out."""
    live = office("sqlite", "en")
    boss = person(live, "en")
    page = sign_in(boss, "boss")
    boss.go(f"{CALLBACKS}/assign")
    first, second = page.locator("tr[data-row] input").all()
    second.check()
    second.focus()
    application = create_app(
        {
            **QUIET,
            "OCC_INSTANCE": Path(live.environ["OCC_INSTANCE"]),
            "DATABASE_URL": live.environ["DATABASE_URL"],
        }
    )

    def change(number: str, taken: int = 0) -> None:
        """A customer asks for a callback; another manager gives one to somebody."""
        with application.app_context():
            mall = service_by_slug("mall")
            assert mall is not None
            agent = next(a.member_id for a in phone_people(mall.id))
            with db.write():
                if taken:
                    callbacks.assign(
                        mall,
                        [taken],
                        [agent],
                        Mode.MANUAL,
                        actor=Actor(1, "boss", "Boss", "127.0.0.1"),
                    )
                callbacks.ask(mall, queues(mall.id)[0].id, number, Source.MENU)
            db.session.remove()
            db.engine.dispose()

    change("+821055550000", int(first.get_attribute("value") or 0))
    newer = page.locator("[data-newer]")
    expect(newer).to_be_visible()
    expect(page.locator("tr.is-gone")).to_have_count(1)
    expect(second).to_be_checked()
    expect(second).to_be_focused()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    boss.check()  # a row that is gone and the button for what is new can be read
    newer.click()
    expect(page.locator("tr[data-row]")).to_have_count(2)
    expect(page.locator("tr.is-gone")).to_have_count(0)
    expect(page.locator("tr[data-row] input:checked")).to_have_count(1)

    # what is hidden is not old; what is shown is, where nothing came for ten seconds, and is read well
    note = page.locator(".o-stale-note")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p hidden>"
        "<i data-live data-fresh=0></i><b data-stale-for></b></p>')"
    )
    page.wait_for_function("() => document.querySelector('b[data-stale-for]').textContent")
    expect(note).to_be_hidden()
    page.evaluate("document.querySelector('b[data-stale-for]').parentElement.remove()")
    page.route("**/callbacks/**", lambda route: route.fulfill(status=503))
    # polls ask one at a time: none is on the way after this
    page.wait_for_event("response", lambda answer: answer.status == 503)
    page.evaluate(
        "document.querySelector('[data-merge]').dataset.fresh = String(Date.now() - 11000)"
    )
    expect(note).to_be_visible()
    boss.check()
    page.unroute_all()
    expect(note).to_be_hidden()

    page.mouse.move(0, 0)
    change("+821055550001")
    expect(newer).to_be_visible()
    expect(page.locator("tr[data-row]")).to_have_count(2)  # one is chosen: it waits
    page.locator("tr[data-row] input:checked").uncheck()
    page.locator("tr[data-row] input").first.blur()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    # nobody works here any more
    expect(page.locator("tr[data-row]")).to_have_count(3)
    expect(newer).to_be_hidden()
    change("+821055550002")
    expect(page.locator("tr[data-row]")).to_have_count(4)

    # rows that come while the mouse is down take no click away
    held: list[Any] = []
    page.route(f"**{CALLBACKS}/assign*", lambda route: held.append(route))
    page.wait_for_event("request", lambda asked: "/assign" in asked.url)
    change("+821055550003")
    arrived(page, held)
    box = page.locator("tr[data-row] input").first
    with pressed(page, box):
        with page.expect_event("requestfinished", lambda asked: "/assign" in asked.url):
            held.pop().continue_()
        page.evaluate("new Promise(requestAnimationFrame)")  # by then the answer was taken
    expect(box).to_be_checked()
    page.unroute_all()
    expect(newer).to_be_visible()

    boss.go(CALLBACKS)
    expect(page.locator("tr[data-row]")).to_have_count(6)
    change("+821055550004")
    expect(page.locator("tr[data-row]")).to_have_count(7)
    expect(newer).to_be_hidden()

    # what htmx draws in a part is not what its ETag was of: the part is asked for whole
    polled = f"{live.url}{CALLBACKS}?"
    page.wait_for_event(
        "request", lambda asked: asked.url == polled and "if-none-match" in asked.headers
    )
    with page.expect_request(
        lambda asked: asked.url == polled and "if-none-match" not in asked.headers
    ):
        page.evaluate(
            "() => htmx.ajax('GET', location.pathname + '?drawn',"
            " { source: 'h1', target: '[data-part=note]', select: '[data-part=note] > *' })"
        )

    # a question whose row news have drawn anew does not vanish in silence
    boss.go(ARS)
    page.evaluate("document.querySelector('[hx-confirm]').click()")
    yes = page.locator("#o-ask button[value=yes]")
    expect(yes).to_have_text("Delete")
    expect(yes).to_have_class("btn btn-danger")
    page.evaluate(
        "() => { const asked = document.querySelector('[hx-confirm]');"
        " asked.replaceWith(asked.cloneNode(true)); }"
    )
    yes.click()
    expect(page.locator("#o-problem [role=alert]")).to_contain_text("changed meanwhile")

    # what is asked is said again by the button that does it, in red only where something goes
    boss.go("/c/org/members")
    page.evaluate("document.querySelector('[hx-confirm]').click()")
    expect(yes).to_have_text("Deactivate")
    expect(yes).to_have_class("btn btn-primary")
