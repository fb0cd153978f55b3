"""When triggers fire, for any conditions; whose turn it is (TRG-2, TRG-3)."""

import operator
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.automation import checks, rules
from occ.automation.rules import (
    Comparison,
    Condition,
    How,
    Known,
    Result,
    ResultKind,
    Snapshot,
    Subject,
    To,
)
from occ.core.errors import Refused
from occ.core.net import check_url, is_public
from occ.fields.rules import FieldType

DONE = Result(ResultKind.CALL, "https://a.example/")

WORDS = st.sampled_from(
    ["", "hold", "urgent", "low", "환불", "상품 환불이 늦어요", "3", "7", "12.5", "A"]
)
SUBJECTS = [subject for subject in Subject if subject is not Subject.FIELD]
KEYS = [subject.value for subject in SUBJECTS]
FIGURES = (Subject.RECEIVED, Subject.QUIET)
C = Comparison
SEOUL = ZoneInfo("Asia/Seoul")


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    subject = draw(st.sampled_from(SUBJECTS))
    values = tuple(draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3)))
    return Condition(
        draw(st.booleans()), subject, draw(st.sampled_from(rules.offered(subject, None))), values
    )


SNAPSHOTS = st.builds(
    Snapshot,
    st.dictionaries(st.sampled_from(KEYS), st.lists(WORDS, max_size=3).map(tuple)),
    st.frozensets(st.sampled_from(KEYS)),
)


def naive(one: Condition, ticket: Snapshot) -> bool:
    """The sentence of the specification, word by word."""
    there = [value for value in ticket.values.get(one.key, ()) if value != ""]
    wanted = one.values[0]
    if one.comparison is C.CHANGED:
        return one.key in ticket.changed
    if one.comparison is C.EMPTY:
        return len(there) == 0
    if one.comparison in (C.EQUAL, C.NOT_EQUAL):
        return (len([v for v in there if v == wanted]) > 0) == (one.comparison is C.EQUAL)
    if one.comparison in (C.CONTAINS, C.NOT_CONTAINS):
        return (
            len(
                [
                    v
                    for v in there
                    if unicodedata.normalize("NFKC", wanted).casefold()
                    in unicodedata.normalize("NFKC", v).casefold()
                ]
            )
            > 0
        ) == (one.comparison is C.CONTAINS)
    if one.comparison is C.ONE_OF:
        return len(set(there) & set(one.values)) > 0

    def size(text: str) -> float | None:
        if one.subject is Subject.PRIORITY:
            return float(rules.PRIORITIES.index(text)) if text in rules.PRIORITIES else None
        return float(text) if text.replace(".", "").isdigit() else None

    def more(left: float | None, right: float | None) -> bool:
        return left is not None and right is not None and left > right

    return any(
        more(size(v), size(wanted)) if one.comparison is C.MORE else more(size(wanted), size(v))
        for v in there
    )


@pytest.mark.spec("TRG-2")
@given(st.lists(conditions(), max_size=6), SNAPSHOTS)
def test_evaluation_agrees_with_the_sentence_of_the_specification(
    rows: list[Condition], ticket: Snapshot
) -> None:
    found = rules.verdicts(rows, ticket)
    assert list(found) == [naive(one, ticket) for one in rows]
    required = [held for one, held in zip(rows, found, strict=True) if one.required]
    optional = [held for one, held in zip(rows, found, strict=True) if not one.required]
    assert rules.fires(rows, found) is (
        len(rows) > 0 and all(required) and (optional == [] or any(optional))
    )


@pytest.mark.spec("TRG-2")
@pytest.mark.parametrize(
    ("required", "optional", "fires"),
    [
        ([], [True, False], True),
        ([], [False, False], False),
        ([True], [], True),
        ([True], [False, True], True),
        ([True], [False], False),
        ([True, False], [True], False),
        ([], [], False),
    ],
)
def test_every_required_row_has_to_hold_and_one_optional_row_is_enough(
    required: list[bool], optional: list[bool], fires: bool
) -> None:
    rows = [
        Condition(is_required, Subject.TITLE, C.EQUAL, ("환불",))
        for is_required in (*(True for _held in required), *(False for _held in optional))
    ]
    assert rules.fires(rows, [*required, *optional]) is fires


