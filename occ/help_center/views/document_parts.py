"""What the pages of FAQ and of notices have in common: lists, the form, how customers see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import Response, abort, render_template, request, url_for
from markupsafe import Markup

from occ.audit.views import actor
from occ.core import clock, richtext, ui, xlsx
from occ.core.access import MissingRight, may
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.exports import downloads
from occ.help_center.documents import finding, history, labels, queries, rules, service
from occ.help_center.documents.models import Document, DocumentVersion, NoticeTemplate
from occ.help_center.documents.queries import Branch, Card, Filters
from occ.help_center.documents.rules import (
    STANDS_IN,
    DocumentKind,
    DocumentState,
    NoticeState,
    Piece,
    Readers,
    Text,
    TopicKind,
)
from occ.help_center.documents.service import Draft, Writer
from occ.help_center.forms import FORMS, written
from occ.help_center.permissions import PUBLISH
from occ.help_center.site import queries as sites
from occ.organization.languages import Language, all_languages
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.organization.views.address import current_service
from occ.ticket_settings.queries import shown_language

BLUEPRINTS = {DocumentKind.FAQ: "faq", DocumentKind.NOTICE: "announcements"}
# a page of its own that runs nothing, and stands only in a frame of ours
APART = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; sandbox; "
    "frame-ancestors 'self'"
)


def address(kind: DocumentKind, name: str, **values: Any) -> str:
    """The address of a page of a kind, in the service of this page."""
    return url_for(f"{BLUEPRINTS[kind]}.{name}", slug=current_service().slug, **values)


@dataclass(frozen=True)
class Ways:
    """Where the pages of a kind are, for templates that serve both."""

    kind: DocumentKind

    def to(self, name: str, **values: Any) -> str:
        return address(self.kind, name, **values)


def fetched(kind: DocumentKind, ident: int) -> Document:
    """A document of this service, else 404."""
    return queries.document(current_service().id, ident, kind) or abort(404)


def writer() -> Writer:
    """The viewer as who writes."""
    return Writer(actor(), publishes=may(PUBLISH, current_service()))


def named(codes: Sequence[str]) -> dict[str, str]:
    """Languages by code, in their own names."""
    return {code: all_languages()[code].native for code in codes}


# how customers see a document


@dataclass(frozen=True)
class Reading:
    """A document as customers read it. `fallback` says that it is not in the language that was
    asked for, but in `language`.
    """

    kind: DocumentKind
    language: Language
    fallback: bool
    title: str
    text: str
    html: Markup
    day: date | None
    topics: Sequence[Branch]
    tags: Sequence[str]


def reading(
    of: Service,
    kind: DocumentKind,
    texts: Mapping[str, Text],
    code: str,
    *,
    topic_id: int | None = None,
    tags: Sequence[int] = (),
    day: date | None = None,
) -> Reading | None:
    """Texts in a language, else in the service's first one; None where there is none."""
    found = rules.in_language(texts, code, queries.languages(of)[0])
    if found is None:
        return None
    said, text = found
    named_tags = queries.topics(of, TopicKind.TAG, code) if tags else {}
    return Reading(
        kind=kind,
        language=all_languages()[said],
        fallback=said != code,
        title=text.title,
        text=text.body,
        html=richtext.rich(text.html),
        day=day,
        topics=queries.path(queries.topics(of, STANDS_IN[kind], code), topic_id),
        tags=[named_tags[ident].name for ident in tags if ident in named_tags],
    )


# lists


@dataclass(frozen=True)
class Listing:
    """A list of documents: what is shown of them, and what can be chosen from."""

    kind: DocumentKind
    state: DocumentState
    page: Any
    cards: Sequence[Card]
    counts: Mapping[DocumentState, int]
    topics: Mapping[int, Branch]
    tags: Mapping[int, Branch]
    languages: Mapping[str, str]
    notice_states: Mapping[int, NoticeState]
    order: tuple[str, bool]
    wrong_period: bool

    @property
    def is_faq(self) -> bool:
        return self.kind is DocumentKind.FAQ

    def path(self, ident: int | None) -> str:
        """The way to a topic in words; '' without one."""
        return " › ".join(one.name for one in queries.path(self.topics, ident))

    def missing(self, card: Card) -> list[str]:
        """The languages that a document does not have, in their own names."""
        return [name for code, name in self.languages.items() if code not in card.has]


