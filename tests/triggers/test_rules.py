"""When triggers fire, for any conditions; whose turn it is (TRG-2, TRG-3)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.core.net import check_url, is_public
from occ.triggers import rules
from occ.triggers.rules import COMPARISONS, Comparison, Condition, How, Result, ResultKind, Snapshot, Subject

WORDS = st.sampled_from(["", "hold", "urgent", "low", "환불", "상품 환불이 늦어요", "3", "7", "12.5", "A"])
KEYS = [subject.value for subject in Subject if subject is not Subject.FIELD] + ["field:size"]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    subject = draw(st.sampled_from(Subject))
    values = tuple(draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3)))
    return Condition(
        draw(st.booleans()), subject, draw(st.sampled_from(COMPARISONS[subject])), values, "size" if subject is Subject.FIELD else ""
    )


SNAPSHOTS = st.builds(
    Snapshot, st.dictionaries(st.sampled_from(KEYS), st.lists(WORDS, max_size=3).map(tuple)), st.frozensets(st.sampled_from(KEYS))
)


def naive(one: Condition, ticket: Snapshot) -> bool:
    """The sentence of the specification, word by word."""
    there = [value for value in ticket.values.get(one.key, ()) if value != ""]
    wanted = one.values[0]
    if one.comparison is Comparison.CHANGED:
        return one.key in ticket.changed
    if one.comparison is Comparison.EMPTY:
        return len(there) == 0
    if one.comparison in (Comparison.EQUAL, Comparison.NOT_EQUAL):
        return (len([v for v in there if v == wanted]) > 0) == (one.comparison is Comparison.EQUAL)
    if one.comparison in (Comparison.CONTAINS, Comparison.NOT_CONTAINS):
        return (len([v for v in there if wanted.lower() in v.lower()]) > 0) == (one.comparison is Comparison.CONTAINS)
    if one.comparison is Comparison.ONE_OF:
        return len(set(there) & set(one.values)) > 0

    def size(text: str) -> float | None:
        if one.key == "priority":
            return float(rules.PRIORITIES.index(text)) if text in rules.PRIORITIES else None
        return float(text) if text.replace(".", "").isdigit() else None

    def more(left: str, right: str) -> bool:
        first, second = size(left), size(right)
        return first > second if first is not None and second is not None else left > right

    return any(more(v, wanted) if one.comparison is Comparison.MORE else more(wanted, v) for v in there)


@pytest.mark.spec("TRG-2")
@given(st.lists(conditions(), max_size=6), SNAPSHOTS)
def test_evaluation_agrees_with_the_sentence_of_the_specification(rows: list[Condition], ticket: Snapshot) -> None:
    found = rules.verdicts(rows, ticket)
    assert list(found) == [naive(one, ticket) for one in rows]
    required = [held for one, held in zip(rows, found, strict=True) if one.required]
    optional = [held for one, held in zip(rows, found, strict=True) if not one.required]
    assert rules.fires(rows, found) is (len(rows) > 0 and all(required) and (optional == [] or any(optional)))


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


@pytest.mark.parametrize(("address", "public"), [
    ("127.0.0.1", False), ("10.1.2.3", False), ("169.254.169.254", False), ("192.168.0.1", False), ("0.0.0.0", False), ("::1", False), ("fe80::1", False),
    ("::ffff:127.0.0.1", False), ("fd00::1", False), ("224.0.0.1", False), ("100.64.0.1", False), ("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::a9fe:a9fe", False), ("2002:7f00:1::", False), ("::7f00:1", False), ("fec0::1", False), ("5f00::1", False),
])  # fmt: skip
def test_addresses_of_this_network_are_told(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_a_result_needs_what_it_does() -> None:
    known = {"group": ["1"], "state": ["hold"], "result:priority": ["high"]}
    good = [Condition(True, Subject.STATE, Comparison.EQUAL, ("hold",))]
    for wrong in (
        Result(ResultKind.ASSIGN), Result(ResultKind.ASSIGN, group=1, how=How.ONE), Result(ResultKind.PRIORITY, "huge"), Result(ResultKind.MAIL),
        Result(ResultKind.FORWARD, "nobody"), Result(ResultKind.CALL, "ftp://x.example"), Result(ResultKind.MAIL, texts={"ko": {"subject": "A", "body": ""}}),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            rules.check("T", good, [Result(ResultKind.PRIORITY, "high"), wrong], known)
        assert refused.value.field == "r1"
    rules.check("T", good, [Result(ResultKind.ASSIGN, group=1)], known)
