"""Days, instants and money are written one way on every page."""

import contextvars
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask

from occ.core import i18n

NOW = datetime(2026, 5, 20, 3, tzinfo=UTC)  # noon in Seoul


def written(app: Flask, language: str, write: Callable[[], str]) -> str:
    def asked() -> str:
        with (
            app.test_request_context(headers={"Accept-Language": language}),
            i18n.force_zone("Asia/Seoul"),
        ):
            return write()

    with time_machine.travel(NOW, tick=False):
        return contextvars.Context().run(asked)  # a page of its own keeps nothing of the last one


@pytest.mark.parametrize(
    ("instant", "korean", "english"),
    [
        (datetime(2026, 5, 19, 15, 0, tzinfo=UTC), "00:00", "00:00"),
        (datetime(2026, 5, 19, 14, 59, tzinfo=UTC), "5월 19일 23:59", "May 19 23:59"),
        (datetime(2025, 12, 31, 15, 0, tzinfo=UTC), "1월 1일 00:00", "Jan 1 00:00"),
        (datetime(2025, 12, 31, 14, 59, tzinfo=UTC), "2025. 12. 31.", "Dec 31, 2025"),
    ],
)
def test_an_instant_has_as_much_of_its_date_as_tells_it_apart(
    app: Flask, instant: datetime, korean: str, english: str
) -> None:
    assert written(app, "ko", lambda: i18n.when(instant)) == korean
    assert written(app, "en", lambda: i18n.when(instant)) == english


def test_a_time_on_a_page_says_its_full_value_in_the_zone_it_is_written_in(app: Flask) -> None:
    instant = datetime(2026, 5, 19, 14, 59, 8, tzinfo=UTC)

    def seoul_new_york_seoul() -> str:
        shown = [i18n.when_element(instant)]
        with i18n.force_zone("America/New_York"):
            shown.append(i18n.when_element(instant))
        return " ".join([*shown, i18n.when(instant)])

    mark = '<time datetime="2026-05-19T14:59:08+00:00" title='
    assert written(app, "en", seoul_new_york_seoul) == (
        f'{mark}"May 19, 2026 23:59:08 (Asia/Seoul)">May 19 23:59</time> '
        f'{mark}"May 19, 2026 10:59:08 (America/New_York)">10:59</time> May 19 23:59'
    )
    assert written(app, "en", lambda: i18n.when_element(None)) == "–"


@pytest.mark.parametrize(
    ("day", "listed", "full"),
    [
        (date(2026, 1, 1), "1월 1일", "2026. 1. 1."),
        (date(2026, 12, 31), "12월 31일", "2026. 12. 31."),
        (date(2027, 1, 1), "2027. 1. 1.", "2027. 1. 1."),
        (date(2025, 12, 31), "2025. 12. 31.", "2025. 12. 31."),
    ],
)
def test_a_day_of_this_year_is_listed_without_the_year(
    app: Flask, day: date, listed: str, full: str
) -> None:
    assert written(app, "ko", lambda: i18n.listed_day(day)) == listed
    assert written(app, "ko", lambda: i18n.day(day)) == full
    assert written(app, "ja", lambda: i18n.day(date(2026, 1, 1))) == "2026/01/01"


def test_the_full_value_has_seconds_and_zone_in_the_words_of_the_page(app: Flask) -> None:
    instant = datetime(2026, 5, 1, 1, 0, 7, tzinfo=UTC)
    assert written(app, "ko", lambda: i18n.exact(instant)) == "2026. 5. 1. 10:00:07 (Asia/Seoul)"
    assert written(app, "en", lambda: i18n.exact(instant)) == "May 1, 2026 10:00:07 (Asia/Seoul)"


@pytest.mark.parametrize(("code", "sign"), [("KRW", "₩"), ("EUR", "€"), ("USD", "US$")])
def test_heads_of_columns_carry_the_sign_of_their_figures(app: Flask, code: str, sign: str) -> None:
    assert written(app, "ko", lambda: i18n.currency_sign(code)) == sign
    assert sign in written(app, "ko", lambda: i18n.money(i18n.Decimal(12), code))
