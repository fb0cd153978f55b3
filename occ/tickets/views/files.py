"""Files on tickets: sent while writing, taken away again, fetched (TKT-6)."""

from flask import Blueprint, Response, abort, request

from occ.core import files, storage, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.tickets import attachments
from occ.tickets.models import Attachment, Ticket
from occ.tickets.permissions import TICKETS
from occ.tickets.views.board import found

bp = Blueprint("ticket_files", __name__, url_prefix="/c/s/<slug>/tickets")


def _pending(ticket: Ticket, error: Refused | None = None) -> Response:
    """The files that wait for the text, with what was refused."""
    return ui.render(
        "tickets/index",
        part="files",
        status=error.status if error else 200,
        service=current_service(),
        ticket=ticket,
        pending=attachments.pending(ticket.id, me.member_id),
        file_error=error.message if error else None,
    )


def _file(ident: int, number: int) -> Attachment:
    return attachments.attachment(found(ident).id, number, me.member_id) or abort(404)


@bp.post("/<int:ident>/files")
@requires(TICKETS, feature=Feature.TICKET)
def upload(ident: int) -> Response:
    """Takes files; each is stored before its row is made."""
    ticket, error = found(ident), None
    for sent in request.files.getlist("file")[: attachments.PENDING_MAX + 1]:
        content = sent.read()
        try:
            files.check(content)
            key = storage.save(content, "")
            with db.write():
                attachments.add(
                    ticket, me.member_id, name=sent.filename or "", key=key, content=content
                )
        except Refused as refused:
            error = refused
    return _pending(found(ident), error)


upload.body_max = 3 * files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


@bp.get("/<int:ident>/files/<int:number>")
@requires(TICKETS, feature=Feature.TICKET)
def fetch(ident: int, number: int) -> Response:
    row = _file(ident, number)
    if not storage.path(row.key).exists():
        abort(404)
    return files.answer(row.key, row.name, row.kind, download="download" in request.args)


@bp.post("/<int:ident>/files/<int:number>/remove")
@requires(TICKETS, feature=Feature.TICKET)
def remove(ident: int, number: int) -> Response:
    """Takes back a file that nothing was written for yet."""
    row = _file(ident, number)
    key = row.key
    with db.write():
        is_gone = attachments.take_back(number, me.member_id)
    if not is_gone:
        abort(404)
    storage.remove(key)
    return _pending(found(ident))
