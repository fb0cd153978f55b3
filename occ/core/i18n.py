"""Languages of the console, the viewer's time zone, and figures as people write them."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel import dates as babel_dates
from babel import lists as babel_lists
from babel import numbers as babel_numbers
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel, get_locale, get_translations, refresh
from flask_babel import force_locale as babel_locale
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from occ.core import clock, phones

LOCALES = {"ko": "한국어", "en": "English", "ja": "日本語"}
DEFAULT_LOCALE = "ko"
LOCALE_COOKIE = "occ_lang"


@dataclass
class Texts:
    """A language's catalog with the texts asked for so far: a page asks for some two hundred."""

    language: str
    catalog: NullTranslations
    known: dict[str, str] = field(default_factory=dict)
    marked: dict[str, Markup] = field(default_factory=dict)

    def said(self, text: str, /, **values: Any) -> Markup:
        """`_()` in templates: the text is safe, its values are escaped."""
        found = self.marked.get(text)
        if found is None:
            found = self.marked[text] = Markup(self.catalog.gettext(text))
        return found % values if values else found


_spoken: dict[str, Texts] = {}


def _texts() -> Texts:
    """The texts of the page's language, looked up once a request."""
    found: Texts | None = g.get("texts")
    if found is None:
        code = str(get_locale() or DEFAULT_LOCALE)
        found = _spoken.get(code) or _spoken.setdefault(code, Texts(code, get_translations()))
        g.texts = found
    return found


def gettext(text: str, /, **values: Any) -> str:
    """The text in the page's language, with its values put in."""
    if not has_app_context():
        return text % values if values else text
    texts = _texts()
    found = texts.known.get(text)
    if found is None:
        found = texts.known[text] = texts.catalog.gettext(text)
    return found % values if values else found


def pgettext(context: str, text: str, /, **values: Any) -> str:
    """`gettext` of an id with several meanings, of which `context` names one."""
    if not has_app_context():
        return text % values if values else text
    texts = _texts()
    key = f"{context}\x04{text}"
    found = texts.known.get(key)
    if found is None:
        found = texts.known[key] = texts.catalog.pgettext(context, text)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, /, **values: Any) -> str:
    """The text for a number, `%(num)d` in it."""
    if not has_app_context():
        return (one if count == 1 else many) % {"num": count, **values}
    return _texts().catalog.ngettext(one, many, count) % {"num": count, **values}


class Words(LazyString):  # type: ignore[misc]
    """A text that is put into words when it is shown, escaped in pages: its
    values are what somebody typed.
    """

    def __html__(self) -> Markup:
        return escape(str(self))


def lazy_gettext(text: str, /, **values: Any) -> Any:
    """A text that is put into words when it is shown."""
    return Words(gettext, text, **values)


def lazy_pgettext(context: str, text: str, /, **values: Any) -> Any:
    """`lazy_gettext` of an id with several meanings, of which `context` names one."""
    return Words(pgettext, context, text, **values)


@contextmanager
def force_locale(code: str) -> Iterator[None]:
    """Another language inside: mail is written in its reader's."""
    g.pop("texts", None)
    read = g.pop("reads", None)
    with babel_locale(code):
        yield
    g.pop("texts", None)
    if read is not None:
        g.reads = read


def everywhere(text: Any) -> list[str]:
    """A lazy text in every language of the console."""
    found = []
    for code in LOCALES:
        with force_locale(code):
            found.append(str(text))
    return found


def _page_gettext(text: str, /, **values: Any) -> Markup:
    return _texts().said(text, **values)


def page_gettext() -> Callable[..., Markup]:
    """`_()` for one page, which looks up its language no more."""
    return _texts().said


def _page_pgettext(context: str, text: str, /, **values: Any) -> Markup:
    found = Markup(pgettext(context, text))
    return found % values if values else found


def _page_ngettext(one: str, many: str, count: int, /, **values: Any) -> Markup:
    return Markup(_texts().catalog.ngettext(one, many, count)) % {"num": count, **values}


_preferred: Callable[[], str | None] = lambda: None
_zone: Callable[[], str | None] = lambda: None
_country: Callable[[], str | None] = lambda: None


