"""What is consented to: its versions, and which one an inquiry has (HC-1)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.help_center.inquiries.models import Consent, Inquiry
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import world
from tests.help_center import asking
from tests.help_center.asking import FORM, again, send
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

PAGE = "/c/s/mall/inquiry-form"


@pytest.fixture
def mall(boss: Member) -> Service:
    return asking.mall(boss)


def word(manager: Browser, **texts: str):  # type: ignore[no-untyped-def]
    manager.get(PAGE)
    typed = {f"text-{code}": text for code, text in texts.items()}
    return manager.post(PAGE, {"version": manager.field("version"), **typed})


@pytest.mark.spec("HC-1")
def test_a_text_is_worded_per_language_and_its_version_goes_with_the_inquiry(
    mall: Service, admin: Browser, browser: Callable[..., Browser]
) -> None:
    admin.get(PAGE)
    assert "we collect your e-mail address" in admin.field("text-en")
    assert word(admin, ko="동의서 1", en="Terms one").status_code == 303
    guest = browser()
    guest.get(FORM)
    assert guest.texts("//*[@id='consent-text']") == ["Terms one"]
    guest.get(FORM.replace("/en/", "/ja/"))
    assert guest.texts("//*[@id='consent-text']") == ["동의서 1"]  # the default language's
    assert guest.find("//*[@id='consent-text']")[0].get("lang") == "ko"
    guest.get(FORM)
    word(admin, ko="동의서 2", en="Terms two")
    answer = again(guest)
    assert answer.status_code == 422 and "This text has changed." in guest.errors()
    assert again(guest).status_code == 303
    noted = db.session.scalars(sa.select(Inquiry)).one()
    assert (noted.consent, noted.consent_language) == (2, "en")
    admin.get(PAGE)
    assert "Terms one" in admin.text() and "Version 2" in admin.text()


@pytest.mark.spec("HC-1")
def test_versions_are_never_changed_and_the_same_text_makes_none(
    mall: Service, admin: Browser
) -> None:
    word(admin, ko="하나")
    word(admin, ko="하나")
    word(admin, ko="둘")
    kept = db.session.execute(sa.select(Consent.number, Consent.texts, Consent.by)).tuples().all()
    assert list(kept) == [(1, {"ko": "하나"}, "Boss Kim"), (2, {"ko": "둘"}, "Boss Kim")]


@pytest.mark.spec("HC-1")
def test_the_first_language_is_needed_and_a_stale_save_keeps_both_texts(
    mall: Service, admin: Browser
) -> None:
    assert word(admin, en="Terms").status_code == 422
    assert "Enter the text in the first language." in admin.errors()
    assert word(admin, ko="x" * 5001).status_code == 422
    admin.get(PAGE)
    stale = admin.field("version")
    word(admin, ko="하나")
    answer = admin.post(PAGE, {"version": stale, "text-ko": "나의 글"})
    assert answer.status_code == 409
    assert "하나" in answer.text and "나의 글" in answer.text
    assert (
        admin.post(PAGE, {"version": admin.field("version"), "text-ko": "나의 글"}).status_code
        == 303
    )


@pytest.mark.spec("HC-1")
def test_agents_do_not_word_it(
    boss: Member, mall: Service, browser: Callable[..., Browser]
) -> None:
    world.agent(boss, mall, world.member("kim"), ticket=True)
    agent = browser("kim")
    assert agent.get(PAGE).status_code == 403
    assert send(browser()).status_code == 303