def _filters(
    kind: DocumentKind, state: DocumentState, topics: Mapping[int, Branch]
) -> tuple[Filters, bool]:
    """What the address asks for, and whether its period is wrong."""
    of, args = current_service(), request.args
    since, until = ui.day("since"), ui.day("until")
    topic = topics.get(ident_of(args.get("topic")) or 0)
    asked = args.get("missing", "")
    return Filters(
        kind=kind,
        state=state,
        topics=topic.whole if topic else None,
        tag=ident_of(args.get("tag")),
        readers=next((one for one in Readers if one.value == args.get("readers")), None),
        notice_state=next((one for one in NoticeState if one.value == args.get("state")), None),
        since=clock.day_start(since, of.time_zone) if since else None,
        until=clock.day_start(until + timedelta(days=1), of.time_zone) if until else None,
        missing=asked if asked in queries.languages(of) else None,
        found=finding.ids(of, ui.arg("q")),
    ), bool(since and until and since > until)


def listing(kind: DocumentKind, state: DocumentState) -> Response:
    """What is published of a kind, or its drafts (HC-2)."""
    of, language = current_service(), shown_language(current_service())
    now = clock.now()
    topics = queries.topics(of, STANDS_IN[kind], language)
    filters, wrong = _filters(kind, state, topics)
    order = ui.sorting(*queries.SORTS, descending=True)
    page = queries.document_list(
        of,
        filters,
        now,
        sort=order[0],
        descending=order[1],
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    is_notice = kind is DocumentKind.NOTICE
    return ui.render(
        "documents/index",
        labels=labels,
        publishes=may(PUBLISH, of),
        listing=Listing(
            kind=kind,
            state=state,
            page=page,
            cards=queries.cards(of, page.rows, language),
            counts=queries.count_of(of.id, kind),
            topics=topics,
            tags=queries.topics(of, TopicKind.TAG, language) if is_notice else {},
            languages=named(queries.languages(of)),
            notice_states={
                row.id: rules.notice_state(row.starts_at, row.ends_at, now)
                for row in page.rows
                if row.starts_at is not None
            },
            order=order,
            wrong_period=wrong,
        ),
        ways=Ways(kind),
        states=NoticeState,
        readers=Readers,
    )


# the form


@dataclass(frozen=True)
class Desk:
    """A document that is written: None of it before it is first saved."""

    kind: DocumentKind
    row: Document | None
    languages: Mapping[str, str]
    formatted: bool
    tags: Mapping[int, Branch]
    ticked: Sequence[int]
    templates: Sequence[Any]
    city: str
    publishes: bool
    pieces: Sequence[Piece] = ()  # of a text that it was made of, with what was taken out

    @property
    def is_faq(self) -> bool:
        return self.kind is DocumentKind.FAQ

    @property
    def published(self) -> bool:
        return self.row is not None and self.row.state is DocumentState.PUBLISHED


def topic_choices(topics: Mapping[int, Branch], none: Any) -> list[tuple[int, str]]:
    """The topics to choose from with the way to each, as the tree has them."""

    def below(some: Sequence[Branch], above: str) -> list[tuple[int, str]]:
        found = []
        for one in some:
            way = f"{above} › {one.name}" if above else one.name
            found += [(one.id, way), *below(one.below, way)]
        return found

    return [(0, str(none)), *below(queries.tops(topics), "")]


def filled(kind: DocumentKind, row: Document | None) -> Any:
    """The form of a document with what is stored of it, or with what the address brings."""
    of = current_service()
    codes = queries.languages(of)
    form = written(FORMS[kind], codes)(obj=row)
    topics = queries.topics(of, STANDS_IN[kind], shown_language(of))
    none = _("Without a category") if kind is DocumentKind.FAQ else _("Choose a heading")
    form.topic.choices = topic_choices(topics, none)
    if request.method == "POST":
        return form
    form.version.data = str(row.version if row else 0)
    if row is not None:
        form.topic.data = row.topic_id or 0
        form.loaded(history.texts_of(row), of.editor)
    elif (template := begun_with(kind)) is not None:
        form.topic.data = template.heading_id or 0
        form.loaded(history.loaded(template.texts), of.editor)
    else:
        form.topic.data = ident_of(request.args.get("topic")) or 0
        form.loaded(_begun(codes), of.editor)
    if kind is DocumentKind.FAQ:
        form.readers.data = (row.readers if row else Readers.CUSTOMERS).value
    elif row is not None and row.starts_at is not None:
        form.starts_at.data = rules.spelt(row.starts_at, of.time_zone)
        form.ends_at.data = rules.spelt(row.ends_at, of.time_zone) if row.ends_at else ""
        form.shown_on.data = str(row.shown_on or "")
    elif kind is DocumentKind.NOTICE:
        form.starts_at.data = rules.spelt(clock.now(), of.time_zone)
    return form


def begun_with(kind: DocumentKind) -> NoticeTemplate | None:
    """The template that the address names, for a notice that is begun with it."""
    asked = ident_of(request.args.get("template")) if kind is DocumentKind.NOTICE else None
    return queries.notice_template(current_service().id, asked)


def _begun(codes: Sequence[str]) -> dict[str, Text]:
    """A title that somebody searched for without a hit."""
    asked = request.args.get("language", "")
    title = ui.arg("title")
    return {asked if asked in codes else codes[0]: Text(title, "")} if title else {}


def _ticked(form: Any, row: Document | None, kind: DocumentKind) -> list[int]:
    """The tags of the form: as they were sent, stored or brought by a template."""
    if request.method == "POST":
        return list(form.tags)
    if row is not None:
        return [one.id for one in row.tags]
    template = begun_with(kind)
    return list(template.tags) if template else []


def _desk(form: Any, kind: DocumentKind, row: Document | None) -> Desk:
    of = current_service()
    is_notice = kind is DocumentKind.NOTICE
    return Desk(
        kind=kind,
        row=row,
        languages=named(queries.languages(of)),
        formatted=of.editor is Editor.HTML,
        tags=queries.topics(of, TopicKind.TAG, shown_language(of)) if is_notice else {},
        ticked=_ticked(form, row, kind),
        templates=queries.notice_templates(of.id) if is_notice and row is None else [],
        city=of.time_zone,
        publishes=may(PUBLISH, of),
    )


def write(kind: DocumentKind, row: Document | None) -> Response:
    """The form of a document, and its save; who only writes drafts changes no published one."""
    of, by = current_service(), writer()
    if row is not None and row.state is DocumentState.PUBLISHED and not by.publishes:
        raise MissingRight(PUBLISH)
    form = filled(kind, row)
    if request.method == "POST":
        publish = request.form.get("publish") == "1" and "draft" not in request.form
        if publish and not by.publishes:
            raise MissingRight(PUBLISH)
        if form.validate():
            with form.saving(stored=lambda: row and queries.document(of.id, row.id, kind)):
                draft = form.draft(of)
                with db.write():
                    saved = service.save(
                        of,
                        kind,
                        row,
                        draft,
                        publish=publish,
                        by=by,
                        version=form.seen_version if row else None,
                    )
                    ident = saved.id
                words = _("It is published.") if publish else _("Saved.")
                return ui.done(words, go=address(kind, "show", ident=ident))
    return _form_page(kind, form, _desk(form, kind, row))


def begun(kind: DocumentKind, texts: Mapping[str, Text], pieces: Sequence[Piece]) -> Response:
    """The form of a new document with texts that were made of something, nothing of it saved."""
    form = filled(kind, None)
    form.loaded(texts, current_service().editor)
    return _form_page(kind, form, replace(_desk(form, kind, None), pieces=pieces))


def _form_page(kind: DocumentKind, form: Any, page: Desk) -> Response:
    return ui.render(
        "documents/form",
        status=form.status,
        service=current_service(),
        form=form,
        desk=page,
        labels=labels,
        stored_texts=history.texts_of(form.stored) if form.stored else {},
        ways=Ways(kind),
    )


def preview(kind: DocumentKind, row: Document | None) -> Response:
    """What is written, or what is stored, as customers see it: for a frame of its page."""
    of = current_service()
    codes = queries.languages(of)
    asked = request.values.get("language-shown", "")
    code = asked if asked in codes else codes[0]
    shown, wrong = None, ""
    if request.method == "POST":
        form = filled(kind, None)
        try:
            draft = form.draft(of)
            texts = {said: text for said, text in draft.texts.items() if text}
            shown = reading(
                of,
                kind,
                texts,
                code,
                topic_id=draft.topic_id,
                tags=draft.tags,
                day=_day(of, draft) if kind is DocumentKind.NOTICE else None,
            )
        except Refused as refused:
            wrong = str(refused.message)
    elif row is not None:
        shown = reading(
            of,
            kind,
            history.texts_of(row),
            code,
            topic_id=row.topic_id,
            tags=[one.id for one in row.tags],
            day=row.shown_on,
        )
    response = Response(
        render_template(
            "documents/preview.html",
            shown=shown,
            wrong=wrong,
            spoken=all_languages()[code],
            service=of,
            theme=sites.site(of).theme,
        ),
        mimetype="text/html",
    )
    response.headers["Content-Security-Policy"] = APART
    return response


def _day(of: Service, draft: Draft) -> date:
    """The day that a notice shows."""
    return draft.shown_on or clock.local_day(draft.starts_at or clock.now(), of.time_zone)


# one document


def show(kind: DocumentKind, ident: int) -> Response:
    """A document with how it stands, and what can be done with it."""
    row, of = fetched(kind, ident), current_service()
    (card,) = queries.cards(of, [row], shown_language(of))
    topics = queries.topics(of, STANDS_IN[kind], shown_language(of))
    return ui.render(
        "documents/show",
        service=of,
        labels=labels,
        kind=kind,
        card=card,
        path=" › ".join(one.name for one in queries.path(topics, row.topic_id)),
        tags=[one.texts.get(shown_language(of), "") for one in row.tags],
        notice_state=(
            rules.notice_state(row.starts_at, row.ends_at, clock.now())
            if row.starts_at is not None
            else None
        ),
        languages=named(queries.languages(of)),
        publishes=may(PUBLISH, of),
        ways=Ways(kind),
    )


def set_state(kind: DocumentKind, ident: int, state: DocumentState) -> Response:
    """Publishes a draft, or takes what is published back to the drafts."""
    row = fetched(kind, ident)
    with db.write():
        service.set_state(current_service(), row, state, by=writer())
    published = state is DocumentState.PUBLISHED
    return ui.done(
        _("It is published.") if published else _("It is a draft again."),
        go=address(kind, "show", ident=ident),
    )


def delete(kind: DocumentKind, ident: int) -> Response:
    row = fetched(kind, ident)
    state = row.state
    with db.write():
        service.delete(current_service(), row, by=writer())
    return ui.done(
        _("The document was deleted."),
        go=address(kind, "index" if state is DocumentState.PUBLISHED else "drafts"),
    )


# former versions


@dataclass(frozen=True)
class Change:
    """What differs between two versions in one language."""

    language: Language
    title: tuple[str, str]
    lines: Sequence[rules.Line]


def _changes(before: DocumentVersion, after: DocumentVersion) -> list[Change]:
    """The languages in which two versions differ."""
    old, new = history.loaded(before.texts), history.loaded(after.texts)
    found = []
    for code in dict.fromkeys((*old, *new)):
        was, now = old.get(code, Text("", "")), new.get(code, Text("", ""))
        if was != now:
            lines = rules.compared(was.body, now.body)
            found.append(Change(all_languages()[code], (was.title, now.title), lines))
    return found


def versions(kind: DocumentKind, ident: int) -> Response:
    """The versions of a document; two of them are compared, the last two at first."""
    row, of = fetched(kind, ident), current_service()
    listed = history.versions(row)
    last = listed[0].number if listed else 0
    after = history.version(row, request.args.get("to", last, int))
    before = history.version(row, request.args.get("from", (after.number if after else 0) - 1, int))
    (card,) = queries.cards(of, [row], shown_language(of))
    return ui.render(
        "documents/versions",
        card=card,
        versions=listed,
        before=before,
        after=after,
        changes=_changes(before, after) if before and after else [],
        may_write=row.state is DocumentState.DRAFT or may(PUBLISH, of),
        ways=Ways(kind),
    )


def restore(kind: DocumentKind, ident: int, number: int) -> Response:
    row = fetched(kind, ident)
    if row.state is DocumentState.PUBLISHED and not may(PUBLISH, current_service()):
        raise MissingRight(PUBLISH)
    former = history.version(row, number) or abort(404)
    with db.write():
        service.restore(current_service(), row, former.number, by=writer())
    return ui.done(
        _("Version %(number)s is what it says now.", number=number),
        go=address(kind, "show", ident=ident),
    )


def excel(kind: DocumentKind) -> Response:
    """All documents of a kind, with what they say in every language."""
    of = current_service()
    words = _("FAQ") if kind is DocumentKind.FAQ else _("Notices of the help center")
    params = {"service": of.id, "kind": kind.value}
    return downloads.answer(
        "documents", xlsx.dated(f"{words} {of.name}"), params, service=of, managers=False
    )
