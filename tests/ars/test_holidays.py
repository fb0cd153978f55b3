"""Holidays of the voice menu: imported by country, part and year, and edited (ARS-6)."""

from datetime import UTC, date, datetime

import pytest

from occ.ars import menus, national
from occ.ars.rules.hours import HolidayKind
from occ.ars.rules.menu import Ars
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import phone, world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

HOME = "/c/s/mall/ars"


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


def draft(mall: Service) -> Ars:
    db.session.rollback()
    return menus.draft(db.session.get_one(Service, mall.id))


@pytest.mark.spec("ARS-6")
@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Seoul", "KR"),
        ("Europe/Paris", "FR"),
        ("America/Phoenix", "US"),
        ("Asia/Ho_Chi_Minh", "VN"),
    ],
)
def test_the_holidays_offered_first_are_those_of_the_services_time_zone(
    boss: Member, admin: Browser, zone: str, country: str
) -> None:
    made = phone.service(boss, "zone", time_zone=zone)
    world.agent(boss, made, boss, manager=True)
    admin.get("/c/s/zone/ars/import")
    assert admin.field("country") == country


@pytest.mark.spec("ARS-6")
def test_a_country_with_parts_offers_the_holidays_of_one_part_too(
    admin: Browser, mall: Service
) -> None:
    admin.get(f"{HOME}/import?country=KR&year=2027")
    assert not admin.find("//*[@name='part']"), "Korea keeps the same days everywhere"
    admin.get(f"{HOME}/import?country=GB&year=2027")
    assert admin.texts("//*[@name='part']/option") == [
        "Whole country only", "England", "Northern Ireland", "Scotland", "Wales",
    ]  # fmt: skip
    offered = {one.get("value") for one in admin.find("//*[@name='on']")}
    assert "2027-05-31" in offered and "2027-03-29" not in offered
    england = {"2027-03-29", "2027-08-30"}  # Easter Monday, the Summer Bank Holiday
    admin.get(f"{HOME}/import?country=GB&year=2027&part=ENG")
    assert admin.field("part") == "ENG"
    assert england <= {one.get("value") for one in admin.find("//*[@name='on']")}
    sent = {"country": "GB", "year": "2027", "on": sorted({*england, "2027-11-30"})}
    admin.post(f"{HOME}/import", {**sent, "part": "ENG"})
    assert {h.on.isoformat() for h in draft(mall).holidays} == england, "not Scotland's"
    admin.get(f"{HOME}/import?country=US&year=2027&part=ENG")
    assert admin.field("part") == "", "another country's part counts for nothing"


@pytest.mark.spec("ARS-6")
def test_holidays_to_come_are_chosen_and_past_ones_only_offered(
    admin: Browser, mall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, scene = datetime(2026, 5, 4, 15, tzinfo=UTC), menus.scene  # the fifth in Seoul
    monkeypatch.setattr(menus, "scene", lambda service: scene(service, now))
    admin.get(f"{HOME}/import?country=KR&year=2026")
    offered = admin.find("//*[@name='on']")
    days = {one.get("value"): one.get("checked") is not None for one in offered}
    assert "2026-01-01" in days and days["2026-05-05"] and days["2026-12-25"]
    assert all(chosen == (day >= "2026-05-05") for day, chosen in days.items())


@pytest.mark.spec("ARS-6")
def test_names_of_holidays_are_whole_words_in_the_services_or_the_countrys_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANGUAGE", "th")
    for country, name in (("KR", "신정연휴"), ("DE", "Neujahr"), ("NZ", "New Year's Day")):
        found = national.holidays_of(country, "", 2031, "xx")
        assert found[0].name == name
    assert national.holidays_of("DE", "", 2031, "en")[0].name == "New Year's Day"
    letters = {h.on: h.name for h in national.holidays_of("BG", "", 2027, "bg")}[date(2027, 5, 24)]
    assert letters == (
        "Ден на светите братя Кирил и Методий, на българската азбука, просвета и култура и на славянската…"
    )
    whole = [h.name for h in national.holidays_of("TH", "", 2027, "en")]
    assert any(50 < len(name) <= 100 and not name.endswith("…") for name in whole)


@pytest.mark.spec("ARS-6")
def test_holidays_are_imported_with_lunar_and_substitute_days_and_edited(
    admin: Browser, mall: Service
) -> None:
    admin.get(f"{HOME}/import?country=KR&year=2027")
    year = menus.scene(mall).local.year
    assert year in (2026, 2027)
    # Seollal, its substitute, Buddha's birthday, a substitute
    wanted = ["2027-02-07", "2027-02-09", "2027-05-13", "2027-08-16"]
    admin.post(f"{HOME}/import", {"country": "KR", "year": "2027", "on": [*wanted, "2027-01-02"]})
    found = {h.on.isoformat(): h for h in draft(mall).holidays}
    assert list(found) == wanted
    assert found["2027-02-07"].name == "설날" and "대체" in found["2027-02-09"].name
    admin.get(f"{HOME}/import?country=KR&year=2027")
    admin.post(f"{HOME}/import", {"country": "KR", "year": "2027", "on": wanted})
    assert len(draft(mall).holidays) == 4, "nothing is there twice"
    admin.get(f"{HOME}/holidays/2026-10-14")
    admin.post(
        f"{HOME}/holidays/2026-10-14",
        {
            "seen": admin.field("seen"),
            "on": "2026-10-14",
            "name": "창립기념일",
            "kind": "company",
            "yearly": "y",
        },
    )
    admin.get(f"{HOME}/holidays/2028-10-14")
    assert admin.field("name") == "창립기념일", "a yearly one is there every year"
    admin.get(f"{HOME}/holidays/2026-12-01")
    admin.post(
        f"{HOME}/holidays/2026-12-01",
        {"seen": admin.field("seen"), "on": "2027-02-07", "name": "x", "kind": "company"},
    )
    assert "This day is a holiday already. Choose another day." in admin.errors()
    admin.get(f"{HOME}/holidays/2027-02-09")
    admin.post(
        f"{HOME}/holidays/2027-02-09",
        {"seen": admin.field("seen"), "on": "2027-02-10", "name": "임시 휴무", "kind": "temporary"},
    )
    changed = next(h for h in draft(mall).holidays if h.on == date(2027, 2, 10))
    assert (changed.name, changed.kind) == ("임시 휴무", HolidayKind.TEMPORARY)
    admin.post(f"{HOME}/holidays/2027-02-10/remove", htmx=True)
    assert admin.get(f"{HOME}/holidays/2027-13-40").status_code == 404
    assert "창립기념일" in admin.get(f"{HOME}?month=2026-10").text
