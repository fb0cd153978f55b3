"""Telephone numbers as people type and read them: pure functions, for any input."""

from contextlib import suppress

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from occ.core import phones
from occ.core.i18n import zones

KINDS = range(0, 11)  # of phonenumbers.PhoneNumberType
EXAMPLES = [
    (country, phonenumbers.format_number(found, PhoneNumberFormat.E164))
    for country in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (found := phonenumbers.example_number_for_type(country, kind)) is not None
]
KOREAN = st.one_of(
    st.from_regex(r"\+8210[2-9][0-9]{7}", fullmatch=True),
    st.from_regex(r"\+822[2-9][0-9]{6,7}", fullmatch=True),
    st.from_regex(r"\+8250[2-8][2-9][0-9]{6,7}", fullmatch=True),
    st.from_regex(r"\+821[568][0-9]{6}", fullmatch=True),
    st.from_regex(r"\+8270[1-9][0-9]{7}", fullmatch=True),
    st.from_regex(r"\+82[3-6][1-4][2-9][0-9]{6,7}", fullmatch=True),
)
NUMBERS = st.one_of(KOREAN, st.sampled_from([number for _country, number in EXAMPLES]))
SPELLINGS = st.text(alphabet="+0123456789-–－ ．.()０１２٣내선ext,/~#\u200b\u202a", max_size=40)
ANY = st.one_of(st.text(max_size=60), SPELLINGS, NUMBERS)
HOMES = st.sampled_from(["KR", "JP", "US", "DE", "ZZ"])


def taken(text: str, country: str = "KR") -> str:
    """The E.164 form of a typed number, `refused` with what should be left out for what is none."""
    try:
        return phones.parse(text, country)
    except phones.NotANumber as error:
        return f"refused {error.tail}".strip()


@pytest.mark.spec("CUS-1", "CTI-7")
@pytest.mark.parametrize(
    "text",
    [
        "119",
        "123",
        "5678",
        "1588-123",
        "1811-12345",
        "1666-123456",
        "010-1234-56789",
        "2026-01-02",
        "20260102",
        "2123-4567",
        "010-1234",
        "1234-5678",
        "+82119",
        "+999",
        "+",
        "",
        "-",
        "abc",
        "010-1234-5678 엄마",
        "kim2@example.com",
        "1-800-FLOWERS",
    ],
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    assert taken(text) == "refused"


@pytest.mark.spec("CUS-1", "CTI-7")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("02-123-4567", "+8221234567"),
        ("0505-123-4567", "+825051234567"),
        ("0507-1234-5678", "+8250712345678"),
        ("070-1234-5678", "+827012345678"),
        ("080-123-4567", "+82801234567"),
        ("1588-1234", "+8215881234"),
        ("1811-1234", "+8218111234"),
        ("18111234", "+8218111234"),
        ("+82 1811-1234", "+8218111234"),
        ("010.1234.5678", "+821012345678"),
        ("(010) 1234 5678", "+821012345678"),
        ("０１０－１２３４－５６７８", "+821012345678"),
        ("010–1234—5678", "+821012345678"),
        ("０１０ー１２３４ー５６７８", "+821012345678"),
        ("\u202a+82 10-1234-5678\u202c", "+821012345678"),
        ("+82 (0)10-1234-5678", "+821012345678"),
        ("821012345678", "+821012345678"),
        ("001-1-650-253-0000", "+16502530000"),
        ("+81 90-1234-5678", "+819012345678"),
    ],
)
def test_a_whole_number_is_taken_however_it_is_spelt(text: str, number: str) -> None:
    assert taken(text) == number


