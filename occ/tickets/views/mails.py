"""Mails of tickets as they came: their HTML apart from the page, what they quote, the original."""

import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, request, send_file, url_for
from markupsafe import Markup, escape

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import storage, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import locale
from occ.mail import queries as received
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.tickets import attachments, mails
from occ.tickets.models import TicketMail
from occ.tickets.permissions import TICKETS
from occ.tickets.views.board import found, own

bp = Blueprint("ticket_mails", __name__, url_prefix="/c/s/<slug>/tickets/<int:ident>/mails")
# a frame whose scripts never run, whose forms lead nowhere; a link opens a tab of its own
SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"
_PICTURE = re.compile(r'<img\b(?:[^>"]|"[^"]*")*>')
_OWN = re.compile(r'\bdata-part="(\d+)"')
_REMOTE = re.compile(r'\bdata-remote="(https:[^"]*)"')
_STYLE = Markup(
    "body{margin:12px;font:14px/1.6 sans-serif;color:#18202c;background:#fff;"
    "overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}"
    "summary{cursor:pointer;color:#4d5868;margin-top:12px}"
)


def _mail(ident: int, number: int) -> TicketMail:
    return mails.mail(found(ident).id, number) or abort(404)


def has_remote(one: TicketMail) -> bool:
    return any(
        _REMOTE.search(picture)
        for html in (one.html, one.quoted_html)
        for picture in _PICTURE.findall(html)
    )


def drawn(html: str, pictures: Mapping[str, str], *, remote: bool) -> Markup:
    """Sanitized HTML of a mail with its own pictures by place, and with those of elsewhere where
    they were asked for.
    """

    def picture(match: re.Match[str]) -> str:
        tag = _OWN.sub(
            lambda own: f'src="{escape(pictures[own[1]])}"' if own[1] in pictures else "", match[0]
        )
        return _REMOTE.sub(r'src="\1"', tag) if remote else tag

    return Markup(_PICTURE.sub(picture, html))  # noqa: S704 - it was sanitized when it was read


@bp.get("/<int:number>")
@requires(TICKETS, feature=Feature.TICKET)
def show(ident: int, number: int) -> Response:
    """The frame that shows the mail as it was sent; remote pictures only when they were asked for,
    of which nothing is kept.
    """
    one = _mail(ident, number)
    return ui.render(
        "tickets/index",
        part="mail_frame",
        address=url_for(".frame", slug=current_service().slug, ident=ident, number=number),
        one=one,
        sandbox=SANDBOX.removeprefix("sandbox "),
        remote="remote" in request.args,
        has_remote=has_remote(one),
    )


@bp.get("/<int:number>/frame")
@requires(TICKETS, feature=Feature.TICKET)
def frame(ident: int, number: int) -> Response:
    """The mail's HTML as a document of its own, in which nothing runs and nothing remote loads.

    Its pictures stand in it: to a frame without an origin browsers send no cookies.
    """
    one, remote = _mail(ident, number), "remote" in request.args
    pictures = attachments.pictures(one)
    body = drawn(one.html, pictures, remote=remote)
    quoted = drawn(one.quoted_html, pictures, remote=remote)
    if quoted:
        folded = Markup("<details><summary>{}</summary>{}</details>")
        body += folded.format(_("Quoted text"), quoted) if body else quoted
    page = Markup(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><base target="_blank">'
        "<title>{}</title><style>{}</style></head><body>{}</body></html>"
    )
    answer = Response(page.format(locale(), _("Mail"), _STYLE, body), mimetype="text/html")
    sources = "'self' data: https:" if remote else "'self' data:"
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src {sources}; style-src 'unsafe-inline'; "
        f"frame-ancestors 'self'; {SANDBOX}"
    )
    return answer


@bp.get("/<int:number>/quoted")
@requires(TICKETS, feature=Feature.TICKET)
def quoted(ident: int, number: int) -> Response:
    """What a mail quotes of others before it."""
    return ui.render("tickets/index", part="mail_quoted", text=_mail(ident, number).quoted)


@bp.get("/<int:number>/original")
@requires(TICKETS, feature=Feature.TICKET, writes=True)
def original(ident: int, number: int) -> Response:
    """The mail as it came, with all its files, to who works on the ticket; recorded (LOG-3)."""
    ticket = own(ident)
    one = mails.mail(ticket.id, number) or abort(404)
    stored = received.mail(ticket.service_id, one.received_id) if one.received_id else None
    path = storage.path(stored.key) if stored and stored.key else None
    if path is None or not path.exists():
        abort(404)
    with db.write():
        audit.work(
            Work.MAIL_ORIGINAL,
            actor=actor(),
            service=current_service(),
            detail={"ticket": ident, "entry": number},
        )
    answer = send_file(
        path,
        mimetype="message/rfc822",
        as_attachment=True,
        download_name=f"mail-{ident}-{number}.eml",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
