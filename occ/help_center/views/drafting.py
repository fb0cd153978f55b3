"""A draft of a FAQ from a ticket that was answered: what tells whom it was about is taken out, and
shown before anything is saved (HC-2).
"""

from collections.abc import Sequence

from flask import Response, abort

from occ.core.access import MissingRight, may, me
from occ.help_center.documents import queries, rules
from occ.help_center.documents.rules import DocumentKind, Piece, Text
from occ.help_center.views import document_parts as parts
from occ.organization.views.address import current_service
from occ.tickets import queries as tickets
from occ.tickets.models import Ticket, TicketEntry
from occ.tickets.permissions import TICKETS
from occ.tickets.queries import Viewer
from occ.tickets.rules import Entry


def seen(ident: int) -> Ticket:
    """A ticket that the viewer may see, else 404; refuses who has no right to tickets at all."""
    of = current_service()
    rights = me.in_service(of.id)
    if not may(TICKETS, of) or rights is None:
        raise MissingRight(TICKETS)
    return tickets.ticket(Viewer(of.id, me.member_id, rights.manager), ident) or abort(404)


def from_ticket(ident: int) -> Response:
    """The form of a new FAQ with the title and the last answer of a ticket, scrubbed."""
    of, ticket = current_service(), seen(ident)
    story = tickets.entries(ticket.id)
    answers = [one for one in story if one.kind is Entry.ANSWER]
    if not answers:
        abort(404)
    names = _names(ticket, story)
    title = rules.pieces(ticket.subject, names)
    body = rules.pieces(answers[-1].body, names)
    codes = queries.languages(of)
    code = ticket.language if ticket.language in codes else codes[0]
    said = Text(_left(title)[: rules.TITLE_MAX], _left(body))
    return parts.begun(DocumentKind.FAQ, {code: said}, [*title, Piece("\n\n"), *body])


def _left(pieces: Sequence[Piece]) -> str:
    return "".join(rules.OUT if one.taken else one.text for one in pieces)


def _names(ticket: Ticket, story: Sequence[TicketEntry]) -> set[str]:
    """Who has to do with a ticket, as they may be named in its answers."""
    customer = ticket.customer
    known = {one.author for one in story} | {customer.name or "" if customer else ""}
    return {name for name in known if len(name) > 1}