@pytest.mark.spec("CUS-1")
@pytest.mark.parametrize(
    ("tail", "named"),
    [
        (" ext. 12", "ext. 12"),
        ("x12", "x12"),
        (" 내선 12", "내선 12"),
        (" (내선 12번)", "내선 12번"),
        ("内線12", "内線12"),
        ("~9", "~9"),
        ("/9", "/9"),
        (",12", ",12"),
        ("#12", "#12"),
        (" / 010-1234-5678", "/ 010-1234-5678"),
    ],
)
def test_an_extension_is_refused_by_its_name_and_never_dropped(tail: str, named: str) -> None:
    assert taken(f"02-123-4567{tail}") == f"refused {named}"


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("03-1234-5678", "JP", "+81312345678"),
        ("03-1234-5678", "KR", "+82312345678"),
        ("089/123456", "DE", "+4989123456"),
        ("650-253-0000", "US", "+16502530000"),
        ("1-650-253-0000", "US", "+16502530000"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("010-1234-5678", "ZZ", "refused"),
        ("+82 10-1234-5678", "ZZ", "+821012345678"),
    ],
)
def test_a_number_without_a_plus_belongs_to_the_country(
    text: str, country: str, number: str
) -> None:
    assert taken(text, country) == number


def test_what_is_shown_of_every_countrys_numbers_is_the_same_number() -> None:
    places = [(number, home) for country, number in EXAMPLES for home in (country, "KR", "ZZ")]
    assert len(places) > 3_000
    assert [one for one in places if taken(phones.shown(*one), one[1]) != one[0]] == []


@given(KOREAN, HOMES, st.sampled_from(["-", "－", "–", " ", ".", ""]))
def test_what_is_shown_and_spelt_otherwise_is_the_same_number(
    number: str, home: str, dash: str
) -> None:
    assume(taken(number) == number)
    way = phones.shown(number, home)
    assert phones.parse(way.replace("-", dash), home) == number
    assert (
        phones.parse(way.translate({ord("0") + n: ord("０") + n for n in range(10)}), home)
        == number
    )


@pytest.mark.parametrize(
    ("number", "home", "away"),
    [
        ("+825051234567", "0505-123-4567", "+82 505-123-4567"),
        ("+8250712345678", "0507-1234-5678", "+82 507-1234-5678"),
        ("+8215881234", "1588-1234", "+82 1588-1234"),
        ("+8218111234", "1811-1234", "+82 1811-1234"),
        ("+8221234567", "02-123-4567", "+82 2-123-4567"),
        ("+819012345678", "+81 90-1234-5678", "090-1234-5678"),
        ("+82119", "+82119", "+82119"),
        ("+8210123456789", "+8210123456789", "+8210123456789"),
        ("1234", "1234", "1234"),
        ("", "", ""),
    ],
)
def test_numbers_are_grouped_as_people_write_them(number: str, home: str, away: str) -> None:
    assert (phones.shown(number, "KR"), phones.shown(number, "JP")) == (home, away)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+821012345678", "010-****-5678"),
        ("+819012345678", "+81 90-****-5678"),
        ("+8250712345678", "0507-****-5678"),
        ("+8215881234", "****-1234"),
        ("+29022158", "+290 ****8"),
        ("+82119", "+82***"),
        ("+821588123", "+82****123"),
        ("010-1234-5678", "010-****-5678"),
        ("1234", "****"),
        ("119", "***"),
        ("12345", "****5"),
        ("kim@host", "***@****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_country_and_grouping(number: str, masked: str) -> None:
    assert phones.masked(number, "KR") == masked


@given(ANY, HOMES)
def test_masking_hides_four_digits_or_all_of_fewer_and_no_country_code(
    number: str, home: str
) -> None:
    text, masked = phones.shown(number, home), phones.masked(number, home)
    assert len(masked) == len(text)
    assert all(sign in ("*", was) for was, sign in zip(text, masked, strict=True))
    code = 0
    if text.startswith("+"):
        with suppress(phonenumbers.NumberParseException):
            code = len(f"+{phonenumbers.parse(text).country_code}")
    assert masked[:code] == text[:code]
    secret = [
        (was, sign) for was, sign in zip(text[code:], masked[code:], strict=True) if was.isalnum()
    ]
    hidden = sum(sign == "*" for _was, sign in secret)
    assert hidden == (
        min(4, len(secret)) if all(was.isdigit() for was, _sign in secret) else len(secret)
    )


@given(ANY, HOMES)
def test_no_text_breaks_anything_and_a_reported_number_is_never_refused(
    text: str, home: str
) -> None:
    number = phones.reported(text, home)
    assert len(number) <= phones.KEPT
    for one in (text, number):
        phones.shown(one, home)
        phones.short(one, home)
        phones.part(one)
        assert all(len(found) <= phones.KEPT for found in phones.candidates(one, home))
        assert one in phones.written(one)
    if taken(text, home).startswith("+"):
        assert number == taken(text, home)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("010-1234-5678", "+821012345678"),
        ("01012345678", "+821012345678"),
        ("+821012345678", "+821012345678"),
        ("anonymous", ""),
        ("Restricted", ""),
        ("", ""),
        ("1234", "1234"),
        ("119", "119"),
        ("+82119", "+82119"),
        ("sip:kim@host", "sip:kim@host"),
        ("9" * 60, "9" * 32),
    ],
)
def test_what_a_phone_system_reports_is_kept(text: str, number: str) -> None:
    assert phones.reported(text, "KR") == number


