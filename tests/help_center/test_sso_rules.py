"""HC-4: the token of a customer site, when it holds, and where a visitor may be led."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.help_center.members import rules
from occ.help_center.members.rules import (
    Carrier,
    Claim,
    EntryTerms,
    EntryType,
    Held,
    Method,
    Parameter,
)

pytestmark = pytest.mark.spec("HC-4")

KEY = "7cf2828608274a49a3f06152b2188927"
SAMPLE = Claim(
    service="hangame",
    usercode="testusercode",
    username="testUsername",
    email="test@email.com",
    phone="123456789",
    time="1660095873001",
    token="Ah9M58CQ9RFTShjFuqziQr+0MjmJxN6+bzWxMD71moo=",
)
MADE = datetime.fromtimestamp(1660095873, UTC) + timedelta(milliseconds=1)
MS = timedelta(milliseconds=1)


def test_the_guides_sample_holds() -> None:
    assert rules.held(SAMPLE, KEY, MADE) is Held.YES
    assert rules.token_of(rules.text_of(SAMPLE), KEY) == SAMPLE.token


def test_a_plus_that_arrived_as_a_blank_is_one() -> None:
    assert rules.is_signed(replace(SAMPLE, token=SAMPLE.token.replace("+", " ")), KEY)


@pytest.mark.parametrize(
    ("late", "held"),
    [
        (timedelta(minutes=3), Held.YES),
        (timedelta(minutes=3) + MS, Held.LATE),
        (timedelta(minutes=-1), Held.YES),
        (timedelta(minutes=-1) - MS, Held.EARLY),
    ],
)
def test_it_holds_for_three_minutes_and_from_a_clock_a_minute_fast(
    late: timedelta, held: Held
) -> None:
    assert rules.held(SAMPLE, KEY, MADE + late) is held


@pytest.mark.parametrize(
    "change",
    [
        {"service": "other"},
        {"usercode": "somebody"},
        {"username": ""},
        {"email": "test@email.co"},
        {"phone": "12345678"},
        {"memberno": "1"},
        {"return_url": "https://elsewhere.example/"},
        {"time": "1660095873002"},
        {"time": "01660095873001"},
        {"time": ""},
        {"token": ""},
        {"token": "Ah9M58CQ9RFTShjFuqziQr+0MjmJxN6+bzWxMD71mop="},
        {"token": "ä"},
        {"token": "\udc80"},
    ],
)
def test_whatever_is_changed_holds_no_more(change: dict[str, str]) -> None:
    assert rules.held(replace(SAMPLE, **change), KEY, MADE) is Held.WRONG


def test_another_key_holds_not_and_says_nothing_of_its_age() -> None:
    assert rules.held(SAMPLE, KEY[:-1] + "8", MADE + timedelta(days=1)) is Held.WRONG


@pytest.mark.parametrize("time", ["x", "-1", "1e3", "9" * 15, "٣", "1660095873001 "])
def test_what_is_no_time_never_holds(time: str) -> None:
    claim = replace(SAMPLE, time=time)
    signed = replace(claim, token=rules.token_of(rules.text_of(claim), KEY))
    assert rules.held(signed, KEY, MADE) is Held.WRONG


@pytest.mark.parametrize("usercode", ["", "  ", "u" * 51])
def test_without_a_usercode_that_fits_nobody_comes_in(usercode: str) -> None:
    claim = replace(SAMPLE, usercode=usercode)
    signed = replace(claim, token=rules.token_of(rules.text_of(claim), KEY))
    assert rules.held(signed, KEY, MADE) is Held.WRONG


TEXT = st.text(max_size=8)


@given(usercode=TEXT, username=TEXT, email=TEXT, phone=TEXT, memberno=TEXT, back=TEXT, time=TEXT)
@example("", "홍길동", "", " ", "\t", "\x85", "0")
def test_the_text_is_the_samples(
    usercode: str, username: str, email: str, phone: str, memberno: str, back: str, time: str
) -> None:
    """As the guide's Java builds it: each value with its `&`, blank ones without either."""
    claim = Claim("mall", usercode, time, username, email, phone, memberno, back)
    made = f"mall&{usercode}&"
    for value in (username, email, phone, memberno, back):
        if not rules.is_blank(value):
            made += f"{value}&"
    assert rules.text_of(claim) == made + time


@given(text=st.text(alphabet="\t\n\x0b\x0c\r \u2003\x85\xa0\u2007\u202fa", max_size=4))
def test_what_is_blank_is_what_java_takes_for_it(text: str) -> None:
    assert rules.is_blank(text) == (not set(text) & set("\x85\xa0\u2007\u202fa"))


@given(text=TEXT, key=st.text(min_size=1, max_size=8))
def test_a_token_is_hmac_of_the_text_as_it_is(text: str, key: str) -> None:
    made = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    assert base64.b64decode(rules.token_of(text, key)) == made


def test_a_token_written_otherwise_is_known_again() -> None:
    again = replace(SAMPLE, token=SAMPLE.token.replace("+", " "))
    assert rules.mark_of(again) == rules.mark_of(SAMPLE)
    assert rules.mark_of(replace(SAMPLE, time="1")) != rules.mark_of(SAMPLE)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"login": "true", "usercode": "kim"}, True),
        ({"login": True, "usercode": "kim"}, True),
        ({"login": "true", "usercode": "lee"}, False),
        ({"login": "false", "usercode": None}, False),
        ({"login": "True", "usercode": "kim"}, False),
        ({"login": 1, "usercode": "kim"}, False),
        ({"usercode": "kim"}, False),
        ([], False),
        (None, False),
        ("true", False),
    ],
)
def test_only_a_clear_yes_for_the_same_user_is_one(answer: object, says: bool) -> None:
    assert rules.says_yes(answer, "kim") is says


