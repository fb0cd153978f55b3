"""What customers consent to who write in a service's help center, version by version (HC-1)."""

from flask import Blueprint, Response, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.inquiries import queries, service
from occ.help_center.inquiries.forms import consent_form
from occ.help_center.inquiries.permissions import INQUIRY_FORM
from occ.help_center.site import queries as sites
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings.queries import languages

bp = Blueprint("inquiry_settings", __name__, url_prefix="/c/s/<slug>/inquiry-form")


@bp.route("", methods=["GET", "POST"])
@requires(INQUIRY_FORM, feature=Feature.HELP_CENTER)
def index() -> Response:
    """The text of now as a form, with all versions below; until a manager writes one it is the text
    as it came.
    """
    here, codes = current_service(), languages(current_service())
    form = consent_form(codes)()
    versions = queries.consents(here.id)
    if form.is_submitted():
        if form.validate():
            ident = here.id
            with form.saving(stored=lambda: queries.consents(ident)[0]):
                with db.write() as session:
                    service.word_consent(
                        session.get_one(Service, ident),
                        form.texts,
                        seen=form.seen_version,
                        actor=actor(),
                    )
                to = url_for(".index", slug=current_service().slug)
                return ui.done(_("Saved."), go=to)
    else:
        site = sites.site(here)
        came = {code: site.say("inquiry.consent.text", code) for code in codes}
        form.show(versions[0].texts if versions else came)
        form.version.data = str(versions[0].number if versions else 0)
    known = all_languages()
    return ui.render(
        "inquiry_settings/index",
        status=form.status,
        service=current_service(),
        form=form,
        codes=codes,
        natives={code: known[code].native for code in codes},
        known=known,
        versions=queries.consents(current_service().id),
    )
