"""Figures of tickets (STA-1): pages, what they add up to, and where they lead."""

import pytest

from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.usefixtures("all_features")
FEATURES = frozenset({Feature.TICKET, Feature.MAIL, Feature.STATISTICS})


@pytest.fixture
def shop(all_features: None, boss: Member) -> Service:
    """A service with tickets and statistics that the owner manages."""
    made = world.contracted(boss, "mall", features=FEATURES, seats=20)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.mark.spec("STA-1")
def test_a_page_shows_what_came_in(shop: Service, boss: Member, admin: Browser) -> None:
    tickets.ticket(shop, boss)
    answer = admin.get("/c/s/mall/statistics", follow_redirects=True)
    assert answer.status_code == 200
    for name in ("types", "staff", "bands"):
        assert admin.get(f"/c/s/mall/statistics/tickets/{name}").status_code == 200
    for path in (
        "details",
        "details.xlsx",
        "details/columns",
        "tickets/types/columns",
        "tickets/period/figures.xlsx",
        "tickets?period=month&unit=hour",
    ):
        assert admin.get(f"/c/s/mall/statistics/{path}").status_code == 200


@pytest.mark.spec("STA-4")
def test_a_page_is_saved(shop: Service, boss: Member, admin: Browser) -> None:
    tickets.ticket(shop, boss)
    for path in ("reports", "weekly", "tickets/period/save?period=month"):
        assert admin.get(f"/c/s/mall/statistics/{path}").status_code == 200
    answer = admin.post(
        "/c/s/mall/statistics/tickets/period/save?period=month",
        {"name": "Month", "every": "day", "readers": [boss.id]},
        htmx=True,
    )
    assert answer.status_code == 204, admin.errors()
    page = admin.get("/c/s/mall/statistics/reports").text
    assert "Month" in page
