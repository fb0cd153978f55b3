"""Whether an answer helped: counted once a browser, from the console's own pages alone (HC-1)."""

from collections.abc import Callable

import pytest
from flask import Flask

from occ.core import access
from occ.core.db import db
from occ.help_center.documents.models import Document
from occ.identity.models import Member
from tests.factories import document, help_center
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

HC = "/mall/hc"
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def center(boss: Member) -> help_center.Center:
    return help_center.furnished(boss)


def told(center: help_center.Center) -> tuple[int, int]:
    db.session.expire_all()
    row = db.session.get_one(Document, center.refund.id)
    return row.helpful, row.unhelpful


def tell(guest: Browser, path: str, answer: str, **headers: str):  # type: ignore[no-untyped-def]
    return guest._send("POST", path, data={"helped": answer}, headers=headers)


@pytest.mark.spec("HC-1")
def test_it_is_counted_once_a_browser_and_leads_on(
    center: help_center.Center, browser: Callable[..., Browser]
) -> None:
    guest = browser()
    page = f"{HC}/ko/faq/a/{center.refund.id}"
    guest.get(page)
    (form,) = guest.find("//form[@data-helpful]")
    assert form.get("action") == f"{page}/helped"
    answer = tell(guest, f"{page}/helped", "1", **HERE)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}/said?helped=1")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"hc_said={center.refund.id};") and "Path=/mall/hc;" in cookie
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert told(center) == (1, 0)
    for again in ("1", "0"):
        assert tell(guest, f"{page}/helped", again, **HERE).status_code == 303
    assert told(center) == (1, 0)
    assert tell(browser(), f"{page}/helped", "0", **HERE).status_code == 303
    assert told(center) == (1, 1)
    guest.get(f"{page}/said?helped=0")
    assert "알려 주셔서 고마워요." in guest.text() and "다시 살펴볼게요" in guest.text()
    guest.get(f"{page}/said?helped=1")
    assert "도움이 됐다니 다행이에요." in guest.text()
    script = tell(browser(), f"{page}/helped", "1", **HERE, Accept="application/json")
    assert (script.status_code, script.data) == (204, b"")
    assert told(center) == (2, 1)


@pytest.mark.spec("HC-1")
@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),  # another host of the same domain
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),  # browsers from before the word above
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_another_sites_form_counts_nothing(
    center: help_center.Center,
    browser: Callable[..., Browser],
    headers: dict[str, str],
    taken: bool,
) -> None:
    answer = tell(browser(), f"{HC}/ko/faq/a/{center.refund.id}/helped", "1", **headers)
    assert (answer.status_code == 303) is taken
    assert told(center) == (int(taken), 0)


def test_forms_without_a_token_are_known(app: Flask) -> None:
    known = {name for name, view in app.view_functions.items() if access.is_tokenless(view)}
    assert known == {"hc_faq.helped"}


@pytest.mark.spec("HC-1", "HC-2")
def test_what_cannot_be_read_cannot_be_told_of(
    center: help_center.Center, boss: Member, browser: Callable[..., Browser]
) -> None:
    draft = document.faq(center.service, boss, "초안", publish=False)
    guest = browser()
    for ident in (draft.id, center.check.id, 999):
        assert tell(guest, f"{HC}/ko/faq/a/{ident}/helped", "1", **HERE).status_code == 404
    for wrong in ("2", "", "yes"):
        path = f"{HC}/ko/faq/a/{center.refund.id}/helped"
        assert tell(guest, path, wrong, **HERE).status_code == 400
    assert told(center) == (0, 0)


@pytest.mark.spec("HC-1")
def test_a_forged_cookie_hurts_nobody(
    center: help_center.Center, browser: Callable[..., Browser]
) -> None:
    guest, path = browser(), f"{HC}/ko/faq/a/{center.refund.id}/helped"
    for forged in ("x.-1.²", "1" * 3000, ".".join(map(str, range(100, 400)))):
        answer = tell(guest, path, "1", **HERE, Cookie=f"hc_said={forged}")
        assert answer.status_code == 303
        assert len(answer.headers["Set-Cookie"]) < 700
