"""The public help center (HC-1): the home page of a service in its languages (ORG-6)."""

from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.core import i18n, ui
from occ.core.access import PUBLIC, requires
from occ.organization.models import Service, ServiceLanguage
from occ.organization.queries import GONE, organization, service_by_slug
from occ.organization.rules import Feature, ServiceState, ServiceType
from occ.organization.views.wizard import banner_file

bp = Blueprint("help_center", __name__, url_prefix="/<service_slug>/hc")


def _service(slug: str) -> Service:
    """A service whose help center is open to the public; else 404."""
    service = service_by_slug(slug)
    if (
        service is None
        or service.state in GONE
        or service.type is ServiceType.ISSUE
        or not service.offers(Feature.HELP_CENTER)
    ):
        abort(404)
    return service


def _language(service: Service, code: str | None) -> ServiceLanguage:
    """The asked language, else what the browser asks for, else the default one."""
    shown = {language.code: language for language in service.shown_languages}
    if code is not None:
        return shown.get(code) or abort(404)
    tags = {language.info.tag: language for language in shown.values()}
    best = request.accept_languages.best_match(list(tags))
    return tags[best] if best else service.shown_languages[0]


def _speak(service: Service, language: ServiceLanguage) -> str:
    """The catalog for fixed words: this language's, else the default
    language's, else English (ORG-6).
    """
    for code in (language.code, service.shown_languages[0].code):
        if code in i18n.LOCALES:
            return code
    return "en"


@bp.get("")
@bp.get("/<code>")
@requires(PUBLIC)
def home(service_slug: str, code: str | None = None) -> Response | BaseResponse:
    service = _service(service_slug)
    if service_slug != service.slug:
        return redirect(url_for("help_center.home", service_slug=service.slug, code=code), 301)
    language = _language(service, code)
    words = _speak(service, language)
    i18n.speak(words)
    values: dict[str, Any] = {
        "service": service,
        "language": language,
        "words": words,
        "organization": organization(),
    }
    if service.state is ServiceState.SUSPENDED:
        response = ui.render("help_center/suspended", status=503, **values)
        response.headers["Retry-After"] = "3600"
        return response
    return ui.render("help_center/home", **values)


@bp.get("/banner.png")
@requires(PUBLIC)
def banner(service_slug: str) -> BaseResponse:
    return banner_file(_service(service_slug).banner)