@given(NUMBERS)
def test_a_stored_number_is_among_those_meant_by_each_way_to_write_it(number: str) -> None:
    found = phonenumbers.parse(number)
    home = phonenumbers.region_code_for_number(found) or "KR"
    assume(taken(number) == number)
    for way in (
        phones.shown(number, home),
        phones.shown(number, "ZZ"),
        number,
        number.removeprefix("+"),
    ):
        assert number in phones.candidates(way, home), way


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1012345678", "+821012345678"),
        ("119", "119"),
        ("119", "+82119"),
        ("1234", "1234"),
        ("０５０５-123-4567", "+825051234567"),
    ],
)
def test_older_and_reported_rows_are_meant_too(text: str, meant: str) -> None:
    assert meant in phones.candidates(text, "KR")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("010-12", "1012"),
        ("０５０５－１２", "50512"),
        ("+82 10", "8210"),
        ("kim2@example.com", ""),
        ("A-7741", ""),
        ("0", "0"),
    ],
)
def test_only_a_number_is_looked_for_as_a_part_of_one(text: str, part: str) -> None:
    assert phones.part(text) == part


def test_an_index_knows_a_number_in_every_way_it_is_written() -> None:
    assert phones.written("+825051234567") == [
        "+825051234567",
        "05051234567",
        "0505-123-4567",
        "+82 505-123-4567",
    ]
    assert phones.written("1234") == ["1234"]


@pytest.mark.parametrize(
    ("text", "country", "short"),
    [
        ("119", "KR", "119"),
        ("112", "KR", "112"),
        ("110", "KR", "110"),
        ("120", "KR", "120"),
        ("1330", "KR", "1330"),
        ("1-1-9", "KR", "119"),
        ("１１９", "KR", "119"),
        ("000", "AU", "000"),
        ("911", "US", "911"),
        ("119", "US", None),
        ("5678", "KR", None),
        ("+119", "KR", None),
        ("112", "ZZ", None),
        ("010-1234-5678", "KR", None),
        ("1588-1234", "KR", None),
        ("x119", "KR", None),
        ("", "KR", None),
    ],
)
def test_short_numbers_are_those_of_the_country(text: str, country: str, short: str | None) -> None:
    assert phones.short(text, country) == short


def test_every_time_zone_has_its_country() -> None:
    assert [
        phones.country_of(zone)
        for zone in ("Asia/Seoul", "Asia/Tokyo", "Europe/Kyiv", "Asia/Kolkata", "Asia/Ho_Chi_Minh")
    ] == [
        "KR",
        "JP",
        "UA",
        "IN",
        "VN",
    ]
    unknown = {zone for zone in zones() if phones.country_of(zone) == "ZZ"}
    assert len(unknown) <= 2, "new zones that Babel does not know yet"
    for locale in ("ko", "en", "ja"):
        names = dict(phones.countries(locale))
        assert len(names) == len(phonenumbers.SUPPORTED_REGIONS) and all(names.values())
