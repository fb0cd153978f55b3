"""Searches that no index answers: bounded, and searched on from where they stopped (TKT-2, TKT-7)."""

from collections.abc import Callable

import pytest

from occ.core import paging
from occ.core.db import db
from occ.fields.rules import FieldKind
from occ.identity.models import Member
from occ.organization.models import Service
from occ.tickets import service
from occ.tickets.queries import Viewer
from occ.tickets.rules import Box, Priority
from occ.tickets.search import finding, vocabulary
from tests.factories import field as fields
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser
from tests.tickets.screen import fresh, titles
from tests.tickets.test_searching import category, hits, say, source

Make = Callable[..., Browser]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if three rows were many."""
    monkeypatch.setattr(paging, "LOOK", 3)
    monkeypatch.setattr(paging, "LOOK_ON", 3)
    monkeypatch.setattr(finding, "FEW", 2)


def searched_on(who: Browser, text: str, box: str = "all") -> list[list[str]]:
    """The titles of each page that *Search on* leads to."""
    pages = [hits(who, text, box)]
    while further := who.find("//a[normalize-space()='Search on']"):
        address = str(further[0].get("href"))
        assert who.get(address).status_code == 200
        pages.append(titles(who))
    return pages


@pytest.mark.spec("TKT-2", "TKT-7")
@pytest.mark.usefixtures("looks")
def test_what_no_index_finds_is_looked_for_in_the_newest_and_searched_on(
    mall: Service, boss: Member, admin: Browser
) -> None:
    fields.field(mall, "note", FieldKind.AGENT)
    one = tickets.ticket(mall, boss, "Old 7654321", priority=Priority.URGENT)
    say(one, mall, note="mine")
    for n in range(7):
        tickets.ticket(mall, boss, f"Other {n}")
    tickets.ticket(mall, boss, "New", priority=Priority.URGENT)
    for text in ("priority:urgent", "priority:urgent state:unassigned"):
        assert searched_on(admin, text) == [["New"], [], ["Old 7654321"]], text
    assert searched_on(admin, "7654321") == [[], [], ["Old 7654321"]]
    assert hits(admin, "priority:low") == []
    assert "Nothing found so far" in source(admin)
    assert searched_on(admin, "priority:low") == [[], [], []]
    assert "No tickets match" in source(admin)


@pytest.mark.spec("TKT-2", "TKT-7")
@pytest.mark.usefixtures("looks")
def test_what_an_index_finds_is_there_at_once_however_old(
    mall: Service, boss: Member, kim: Member, admin: Browser
) -> None:
    fields.field(mall, "note", FieldKind.AGENT)
    old = tickets.ticket(mall, boss, "Old", phone="+821055556666", intake_id=category(mall, "A").id)
    say(old, mall, note="somewhere")
    with db.write():
        service.take(fresh(old), group_id=None, seen=fresh(old).version, actor=world.actor(kim))
    for n in range(7):
        tickets.ticket(mall, boss, f"Other {n}")
    for text in (
        f"#{old.id}",
        f"{old.id}",
        "assignee:kim",
        "assignee:kim priority:normal",
        "intake:A priority:normal",
        "state:progress priority:normal",
        "customer:010-5555-6666 priority:normal",
        "somewhere priority:normal",
    ):
        assert "Old" in hits(admin, text), text


@pytest.mark.spec("TKT-2", "TKT-7")
@pytest.mark.usefixtures("looks")
def test_pages_of_a_search_show_each_ticket_once(
    mall: Service, boss: Member, admin: Browser
) -> None:
    for n in range(2):
        tickets.ticket(mall, boss, f"Old {n}", phone="+821055556666")
    tickets.ticket(mall, boss, "Please call 010-5555-6666")
    seventh = [tickets.ticket(mall, boss, f"Other {n}") for n in range(7)][-1]
    pages = searched_on(admin, "010-5555-6666")
    assert len(pages) > 2, "not all of it is looked at at once"
    found = [title for page in pages for title in page]
    assert found == ["Please call 010-5555-6666", "Old 1", "Old 0"]
    assert hits(admin, "customer:010-5555-6666") == ["Old 1", "Old 0"], "an index has them all"
    pages = searched_on(admin, str(seventh.id))
    assert len(pages) > 2 and sum("Other 6" in page for page in pages) == 1


@pytest.mark.spec("TKT-2")
@pytest.mark.usefixtures("looks")
def test_a_search_goes_back_over_what_it_passed(mall: Service, boss: Member) -> None:
    urgent = [
        tickets.ticket(
            mall, boss, str(n), priority=Priority.URGENT if n % 4 == 0 else Priority.NORMAL
        ).id
        for n in range(12)
    ][::4]
    who = Viewer(mall.id, boss.id, True)
    query = vocabulary.query_of(mall, "priority:urgent", manager=True)

    def page(**cursor: str) -> paging.Page:
        there = {"after": "", "before": "", **cursor}
        return finding.ticket_list(mall.id, Box.ALL, who, query, size=20, **there)

    pages = [page()]
    while pages[-1].next:
        pages.append(page(after=pages[-1].next))
    assert [[row.id for row in one.rows] for one in pages] == [
        [],
        [urgent[2]],
        [urgent[1]],
        [urgent[0]],
    ]
    back = [pages[-1]]
    while back[-1].previous:
        back.append(page(before=back[-1].previous))
    assert [row.id for one in back for row in one.rows] == urgent
