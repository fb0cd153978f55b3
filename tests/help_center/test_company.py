"""What all help centers say of the company in each language (HC-1, ORG-6)."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.core.live import version as live_version
from occ.help_center.site import queries, service
from occ.help_center.site.rules import Company
from occ.identity.models import Member
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
COMPANY = "/c/org/company"
SENT = {
    "company": "늘봄(주)\n서울",
    "trademark": "Neulbom®",
    "terms": "https://a.example",
    "privacy": "",
}


@pytest.mark.spec("HC-1", "ORG-6")
def test_the_languages_of_all_services_are_listed_the_default_one_first(
    boss: Member, admin: Browser
) -> None:
    world.contracted(boss, "mall", languages=["ja", "en"])
    world.contracted(boss, "depot", languages=["ko", "en", "ar"])
    admin.get(COMPANY)
    assert [cells[0] for cells in admin.rows()[1:]] == ["日本語", "English", "한국어", "العربية"]
    assert admin.get(f"{COMPANY}/fr").status_code == 404


@pytest.mark.spec("HC-1")
def test_what_is_said_is_kept_and_what_is_missing_is_seen(boss: Member, admin: Browser) -> None:
    mall = world.contracted(boss)
    scope = service.scope(mall.id)
    admin.get(f"{COMPANY}/ko")
    answer = admin.post(f"{COMPANY}/ko", {**SENT, "version": admin.field("version")})
    assert answer.status_code == 303
    said = queries.company("en", "ko")  # missing: the default language's
    assert said is not None and (said.company, said.trademark) == ("늘봄(주)\n서울", "Neulbom®")
    assert db.session.scalar(sa.select(live_version(scope)))  # pages that were kept are made anew
    admin.get(COMPANY)
    rows = {cells[0]: cells[1:3] for cells in admin.rows()[1:]}
    assert rows["한국어"] == ["늘봄(주)", "Privacy policy"]
    assert rows["English"] == ["–", "Company Terms of use Privacy policy"]


@pytest.mark.spec("HC-1")
def test_who_saves_over_another_one_keeps_what_was_typed(boss: Member, admin: Browser) -> None:
    world.contracted(boss)
    admin.get(f"{COMPANY}/ko")
    with db.write():
        service.save_company("ko", Company("Other"), version=0)
    assert admin.post(f"{COMPANY}/ko", {**SENT, "version": "0"}).status_code == 409
    assert "Other" in admin.texts("//*[contains(@class, 'o-stored')]")[0]
    assert admin.field("trademark") == "Neulbom®"
    assert (
        admin.post(f"{COMPANY}/ko", {**SENT, "version": admin.field("version")}).status_code == 303
    )
    admin.get(f"{COMPANY}/ko")
    admin.post(f"{COMPANY}/ko", {**SENT, "company": "x" * 2001, "version": admin.field("version")})
    assert "Use at most 2000 characters; this has 2001." in admin.errors()


@pytest.mark.spec("HC-1", "MEM-4")
def test_managers_do_not_write_for_the_whole_company(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    mall = world.contracted(boss)
    world.agent(boss, mall, world.member("kim"), manager=True)
    his = browser("kim")
    assert his.get(COMPANY).status_code == 403
    assert his.post(f"{COMPANY}/ko", SENT, htmx=True).status_code == 403
    assert queries.company_in("ko") is None