def use(
    *,
    preferred: Callable[[], str | None],
    zone: Callable[[], str | None],
    country: Callable[[], str | None],
) -> None:
    """Factory names who knows the viewer's own language and time zone,
    and the country of the page.
    """
    global _preferred, _zone, _country
    _preferred, _zone, _country = preferred, zone, country


def select_locale() -> str:
    """Chosen for this page, else the viewer's own, else the cookie's,
    else what the browser asks for.
    """
    if not has_request_context():
        return DEFAULT_LOCALE
    chosen = getattr(g, "page_locale", None) or _preferred() or request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return str(chosen)
    return request.accept_languages.best_match(list(LOCALES)) or DEFAULT_LOCALE


def viewer_zone() -> str:
    """The zone in which times are shown to whoever looks."""
    known: str | None = (
        (g.get("forced_zone") or g.get("viewer_zone")) if has_app_context() else None
    )
    if known is None:
        known = (_zone() if has_request_context() else None) or "Asia/Seoul"
        if has_request_context():
            g.viewer_zone = known
    return known


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: A, B, and C; A, B 및 C; A、B、C."""
    return str(babel_lists.format_list(list(names), locale=locale()))


def country() -> str:
    """The country whose numbers are written without +: that of the page's
    service, else the organization's.
    """
    if not has_app_context():
        return "KR"
    return g.get("country") or _country() or "KR"


def territory(code: str) -> str:
    """A country's name in the page's language."""
    return str(locale().territories.get(code, code))


@contextmanager
def force_zone(zone: str) -> Iterator[None]:
    """Another viewer's zone inside: a file is written for whoever asked for it."""
    g.forced_zone = zone
    g.pop("here_and_now", None)
    yield
    g.pop("forced_zone", None)
    g.pop("here_and_now", None)


@cache
def zones() -> tuple[str, ...]:
    """Every IANA zone people choose from, in order; read from the files of the zones once."""
    return tuple(
        sorted(
            z
            for z in available_timezones()
            if "/" in z and not z.startswith(("Etc/", "posix", "right", "SystemV"))
        )
    )


def locale() -> Locale:
    return get_locale() or Locale.parse(DEFAULT_LOCALE)


def language() -> str:
    """The code of the page's language."""
    return _texts().language if has_app_context() else DEFAULT_LOCALE


def _here_and_now() -> tuple[ZoneInfo, datetime]:
    """The viewer's zone and its time, the same for all of a page."""
    found: tuple[ZoneInfo, datetime] | None = g.get("here_and_now")
    if found is None:
        tz = ZoneInfo(viewer_zone())
        found = g.here_and_now = tz, clock.now().astimezone(tz)
    return found


def _when(local: datetime, today: date, language: str) -> str:
    on = local.date()
    if on == today:
        return f"{local:%H:%M}"
    if on.year != today.year:
        return _day(on, language)
    return f"{_day_of_year(on, language)} {local:%H:%M}"


def _exact(local: datetime, tz: ZoneInfo, language: str) -> str:
    return f"{_day(local.date(), language)} {local:%H:%M:%S} ({tz.key})"


def when(instant: datetime | None) -> str:
    """An instant for a list: today the time, this year the day and time, earlier the date."""
    if instant is None:
        return "–"
    tz, today = _here_and_now()
    return _when(instant.astimezone(tz), today.date(), language())


def exact(instant: datetime) -> str:
    """The full value with seconds and zone, for titles, log entries and certificates."""
    tz, _now = _here_and_now()
    return _exact(instant.astimezone(tz), tz, language())


def when_element(instant: datetime | None) -> Markup:
    """`when()` in templates: the same as a `<time>` that says the full value."""
    if not instant:  # a template may hand over what it has none of
        return Markup("–")
    tz, today = _here_and_now()
    return _element(instant, tz, today.date(), language())


def page_when() -> Callable[[datetime | None], Markup]:
    """`when()` for one page, which looks up its zone, day and language once."""
    here: tuple[ZoneInfo, date, str] | None = None

    def element(instant: datetime | None) -> Markup:
        nonlocal here
        if not instant:
            return Markup("–")
        if here is None:
            tz, now = _here_and_now()
            here = tz, now.date(), language()
        return _element(instant, *here)

    return element


