"""Wordings of the help center in each language, by their codes, and texts of its own (HC-3)."""

from typing import Any

from flask import Blueprint, Response, abort, request
from wtforms import TextAreaField

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.forms import Text, VersionedForm, clean
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.i18n import lazy_pgettext as _c
from occ.help_center.permissions import HC_SETTINGS
from occ.help_center.site import phrases, rules
from occ.help_center.site.phrases import Phrase
from occ.organization.languages import all_languages
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("hc_texts", __name__, url_prefix="/c/s/<slug>/help-center/texts")


def _languages() -> list[str]:
    return [language.code for language in current_service().shown_languages]


def _text_form(codes: list[str]) -> type[VersionedForm]:
    """A form with a text a language; the fields are called text-<code>."""

    class TextForm(VersionedForm):
        code = Text(
            _c("text", "Code"),
            limit=rules.CODE_MAX,
            description=_l(
                "It is written as #{code} in menus and sections, and cannot be changed."
            ),
        )

        @property
        def texts(self) -> dict[str, str]:
            return {code: clean(self[f"text-{code}"].data) for code in codes}

    for code in codes:
        setattr(TextForm, f"text-{code}", _field(code))
    return TextForm


def _field(code: str) -> Any:
    language = all_languages()[code]
    return TextAreaField(
        language.native,
        render_kw={
            "rows": "3",
            "maxlength": str(rules.WORDING_MAX),
            "lang": language.tag,
            "dir": "auto",
        },
    )


@bp.get("")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def index() -> Response:
    codes = _languages()
    missing = ui.arg("missing")
    language = ui.arg("language")
    return ui.render(
        "hc_texts/index",
        service=current_service(),
        languages={code: all_languages()[code] for code in codes},
        language=language if language in codes else codes[0],
        rows=phrases.phrases(
            current_service(),
            asked=ui.arg("q"),
            only=ui.arg("only"),
            missing=missing if missing in codes else "",
        ),
    )


def _page(form: Any, row: Phrase | None) -> Response:
    codes = _languages()
    return ui.render(
        "hc_texts/text",
        status=form.status,
        service=current_service(),
        form=form,
        row=row,
        codes=codes,
        natives={code: all_languages()[code].native for code in codes},
        uses=phrases.uses(current_service(), row.code) if row and row.is_own else 0,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def new() -> Response:
    form: Any = _text_form(_languages())()
    if request.method == "POST":
        texts = form.texts
        if form.holds(
            lambda: rules.own_code(form.code.data or ""),
            lambda: phrases.check(form.code.data or "", texts),
        ):
            with form.saving():
                with db.write():
                    phrases.add(current_service(), rules.own_code(form.code.data), texts)
                return ui.done(_("Saved."))
    return _page(form, None)


@bp.route("/code/<code>", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def edit(code: str) -> Response:
    row = phrases.phrase(current_service(), code) or abort(404)
    form: Any = _text_form(_languages())(
        data={f"text-{language}": text for language, text in row.texts.items()}
    )
    form.code.data = code
    if request.method != "POST":
        form.version.data = str(row.version)
    else:
        texts = form.texts
        if form.holds(lambda: phrases.check(code, texts)):
            with form.saving(stored=lambda: phrases.phrase(current_service(), code)):
                with db.write():
                    phrases.save(current_service(), code, texts, version=form.seen_version)
                return ui.done(_("Saved."))
    return _page(form, row)


@bp.post("/code/<code>/delete")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def delete(code: str) -> Response:
    """Deletes a text of the service's own; one of the console's is as it comes."""
    row = phrases.phrase(current_service(), code) or abort(404)
    with db.write():
        if row.is_own:
            phrases.delete(current_service(), code)
        else:
            phrases.reset(current_service(), code)
    if row.is_own:
        return ui.done(_("“%(name)s” was deleted.", name=code))
    return ui.done(_("The text is as it comes again."))
