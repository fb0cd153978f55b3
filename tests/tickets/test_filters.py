"""Conditions of a search as chips above the list and as fields of the filter dialog (TKT-2, TKT-7)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from occ.core import clock
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets.models import Ticket
from occ.tickets.rules import Channel, Priority
from tests.factories import ticket as tickets
from tests.support import sheets
from tests.support.browser import Browser
from tests.tickets.screen import HOME, fresh, titles
from tests.tickets.test_searching import category, chips, hits, source, told

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


@pytest.mark.spec("TKT-7")
def test_what_was_understood_stands_above_the_list_and_can_be_taken_away(
    mall: Service, boss: Member, admin: Browser
) -> None:
    tickets.ticket(mall, boss, "Refund please")
    assert hits(admin, "refund 상태:미할당 담당자:없음 zebra") == [], (
        "nothing found: the conditions are there, too"
    )
    assert chips(admin) == ["“refund”", "State: Unassigned", "Assignee: Nobody", "“zebra”"]
    admin.get(admin.links()["“zebra” Remove"])
    assert titles(admin) == ["Refund please"] and chips(admin) == [
        "“refund”",
        "State: Unassigned",
        "Assignee: Nobody",
    ]
    assert admin.texts("//*[@class='t-asked']//li/a/*[@class='sr']") == ["Remove"] * 3
    assert admin.links()["Clear all conditions"] == f"{HOME}?box=all"
    admin.get(f"{HOME}?box=all")
    assert chips(admin) == []


@pytest.mark.spec("TKT-7", "TKT-2")
def test_what_is_not_understood_finds_nothing_anywhere_and_says_what_could_be_meant(
    mall: Service, boss: Member, admin: Browser
) -> None:
    tickets.ticket(mall, boss, "stat:hold is what it says")
    assert hits(admin, "stat:unassigned") == []
    assert told(admin) == (
        ["“stat” is nothing to search by."],
        ["State:unassigned", '"stat:unassigned"'],
    )
    assert "not understood" in source(admin) and "No tickets match" not in source(admin)
    assert "is what it says" in admin.get(admin.links()["State:unassigned"]).text
    assert hits(admin, '"stat:hold"') == ["stat:hold is what it says"], (
        "what was meant as a text is one in quotes"
    )
    assert len(sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?q=stat:unassigned&box=all").data)) == 1
    page = admin.get(f"{HOME}/bulk?all=1&box=all&q=stat:unassigned&action=take", htmx=True).text
    assert "Change 0 tickets" in page


@pytest.mark.spec("TKT-2", "TKT-7")
def test_filters_are_one_search_for_list_excel_bulk_and_saved_searches(
    mall: Service, boss: Member, admin: Browser
) -> None:
    delivery = category(mall, "배송")
    for n, channel in enumerate((Channel.MANUAL, Channel.PHONE, Channel.PHONE)):
        made = tickets.ticket(mall, boss, f"Ticket {n}", email="lee@example.com")
        with db.write():
            row = fresh(made)
            row.channel, row.intake_id = channel, delivery.id if n else None
            row.created_at = clock.now() - timedelta(days=30 * (n == 2))
    url = f"{HOME}/searches/filters"
    assert (
        'value="배송 (en)"'
        in admin.get(url, query_string={"q": "ticket", "box": "all"}, htmx=True).text
    )
    chosen = {
        "intake": "배송",
        "period": "week",
        "channel": "Phone",
        "customer": "lee@example.com",
        "apply": "1",
        "q": "ticket",
        "box": "all",
    }
    answer = admin.get(url, query_string=chosen)
    assert answer.status_code == 303
    where = answer.headers["Location"]
    admin.get(where)
    assert titles(admin) == ["Ticket 1"]
    assert chips(admin) == [
        "“ticket”",
        "Intake type: 배송 (en)",
        "Received: 7 days",
        "Channel: Phone",
        "Customer: lee@example.com",
    ]
    query = where.partition("?")[2]
    assert len(sheets.sheet(admin.get(f"{HOME}/tickets.xlsx?{query}").data)) == 2
    admin.get(f"{HOME}/bulk?all=1&action=priority&{query}", htmx=True)
    assert admin.texts("//h2") == ["Change 1 ticket"]
    changed = {
        "all": "1",
        "box": "all",
        "q": admin.field("q"),
        "count": "1",
        "action": "priority",
        "priority": "urgent",
    }
    assert admin.post(f"{HOME}/bulk", changed, htmx=True).status_code == 204
    assert db.session.scalars(
        sa.select(Ticket.subject).where(Ticket.priority == Priority.URGENT)
    ).all() == ["Ticket 1"]
    assert "Ticket 1" in admin.get(f"{HOME}/list?{query}", htmx=True).text
    admin.get(where)
    text = admin.field("q")
    assert (
        admin.post(
            f"{HOME}/searches/new", {"q": text, "box": "all", "name": "Mine"}, htmx=True
        ).status_code
        == 204
    )
    admin.get(HOME)
    admin.get(admin.links()["Mine"])
    assert titles(admin) == ["Ticket 1"]
    admin.get(url, query_string={"q": text, "box": "all"}, htmx=True)
    form = {name: admin.field(name) for name in ("intake", "customer", "since", "until")}
    assert form == {"intake": "배송", "customer": "lee@example.com", "since": "", "until": ""}
    assert (admin.field("period"), admin.field("channel")) == ("week", "Phone")
    where = admin.get(
        url, query_string={**chosen, "q": text, "period": "", "channel": "", "intake": ""}
    ).headers["Location"]
    admin.get(where)
    assert chips(admin) == ["“ticket”", "Customer: lee@example.com"], (
        "what is chosen no more is taken away, the rest stays"
    )


@pytest.mark.spec("TKT-2")
def test_filters_say_at_the_field_what_is_wrong(
    mall: Service, boss: Member, admin: Browser
) -> None:
    url = f"{HOME}/searches/filters"
    for sent, field, words in (
        ({"intake": "없는것"}, "intake", "is never"),
        (
            {"period": "range", "since": "2026-12-02", "until": "2026-12-01"},
            "received",
            "The period ends before it begins. Choose the days again.",
        ),
        ({"customer": "x" * 250}, "customer", "Use at most 200 characters."),
    ):
        answer = admin.get(url, query_string={**sent, "apply": "1", "box": "all"}, htmx=True)
        assert answer.status_code == 422
        (error,) = admin.texts(f"//*[@id='filter-{field}-error']")
        assert words in error, field
    answer = admin.get(url, query_string={"period": "range", "apply": "1", "box": "all"}, htmx=True)
    assert answer.headers["HX-Redirect"] == f"{HOME}?box=all", "a period without days is none"
    where = admin.get(
        url, query_string={"period": "range", "since": "2026-12-01", "apply": "1", "box": "all"}
    ).headers["Location"]
    admin.get(where)
    assert chips(admin) == ["Received: from Dec 1, 2026"]
