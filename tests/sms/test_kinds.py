"""When a text may leave, and how a sending stands (SMS-5, SMS-6, SMS-7)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.sms.rules.kinds import (
    KOREA,
    LOOKS,
    Problem,
    RecipientState,
    SendingState,
    TextKind,
    after_night,
    is_mobile,
    is_night,
    next_look,
    next_results,
    next_try,
    obstacle,
    outcome,
    window,
)

instants = st.builds(
    datetime.fromtimestamp,
    st.integers(1_700_000_000, 1_900_000_000),
    st.sampled_from([UTC, KOREA]),
)


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("local", "night"),
    [("20:59:59", False), ("21:00:00", True), ("07:59:59", True), ("08:00:00", False)],
)
def test_advertising_has_a_night(local: str, night: bool) -> None:
    at = datetime.fromisoformat(f"2026-11-23T{local}").replace(tzinfo=KOREA)
    assert is_night(at) is night
    assert is_night(at.astimezone(ZoneInfo("America/New_York"))) is night


@pytest.mark.spec("SMS-5")
@given(instants)
def test_after_the_night_is_the_first_instant_of_a_day(at: datetime) -> None:
    later = after_night(at)
    assert not is_night(later)
    assert later == at if not is_night(at) else timedelta(0) < later - at <= timedelta(hours=11)
    assert later == at or later.astimezone(KOREA).strftime("%H:%M:%S") == "08:00:00"


@pytest.mark.spec("SMS-5")
@given(instants)
def test_the_window_is_half_an_hour_to_a_day_from_now(now: datetime) -> None:
    first, last = window(now)
    assert (first - now, last - now) == (timedelta(minutes=30), timedelta(hours=24))


@pytest.mark.spec("SMS-6")
def test_three_looks_take_five_minutes() -> None:
    assert sum((next_look(n) for n in range(LOOKS)), timedelta()) == timedelta(minutes=5)


@pytest.mark.spec("SMS-6")
@given(st.integers(1, 200))
def test_a_host_that_is_away_is_tried_at_least_every_ten_minutes(attempts: int) -> None:
    assert timedelta(seconds=10) <= next_try(attempts) <= timedelta(minutes=10)


@pytest.mark.spec("SMS-6")
def test_what_never_leaves() -> None:
    noon = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    day = timedelta(hours=24)
    assert obstacle(noon, noon + day, advertising=True) is None
    assert obstacle(noon, noon + day + timedelta(seconds=1), advertising=False) is Problem.TOO_LATE
    night = noon + timedelta(hours=9)
    assert obstacle(noon, night, advertising=True) is Problem.NIGHT
    assert obstacle(noon, night, advertising=False) is None


@pytest.mark.spec("SMS-7")
@given(st.sampled_from(TextKind), st.integers(0, 90 * 3600))
def test_results_are_asked_until_the_last_hour_and_not_beyond(kind: TextKind, age: int) -> None:
    taken = datetime(2026, 11, 23, tzinfo=UTC)
    now = taken + timedelta(seconds=age)
    after = next_results(kind, taken, now)
    limit = timedelta(hours=25 if kind is TextKind.SMS else 80)
    if now - taken >= limit:
        assert after is None
    else:
        assert after is not None
        assert timedelta(0) < after <= timedelta(minutes=30)


@pytest.mark.spec("SMS-7")
@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({RecipientState.DELIVERED: 1, RecipientState.REFUSED: 9}, SendingState.SENT),
        ({RecipientState.FAILED: 1}, SendingState.SENT),
        ({RecipientState.ACCEPTED: 1, RecipientState.UNCLEAR: 1}, SendingState.SENT),
        ({RecipientState.UNCLEAR: 1, RecipientState.REFUSED: 1}, SendingState.PROCESSING),
        ({RecipientState.WAITING: 1}, SendingState.PROCESSING),
        ({RecipientState.REFUSED: 2}, SendingState.FAILED),
        ({RecipientState.CANCELLED: 2}, SendingState.CANCELLED),
    ],
)
def test_a_sending_stands_as_its_recipients_do(
    states: dict[RecipientState, int], expected: SendingState
) -> None:
    assert outcome(states) is expected


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+821012345678", True),
        ("+82111234567", True),
        ("+821612345678", True),
        ("+82212345678", False),
        ("+8215881234", False),
        ("+827012345678", False),
        ("+14155552671", False),
        ("", False),
    ],
)
def test_mobile_numbers(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile
