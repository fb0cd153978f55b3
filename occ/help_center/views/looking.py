"""Search over FAQ and notices: results, and suggestions as somebody types (HC-1)."""

from flask import Blueprint, Response, jsonify, request

from occ.core import clock, sharing, ui
from occ.core.access import PUBLIC, requires
from occ.core.sharing import shared
from occ.core.values import ident as ident_of
from occ.help_center.documents import counting, finding
from occ.help_center.documents import queries as documents
from occ.help_center.documents.rules import DocumentKind, TopicKind, is_nobodys
from occ.help_center.public import queries, rules
from occ.help_center.site.rules import Part
from occ.help_center.views import place
from occ.help_center.views.place import Head, Place

bp = Blueprint("hc_search", __name__, url_prefix="/<service_slug>/hc/<code>")
HITS = 20
ASKS = ("category",)
PARTS = {DocumentKind.FAQ: Part.FAQ, DocumentKind.NOTICE: Part.NOTICES}
PAGES = {DocumentKind.FAQ: "hc_faq.answer", DocumentKind.NOTICE: "hc_notices.notice"}


def _place(service_slug: str, code: str) -> tuple[Place, list[DocumentKind]]:
    """Where it is searched, and what: 404 where nothing is on that could be found."""
    here = place.place(service_slug, code)
    kinds = [kind for kind, part in PARTS.items() if part in here.site.parts]
    if not kinds:
        place.missing(here)
    return here, kinds


@bp.get("/search")
@requires(PUBLIC)
@shared(queries.page_facts, asks=ASKS, typed=("q",))
def search(service_slug: str, code: str) -> Response:
    here, kinds = _place(service_slug, code)
    asked, within = ui.arg("q"), _within(here)
    words = finding.words(asked)
    topics = within.whole if within else None
    hits = (
        finding.search(
            here.service, code, asked, clock.now(), kinds=kinds, topics=topics, count=HITS
        )
        if words
        else []
    )
    if words and not hits and not within:  # it may be there outside of the category
        counting.note_missed(here.service.id, code, asked)
    if not hits or not is_nobodys(asked):
        sharing.forgo()
    found = [
        (
            hit,
            here.url(PAGES[hit.kind], ident=hit.id),
            rules.marked(hit.title, words),
            rules.marked(hit.excerpt, words),
            here.said("", hit.language),
        )
        for hit in hits
    ]
    title = here.say("search.title")
    return place.page(
        "help_center/search",
        here,
        head=Head(f"{asked} · {title}" if asked else title, hidden=True),
        asked=asked,
        within=within,
        found=found,
        categories=_categories(here) if words and not hits and not within else [],
        most=HITS,
    )


def _within(here: Place) -> documents.Branch | None:
    """The category of FAQ that the address names; one that is not there is none."""
    ident = ident_of(request.args.get("category"))
    if ident is None or Part.FAQ not in here.site.parts:
        return None
    return here.topics(TopicKind.CATEGORY).get(ident)


def _categories(here: Place) -> list[documents.Branch]:
    """Where one may look on after a search without a hit."""
    if not here.site.has("faq"):
        return []
    counts, tree = here.counts(), here.topics(TopicKind.CATEGORY)
    return [one for one in documents.tops(tree) if any(counts.get(ident) for ident in one.whole)]


@bp.get("/suggest")
@requires(PUBLIC)
@shared(queries.page_facts, asks=ASKS, typed=("q",))
def suggest(service_slug: str, code: str) -> Response:
    """Titles for what is typed so far, each with its address."""
    here, kinds = _place(service_slug, code)
    if not is_nobodys(ui.arg("q")):
        sharing.forgo()
    within = _within(here)
    topics = within.whole if within else None
    rows = finding.suggestions(here.service, code, ui.arg("q"), clock.now(), topics=topics)
    return jsonify(
        [
            {"title": title, "address": here.url(PAGES[kind], ident=ident)}
            for kind, ident, title in rows
            if kind in kinds
        ]
    )
