"""What is refused in a help center is said in the page's language, also what its form never sees
(ORG-6, TKT-6).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from occ.core import files, i18n
from occ.core.errors import Refused
from occ.help_center.site import wordings
from occ.help_center.views import inquiries
from occ.identity.models import Member
from occ.identity.views.auth import limiter
from occ.organization.models import Service
from occ.tickets import intake
from tests.conftest import made
from tests.factories import world
from tests.help_center import asking
from tests.help_center.asking import send, upload
from tests.support.browser import Browser, said
from tests.support.migrated import prepare

pytestmark = [pytest.mark.heavy, pytest.mark.spec("ORG-6", "HC-1")]
FORM = "/mall/hc/ar/inquiry"
MB = 1024 * 1024


@pytest.fixture
def mall(boss: Member) -> Service:
    return asking.mall(boss)


@pytest.fixture
def guest(mall: Service, browser: Callable[..., Browser]) -> Browser:
    return browser()


def plain(text: str) -> str:
    """Without the signs that keep the direction of what is set into a text."""
    return re.sub("[\u2066-\u2069]", "", text)


def wrong(guest: Browser) -> list[str]:
    """What is said beside fields, all of it in Arabic."""
    found = guest.find("//main//*[@class='o-err']//bdi")
    assert {one.get("lang") for one in found} == {"ar"}
    return [plain(said(one)) for one in found]


def arabic(code: str, **values: Any) -> str:
    return wordings.shipped(code, "ar") % values


@pytest.mark.spec("TKT-6")
def test_lengths_sizes_and_counts(guest: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "BYTES", MB)
    large = upload("film.mp4", bytes(MB + 1))
    answer = send(guest, form=FORM, title="x" * 201, content="y" * 20_001, file=large)
    assert answer.status_code == 422
    assert wrong(guest) == [
        arabic("wrong.length", limit=200, count=201),
        arabic("wrong.length", limit=20_000, count=20_001),
        arabic("wrong.file.size", limit=1, size="1.1"),
    ]
    assert send(guest, form=FORM, file=upload("empty.txt", b"")).status_code == 422
    assert wrong(guest) == [arabic("wrong.file.empty")]
    six = [upload(f"{number}.txt", b"x") for number in range(6)]
    assert send(guest, form=FORM, file=six).status_code == 422
    assert wrong(guest) == [arabic("wrong.file.many", count=5)]
    assert send(guest, form=FORM, attached="forged").status_code == 422
    assert arabic("wrong.file.gone") in plain(guest.errors())


def test_what_nobody_has_worded_there_is_said_as_the_console_says_it(
    guest: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_text: str) -> None:
        raise Refused(i18n.gettext("This inquiry is no longer there."), "subject")

    monkeypatch.setattr(intake, "check_subject", refuse)
    assert send(guest, form=FORM).status_code == 422
    (other,) = guest.find("//main//*[@class='o-err']//bdi")
    assert other.get("lang") == "ko"


def explained(guest: Browser, name: str) -> bool:
    """Whether the last page is the refusal of this name, whole and in Arabic."""
    (document,) = guest.find("/html")
    (heading,) = guest.find("//h1")
    return (document.get("lang"), document.get("dir"), said(heading)) == (
        "ar",
        "rtl",
        arabic(f"{name}.title"),
    ) and arabic(f"{name}.advice") in guest.text()


def test_a_request_that_is_too_large(guest: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiries.new, "body_max", 2_000)
    assert send(guest, form=FORM, content="x" * 2_000).status_code == 413
    assert explained(guest, "large")
    assert send(guest, form="/mall/hc/ko/inquiry", content="x" * 2_000).status_code == 413
    assert said(guest.find("//h1")[0]) == "내용이 너무 커요"


def test_a_form_of_another_session(guest: Browser) -> None:
    guest.get(FORM)
    guest.token = "another"
    assert guest.post(FORM, {}).status_code == 400
    assert explained(guest, "stale")


def test_what_is_not_there_stays_so_however_large_it_is(
    guest: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inquiries.new, "body_max", 10)
    guest.get(FORM)
    for path in ("/mall/hc/fr/inquiry", "/nowhere/hc/ar/inquiry"):
        assert guest.post(path, {"title": "x" * 20}).status_code == 404


def test_too_many_forms(tmp_path: Path) -> None:
    with made(tmp_path, RATE_LIMITS=True, RATELIMIT_ENABLED=True, WTF_CSRF_ENABLED=False) as app:
        prepare(app)
        with app.app_context():
            asking.mall(world.owner())
            guest = Browser(app)
            statuses = [guest.post(FORM, {}).status_code for _once in range(21)]
            limiter.reset()
    assert (429 in statuses[:-1], statuses[-1]) == (False, 429)
    assert guest.last is not None and guest.last.headers["Retry-After"] == "60"
    assert explained(guest, "often")
