"""HC-4: the customer sites of the organization, and what a service chooses of them."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.audit.models import AuthorityEntry, WorkEntry
from occ.audit.rules import Action, Work
from occ.core import crypto
from occ.core.db import db
from occ.help_center.members import queries, service
from occ.help_center.members.models import MemberLogin, SsoEntry
from occ.help_center.members.rules import EntryTerms, EntryType, Method
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization import settings
from occ.organization.models import Service
from occ.organization.queries import the_organization
from occ.organization.rules import ServiceState
from tests.factories import world
from tests.support.browser import Browser

pytestmark = [pytest.mark.spec("HC-4"), pytest.mark.heavy]
Browsers = Callable[..., Browser]
POST = {
    "name": "Shop",
    "type": "post",
    "login_url": "https://shop.example/in",
    "status_url": "https://shop.example/state",
    "usercode": "query",
    "email": "header",
}


@pytest.fixture
def shop_entry(boss: Member) -> SsoEntry:
    terms = EntryTerms(
        "Shop", EntryType.POST, "https://shop.example/in", "https://shop.example/state", "", {}
    )
    with db.write():
        return service.add_entry(terms, actor=world.actor(boss))


def actions() -> list[Action]:
    found = sa.select(AuthorityEntry.action).order_by(AuthorityEntry.id)
    known = [one for one in Action if one.name.startswith(("SSO", "MEMBER_LOGIN"))]
    return [one for one in db.session.scalars(found) if one in known]


def test_an_admin_adds_changes_and_removes_an_entry(admin: Browser) -> None:
    admin.get("/c/org/sso")
    assert "No entries yet" in admin.text()
    admin.get("/c/org/sso/new", htmx=True)
    assert admin.post("/c/org/sso/new", POST, htmx=True).status_code == 204
    (row,) = queries.entries()
    assert {one.name: two.name for one, two in row.parameters.items()} == {
        "USERCODE": "QUERY",
        "EMAIL": "HEADER",
    }
    admin.get(f"/c/org/sso/{row.id}", htmx=True)
    assert admin.field("usercode") == "query" and admin.field("phone") == ""
    seen = admin.field("version")
    changed = {**POST, "type": "get", "check_url": "https://shop.example/check", "version": seen}
    assert admin.post(f"/c/org/sso/{row.id}", changed, htmx=True).status_code == 204
    (row,) = queries.entries()
    assert (row.type, row.status_url, row.told) == (EntryType.GET, "", [])
    stale = admin.post(f"/c/org/sso/{row.id}", {**changed, "name": "Other"}, htmx=True)
    assert stale.status_code == 409 and "Stored now" in admin.text()
    admin.get(f"/c/org/sso/{row.id}/remove", htmx=True)
    assert admin.post(f"/c/org/sso/{row.id}/remove", htmx=True).status_code == 204
    assert not queries.entries()
    assert actions() == [
        Action.SSO_ENTRY_ADDED,
        Action.SSO_ENTRY_CHANGED,
        Action.SSO_ENTRY_REMOVED,
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Fill this in"),
        ({"login_url": ""}, "Fill this in"),
        ({"login_url": "javascript:alert(1)"}, "begins with http"),
        ({"status_url": "shop"}, "begins with http"),
        ({"type": "get"}, "Fill this in"),
        ({"type": "put"}, "Not a valid choice"),
        ({"usercode": "cookie"}, "Not a valid choice"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(
    admin: Browser, change: dict[str, str], words: str
) -> None:
    admin.get("/c/org/sso/new", htmx=True)
    assert admin.post("/c/org/sso/new", {**POST, **change}, htmx=True).status_code == 422
    assert words in admin.errors()
    assert not queries.entries()


def test_two_entries_have_two_names(admin: Browser, shop_entry: SsoEntry) -> None:
    admin.get("/c/org/sso/new", htmx=True)
    assert admin.post("/c/org/sso/new", POST, htmx=True).status_code == 422
    assert "“Shop” is there already" in admin.errors()


@pytest.mark.spec("ORG-7", "LOG-3")
def test_the_key_is_masked_shown_on_demand_and_changed(
    admin: Browser, shop_entry: SsoEntry
) -> None:
    of_organization = settings.key_of(the_organization())
    page = admin.get("/c/org/sso").text
    assert of_organization not in page and of_organization[-4:] in page
    assert "The organization key" in admin.text()
    assert of_organization in admin.post(f"/c/org/sso/{shop_entry.id}/key/show", htmx=True).text
    admin.get(f"/c/org/sso/{shop_entry.id}/key", htmx=True)
    answer = admin.post(f"/c/org/sso/{shop_entry.id}/key", htmx=True).text
    own = service.key_of(db.session.get_one(SsoEntry, shop_entry.id))
    assert own in answer and own != of_organization
    page = admin.get("/c/org/sso").text
    assert own not in page and own[-4:] in page and "The organization key" not in admin.text()
    stored = db.session.get_one(SsoEntry, shop_entry.id).own_key or ""
    assert own not in stored and crypto.ring().decrypt(stored) == own
    shown = db.session.scalars(sa.select(WorkEntry).where(WorkEntry.work == Work.SSO_KEY_SHOWN))
    assert [one.detail for one in shown] == [{"name": "Shop"}, {"name": "Shop"}]
    assert actions() == [Action.SSO_ENTRY_ADDED, Action.SSO_KEY_CHANGED]
    logged = db.session.scalars(sa.select(AuthorityEntry)).all()
    assert not any(own in str(one.after) for one in logged)


def test_a_manager_chooses_an_entry_and_an_agent_may_not(
    hc: Service, shop_entry: SsoEntry, admin: Browser, boss: Member, browser: Browsers
) -> None:
    world.agent(boss, hc, world.member("lee"), manager=True)
    world.agent(boss, hc, world.member("kim"), ticket=True)
    his = browser("lee")
    his.get("/c/s/mall/member-login")
    sent = {
        "method": "sso",
        "entry": str(shop_entry.id),
        "return_addresses": "https://shop.example/help",
        "version": his.field("version"),
    }
    assert his.post("/c/s/mall/member-login", sent).status_code == 303
    login = queries.login(hc.id)
    assert (login.method, login.entry, login.guests) == (Method.SSO, shop_entry, False)
    assert login.return_addresses == ["https://shop.example/help"]
    assert his.post("/c/s/mall/member-login", {**sent, "guests": "y"}).status_code == 409
    assert "Shop" in his.text() and "Stored now" in his.text()
    other = browser("kim")
    assert other.get("/c/s/mall/member-login").status_code == 403
    assert other.get("/c/org/sso").status_code == 403
    assert his.get("/c/org/sso").status_code == 403
    assert actions()[-1] is Action.MEMBER_LOGIN_CHANGED
    # what a service uses stays
    assert admin.post(f"/c/org/sso/{shop_entry.id}/remove", htmx=True).status_code == 422
    admin.get("/c/org/sso")
    assert "Mall" in admin.text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entry": "0"}, "Choose an entry"),
        ({"entry": "999"}, "Not a valid choice"),
        ({"return_addresses": "shop"}, "begins with http"),
        ({"method": "guess"}, "Not a valid choice"),
    ],
)
def test_a_choice_that_lacks_something_is_refused(
    hc: Service,
    shop_entry: SsoEntry,
    boss: Member,
    browser: Browsers,
    change: dict[str, str],
    words: str,
) -> None:
    world.agent(boss, hc, boss, manager=True)
    his = browser("boss")
    his.get("/c/s/mall/member-login")
    sent = {"method": "sso", "entry": str(shop_entry.id), "version": "0", **change}
    assert his.post("/c/s/mall/member-login", sent).status_code == 422
    assert words in his.errors()
    assert queries.login(hc.id).row is None


def test_without_any_entry_customers_still_sign_in_by_mail(
    hc: Service, boss: Member, browser: Browsers
) -> None:
    world.agent(boss, hc, boss, manager=True)
    his = browser("boss")
    his.get("/c/s/mall/member-login")
    assert "There is no entry yet" in his.text() and not his.find("//*[@name='entry']")
    sent = {"method": "email", "version": his.field("version")}
    assert his.post("/c/s/mall/member-login", sent).status_code == 303
    assert queries.login(hc.id).method is Method.EMAIL
    his.get("/c/s/mall/member-login")
    refused = {"method": "sso", "version": his.field("version")}
    assert his.post("/c/s/mall/member-login", refused).status_code == 422
    assert queries.login(hc.id).method is Method.EMAIL


def test_without_a_contract_for_it_there_is_no_such_page(boss: Member, browser: Browsers) -> None:
    from occ.organization.rules import Feature

    plain = world.contracted(boss, "plain", features=frozenset({Feature.TICKET}))
    world.agent(boss, plain, boss, manager=True)
    assert browser("boss").get("/c/s/plain/member-login").status_code == 404


@pytest.mark.spec("ORG-5")
def test_an_erased_service_lets_go_of_its_entry(
    hc: Service, shop_entry: SsoEntry, boss: Member
) -> None:
    with db.write():
        service.choose(
            hc,
            method=Method.SSO,
            entry=shop_entry,
            guests=True,
            return_addresses=[],
            version=0,
            actor=world.actor(boss),
        )
    with db.write():
        hc.state = ServiceState.TERMINATED
        organization.erase(hc.id)
    assert db.session.get(MemberLogin, hc.id) is None
    with db.write():
        service.remove_entry(shop_entry, actor=world.actor(boss))
    assert not queries.entries()
