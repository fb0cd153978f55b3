"""What the widget shows in its frame on other people's sites: search, FAQ, the way to an inquiry
(HC-3).
"""

from flask import Blueprint, Response

from occ.core import clock, ui
from occ.core.access import PUBLIC, requires
from occ.help_center.documents import counting, finding
from occ.help_center.documents import queries as documents
from occ.help_center.documents.rules import DocumentKind
from occ.help_center.public import queries, rules
from occ.help_center.site.rules import Part
from occ.help_center.views import place
from occ.help_center.views.place import Place

bp = Blueprint("hc_embed", __name__, url_prefix="/<service_slug>/hc/<code>/embed")
HITS = 20


def _framed(here: Place, response: Response) -> Response:
    """A page that the allowed sites may show in a frame, and nobody else."""
    allowed = " ".join(here.site.origins) or "'none'"
    policy = ui.POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {allowed}")
    response.headers["Content-Security-Policy"] = policy
    return response


@bp.get("")
@requires(PUBLIC)
def index(service_slug: str, code: str) -> Response:
    """The search box with what was found, else the questions of the home page."""
    here = place.place(service_slug, code, part=Part.WIDGET)
    asked, has_faq = ui.arg("q"), here.site.has("faq")
    words = finding.words(asked) if has_faq else []
    now, kinds = clock.now(), [DocumentKind.FAQ]
    hits = finding.search(here.service, code, asked, now, kinds=kinds, count=HITS) if words else []
    if words and not hits:
        counting.note_missed(here.service.id, code, asked)
    page = place.page(
        "help_center/embed",
        here,
        asked=asked,
        has_faq=has_faq,
        found=[(hit, rules.marked(hit.title, words)) for hit in hits],
        cards=documents.home_faq(here.service, code, now) if has_faq and not hits else [],
    )
    return _framed(here, page)


@bp.get("/<int:ident>")
@requires(PUBLIC)
def answer(service_slug: str, code: str, ident: int) -> Response:
    here = place.place(service_slug, code, part=Part.WIDGET)
    row = documents.published(here.service.id, ident, DocumentKind.FAQ, clock.now())
    if row is None or not here.site.has("faq"):
        place.missing(here)
    counting.note_view(ident)
    found = queries.answer(here.service, row, here.language.code)
    return _framed(here, place.page("help_center/embed_answer", here, found=found))
