"""Writing and sending a text (SMS-5)."""

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response, request, url_for

from occ.audit.views import actor
from occ.core import clock, crypto, i18n, ui
from occ.core.access import may, me, requires
from occ.core.db import db
from occ.core.errors import Conflict, Refused
from occ.core.events import emit
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.core.values import ident as ident_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms import history, messages, queries, service, templates
from occ.sms.events import RecipientAsked
from occ.sms.forms import ComposeForm
from occ.sms.labels import sender_text
from occ.sms.models import SmsRecipient, SmsTemplate
from occ.sms.permissions import TEXT_SETTINGS, TEXTS
from occ.sms.presentation import limits, senders
from occ.sms.rules import recipients, reserving
from occ.sms.rules.kinds import PASTED, Message, Picture, Recipient, TextKind, after_night
from occ.sms.rules.pictures import name_of
from occ.sms.rules.recipients import Typed, Typing
from occ.sms.rules.text import ADVERTISES, REFUSES, advertising, body_of, kind_of, title_of
from occ.sms.templates import Branch
from occ.sms.views import pictures
from occ.sms.views.pictures import Shelf

bp = Blueprint("sms", __name__, url_prefix="/c/s/<slug>/sms")
_ABOUT = re.compile(r"(ticket|customer|callback)/([1-9][0-9]{0,9})")
_CAME_FROM = {"ticket": "tickets.detail", "customer": "profiles.show"}  # pages of one thing


@dataclass(frozen=True)
class Composer:
    """What the page offers: who it can be sent from, templates, the one that was chosen, beside
    what and for whom it was opened, and the window of a reserved time; `held` is the text that the
    form had before its template changed, `texted` what the answer that it was opened with was sent
    as before.
    """

    is_on: bool
    senders: Sequence[str]
    tree: Sequence[Branch]
    row: SmsTemplate | None
    asked: RecipientAsked | None
    taken: RecipientAsked | None
    asks_about: bool  # opened for somebody, whose number is known or not
    refusal_number: str
    window: tuple[str, str]
    zone: str
    texted: SmsRecipient | None = None
    held: str = ""
    begins = ADVERTISES

    @property
    def locked(self) -> bool:
        """Whether title and text are the template's, and stay so."""
        return self.row is not None and not self.row.editable

    @property
    def city(self) -> str:
        return i18n.city(self.zone)

    @property
    def ends(self) -> str:
        return f"{REFUSES} {self.refusal_number}"


def _asked(text: str | None, entry: int | None) -> RecipientAsked | None:
    """What a text stands beside and whom it goes to, with what an `entry` there said; None where
    the viewer may not see it.
    """
    named = _ABOUT.fullmatch(text or "")
    ident = ident_of(named[2]) if named else None
    if named is None or ident is None:
        return None
    asked = RecipientAsked(
        current_service().id,
        named[1],
        ident,
        me.member_id,
        me.in_service(current_service().id),
        entry=entry,
    )
    emit(asked)
    return asked if asked.seen else None


def _can_be_texted(asked: RecipientAsked) -> bool:
    """Whether a number is known, and one of Korea."""
    return bool(asked.number) and isinstance(recipients.number_of(asked.number), str)


def _composer(
    row: SmsTemplate | None,
    beside: str | None,
    entry: int | None = None,
    *,
    takes: bool = True,
) -> Composer:
    """What is offered beside something; whom it is about is a recipient where it `takes` them."""
    asked = _asked(beside, entry)
    channel = queries.channel(current_service().id)
    zone = current_service().time_zone
    taken = asked if asked and takes and _can_be_texted(asked) else None
    return Composer(
        is_on=channel is not None and channel.active,
        senders=senders(channel),
        tree=templates.usable(current_service().id),
        row=row,
        asked=asked,
        taken=taken,
        asks_about=bool(beside),
        refusal_number=channel.refusal_number if channel else "",
        window=reserving.bounds(clock.now(), zone),
        zone=zone,
        texted=history.answered(current_service().id, taken.about, taken.part, taken.customer_id)
        if taken
        else None,
    )


def _fill(form: ComposeForm, composer: Composer) -> Shelf:
    """Puts the chosen template into the form."""
    row = composer.row
    if row is None:
        return Shelf()
    form.template.data, form.version.data = row.id, str(row.version)
    form.kind.data, form.title.data, form.body.data = row.kind.value, row.title, row.body
    if row.sender in composer.senders:
        form.sender.data = row.sender
    return Shelf(pictures.of_template(row.images))


def _offer(form: ComposeForm, composer: Composer) -> None:
    form.sender.choices = [(number, sender_text(number)) for number in composer.senders]
    form.template.choices = [
        (0, _("Without a template")),
        *(
            (row.id, row.name)
            for top in composer.tree
            for one in top.below
            for row in one.templates
        ),
    ]


