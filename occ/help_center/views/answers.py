"""FAQ as customers read them: by category, one by one, and whether they helped (HC-1)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from markupsafe import escape
from werkzeug.wrappers import Response as BaseResponse

from occ.core import clock, richtext, ui
from occ.core.access import PUBLIC, requires, tokenless
from occ.core.db import db
from occ.core.sharing import shared
from occ.help_center.documents import counting
from occ.help_center.documents import queries as documents
from occ.help_center.documents.queries import Branch
from occ.help_center.documents.rules import DocumentKind, TopicKind
from occ.help_center.public import queries, rules
from occ.help_center.public.queries import Answer
from occ.help_center.site.rules import Part
from occ.help_center.views import place, refusals
from occ.help_center.views.place import Head, Place
from occ.identity.views.auth import exempt, limiter

bp = Blueprint("hc_faq", __name__, url_prefix="/<service_slug>/hc/<code>/faq")
refusals.explain(bp)
LISTED = ("after", "before")
SAID_COOKIE, SAID_MOST = "hc_said", 50
SAID_FOR = 180 * 24 * 3600  # seconds


def _data(answers: Sequence[Answer]) -> str:
    """Questions with their answers, as search engines read them (schema.org)."""
    if not answers:
        return ""
    data = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": one.title,
                "acceptedAnswer": {
                    "@type": "Answer",
                    "text": richtext.without_pictures(one.html) or str(escape(one.body)),
                },
            }
            for one in answers
        ],
    }
    return place.structured(data)


def _list(here: Place, at: Branch | None, tree: dict[int, Branch]) -> Response:
    now, code = clock.now(), here.language.code
    page = documents.faq_page(
        here.service,
        now,
        categories=at.whole if at else None,
        after=ui.arg("after"),
        before=ui.arg("before"),
    )
    counts = here.counts() if tree else {}
    below = at.below if at else documents.tops(tree)
    answers = queries.answers(here.service, page.rows, code)
    open_here = rules.within(answers, lambda one: one.size)
    steps = documents.path(tree, at.id) if at else []
    title = at.name if at else here.say("menu.faq")
    values = {"category": at.id} if at else {}
    head = place.head(
        here,
        title,
        " · ".join(one.title for one in answers[:5]),
        "hc_faq.category" if at else "hc_faq.index",
        has=set(at.names) if at else None,
        **values,
    )
    return place.page(
        "help_center/faq",
        here,
        head=replace(head, data=_data(open_here), hidden=_is_further()),
        at=at,
        steps=steps[:-1],
        chips=[
            (one, sum(counts.get(ident, 0) for ident in one.whole))
            for one in below
            if any(counts.get(ident) for ident in one.whole)
        ],
        page=page,
        answers=answers,
        inline={one.row.id for one in open_here},
    )


def _is_further() -> bool:
    """Whether a list is read further on: search engines keep its beginning."""
    return any(request.args.get(name) for name in LISTED)


@bp.get("")
@requires(PUBLIC)
@shared(queries.page_facts, typed=LISTED)
def index(service_slug: str, code: str) -> Response:
    here = place.place(service_slug, code, part=Part.FAQ)
    return _list(here, None, here.topics(TopicKind.CATEGORY))


@bp.get("/<int:category>")
@requires(PUBLIC)
@shared(queries.page_facts, typed=LISTED)
def category(service_slug: str, code: str, category: int) -> Response:
    here = place.place(service_slug, code, part=Part.FAQ)
    tree = here.topics(TopicKind.CATEGORY)
    if category not in tree:
        place.missing(here)
    return _list(here, tree[category], tree)


def _found(here: Place, ident: int) -> Answer:
    """A FAQ that customers read now; drafts and what is for agents only are not found."""
    row = documents.published(here.service.id, ident, DocumentKind.FAQ, clock.now())
    if row is None:
        place.missing(here)
    return queries.answer(here.service, row, here.language.code)


def _count(ident: int, **_values: Any) -> None:
    counting.note_view(ident)


@bp.get("/a/<int:ident>")
@requires(PUBLIC)
@shared(queries.document_facts, counts=_count)
def answer(service_slug: str, code: str, ident: int) -> Response:
    here = place.place(service_slug, code, part=Part.FAQ)
    found = _found(here, ident)
    tree = here.topics(TopicKind.CATEGORY)
    steps = documents.path(tree, found.row.topic_id)
    head = place.head(here, found.title, found.body, "hc_faq.answer", has=found.has, ident=ident)
    return place.page(
        "help_center/answer",
        here,
        head=replace(head, data=_data([found]), kind="article"),
        found=found,
        views=queries.told_views(ident, found.row.views),
        steps=steps,
        related=queries.related_to(
            here.service, found, steps[0].whole if steps else (), code, clock.now()
        ),
    )


@bp.get("/a/<int:ident>/said")
@requires(PUBLIC)
@shared(queries.page_facts, asks=("helped",))
def said(service_slug: str, code: str, ident: int) -> Response:
    """After somebody said whether it helped, where no script tells so in place."""
    here = place.place(service_slug, code, part=Part.FAQ)
    return place.page(
        "help_center/said",
        here,
        head=Head(here.say("faq.helpful"), hidden=True),
        found=_found(here, ident),
        helped=request.args.get("helped") == "1",
    )


@bp.post("/a/<int:ident>/helped")
@requires(PUBLIC)
@tokenless
@limiter.limit("60 per hour", exempt_when=exempt)
def helped(service_slug: str, code: str, ident: int) -> BaseResponse:
    """Counts whether a FAQ helped, once a browser: a cookie without anything personal says of
    which ones it has told.
    """
    here = place.place(service_slug, code, part=Part.FAQ)
    found = _found(here, ident)
    answer = request.form.get("helped")
    if answer not in ("0", "1"):
        abort(400)
    told = re.findall(r"\b\d{1,10}\b", request.cookies.get(SAID_COOKIE, ""))
    if str(found.row.id) not in told:
        with db.write():
            counting.answer(found.row.id, helped=answer == "1")
    target = here.url("hc_faq.said", ident=ident, helped=answer)
    response = (
        Response(status=204)
        if request.headers.get("Accept") == "application/json"
        else redirect(target, 303)
    )
    kept = list(dict.fromkeys([*told, str(found.row.id)]))[-SAID_MOST:]
    response.set_cookie(
        SAID_COOKIE,
        ".".join(kept),
        max_age=SAID_FOR,
        path=here.url("help_center.home", code=None).removesuffix("/"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response
