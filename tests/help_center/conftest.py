"""A help center whose members are those of a shop."""

from collections.abc import Iterator

import pytest
from flask import Flask

from occ.core.db import db
from occ.help_center.members import service
from occ.help_center.members.models import SsoEntry
from occ.help_center.members.rules import EntryTerms, EntryType, Method
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import world
from tests.support.customer_site import Site, customer_site
from tests.support.settings import change


@pytest.fixture
def hc(boss: Member) -> Service:
    """A service `mall` with a help center."""
    return world.contracted(boss)


@pytest.fixture
def shop(app: Flask) -> Iterator[Site]:
    """The customer site, which the console may ask although it is on this machine."""
    before = app.extensions["occ_settings"]
    change(app, outgoing_private=True)
    with customer_site(console="http://localhost") as site:
        yield site
    app.extensions["occ_settings"] = before


def entry_of(boss: Member, shop: Site, kind: EntryType, of: Service, **choice: object) -> SsoEntry:
    """The shop as an entry of its own key, chosen by a service."""
    by = world.actor(boss)
    terms = EntryTerms(
        name=f"Shop {kind.value}",
        type=kind,
        login_url=f"{shop.url}/login",
        status_url=f"{shop.url}/state",
        check_url=f"{shop.url}/check",
        parameters={},
    )
    with db.write():
        entry = service.add_entry(terms, actor=by)
        service.change_key(entry, actor=by)
        shop.key = service.key_of(entry)
        chosen = {"guests": True, "return_addresses": [], "version": 0, **choice}
        service.choose(of, method=Method.SSO, entry=entry, actor=by, **chosen)  # type: ignore[arg-type]
    return entry


@pytest.fixture
def by_post(boss: Member, shop: Site, hc: Service) -> SsoEntry:
    return entry_of(boss, shop, EntryType.POST, hc, return_addresses=["https://shop.example/help"])


@pytest.fixture
def by_get(boss: Member, shop: Site, hc: Service) -> SsoEntry:
    return entry_of(boss, shop, EntryType.GET, hc)
