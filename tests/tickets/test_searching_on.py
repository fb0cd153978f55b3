"""Searches that no index answers: bounded, and searched on from where they stopped (TKT-2, TKT-7)."""

from collections.abc import Callable

import pytest

from occ.core import paging
from occ.core.db import db
from occ.customers import service as customers
from occ.fields.rules import FieldKind, FieldType
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


@pytest.mark.spec("TKT-2", "TKT-7")
def test_a_box_finds_the_same_whether_it_holds_few_or_many(
    mall: Service, boss: Member, kim: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few tickets are asked one by one what they say, of many the index is asked who says it."""
    kinds = {"note": FieldType.TEXT, "backup": FieldType.PHONE}
    for code, kind in kinds.items():
        fields.field(mall, code, FieldKind.AGENT, kind)
    with db.write():
        for n in range(4):
            customers.found_or_made(name="김철수", phone=f"+8210555566{n:02}", email="")
    for n in range(12):
        one = tickets.ticket(
            mall,
            boss,
            ("환불 문의", "Refund 7654321", "Please call 010-5555-6666")[n % 3],
            phone=f"+8210555566{n % 4:02}",
            priority=(Priority.URGENT, Priority.NORMAL)[n % 2],
        )
        say(one, mall, **({"note": "환불"} if n % 3 else {"backup": "+8227776789"}))
        if n < 8:
            taker = world.actor(kim if n < 6 else boss)
            with db.write():
                service.take(fresh(one), group_id=None, seen=fresh(one).version, actor=taker)
    texts = ("환불", "환", "환불 문의", "7654321", "010-5555-6666", "010-5555-6601", "02-777-6789")
    texts += ("customer:철수", "customer:6601", "customer:010-5555-6602", "note:환불", "nowhere")
    texts += ("backup:6789", "환불 priority:urgent", f"{one.id}", f"{one.id - 6} 환불")

    def hits_of(who: Viewer, box: Box) -> list[list[int]]:
        queries = [vocabulary.query_of(mall, text, manager=who.manager) for text in texts]
        asked = {"after": "", "before": "", "size": 20}
        pages = [finding.ticket_list(mall.id, box, who, query, **asked) for query in queries]
        return [[row.id for row in one.rows] for one in pages]

    found = 0
    for who in (Viewer(mall.id, boss.id, True), Viewer(mall.id, kim.id)):
        for box in (Box.PROGRESS, Box.UNASSIGNED):
            few = hits_of(who, box)
            with monkeypatch.context() as patched:
                patched.setattr(finding, "FEW", 0)
                assert hits_of(who, box) == few
            found += sum(map(len, few))
    assert found > 60
