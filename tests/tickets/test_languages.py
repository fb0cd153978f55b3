"""In which of a service's languages a mail is written (ORG-6, TRG-2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.organization.languages import all_languages
from occ.tickets.languages import READ, guessed


@pytest.mark.spec("ORG-6", "TRG-2")
@pytest.mark.parametrize(
    ("text", "codes", "language"),
    [
        ("환불해 주세요", ["ko", "ja", "en"], "ko"),
        ("返金をお願いします", ["ko", "ja", "en"], "ja"),
        ("I want a refund", ["ko", "ja", "en"], "en"),
        ("iPhone 15 Pro Max 환불", ["en", "ko"], "en"),
        ("iPhone 15 환불 부탁드립니다", ["en", "ko"], "ko"),
        ("訂單什麼時候到", ["ko", "zh_TW", "ja"], "zh_TW"),
        ("注文番号", ["ko", "ja"], "ja"),  # no kana, and no Chinese in the service
        ("我想退货", ["ko", "en"], "ko"),  # of no language of the service: the default one
        ("ขอคืนเงิน", ["ko", "th"], "th"),
        ("Верните деньги", ["ko", "ru"], "ru"),
        ("أريد استرداد", ["ko", "ar"], "ar"),
        ("Je veux un remboursement", ["ko", "fr", "en"], "fr"),  # the first that has its letters
        ("", ["ja", "ko"], "ja"),
        ("12345 !!", ["ja", "ko"], "ja"),
        ("ﾊﾝｶｸ", ["ko", "ja"], "ja"),
        ("a" * READ + "가" * READ, ["ko", "en"], "en"),
    ],
)
def test_a_language_is_told_by_its_letters(text: str, codes: list[str], language: str) -> None:
    assert guessed(text, codes) == language


@pytest.mark.spec("ORG-6")
@given(st.text(), st.lists(st.sampled_from(sorted(all_languages())), min_size=1, unique=True))
def test_it_is_always_one_of_the_services(text: str, codes: list[str]) -> None:
    assert guessed(text, codes) in codes
