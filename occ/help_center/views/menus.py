"""Menus of the help center that lead elsewhere (HC-3)."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from wtforms import BooleanField, TextAreaField

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.forms import Text, VersionedForm
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.core.net import URL_MAX
from occ.core.values import ident as ident_of
from occ.help_center.permissions import HC_SETTINGS
from occ.help_center.site import externals, phrases, queries, rules
from occ.help_center.site.models import HelpCenterMenu
from occ.organization.languages import all_languages
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("hc_menus", __name__, url_prefix="/c/s/<slug>/help-center/menus")


def _languages() -> list[str]:
    return [language.code for language in current_service().shown_languages]


def _menu_form(codes: list[str]) -> type[VersionedForm]:
    """A form with a name a language; the fields are called name-<code>."""

    class MenuForm(VersionedForm):
        address = Text(
            _l("Address"),
            limit=URL_MAX,
            description=_l("It begins with https://."),
            render_kw={"type": "url", "placeholder": "https://"},
        )
        parameters = TextAreaField(
            _l("Parameters"),
            description=_l("One a line, as name=value. They are added to the address."),
            render_kw={"rows": "3", "spellcheck": "false"},
        )
        on_desktop = BooleanField(_l("Shown on desktops"))
        on_phone = BooleanField(_l("Shown on phones"))

        @property
        def draft(self) -> externals.Draft:
            """What was typed. Raises Refused for an address or parameters that are none."""
            return externals.Draft(
                names={code: self[f"name-{code}"].data or "" for code in codes},
                address=rules.check_address(self.address.data or ""),
                parameters=rules.parameters(self.parameters.data or ""),
                on_desktop=bool(self.on_desktop.data),
                on_phone=bool(self.on_phone.data),
            )

    for at, code in enumerate(codes):
        setattr(MenuForm, f"name-{code}", _name(code, required=at == 0))
    return MenuForm


def _name(code: str, *, required: bool) -> Text:
    language = all_languages()[code]
    return Text(
        _l("Name (%(language)s)", language=language.native),
        limit=rules.MENU_MAX,
        required=required,
        render_kw={"lang": language.tag, "dir": "auto", "autocomplete": "off"},
    )


def _menu(ident: int) -> HelpCenterMenu:
    return queries.menu(current_service().id, ident) or abort(404)


@bp.get("")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def index() -> Response:
    return ui.render(
        "hc_menus/index",
        service=current_service(),
        site=queries.site(current_service()),
        language=_languages()[0],
        rows=queries.menus(current_service().id),
    )


def _values(row: HelpCenterMenu | None) -> dict[str, Any]:
    if row is None:
        return {"on_desktop": True, "on_phone": True}
    return {
        **{f"name-{code}": name for code, name in row.names.items()},
        "address": row.address,
        "parameters": "\n".join(f"{name}={value}" for name, value in row.parameters.items()),
        "on_desktop": row.on_desktop,
        "on_phone": row.on_phone,
    }


def _save(row: HelpCenterMenu | None) -> Response:
    of, codes = current_service(), _languages()
    form: Any = _menu_form(codes)(data=_values(row))
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.holds(lambda: externals.check(of, form.draft)):
        with form.saving(stored=lambda: row and queries.menu(current_service().id, row.id)):
            draft = form.draft
            with db.write():
                externals.save(
                    current_service(), row, draft, version=form.seen_version if row else None
                )
            return ui.done(_("Saved."), go=url_for("hc_menus.index", slug=of.slug))
    return ui.render(
        "hc_menus/form",
        status=form.status,
        service=of,
        form=form,
        row=row,
        codes=codes,
        natives={code: all_languages()[code].native for code in codes},
        own=phrases.offered(of),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def edit(ident: int) -> Response:
    return _save(_menu(ident))


@bp.post("/<int:ident>/move")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def move(ident: int) -> Response:
    row = _menu(ident)
    with db.write():
        externals.move(row, ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


@bp.post("/<int:ident>/delete")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    row = _menu(ident)
    with db.write():
        externals.delete(row)
    return ui.done(_("The menu was deleted."))
