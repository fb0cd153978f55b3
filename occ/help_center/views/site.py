"""The public help center (HC-1): the home page of a service in its languages (ORG-6)."""

from flask import Blueprint, Response
from werkzeug.wrappers import Response as BaseResponse

from occ.core.access import PUBLIC, requires
from occ.help_center.views import place
from occ.organization.views.wizard import banner_file

bp = Blueprint("help_center", __name__, url_prefix="/<service_slug>/hc")


@bp.get("")
@bp.get("/<code>")
@requires(PUBLIC)
def home(service_slug: str, code: str | None = None) -> Response:
    here = place.place(service_slug, code)
    return place.show("help_center/home", here)


@bp.get("/banner.png")
@requires(PUBLIC)
def banner(service_slug: str) -> BaseResponse:
    return banner_file(place.service_of(service_slug).banner)
