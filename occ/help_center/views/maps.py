"""A help center's map for search engines (sitemaps.org), each page with its other languages."""

from datetime import datetime

from flask import Blueprint, Response, abort

from occ.core import clock, ui
from occ.core.access import PUBLIC, requires
from occ.core.sharing import shared
from occ.help_center.documents import queries as documents
from occ.help_center.documents.rules import DocumentKind, TopicKind
from occ.help_center.public import queries, rules
from occ.help_center.site.rules import Part
from occ.help_center.views import place
from occ.help_center.views.place import Place

bp = Blueprint("hc_maps", __name__, url_prefix="/<service_slug>/hc")
PAGES = {DocumentKind.FAQ: "hc_faq.answer", DocumentKind.NOTICE: "hc_notices.notice"}
Row = tuple[str, str, datetime | None, list[tuple[str, str]]]
"""An address of the map: itself, its tag, when it changed, and the same in other languages."""


def _rows(
    here: Place, endpoint: str, codes: list[str], at: datetime | None = None, **values: int
) -> list[Row]:
    tags = {one.code: one.info.tag for one in here.service.shown_languages}
    links = [(tags[code], here.whole(endpoint, code=code, **values)) for code in codes]
    return [(address, tag, at, links if len(links) > 1 else []) for tag, address in links]


def _lists(here: Place, codes: list[str]) -> list[Row]:
    """The pages that lead to documents."""
    rows = _rows(here, "help_center.home", codes)
    if here.site.has("faq"):
        rows += _rows(here, "hc_faq.index", codes)
        counts = queries.counts(here.service, clock.now())
        tree = documents.topics(here.service, TopicKind.CATEGORY, here.language.code)
        for one in tree.values():
            if any(counts.get(ident) for ident in one.whole):
                named = [code for code in codes if code in one.names] or codes[:1]
                rows += _rows(here, "hc_faq.category", named, category=one.id)
    if here.site.has("notices"):
        rows += _rows(here, "hc_notices.index", codes)
    if here.site.has("company"):
        said = queries.company_texts()
        rows += _rows(here, "help_center.company", [code for code in codes if code in said])
    return rows


def _place(service_slug: str) -> tuple[Place, list[str]]:
    here = place.place(service_slug)
    return here, [one.code for one in here.service.shown_languages]


def _xml(name: str, here: Place, **values: object) -> Response:
    text = ui.alike(f"help_center/{name}.xml", here=here, **values)
    return Response(text, mimetype="application/xml")


@bp.get("/sitemap.xml")
@requires(PUBLIC)
@shared(queries.site_facts)
def index(service_slug: str) -> Response:
    here, codes = _place(service_slug)
    count = queries.count_readable(here.service, clock.now())
    parts = max(1, -(-count // rules.part_size(len(codes))))
    return _xml("sitemaps", here, parts=range(parts))


@bp.get("/sitemap-<int:part>.xml")
@requires(PUBLIC)
@shared(queries.site_facts)
def part(service_slug: str, part: int) -> Response:
    here, codes = _place(service_slug)
    size = rules.part_size(len(codes))
    found = queries.mapped(here.service, clock.now(), part=part, size=size)
    if part and not found:
        abort(404)
    rows = [] if part else _lists(here, codes)
    on = {
        kind
        for kind, of in ((DocumentKind.FAQ, Part.FAQ), (DocumentKind.NOTICE, Part.NOTICES))
        if of in here.site.parts
    }
    for kind, ident, at, has in found:
        said = [code for code in codes if code in has]
        rows += _rows(here, PAGES[kind], said, at, ident=ident) if kind in on else []
    return _xml("sitemap", here, rows=rows)
