"""FAQ and notices beside a ticket: found while somebody answers, put into the answer (TKT-7)."""

from flask import Response, abort

from occ.core import clock, richtext, ui
from occ.core.paging import SIZES
from occ.help_center.documents import finding, history, queries, rules
from occ.help_center.documents.finding import Hit
from occ.help_center.documents.queries import Filters
from occ.help_center.documents.rules import DocumentKind, DocumentState, Readers
from occ.help_center.views.drafting import seen
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.organization.views.address import current_service
from occ.ticket_settings.queries import shown_language


def found(ident: int) -> Response:
    """What fits the words that were typed, also what is for agents only; before any the FAQ that
    were last changed.
    """
    of, ticket = current_service(), seen(ident)
    text = ui.arg("q")
    now = clock.now()
    hits = (
        finding.search(of, ticket.language, text, now, readers=Readers.AGENTS, count=SIZES[0])
        if text
        else _newest(of, ticket.language)
    )
    return ui.render(
        "documents/index", part="beside", service=of, hits=hits, ticket=ticket, readers=Readers
    )


def _newest(of: Service, language: str) -> list[Hit]:
    page = queries.faq_page(of, clock.now(), readers=Readers.AGENTS)
    return [
        Hit(
            card.row.id,
            card.row.kind,
            card.row.readers,
            card.title,
            card.language,
            "",
            card.row.changed_at,
            in_title=True,
        )
        for card in queries.cards(of, page.rows, language)
    ]


def inserted(ident: int, kind: DocumentKind, document: int) -> Response:
    """What a document says in the ticket's language, as the service's editor takes it."""
    of, ticket = current_service(), seen(ident)
    row = queries.published(of.id, document, kind, clock.now(), Readers.AGENTS) or abort(404)
    first = queries.languages(of)[0]
    said = rules.in_language(history.texts_of(row), ticket.language, first) or abort(404)
    text = said[1]
    if of.editor is Editor.HTML:
        words = richtext.without_pictures(text.html) or richtext.html_of(text.body)
    else:
        words = text.body
    return Response(words, mimetype="text/plain")


def for_agents() -> Response:
    """The FAQ that only agents read, the last changed first."""
    of = current_service()
    only = Filters(DocumentKind.FAQ, DocumentState.PUBLISHED, readers=Readers.AGENTS)
    page = queries.document_list(of, only, clock.now())
    shown = queries.cards(of, page.rows[: rules.ON_HOME], shown_language(of))
    return ui.render("documents/index", part="for_agents", service=of, cards=shown)