FIGURE = st.decimals(-(10**9), 10**9, places=2)
DAY = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MINUTE = st.integers(-300_000, 1_500_000).map(
    lambda n: datetime.fromisoformat("2000-01-01T00:00") + timedelta(minutes=37 * n)
)
WRITTEN: dict[
    FieldType, tuple[st.SearchStrategy[Any], Any, Any]
] = {  # values, how they are stored, how people type them
    FieldType.NUMBER: (FIGURE, lambda n: f"{n.normalize():f}", lambda n: f"{n:,}"),
    FieldType.DATE: (DAY, str, str),
    FieldType.DATE_TIME: (
        MINUTE,
        lambda at: at.replace(tzinfo=SEOUL).astimezone(UTC).isoformat(timespec="minutes"),
        lambda at: at.isoformat(timespec="minutes"),
    ),
}
COMPARED = {
    C.EQUAL: operator.eq,
    C.NOT_EQUAL: operator.ne,
    C.MORE: operator.gt,
    C.LESS: operator.lt,
}


def at(type: FieldType, comparison: Comparison, typed: str, *stored: str) -> bool:
    """Whether a field with these values meets a condition as it was typed, in a service in Seoul."""
    return rules.holds(
        Condition(True, Subject.FIELD, comparison, (typed,), "f"),
        Snapshot({"field:f": stored}, types={"field:f": type}, zone="Asia/Seoul"),
    )


@pytest.mark.spec("TRG-2")
@given(st.sampled_from(list(WRITTEN)), st.sampled_from(list(COMPARED)), st.data())
def test_values_compare_as_python_compares_what_they_mean(
    type: FieldType, comparison: Comparison, data: st.DataObject
) -> None:
    values, store, write = WRITTEN[type]
    one = data.draw(values)
    other = data.draw(st.just(one) | values)
    expected = COMPARED[comparison](one, other)
    assert at(type, comparison, write(other), store(one)) is expected, (
        "as it was typed, also by an older version"
    )
    known = Known({"group": []}, {"field:f": type}, "Asia/Seoul")
    (kept,) = checks.check(
        "T",
        [Condition(True, Subject.FIELD, comparison, (write(other),), "f")],
        [DONE],
        known,
        placeholders={},
        forbidden=(),
    )
    assert (
        kept.values == (store(other),)
        and rules.holds(kept, Snapshot({"field:f": (store(one),)}, types=known.types)) is expected
    )


