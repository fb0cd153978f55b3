"""Periods (STA): cut without gaps on every day, compared with as much time before."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.statistics.days import LONGEST, Period, Preset, Unit, checked, days_of
from occ.statistics.rules.tables import change, folded, share
from occ.statistics.rules.tickets import Band, band

DAYS = st.dates(date(2015, 1, 1), date(2035, 1, 1))
ZONES = st.sampled_from(
    ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Seoul", "Asia/Kathmandu"]
)


@pytest.mark.spec("STA-1")
@given(since=DAYS, days=st.integers(1, 31), zone=ZONES, unit=st.sampled_from(Unit))
def test_parts_of_a_period_follow_each_other_and_fill_it(
    since: date, days: int, zone: str, unit: Unit
) -> None:
    period = Period(since, since + timedelta(days=days - 1), zone, unit)
    parts = period.buckets()
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert all(one.start < one.end for one in parts)
    assert [one.end for one in parts[:-1]] == [one.start for one in parts[1:]]
    assert len({one.key for one in parts}) == len(parts)
    for one in parts:
        local = one.start.astimezone(ZoneInfo(zone))
        assert local.date() == one.first and (one.hour is None or local.hour == one.hour)


@pytest.mark.spec("STA-1")
@pytest.mark.parametrize(
    ("zone", "day", "lengths"),
    [
        ("America/New_York", date(2026, 3, 8), [60] * 23),
        ("America/New_York", date(2026, 11, 1), [60, 120, *[60] * 22]),
        ("Europe/Berlin", date(2026, 10, 25), [60, 60, 120, *[60] * 21]),
        ("Australia/Lord_Howe", date(2026, 4, 5), [60, 90, *[60] * 22]),
        ("Australia/Lord_Howe", date(2026, 10, 4), [60, 60, 30, *[60] * 21]),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(zone: str, day: date, lengths: list[int]) -> None:
    hours = Period(day, day, zone, Unit.HOUR).buckets()
    assert [(one.end - one.start).total_seconds() / 60 for one in hours] == lengths


@pytest.mark.spec("STA-1")
@given(since=DAYS, days=st.integers(1, 800))
def test_the_period_before_ends_where_this_one_begins(since: date, days: int) -> None:
    period = Period(since, since + timedelta(days=days - 1), "Asia/Seoul")
    before = period.before
    assert before.until + timedelta(days=1) == since
    assert before.days == days or (before.since.day, since.day) == (1, 1)


@pytest.mark.spec("STA-1")
def test_whole_months_are_compared_with_whole_months() -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31), "Asia/Seoul")
    assert (march.before.since, march.before.until) == (date(2026, 2, 1), date(2026, 2, 28))
    year = Period(date(2026, 1, 1), date(2026, 12, 31), "Asia/Seoul")
    assert (year.before.since, year.before.until) == (date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.spec("STA-1")
@pytest.mark.parametrize("unit", list(Unit))
def test_a_period_has_a_longest_length_by_each_unit(unit: Unit) -> None:
    first = date(2020, 1, 1)
    longest = Period(first, first + timedelta(days=LONGEST[unit] - 1), "Asia/Seoul", unit)
    assert checked(longest) is longest
    with pytest.raises(Refused) as refused:
        checked(Period(first, longest.until + timedelta(days=1), "Asia/Seoul", unit))
    assert refused.value.field == "unit"
    with pytest.raises(Refused) as refused:
        checked(Period(first, first - timedelta(days=1), "Asia/Seoul", unit))
    assert refused.value.field == "since"


@pytest.mark.spec("STA-1")
@given(today=DAYS, preset=st.sampled_from(Preset))
def test_presets_are_periods_up_to_today(today: date, preset: Preset) -> None:
    since, until = days_of(preset, today)
    assert since <= until <= today


@pytest.mark.spec("STA-1")
@given(seconds=st.integers(0, 10_000_000), unit=st.sampled_from(Band), end=st.integers(1, 31))
def test_a_length_falls_into_one_band(seconds: int, unit: Band, end: int) -> None:
    size = {Band.HOUR: 3_600, Band.DAY: 86_400}[unit]
    n = band(seconds, unit, end)
    assert 1 <= n <= end + 1
    assert n == end + 1 or seconds <= n * size
    assert n == 1 or seconds > (n - 1) * size


@pytest.mark.spec("STA-1")
def test_totals_are_reckoned_from_sums() -> None:
    rows = [{"a": 1, "b": 1, "max_wait": 3}, {"a": 0, "b": 3, "max_wait": 9, "name": "x"}]
    total = folded(rows)
    assert total == {"a": 1, "b": 4, "max_wait": 9}
    assert share("a", "b")(total) == 25.0, "not the mean of 100 and 0"
    assert (share("a", "b")({}), change(5, 0), change(None, 3), change(6, 4)) == (
        None,
        None,
        None,
        50,
    )
