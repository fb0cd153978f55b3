"""Themes of the help center: written, looked at on desktop and phone, put in use (HC-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField

from occ.core import richtext, storage, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import Form, Text, VersionedForm, clean
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.values import ident as ident_of
from occ.delivery.rules import page
from occ.help_center.permissions import HC_SETTINGS
from occ.help_center.site import colors, labels, phrases, queries, rules, styles, themes
from occ.help_center.site.models import HelpCenterTheme
from occ.help_center.site.rules import SectionKind
from occ.help_center.views import framing, place
from occ.organization.models import Service, ServiceLanguage
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.organization.views.wizard import banner_file

bp = Blueprint("hc_themes", __name__, url_prefix="/c/s/<slug>/help-center/themes")
ONE = "/<int:ident>"
SECTION = f"{ONE}/sections/<name>"


class ThemeForm(VersionedForm):
    name = Text(_l("Name"), limit=rules.NAME_MAX)
    logo = FileField(
        _l("Logo"),
        description=_l("PNG, JPEG or WebP, at most 2 MB."),
        render_kw={"accept": "image/png,image/jpeg,image/webp"},
    )
    without_logo = BooleanField(_l("Without a logo"))
    accent = Text(
        colors.NAMES[colors.ACCENT], limit=7, description=_l("Buttons, links and what is chosen.")
    )
    accent_text = Text(colors.NAMES[colors.ACCENT_TEXT], limit=7)
    hero = Text(
        colors.NAMES[colors.HERO],
        limit=7,
        description=_l("Its text is black or white, whichever is read better."),
    )
    css = TextAreaField(
        _l("CSS"),
        description=_l(
            "For what is inside .hc-main, without url(), @import, @font-face and fixed positions."
        ),
    )

    @property
    def draft(self) -> themes.Draft:
        """What was typed, but for the logo."""
        return themes.Draft(
            name=self.name.data or "",
            colors={name: self[name].data or "" for name in colors.DEFAULT},
            css=clean(self.css.data),
            without_logo=bool(self.without_logo.data),
        )


class NameForm(Form):
    name = Text(_l("Name"), limit=rules.NAME_MAX)


class SectionForm(VersionedForm):
    body = TextAreaField(_l("Content"))


@dataclass(frozen=True)
class Editing:
    """A theme that is written: its sections in order, and those that can be added."""

    row: HelpCenterTheme
    sections: Sequence[Mapping[str, Any]]
    languages: Sequence[ServiceLanguage]

    limit = styles.CSS_MAX
    scope = f".{styles.SCOPE}"

    @property
    def addable(self) -> list[SectionKind]:
        there = {section["kind"] for section in self.sections}
        return [kind for kind in SectionKind if kind.value not in there or kind is SectionKind.TEXT]

    def kind(self, section: Mapping[str, Any]) -> SectionKind:
        return SectionKind(section["kind"])


def _theme(ident: int) -> HelpCenterTheme:
    return queries.theme(current_service().id, ident) or abort(404)


def _index_url() -> str:
    return url_for("hc_themes.index", slug=current_service().slug)


def _edit_url(ident: int) -> str:
    return url_for("hc_themes.edit", slug=current_service().slug, ident=ident)


@bp.get("")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def index() -> Response:
    return ui.render(
        "hc_themes/index", service=current_service(), rows=queries.themes(current_service().id)
    )


def _named(row: HelpCenterTheme | None) -> Response:
    """The name of a new theme, or of a copy."""
    form = NameForm()
    if row and request.method != "POST":
        form.name.data = _("%(name)s (copy)", name=row.name)[: rules.NAME_MAX]
    elif request.method == "POST" and form.validate():
        with form.saving():
            with db.write() as session:
                name = form.name.data or ""
                of = session.get_one(Service, current_service().id)
                made = themes.copy(row, name) if row else themes.add(of, name)
                ident = made.id
            return ui.done(_("The theme was added."), go=_edit_url(ident))
    return ui.render(
        "hc_themes/name", status=form.status, service=current_service(), form=form, row=row
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def new() -> Response:
    return _named(None)


@bp.route(f"{ONE}/copy", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def copy(ident: int) -> Response:
    return _named(_theme(ident))


@bp.route(ONE, methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def edit(ident: int) -> Response:
    row = _theme(ident)
    paint = {**colors.DEFAULT, **row.colors}
    form = ThemeForm(data={"name": row.name, "css": row.css, **paint})
    if request.method != "POST":
        form.version.data = str(row.version)
    elif form.holds(lambda: themes.check(form.draft)):
        with form.saving(stored=lambda: queries.theme(current_service().id, ident)):
            draft = replace(themes.check(form.draft), logo=_logo(form))
            with db.write():
                themes.save(row, draft, version=form.seen_version)
            return ui.done(_("Saved."), go=_edit_url(ident))
    return ui.render(
        "hc_themes/form",
        status=form.status,
        form=form,
        service=current_service(),
        labels=labels,
        editing=Editing(row, row.sections, current_service().shown_languages),
    )


def _logo(form: ThemeForm) -> str | None:
    """The chosen picture, made again and stored before any transaction."""
    upload = form.logo.data
    if not upload or not upload.filename or form.without_logo.data:
        return None
    content = storage.picture(upload.read(storage.IMAGE_BYTES + 1), field="logo")
    return storage.save(content, ".png")


@bp.post(f"{ONE}/delete")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    row = _theme(ident)
    name = row.name
    with db.write():
        themes.delete(row)
    return ui.done(_("“%(name)s” was deleted.", name=name), go=_index_url())


@bp.get(f"{ONE}/look")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def look(ident: int) -> Response:
    """A theme on desktop and phone side by side, before it is put in use."""
    return ui.render(
        "hc_themes/look",
        service=current_service(),
        row=_theme(ident),
        languages=current_service().shown_languages,
        language=_language(),
    )


@bp.post(f"{ONE}/use")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def use(ident: int) -> Response:
    row = _theme(ident)
    name = row.name
    with db.write():
        themes.put_in_use(current_service(), row)
    return ui.done(_("The help center looks like “%(name)s” now.", name=name), go=_index_url())


@bp.post("/shipped")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def shipped() -> Response:
    """Back to the look that came."""
    with db.write():
        themes.put_in_use(current_service(), None)
    return ui.done(_("The help center looks as it came."))


@bp.get(f"{ONE}/logo.png")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def logo(ident: int) -> Any:
    return banner_file(_theme(ident).logo)


# previews


def _language() -> ServiceLanguage:
    return _spoken(request.args.get("language") or None)


def _spoken(code: str | None) -> ServiceLanguage:
    return place.language_of(current_service(), code) or abort(404)


@bp.route(f"{ONE}/preview", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def preview(ident: int) -> Response:
    """The home page in a theme as it is stored, or in what is typed, for a frame of its page."""
    row, shown = _theme(ident), _language()
    drawn = queries.look(row)
    if request.method == "POST":
        try:
            drawn = themes.drawn(row, themes.check(ThemeForm().draft))
        except Refused as refused:
            return framing.framed(
                Response(page(richtext.html_of(str(refused.message)), shown.info.tag))
            )
    return framing.preview(current_service(), shown, drawn)


# sections of the home page


def _key(row: HelpCenterTheme, name: str) -> str:
    return name if themes.section(row, name) else abort(404)


@bp.post(f"{ONE}/sections/add/<kind>")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def add_section(ident: int, kind: str) -> Response:
    row = _theme(ident)
    wanted = next((one for one in SectionKind if one.value == kind), None) or abort(404)
    with db.write():
        key = themes.add_section(row, wanted)
    if wanted is not SectionKind.TEXT:
        return ui.done(_("The section was added."))
    first = current_service().shown_languages[0].code
    return ui.lead(
        url_for(
            "hc_themes.text",
            slug=current_service().slug,
            ident=ident,
            name=key,
            language=first,
        )
    )


@bp.post(f"{SECTION}/move")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def move_section(ident: int, name: str) -> Response:
    row = _theme(ident)
    with db.write():
        themes.move_section(row, _key(row, name), ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


@bp.post(f"{SECTION}/remove")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def remove_section(ident: int, name: str) -> Response:
    row = _theme(ident)
    with db.write():
        themes.remove_section(row, _key(row, name))
    return ui.done(_("The section was removed."))


@bp.route(f"{SECTION}/<language>", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def text(ident: int, name: str, language: str) -> Response:
    """A text of the home page in a language."""
    row = _theme(ident)
    section = themes.section(row, name)
    if section is None or section["kind"] != SectionKind.TEXT.value:
        abort(404)
    spoken = _spoken(language)
    form, composed = SectionForm(), section["texts"].get(language, "")
    if request.method != "POST":
        form.version.data = str(row.version)
    else:
        composed = clean(form.body.data)
        if form.holds(lambda: themes.written(current_service(), composed)):
            with form.saving(stored=lambda: queries.theme(current_service().id, ident)):
                said = themes.written(current_service(), composed)
                with db.write():
                    themes.write_section(row, name, language, said, version=form.seen_version)
                return ui.done(_("Saved."), go=_edit_url(ident))
    return ui.render(
        "hc_themes/text",
        status=form.status,
        form=form,
        service=current_service(),
        row=row,
        key=name,
        section=section,
        language=spoken,
        composed=composed,
        stored=richtext.text_of(
            (themes.section(form.stored, name) or section)["texts"].get(language, "")
        )
        if form.stored
        else None,
        own=phrases.offered(current_service()),
    )
