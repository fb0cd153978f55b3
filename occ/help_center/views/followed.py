"""What a customer sees of one of their inquiries, whichever way led there: the page, its files, a
further text (HC-1, TKT-1, TKT-6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from occ.core import clock, files, i18n, storage, ui
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.fields import queries as fields
from occ.help_center.inquiries import queries, rules, service, tokens
from occ.help_center.views import sheet as sheets
from occ.help_center.views.place import Place, show
from occ.help_center.views.sheet import Kept
from occ.tickets import intake
from occ.tickets import rules as tickets
from occ.tickets.intake import Written
from occ.tickets.models import Ticket
from occ.tickets.values import labels
from occ.tickets.values import queries as values
from occ.tickets.values.labels import Held

BODY_MAX = 6 * files.BYTES + 1024 * 1024
"""Bytes of a further text with five files."""


@dataclass
class Further:
    """A further text as it was typed, with the files that were sent with it."""

    stamp: str
    body: str = ""
    attached: list[Kept] = field(default_factory=list)
    errors: dict[str, Any] = field(default_factory=dict)

    limit = tickets.BODY_MAX
    files_most = intake.FILES_MAX

    def refuse(self, error: Refused) -> None:
        self.errors.setdefault(error.field or "", error.message)


def _new_stamp() -> str:
    made = sheets.fresh(filled=True)
    return tokens.stamp(made.key, made.opened)


def _said(here: Place, ticket: Ticket) -> Sequence[Held]:
    """What the customer entered in fields; hidden where it is personal."""
    asked = fields.asked(here.service, ticket.intake_id, manager=False).own
    held = labels.held(asked, values.rows(ticket.id), whole=True)
    return [one for one in held if one.hidden or one.purged or one.text]


def after(page: str, ticket: Ticket) -> BaseResponse:
    """Back to the page of an inquiry that a text has just joined or begun, which says so."""
    token = tokens.receipt(db.key_of(ticket), clock.now() + rules.RECEIPT_FOR)
    return redirect(ui.with_query(page, {"sent": token}), 303)


def _was_sent(ticket: Ticket) -> bool:
    """Whether the address comes from a text that was sent just now: no other makes such a token."""
    token = tokens.of_receipt(request.args.get("sent", ""))
    return token is not None and token.ticket_id == ticket.id and clock.now() < token.until


def shown(
    here: Place, ticket: Ticket, page: str, *, back: str = "", further: Further | None = None
) -> Response:
    """The page of an inquiry, whose own address is `page`; `back` is that of the list it is of."""
    i18n.speak(here.words)
    further = further or Further(_new_stamp())
    return apart(
        show(
            "help_center/inquiry_followed",
            here,
            status=422 if further.errors else 200,
            ticket=ticket,
            stage=queries.stage(ticket).value,
            lines=queries.story(ticket, f"{page}/files"),
            held=_said(here, ticket),
            further=further,
            page=page,
            back=back,
            sent=_was_sent(ticket),
        )
    )


def apart(response: Response) -> Response:
    """A page whose address no other site learns, and no search engine keeps."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def reply(here: Place, ticket: Ticket) -> tuple[Further, Ticket | None]:
    """A further text, and the ticket that it joined or began; None where something is wrong with
    it, which its words say.
    """
    sent = request.form.get("stamp", "")
    stamp = tokens.of_stamp(sent)
    further = Further(sent if stamp else _new_stamp(), clean(request.form.get("body")))
    further.attached = sheets.attached(here, further.refuse)
    if stamp is None:
        further.refuse(Refused(_("This page has expired. Look at it once more, then send it.")))
    try:
        tickets.check_body(further.body)
    except Refused as error:
        further.refuse(error)
    if further.errors or stamp is None:
        return further, None
    uploads = [one.upload for one in further.attached]
    title = ticket.subject or f"#{ticket.id}"
    written = Written(title, further.body, ticket.intake_id, files=uploads)
    language = here.language.code
    try:
        with db.write():
            joined = service.reply(here.service, ticket, written, language=language, key=stamp.key)
        return further, joined
    except Refused as error:
        further.refuse(error)
        return further, None


def file(ticket: Ticket, number: int) -> BaseResponse:
    """A file of what the customer sees; else 404."""
    row = queries.file(ticket, number)
    if row is None or not storage.path(row.key).exists():
        abort(404)
    answer = files.answer(row.key, row.name, row.kind, download="download" in request.args)
    return apart(answer)