@pytest.mark.spec("TRG-2")
@pytest.mark.parametrize(
    ("type", "comparison", "typed", "stored", "expected"),
    [
        (FieldType.NUMBER, C.MORE, "1,000", "500", False),
        (FieldType.NUMBER, C.MORE, "1,000", "2345600", True),
        (FieldType.NUMBER, C.LESS, "-0.5", "-0.75", True),
        (FieldType.NUMBER, C.EQUAL, "１,０００", "1000", True),
        (FieldType.NUMBER, C.MORE, "a lot", "5", False),
        (FieldType.NUMBER, C.NOT_EQUAL, "a lot", "5", False),
        (FieldType.DATE_TIME, C.MORE, "2026-12-01T08:30", "2026-12-01T00:00+00:00", True),
        (FieldType.DATE_TIME, C.MORE, "2026-12-01T09:00", "2026-12-01T00:00+00:00", False),
        (FieldType.PHONE, C.EQUAL, "02-777-6789", "+8227776789", True),
        (FieldType.PHONE, C.CONTAINS, "777-67", "+8227776789", True),
        (FieldType.PHONE, C.CONTAINS, "７７７", "+8227776789", True),
        (FieldType.PHONE, C.CONTAINS, "٧٧٧", "+8227776789", True),
        (FieldType.TEXT, C.CONTAINS, "환불", "환\u200b불", True),
        (FieldType.TEXT, C.CONTAINS, "환불\u200b", "환불 요청", True),
        (FieldType.LONG_TEXT, C.NOT_CONTAINS, "ABC", "ａｂｃ", False),
        (FieldType.TEXT, C.CONTAINS, "환불", "\u1112\u116a\u11ab\u1107\u116e\u11af", True),
        (FieldType.PHONE, C.CONTAINS, "02-777", "+8227776789", True),
        (FieldType.PHONE, C.NOT_CONTAINS, "no digit", "+8227776789", False),
        (FieldType.EMAIL, C.EQUAL, "Lee@Example.com", "lee@example.com", True),
        (FieldType.CHECKBOX, C.EQUAL, "0", "", True),
        (FieldType.CHECKBOX, C.EQUAL, "0", "1", False),
        (FieldType.CHECKBOX, C.EQUAL, "예", "1", True),
        (FieldType.MULTI, C.CONTAINS, "1", "11", False),
        (FieldType.DATE, C.CONTAINS, "2026-12", "2026-12-01", True),
        (FieldType.TEXT, C.MORE, "9", "10", True),
        (FieldType.TEXT, C.MORE, "b", "c", True),
        (FieldType.LONG_TEXT, C.CONTAINS, "b\nc", "A\nB\nC", True),
    ],
)
def test_values_are_read_by_their_type(
    type: FieldType, comparison: Comparison, typed: str, stored: str, expected: bool
) -> None:
    assert at(type, comparison, typed, stored) is expected


@pytest.mark.spec("TRG-2")
def test_a_field_that_is_gone_meets_nothing() -> None:
    for comparison in (C.EMPTY, C.NOT_EQUAL, C.CHANGED, C.NOT_CONTAINS):
        assert not rules.holds(
            Condition(True, Subject.FIELD, comparison, ("1",), "f"),
            Snapshot({}, frozenset({"field:f"})),
        )


