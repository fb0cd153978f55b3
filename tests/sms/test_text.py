"""SMS-4: what a text message can hold, and its bytes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.sms.rules.text import (
    MMS_BODY,
    MMS_TITLE,
    SMS_BODY,
    SUBSTITUTES,
    code,
    measured,
    sendable,
    substitute,
)

pytestmark = pytest.mark.spec("SMS-4")
# all that CP949 can hold, and enough besides it
TEXTS = st.text(
    st.one_of(
        st.characters(codec="cp949"),
        st.sampled_from("e\u0301a\u030a\u1112\u1161\u11ab\u212b\uf92c\uf9b8\u200d\ufe0f\u20e3"),
        st.sampled_from("₩–•⋯〜\u00a0ｱﾞ😀👩🏽🇰🇷1똠펲郞"),
        st.characters(),
    )
)


@given(TEXTS)
def test_what_is_not_refused_is_sent_and_counted_as_its_codes(text: str) -> None:
    found = measured(text)
    kept = found.text
    for sign in found.refused:
        assert code(sign.text) is None
        kept = kept.replace(sign.text, "")
    if not found.refused:
        assert found.bytes == len(found.text.encode("cp949"))
    assert bool(found.refused) is (code(found.text) is None)
    assert found.bytes <= 2 * len(kept) + 2 * len(found.text)


@given(TEXTS)
def test_what_is_sent_is_the_same_text(text: str) -> None:
    """Nothing is changed but how characters are composed and lines end."""
    sent = measured(text).text
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unicodedata.normalize("NFC", sent) == unicodedata.normalize("NFC", plain)
    assert measured(sent).text == sent


@given(TEXTS)
def test_each_place_is_where_the_character_stands(text: str) -> None:
    typed = text.replace("\r\n", "\n").replace("\r", "\n")
    found = measured(text)
    for sign in (*found.refused, *found.warned):
        for place in sign.places:
            behind = unicodedata.normalize("NFC", typed[place : place + len(sign.text) * 4])
            assert behind.startswith(unicodedata.normalize("NFC", sign.text)[:1])


@given(TEXTS)
def test_what_is_offered_can_be_sent(text: str) -> None:
    for sign in measured(text).refused:
        if sign.substitute is not None:
            assert code(sign.substitute) is not None


@pytest.mark.parametrize(
    ("text", "sent", "length"),
    [
        ("가" * 45, "가" * 45, 90),
        ("a" * 90, "a" * 90, 90),
        ("똠펲쀍", "똠펲쀍", 6),  # euc_kr of Python makes 24 of them
        (unicodedata.normalize("NFD", "한글"), "한글", 4),
        ("\u212b\uf92c\uf9b8", "\u212b\uf92c\uf9b8", 6),
        ("￦１，０００", "￦１，０００", 12),  # NFKC would take ￦ out
        ("한\r\n글\r", "한\n글\n", 6),
        ("™‘’“”…―", "™‘’“”…―", 14),
        ("", "", 0),
    ],
)
def test_bytes_are_those_of_cp949(text: str, sent: str, length: int) -> None:
    found = measured(text)
    assert (found.text, found.bytes, found.refused) == (sent, length, ())


@pytest.mark.parametrize(
    ("sign", "offered"),
    [
        *SUBSTITUTES.items(),
        ("ｱ", "ア"),
        ("ｶﾞ", "ガ"),
        ("é", "e"),
        ("ﬁ", "fi"),
        ("☎️", "☎"),
        ("1️⃣", "1"),
        ("가\u200d", "가"),
        ("\u200b", ""),
        ("😀", ""),
        ("👩🏽‍💻", ""),
        ("🇰🇷", ""),
        ("们", None),
        ("ш\u0301", "ш"),
        ("ก", None),
    ],
)
def test_a_character_without_a_code_is_named_once_with_what_is_offered(
    sign: str, offered: str | None
) -> None:
    found = measured(f"가{sign}나{sign}")
    assert [(one.text, one.substitute) for one in found.refused] == [(sign, offered)]
    assert found.refused[0].places == (1, 2 + len(sign))
    assert found.bytes == sum(len(code(one) or b"") for one in found.text)
    assert substitute(sign) == offered


def test_syllables_that_only_cp949_has_are_warned_of() -> None:
    found = measured("똠방각하 펲 똠")
    assert [(one.text, one.places) for one in found.warned] == [("똠", (0, 7)), ("펲", (5,))]
    assert measured("한글 abc ￦ ☎").warned == ()


@pytest.mark.parametrize("limit", [SMS_BODY, MMS_TITLE, MMS_BODY])
@pytest.mark.parametrize("letter", ["가", "똠", "각".replace("각", "\u1100\u1161"), "☎"])
def test_the_last_byte_fits_and_the_next_does_not(limit: int, letter: str) -> None:
    full = letter * (limit // 2)
    assert len(sendable(full, limit, "body").encode("cp949")) == limit
    for more in ("a", "\n", "가"):
        with pytest.raises(Refused) as refusal:
            sendable(full + more, limit, "body")
        assert refusal.value.field == "body"
        assert f"{limit + len(more.encode('cp949')):,}" in str(refusal.value)


def test_a_refusal_names_what_cannot_be_sent_with_its_place() -> None:
    with pytest.raises(Refused) as refusal:
        sendable("안녕 👩🏽‍💻\u200b", SMS_BODY, "body")
    assert "👩🏽‍💻 (4)" in str(refusal.value)
    assert "U+200B (8)" in str(refusal.value)
    with pytest.raises(Refused) as refusal:
        sendable("🍎🍐🍊🍋🍌🍉🍇", SMS_BODY, "body")
    assert "🍌 (5)" in str(refusal.value)
    assert "🍉" not in str(refusal.value)
    assert "2 more" in str(refusal.value)
