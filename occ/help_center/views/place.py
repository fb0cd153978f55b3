"""Where a visitor of a help center is: service, language and set-up, the same for every public
page (HC-1, ORG-6).
"""

import json
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from babel.core import UnknownLocaleError
from flask import Response, abort, redirect, request, url_for
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from occ.core import clock, i18n, richtext, sharing, ui
from occ.core.sharing import Facts
from occ.help_center.documents import queries as documents
from occ.help_center.documents.queries import Branch
from occ.help_center.documents.rules import TopicKind
from occ.help_center.public import queries as public
from occ.help_center.public.rules import described
from occ.help_center.site import queries, wordings
from occ.help_center.site.models import CompanyText
from occ.help_center.site.queries import Site
from occ.help_center.site.rules import Part, chosen
from occ.organization.models import Organization, Service, ServiceLanguage
from occ.organization.queries import GONE, service_by_slug, the_organization
from occ.organization.rules import Feature, ServiceState, ServiceType

T = TypeVar("T")
FSI, PDI = "\u2068", "\u2069"
"""Around a text whose first letter says its direction (Unicode UAX 9)."""


@cache
def _locale(tag: str) -> Locale:
    """How a language writes days and numbers; English where nobody says."""
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@dataclass(frozen=True)
class Said:
    """A text with the language that it is in."""

    text: str
    tag: str
    direction: str


@dataclass(frozen=True)
class Entry:
    """An entry of the menu: what the address leads to, and where it is shown."""

    name: Said
    address: str
    is_here: bool = False
    on_desktop: bool = True
    on_phone: bool = True


