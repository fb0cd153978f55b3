"""Generated sentences (ARS-3, ARS-5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.ars.rules.hours import Days, Range, Row
from occ.ars.rules.menu import Key, KeyKind, Language
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


@given(st.integers(0, 1440), st.sampled_from(Language))
def test_every_time_has_a_word(minute: int, language: Language) -> None:
    assert time_word(minute, language)