ALLOWED = ["https://shop.example/help", "https://Neulbom.example", "http://127.0.0.1:5000/mall/hc"]


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/help",
        "https://shop.example:443/help/",
        "https://shop.example/help/me?x=1#y",
        "https://SHOP.example/help",
        "https://neulbom.example/",
        "https://neulbom.example/any/page?x=1",
        "http://127.0.0.1:5000/mall/hc/ko?state=1",
    ],
)
def test_addresses_below_an_allowed_one_are_followed(url: str) -> None:
    assert rules.leads_to(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/mall/hc",
        "//shop.example/help",
        "https:///shop.example/help",
        "https://shop.example/helpless",
        "https://shop.example/",
        "https://shop.example/help/../admin",
        "https://shop.example/help/%2e%2e/admin",
        "https://shop.example/help/..%2fadmin",
        "https://shop.example/help\\..\\admin",
        "http://shop.example/help",
        "https://shop.example:8443/help",
        "https://shop.example.evil.example/help",
        "https://shop.example@evil.example/help",
        "https://evil.example/?https://shop.example/help",
        "https://evil.example#https://shop.example/help",
        "https://neulbom.example.evil.example/",
        "javascript:alert(1)//https://shop.example/help",
        "https://shop.example/help\r\nSet-Cookie: x=1",
        " https://shop.example/help",
        "https://shop.example\t/help",
        "https://shop.example:x/help",
        "http://127.0.0.1:5000/mall/hcx",
        "http://127.0.0.1:5000/c/org/info",
    ],
)
def test_no_other_address_is(url: str) -> None:
    assert rules.leads_to(url, ALLOWED) == ""


@given(url=st.text(max_size=40))
@example("https://shop.example/help/％2e％2e/x")
def test_an_address_that_is_followed_has_the_origin_of_an_allowed_one(url: str) -> None:
    if found := rules.leads_to(url, ALLOWED):
        assert rules.origin_of(found) in {rules.origin_of(one) for one in ALLOWED}


def test_return_addresses_are_taken_a_line_each_once() -> None:
    text = " https://a.example/x \n\nhttps://b.example\nhttps://a.example/x"
    assert rules.check_addresses(text) == ["https://a.example/x", "https://b.example"]
    many = "\n".join(f"https://a.example/{n}" for n in range(20))
    assert len(rules.check_addresses(many)) == 20
    assert rules.check_addresses("") == []


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a.example",
        "a.example",
        "https://a.example/?x=1",
        "https://a.example/#x",
        "https://a.example/../x",
        "https://u:p@a.example/",
        "\n".join(f"https://a.example/{n}" for n in range(21)),
    ],
)
def test_what_is_no_return_address_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_addresses(text)
    assert refused.value.field == "return_addresses"


def test_the_login_page_is_told_where_to_come_back_to() -> None:
    back = "https://cc.example/mall/hc/ko?a=1&b=2"
    assert rules.login_address("https://shop.example/in?x=1", back) == (
        "https://shop.example/in?x=1&returnUrl=https%3A%2F%2Fcc.example%2Fmall%2Fhc%2Fko%3Fa%3D1%26b%3D2"
    )
    assert rules.login_address("https://shop.example", back).startswith(
        "https://shop.example?returnUrl=https"
    )


POST = EntryTerms("Shop", EntryType.POST, "https://s.example/in", "https://s.example/state", "", {})
GET = EntryTerms("App", EntryType.GET, "", "", "https://s.example/check", {})


def test_an_entry_has_what_its_type_needs() -> None:
    rules.check_entry(POST)
    rules.check_entry(GET)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (replace(POST, login_url=""), "login_url"),
        (replace(POST, status_url=""), "status_url"),
        (replace(POST, login_url="shop"), "login_url"),
        (replace(POST, status_url="https://s.example/#x"), "status_url"),
        (replace(GET, check_url=""), "check_url"),
        (replace(GET, check_url="file:///etc/passwd"), "check_url"),
        (replace(GET, login_url="javascript:alert(1)"), "login_url"),
    ],
)
def test_an_entry_without_it_is_refused_beside_its_field(terms: EntryTerms, field: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_entry(terms)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("signed_in", "method", "guests", "may"),
    [
        (False, Method.NONE, False, True),
        (False, Method.EMAIL, True, True),
        (False, Method.EMAIL, False, False),
        (False, Method.SSO, False, False),
        (True, Method.SSO, False, True),
    ],
)
def test_guests_may_ask_where_they_are_allowed(
    signed_in: bool, method: Method, guests: bool, may: bool
) -> None:
    assert rules.may_ask(signed_in=signed_in, method=method, guests=guests) is may


def test_a_key_is_shown_by_its_end_alone() -> None:
    assert rules.masked("occ_0123456789abcdef").endswith("•cdef")
    assert "0123456789ab" not in rules.masked("occ_0123456789abcdef")


def test_parameters_are_read_as_they_are_stored() -> None:
    stored = [{"name": "usercode", "carrier": "header"}, {"name": "email", "carrier": "query"}]
    assert rules.parameters_of(stored) == {
        Parameter.USERCODE: Carrier.HEADER,
        Parameter.EMAIL: Carrier.QUERY,
    }
