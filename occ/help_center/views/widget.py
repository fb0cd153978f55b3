"""The widget of a help center: the sites that may show it, and the script that they load (HC-3)."""

import json
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import TextAreaField

from occ.core import ui
from occ.core.access import PUBLIC, requires
from occ.core.db import db
from occ.core.forms import VersionedForm
from occ.core.i18n import gettext as _
from occ.core.i18n import lazy_gettext as _l
from occ.help_center.permissions import HC_SETTINGS
from occ.help_center.site import colors, queries, rules, service
from occ.help_center.site.rules import Part
from occ.help_center.views import place
from occ.organization.queries import the_organization
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("hc_widget", __name__, url_prefix="/c/s/<slug>/help-center/widget")
public_bp = Blueprint("hc_script", __name__, url_prefix="/<service_slug>/hc")
FRESH = 300  # seconds for which browsers keep the script unasked
TEXTS = ("title", "open", "close", "away")


class WidgetForm(VersionedForm):
    origins = TextAreaField(
        _l("Sites that may show it"),
        description=_l("One address a line, such as https://shop.example, without a path."),
        render_kw={"rows": "5", "spellcheck": "false", "placeholder": "https://"},
    )


@bp.route("", methods=["GET", "POST"])
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def index() -> Response:
    of, row = current_service(), queries.widget(current_service().id)
    form = WidgetForm(data={"origins": "\n".join(row.origins if row else ())})
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.holds(lambda: rules.origins(form.origins.data or "")):
        with form.saving(stored=lambda: queries.widget(current_service().id)):
            with db.write():
                service.save_origins(
                    current_service(),
                    rules.origins(form.origins.data or ""),
                    version=form.seen_version,
                )
            return ui.done(_("Saved."), go=url_for("hc_widget.index", slug=of.slug))
    return ui.render(
        "hc_widget/index",
        status=form.status,
        service=of,
        form=form,
        is_on=Part.WIDGET in queries.site(of).parts,
        console=the_organization().url.rstrip("/"),
        script=url_for("hc_script.script", service_slug=of.slug),
    )


@cache
def _bundle(path: str, _digest: str) -> str:
    """The script as set-up made it."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def _set_up(here: place.Place) -> dict[str, Any]:
    """What the script has to know: nothing that a visitor could not see."""
    theme = here.site.theme
    paint = {**colors.DEFAULT, **(theme.colors if theme else {})}
    return {
        "origins": list(here.site.origins),
        "accent": paint[colors.ACCENT],
        "text": paint[colors.ACCENT_TEXT],
        "languages": {
            one.code: {
                "tag": one.info.tag,
                "direction": one.info.direction,
                "texts": {name: here.site.say(f"widget.{name}", one.code) for name in TEXTS},
            }
            for one in here.service.shown_languages
        },
    }


@public_bp.get("/widget.js")
@requires(PUBLIC)
def script(service_slug: str) -> BaseResponse:
    """The script of a service's widget, with its sites, colours and words."""
    here = place.place(service_slug, part=Part.WIDGET)
    code = _bundle(
        f"{current_app.static_folder}/dist/widget.js", current_app.config["STATIC_DIGEST"]
    )
    site = json.dumps(_set_up(here), ensure_ascii=False, separators=(",", ":"))
    response = Response(f"(SITE=>{{{code}}})({site});\n", mimetype="text/javascript")
    response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    response.add_etag()
    return response.make_conditional(request)
