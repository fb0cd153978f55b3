"""What is typed into the search box of tickets, read without a database (TKT-7)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.tickets.search import days
from occ.tickets.search.days import Period
from occ.tickets.search.terms import TERMS_MAX, Key, Meant, Query, Unclear, parse, plain, rewritten

PRESETS = {"오늘": Period(date(2026, 12, 1), date(2026, 12, 1))}


def key(code: str, *names: str, values: tuple[str, ...] = ()) -> Key:
    """A key that takes some values, or any."""

    def read(value: str) -> Meant:
        if values and value not in values:
            raise Unclear(f"{value}?", values)
        return Meant(value, value.upper())

    return Key(code, names[0] if names else code, frozenset(map(plain, (code, *names))), read)


KEYS = [
    key("state", "상태", "State", values=("hold", "done")),
    key("intake", "접수유형"),
    key("resolution", "처리유형"),
    key("sum", "Sum (won)"),
]


def read(text: str) -> Query:
    return parse(text, lambda: KEYS)


@given(st.text(max_size=80) | st.text(st.sampled_from('ab:"“#0１+(- 상태stae'), max_size=40))
def test_whatever_is_typed_is_read_without_an_error(text: str) -> None:
    """Taking its parts away one by one leaves nothing, whatever they are."""
    left = text
    for _n in range(2 * TERMS_MAX + 90):
        parts = read(left).parts
        if not parts:
            break
        assert len(parts[0].rest) < len(left)
        left = parts[0].rest
    assert not read(left).parts


@pytest.mark.parametrize(
    ("text", "texts", "numbers", "wanted"),
    [
        ("환불 배송", ("환불", "배송"), (), {}),
        ('"Where is" it', ("Where is", "it"), (), {}),
        ("“Where is” ＂it not＂", ("Where is", "it not"), (), {}),
        ("#123", (), (123,), {}),
        ("＃１２３ #7", (), (123, 7), {}),
        ("#12345678901", ("#12345678901",), (), {}),
        ("state:hold STATE:done 상태：hold", (), (), {"state": ("hold", "done", "hold")}),
        ("state: hold late", ("late",), (), {"state": ("hold",)}),
        ('intake:"a › b" 접수유형:"c', (), (), {"intake": ("a › b", "c")}),
        ("Sum(won):3", (), (), {"sum": ("3",)}),
        (
            "http://a.example 10:30 좋아요:) re:",
            ("http://a.example", "10:30", "좋아요:)", "re:"),
            (),
            {},
        ),
        ("010 1234 5678 late", ("010 1234 5678", "late"), (), {}),
        ("(02) 777-6789", ("(02) 777-6789",), (), {}),
        ("1001 1234 5678", ("1001", "1234", "5678"), (), {}),
        ("배\u200b송", ("배송",), (), {}),
    ],
)
def test_conditions_are_told_from_words(
    text: str, texts: tuple[str, ...], numbers: tuple[int, ...], wanted: dict[str, object]
) -> None:
    found = read(text)
    assert (found.texts, found.numbers, dict(found.wanted)) == (texts, numbers, wanted)
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("1234", 1234),
        ("１２３４", 1234),
        ("1234 state:hold", 1234),
        ("1234 late", None),
        ("#1234", None),
        ("0", None),
    ],
)
def test_a_lone_number_may_be_a_tickets(text: str, likely: int | None) -> None:
    assert read(text).likely == likely


@pytest.mark.parametrize(
    ("text", "offers"),
    [
        ("stat:hold", ["상태:hold", '"stat:hold"']),
        ("상테:hold", ["상태:hold", '"상테:hold"']),
        ("유형:환불 late", ["접수유형:환불 late", "처리유형:환불 late", '"유형:환불" late']),
        ("색:빨강", ['"색:빨강"']),
        ("state:lost", ["상태:hold", "상태:done"]),
        ("state:", []),
        ("late state: lost", ["late 상태:hold", "late 상태:done"]),
    ],
)
def test_what_is_not_understood_is_told_with_what_could_be_meant(
    text: str, offers: list[str]
) -> None:
    found = read(text)
    assert len(found.problems) == 1 and found.problems[0].message
    assert sorted(q for _words, q in found.problems[0].offers) == sorted(offers)
    for _words, q in found.problems[0].offers:
        assert not read(q).problems, q


def test_too_many_conditions_are_told_instead_of_dropped() -> None:
    assert not read(" ".join(["late"] * TERMS_MAX)).problems and not read("x" * 200).problems
    for text in (" ".join(["late"] * (TERMS_MAX + 1)), "x" * 201, "ab " * 70):
        assert read(text).problems, text
        part = next(part for part in read(text).parts if part.problem)
        while part.rest and read(part.rest).problems:
            part = next(one for one in read(part.rest).parts if one.problem)
        assert not read(part.rest).problems, "taking it away mends it"


def test_a_part_is_taken_away_and_the_rest_stays() -> None:
    parts = read('late  state:hold "at home" #3').parts
    assert [(part.name, part.words, part.rest) for part in parts] == [
        ("", "late", 'state:hold "at home" #3'),
        ("상태", "HOLD", 'late "at home" #3'),
        ("", "at home", "late  state:hold #3"),
        ("Number", "#3", 'late  state:hold "at home"'),
    ]


def test_conditions_are_changed_and_the_rest_stays() -> None:
    text = 'late 상태:hold "a b" state:done'
    assert (
        rewritten(text, KEYS, {"state": "done", "intake": 'Lost "and" found'})
        == 'late "a b" 상태:done 접수유형:"Lost  and  found"'
    )
    assert rewritten(text, KEYS, {"state": ""}) == 'late "a b"'
    assert rewritten('"late', KEYS, {"state": "done"}) == '상태:done "late', (
        "a quotation mark that is not closed swallows no condition"
    )
    assert rewritten("", KEYS, {"sum": "3"}) == "sum:3", "a name with blanks is written as its code"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-12-01", (2026, 12, 1), (2026, 12, 1)),
        ("2026. 12. 1.", (2026, 12, 1), (2026, 12, 1)),
        ("2026/12/01", (2026, 12, 1), (2026, 12, 1)),
        ("20261201", (2026, 12, 1), (2026, 12, 1)),
        ("2026년 12월 1일", (2026, 12, 1), (2026, 12, 1)),
        ("2026年12月1日", (2026, 12, 1), (2026, 12, 1)),
        ("Dec 1, 2026", (2026, 12, 1), (2026, 12, 1)),
        ("1 December 2026", (2026, 12, 1), (2026, 12, 1)),
        ("２０２６－１２－０１", (2026, 12, 1), (2026, 12, 1)),
        ("2026-02", (2026, 2, 1), (2026, 2, 28)),
        ("2026년", (2026, 1, 1), (2026, 12, 31)),
        ("2026-12..2027-01-05", (2026, 12, 1), (2027, 1, 5)),
        ("2026. 12. 1. ~ 2026. 12. 3.", (2026, 12, 1), (2026, 12, 3)),
        ("2026-12-01..", (2026, 12, 1), None),
        ("..2026-12-01", None, (2026, 12, 1)),
        ("오늘", (2026, 12, 1), (2026, 12, 1)),
    ],
)
def test_days_are_read_as_pages_write_them(
    text: str, first: tuple[int, int, int] | None, last: tuple[int, int, int] | None
) -> None:
    assert days.period(text, PRESETS) == Period(
        date(*first) if first else None, date(*last) if last else None
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "x",
        "2026-13-01",
        "2026-02-30",
        "2026-00-01",
        "1-2-3",
        "12/1",
        "1..2..3",
        "2026-12-01..x",
        "Foo 1, 2026",
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert days.period(text, PRESETS) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-01T08:30", (8, 30)),
        ("2026-12-01 오후 3:05", (15, 5)),
        ("2026. 12. 1. PM 3:05:00", (15, 5)),
        ("Dec 1, 2026, 3:05 PM", (15, 5)),
        ("2026/12/01 15:05", (15, 5)),
        ("2026-12-01 12:00 am", (0, 0)),
        ("2026-12-01 24:00", None),
        ("2026-12-01 13:00 pm", None),
        ("2026-12-01", None),
        ("2026-12 08:30", None),
        ("08:30", None),
        ("2026-12-01 8:61", None),
    ],
)
def test_times_are_read_as_pages_write_them(text: str, at: tuple[int, int] | None) -> None:
    assert days.minute(text, "Asia/Seoul") == (
        datetime(2026, 12, 1, *at, tzinfo=ZoneInfo("Asia/Seoul")) if at else None
    )


@given(st.text(st.sampled_from("2026-01. 년월일~:apmTDec오후,x"), max_size=24))
def test_no_text_breaks_the_reading_of_days(text: str) -> None:
    days.minute(text, "Asia/Seoul")
    days.period(text, PRESETS)
