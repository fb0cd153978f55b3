"""ORG-7 and ORG-8 through the pages."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import clock, crypto
from occ.core.db import db
from occ.identity.models import Member
from occ.organization import queries, settings
from occ.organization.rules import Item
from tests.support.browser import Browser

# pages walked by people: on PostgreSQL in `make test-all`
pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("all_features")]


def edit(admin: Browser, **changes: str) -> int:
    admin.get("/c/org/info/edit", htmx=True)
    values = {name: admin.field(name) for name in ("name", "domain", "time_zone", "version")}
    return admin.post("/c/org/info/edit", {**values, **changes}, htmx=True).status_code


@pytest.mark.spec("ORG-7")
def test_the_organization_is_shown_and_edited_and_its_address_follows_the_domain(
    admin: Browser,
) -> None:
    admin.get("/c/org/info")
    code = queries.the_organization().code
    assert code in admin.text()
    assert edit(admin, name="주식회사 늘봄", domain="contact.neulbom.example") == 204
    admin.get("/c/org/info")
    assert "https://contact.neulbom.example" in admin.text()
    assert queries.the_organization().code == code
    for change, words in (
        ({"domain": "a b"}, "such as"),
        ({"name": ""}, "Fill this in"),
        ({"time_zone": "X/Y"}, "Not a valid choice"),
    ):
        assert edit(admin, **change) == 422
        assert words in admin.errors()
    assert edit(admin, version="1", name="Other") == 409
    assert "Stored now" in admin.text()
    assert admin.field("name") == "Other"


@pytest.mark.spec("ORG-7")
def test_another_time_zone_counts_from_the_next_local_midnight(boss: Member) -> None:
    with (
        time_machine.travel("2026-03-18 10:00:00+00:00", tick=False) as at,
        db.write(),
    ):  # 19:00 in Seoul
        org = settings.edit(
            name="N",
            domain="localhost",
            time_zone="America/New_York",
            version=queries.the_organization().version,
        )
        assert org.zone(clock.now()) == "Asia/Seoul"
        at.shift(timedelta(hours=5))  # 00:00 in Seoul
        assert org.zone(clock.now()) == "America/New_York"
        assert org.today().isoformat() == "2026-03-18"


@pytest.mark.spec("ORG-7", "LOG-3")
def test_the_key_is_masked_shown_on_the_record_and_changed_by_typing(admin: Browser) -> None:
    old = settings.key_of(queries.the_organization())
    assert old not in admin.get("/c/org/info").text
    assert old in admin.post("/c/org/info/key/show", htmx=True).text
    admin.get("/c/org/logs/works")
    assert "Organization key shown" in admin.text()
    admin.get("/c/org/info/key", htmx=True)
    assert admin.post("/c/org/info/key", {"typed": "nope"}, htmx=True).status_code == 422
    shown = admin.post("/c/org/info/key", {"typed": queries.the_organization().code}, htmx=True)
    db.session.expire_all()
    org = queries.the_organization()
    new = settings.key_of(org)
    assert (
        new != old
        and shown.status_code == 200
        and new in shown.text
        and 'data-copy="new-key-text"' in shown.text
    )
    assert "no-store" in shown.headers["Cache-Control"]
    for path in ("/c/org/info", "/c/org/info/key"):
        assert new not in admin.get(path).text, "once"
    works = db.session.scalars(sa.select(WorkEntry.work).order_by(WorkEntry.id)).all()
    assert list(works) == [Work.API_KEY_SHOWN, Work.API_KEY_SHOWN], (
        "who saw the new one is on record, too"
    )
    admin.get("/c/org/info/key")
    page = admin.post("/c/org/info/key", {"typed": org.code})
    db.session.expire_all()
    assert page.status_code == 200 and settings.key_of(queries.the_organization()) in page.text
    db.session.expire_all()
    org = queries.the_organization()
    assert org.api_key_hash == crypto.digest(settings.key_of(org))
    assert old not in org.api_key


def new_prices(admin: Browser, **changes: str) -> int:
    admin.get("/c/org/prices/new")
    values = {f"price-{item.value}": admin.field(f"price-{item.value}") for item in Item}
    base = {
        "effective_from": admin.field("effective_from"),
        "currency": admin.field("currency"),
        "vat": admin.field("vat"),
    }
    return admin.post("/c/org/prices/new", {**values, **base, **changes}).status_code


@pytest.mark.spec("ORG-8")
def test_prices_take_effect_on_a_future_day_and_can_be_taken_back_until_then(
    admin: Browser,
) -> None:
    day = queries.today() + timedelta(days=3)
    assert new_prices(admin, effective_from=day.isoformat(), **{"price-seat": "25,000"}) == 303
    assert queries.prices_on(queries.today()).prices[Item.SEAT] == 22_000
    assert queries.prices_on(day).prices[Item.SEAT] == 25_000
    # replaces it
    assert new_prices(admin, effective_from=day.isoformat(), **{"price-seat": "26000"}) == 303
    assert queries.prices_on(day).prices[Item.SEAT] == 26_000
    coming = queries.price_lists()[0]
    admin.get("/c/org/prices")
    assert "26,000" in admin.text()
    assert admin.post(f"/c/org/prices/{coming.id}/cancel", htmx=True).status_code == 204
    assert (
        admin.post(f"/c/org/prices/{queries.price_lists()[0].id}/cancel", htmx=True).status_code
        == 422
    )
    assert len(queries.price_lists()) == 1


@pytest.mark.spec("ORG-8")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effective_from": "2020-01-01"}, "Choose a day after today"),
        ({"effective_from": ""}, "Not a valid date"),
        ({"effective_from": "2036-05-02", "currency": "USD"}, "first of a month"),
        ({"price-seat": "much"}, "Seats: enter a price"),
        ({"price-seat": "-1"}, "0 to 10,000,000"),
        ({"price-seat": "10000001"}, "0 to 10,000,000"),
        ({"price-seat": "NaN"}, "Seats: enter a price"),
        ({"price-seat": "0.0000001"}, "0 to 10,000,000"),
        ({"vat": "101"}, "0 to 100"),
        ({"currency": "BTC"}, "Not a valid choice"),
    ],
)
def test_wrong_prices_are_refused_and_kept(
    admin: Browser, changes: dict[str, str], words: str
) -> None:
    assert new_prices(admin, **changes) == 422
    assert words in admin.errors()
    for name, value in changes.items():
        assert admin.field(name) == value or name in ("currency", "effective_from")
    assert len(queries.price_lists()) == 1


@pytest.mark.spec("ORG-8")
def test_another_currency_starts_on_a_first_with_the_shipped_prices_at_hand(admin: Browser) -> None:
    admin.get("/c/org/prices/new?currency=USD")
    assert admin.field("price-seat") == "16.50"
    assert admin.field("currency") == "USD"
    day = (queries.today().replace(day=1) + timedelta(days=32)).replace(day=1)
    values = {f"price-{item.value}": admin.field(f"price-{item.value}") for item in Item}
    assert (
        admin.post(
            "/c/org/prices/new",
            {**values, "effective_from": day.isoformat(), "currency": "USD", "vat": "0"},
        ).status_code
        == 303
    )
    assert queries.prices_on(day).currency == "USD"


@pytest.mark.spec("ORG-7")
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_long_text_is_refused_by_its_form_and_what_is_too_large_in_words(
    admin: Browser, kind: str
) -> None:
    path = "/c/org/info/edit"
    admin.get(path)
    typed = "가" * 400_000
    assert admin.post(path, {"name": typed}, content_type=kind).status_code == 422
    assert admin.field("name") == typed
    much = {"name": typed * 4}
    assert admin.post(path, much, content_type=kind).status_code == 413
    assert "This is too large Nothing was saved." in admin.text()
    admin.get(path)
    answer = admin.post(path, much, htmx=True, content_type=kind)
    assert answer.headers["X-Request-Id"], "browsers take what has none for a proxy's"
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (413, "#o-problem")
    assert "This is too large" in admin.text()
