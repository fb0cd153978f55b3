"""The decisions about FAQ and notices (HC-2), and what is taken out of texts."""

import re
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.help_center.documents import rules
from occ.help_center.documents.rules import NoticeState, Taken, Text

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class One:
    id: int
    pinned_home: bool
    changed_at: datetime


FAQ = st.lists(
    st.builds(
        One,
        st.integers(1, 10**6),
        st.booleans(),
        st.integers(0, 10**4).map(lambda minutes: START + timedelta(minutes=minutes)),
    ),
    unique_by=lambda one: one.id,
    max_size=30,
)


@pytest.mark.spec("HC-2")
@given(FAQ)
def test_home_has_the_pinned_ones_last_changed_first_filled_up_with_others(faq: list[One]) -> None:
    shown = rules.on_home(faq)
    assert len(shown) == min(5, len(faq))
    pinned = [one for one in faq if one.pinned_home]
    assert sum(one.pinned_home for one in shown) == min(5, len(pinned))
    assert sorted(shown, key=lambda one: not one.pinned_home) == shown, "pinned ones come first"
    for is_pinned in (True, False):
        kept = [one for one in shown if one.pinned_home is is_pinned]
        times = [one.changed_at for one in kept]
        assert times == sorted(times, reverse=True)
        left = [one for one in faq if one.pinned_home is is_pinned and one not in shown]
        assert all(one.changed_at <= at for one in left for at in times)


@pytest.mark.spec("HC-2")
@given(st.integers(-50, 50), st.none() | st.integers(1, 50))
def test_a_notice_runs_from_its_start_until_its_end(minutes: int, length: int | None) -> None:
    ends = None if length is None else START + timedelta(minutes=length)
    state = rules.notice_state(START, ends, START + timedelta(minutes=minutes))
    if minutes < 0:
        assert state is NoticeState.SCHEDULED
    elif length is not None and minutes >= length:
        assert state is NoticeState.ENDED
    else:
        assert state is NoticeState.RUNNING


