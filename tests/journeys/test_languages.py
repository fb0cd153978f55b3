"""A service that speaks Arabic, Thai, Chinese of Taiwan and Spanish of Latin America: its customers
find, read and ask, with and without script (HC-1, ORG-6)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from occ.core.db import db
from occ.help_center.documents import service as documents
from occ.help_center.documents.rules import DocumentKind, Text, TopicKind
from occ.help_center.documents.service import Draft
from occ.help_center.site import wordings
from tests.factories import document, world
from tests.journeys.test_inquiries import sent
from tests.support.live import Live
from tests.support.person import Person

pytestmark = [pytest.mark.live, pytest.mark.heavy, pytest.mark.spec("HC-1", "ORG-6")]
SAID = {
    "ar": ("متى أسترد أموالي؟", "خلال ثلاثة أيام عمل.", "أموالي"),
    "th": ("ฉันจะได้รับเงินคืนเมื่อไร", "ภายในสามวันทำการ", "เงินคืน"),
    "zh_TW": ("何時可以收到退款？", "三個工作天內。", "退款"),
    "es_LA": ("¿Cuándo recibo mi reembolso?", "En tres días hábiles.", "reembolso"),
}
ALONE = ("كيف أغير عنواني؟", "من صفحة الطلب.")  # in the first language alone


def furnish(boss: Any) -> None:
    mall = world.contracted(boss, languages=list(SAID))
    names = {code: wordings.shipped("menu.faq", code) for code in SAID}
    with db.write():
        topic = document.vocabulary.add_topic(mall, TopicKind.CATEGORY, names)
        for texts in (
            {code: Text(title, body) for code, (title, body, _word) in SAID.items()},
            {"ar": Text(*ALONE)},
        ):
            documents.save(
                mall,
                DocumentKind.FAQ,
                None,
                Draft(texts=texts, topic_id=topic.id),
                publish=True,
                by=document.manager(boss),
            )


@pytest.mark.full
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_customers_of_far_languages_find_read_and_ask(
    center: Callable[..., Live], person: Callable[..., Person], engine: str
) -> None:
    live = center(engine, "en", furnish)
    for n, (code, (title, body, word)) in enumerate(SAID.items()):
        scripted = n % 2 == 0  # what the other half reads needs no script
        one = person(live, "en", 390, 844, java_script_enabled=scripted)
        page, check = one.page, one.check if scripted else lambda: None
        page.goto(f"{live.url}/mall/hc/{code}")
        expect(page.locator("html")).to_have_attribute("dir", "rtl" if code == "ar" else "ltr")
        check()
        page.fill("input[name=q]", word)
        page.press("input[name=q]", "Enter")
        page.locator(".hc-hits a", has_text=title).click()
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("article")).to_contain_text(body)
        check()
        page.goto(f"{live.url}/mall/hc/{code}/faq/a/2")
        expect(page.locator("h1")).to_have_text(ALONE[0])
        expect(page.locator("h1")).to_have_css("direction", "rtl")
        missing = page.get_by_text(wordings.shipped("language.missing", code))
        expect(missing).to_have_count(0 if code == "ar" else 1)
        page.goto(f"{live.url}/mall/hc/{code}/inquiry")
        page.fill("#title", title)
        page.fill("#email", "kim@example.com")
        page.fill("#content", body)
        page.check("#consent")
        check()
        sent(page)
        expect(page.locator("h1")).to_have_text(wordings.shipped("inquiry.received", code))
        check()
