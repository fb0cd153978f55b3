"""Pages of a help center in frames: of the console, before a theme is put in use (HC-3)."""

from dataclasses import replace

from flask import Response, url_for

from occ.core import i18n
from occ.help_center.site import queries
from occ.help_center.site.queries import Theme
from occ.help_center.views import place, site
from occ.organization.models import Service, ServiceLanguage
from occ.organization.queries import the_organization

# nothing in it runs, and it stands only in a frame of ours; the theme that is not in use yet comes
# with the page, and icons come from here
FRAMED = (
    "default-src 'self'; script-src 'none'; style-src 'self' data:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin"
)


class Framed(place.Place):
    """The home page of a service, in a frame of the console."""

    def elsewhere(self, code: str) -> str:
        return url_for("help_center.home", service_slug=self.service.slug, code=code)


def framed(response: Response) -> Response:
    """A page for a frame of the console."""
    response.headers["Content-Security-Policy"] = FRAMED
    return response


def preview(service: Service, language: ServiceLanguage, theme: Theme) -> Response:
    """The home page of a service as it would be in a theme."""
    words = place.spoken(service, language)
    i18n.speak(words)
    shown = replace(queries.site(service), theme=theme)
    here = Framed(service, language, words, shown, the_organization())
    return framed(place.page("help_center/preview", here, rows=site.home_rows(here), head=None))
