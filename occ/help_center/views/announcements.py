"""Notices as customers read them, by heading and tag, and their feed (HC-1)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import escape

from occ.core import clock, ui
from occ.core.access import PUBLIC, requires
from occ.core.sharing import shared
from occ.help_center.documents import counting
from occ.help_center.documents import queries as documents
from occ.help_center.documents.rules import DocumentKind, TopicKind
from occ.help_center.public import queries
from occ.help_center.public.queries import Answer
from occ.help_center.site.rules import Part
from occ.help_center.views import place

bp = Blueprint("hc_notices", __name__, url_prefix="/<service_slug>/hc/<code>/notices")
ASKS, LISTED = ("heading", "tag"), ("after", "before")
IN_FEED = 30


def _number(name: str) -> int | None:
    said = request.args.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


@bp.get("")
@requires(PUBLIC)
@shared(queries.page_facts, asks=ASKS, typed=LISTED)
def index(service_slug: str, code: str) -> Response:
    here = place.place(service_slug, code, part=Part.NOTICES)
    now, service = clock.now(), here.service
    headings = documents.topics(service, TopicKind.HEADING, code)
    tags = documents.topics(service, TopicKind.TAG, code)
    heading, tag = _number("heading"), _number("tag")
    if (heading is not None and heading not in headings) or (tag is not None and tag not in tags):
        place.missing(here)
    page = documents.notice_page(
        service,
        now,
        heading=heading,
        tag=tag,
        after=ui.arg("after"),
        before=ui.arg("before"),
    )
    used = queries.used(service, now)
    values = {
        name: ident for name, ident in (("heading", heading), ("tag", tag)) if ident is not None
    }
    cards = documents.cards(service, page.rows, code)
    title = headings[heading].name if heading is not None else here.say("menu.notices")
    about = " · ".join(card.title for card in cards[:5])
    head = place.head(here, title, about, "hc_notices.index", has=None, **values)
    return place.page(
        "help_center/notices",
        here,
        head=replace(head, hidden=tag is not None or bool(page.previous)),
        headings=[one for one in headings.values() if one.id in used],
        heading=heading,
        tag=tags[tag] if tag is not None else None,
        names=headings,
        tags=tags,
        cards=cards,
        page=page,
        asked=values,
    )


def _count(ident: int, **_values: Any) -> None:
    counting.note_view(ident)


@bp.get("/<int:ident>")
@requires(PUBLIC)
@shared(queries.document_facts, counts=_count)
def notice(service_slug: str, code: str, ident: int) -> Response:
    here = place.place(service_slug, code, part=Part.NOTICES)
    row = documents.published(here.service.id, ident, DocumentKind.NOTICE, clock.now())
    if row is None:
        place.missing(here)
    found = queries.answer(here.service, row, code)
    headings = here.topics(TopicKind.HEADING)
    tags = here.topics(TopicKind.TAG)
    head = place.head(
        here, found.title, found.body, "hc_notices.notice", has=found.has, ident=ident
    )
    return place.page(
        "help_center/notice",
        here,
        head=replace(head, kind="article"),
        found=found,
        views=queries.told_views(ident, row.views),
        heading=headings.get(row.topic_id or 0),
        tags=[tags[one.id] for one in row.tags if one.id in tags],
    )


@bp.get("/feed.atom")
@requires(PUBLIC)
@shared(queries.page_facts)
def feed(service_slug: str, code: str) -> Response:
    """The newest notices in a language, as feed readers take them (RFC 4287)."""
    here = place.place(service_slug, code, part=Part.NOTICES)
    rows = queries.feed(here.service, clock.now(), IN_FEED)
    found = queries.answers(here.service, rows, code)
    text = ui.alike(
        "help_center/feed.xml",
        here=here,
        say=here.say,
        entries=[(one, _begun(one), _changed(one), one.html or _lines(one.body)) for one in found],
        updated=max((_changed(one) for one in found), default=here.service.created_at),
    )
    return Response(text, mimetype="application/atom+xml")


def _begun(one: Answer) -> datetime:
    return one.row.starts_at or one.row.registered_at


def _changed(one: Answer) -> datetime:
    """A scheduled notice is new when it begins."""
    return max(_begun(one), one.row.changed_at)


def _lines(text: str) -> str:
    return str(escape(text)).replace("\n", "<br>")
