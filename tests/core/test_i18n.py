"""Texts in the languages of the console: ids with two meanings, and Korean particles."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from flask import Flask

from occ.core import i18n, storage
from tests.tools import messages


@pytest.fixture
def words() -> Flask:
    """An application that knows languages only."""
    made = Flask("occ")
    i18n.init_app(made)
    return made


def test_an_id_with_two_meanings_has_a_text_for_each(words: Flask) -> None:
    page = words.jinja_env.from_string("{{ _('Call') }} {{ pgettext('action', 'Call') }}")
    lazy = i18n.lazy_pgettext("action", "Call")
    said = {"en": ("Call", "Call"), "ko": ("통화", "전화 걸기"), "ja": ("通話", "発信")}
    for locale, (noun, verb) in said.items():
        with words.app_context(), i18n.force_locale(locale):
            assert (i18n.gettext("Call"), i18n.pgettext("action", "Call")) == (noun, verb)
            assert str(lazy) == verb and page.render() == f"{noun} {verb}"


def test_values_are_put_in_and_escaped_with_a_context_too(words: Flask) -> None:
    page = words.jinja_env.from_string("{{ pgettext('nowhere', 'To %(name)s', name='<b>') }}")
    with words.app_context(), i18n.force_locale("ko"):
        assert page.render() == "To &lt;b&gt;"
        assert i18n.pgettext("nowhere", "To %(name)s", name="<b>") == "To <b>"
    assert i18n.pgettext("nowhere", "To %(name)s", name="Kim") == "To Kim", "without a page"


def test_numbers_and_names_agree(words: Flask) -> None:
    seats = ("%(num)s seat", "%(num)s seats")
    assert (i18n.ngettext(*seats, 1), i18n.ngettext(*seats, 2)) == ("1 seat", "2 seats"), (
        "without a page"
    )
    said = {
        "en": ("1 seat", "2 seats", "Kim", "Kim and Lee", "Kim, Lee, and Park"),
        "ko": ("좌석 1석", "좌석 2석", "Kim", "Kim 및 Lee", "Kim, Lee 및 Park"),
        "ja": ("1席", "2席", "Kim", "Kim、Lee", "Kim、Lee、Park"),
    }
    people = ("Kim", "Lee", "Park")
    for locale, texts in said.items():
        with words.app_context(), i18n.force_locale(locale):
            numbers = (i18n.ngettext(*seats, 1), i18n.ngettext(*seats, 2))
            assert numbers + tuple(i18n.listed(people[:n]) for n in (1, 2, 3)) == texts


def test_figures_and_days_change_with_the_language(words: Flask) -> None:
    day, said = date(2020, 11, 9), {"en": "Nov 9, 2020", "ko": "2020. 11. 9.", "ja": "2020/11/09"}
    with words.app_context():
        for locale in ("ko", "en", "ja", "ko"):
            with i18n.force_locale(locale):
                assert (i18n.day(day), i18n.listed_day(day)) == (said[locale], said[locale])
                assert (i18n.number(12_345), i18n.number(Decimal("1234.5"))) == (
                    "12,345",
                    "1,234.5",
                )
        assert i18n.day(day) == said["ko"], "as before"
    assert i18n.number(12_345) == "12,345", "without a page"


def test_catalogs_keep_the_texts_of_both_meanings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "FOLDER", tmp_path)
    ids, texts = Catalog(), Catalog()
    for catalog, noun, verb in ((ids, "", ""), (texts, "통화", "전화 걸기")):
        catalog.add("Call", noun)
        catalog.add("Call", verb, context="action")
    ids.add("Call", context="later")
    assert messages.save("ko", ids, texts) == ["later · Call"]
    saved = messages.load("ko")
    assert {messages.key(m): m.string for m in saved if m.id} == {
        ("Call", ""): "통화",
        ("Call", "action"): "전화 걸기",
        ("Call", "later"): "",
    }


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("python", 'pgettext("field", "Number")'),
        ("python", 'lazy_pgettext("field", "Number")'),
        ("jinja2", "<b>{{ pgettext('field', 'Number') }}</b>"),
    ],
)
def test_contexts_are_found_in_code_and_templates(kind: str, text: str) -> None:
    found = extract(kind, BytesIO(text.encode()), keywords=messages.KEYWORDS)
    assert [(message, context) for _line, message, _notes, context in found] == [
        ("Number", "field")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("배송", "배송은 배송이 배송을 배송과 배송으로"),
        ("환불 문의", "환불 문의는 환불 문의가 환불 문의를 환불 문의와 환불 문의로"),
        ("서울", "서울은 서울이 서울을 서울과 서울로"),
        ("배송(택배)", "배송(택배)은 배송(택배)이 배송(택배)을 배송(택배)과 배송(택배)으로"),
        ("‘반품’", "‘반품’은 ‘반품’이 ‘반품’을 ‘반품’과 ‘반품’으로"),
        ("주문…", "주문…은 주문…이 주문…을 주문…과 주문…으로"),
        ("1", "1은 1이 1을 1과 1로"),
        ("2", "2는 2가 2를 2와 2로"),
        ("3", "3은 3이 3을 3과 3으로"),
        ("6", "6은 6이 6을 6과 6으로"),
        ("7", "7은 7이 7을 7과 7로"),
        ("8", "8은 8이 8을 8과 8로"),
        ("9", "9는 9가 9를 9와 9로"),
        ("1,000", "1,000은 1,000이 1,000을 1,000과 1,000으로"),
        ("A/S", "A/S는 A/S가 A/S를 A/S와 A/S로"),
        ("URL", "URL은 URL이 URL을 URL과 URL로"),
        ("QR", "QR은 QR이 QR을 QR과 QR로"),
        ("Twitter", "Twitter는 Twitter가 Twitter를 Twitter와 Twitter로"),
        ("Email", "Email은 Email이 Email을 Email과 Email로"),
        ("VPN", "VPN은 VPN이 VPN을 VPN과 VPN으로"),
        ("(주)", "(주)는 (주)가 (주)를 (주)와 (주)로"),
        ("注文", "注文은(는) 注文이(가) 注文을(를) 注文과(와) 注文(으)로"),
        ("", "은(는) 이(가) 을(를) 과(와) (으)로"),
    ],
)
def test_a_particle_follows_the_last_sound(text: str, said: str) -> None:
    pairs = ("은/는", "이/가", "을/를", "과/와", "으로/로")
    assert " ".join(i18n.josa(text, pair) for pair in pairs) == said


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (1024 * 1024 - 1, "1 MB"),
        (20 * 1024 * 1024, "20 MB"),
        (20 * 1024 * 1024 - 1024 * 300, "19.7 MB"),
    ],
)
def test_a_size_is_counted_as_its_limit_is_and_whole_ones_have_no_decimals(
    count: int, words: str
) -> None:
    assert i18n.file_size(count) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (10 * 1024 * 1024 + 1, "10.1"),
        (int(10.04 * 1024 * 1024), "10.1"),
        (int(10.1 * 1024 * 1024) + 1, "10.2"),
        (11 * 1024 * 1024, "11"),
    ],
)
def test_what_is_over_a_limit_never_reads_as_the_limit(count: int, words: str) -> None:
    assert storage.megabytes(count) == words