@lru_cache(1024)  # the rows of a list are mostly those of the request before
def _element(instant: datetime, tz: ZoneInfo, today: date, language: str) -> Markup:
    local = instant.astimezone(tz)
    return Markup(
        f'<time datetime="{instant.isoformat()}" title="{_exact(local, tz, language)}">'
        f"{_when(local, today, language)}</time>"
    )


@lru_cache(4096)
def _day(value: date, language: str) -> str:
    return str(babel_dates.format_date(value, "medium", locale=language))


@lru_cache(4096)
def _day_of_year(value: date, language: str) -> str:
    return str(babel_dates.format_skeleton("MMMd", value, locale=language))


def day(value: date) -> str:
    """A calendar day with its year in words of the page's language."""
    return _day(value, language())


def listed_day(value: date) -> str:
    """A calendar day as lists write it: one of this year without the year."""
    this_year = _here_and_now()[1].year
    return _day_of_year(value, language()) if value.year == this_year else day(value)


def moment(instant: datetime, zone: str | None = None) -> str:
    """A day and its time in words of the page's language, in `zone`, else in the viewer's."""
    local = instant.astimezone(ZoneInfo(zone or viewer_zone()))
    return f"{day(local.date())} {local:%H:%M}"


def month(value: date, width: str = "MMM") -> str:
    """A month: `MMM` its name, `yMMM` with its year."""
    return str(babel_dates.format_skeleton(width, value, locale=locale()))


