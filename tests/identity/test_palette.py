"""The palette of pages and actions that `Ctrl K` opens."""

from collections.abc import Callable

import pytest
from flask import Flask

from occ.identity.models import Member
from occ.menu import entries
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

# what somebody comes to from what a page shows, not from anywhere
OF_A_PAGE = {
    "notice_templates.new",
    "migration.new",
    "hc_menus.new",
    "hc_texts.new",
    "hc_themes.new",
    "screening.new_block",
    "sso_entries.new",
    "organization.new_prices",
    "voices.new_key",
    "hours.new",
    "sms_templates.new_category",
    "ticket_searches.new",
    "ticket_bulk.new",
}


def found(who: Browser, path: str) -> list[str]:
    """The names in the palette of a page."""
    who.get(path, htmx=True)
    return who.texts("//li/a/span[1]")


@pytest.mark.spec("MEM-4")
def test_the_palette_offers_pages_and_actions_to_who_may_use_them(
    boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    mall = tickets.desk(boss)
    world.agent(boss, mall, world.member("kim"), ticket=True)
    world.agent(boss, mall, world.member("lee"))
    actions = {"New ticket", "Add an agent", "New trigger", "Add a service", "Invite a member"}
    palette = "/c/s/mall/palette"
    assert actions | {"My performance", "Notifications"} <= set(found(admin, palette))
    assert actions & set(found(browser("kim"), palette)) == {"New ticket"}
    assert "My performance" in found(browser("lee"), palette)
    assert not actions & set(found(browser("lee"), palette))
    assert actions & set(found(admin, "/c/palette")) == {"Add a service", "Invite a member"}


@pytest.mark.spec("MEM-4")
def test_no_page_of_the_menu_and_nothing_new_is_missing(app: Flask) -> None:
    groups = [*(group for scope in entries.MENU.values() for group in scope), *entries.BESIDES]
    known = {
        target.endpoint
        for group in groups
        for entry in group.entries
        for target in (entry, *entry.tabs)
    }
    begun = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.arguments <= {"slug"}
        and rule.endpoint.partition(".")[2].startswith(("new", "invite"))
    }
    assert (begun | set(entries.PAGES.values())) - known == OF_A_PAGE