def _page(form: ComposeForm, composer: Composer, shelf: Shelf, part: str = "") -> Response:
    return ui.render(
        "sms/composer",
        part=part,
        status=form.status,
        service=current_service(),
        form=form,
        composer=composer,
        shelf=shelf,
        limits=limits(),
        sets_up=may(TEXT_SETTINGS, current_service()),
    )


@bp.get("")
@requires(TEXTS, feature=Feature.SMS)
def index() -> Response:
    """An empty form, or one for a ticket, customer or callback (`about`) with the answer that was
    given there (`entry`), or of a `template`.
    """
    row = templates.to_send(current_service().id, ident_of(request.args.get("template")))
    composer = _composer(row, request.args.get("about"), ident_of(request.args.get("entry")))
    form = ComposeForm()
    _offer(form, composer)
    form.submit_key.data = crypto.token()
    form.due_at.data = composer.window[0]
    form.about.data = composer.taken.about if composer.taken else ""
    form.beside.data = composer.asked.about if composer.asked else ""
    if composer.taken and composer.taken.said and not composer.texted:
        said, form.entry.data = composer.taken.said, request.args["entry"]
        form.kind.data, form.body.data = kind_of(said).value, said
    return _page(form, composer, _fill(form, composer))


@bp.get("/message")
@requires(TEXTS, feature=Feature.SMS)
def message() -> Response:
    """The part of the form that a template fills."""
    row = templates.to_send(current_service().id, ident_of(request.args.get("template")))
    composer = _composer(row, None)
    form = ComposeForm()
    _offer(form, composer)
    return _page(form, composer, _fill(form, composer), part="message")


@bp.get("/offered")
@requires(TEXTS, feature=Feature.SMS)
def offered() -> Response:
    """The templates of a category, or all of them, to choose from."""
    return ui.render(
        "sms/composer",
        part="offered",
        tree=templates.usable(current_service().id),
        category=ident_of(request.args.get("category")) or 0,
        chosen=0,
    )


def _fill_locked(form: ComposeForm, composer: Composer) -> None:
    """What is a template's as it stands is shown so, whatever a form says of it: browsers leave
    out a kind that cannot be changed (SMS-3).
    """
    row = composer.row
    assert row is not None
    form.kind.data, form.title.data, form.body.data = row.kind.value, row.title, row.body


@dataclass(frozen=True)
class Draft:
    """A text as it was written; a template that is not editable has the last word (SMS-3)."""

    kind: TextKind
    title: str
    body: str
    advertises: bool
    refusal_number: str

    def said_title(self) -> str:
        return title_of(self.kind, self.title)

    def said_body(self) -> str:
        """The body with what advertising needs; raises Refused."""
        if self.advertises and not self.refusal_number:
            raise Refused(
                _(
                    "Advertising needs a number to refuse it by. Ask a manager to set one with the "
                    "channel."
                ),
                "advertising",
            )
        text = advertising(self.body, self.refusal_number) if self.advertises else self.body
        return body_of(self.kind, text if self.body.strip() else "")


def _draft(form: ComposeForm, composer: Composer) -> Draft:
    """What the form says."""
    if composer.locked:
        _fill_locked(form, composer)
    return Draft(
        kind=form.chosen,
        title=form.title.data or "",
        body=form.body.data or "",
        advertises=bool(form.advertising.data),
        refusal_number=composer.refusal_number,
    )


def _row(form: ComposeForm) -> SmsTemplate | None:
    """The template that the form names; raises Refused where it is in use no longer."""
    if not form.template.data:
        return None
    row = templates.to_send(current_service().id, form.template.data)
    if row is None:
        raise Refused(_("This template is no longer in use. Choose another one."), "template")
    return row


def _known(found: RecipientAsked | None) -> Recipient | None:
    """Whom the form was opened for; as typed only for who may see the number."""
    if found is None:
        return None
    return Recipient(found.number, found.number if found.whole else "", found.customer_id)


def _due(form: ComposeForm, composer: Composer) -> datetime | None:
    if not form.reserved:
        return None
    return reserving.instant(form.due_at.data or "", composer.zone, clock.now())


def _listed(typing: Typing, found: RecipientAsked | None) -> list[Typed]:
    """All that a text goes to, the one that was taken over first."""
    first = [Typed(found.number, "")] if found else []
    return first + [one for one in typing.found if not found or one.number != found.number]