@dataclass(frozen=True)
class Place:
    """`words` is the console's language that fixed words and refusals are in."""

    service: Service
    language: ServiceLanguage
    words: str
    site: Site
    organization: Organization
    facts: Facts | None = None

    def topics(self, kind: TopicKind) -> dict[int, Branch]:
        """The topics of a kind, as this page's language names them."""
        code = self.language.code
        return self.made(lambda: documents.topics(self.service, kind, code), "topics", kind, code)

    def counts(self) -> dict[int, int]:
        """How many FAQ customers find in each category, without those below it."""
        return self.made(lambda: public.counts(self.service, clock.now()), "counts")

    def made(self, make: Callable[[], T], *also: Hashable) -> T:
        """What many pages show alike, as `public.made` keeps it."""
        return public.made(self.service, self.facts, make, *also)

    def say(self, code: str, **values: Any) -> str:
        """A fixed text in the page's language; `wordings` lists them. Where that is written from
        the right, what is set into it keeps its own direction, and the signs around it theirs.
        """
        if self.language.info.direction == "rtl":
            values = {
                name: f"{FSI}{one}{PDI}" if isinstance(one, str) else one
                for name, one in values.items()
            }
        return self.site.say(code, self.language.code, **values)

    def told(self, text: Any) -> Said:
        """What the console says of a field, its name or why it is refused: in the page's language
        where the help center words it, else as it was said.
        """
        found = wordings.told(str(text), self.words)
        if found is None:
            return Said(str(text), self.words, "auto")
        code, values = found
        return self.said(self.say(code, **values), self.language.code)

    def url(self, endpoint: str, **values: Any) -> str:
        """The address of a page of this help center in this language."""
        values = {"code": self.language.code, **values}
        return url_for(endpoint, service_slug=self.service.slug, **values)

    def way(self, endpoint: str, part: str = "") -> str:
        """The address of a page that may be off, or need what is not there; '' then."""
        if part and not self.site.leads(self.service, Part(part)):
            return ""
        return self.url(endpoint)

    def whole(self, endpoint: str, **values: Any) -> str:
        """The same with the console's own address before it (ORG-7), for what others keep."""
        return self.organization.url.rstrip("/") + self.url(endpoint, **values)

    def elsewhere(self, code: str) -> str:
        """This page in another language, with all that its address asks; the first page for one
        that only a form leads to.
        """
        rule = request.url_rule
        if rule is None or "GET" not in (rule.methods or ()) or "code" not in rule.arguments:
            return url_for("help_center.home", service_slug=self.service.slug, code=code)
        values = {**sharing.asked(), **(request.view_args or {}), "code": code}
        return url_for(str(request.endpoint), **values)

    def code_of(self, code: str) -> ServiceLanguage | None:
        """A shown language by its code."""
        return next((one for one in self.service.shown_languages if one.code == code), None)

    def said(self, text: str, code: str) -> Said:
        """A text with the tag and direction of its language; of one that is hidden now with the
        page's.
        """
        info = (self.code_of(code) or self.language).info
        return Said(text, info.tag, info.direction)

    def text(self, texts: Mapping[str, str]) -> Said:
        """The text of this language, else of the default one (ORG-6)."""
        return self.said(*chosen(texts, self.language.code, self.site.default))

    def rich(self, html: str) -> Markup:
        """Sanitized HTML of a section of the home page, with what its codes stand for."""
        return richtext.rich(self.site.rich(html, self.language.code))

    def _named(self, names: Mapping[str, str]) -> Said:
        """The name of a menu, with what its codes stand for."""
        said = self.text(names)
        return replace(said, text=self.site.worded(said.text, self.language.code))

    def day(self, value: date | datetime) -> str:
        """A day as the page's language writes it, in the service's zone."""
        if isinstance(value, datetime):
            value = value.astimezone(ZoneInfo(self.service.time_zone)).date()
        locale = _locale(self.language.info.tag)
        return str(babel_dates.format_date(value, "medium", locale=locale))

    def number(self, value: int) -> str:
        """A figure as the page's language writes it."""
        return str(babel_numbers.format_decimal(value, locale=_locale(self.language.info.tag)))

    def days(self, first: int, last: int) -> str:
        """Days of the week as the page's language abbreviates them; 0 is Monday."""
        names = _locale(self.language.info.tag).days["stand-alone"]["abbreviated"]
        return f"{names[first]}–{names[last]}" if first != last else str(names[first])

    @property
    def has_search(self) -> bool:
        """Whether there is anything to search."""
        return bool(self.site.parts & {Part.FAQ, Part.NOTICES})

    @property
    def menu(self) -> list[Entry]:
        """The parts that are on, then what leads elsewhere (HC-3)."""
        parts = (
            ("menu.faq", "hc_faq.index", "faq"),
            ("menu.notices", "hc_notices.index", "notices"),
            ("menu.inquiry", "hc_inquiries.new", "inquiries"),
            ("menu.inquiries", "hc_inquiries.mine", "inquiries"),
            ("menu.callback", "hc_callbacks.new", "callbacks"),
        )
        own = [
            Entry(
                self.said(self.say(code), self.language.code),
                address,
                is_here=request.endpoint == endpoint,
            )
            for code, endpoint, part in parts
            if (address := self.way(endpoint, part))
        ]
        others = [
            Entry(self._named(one.names), one.address, False, one.on_desktop, one.on_phone)
            for one in self.site.menus
        ]
        return own + others

    @property
    def foot(self) -> CompanyText | None:
        """What is said of the company, where that part is on."""
        if Part.COMPANY not in self.site.parts:
            return None
        return queries.company(self.language.code, self.site.default)


@dataclass(frozen=True)
class Head:
    """What search engines, messengers and feed readers are told of a page. `alternates` are the
    same in other languages: (tag, whole address).
    """

    title: str
    description: str = ""
    canonical: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    default: str = ""  # the address for languages that it does not have
    kind: str = "website"
    hidden: bool = False
    data: str = ""  # JSON-LD, as `structured` writes it


def structured(data: dict[str, Any]) -> Markup:
    """Data for search engines as it may stand in an element of a page: no sign of it ends that."""
    return htmlsafe_json_dumps(data, partial(json.dumps, ensure_ascii=False))