@pytest.mark.spec("HC-2")
def test_minutes_of_a_period_are_the_services_whatever_its_clock_does() -> None:
    assert rules.instant("2026-03-01T18:00", "Asia/Seoul", "starts_at") == START
    assert rules.spelt(START, "Asia/Seoul") == "2026-03-01T18:00"
    with pytest.raises(Refused, match="The clock skips this time"):
        rules.instant("2026-03-08T02:30", "America/New_York", "starts_at")
    first = rules.instant("2026-11-01T01:30", "America/New_York", "starts_at")
    last = rules.instant("2026-11-01T01:30", "America/New_York", "ends_at", last=True)
    assert last - first == timedelta(hours=1), "an hour that comes twice is inside the period"
    for wrong in ("", "2026-03-01", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(Refused, match="Choose a day and a time"):
            rules.instant(wrong, "Asia/Seoul", "starts_at")
    rules.check_period(START, None)
    rules.check_period(START, START + timedelta(minutes=1))
    with pytest.raises(Refused, match="The end has to be after the start"):
        rules.check_period(START, START)


@pytest.mark.spec("HC-2", "ORG-6")
def test_a_draft_needs_a_title_and_what_is_published_whole_texts() -> None:
    shown = ["ko", "en"]
    half = {"en": Text("Refunds", ""), "ko": Text("", " ")}
    assert rules.check_texts(half, shown, published=False) == {"en": Text("Refunds", "")}
    for texts, field in (
        ({}, "title-ko"),
        ({"ko": Text("환불", "")}, "body-ko"),
        ({"en": Text("Refunds", "How")}, "title-ko"),
        ({"ko": Text("환불", "안내"), "en": Text("Refunds", "")}, "body-en"),
        ({"ko": Text("환불", "안내"), "en": Text("", "How")}, "title-en"),
        ({"ko": Text("가" * 201, "안내")}, "title-ko"),
        ({"ko": Text("환불", "가" * 50_001)}, "body-ko"),
    ):
        with pytest.raises(Refused) as refused:
            rules.check_texts(texts, shown, published=True)
        assert refused.value.field == field
    whole = {"ko": Text("환불", "안내")}
    assert rules.check_texts(whole, shown, published=True) == whole
    with pytest.raises(Refused, match="Enter a title"):
        rules.check_texts({"ko": Text("", "안내")}, shown, published=False)


@pytest.mark.spec("ORG-6")
def test_a_missing_text_falls_back_to_the_first_language_then_to_any() -> None:
    texts = {"ja": "返金", "ko": "환불"}
    assert rules.in_language(texts, "ja", "ko") == ("ja", "返金")
    assert rules.in_language(texts, "en", "ko") == ("ko", "환불")
    assert rules.in_language({"ja": "返金"}, "en", "ko") == ("ja", "返金")
    assert rules.in_language({}, "en", "ko") is None


LINES = st.lists(st.text(string.ascii_lowercase + " ", max_size=4), max_size=12).map("\n".join)


@pytest.mark.spec("HC-2")
@given(LINES, LINES)
def test_a_comparison_holds_both_texts(before: str, after: str) -> None:
    lines = rules.compared(before, after)
    assert "\n".join(one.text for one in lines if one.sign != "+") == before
    assert "\n".join(one.text for one in lines if one.sign != "-") == after
    if before == after:
        assert all(one.sign == " " for one in lines)


@pytest.mark.spec("HC-2")
@given(st.text(max_size=300))
def test_what_is_scrubbed_has_no_number_and_loses_nothing_else(text: str) -> None:
    assert "".join(one.text for one in rules.pieces(text)) == text
    clean, taken = rules.scrubbed(text)
    assert not re.search(r"\d(?:[\s\-–.,/()·_:]{0,2}\d){3,}", clean)
    assert clean.count(rules.OUT) >= len(taken)


@pytest.mark.spec("HC-2")
@pytest.mark.parametrize(
    ("text", "kind", "gone"),
    [
        ("홍길동 고객님, 안녕하세요", Taken.NAME, "홍길동"),
        ("박지훈님께", Taken.NAME, "박지훈"),
        ("김철수 씨가 요청", Taken.NAME, "김철수"),
        ("山田太郎様、お世話", Taken.NAME, "山田太郎"),
        ("Dear John Smith, your", Taken.NAME, "John Smith"),
        ("연락처 010-1234-5678로", Taken.NUMBER, "010-1234-5678"),
        ("주문 20260318001 건", Taken.NUMBER, "20260318001"),
        ("카드 ４１１１ 1111 1111 1111 번", Taken.NUMBER, "４１１１ 1111 1111 1111"),
        ("+82 10 1234 5678", Taken.NUMBER, "+82 10 1234 5678"),
        ("kim@example.co.kr 로 보냈어요", Taken.ADDRESS, "kim@example.co.kr"),
        ("https://shop.example/o/1?u=kim 참고", Taken.ADDRESS, "https://shop.example/o/1?u=kim"),
        ("서울특별시 강남구 테헤란로 12 3층에", Taken.ADDRESS, "서울특별시 강남구 테헤란로 12 3층"),
        ("성남시 분당구 판교동 123번지로", Taken.ADDRESS, "성남시 분당구 판교동 123번지"),
        ("〒150-0001 東京都渋谷区神宮前1-2-3", Taken.ADDRESS, "〒150-0001 東京都渋谷区神宮前1-2-3"),
    ],
)
def test_names_numbers_and_addresses_are_taken_out(text: str, kind: Taken, gone: str) -> None:
    clean, taken = rules.scrubbed(text)
    assert (kind, gone) in [(one.taken, one.text) for one in taken]
    assert gone not in clean and rules.OUT in clean


@pytest.mark.spec("HC-2")
@pytest.mark.parametrize(
    "text",
    [
        "고객님, 환불은 3일 걸려요.",
        "고객 님께서",
        "お客様のご注文",
        "5G 요금제 404 오류",
        "7일 이내 100% 환불",
    ],
)
def test_what_tells_nobody_stays(text: str) -> None:
    assert rules.scrubbed(text) == (text, [])


@pytest.mark.spec("HC-2")
def test_known_names_are_taken_out_wherever_they_stand() -> None:
    clean, taken = rules.scrubbed("늘봄 Kim이 Kim에게", ["Kim", ""])
    assert clean == f"늘봄 {rules.OUT}이 {rules.OUT}에게" and len(taken) == 2


@pytest.mark.spec("HC-1")
@given(st.text(max_size=300))
def test_a_search_is_counted_short_without_numbers_and_the_same_however_typed(text: str) -> None:
    said = rules.asked(text)
    assert len(said) <= rules.MISSED_LENGTH
    assert not re.search(r"\d(?:[\s\-–.,/()·_:]{0,2}\d){3,}", said)
    assert rules.asked(f"  {text}\n") == said
    assert rules.asked(said) == said


@pytest.mark.spec("HC-1")
def test_searches_are_masked_before_they_are_counted() -> None:
    assert rules.asked("  환불   기간 ") == "환불 기간"
    assert rules.asked("ＲＥＦＵＮＤ") == "refund"
    assert rules.asked("주문 010-1234-5678") == "주문 *"
    assert rules.asked("kim@example.com 안와요") == "* 안와요"
    assert rules.asked("5g 요금") == "5g 요금"
    assert rules.asked("  …!? ") == "" and rules.asked("010 1234 5678") == ""
    assert len(rules.asked("가" * 500)) == 100


def test_excerpts_show_what_was_searched_for() -> None:
    body = "앞 " * 200 + "환불은 여기 " + "뒤 " * 200
    piece = rules.excerpt(body, ["환불"])
    assert "환불" in piece and len(piece) <= rules.EXCERPT + 2 and piece[0] == piece[-1] == "…"
    assert rules.excerpt("짧은\n글", ["없음"]) == "짧은 글"
    assert rules.placed([1, 2, 3], 3, 0) == [3, 1, 2] and rules.placed([1, 2], 1, 99) == [2, 1]
