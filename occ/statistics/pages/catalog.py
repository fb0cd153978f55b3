"""Every page of statistics, in the order in which they are shown."""

from occ.organization.models import Service
from occ.statistics.pages import calls, texts, tickets
from occ.statistics.pages.frame import Page

PAGES: tuple[Page, ...] = (*tickets.PAGES, *calls.PAGES, *texts.PAGES)


def page(key: str) -> Page | None:
    """The page of a key, `tickets/period`."""
    return next((one for one in PAGES if one.key == key), None)


def offered(service: Service, media: str = "") -> list[Page]:
    """The pages of what a service contracted, of one media where it is named."""
    return [one for one in PAGES if service.offers(one.feature) and media in ("", one.media)]
