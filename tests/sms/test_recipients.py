"""Who a text goes to, as it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.sms.rules.recipients import LONGEST, Fault, read

KIM, LEE = "+821012345678", "+821087654321"


def numbers(text: str) -> list[str]:
    return [one.number for one in read(text).found]


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    "text",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "010)1234.5678",
        "+82 10-1234-5678",
        "821012345678",
        "+82 (0)10 1234 5678",
        "０１０－１２３４－５６７８",
    ],
)
def test_a_number_of_korea_is_read_however_it_is_typed(text: str) -> None:
    assert numbers(text) == [KIM]


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("between", [",", ";", "\n", "\r\n", " ", ", ", "，", "\t"])
def test_numbers_stand_between_commas_semicolons_lines_and_blanks(between: str) -> None:
    found = read(between.join(["010-1234-5678", "01087654321", "01012345678"]))
    assert [one.number for one in found.found] == [KIM, LEE]
    assert (found.doubles, found.bad) == (1, ())


@pytest.mark.spec("SMS-5")
def test_numbers_with_blanks_inside_stand_beside_others() -> None:
    assert numbers("010 1234 5678 01087654321") == [KIM, LEE]


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("123456789", Fault.DIGITS),
        ("010123456789012", Fault.DIGITS),
        ("01012345678901", Fault.DIGITS),
        ("1588-1234", Fault.DIGITS),
        ("김철수", Fault.NO_NUMBER),
        ("---", Fault.NO_NUMBER),
        ("1012345678", Fault.NO_NUMBER),
        ("+1 415 555 2671", Fault.ABROAD),
        ("+819012345678", Fault.ABROAD),
        ("008190123456", Fault.ABROAD),
    ],
)
def test_what_cannot_be_texted_is_named_with_its_place(text: str, fault: Fault) -> None:
    found = read(f"01012345678,{text},01087654321")
    assert [(one.place, one.text, one.fault) for one in found.bad] == [(2, text, fault)]
    assert [one.number for one in found.found] == [KIM, LEE]


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("digits", [10, 13])
def test_ten_and_thirteen_digits_are_numbers(digits: int) -> None:
    assert len(read("0" + "2" * (digits - 1)).found) == 1


@pytest.mark.spec("SMS-5")
@given(st.text(alphabet="0123456789+-(). ,;\n가a\x00", max_size=80))
def test_whatever_is_typed_each_part_is_a_number_a_double_or_named(text: str) -> None:
    found = read(text)
    assert all(one.number.startswith("+82") for one in found.found)
    places = [one.place for one in found.bad]
    assert places == sorted(set(places))
    assert len({one.number for one in found.found}) == len(found.found)


@pytest.mark.spec("SMS-5")
@given(st.lists(st.integers(10_000_000, 99_999_999), min_size=1, max_size=40))
def test_whole_numbers_are_all_found_once(lines: list[int]) -> None:
    found = read(",".join(f"010-{line // 10_000}-{line % 10_000:04}" for line in lines))
    assert [one.number for one in found.found] == [f"+8210{line}" for line in dict.fromkeys(lines)]
    assert found.doubles == len(lines) - len(found.found)
    assert found.bad == ()


@pytest.mark.spec("SMS-5")
@pytest.mark.parametrize("text", ["a ", "+1 ", "0 1 0 9 ", "010-1234-5678,"])
def test_a_text_that_is_far_too_long_is_read_no_further(text: str) -> None:
    """A request of 500 KB took twenty seconds to read, with each key that was pressed."""
    assert not read("1" * LONGEST).cut
    longer = read(text * 200_000)
    assert longer.cut
    assert len(longer.bad) + len(longer.found) + longer.doubles < LONGEST
