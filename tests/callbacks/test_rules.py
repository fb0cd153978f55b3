"""Dealing, ages and figures are pure (CBK-3, CBK-5, CBK-6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.callbacks.rules import Age, Figures, age, deal

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.spec("CBK-3")
@given(
    st.lists(st.integers(1, 1000), unique=True, max_size=40),
    st.lists(st.integers(1, 30), unique=True, min_size=1, max_size=8),
    st.integers(0, 31),
)
def test_dealing_is_even_in_the_shown_order_and_goes_on_where_it_ended(
    callbacks: list[int], agents: list[int], last: int
) -> None:
    pairs = deal(callbacks, agents, last)
    assert [callback for callback, _agent in pairs] == callbacks
    counts = [sum(a == agent for _c, a in pairs) for agent in agents]
    assert max(counts) - min(counts) <= 1
    expected = agents.index(last) + 1 if last in agents else 0
    for turn, (_callback, agent) in enumerate(pairs):
        assert agent == agents[(expected + turn) % len(agents)]


@pytest.mark.spec("CBK-3")
def test_two_deals_are_as_fair_as_one() -> None:
    first = deal([1, 2, 3, 4], [7, 8, 9], None)
    assert first + deal([5, 6], [7, 8, 9], first[-1][1]) == deal(
        [1, 2, 3, 4, 5, 6], [7, 8, 9], None
    )


@pytest.mark.spec("CBK-6")
@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, Age.FINE),
        (44, Age.FINE),
        (45, Age.SOON),
        (59, Age.SOON),
        (60, Age.LATE),
        (999, Age.LATE),
    ],
)
def test_the_age_against_the_promise(minutes: int, expected: Age) -> None:
    assert age(NOW, NOW + timedelta(hours=1), NOW + timedelta(minutes=minutes)) is expected


@pytest.mark.spec("CBK-5")
def test_nothing_assigned_has_no_rate() -> None:
    assert Figures().rate is None
    assert (Figures(4, 1) + Figures(0, 0)).rate == 25
