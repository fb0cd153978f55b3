"""Public pages are the same for everybody: answered by 304 or from what is kept, never mixed (HC-1)."""

import contextvars
import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from occ.ars.rules.hours import Days, Range, Row
from occ.core import clock, kept, sharing
from occ.core.db import db
from occ.core.live import touch
from occ.core.sharing import Facts, Key, Page, Store
from occ.help_center.documents import counting
from occ.help_center.public import queries
from occ.help_center.site import service as set_up
from occ.help_center.site.models import HelpCenterText
from occ.help_center.site.rules import Part
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import Feature, ServiceState
from tests.factories import document, help_center, phone, world
from tests.support.browser import Browser
from tests.support.statements import Counter

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
CHROMIUM = {"Accept-Encoding": "gzip, deflate, br, zstd", "Sec-Fetch-Site": "none"}


def ask(app: Flask, path: str, **headers: str) -> TestResponse:
    """As a browser without cookies asks."""
    db.session.commit()
    client = app.test_client()
    answer = contextvars.Context().run(client.get, path, headers=headers)
    answer.get_data()
    answer.close()
    return answer


def fresh(app: Flask, path: str, **headers: str) -> TestResponse:
    """The page as it is drawn now, whatever is kept."""
    held = {name: app.extensions[name] for name in ("occ_shared", "occ_shared_typed")}
    app.extensions.update({name: Store() for name in held})
    queries._MADE.empty()
    answer = ask(app, path, **headers)
    app.extensions.update(held)
    return answer


@pytest.fixture
def center(boss: Member) -> help_center.Center:
    return help_center.furnished(boss, features=world.BASIC | {Feature.PHONE})


def pages(center: help_center.Center) -> list[str]:
    return [
        "/mall/hc/ko",
        "/mall/hc/ko/faq",
        f"/mall/hc/ko/faq/{center.orders.id}",
        f"/mall/hc/ko/faq/a/{center.refund.id}",
        "/mall/hc/ko/notices",
        f"/mall/hc/ko/notices/{center.check.id}",
        "/mall/hc/ko/notices/feed.atom",
        "/mall/hc/ko/company",
        "/mall/hc/sitemap.xml",
        "/mall/hc/sitemap-0.xml",
    ]


