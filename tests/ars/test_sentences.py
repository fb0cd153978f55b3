"""Generated sentences and how they are read aloud (ARS-3, ARS-5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.ars.rules.hours import Days, Range, Row
from occ.ars.rules.menu import Key, KeyKind, Language
from occ.ars.rules.reading import as_spoken, kana, native, sino
from occ.ars.rules.sentences import after_hours, menu_sentence, time_word

KO, EN, JA = Language.KO, Language.EN, Language.JA
CLOSED = {
    KO: "지금은 상담시간이 아닙니다.",
    EN: "We are closed now.",
    JA: "ただいまは受付時間外です。",
}


def row(days: Days, *spans: tuple[float, float]) -> Row:
    return Row(days, tuple(Range(int(a * 60), int(b * 60)) for a, b in spans))


WEEK = Days.WEEKDAYS
CASES = {
    "weekdays only": (
        (row(WEEK, (9, 18)),),
        " 상담시간은 평일 오전 9시부터 오후 6시까지입니다.",
        " We are open on weekdays from 9 a.m. to 6 p.m.",
        "受付時間は、平日が午前9時から午後6時までです。",
    ),
    "lunch": (
        (row(WEEK, (9, 12), (13, 18)),),
        " 상담시간은 평일 오전 9시부터 오후 6시까지이며, 점심시간은 낮 12시부터 오후 1시까지입니다.",
        " We are open on weekdays from 9 a.m. to 6 p.m., with a lunch break from noon to 1 p.m.",
        "受付時間は、平日が午前9時から午後6時まで、昼休みは正午から午後1時までです。",
    ),
    "different Saturday": (
        (row(WEEK, (9, 18)), row(Days.SAT, (10, 14.5))),
        " 상담시간은 평일 오전 9시부터 오후 6시까지입니다. 토요일은 오전 10시부터 오후 2시 30분까지입니다.",
        " We are open on weekdays from 9 a.m. to 6 p.m.; on Saturdays from 10 a.m. to 2:30 p.m.",
        "受付時間は、平日が午前9時から午後6時までです。土曜日は午前10時から午後2時30分までです。",
    ),
    "24 hours": (
        (row(WEEK, (0, 24)), row(Days.WEEKEND, (0, 12), (12, 24))),
        " 상담시간은 매일 24시간입니다.",
        " We are open 24 hours every day.",
        "受付時間は、毎日24時間です。",
    ),
    "never": ((), "", "", ""),
    "not reachable": ((Row(WEEK, (Range(540, 1080, reachable=False),)),), "", "", ""),
    "single days": (
        (row(Days.MON, (9, 18)), row(Days.WED, (9, 18)), row(Days.FRI, (22, 24))),
        " 상담시간은 월요일, 수요일 오전 9시부터 오후 6시까지입니다. 금요일은 오후 10시부터 밤 12시까지입니다.",
        " We are open on Mondays and Wednesdays from 9 a.m. to 6 p.m.; on Fridays from 10 p.m. to midnight.",
        "受付時間は、月曜日、水曜日が午前9時から午後6時までです。金曜日は午後10時から深夜0時までです。",
    ),
    "a long break is no lunch": (
        (row(Days.WEEKEND, (8, 10), (15, 20)),),
        " 상담시간은 주말 오전 8시부터 오전 10시까지, 오후 3시부터 오후 8시까지입니다.",
        " We are open on weekends from 8 a.m. to 10 a.m. and from 3 p.m. to 8 p.m.",
        "受付時間は、週末が午前8時から午前10時まで、午後3時から午後8時までです。",
    ),
}


@pytest.mark.spec("ARS-5")
@pytest.mark.parametrize("case", CASES)
def test_the_after_hours_sentence(case: str) -> None:
    rows, *expected = CASES[case]
    for language, text in zip((KO, EN, JA), expected, strict=True):
        assert after_hours(rows, language) == CLOSED[language] + text


@pytest.mark.spec("ARS-5")
def test_a_company_holiday_is_not_called_a_public_one() -> None:
    rows = (row(WEEK, (9, 18)),)
    assert after_hours(rows, EN, holiday=True).startswith("We are closed for a holiday today. We")


@pytest.mark.spec("ARS-3")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("주문", "주문은 1번을"),
        ("배송 문의", "배송 문의는 1번을"),
        ("배송(해외)", "배송(해외)는 1번을"),
        ("기타.", "기타는 1번을"),
        ("배송 문의(A/S)", "배송 문의(A/S)는 1번을"),
        ("DLM", "DLM은 1번을"),
        ("서비스 2", "서비스 2는 1번을"),
        ("서비스 3", "서비스 3은 1번을"),
        ("Returns", "Returns 문의는 1번을"),
    ],
)
def test_the_korean_topic_follows_the_last_sound(name: str, said: str) -> None:
    key = Key("1", KeyKind.QUEUE, {KO: name}, queue=1)
    assert menu_sentence([key], KO, [KO]) == f"{said} 눌러 주세요."


@pytest.mark.spec("ARS-2", "ARS-5")
@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        (KO, "09:00", "아홉 시"),
        (KO, "1577-0000", "일오칠칠, 공공공공"),
        (KO, "오후 6시 30분", "오후 여섯 시 삼십분"),
        (KO, "13:05부터", "오후 한 시 오 분부터"),
        (KO, "2026-06-10", "이천이십육년 유월 십일"),
        (
            KO,
            "10월 20일, 24시간, 3명, 20개, 10000개",
            "시월 이십일, 스물네 시간, 세 명, 스무 개, 만개",
        ),
        (KO, "12,500원 1번", "만이천오백원 일번"),
        (
            EN,
            "Call 1577-0000 at 09:00 or 18:30.",
            "Call one five seven seven, zero zero zero zero at 9 o'clock or 6 30 PM.",
        ),
        (EN, "2026-03-02", "March 2, 2026"),
        (JA, "午前9時30分から", "午前くじさんじゅっぷんから"),
        (JA, "3月2日、1577-0000", "さんがつふつか、いちごなななな, ゼロゼロゼロゼロ"),
        (JA, "19:08、4時", "じゅうくじはっぷん、よじ"),
    ],
)
def test_numbers_are_read_as_a_person_would_say_them(
    language: Language, text: str, said: str
) -> None:
    assert as_spoken(text, language) == said


def _value(words: str) -> int:
    """Sino-Korean words back to their number, in the naive way."""
    total = part = digit = 0
    for sign in words:
        if sign in "영일이삼사오육칠팔구":
            digit = "영일이삼사오육칠팔구".index(sign)
        elif sign in "십백천":
            part += (digit or 1) * 10 ** ("십백천".index(sign) + 1)
            digit = 0
        else:
            total += (part + digit or 1) * {"만": 10**4, "억": 10**8}[sign]
            part = digit = 0
    return total + part + digit


@given(st.integers(0, 10**12 - 1))
def test_sino_korean_can_be_read_back(number: int) -> None:
    assert _value(sino(number)) == number


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "한"), (20, "스무"), (21, "스물한"), (99, "아흔아홉"), (100, "백"), (0, "영")],
)
def test_native_korean(number: int, word: str) -> None:
    assert native(number) == word


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0, "ゼロ"),
        (300, "さんびゃく"),
        (1600, "せんろっぴゃく"),
        (8800, "はっせんはっぴゃく"),
        (20000, "にまん"),
        (15, "じゅうご"),
    ],
)
def test_japanese_numbers(number: int, word: str) -> None:
    assert kana(number) == word


@given(st.text(max_size=60), st.sampled_from(Language))
def test_reading_never_fails_and_leaves_no_digits_in_korean_and_japanese(
    text: str, language: Language
) -> None:
    said = as_spoken(text, language)
    assert language is EN or not any("0" <= c <= "9" for c in said)


@given(st.integers(0, 1440), st.sampled_from(Language))
def test_every_time_has_a_word(minute: int, language: Language) -> None:
    assert time_word(minute, language)
