"""Text messages in a real browser: bytes, templates, sending, history, pictures (SMS-2 … SMS-7)."""

import io
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from occ.sms.rules.kinds import GatewayKind
from occ.sms.rules.text import SUBSTITUTES, advertising, measured
from tests.factories import sms
from tests.journeys.test_calls import sign_in
from tests.support import nhn_sms
from tests.support.live import Live, until
from tests.support.person import Person
from tests.support.screens import screens
from tests.support.sheets import sheet

PAGE = "/c/s/mall/sms"
MODULE = "/static/{digest}/js/sms/bytes.js"
LETTERS = ("가", "a", "똠", "펲", "ｱ", "ﾊﾟ", unicodedata.normalize("NFD", "각"), "☎", "￦", "\u212b")
EDGES = (45, 46, 20, 21, 1000, 1001, 90, 91)
SIGNS = (
    "👩🏽‍💻", "🇰🇷", "1️⃣", "☎️", "é", "e\u0301", "ﬁ", "₩", "–", "•", "⋯", "〜", "\u00a0", "\u200b",
    "\uf92c", "\uf9b8", "郞", "们", "ก", "😀", "\ufeff", "\u00ad", "‘’“”", "½①㈜", "ㄱㅏ", "\t\n\n",
)  # fmt: skip
TEXTS = [
    *(letter * count for letter in LETTERS for count in EDGES),
    *(f"가{sign}나{sign}{sign}" for sign in SIGNS),
    "",
    "한글 abc\n둘째 줄 ￦1,000 똠방각하 😀👍🏿 ｶﾞｷﾞｸﾞ",
]

COVERED = (
    "document.querySelector('[name=body]').getBoundingClientRect().top"
    " > document.querySelector('.o-form-foot').getBoundingClientRect().top - 20"
)


def jpeg(path: Path, side: int = 320, *, kind: str = "JPEG", noise: bool = False) -> Path:
    """A picture; with `noise` one that no JPEG makes small."""
    image = (
        Image.effect_noise((side, side), 200).convert("RGB")
        if noise
        else Image.new("RGB", (side, side), "teal")
    )
    made = io.BytesIO()
    image.save(made, kind)
    path.write_bytes(made.getvalue())
    return path


