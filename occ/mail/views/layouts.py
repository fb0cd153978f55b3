"""How mails of answers look (MAIL-2): a layout a kind and language, seen and tried before it is
saved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for
from wtforms import TextAreaField

from occ.core import richtext, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import VersionedForm, clean
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.delivery.rules import page
from occ.identity import queries as identity
from occ.mail import labels, layouts, sending
from occ.mail.models import MailLayout
from occ.mail.permissions import MAIL_SETTINGS
from occ.mail.rules import LAYOUT_MAX, LayoutKind
from occ.organization.languages import Language, all_languages
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import forbidden_in, unknown

bp = Blueprint("mail_layouts", __name__, url_prefix="/c/s/<slug>/mail/layouts")
ONE = "/<any(resolved, hold, manual):kind>/<language>"
# a page of its own that runs nothing, loads nothing, and stands only in a frame of ours
APART = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox; "
    "frame-ancestors 'self'"
)


class LayoutForm(VersionedForm):
    body = TextAreaField(_l("Content"))


@dataclass(frozen=True)
class Listed:
    """A layout of the list: whether the service wrote it, and what became wrong with it."""

    language: Language
    is_own: bool
    empty: Sequence[str]
    forbidden: Sequence[str]


@dataclass(frozen=True)
class Writing:
    """A layout that is written: its text as the service's editor loads it, and what may stand in
    it.
    """

    kind: LayoutKind
    language: Language
    is_own: bool
    placeholders: Mapping[str, str]
    formatted: bool
    composed: str
    receiver: str

    limit = LAYOUT_MAX


def _language(code: str) -> Language:
    return all_languages()[code] if code in settings.languages(current_service()) else abort(404)


@bp.get("")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def index() -> Response:
    of = current_service()
    own, known, words = layouts.own(of), layouts.places(of), settings.words(of.id)

    def listed(kind: LayoutKind, code: str) -> Listed:
        said = own.get((kind, code))
        text = said.text if said else ""
        hits = forbidden_in(text, words)
        return Listed(
            language=all_languages()[code],
            is_own=said is not None,
            empty=unknown([text], known),
            forbidden=list(dict.fromkeys(hit.there for hit in hits)),
        )

    return ui.render(
        "mail_layouts/index",
        service=of,
        labels=labels,
        kinds={
            kind: [listed(kind, code) for code in settings.languages(of)] for kind in LayoutKind
        },
    )


def _said(composed: str) -> richtext.Writing:
    """The text of the sent form; raises Refused for one that no editor writes."""
    keeps = current_service().editor is Editor.HTML
    return richtext.received(composed, drawn=request.form.get("formatted") == "1", keeps=keeps)


def _loaded(said: richtext.Writing) -> str:
    """A layout as the service's editor loads it."""
    if current_service().editor is not Editor.HTML:
        return said.text
    return said.html or richtext.html_of(said.text)


@bp.route(ONE, methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def edit(kind: str, language: str) -> Response:
    of, wanted, spoken = current_service(), LayoutKind(kind), _language(language)
    form, row = LayoutForm(), layouts.row(of, wanted, language)
    composed = _loaded(layouts.layout(of, wanted, language))

    def stored() -> MailLayout | None:
        return layouts.row(current_service(), wanted, language)

    if request.method != "POST":
        form.version.data, form.body.data = str(row.version if row else 0), composed
    else:
        composed = clean(form.body.data)
    if request.method == "POST" and form.holds(lambda: layouts.check(of, _said(composed))):
        with form.saving(stored=stored):
            said = _said(composed)
            with db.write() as session:
                layouts.save(
                    session.get_one(Service, of.id),
                    wanted,
                    language,
                    said,
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=url_for("mail_layouts.index", slug=of.slug))
    return ui.render(
        "mail_layouts/form",
        status=form.status,
        form=form,
        service=of,
        labels=labels,
        writing=Writing(
            kind=wanted,
            language=spoken,
            is_own=row is not None,
            placeholders=layouts.places(of),
            formatted=of.editor is Editor.HTML,
            composed=composed,
            receiver=_own_address(),
        ),
    )


@bp.route(f"{ONE}/preview", methods=["GET", "POST"])
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def preview(kind: str, language: str) -> Response:
    """A mail in the layout that is written, or in the stored one, for a frame of its page."""
    of, wanted, spoken = current_service(), LayoutKind(kind), _language(language)
    look, wrong = layouts.layout(of, wanted, language), ""
    if request.method == "POST":
        try:
            look = _said(clean(request.form.get("body")))
            layouts.check(of, look)
        except Refused as refused:
            wrong = str(refused.message)
    mail = layouts.sample(of, look, spoken, me.name)
    shown = richtext.html_of(wrong or mail.text) if wrong or not mail.html else mail.html
    response = Response(page(shown, spoken.tag), mimetype="text/html")
    response.headers["Content-Security-Policy"] = APART
    return response


@bp.post(f"{ONE}/test")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def test(kind: str, language: str) -> Response:
    """A test mail to oneself, in the layout that is written."""
    of, _wanted, spoken = current_service(), LayoutKind(kind), _language(language)
    look = _said(clean(request.form.get("body")))
    layouts.check(of, look)
    to = _own_address()
    with db.write() as session:
        service_now = session.get_one(Service, of.id)
        sample = layouts.sample(service_now, look, spoken, me.name)
        sending.test(service_now, to, sample, spoken.tag)
    return ui.done(_("A test mail is on its way to %(address)s.", address=to))


def _own_address() -> str:
    member = identity.member(me.member_id)
    return member.email if member else ""


@bp.post(f"{ONE}/reset")
@requires(MAIL_SETTINGS, feature=Feature.MAIL)
def reset(kind: str, language: str) -> Response:
    _language(language)
    with db.write() as session:
        of = session.get_one(Service, current_service().id)
        layouts.reset(of, LayoutKind(kind), language)
    return ui.done(
        _("The shipped layout is used again."),
        go=url_for("mail_layouts.index", slug=current_service().slug),
    )
