"""HC-5: who may file how much, decided without a database."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.screening import rules
from occ.screening.rules import BlockKind, Channel, Reason, Rule, Source

pytestmark = pytest.mark.spec("HC-5")


def source(ip: str = "", email: str = "", customer_id: int | None = None) -> Source:
    return Source(Channel.FORM, ip=ip, email=email, customer_id=customer_id)


RULE = rules.rule_of(
    5,
    1,
    {
        "203.0.113.7": BlockKind.ADDRESS,
        "198.51.100.0/24": BlockKind.ADDRESS,
        "2001:db8::/32": BlockKind.ADDRESS,
        "bad@example.com": BlockKind.SENDER,
        "@spam.example": BlockKind.SENDER,
    },
)


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (source(ip="203.0.113.7"), Reason.ADDRESS),
        (source(ip="203.0.113.8"), None),
        (source(ip="::ffff:203.0.113.7"), Reason.ADDRESS),
        (source(ip="198.51.100.255"), Reason.ADDRESS),
        (source(ip="198.51.101.0"), None),
        (source(ip="2001:db8:1::1"), Reason.ADDRESS),
        (source(ip="no address"), None),
        (source(email="bad@example.com"), Reason.SENDER),
        (source(email=" BAD@Example.COM "), Reason.SENDER),
        (source(email="good@example.com"), None),
        (source(email="anybody@spam.example"), Reason.SENDER),
        (source(email="anybody@not-spam.example"), None),
        (source(email="anybody@sub.spam.example"), None),
        (source(ip="203.0.113.7", email="bad@example.com"), Reason.ADDRESS),
        (source(), None),
    ],
)
def test_blocked_addresses_and_senders_are_held_back(of: Source, reason: Reason | None) -> None:
    assert rules.blocked(of, RULE) is reason
    assert rules.blocked(of, Rule()) is None


def test_an_inquiry_counts_for_its_address_its_member_and_its_e_mail() -> None:
    assert rules.names_of(source("203.0.113.7", "Kim@example.com", 5)) == [
        "ip/203.0.113.7",
        "member/5",
        "email/kim@example.com",
    ]
    assert rules.names_of(source(ip="::ffff:203.0.113.7")) == ["ip/203.0.113.7"]
    near = {rules.names_of(source(ip=f"2001:db8:0:1::{n}"))[0] for n in ("1", "ffff")}
    assert near == {"ip/2001:db8:0:1::/64"}
    assert rules.names_of(source(ip="?")) == []


@given(
    counts=st.lists(st.integers(0, 20), max_size=3),
    most=st.integers(0, 10),
)
def test_the_sixth_of_five_is_one_too_many(counts: list[int], most: int) -> None:
    rule = Rule(most=most)
    assert rules.is_over(counts, rule) == (most > 0 and max(counts, default=0) + 1 > most)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        (" 203.0.113.7 ", BlockKind.ADDRESS, "203.0.113.7"),
        ("203.0.113.7/24", BlockKind.ADDRESS, "203.0.113.0/24"),
        ("::ffff:203.0.113.7", BlockKind.ADDRESS, "203.0.113.7"),
        ("2001:DB8::1", BlockKind.ADDRESS, "2001:db8::1"),
        ("10.0.0.0/8", BlockKind.ADDRESS, "10.0.0.0/8"),
        ("Bad@Example.com", BlockKind.SENDER, "bad@example.com"),
        ("@Spam.example", BlockKind.SENDER, "@spam.example"),
    ],
)
def test_what_is_blocked_is_kept_in_one_spelling(typed: str, kind: BlockKind, value: str) -> None:
    assert rules.check_block(typed) == (kind, value)
    assert rules.check_block(value) == (kind, value)


@pytest.mark.parametrize(
    "typed",
    ["", "shop", "203.0.113.300", "0.0.0.0/0", "8.0.0.0/7", "::/0", "@", "a@", "@a b", "a b@c.de"],
)
def test_what_blocks_nobody_or_everybody_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_block(typed)
    assert refused.value.field == "value"


@given(address=st.ip_addresses())
def test_whatever_address_can_be_typed_can_be_blocked(address: ipaddress.IPv4Address) -> None:
    _kind, value = rules.check_block(str(address))
    rule = rules.rule_of(0, 1, {value: BlockKind.ADDRESS})
    assert rules.blocked(source(ip=str(address)), rule) is Reason.ADDRESS