@pytest.mark.spec("HC-1")
def test_an_unchanged_page_is_not_drawn_again(app: Flask, center: help_center.Center) -> None:
    for path in pages(center):
        first = ask(app, path, **CHROMIUM)
        with Counter() as counter:
            again = ask(app, path, **CHROMIUM)
            same = ask(app, path, **CHROMIUM, If_None_Match=first.headers["ETag"])
            weak = ask(app, path, **CHROMIUM, If_None_Match=f"W/{first.headers['ETag']}")
            star = ask(app, path, **CHROMIUM, If_None_Match="*")
        assert (weak.status_code, star.status_code) == (304, 200), path
        assert not counter.statements, path  # but one, which SQLAlchemy does not see
        assert (first.status_code, again.status_code, same.status_code) == (200, 200, 304), path
        assert (again.data, same.data) == (first.data, b"")
        unlike = {"X-Request-Id"}
        assert {k: v for k, v in again.headers if k not in unlike} == {
            k: v for k, v in first.headers if k not in unlike
        }
        for answer in (first, again, same):
            assert answer.headers["Cache-Control"] == "public, no-cache"
            assert answer.headers["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"
            assert "Set-Cookie" not in answer.headers
        assert "Content-Security-Policy" in again.headers


@pytest.mark.spec("HC-1")
def test_a_page_is_the_same_for_whoever_asks(
    app: Flask, admin: Browser, center: help_center.Center
) -> None:
    """A member who is signed in, one with a language and a theme of the console, another browser."""
    for path in pages(center):
        plain = fresh(app, path)
        for headers in (
            {"Accept-Language": "ja"},
            {"Cookie": "occ_lang=ja; occ_scheme=dark; occ=forged"},
            {"HX-Request": "true"},
            {"User-Agent": "other", "Host": "elsewhere.example"},
        ):
            assert fresh(app, path, **headers).data == plain.data, (path, headers)
        signed_in = admin.get(path)
        assert (signed_in.data, signed_in.headers["ETag"]) == (plain.data, plain.headers["ETag"])
        assert "Set-Cookie" not in signed_in.headers and "Boss" not in signed_in.text


def theme(center: help_center.Center) -> None:
    """Anything of the look, texts and menus."""
    with db.write() as session:
        session.add(
            HelpCenterText(service_id=center.service.id, code="menu.faq", texts={"ko": "질문들"})
        )
        set_up.changed(center.service.id)


def rename(center: help_center.Center) -> None:
    with db.write():
        the_organization().name = "Neulbom Mall"


def write(center: help_center.Center) -> None:
    boss = db.session.scalars(sa.select(Member).where(Member.login_id == "boss")).one()
    document.faq(center.service, boss, "새 질문", topic_id=center.orders.id)


def suspend(center: help_center.Center) -> None:
    with db.write():
        center.service.state = ServiceState.SUSPENDED


def resume(center: help_center.Center) -> None:
    with db.write():
        center.service.state = ServiceState.ACTIVE


def hide(center: help_center.Center) -> None:
    with db.write():
        center.service.languages[1].hidden = True


def switch(center: help_center.Center) -> None:
    with db.write():
        set_up.switch(center.service, [part for part in Part if part is not Part.NOTICES])


def read(center: help_center.Center) -> None:
    counting.note_view(center.refund.id)
    counting.flush()


def wait(center: help_center.Center) -> None:
    """Nothing but the time is another."""


def tell(center: help_center.Center) -> None:
    help_center.company(company="주식회사 늘봄")
    with db.write():
        touch(*map(set_up.scope, db.session.scalars(sa.select(Service.id))))


def open_longer(center: help_center.Center) -> None:
    phone.menu(center.service, hours=(Row(Days.WEEKDAYS, (Range(480, 1200),)),))


CHANGES: dict[str, tuple[float, Callable[[help_center.Center], None]]] = {
    "begun": (0, wait),
    "hours": (0, open_longer),
    "look": (0, theme),
    "organization": (0, rename),
    "company": (0, tell),
    "documents": (0, write),
    "views": (0.5, read),
    "suspended": (0.5, suspend),
    "resumed": (0.5, resume),
    "a notice begins": (2, wait),
    "a notice ends": (4, wait),
    "language": (4, hide),
    "part": (4, switch),
}
"""What changes, in so many hours: how often something was read is told some minutes later."""


def asked(center: help_center.Center) -> Iterator[tuple[str, dict[str, str]]]:
    """Pages that differ by one thing each."""
    yield "/mall/hc/ko", {"Accept-Encoding": "gzip"}
    yield from ((path, {}) for path in pages(center))
    yield "/mall/hc/en", {}
    yield "/mall/hc/ja/faq", {}
    yield "/other/hc/ko", {}
    yield "/other/hc/ko/faq", {}
    yield f"/mall/hc/ko/faq/a/{center.delivery.id}", {}
    yield f"/mall/hc/ko/faq/a/{center.refund.id}/said?helped=0", {}
    yield f"/mall/hc/ko/faq/a/{center.refund.id}/said?helped=1", {}


def mixed(app: Flask, center: help_center.Center) -> Iterator[str]:
    """What is answered otherwise than it would be drawn now: each page is asked twice, then again
    with the ETag of before, after each change.
    """
    begun = clock.now()
    held: dict[tuple[str, str], TestResponse] = {}  # what a browser keeps
    for name, (hours, change) in CHANGES.items():
        with time_machine.travel(begun + timedelta(hours=hours), tick=False):
            change(center)
            for path, headers in asked(center):
                mine = path, str(headers)
                before = held.get(mine)
                answer = ask(app, path, **headers)
                again = ask(app, path, **headers, If_None_Match=tag_of(before) if before else "")
                shown = before if before and again.status_code == 304 else again
                drawn = fresh(app, path, **headers)
                if not said(answer) == said(shown) == said(drawn):
                    yield f"{name}: {path}"
                if answer.status_code == 200:
                    held[mine] = answer


def said(answer: TestResponse) -> tuple[int, bytes, str | None]:
    return answer.status_code, answer.data, answer.headers.get("Content-Encoding")


def tag_of(answer: TestResponse) -> str:
    return answer.headers.get("ETag", "")


@pytest.fixture
def two(boss: Member, center: help_center.Center) -> help_center.Center:
    """Two services; a notice of the first begins in an hour and ends in three."""
    phone.menu(center.service)
    help_center.furnished(boss, "other")
    now = clock.now()
    document.notice(
        center.service,
        boss,
        "한 시간 뒤",
        starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=3),
        pinned=True,
    )
    return center


@pytest.mark.spec("HC-1", "HC-3", "ORG-5")
def test_languages_services_looks_and_states_never_mix(app: Flask, two: help_center.Center) -> None:
    assert not list(mixed(app, two))


PARTS = [*(one.name for one in dataclasses.fields(Key) if one.name not in ("version", "root"))]