@bp.post("")
@requires(TEXTS, feature=Feature.SMS)
def send() -> Response:
    form = ComposeForm()
    problem: Refused | None = None
    try:
        row = _row(form)
    except Refused as refused:
        row, problem = None, refused
    beside, about = form.beside.data, form.about.data
    composer = _composer(row, about or beside, ident_of(form.entry.data), takes=bool(about))
    held = form.body.data or ""
    _offer(form, composer)
    draft = _draft(form, composer)
    typing = recipients.read(form.recipients.data or "")
    shelf = pictures.shelf() if not composer.locked else Shelf(pictures.of_template(row.images))  # type: ignore[union-attr]
    first = [Typed(composer.taken.number, "")] if composer.taken else []

    def refuse_problem() -> None:
        if problem is not None:
            raise problem

    def still_known() -> None:
        """Whom the form was opened for may be erased or out of sight by now."""
        if form.about.data and composer.taken is None:
            form.about.data = ""
            raise Refused(_("No number that can be texted is known here. Enter one."), "recipients")

    def check_sender() -> None:
        if form.sender.data not in composer.senders:
            raise Refused(_("Choose one of the sender numbers."), "sender")

    def as_it_was_seen() -> None:
        """A text that cannot be changed is sent only as whoever sends it has seen it (SMS-3)."""
        if composer.locked and row and form.seen_version != row.version:
            form.conflict(row)
            raise Conflict(_("The template was changed meanwhile; look at it again."), "template")

    if form.holds(
        refuse_problem,
        as_it_was_seen,
        still_known,
        lambda: messages.check_recipients(typing, first),
        check_sender,
        draft.said_title,
        draft.said_body,
        lambda: messages.check_words(current_service().id, draft.said_title(), "title"),
        lambda: messages.check_words(current_service().id, draft.body, "body"),
        lambda: _due(form, composer),
    ):
        with form.saving():
            return _sent(form, composer, draft, typing, shelf)
    if form.stored is not None and row and held != row.body:
        composer = replace(composer, held=held)
    return _page(form, composer, shelf)


def _sent(
    form: ComposeForm, composer: Composer, draft: Draft, typing: Typing, shelf: Shelf
) -> Response:
    """Sends what was checked; raises Refused."""
    is_mms = draft.kind is TextKind.MMS
    kept = shelf.kept if composer.locked else pictures.sent()
    read = pictures.contents if composer.locked else pictures.checked
    images = (
        [Picture(name_of(one.name), content) for one, content in zip(kept, read(kept), strict=True)]
        if is_mms
        else []
    )
    message = Message(
        kind=draft.kind,
        sender=form.sender.data or "",
        title=draft.said_title(),
        body=draft.said_body(),
        pictures=tuple(images),
        advertising=draft.advertises,
    )
    people = messages.recipients(typing.found, _known(composer.taken))
    with db.write():
        made = service.send(
            current_service(),
            message,
            people,
            actor=actor(),
            submit_key=_submit_key(form),
            due_at=_due(form, composer),
            template=composer.row,
            about=composer.taken.about if composer.taken else "",
            part=composer.taken.part if composer.taken else "",
        )
        count, due, waits = made.count, made.due_at, made.due_at > clock.now()
    words = ngettext(
        "The text is on its way to %(num)d recipient.",
        "The text is on its way to %(num)d recipients.",
        count,
    )
    if waits:
        words = _(
            "The text leaves at %(time)s (%(city)s).",
            time=i18n.moment(due, composer.zone),
            city=composer.city,
        )
    return _back(words, composer.asked)


def _back(words: str, asked: RecipientAsked | None) -> Response:
    """To where the text was opened, with the way to what was sent; else to what was sent."""
    slug = current_service().slug
    sent = url_for("sms_history.index", slug=slug)
    if asked is None:
        return ui.done(words, go=sent)
    page = _CAME_FROM.get(asked.kind)
    here = (
        url_for(page, slug=slug, ident=asked.ident)
        if page
        else url_for("callbacks.index", slug=slug)
    )
    return ui.done(words, go=here, link=(sent, _("Sent texts")))


def _submit_key(form: ComposeForm) -> str:
    """What names this form with these words: sent twice it is one text, but changed after it was
    sent (in another tab, or after *back*) it is another.
    """
    facts = {
        name: request.form.getlist(name) for name in sorted(request.form) if name != "csrf_token"
    }
    facts["submit_key"] = [form.submit_key.data or crypto.token()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@bp.post("/check")
@requires(TEXTS, feature=Feature.SMS)
def check() -> Response:
    """What the form would do as it stands: to whom, what it costs, and when it leaves."""
    form = ComposeForm()
    composer = _composer(
        templates.to_send(current_service().id, form.template.data), form.about.data
    )
    typing = recipients.read(form.recipients.data or "")
    draft = _draft(form, composer)
    count = len(_listed(typing, composer.taken))
    leaves: datetime | None = None
    with suppress(Refused):  # nothing chosen yet
        leaves = _due(form, composer)
    moved = False
    if draft.advertises:
        at = leaves or clock.now()
        moved = after_night(at) != at
        leaves = after_night(at) if moved else leaves
    return ui.render(
        "sms/composer",
        part="check",
        typing=typing,
        count=count,
        doubles=typing.doubles + len(typing.found) + bool(composer.taken) - count,
        why=messages.why,
        too_many=messages.too_many() if typing.cut or len(typing.found) > PASTED else "",
        cost=messages.cost(draft.kind, count),
        leaves=i18n.moment(leaves, composer.zone) if leaves else "",
        city=composer.city,
        moved=moved,
    )
