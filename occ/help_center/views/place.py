"""Where a visitor of a help center is: service, language and set-up, the same for every public
page (HC-1, ORG-6).
"""

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, redirect, request, url_for

from occ.core import i18n, ui
from occ.help_center.site import queries
from occ.help_center.site.queries import Site
from occ.help_center.site.rules import Part
from occ.organization.models import Service, ServiceLanguage
from occ.organization.queries import GONE, organization, service_by_slug
from occ.organization.rules import Feature, ServiceState, ServiceType


@dataclass(frozen=True)
class Place:
    """`words` is the console's language that fixed words and refusals are in."""

    service: Service
    language: ServiceLanguage
    words: str
    site: Site

    def say(self, code: str, **values: Any) -> str:
        """A fixed text in the page's language; `wordings` lists them."""
        return self.site.say(code, self.language.code, **values)

    def url(self, endpoint: str, **values: Any) -> str:
        """The address of a page of this help center in this language."""
        return url_for(endpoint, service_slug=self.service.slug, code=self.language.code, **values)

    def elsewhere(self, code: str) -> str:
        """This page in another language, with all that its address asks."""
        values = {**request.args.to_dict(), **(request.view_args or {}), "code": code}
        return url_for(str(request.endpoint), **values)


def service_of(slug: str) -> Service:
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


def language_of(service: Service, code: str | None) -> ServiceLanguage:
    """The asked language, else what the browser asks for, else the default one."""
    shown = {language.code: language for language in service.shown_languages}
    if code is not None:
        return shown.get(code) or abort(404)
    tags = {language.info.tag: language for language in shown.values()}
    best = request.accept_languages.best_match(list(tags))
    return tags[best] if best else service.shown_languages[0]


def _speak(service: Service, language: ServiceLanguage) -> str:
    """The catalog for refusals: this language's, else the default language's, else English."""
    for code in (language.code, service.shown_languages[0].code):
        if code in i18n.LOCALES:
            return code
    return "en"


def place(slug: str, code: str | None = None, *, part: Part | None = None) -> Place:
    """Where a request is. Ends it by 404 for what is not there or switched off, by 301 where the
    address is written otherwise, by 503 with a notice while the service is suspended (ORG-5).
    """
    service = service_of(slug)
    if slug != service.slug and request.method == "GET":
        values = {**request.args.to_dict(), **(request.view_args or {})}
        target = url_for(str(request.endpoint), **{**values, "service_slug": service.slug})
        abort(redirect(target, 301))
    language = language_of(service, code)
    words = _speak(service, language)
    i18n.speak(words)
    i18n.visit(reads=language.code, zone=service.time_zone, country=service.country)
    here = Place(service, language, words, queries.site(service))
    if service.state is ServiceState.SUSPENDED:
        response = show("help_center/suspended", here, status=503)
        response.headers["Retry-After"] = "3600"
        abort(response)
    if part is not None and part not in here.site.parts:
        abort(404)
    return here


def show(name: str, here: Place, *, status: int = 200, **values: Any) -> Response:
    """A page of the help center."""
    return ui.render(
        name,
        status=status,
        here=here,
        say=here.say,
        service=here.service,
        language=here.language,
        words=here.words,
        organization=organization(),
        **values,
    )
