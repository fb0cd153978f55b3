"""What the main pages cost, in figures that are the same on every machine: they only go down."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, paging
from occ.core.db import db
from occ.identity.models import Member
from occ.tickets.models import TicketEntry
from occ.tickets.search import finding
from tests.bench import console, counts
from tests.bench.counts import Counts
from tests.support.statements import Counter, looked_at, plans

# What each may cost at most. Who makes one cheaper writes the lower figure here.
LIMITS = {
    # statements, bytes, growing tables read whole, sorts of one; a write may ask once more on
    # PostgreSQL than it did here
    "ticket list": Counts(5, 43_800, 0, 0),
    "ticket": Counts(8, 57_700, 0, 0),
    "ticket opened in the list": Counts(5, 13_800, 0, 0),
    "two-syllable search": Counts(5, 45_100, 0, 1),  # PostgreSQL's index finds in no order
    "number search": Counts(8, 21_200, 0, 1),  # of what a bounded part of the search found
    "rare filter": Counts(7, 26_200, 0, 1),
    "list poll, changed": Counts(4, 29_500, 0, 0),
    "list poll, unchanged": Counts(0, 0, 0, 0),  # one, which SQLAlchemy does not see
    "counters poll": Counts(6, 1_000, 0, 0),
    "ticket form": Counts(5, 17_800, 0, 0),
    "creating a ticket": Counts(17, 0, 0, 0),
    "comment": Counts(16, 15_700, 0, 0),
    "priority": Counts(16, 16_600, 0, 0),
    "service's home": Counts(7, 19_300, 0, 0),
    "callbacks": Counts(8, 55_800, 0, 0),  # each with the way to a text
    "wallboard": Counts(2, 13_400, 0, 0),
    "monitoring": Counts(11, 19_600, 1, 0),  # the index of open calls alone
    "phone card poll": Counts(4, 1_500, 0, 0),
    "notices poll": Counts(4, 100, 0, 0),
}

# in Seoul: pages of a day say more of it the later it is
EVENING = datetime(2026, 11, 30, 14, 30, tzinfo=UTC)


def test_no_main_page_costs_more_than_it_did(app: Flask, boss: Member) -> None:
    with clock.at(EVENING):
        found = console.furnish(boss)
        newest = console.grow(found, counts.TICKETS, calls=counts.CALLS, callbacks=counts.CALLBACKS)
        counted = counts.count(found, newest, counts.asker(app, console.sign_in(app, boss.id)))
    assert set(counted) == set(LIMITS)
    worse = {
        (name, what): (value, limit)
        for name, cost in counted.items()
        for what in ("statements", "bytes", "scans", "sorts")
        if (value := getattr(cost, what)) > (limit := getattr(LIMITS[name], what))
    }
    assert not worse


@pytest.mark.heavy
def test_a_search_looks_at_no_more_with_more_tickets(
    app: Flask, boss: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent's own few are asked what they say, however many others say it; among all tickets the
    newest that have a word are found from the end, and counted as far as a count goes.
    """
    monkeypatch.setattr(paging, "COUNT_LIMIT", 100)
    found = console.furnish(boss)
    newest = console.grow(found, 2_000)
    ask = counts.asker(app, console.sign_in(app, found.members[0]))
    texts = [
        f"q={quote(text)}"
        for text in ("환불", str(newest - 100), "channel:phone", "환불 priority:urgent")
    ]
    texts += ["q=010-0000-1001", f"box=all&q={quote('환불')}"]

    def costs() -> dict[str, int]:
        looks = {}
        for text in texts:
            with Counter() as counter:
                answer = ask("GET", f"{counts.LIST}?{text}", {}, None)
            assert answer.status_code == 200
            looks[text] = looked_at(counter)
        return looks

    before = costs()
    monkeypatch.setattr(console, "OPEN", 0)
    console.grow(found, 6_000)
    more = {text: (before[text], now) for text, now in costs().items() if now > before[text] * 1.1}
    assert not more


@pytest.mark.heavy
def test_a_filter_of_ones_own_tickets_looks_at_nobody_elses(
    app: Flask, boss: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page looks at LOOK of one's own, of which their index has what is asked for."""
    monkeypatch.setattr(finding, "FEW", 100)
    monkeypatch.setattr(paging, "LOOK", 150)
    found = console.furnish(boss)
    console.grow(found, 2_000)
    ask = counts.asker(app, console.sign_in(app, found.members[0]))
    asked = "channel:phone priority:urgent received:2025"
    with Counter() as counter:
        answer = ask("GET", f"{counts.LIST}?box=done&q={quote(asked)}", {}, None)
    assert "Search on" in answer.text
    steps = 10 if db.session.get_bind().dialect.name == "sqlite" else 1
    assert looked_at(counter, naming="fitting") <= paging.LOOK * steps


def test_a_statement_that_no_index_helps_is_found(app: Flask, boss: Member) -> None:
    console.grow(console.furnish(boss), 2_000)
    body, ticket = TicketEntry.body, TicketEntry.ticket_id
    with Counter() as counter:
        db.session.execute(sa.select(body).order_by(body)).all()
        db.session.execute(sa.select(body).where(ticket == 7).order_by(TicketEntry.id)).all()
    bad, good = plans(counter, counts.GROWING)
    assert (bad.scans, bad.sorts) == (("ticket_entry",), True)
    assert (good.scans, good.sorts) == ((), False)
