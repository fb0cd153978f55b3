"""Public texts in languages that the console does not speak (ORG-6)."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from occ.core import i18n, phones
from occ.core.errors import Refused
from occ.core.text import writable
from occ.core.values import phone_number
from occ.help_center.site import wordings
from occ.identity.models import Member
from occ.organization.languages import all_languages
from tests.factories import help_center
from tests.support.browser import Browser, said

SPOKEN = sorted(path.stem for path in wordings.SPOKEN.glob("*.json"))
PLACE = re.compile(r"%\(\w+\)s")


def english() -> dict[str, str]:
    """Every text that comes with words."""
    with i18n.force_locale("en"):
        texts = {code: str(text) for code, text in wordings.WORDINGS.items()}
    return {code: text for code, text in texts.items() if text}


def test_the_most_asked_languages_are_there() -> None:
    assert (
        sorted(["ar", "de", "es", "es_LA", "fr", "id", "pt_BR", "ru", "th", "vi", "zh", "zh_TW"])
        == SPOKEN
    )
    assert set(SPOKEN) <= set(all_languages()) - set(i18n.LOCALES)


@pytest.mark.spec("ORG-6", "HC-3")
@pytest.mark.parametrize("language", SPOKEN)
def test_every_text_is_there_with_its_values(app: Flask, language: str) -> None:
    with app.test_request_context():
        wanted = english()
        texts = wordings.spoken(language)
        assert set(texts) == set(wanted)
        for code, text in wanted.items():
            found = texts[code]
            assert found.strip() == found and found == writable(found) and found, code
            assert Counter(PLACE.findall(found)) == Counter(PLACE.findall(text)), code
            assert len(found) <= 4 * len(text) + 40, code


@pytest.mark.spec("ORG-6")
def test_a_language_is_written_in_its_own_letters() -> None:
    """What was taken from another language by mistake shows in its script."""
    scripts = {
        "ar": r"[\u0600-\u06ff]",
        "ru": r"[\u0400-\u04ff]",
        "th": r"[\u0e00-\u0e7f]",
        "zh": r"[\u4e00-\u9fff]",
        "zh_TW": r"[\u4e00-\u9fff]",
    }
    for language, letters in scripts.items():
        for code, text in wordings.spoken(language).items():
            assert re.search(letters, text), (language, code)


def test_files_are_as_a_person_edits_them() -> None:
    for language in SPOKEN:
        text = Path(wordings.SPOKEN, f"{language}.json").read_text("utf-8")
        assert text.endswith("}\n") and "\\u" not in text, language


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


@pytest.mark.spec("ORG-6", "HC-1")
@pytest.mark.parametrize(("code", "shown"), [("ar", "«\u2068환불!\u2069»"), ("ko", "‘환불!’")])
def test_what_is_set_into_a_text_keeps_its_direction(
    boss: Member, browser: Callable[..., Browser], code: str, shown: str
) -> None:
    help_center.furnished(boss, languages=["ko", "ar"])
    guest = browser()
    guest.get(f"/mall/hc/{code}/search?q=환불!")
    assert shown in guest.text()
    (foot,) = guest.find("//footer//p[bdi]")[:1]
    assert said(foot).startswith("©")


@pytest.mark.spec("ORG-6")
def test_what_the_console_says_of_a_field_is_found_again_in_each_of_its_languages(
    app: Flask,
) -> None:
    with app.test_request_context():
        for locale in i18n.LOCALES:
            with i18n.force_locale(locale):
                assert wordings.told(i18n.gettext("Fill this in."), locale) == ("wrong.empty", {})
                assert wordings.told(i18n.gettext("Deleted"), locale) is None
                with pytest.raises(Refused) as refused:
                    phone_number("12", "KR")
                example = phones.example("KR")
                assert wordings.told(str(refused.value.message), locale) == (
                    "wrong.phone",
                    {"example": example},
                )