@pytest.mark.spec("TRG-2")
@pytest.mark.parametrize(
    ("type", "comparison", "values", "words"),
    [
        (FieldType.NUMBER, C.MORE, ["1,5"], "Enter a number."),
        (FieldType.NUMBER, C.ONE_OF, ["1", "two"], "Enter a number."),
        (
            FieldType.NUMBER,
            C.CONTAINS,
            ["1"],
            "This subject cannot be compared in this way. Choose another comparison.",
        ),
        (FieldType.DATE, C.LESS, ["soon"], "Enter a date such as 2026-11-28."),
        (FieldType.DATE_TIME, C.MORE, ["08:30"], "Enter a date and time such as 2026-11-28 09:30."),
        (
            FieldType.PHONE,
            C.EQUAL,
            ["call me"],
            "This is not a phone number. Enter it whole, such as 010-2000-0000, or with + and its country code.",
        ),
        (FieldType.TEXT, C.CONTAINS, ["\u200b "], "Enter a value."),
        (
            FieldType.DATE_TIME,
            C.EQUAL,
            ["2026-12-01"],
            "Enter a date and time such as 2026-11-28 09:30.",
        ),
        (FieldType.PHONE, C.CONTAINS, ["me"], "Enter digits of a phone number."),
        (FieldType.EMAIL, C.EQUAL, ["lee"], "Enter an e-mail address such as name@example.com."),
        (FieldType.CHECKBOX, C.EQUAL, ["maybe"], "Choose one of the list."),
        (
            FieldType.DROPDOWN,
            C.MORE,
            ["1"],
            "This subject cannot be compared in this way. Choose another comparison.",
        ),
        (
            FieldType.FILE,
            C.EQUAL,
            ["a.png"],
            "This subject cannot be compared in this way. Choose another comparison.",
        ),
        (
            FieldType.TEXT,
            C.LESS,
            ["b"],
            "This subject cannot be compared in this way. Choose another comparison.",
        ),
        (FieldType.MULTI, C.ONE_OF, ["1", "9"], "Choose one of the list."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    type: FieldType, comparison: Comparison, values: list[str], words: str
) -> None:
    choices = ["1", "2"] if type in (FieldType.MULTI, FieldType.DROPDOWN) else ["1", "0"]
    known = Known({"group": [], "field:f": choices}, {"field:f": type}, "Asia/Seoul")
    with pytest.raises(checks.Wrong) as wrong:
        checks.check(
            "T",
            [Condition(True, Subject.FIELD, comparison, tuple(values), "f")],
            [DONE],
            known,
            placeholders={},
            forbidden=(),
        )
    place = "c0-comparison" if "compared" in words else "c0-value"
    assert {place: str(text) for place, text in wrong.value.errors.items()} == {place: words}


@pytest.mark.spec("TRG-3")
@given(st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=8), st.data())
def test_turns_are_fair_and_pass_over_who_cannot(order: list[int], data: st.DataObject) -> None:
    able = data.draw(st.sets(st.sampled_from(order), min_size=1))
    last: int | None = data.draw(st.none() | st.integers(1, 30))
    given_to: Counter[int] = Counter()
    for _n in range(3 * len(able)):
        last = rules.next_in_turn(order, able, last)
        assert last in able
        given_to[last] += 1
    assert set(given_to.values()) == {3} and set(given_to) == able
    assert rules.next_in_turn(order, (), last) is None


@given(conditions())
def test_conditions_are_kept_as_they_are(one: Condition) -> None:
    assert rules.condition_from(rules.condition_values(one)) == one


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example",
        "http://",
        "https://u:p@a.example/",
        "javascript:alert(1)",
        "http://a.example:99999/",
        "file:///etc/passwd",
    ],
)
def test_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1", False),
        ("::ffff:127.0.0.1", False),
        ("fd00::1", False),
        ("224.0.0.1", False),
        ("100.64.0.1", False),
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("5f00::1", False),
    ],
)
def test_addresses_of_this_network_are_told(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_result_needs_what_it_does() -> None:
    known = Known({"group": ["1"], "state": ["hold"], "result:priority": ["high"]})
    good = [Condition(True, Subject.STATE, Comparison.EQUAL, ("hold",))]
    begun = {"ko": {}, "ja": {"subject": "A", "body": ""}}
    for wrong, places in (
        (Result(ResultKind.ASSIGN), ["group"]),
        (Result(ResultKind.ASSIGN, group=1, how=How.ONE), ["members"]),
        (Result(ResultKind.ASSIGN, group=1, members=(5,)), ["members"]),
        (Result(ResultKind.PRIORITY, "huge"), ["value"]),
        (Result(ResultKind.MAIL), ["kind"]),
        (Result(ResultKind.FORWARD, "nobody"), ["value"]),
        (Result(ResultKind.CALL, "ftp://x.example"), ["value"]),
        (Result(ResultKind.MAIL, texts={"ko": {}, "ja": {}}), ["subject-ko"]),
        (Result(ResultKind.MAIL, texts=begun), ["body-ja"]),
        (Result(ResultKind.MAIL, to=To.GROUP, texts=begun), ["group", "body-ja"]),
        (
            Result(ResultKind.DOORAY, "x", texts={"ko": {"body": "#{x}"}, "ja": {"body": "#{"}}),
            ["value", "body-ko", "body-ja"],
        ),
    ):
        with pytest.raises(checks.Wrong) as refused:
            checks.check(
                "T",
                good,
                [Result(ResultKind.PRIORITY, "high"), wrong],
                known,
                placeholders={},
                forbidden=(),
            )
        assert list(refused.value.errors) == [f"r1-{place}" for place in places]
    checks.check(
        "T", good, [Result(ResultKind.ASSIGN, group=1)], known, placeholders={}, forbidden=()
    )
