"""HC-1's home page, ORG-6 and what suspension shows (ORG-5)."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.ars.rules.hours import Days, Range, Row
from occ.core.db import db
from occ.help_center.public import rules
from occ.identity.models import Member
from occ.organization.rules import Feature, ServiceType
from tests.factories import phone, world
from tests.support.browser import Browser, said

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

LANGUAGES = ["ko", "en", "ja", "zh_TW", "ar", "sr_LN"]


@pytest.mark.spec("HC-1", "ORG-6")
def test_the_home_page_speaks_each_language_with_its_tag_and_direction(
    boss: Member, browser
) -> None:  # type: ignore[no-untyped-def]
    world.contracted(
        boss,
        languages=LANGUAGES,
        greetings={"ko": "무엇을 도와드릴까요?", "ar": "كيف يمكننا مساعدتك؟"},
    )
    guest: Browser = browser()
    for code, lang, direction in (
        ("ko", "ko", "ltr"),
        ("ar", "ar", "rtl"),
        ("ja", "ja", "ltr"),
        ("zh_TW", "zh-TW", "ltr"),
    ):
        page = guest.get(f"/mall/hc/{code}").text
        (document,) = guest.find("/html")
        assert (document.get("lang"), document.get("dir")) == (lang, direction)
        for tag in ("ko", "en", "ja", "zh-TW", "ar", "sr-Latn"):
            assert f'hreflang="{tag}"' in page
    assert "srpski(latinica)" in guest.text()
    guest.get("/mall/hc/ar")
    assert "كيف" in guest.text()
    guest.get("/mall/hc/ja")
    assert "무엇을 도와드릴까요?" in guest.text()  # missing: the default language's, marked as such
    assert '<h1 lang="ko" dir="ltr">' in guest.last.text  # type: ignore[union-attr]


@pytest.mark.spec("HC-1", "ORG-6")
def test_without_a_language_in_the_address_the_browser_decides_else_the_default(
    boss: Member, browser
) -> None:  # type: ignore[no-untyped-def]
    world.contracted(boss, languages=["ja", "en"])
    guest: Browser = browser()

    def led(path: str, language: str) -> str:
        answer = guest._send("GET", path, headers={"Accept-Language": language})
        assert answer.status_code == 302 and "Accept-Language" in answer.headers["Vary"]
        assert "public" not in answer.headers["Cache-Control"]
        return answer.headers["Location"]

    assert led("/mall/hc", "en-GB,en;q=0.9,ja;q=0.5") == "/mall/hc/en"
    assert led("/mall/hc", "fr") == "/mall/hc/ja"
    assert led("/mall/hc?utm=x&code=ko", "en") == "/mall/hc/en?utm=x&code=ko"
    assert guest.get("/MALL/hc").status_code == 301
    assert guest.get("/mall/hc/fr").status_code == 404


@pytest.mark.spec("HC-1", "ARS-1", "ARS-4")
def test_the_phone_stands_among_the_ways_to_ask_with_its_hours(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    mall = phone.service(
        boss, features=phone.FEATURES | {Feature.HELP_CENTER}, languages=["ko", "en", "ar"]
    )
    guest = browser()
    calls = "//a[starts-with(@href, 'tel:')]"

    def shown(language: str) -> list[str]:
        guest.get(f"/mall/hc/{language}")
        return [said(one) for one in guest.find(f"{calls}//b | {calls}//span/span")]

    assert shown("ko") == [], "before a menu is published no call is answered"
    phone.menu(mall)
    number, hours = shown("ko")
    digits = re.fullmatch(r"전화 상담 · 0(70)-(0000)-(\d{4})", number)
    assert digits is not None and hours == "월–금 09:00–12:00, 13:00–18:00"
    (link,) = guest.find(calls)
    assert link.get("href") == f"tel:+82{''.join(digits.groups())}"
    assert shown("en")[1] == "Mon–Fri 09:00–12:00, 13:00–18:00"
    assert shown("ar")[1].startswith("الاثنين–الجمعة")
    rows = (Row(Days.WEEKDAYS, (Range(540, 1080),)), Row(Days.SAT, (Range(540, 720),)))
    phone.menu(mall, hours=rows)
    assert shown("ko")[1:] == ["월–금 09:00–18:00", "토 09:00–12:00"]
    world.contracted(boss, "shop")
    assert guest.get("/shop/hc/ko").status_code == 200 and guest.find(calls) == []


@given(st.lists(st.sampled_from([(), ((540, 1080),), ((540, 720), (780, 1080))]), max_size=7))
def test_a_week_is_told_in_as_few_lines_as_say_it(spans: list[tuple[tuple[int, int], ...]]) -> None:
    found = rules.week(spans)
    told = {day: one.spans for one in found for day in range(one.first, one.last + 1)}
    assert told == {day: some for day, some in enumerate(spans) if some}
    for one, other in pairwise(found):
        assert one.last < other.first
        assert one.spans != other.spans or one.last + 1 < other.first


@pytest.mark.spec("ORG-2", "HC-1")
def test_any_case_redirects_and_one_language_has_no_drop_down(boss: Member, browser) -> None:  # type: ignore[no-untyped-def]
    world.contracted(boss, languages=["en"])
    guest: Browser = browser()
    answer = guest.get("/MALL/hc/en")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/mall/hc/en")
    assert 'hc-lang"' not in guest.get("/mall/hc/en").text


@pytest.mark.spec("ORG-5", "HC-1")
def test_suspended_answers_503_with_a_notice_and_gone_ones_404(
    boss: Member, admin: Browser
) -> None:
    service = world.contracted(boss)
    admin.post(f"/c/org/contracts/{service.id}/state", {"on": "0"}, htmx=True)
    answer = admin.get("/mall/hc/ko")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3600")
    admin.post(f"/c/org/contracts/{service.id}/terminate", {"typed": "mall"}, htmx=True)
    assert admin.get("/mall/hc/ko").status_code == 404


@pytest.mark.spec("ORG-3")
def test_issue_services_and_uncontracted_ones_have_no_help_center(boss: Member, browser) -> None:  # type: ignore[no-untyped-def]
    world.contracted(boss, "desk", type=ServiceType.ISSUE, features=frozenset({Feature.TICKET}))
    world.draft_service(boss, "draft")
    guest: Browser = browser()
    for path in ("/desk/hc", "/draft/hc", "/nowhere/hc", "/draft/hc/banner.png"):
        assert guest.get(path).status_code == 404
    db.session.rollback()
