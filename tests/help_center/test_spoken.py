"""The public pages speak languages that the console does not (ORG-6)."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from occ.help_center.site import wordings
from occ.identity.models import Member
from occ.organization import languages
from tests.factories import help_center
from tests.support.browser import Browser, said

CODES = sorted(path.stem for path in wordings.SPOKEN.glob("*.json"))


def places(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


@pytest.mark.spec("ORG-6", "HC-1")
def test_a_spoken_language_is_one_of_the_table_and_has_the_values_of_each_text(
    app: Flask,
) -> None:
    assert {"ar", "es", "es_LA", "th", "zh_TW"} <= set(CODES)
    for code in CODES:
        assert code in languages.all_languages()
        for name, text in wordings.spoken(code).items():
            assert text.strip() == text != ""
            assert places(text) == places(wordings.shipped(name, "en")), (code, name)


@pytest.mark.spec("ORG-6", "HC-1")
@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("ar", "الأسئلة الشائعة"),
        ("th", "คำถามที่พบบ่อย"),
        ("zh_TW", "常見問題"),
        ("es_LA", "Preguntas frecuentes"),
        ("ko", "자주 묻는 질문"),
    ],
)
def test_pages_speak_it(
    boss: Member, browser: Callable[..., Browser], code: str, title: str
) -> None:
    help_center.furnished(boss, languages=["ko", "ar", "th", "zh_TW", "es_LA"])
    guest = browser()
    guest.get(f"/mall/hc/{code}/faq")
    assert [said(one) for one in guest.find("//h1")] == [title]
    (document,) = guest.find("/html")
    assert document.get("dir") == ("rtl" if code == "ar" else "ltr")
    guest.get(f"/mall/hc/{code}/search?q=우주선")
    assert "%(" not in guest.text() and "우주선" in guest.text()
