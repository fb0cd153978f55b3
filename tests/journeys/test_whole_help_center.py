"""A manager writes FAQ and notices in three languages; a customer finds them on a phone, asks, gets
the link and writes again; an agent answers (HC-1, HC-2, FLD-3, TKT-1).
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.help_center.documents.rules import TopicKind
from occ.identity.models import Member
from tests.factories import document, field
from tests.help_center import asking
from tests.help_center.asking import kind
from tests.journeys.test_automation import settled
from tests.journeys.test_calls import sign_in
from tests.journeys.test_inquiries import mailed, sent, typed
from tests.support.live import Live, until
from tests.support.person import Person

Texts = Mapping[str, tuple[str, str]]
FAQ: Texts = {
    "ko": ("환불은 언제 되나요?", "영업일 3일 안에 환불해요."),
    "en": ("When do I get my refund?", "Within three working days."),
    "ja": ("返金はいつですか？", "3営業日以内です。"),
}
NOW: Texts = {
    "ko": ("결제를 점검해요", "새벽 2시부터예요."),
    "en": ("Payment is checked", "From 2 a.m. on."),
    "ja": ("決済を点検します", "午前2時からです。"),
}
LATER: Texts = {code: (f"{title} (2)", body) for code, (title, body) in NOW.items()}


def furnish(boss: Member) -> None:
    mall = asking.mall(boss)
    refund = kind(mall, "환불")
    field.field(mall, "passport", encrypted=True, required=True)
    field.place(mall, refund, "passport")
    document.topic(mall, TopicKind.HEADING, "점검", en="Maintenance", ja="メンテナンス")


def writes(one: Person, path: str, texts: Texts, starts_at: str = "") -> None:
    """Fills in a document in each of its languages, and publishes it."""
    one.go(path)
    page = one.page
    if starts_at:
        page.select_option("#topic", index=1)
        page.fill("#starts_at", starts_at)
    for code, (title, body) in texts.items():
        page.locator(f"[data-languages] input[value={code}]").check(force=True)
        page.fill(f"#title-{code}", title)
        page.fill(f"#body-{code}", body)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Back to the drafts")).to_be_visible()
    one.check()


@pytest.mark.live
@pytest.mark.full  # each part has tests of its own
@pytest.mark.spec("HC-1", "HC-2", "FLD-3", "TKT-1")
@pytest.mark.parametrize(("engine", "scripted"), [("sqlite", True), ("postgres", False)])
def test_what_a_manager_writes_a_customer_finds_and_what_they_ask_is_answered(
    center: Callable[..., Live], person: Callable[..., Person], engine: str, scripted: bool
) -> None:
    live = center(engine, "en", furnish)
    manager = person(live, "en")
    desk = sign_in(manager, "boss")
    writes(manager, "/c/s/mall/faq/new", FAQ)
    writes(manager, "/c/s/mall/announcements/new", NOW, "2026-01-05T09:00")
    writes(manager, "/c/s/mall/announcements/new", LATER, "2099-01-05T09:00")

    customer = person(live, "ko", 390, 844, java_script_enabled=scripted)
    page: Any = customer.page

    def looked_at() -> None:
        if scripted:
            customer.check()

    page.goto(f"{live.url}/mall/hc")
    assert page.url == f"{live.url}/mall/hc/ko"
    expect(page.locator(".hc-notice")).to_have_count(1)
    expect(page.locator(".hc-notice")).to_contain_text("결제를 점검해요")
    looked_at()
    box = page.locator("main input[name=q]")
    box.fill("환불")
    box.press("Enter")
    page.locator(".hc-hits a").click()
    expect(page.locator("h1")).to_have_text("환불은 언제 되나요?")
    page.locator(".hc-lang > summary").click()
    page.locator(".hc-lang a[lang=ja]").click()
    expect(page.locator("h1")).to_have_text("返金はいつですか？")
    page.goto(f"{live.url}/mall/hc/ko/notices/3")  # of which nobody was told
    expect(page.locator("h1")).to_have_text("페이지를 찾을 수 없어요")
    page.locator(".hc-menu > summary").click()
    page.locator(".hc-menu a[href$='/inquiry']").click()
    page.wait_for_url("**/inquiry")  # loaded whole: its script hears what is chosen
    page.select_option("#intake", index=1)
    if not scripted:
        page.click("[data-again]")
    page.wait_for_selector("#f-passport")
    page.fill("#title", "환불이 안 와요")
    typed(page)
    looked_at()
    sent(page)
    (path,) = mailed(live)
    page.goto(live.url + path)
    page.fill("#body", "Any news?")
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("Any news?")
    expect(page.locator("main")).not_to_contain_text("M1234")
    looked_at()

    manager.go("/c/s/mall/tickets/1?box=all")
    expect(desk.locator(".t-detail")).to_contain_text("Any news?")
    with desk.expect_response(lambda answer: answer.url.endswith("/1/take")):
        desk.click("button[hx-post$='/1/take']")
    desk.wait_for_selector("[data-write=answer]")
    settled(desk)  # the list beside it has heard of it, too
    desk.fill("[data-composer] textarea", "내일 환불해 드리겠습니다.")
    desk.click("[data-composer] button[hx-post$='/resolve']")
    desk.wait_for_selector(".t-dhead .o-chip.is-green")

    def is_answered() -> bool:
        page.goto(live.url + path)
        return "내일 환불해 드리겠습니다." in page.locator("main").inner_text()

    until(is_answered)  # it may be taken back for some seconds
    expect(page.locator(".hi-stage")).to_have_text("답변 완료")
    looked_at()