@pytest.fixture
def desk(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A service with text messages on, its manager `boss`."""
    return lambda engine, language: center(
        engine, language, lambda boss: sms.texting(boss, kind=GatewayKind.LOCAL)
    )


def places(text: str, spans: list[list[int]]) -> list[int]:
    """Where the browser's places are in code points."""
    raw = text.encode("utf-16-le")
    return [len(raw[: start * 2].decode("utf-16-le")) for start, _end in spans]


@pytest.mark.live
@pytest.mark.spec("SMS-5")
@screens(("ko", 390, 640, "sqlite"))
def test_on_a_phone_the_foot_covers_nothing_that_is_written_into(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    page = sign_in(person(live, language, width, height), "boss")
    page.goto(live.url + PAGE)
    page.get_by_text("MMS", exact=True).click()
    page.focus("[name=title]")
    # its first line would stand on the screen, behind the foot
    page.evaluate(
        "scrollTo({top: document.querySelector('[name=body]').getBoundingClientRect().top"
        " + scrollY - innerHeight + 40, behavior: 'instant'})"
    )
    assert page.evaluate(COVERED)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "body"
    until(lambda: not page.evaluate(COVERED), seconds=5)  # it scrolls smoothly


@pytest.mark.live
@pytest.mark.spec("SMS-4")
@screens(("ko", 1440, 900, "sqlite"))
def test_the_browser_counts_as_the_server_does(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    page = sign_in(person(live, language, width, height), "boss")
    page.goto(live.url + PAGE)
    digest = re.search(r"/static/(\w+)/", page.content())
    assert digest is not None
    here = page.evaluate(
        "async ([module, texts]) => {"
        " const { measure, SUBSTITUTES } = await import(module);"
        " return [texts.map(measure), SUBSTITUTES]; }",
        [MODULE.format(digest=digest[1]), TEXTS],
    )
    assert here[1] == SUBSTITUTES
    for text, found in zip(TEXTS, here[0], strict=True):
        there = measured(text)
        assert (found["text"], found["bytes"]) == (there.text, there.bytes), text
        for name, signs in (("refused", there.refused), ("warned", there.warned)):
            assert [
                (one["text"], one.get("substitute"), tuple(places(text, one["places"])))
                for one in found[name]
            ] == [(one.text, one.substitute, one.places) for one in signs], (text, name)

    # every character of the plane, in blocks
    blocks = [
        " ".join(map(chr, range(at, at + 256)))
        for at in (*range(0x100, 0xD800, 256), *range(0xE000, 0x10000, 256))
    ]
    counted = page.evaluate(
        "async ([module, texts]) => { const { measure } = await import(module);"
        " return texts.map((text) => [measure(text).bytes, measure(text).text]); }",
        [MODULE.format(digest=digest[1]), blocks],
    )
    expected = [measured(text) for text in blocks]
    assert counted == [[found.bytes, found.text] for found in expected]

    # as one types: the counter, the marks, and what stands in by a click
    page.fill("#body", "가" * 45)
    assert page.inner_text("#body-bytes").startswith("90 / 90")
    assert "is-over" not in (page.get_attribute("#body-bytes", "class") or "")
    page.fill("#body", "가" * 45 + "a")
    assert page.inner_text("#body-bytes").startswith("91 / 90")
    assert "is-over" in (page.get_attribute("#body-bytes", "class") or "")
    page.fill("#body", "10–20 😀 ₩500 – 😀")
    assert page.locator("[data-marks] mark").all_text_contents() == ["–", "😀", "₩", "–", "😀"]
    offsets = page.evaluate(
        """() => [...document.querySelectorAll('[data-marks]:not(.is-line) mark')].map((mark) => {
            const [found, field] = [mark, document.querySelector('#body')].map((one) => one.getBoundingClientRect());
            return found.top + found.height / 2 - field.top; })"""
    )
    style = page.evaluate(
        "(({paddingTop, lineHeight, backgroundColor}) => [paddingTop, lineHeight, backgroundColor])(getComputedStyle(document.activeElement))"
    )
    first = 1 + float(style[0][:-2]) + float(style[1][:-2]) / 2  # the middle of the first line
    assert page.evaluate("document.activeElement.id") == "body"
    assert style[2] == "rgba(0, 0, 0, 0)"  # else it would cover what is marked
    assert all(abs(offset - first) < 2 for offset in offsets), (offsets, first)
    page.click(".x-signs li:has(b:text-is('–')) button")
    page.click(".x-signs li:has(b:text-is('₩')) button")
    page.click(".x-signs li:has(b:text-is('😀')) button")
    assert page.input_value("#body") == "10―20  ￦500 ― "
    assert page.inner_text("[data-shows-body]").rstrip() == "10―20 ￦500 ―"
    assert not page.locator(".x-signs li").count()

    # advertising: what is added is shown and counted
    page.check("input[name=advertising]")
    for text in ("세일", "(광고) 세일", f"세일\n\n무료수신거부 {nhn_sms.REFUSAL}", "세일 \n"):
        page.fill("#body", text)
        told = advertising(text, nhn_sms.REFUSAL)
        assert page.text_content("[data-shows-body]") == told
        assert page.inner_text("#body-bytes").startswith(f"{measured(told).bytes} / 90")


@pytest.mark.live
@pytest.mark.spec("SMS-2", "SMS-3", "SMS-5", "SMS-6", "SMS-7")
@screens(("ko", 1440, 900, "sqlite"), ("en", 390, 844, "postgres"))
def test_a_template_is_made_and_sent(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    one = person(live, language, width, height)
    page = sign_in(one, "boss")
    one.go(f"{PAGE}/templates")
    for name in ("배송", "지연"):
        page.click(
            "a[href$='/categories/new']" if name == "배송" else "#tree a.x-name[href*='parent=']"
        )
        page.fill("#o-dialog #name", name)
        page.click("#o-dialog button[type=submit]")
        page.wait_for_selector(f"#tree :text-is('{name}')")
    page.click("#tree a.x-name[href*='/templates/new']")
    page.fill("#name", "배송 지연")
    page.fill("#body", "배송이 하루 늦어집니다.")
    one.submit()
    assert page.inner_text("#tree a[aria-current]").startswith("배송 지연")

    one.go(PAGE)
    page.select_option("#template", label="배송 지연 (SMS)")
    page.wait_for_function("() => document.querySelector('#body').value.startsWith('배송이')")
    page.fill("#recipients", "010-1234-5678, 01012345678, 123\n01087654321")
    page.wait_for_selector("#check .x-bad")
    assert "123" in page.inner_text("#check .x-bad")
    assert "36" in page.inner_text("#check")
    one.submit()
    assert "123" in page.inner_text("#recipients-error")
    assert page.input_value("#body").startswith("배송이")
    page.fill("#recipients", "010-1234-5678\n01087654321")
    one.submit()
    assert "/sms/history" in page.url, page.inner_text("main")
    page.wait_for_selector("#list tr:has-text('010-1234-5678') .is-green")

    # reserved, cancelled before its time, told so in the details and in Excel
    one.go(f"{PAGE}?template=1")
    page.fill("#recipients", "01055556666")
    page.check("input[name=when][value=later]")
    assert page.input_value("#due_at") == page.get_attribute("#due_at", "min")
    page.fill("#due_at", page.get_attribute("#due_at", "max"))
    one.submit()
    assert "/sms/history" in page.url, page.inner_text("main")
    page.click("#list a:has-text('010-5555-6666')")
    page.click("#o-dialog form[action$='/cancel'] button")
    page.click("#o-ask button[value=yes]")
    page.wait_for_selector("#list tr:has-text('010-5555-6666') .is-gray")
    page.click("#list a:has-text('010-5555-6666')")
    page.wait_for_selector("#o-dialog .l-pre:has-text('배송이 하루 늦어집니다.')")
    one.check()
    assert not page.locator("#o-dialog form[action$='/cancel']").count()
    page.click("#o-dialog [data-close]")
    with page.expect_download() as waits:
        page.click("a[data-filtered]")
    rows = sheet(Path(waits.value.path()).read_bytes())
    assert len(rows) == 4
    assert all("배송 지연" in row for row in rows[1:])

    # another template over a text that was typed asks first
    one.go(PAGE)
    page.fill("#body", "typed by hand")
    page.select_option("#template", label="배송 지연 (SMS)")
    page.click("#o-ask button:not([value=yes])")
    assert page.input_value("#body") == "typed by hand"
    assert page.input_value("#template") == "0"


@pytest.mark.live
@pytest.mark.full
@pytest.mark.spec("SMS-4", "SMS-5")
@screens(("ko", 1440, 900, "postgres"), ("en", 390, 844, "sqlite"))
def test_two_pictures_are_sent(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    tmp_path: Path,
    language: str,
    width: int,
    height: int,
    engine: str,
) -> None:
    live = desk(engine, language)
    one = person(live, language, width, height)
    page = sign_in(one, "boss")
    one.go(PAGE)
    page.check("input[name=kind][value=mms]", force=True)
    page.fill("#title", "약도")
    page.fill("#body", "약도를 보내 드립니다.")
    page.fill("#recipients", "01012345678")
    chosen: Any = "#pictures input[type=file]"
    page.set_input_files(chosen, jpeg(tmp_path / "map.jpg"))
    page.wait_for_selector("#pictures li")
    page.set_input_files(chosen, jpeg(tmp_path / "wrong.jpg", kind="PNG"))
    page.wait_for_selector("#pictures .o-err")
    page.click("#pictures > button")
    page.wait_for_function("() => document.querySelectorAll('#pictures li').length === 2")
    assert not page.locator(chosen).count()
    assert page.locator("[data-shows-pictures] img").count() == 2
    page.click("#pictures li:first-child button")
    page.wait_for_function("() => document.querySelectorAll('#pictures li').length === 1")
    page.set_input_files(chosen, jpeg(tmp_path / "large.jpg", 1400, noise=True))
    page.wait_for_selector("#pictures > button")
    page.click("#pictures > button")
    page.wait_for_function("() => document.querySelectorAll('#pictures li').length === 2")
    one.submit()
    assert "/sms/history" in page.url, page.inner_text("main")
