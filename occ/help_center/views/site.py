"""The public help center (HC-1): the home page of a service in its languages (ORG-6), what is said
of the company, and what is not there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from occ.ars.rules.hours import clock as clock_of
from occ.core import clock, i18n, ui
from occ.core.access import PUBLIC, requires
from occ.core.sharing import shared
from occ.help_center.documents import labels
from occ.help_center.documents import queries as documents
from occ.help_center.documents.rules import DocumentKind, TopicKind
from occ.help_center.public import queries, rules
from occ.help_center.site.rules import Part
from occ.help_center.views import place
from occ.organization.views.wizard import banner_file

bp = Blueprint("help_center", __name__, url_prefix="/<service_slug>/hc")


@bp.get("")
@bp.get("/<code>")
@requires(PUBLIC)
@shared(queries.page_facts)
def home(service_slug: str, code: str | None = None) -> Response | BaseResponse:
    """The home page; an address without a language leads to that of the visitor's, which is the
    same for everybody and kept.
    """
    here = place.place(service_slug, code)
    if code is None:
        home = ui.with_query(here.url("help_center.home"), request.args.to_dict())
        answer = redirect(home, 302)
        answer.vary.add("Accept-Language")
        return answer
    head = place.head(here, "", here.say("home.about", name=here.service.name), "help_center.home")
    return place.page("help_center/home", here, rows=home_rows(here), head=head)


def home_rows(here: place.Place) -> Any:
    """The sections of the home page in order, those side by side that may stand so."""
    shown = [(str(one["kind"]), _section(here, one)) for one in here.site.sections]
    return rules.side_by_side([(kind, what) for kind, what in shown if what])


def _section(here: place.Place, section: Mapping[str, Any]) -> Any:
    """What a section of the home page shows; nothing where its part is off, or nothing is there."""
    kind = section["kind"]
    if kind == "search":
        return True
    if kind == "ways":
        return _ways(here)
    if kind == "text":
        said = here.text(section["texts"])
        return said if said.text else None
    part = "notices" if kind == "notices" else "faq"
    return _SHOWN[kind](here) if here.site.has(part) else None


@dataclass(frozen=True)
class Way:
    """How one may ask: `name` is a code, `about` the lines that are said of it."""

    name: str
    about: Sequence[str]
    address: str
    icon: str
    number: str = ""  # to call


def _ways(here: place.Place) -> list[Way]:
    ways = (
        ("inquiries", "menu.inquiry", "ask.inquiry", "hc_inquiries.new", "pencil"),
        ("callbacks", "menu.callback", "ask.callback", "hc_callbacks.new", "phone-incoming"),
    )
    found = [
        Way(name, (here.say(about),), address, sign)
        for part, name, about, endpoint, sign in ways
        if (address := here.way(endpoint, part))
    ]
    called = here.made(lambda: queries.phone(here.service), "phone")
    return [*found, _call(here, called)] if called else found


def _call(here: place.Place, called: queries.Phone) -> Way:
    """The phone, with its hours in the page's language."""
    hours = [
        f"{here.days(one.first, one.last)} "
        + ", ".join(f"{clock_of(start)}–{clock_of(end)}" for start, end in one.spans)
        for one in called.hours
    ]
    number = i18n.phone(called.number, here.service.country)
    return Way("ask.phone", hours, f"tel:{called.number}", "phone", number)


def _linked(here: place.Place, kind: DocumentKind) -> Sequence[queries.Link]:
    code = here.language.code
    return here.made(
        lambda: queries.home_links(here.service, kind, code, clock.now()), "home", kind, code
    )


def _categories(here: place.Place) -> list[tuple[documents.Branch, int, str]]:
    """Categories that hold something, each with how many FAQ and its icon."""
    tree = here.topics(TopicKind.CATEGORY)
    counts = here.counts() if tree else {}
    found = [
        (one, sum(counts.get(ident, 0) for ident in one.whole)) for one in documents.tops(tree)
    ]
    return [(one, count, labels.ICONS[one.icon].icon) for one, count in found if count]


_SHOWN: Mapping[str, Callable[[place.Place], Any]] = {
    "notices": lambda here: _linked(here, DocumentKind.NOTICE),
    "categories": _categories,
    "faq": lambda here: _linked(here, DocumentKind.FAQ),
}


@bp.get("/<code>/company")
@requires(PUBLIC)
@shared(queries.page_facts)
def company(service_slug: str, code: str) -> Response:
    here = place.place(service_slug, code, part=Part.COMPANY)
    texts = queries.company_texts()
    found = texts.get(code) or texts.get(here.site.default)
    head = place.head(
        here,
        here.say("menu.company"),
        found.company if found else "",
        "help_center.company",
        has=set(texts),
    )
    return place.page("help_center/company", here, found=found, head=head)


@bp.get("/banner.png")
@requires(PUBLIC)
def banner(service_slug: str) -> BaseResponse:
    return banner_file(place.service_of(service_slug).banner)


@bp.get("/<code>/<path:rest>")
@requires(PUBLIC)
def nothing(service_slug: str, code: str, rest: str) -> Response:
    """Any other address, so that 404 is said in the help center's own words."""
    place.missing(place.place(service_slug, code))