def duration(seconds: float) -> str:
    """A length of time, the two largest units: 1시간 20분, 14분, 9초."""
    whole = int(seconds)
    if whole < 60:
        return str(ngettext("%(num)d second", "%(num)d seconds", whole))
    minutes = whole // 60
    if minutes < 60:
        return str(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    hours, rest = divmod(minutes, 60)
    text: str = ngettext("%(num)d hour", "%(num)d hours", hours)
    return text if not rest else text + " " + ngettext("%(num)d minute", "%(num)d minutes", rest)


def file_size(count: int) -> str:
    """A file's size: 812 B, 14 KB, 3.2 MB, 20 MB; a MB is what limits count, 1024 × 1024 bytes."""
    if count < 1024:
        return f"{count} B"
    kilo = round(count / 1024)
    return f"{kilo} KB" if kilo < 1024 else f"{round(count / 1024 / 1024, 1):g} MB"


def timer(length: timedelta | float) -> str:
    """A running or finished call's length: 03:26, 1:02:03."""
    whole = max(0, int(length.total_seconds() if isinstance(length, timedelta) else length))
    minutes, seconds = divmod(whole, 60)
    return (
        f"{minutes:02}:{seconds:02}"
        if minutes < 60
        else f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    )


def month_of_year(value: date) -> str:
    """A month with its year: 2026년 11월, November 2026, 2026年11月."""
    return str(
        babel_dates.format_skeleton(
            "yMMMM", datetime(value.year, value.month, 1, tzinfo=UTC), locale=locale()
        )
    )


def day_letters() -> list[tuple[str, str]]:
    """(short, full) names of the days of the week from Sunday, in the page's language."""
    short, wide = (
        babel_dates.get_day_names(width, locale=locale()) for width in ("narrow", "wide")
    )
    return [(short[day], wide[day]) for day in (6, 0, 1, 2, 3, 4, 5)]


@lru_cache(4096)
def _number(value: int, language: str) -> str:
    return str(babel_numbers.format_decimal(value, locale=language))


def number(value: int | Decimal) -> str:
    if type(value) is int:
        return _number(value, language())
    return str(babel_numbers.format_decimal(value, locale=locale()))


def exact_number(value: Decimal) -> str:
    """A figure with all its digits, grouped as the page's language does: 2,345,600.25."""
    return str(babel_numbers.format_decimal(value, locale=locale(), decimal_quantization=False))


def compact(value: int | Decimal) -> str:
    """A figure for a chart's axis: 1.2M, 120만, 120万."""
    return str(babel_numbers.format_compact_decimal(value, fraction_digits=1, locale=locale()))


def city(zone: str) -> str:
    """A zone by the name of its city, in the viewer's language."""
    return str(babel_dates.get_timezone_location(zone, locale=locale(), return_city=True))


def clock_in(instant: datetime, zone: str) -> str:
    """Hours and minutes of an instant in a zone."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def phone(number: str, of: str | None = None) -> str:
    """A stored number as people write it: one of the country `of`, else of the
    page's, without its country code.
    """
    return phones.shown(number, of or country())


def masked(number: str, of: str | None = None) -> str:
    """A number as `phone` writes it with its middle hidden: 010-****-3305."""
    return phones.masked(number, of or country())


def masked_address(address: str) -> str:
    """An e-mail address with its name hidden: l***@example.com; a name of one letter shows none."""
    name, at, host = address.partition("@")
    return f"{name[0] if len(name) > 1 else ''}***{at}{host}"


def device(text: str) -> str:
    """The browser and system of a User-Agent, in short; unknown ones by their first word."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Whale/", "Whale"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in text), text.split("/")[0][:20])
    system = next((name for mark, name in systems if mark in text), "")
    return " · ".join(part for part in (browser, system) if part) or "–"


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency sign: ₩1,341,600, $12.40; nothing is an en dash."""
    if amount is None:
        return "–"
    return str(babel_numbers.format_currency(amount, currency, locale=locale())).replace("￦", "₩")


Particle = Literal["은/는", "이/가", "을/를", "과/와", "으로/로"]
_ASIDE = re.compile(r"(?<=.)(?:\([^()]*\)|\[[^\[\]]*\])$")
_IN_L = frozenset("178LRl")  # 일, 칠, 팔, 엘, 알: 로 follows these
_CLOSED = _IN_L | frozenset("036MNmn")  # read with a final consonant


def josa(text: str, particle: Particle) -> str:
    """A name with the Korean particle that follows its last sound. Figures are read in
    Sino-Korean, capitals by the name of the letter, other Latin words by how they end; quotes,
    punctuation and what stands in brackets at the end are not read. Where the reading is not
    known both forms stand.

    For sentences made of names, as in the voice menu. Texts of the catalogs put a Korean noun
    between a value and the particle.
    """
    closed, vowel = particle.split("/")
    heard = re.sub(r"\W+$", "", _ASIDE.sub("", text)) or re.sub(r"\W+$", "", text)
    last = heard[-1:]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        in_l, ends = final == 8, bool(final)  # ㄹ is the eighth
    elif last.isascii() and last.isalnum():
        in_l, ends = last in _IN_L, last in _CLOSED
    else:
        return f"{text}(으)로" if closed == "으로" else f"{text}{closed}({vowel})"
    return text + (vowel if not ends or (in_l and closed == "으로") else closed)


def currency_sign(currency: str) -> str:
    """The sign that `money` writes, for heads of columns: ₩, $."""
    return str(babel_numbers.get_currency_symbol(currency, locale=locale())).replace("￦", "₩")


def speak(code: str) -> None:
    """Words this page in another language than the viewer's own."""
    g.page_locale = code
    g.pop("texts", None)
    refresh()


def visit(*, reads: str, zone: str, country: str) -> None:
    """Shows a public page as its service does, whoever looks: texts that services write are read in
    a language of theirs, which the console need not speak; times and numbers as people there do.
    """
    g.reads, g.forced_zone, g.country = reads, zone, country
    g.pop("here_and_now", None)


def reads() -> str:
    """The language in which texts that services write are read, where they have it."""
    asked: str | None = g.get("reads") if has_app_context() else None
    return asked or str(locale())


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(app.root_path) + "/translations"
    Babel(app, locale_selector=select_locale, timezone_selector=viewer_zone)
    app.jinja_env.globals.update(
        _=_page_gettext,
        gettext=_page_gettext,
        pgettext=_page_pgettext,
        ngettext=_page_ngettext,
        when=when_element,
    )
    app.jinja_env.filters.update(
        when=when,
        exact=exact,
        day=listed_day,
        full_day=day,
        listed=listed,
        moment=moment,
        month=month,
        month_of_year=month_of_year,
        duration=duration,
        timer=timer,
        number=number,
        money=money,
        currency_sign=currency_sign,
        compact=compact,
        clock_in=clock_in,
        device=device,
        phone=phone,
        masked=masked,
        masked_address=masked_address,
        territory=territory,
        bytes=file_size,
    )
