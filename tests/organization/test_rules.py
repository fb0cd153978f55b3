"""ORG-2, ORG-3, ORG-8 as pure rules, with Hypothesis."""

import string
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.core.i18n import force_locale
from occ.core.money import MINOR_UNITS, from_micros, rounded, share, to_micros
from occ.organization import languages, rules
from occ.organization.prices import DEFAULT_PRICES
from occ.organization.rules import Feature, Item, ServiceType, Terms

features = st.frozensets(st.sampled_from(list(Feature)))


@given(
    st.text(alphabet=string.ascii_letters, min_size=2, max_size=30).filter(
        lambda s: s.lower() not in rules.RESERVED
    )
)
def test_letters_of_the_right_length_are_a_service_id_in_lower_case(text: str) -> None:
    assert rules.check_slug(text) == text.lower()


@given(st.text(min_size=1, max_size=40).filter(lambda s: not (s.isascii() and s.isalpha())))
def test_anything_else_is_refused_and_its_characters_are_named(text: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_slug(text)
    assert refused.value.field == "slug"


@pytest.mark.parametrize(
    "text", ["a", "x" * 31, "", "login", "Static", "C", "öl", "ab1", "a b", "가나", "ａｂ"]
)
def test_these_are_not_service_ids(text: str) -> None:
    with pytest.raises(Refused):
        rules.check_slug(text)


def test_the_language_table_is_complete() -> None:
    table = languages.all_languages()
    assert len(table) == 203
    assert (table["zh_TW"].native, table["zh_TW"].tag) == ("中文(繁體)", "zh-TW")
    assert (table["es_LA"].tag, table["sr_LN"].tag, table["sr_ME"].tag, table["pt_BR"].tag) == (
        "es-419",
        "sr-Latn",
        "sr-ME",
        "pt-BR",
    )
    assert (
        table["cu"].english
        == "Church Slavic, Old Slavonic, Church Slavonic, Old Bulgarian, Old Church Slavonic"
    )
    assert not any(
        "\xa0" in text for row in table.values() for text in (row.code, row.english, row.native)
    )
    assert {code for code, row in table.items() if row.direction == "rtl"} == {
        "ar",
        "dv",
        "fa",
        "he",
        "ps",
        "sd",
        "ug",
        "ur",
        "yi",
    }


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ko", "ko"),
        ("한국", "ko"),
        ("korean", "ko"),
        ("latin am", "es_LA"),
        ("LATINICA", "sr_LN"),
        ("zh_tw", "zh_TW"),
        ("", "ko"),
    ],
)
def test_languages_are_found_by_code_and_both_names(text: str, first: str) -> None:
    assert languages.search(text)[0].code == first


@pytest.mark.spec("ORG-2")
@pytest.mark.parametrize(
    ("reader", "text", "first"),
    [
        ("ko", "독일", "de"),
        ("ko", "번체", "zh_TW"),
        ("ko", "브라질", "pt_BR"),
        ("ja", "ドイツ", "de"),
        ("ja", "ラテンアメリカ", "es_LA"),
    ],
)
def test_languages_are_found_by_their_name_in_the_readers_language(
    app: Flask, reader: str, text: str, first: str
) -> None:
    with app.test_request_context(), force_locale(reader):
        assert languages.search(text)[0].code == first
        assert first not in [found.code for found in languages.search(text, without=[first])]
        assert "" not in [found.name for found in languages.all_languages().values()]


@given(st.sampled_from(sorted(languages.all_languages())))
def test_every_language_has_a_time_zone_that_exists(code: str) -> None:
    from zoneinfo import ZoneInfo

    assert ZoneInfo(languages.zone_of(code))


def test_zones_follow_where_a_language_is_spoken() -> None:
    found = {
        code: languages.zone_of(code) for code in ("ko", "ja", "en", "zh_TW", "vi", "pt_BR", "de")
    }
    assert found == {
        "ko": "Asia/Seoul",
        "ja": "Asia/Tokyo",
        "en": "America/New_York",
        "zh_TW": "Asia/Taipei",
        "vi": "Asia/Ho_Chi_Minh",
        "pt_BR": "America/Sao_Paulo",
        "de": "Europe/Berlin",
    }


