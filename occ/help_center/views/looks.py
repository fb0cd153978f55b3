"""What the look of a public page loads: the stylesheet of its theme, and its logo (HC-3)."""

from flask import Blueprint, Response, abort
from werkzeug.wrappers import Response as BaseResponse

from occ.core.access import PUBLIC, requires
from occ.help_center.site import queries
from occ.help_center.views import place
from occ.organization.views.wizard import banner_file

bp = Blueprint("hc_look", __name__, url_prefix="/<service_slug>/hc")


@bp.get("/theme-<digest>.css")
@requires(PUBLIC)
def stylesheet(service_slug: str, digest: str) -> Response:
    """The stylesheet with this digest, which never changes; to any other, the one in use, not to
    be kept.
    """
    theme = queries.site(place.service_of(service_slug)).theme or abort(404)
    response = Response(theme.stylesheet, mimetype="text/css")
    if theme.digest == digest:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.get("/logo-<int:ident>.png")
@requires(PUBLIC)
def logo(service_slug: str, ident: int) -> BaseResponse:
    """The logo of a theme; `v` of its address changes with it."""
    theme = queries.theme(place.service_of(service_slug).id, ident)
    return banner_file(theme.logo if theme else None)
