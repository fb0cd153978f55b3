"""Which parts of the help center customers find (HC-3)."""

from flask import Blueprint, Response, request, url_for

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.permissions import HC_SETTINGS
from occ.help_center.site import labels, queries, service
from occ.help_center.site.rules import Part
from occ.organization.queries import the_organization
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("hc_settings", __name__, url_prefix="/c/s/<slug>/help-center/parts")
PAGES = {
    Part.FAQ: "hc_faq.index",
    Part.NOTICES: "hc_notices.index",
    Part.INQUIRIES: "hc_inquiries.new",
    Part.CALLBACKS: "hc_callbacks.new",
    Part.COMPANY: "help_center.company",
    Part.WIDGET: "hc_embed.index",
}
PART = f"any({', '.join(part.value for part in Part)})"


@bp.get("")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def index() -> Response:
    of = current_service()
    code, site = of.shown_languages[0].code, queries.site(of)
    return ui.render(
        "hc_settings/index",
        service=of,
        labels=labels,
        on=site.parts,
        leads=[part for part in Part if site.leads(of, part)],
        console=the_organization().url.rstrip("/"),
        home=url_for("help_center.home", service_slug=of.slug),
        addresses={
            part: url_for(endpoint, service_slug=of.slug, code=code)
            for part, endpoint in PAGES.items()
        },
    )


@bp.post(f"/<{PART}:part>")
@requires(HC_SETTINGS, feature=Feature.HELP_CENTER)
def switch(part: str) -> Response:
    on = request.form.get("on") == "1"
    with db.write():
        service.switch_part(current_service(), Part(part), on)
    return ui.done(_("Customers find it now.") if on else _("Customers no longer find it."))
