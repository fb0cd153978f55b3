"""Tokens of tickets in addresses and subjects: what this console signed is known again, nothing else."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from occ.core import crypto
from occ.mail import tokens

pytestmark = pytest.mark.spec("MAIL-1")
once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
idents = st.integers(1, 2**31 - 1)


@once
@given(idents, st.sampled_from(["ab", "a" * 30, "mall"]))
def test_an_answer_names_its_ticket(app: Flask, ident: int, service: str) -> None:
    address = tokens.address(service, ident, "mail.example.com")
    assert len(address.partition("@")[0]) <= 64 and address.isascii() and address == address.lower()
    for seen in (address, address.upper(), f" {address} "):
        assert tokens.of_address(seen) == ident
    subject = f"Re: 환불 문의 {tokens.mark(ident)}"
    for said in (subject, subject.upper(), subject.replace(" ", "\r\n ")):
        assert tokens.of_subject(said) == ident
    assert tokens.without_mark(subject) == "Re: 환불 문의"


@once
@given(idents, idents, st.integers(0, 15), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_names_nothing(
    app: Flask, ident: int, other: int, at: int, sign: str
) -> None:
    assume(ident != other)
    number, _hyphen, mac = tokens.sign(ident).partition("-")
    assert tokens.verify(f"{other}-{mac}") is None
    changed = mac[:at] + sign + mac[at + 1 :]
    assert (tokens.verify(f"{number}-{changed}") is None) == (changed != mac)


@once
@given(st.text(max_size=60))
@example("١-aaaaaaaaaaaaaaaa")
@example("99999999999-aaaaaaaaaaaaaaaa")
@example("1-AAAAAAAAAAAAAAA\u017f")
@example("[#1]")
def test_whatever_comes_instead_is_refused_quietly(app: Flask, text: str) -> None:
    for read in (tokens.verify, tokens.of_address, tokens.of_subject):
        assert read(text) is None
    assert tokens.of_address(f"{text}@example.com") is None
    assert tokens.of_subject(f"[#{text}]") is None


def test_of_two_tokens_the_last_valid_one_counts(app: Flask) -> None:
    forged = f"[#9-{'a' * 16}]"
    assert tokens.of_subject(f"{tokens.mark(1)} {tokens.mark(2)} {forged}") == 2
    assert tokens.of_address(f"+{tokens.sign(1)}@example.com") is None, "it names no service"


def test_another_consoles_token_names_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.sign(5)
    monkeypatch.setitem(app.extensions, "occ_keys", crypto.KeyRing([b"k" * 32]))
    assert tokens.verify(token) is None and tokens.verify(tokens.sign(5)) == 5