def head(
    here: Place,
    title: str,
    about: str,
    endpoint: str,
    *,
    has: Collection[str] | None = None,
    **values: int,
) -> Head:
    """The head of a page at an address. `has` are the languages that it has a text in: in others
    it shows another one's, whose address counts then.
    """
    shown = [one.code for one in here.service.shown_languages]
    codes = [code for code in shown if has is None or code in has] or shown[:1]
    own = here.language.code if here.language.code in codes else codes[0]
    links = {code: here.whole(endpoint, **values, code=code) for code in codes}
    tags = tuple((one.info.tag, links[code]) for code in codes if (one := here.code_of(code)))
    return Head(
        title,
        described(about),
        links[own],
        tags if len(tags) > 1 else (),
        links[codes[0]] if len(tags) > 1 else "",
    )


def service_of(slug: str) -> Service:
    """A service whose help center is open to the public; else 404."""
    service = service_by_slug(slug)
    if (
        service is None
        or service.state in GONE
        or service.type is ServiceType.ISSUE
        or not service.offers(Feature.HELP_CENTER)
    ):
        abort(404)
    return service


def language_of(service: Service, code: str | None) -> ServiceLanguage | None:
    """The asked language, else what the browser asks for, else the default one; None for one that
    is not shown.
    """
    shown = {language.code: language for language in service.shown_languages}
    if code is not None:
        return shown.get(code)
    tags = {language.info.tag: language for language in shown.values()}
    best = request.accept_languages.best_match(list(tags))
    return tags[best] if best else service.shown_languages[0]


def spoken(service: Service, language: ServiceLanguage) -> str:
    """The catalog for refusals: this language's, else the default language's, else English."""
    for code in (language.code, service.shown_languages[0].code):
        if code in i18n.LOCALES:
            return code
    return "en"


def place(slug: str, code: str | None = None, *, part: Part | None = None) -> Place:
    """Where a request is. Ends it by 404 for what is not there or switched off, by 301 where the
    address is written otherwise, by 503 with a notice while the service is suspended (ORG-5).
    """
    facts = public.site_facts(slug)
    service = service_of(slug)
    if slug != service.slug and request.method == "GET":
        values = {**request.args.to_dict(), **(request.view_args or {})}
        target = url_for(str(request.endpoint), **{**values, "service_slug": service.slug})
        abort(redirect(target, 301))
    language = language_of(service, code)
    known = language or service.shown_languages[0]
    words = spoken(service, known)
    i18n.speak(words)
    i18n.visit(reads=known.code, zone=service.time_zone, country=service.country)
    here = Place(service, known, words, queries.site(service), the_organization(), facts)
    if service.state is ServiceState.SUSPENDED:
        response = page("help_center/suspended", here, status=503)
        response.headers["Retry-After"] = "3600"
        abort(response)
    if language is None or (part is not None and not here.site.leads(service, part)):
        missing(here)
    return here


def missing(here: Place) -> NoReturn:
    """Ends the request by 404, in the help center's own words."""
    abort(page("help_center/missing", here, status=404))


def _values(here: Place, *, reading: bool) -> dict[str, Any]:
    return {
        "reading": reading,
        "here": here,
        "say": here.say,
        "service": here.service,
        "language": here.language,
        "words": here.words,
        "organization": here.organization,
    }


def show(name: str, here: Place, *, status: int = 200, **values: Any) -> Response:
    """A page of the help center for one visitor: forms, what somebody asked. A service's own CSS
    does not reach it.
    """
    return ui.render(name, status=status, **_values(here, reading=False), **values)


def page(name: str, here: Place, *, status: int = 200, **values: Any) -> Response:
    """A page of the help center that is the same for everybody."""
    text = ui.alike(f"{name}.html", **_values(here, reading=True), **values)
    return Response(text, status=status, mimetype="text/html")