@given(features, st.integers(-5, 10_005), st.sampled_from(ServiceType), st.booleans())
def test_terms_are_either_refused_or_complete(
    chosen: frozenset[Feature], seats: int, kind: ServiceType, issue: bool
) -> None:
    offers = {o.feature: o for o in rules.offers_for(kind)}
    fine = bool(chosen) and all(
        f in offers and (offers[f].needs is None or offers[f].needs in chosen) for f in chosen
    )
    fine = fine and 1 <= seats <= 9_999 and (issue or Feature.HANDOVER not in chosen)
    try:
        rules.check_terms(
            kind, Terms(chosen, seats, {Item.SMS_MESSAGE: 5}), issue_service_in_use=issue
        )
    except Refused:
        assert not fine
    else:
        assert fine


@given(features)
def test_a_feature_whose_condition_is_off_is_off_too(chosen: frozenset[Feature]) -> None:
    kept = rules.with_needed(chosen)
    needs = {o.feature: o.needs for o in rules.OFFERS}
    assert kept <= chosen
    assert all(needs[f] is None or needs[f] in kept for f in kept)
    assert rules.with_needed(kept) == kept


@given(
    features,
    st.integers(1, 9_999),
    st.integers(0, 10_000_000),
    st.sampled_from(sorted(DEFAULT_PRICES)),
)
def test_an_estimate_adds_up_and_is_never_empty(
    chosen: frozenset[Feature], seats: int, sms: int, currency: str
) -> None:
    estimate = rules.estimate(
        Terms(chosen, seats, {Item.SMS_MESSAGE: sms}), DEFAULT_PRICES[currency], currency
    )
    assert estimate.total == estimate.fixed_total + estimate.usage_total
    assert (
        estimate.fixed_total >= rounded(DEFAULT_PRICES[currency][Item.SEAT] * seats, currency) > 0
    )
    assert all(line.amount.as_tuple().exponent == -MINOR_UNITS[currency] for line in estimate.fixed)


def test_shipped_prices_cover_every_item_in_every_currency() -> None:
    for currency in MINOR_UNITS:
        assert set(DEFAULT_PRICES[currency]) == set(Item)


@given(st.decimals(0, 10_000_000, places=6), st.sampled_from(sorted(MINOR_UNITS)))
def test_money_survives_micro_units_and_is_rounded_half_up(amount: Decimal, currency: str) -> None:
    assert from_micros(to_micros(amount)) == amount
    unit = Decimal(1).scaleb(-MINOR_UNITS[currency])
    assert (
        -unit / 2 < amount - rounded(amount, currency) + unit * 0 <= unit / 2
        or amount - rounded(amount, currency) == -unit / 2
    )


def test_half_is_rounded_up_once() -> None:
    assert share(Decimal(15), 10, "KRW") == 2
    assert share(Decimal(25), 10, "KRW") == 3
    assert share(Decimal("0.15"), 30, "USD") == Decimal("0.01")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("contact.example.com", "https://contact.example.com"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("192.168.0.7", "http://192.168.0.7"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("http://intranet/", "http://intranet"),
        ("EXAMPLE.com ", "https://example.com"),
        ("[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_the_console_address_follows_the_domain(typed: str, url: str) -> None:
    assert rules.console_url(typed) == url


@pytest.mark.parametrize(
    ("url", "typed"),
    [
        ("https://contact.example.com", "contact.example.com"),
        ("http://localhost:5000", "localhost:5000"),
        ("https://192.168.0.7", "https://192.168.0.7"),
        ("http://intranet", "http://intranet"),
        ("http://a_b", "a_b"),
    ],
)
def test_an_address_is_proposed_so_that_typing_it_gives_the_same_address(
    url: str, typed: str
) -> None:
    assert rules.typed_domain(url) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a b.com",
        "ftp://x.com",
        "x.com/path",
        "user@x.com",
        "x.com:99999",
        "-x.com",
        "https://",
        "a..com",
        "127.1",
        "한 국.com",
    ],
)
def test_these_are_not_domains(typed: str) -> None:
    with pytest.raises(Refused):
        rules.console_url(typed)


def test_prices_start_in_the_future_and_currencies_on_a_first() -> None:
    today = date(2026, 3, 18)
    rules.check_prices(
        currency="KRW", current_currency="KRW", effective=date(2026, 3, 19), today=today
    )
    rules.check_prices(
        currency="USD", current_currency="KRW", effective=date(2026, 4, 1), today=today
    )
    for currency, day in (("KRW", today), ("KRW", date(2026, 3, 1)), ("USD", date(2026, 3, 19))):
        with pytest.raises(Refused):
            rules.check_prices(
                currency=currency, current_currency="KRW", effective=day, today=today
            )
