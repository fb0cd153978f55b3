"""Rules of fields, for any input (FLD-1, FLD-3)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.fields import rules
from occ.fields.rules import Choice, FieldKind, FieldType, Shown

INSTANTS = st.integers(600_000_000, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def field(type: FieldType, **more: object) -> Shown:
    return Shown("size", FieldKind.CUSTOMER, type, "Size", "", **{"required": False, **more})  # type: ignore[arg-type]


def stored(one: Shown, raw: list[str]) -> str | Refused:
    try:
        return rules.check_value(one, raw, "Asia/Seoul", "KR")
    except Refused as error:
        return error


@given(st.sampled_from(FieldType), st.lists(st.text(max_size=60), max_size=3))
def test_any_text_is_stored_or_refused_in_words_and_stays_as_it_is_stored(
    type: FieldType, raw: list[str]
) -> None:
    one = field(type, choices=(Choice("1", "S"), Choice("2", "L")))
    value = stored(one, raw)
    if isinstance(value, Refused):
        assert value.field == "f-size"
        return
    assert stored(one, value.split("\n") if type in rules.CHOSEN else [value]) == value


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14
    )
)
def test_numbers_keep_their_value(number: Decimal) -> None:
    assert (
        Decimal(rules.check_value(field(FieldType.NUMBER), [f"{number:f}"], "Asia/Seoul", "KR"))
        == number
    )


@given(
    INSTANTS,
    st.sampled_from([*rules.PURGES, "d1", "d45"]),
    st.integers(0, 4000),
)
def test_nothing_is_due_that_was_stored_after_the_limit_and_all_is_due_in_time(
    stored: datetime, purge: str, days: int
) -> None:
    now = stored + timedelta(days=days)
    if rules.due_at(stored, purge) <= now:
        assert stored <= rules.stored_before(now, purge)
    assert rules.due_at(stored, purge) > stored


@pytest.mark.parametrize(
    ("stored", "purge", "due"),
    [
        ("2026-01-31", "m1", "2026-02-28"),
        ("2024-01-31", "m1", "2024-02-29"),
        ("2026-11-30", "m3", "2027-02-28"),
        ("2024-02-29", "y1", "2025-02-28"),
        ("2026-03-15", "m6", "2026-09-15"),
        ("2026-03-15", "y5", "2031-03-15"),
        ("2026-03-15", "d30", "2026-04-14"),
    ],
)
def test_periods_end_on_the_day_people_mean(stored: str, purge: str, due: str) -> None:
    assert (
        rules.due_at(datetime.fromisoformat(stored).replace(tzinfo=UTC), purge).date().isoformat()
        == due
    )


@given(
    st.lists(
        st.sampled_from(["a1", "b2", "c3", "email", "title", "intake", "consent", "nowhere"]),
        max_size=12,
    )
)
def test_a_placement_begins_with_the_type_and_ends_with_consent(wanted: list[str]) -> None:
    there = ["intake", "email", "title", "content", "consent", "a1", "b2", "c3"]
    order = rules.ordered(there, wanted)
    assert (order[0], order[-1]) == ("intake", "consent") and len(set(order)) == len(order)
    assert {"title", "content"} <= set(order) <= set(there)


@pytest.mark.parametrize("code", ["", "a", "1a", "a b", "email", "title", "é1", "a" * 31, "a-b"])
def test_a_code_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        rules.check_code(code)