@pytest.mark.parametrize("left_out", PARTS)
def test_with_a_part_of_its_key_left_out_pages_mix(
    app: Flask, two: help_center.Center, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    whole = sharing._key
    monkeypatch.setattr(
        sharing, "_key", lambda: dataclasses.replace(whole(), **{left_out: "left out"})
    )
    assert next(mixed(app, two), None)


@pytest.mark.parametrize("left_out", range(1, len(queries._SEEN) + 1))
def test_with_a_fact_left_out_pages_are_old(
    app: Flask, two: help_center.Center, monkeypatch: pytest.MonkeyPatch, left_out: int
) -> None:
    def fewer(row: tuple[Any, ...] | None) -> Facts | None:
        return Facts(row[0], row[1:left_out] + row[left_out + 1 :]) if row else None

    monkeypatch.setattr(queries, "_facts", fewer)
    assert next(mixed(app, two), None)


def test_another_version_and_another_place_of_the_console_are_other_pages(
    app: Flask, center: help_center.Center
) -> None:
    tags = [tag_of(ask(app, "/mall/hc/ko"))]
    with app.test_request_context("/mall/hc/ko"):
        key = sharing._key()
    for name, value in (("version", ("x", "y")), ("root", "/console")):
        tags.append(sharing._etag(dataclasses.replace(key, **{name: value}), Facts(0, ())))
    tags.append(sharing._etag(key, Facts(0, ())))
    assert len(set(tags)) == len(tags)
    assert key.version == (app.config["BUILD"], app.config["STATIC_DIGEST"])


@pytest.mark.spec("HC-1")
def test_what_pages_show_alike_is_made_once_for_their_facts(
    app: Flask, center: help_center.Center
) -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return "made"

    facts = Facts(0, (1, 2))
    for seen, also in ((facts, "a"), (facts, "a"), (facts, "b"), (Facts(0, (1, 3)), "a")):
        assert queries.made(center.service, seen, make, also) == "made"
    assert len(made) == 3
    for _n in range(2):
        queries.made(center.service, None, make, "a")
    assert len(made) == 5, "without facts nothing is kept"


@pytest.mark.spec("HC-1", "ORG-5")
def test_nothing_stays_once_data_is_destroyed(app: Flask, center: help_center.Center) -> None:
    ask(app, "/mall/hc/ko")
    assert len(sharing.store()) == 1 and sharing.store().size > 1_000
    with db.write():
        kept.erased()
    assert (len(sharing.store()), sharing.store().size) == (0, 0)


def test_another_process_forgets_when_it_sees_that_data_was_destroyed(
    app: Flask, center: help_center.Center
) -> None:
    for path in pages(center)[:3]:
        ask(app, path)
    assert len(sharing.store()) == 3
    with db.write():
        touch("erasures")  # as another process does it
    ask(app, pages(center)[4])
    assert len(sharing.store()) == 1


def made(ident: str, size: int) -> tuple[Key, Page]:
    return Key(("", ""), "", ident, (), (), coding=False), Page(ident, (), b"x" * size)


def test_so_many_pages_and_bytes_are_kept_the_last_ones_that_were_asked_for() -> None:
    store = Store(pages=3, most=100)
    for name in "abc":
        store.put(*made(name, 30), store.emptied)
    assert store.get(made("a", 0)[0], "a", 0)
    store.put(*made("d", 30), store.emptied)
    assert [bool(store.get(made(name, 0)[0], name, 0)) for name in "abcd"] == [
        True,
        False,
        True,
        True,
    ]
    store.put(*made("a", 100), store.emptied)
    assert (len(store), store.size) == (1, 100)
    store.put(*made("e", 101), store.emptied)
    assert (len(store), store.size) == (0, 0)
    store.put(*made("f", sharing.LARGEST + 1), store.emptied)
    assert len(store) == 0


def test_a_page_that_was_begun_before_data_was_destroyed_is_not_kept() -> None:
    store = Store()
    since = store.emptied
    store.empty()
    store.put(*made("a", 1), since)
    assert len(store) == 0


@pytest.mark.spec("HC-1")
def test_what_people_type_is_kept_apart_and_only_where_it_says_nothing_of_anybody(
    app: Flask, center: help_center.Center
) -> None:
    kept_ones = ("search?q=환불", "suggest?q=환불", "faq?after=x", "notices?before=x")
    others = (
        "search?q=우주선",  # without a hit: each is counted
        "search?q=010-1234-5678",
        "search?q=lee@shop.example",
        "suggest?q=홍길동 고객님",
    )
    for path in (*kept_ones, *others):
        first = ask(app, f"/mall/hc/ko/{path}")
        again = ask(app, f"/mall/hc/ko/{path}", If_None_Match=first.headers["ETag"])
        assert (first.status_code, again.status_code) == (200, 304)
    assert len(sharing.store()) == 0
    assert len(sharing.store(typed=True)) == len(kept_ones)
    one, other = (tag_of(ask(app, f"/mall/hc/ko/search?q={text}")) for text in ("환불", "결제"))
    assert one != other
    assert tag_of(ask(app, "/mall/hc/ko?utm=1")) == tag_of(ask(app, "/mall/hc/ko"))
    with db.write():
        kept.erased()
    assert len(sharing.store(typed=True)) == 0


@pytest.mark.spec("HC-1")
def test_head_is_answered_as_get(app: Flask, center: help_center.Center) -> None:
    db.session.commit()
    client = app.test_client()
    answers = [
        contextvars.Context().run(client.open, "/mall/hc/ko", method=method)
        for method in ("HEAD", "GET", "HEAD")
    ]
    assert len({tag_of(one) for one in answers}) == 1
    assert [bool(one.data) for one in answers] == [False, True, False]
    assert len(ask(app, "/mall/hc/ko").data) > 1_000
