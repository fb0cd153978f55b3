"""The voice menu's page: draft, publishing, history, and the test call (ARS-2, ARS-8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import Blueprint, Response, abort, request, url_for

from occ.ars import menus, presentation, queries, speech
from occ.ars.labels import DAYS, EXTRAS, HOLIDAY_KINDS, LANGUAGES
from occ.ars.models import ArsDraft, ArsVersion
from occ.ars.permissions import ARS
from occ.ars.rules.compare import differences
from occ.ars.rules.flow import Scene
from occ.ars.rules.menu import Ars, Language, from_json, voice_in
from occ.core import ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.i18n import day_letters
from occ.core.i18n import gettext as _
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("voice_menu", __name__, url_prefix="/c/s/<slug>/ars")
DRAFT, PUBLISHED, NOTHING = "draft", "published", "nothing"


@dataclass(frozen=True)
class Draft:
    """The draft as its page shows it, beside the version that callers hear."""

    ars: Ars
    scene: Scene
    published: ArsVersion | None
    saved: ArsDraft | None
    changed: int
    notes: Sequence[presentation.Note]
    sentences: Sequence[tuple[Language, str]]
    week: presentation.Week
    month: presentation.Month

    names = LANGUAGES
    extras = EXTRAS
    kinds = HOLIDAY_KINDS
    kinds_of_days = DAYS

    @property
    def languages(self) -> Sequence[Language]:
        return self.scene.languages

    @property
    def today(self) -> date:
        return self.scene.local.date()


def _draft(ars: Ars, scene: Scene) -> Draft:
    service, published = current_service(), menus.newest(current_service().id)
    return Draft(
        ars=ars,
        scene=scene,
        published=published,
        saved=menus.draft_row(service.id),
        changed=len(differences(from_json(published.content) if published else Ars(), ars)),
        notes=presentation.notes(service, ars, scene),
        sentences=presentation.sentences(ars, scene.languages),
        week=presentation.week(ars),
        month=presentation.month(ars, ui.arg("month"), scene.local.date()),
    )


@bp.get("")
@requires(ARS, feature=Feature.PHONE)
def index() -> Response:
    """The draft with its findings, a test call and the holiday calendar."""
    ars = menus.draft(current_service())
    scene = menus.scene(current_service())
    return ui.render(
        "voice_menu/index",
        service=current_service(),
        draft=_draft(ars, scene),
        played=_played(ars, DRAFT, scene),
        phone=queries.phone_service(current_service().id),
        voice_in=voice_in,
        presentation=presentation,
        day_letters=day_letters(),
    )


@dataclass(frozen=True)
class Played:
    """A test call: through which menu, when, the keys that were pressed, and what is heard."""

    which: str
    at: datetime
    inputs: str = ""
    call: presentation.TestCall | None = None


def _played(ars: Ars, which: str, scene: Scene) -> Played:
    local, inputs = (
        presentation.moment(ui.arg("at"), scene),
        request.args.get("keys", "")[: presentation.STEPS_MAX],
    )
    call = (
        presentation.test_call(ars, replace(scene, local=local), inputs)
        if "keys" in request.args
        else None
    )
    return Played(which, local, inputs, call)


@bp.get("/test")
@requires(ARS, feature=Feature.PHONE)
def test() -> Response:
    """A call at a chosen time through the draft or what is published; its
    keys are in the address (ARS-8).
    """
    which = PUBLISHED if ui.arg("of") == PUBLISHED else DRAFT
    ars = menus.draft(current_service()) if which == DRAFT else menus.published(current_service())
    scene = menus.scene(current_service())
    return ui.render(
        "voice_menu/index",
        part="test",
        service=current_service(),
        missing=ars is None,
        played=_played(ars, which, scene) if ars is not None else Played(which, scene.local),
    )


@bp.route("/publish", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def publish() -> Response:
    """Shows what will change for callers; then speaks every text and lets the next call hear the
    draft.
    """
    ars = menus.draft(current_service())
    if request.method != "POST":
        heard, scene = menus.newest(current_service().id), menus.scene(current_service())
        return ui.render(
            "voice_menu/publish",
            service=current_service(),
            changes=presentation.changes(from_json(heard.content) if heard else Ars(), ars, scene),
            notes=presentation.notes(current_service(), ars, scene),
            heard=_("Version %(number)s", number=heard.number) if heard else "",
            seal=menus.seal(ars),
        )
    speech.make(menus.lines(current_service(), ars))
    with db.write():
        made = menus.publish(current_service(), by=me.name, seen=request.form.get("seal", ""))
        number = made.number
    return ui.done(_("Version %(number)s is published. The next call hears it.", number=number))


@bp.route("/discard", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def discard() -> Response:
    """Takes the draft back to what is published."""
    if request.method != "POST":
        ars = menus.draft(current_service())
        return ui.render(
            "voice_menu/discard",
            service=current_service(),
            count=menus.published_changes(current_service(), ars),
        )
    with db.write():
        menus.discard(current_service())
    return ui.done(_("The draft is as published again."))


@bp.get("/history")
@requires(ARS, feature=Feature.PHONE)
def history() -> Response:
    """Published versions, newest first."""
    return ui.render(
        "voice_menu/history",
        service=current_service(),
        rows=menus.versions(current_service().id),
    )


def _menu(ident: str) -> tuple[str, Ars]:
    """(name, menu) of a version number, of the draft, or of what is heard before the first one,
    which has no name.
    """
    if ident == DRAFT:
        return _("Draft"), menus.draft(current_service())
    if ident == NOTHING:
        return "", Ars()
    found = (
        menus.version(current_service().id, int(ident))
        if ident.isascii() and ident.isdigit() and len(ident) < 9
        else None
    )
    if found is None:
        abort(404)
    return _("Version %(number)s", number=found.number), menus.of_version(found.id)


@bp.get("/history/<int:number>")
@requires(ARS, feature=Feature.PHONE)
def version(number: int) -> Response:
    """What a version changed against another one: the one before it, unless `with` names one."""
    shown = menus.version(current_service().id, number) or abort(404)
    other = ui.arg("with") or (str(number - 1) if number > 1 else NOTHING)
    name, before = _menu(other)
    changes = presentation.changes(
        before, menus.of_version(shown.id), menus.scene(current_service())
    )
    return ui.render(
        "voice_menu/version",
        service=current_service(),
        row=shown,
        rows=menus.versions(current_service().id),
        other=other,
        other_name=name,
        changes=changes,
    )


@bp.post("/history/<int:number>/restore")
@requires(ARS, feature=Feature.PHONE)
def restore(number: int) -> Response:
    """Puts a version into the draft."""
    found = menus.version(current_service().id, number) or abort(404)
    with db.write():
        menus.restore(current_service(), found, by=me.name)
    words = _(
        "Version %(number)s is in the draft. Publish it to let callers hear it.", number=number
    )
    return ui.done(words, go=url_for("voice_menu.index", slug=current_service().slug))
