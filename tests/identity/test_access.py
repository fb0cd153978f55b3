"""ACC-1: from which addresses the guarded pages answer."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.audit.models import AuthorityEntry
from occ.core.db import db
from occ.core.errors import Refused
from occ.identity import rules
from occ.identity.models import Member
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`


@pytest.mark.spec("ACC-1", "LOG-1")
def test_guarded_pages_answer_only_from_the_list_and_work_screens_from_everywhere(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    service = world.contracted(boss)
    world.agent(boss, service, boss, manager=True)
    inside = browser("boss", ip="203.0.113.9")
    inside.get("/c/org/access")
    assert (
        inside.post("/c/org/access", {"ranges": "203.0.113.0/24 Office\n2001:db8::/32"}).status_code
        == 303
    )
    assert "203.0.113.0/24 Office" in inside.get("/c/org/access").text
    assert "Access control changed" in inside.get("/c/org/logs/authority").text
    entry = db.session.scalars(sa.select(AuthorityEntry).order_by(AuthorityEntry.id.desc())).first()
    assert entry is not None and (entry.before, entry.after, entry.ip) == (
        {"ranges": []},
        {"ranges": ["203.0.113.0/24", "2001:db8::/32"]},
        "203.0.113.9",
    )
    inside.ip = "198.51.100.1"
    for path in (
        "/c/org/contracts",
        "/c/org/logs/logins",
        "/c/s/mall/agents",
        "/c/org/rates/excel",
    ):
        assert inside.get(path).status_code == 403
    assert "not open to your address 198.51.100.1" in inside.text()
    for path in ("/c/s/mall/", "/c/me", "/mall/hc/ko", "/login"):
        assert inside.get(path).status_code in (200, 302)
    inside.ip = "2001:db8::7"
    assert inside.get("/c/org/contracts").status_code == 200


@pytest.mark.spec("ACC-1")
def test_a_poll_from_another_address_is_asked_for_it_again(
    floor: Floor, boss: Member, browser: Callable[..., Browser]
) -> None:
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    path = f"/c/s/mall/caller/{floor.place(mall)}"
    inside = browser("boss", ip="203.0.113.9")
    inside.get("/c/org/access")
    inside.post("/c/org/access", {"ranges": "203.0.113.0/24"})
    tag = inside.get(path, htmx=True).headers["ETag"]
    assert inside.poll(path, tag).status_code == 304
    inside.ip = "198.51.100.1"
    assert inside.poll(path, tag).status_code == 403


@pytest.mark.spec("ACC-1")
@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ("203.0.113.0/24", "shut yourself out"),
        ("127.0.0.1\nnot-an-ip", "neither an address"),
        ("127.0.0.1/99", "neither"),
    ],
)
def test_a_list_that_shuts_oneself_out_or_cannot_be_read_is_refused_and_kept(
    admin: Browser, ranges: str, words: str
) -> None:
    admin.get("/c/org/access")
    assert admin.post("/c/org/access", {"ranges": ranges}).status_code == 422
    assert words in admin.errors()
    assert admin.field("ranges").strip() == ranges
    assert admin.get("/c/org/contracts").status_code == 200


@pytest.mark.spec("ACC-1")
def test_the_command_line_is_the_way_back(
    app: Flask, boss: Member, browser: Callable[..., Browser]
) -> None:
    inside = browser("boss", ip="203.0.113.9")
    inside.get("/c/org/access")
    inside.post("/c/org/access", {"ranges": "203.0.113.0/24"})
    inside.ip = "198.51.100.1"
    assert inside.get("/c/org/contracts").status_code == 403
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["access", "clear"])
    assert "1 address ranges removed" in result.output
    assert inside.get("/c/org/contracts").status_code == 200


@pytest.mark.spec("ACC-1")
def test_forwarded_addresses_count_only_behind_trusted_proxies(
    boss: Member, admin: Browser
) -> None:
    admin.get("/c/org/access")
    admin.post("/c/org/access", {"ranges": "127.0.0.1"})
    admin.ip = "198.51.100.1"
    answer = admin._send("GET", "/c/org/contracts", headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 403


@given(st.lists(st.ip_addresses(), min_size=1, max_size=4), st.ip_addresses(), st.booleans())
def test_an_address_is_allowed_exactly_when_it_is_listed(
    listed: list[object], other: object, is_listed: bool
) -> None:
    def plain(address: object) -> object:
        return getattr(address, "ipv4_mapped", None) or address

    address = listed[-1] if is_listed else other
    ranges = [rules.network(str(one)) for one in listed]
    assert rules.address_allowed(str(address), ranges) == (plain(address) in map(plain, listed))
    assert rules.address_allowed(str(address), [])


@pytest.mark.spec("ACC-1")
@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("203.0.112.255", False),
        ("203.0.114.0", False),
        ("::ffff:203.0.113.9", True),  # as a server for both kinds of addresses sees it
        ("::ffff:203.0.114.0", False),
        ("2001:db8::1", False),
    ],
)
@pytest.mark.parametrize("listed", ["203.0.113.0/24", "::ffff:203.0.113.0/120"])
def test_a_range_reaches_from_its_first_to_its_last_address_however_they_are_written(
    address: str, is_allowed: bool, listed: str
) -> None:
    assert rules.address_allowed(address, [rules.network(listed)]) is is_allowed


def test_a_network_is_kept_in_its_canonical_form() -> None:
    assert rules.network(" 10.1.2.3/8 ") == "10.0.0.0/8"
    with pytest.raises(Refused):
        rules.network("10.1.2")
    assert not rules.address_allowed("unix:", ["10.0.0.0/8"])
