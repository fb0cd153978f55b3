"""Who may ask what: every route by the right it declares, every polled part by whose it is."""

import itertools
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock, i18n, tasks
from occ.core.access import Permission, Principal, Rights
from occ.core.db import db
from occ.core.uploads import Upload
from occ.identity.models import Member
from occ.migration import service as migration
from occ.organization.models import Service
from occ.organization.rules import Feature, ServiceType
from occ.tickets.bulk import service as bulk
from occ.tickets.models import Ticket
from occ.wallboard import service as wallboard
from tests.factories import phone, world
from tests.factories import ticket as tickets
from tests.support.browser import Browser
from tests.support.routes import PUBLIC, routes

EVERY_FEATURE = frozenset(Feature)
# What each right needs, in the fewest rights of an agent that open it; "admin" is the organization's.
NEEDS: dict[str, tuple[str, ...]] = {
    "access": ("admin",),
    "admins": ("admin",),
    "ars": ("manager",),
    "assign_callbacks": ("manager", "phone+assign_callbacks"),
    "callback_figures": ("manager",),
    "callbacks": ("manager", "phone"),
    "caller_ids": ("admin",),
    "company": ("admin",),
    "contracts": ("admin",),
    "cti": ("admin",),
    "cti_log": ("admin", "manager", "phone"),
    "customers": ("manager", "ticket", "phone"),
    "delete_callbacks": ("manager",),
    "help_center_settings": ("manager",),
    "histories": ("manager",),
    "documents": ("manager", "ticket", "chat", "phone"),
    "invite": ("admin", "manager"),
    "jobs": ("admin",),
    "login_log": ("admin", "manager+view_logs"),
    "logs": ("admin",),
    "mail_settings": ("manager",),
    "migration": ("admin",),
    "member_login": ("manager",),
    "inquiry_form": ("manager",),
    "members": ("admin",),
    "merge_customers": ("manager",),
    "monitor": ("manager",),
    "organization": ("admin",),
    "outbox": ("admin",),
    "people": ("admin", "manager"),
    "phone": ("phone",),
    "publish_documents": ("manager",),
    "service_home": ("",),
    "signed_in": ("",),
    "simulator": ("manager",),
    "sso_entries": ("admin",),
    "statistics": ("manager",),
    "tenant": ("admin",),
    "text_settings": ("manager",),
    "texts": ("manager", "ticket"),
    "ticket_manager": ("manager",),
    "ticket_settings": ("manager",),
    "tickets": ("manager", "ticket"),
    "transfer": ("manager", "ticket+transfer"),
    "wall_links": ("manager",),
    "wallboard": ("manager", "phone"),
}
# Routes that ask for no right, and why that is so.
OPEN = {
    "auth.logout": "ends one's own session",
    "exports.cancel": "finds one's own exports alone",
    "exports.download": "finds one's own exports alone, and asks for the right to what is in them",
    "exports.show": "finds one's own exports alone",
    "home.keys": "the same words for everybody",
    "home.landing": "the services one has a role in",
    "home.palette": "the pages one may open",
    "home.palette_everywhere": "the pages one may open",
    "home.service": "every agent of the service has a home in it",
    "me.assignment": "one's own settings",
    "me.beat": "that one is here",
    "me.index": "one's own settings",
    "me.next_theme": "one's own settings",
    "me.password": "one's own password",
    "me.there": "that one's browser is here",
    "me.totp": "one's own second factor",
    "me.totp_off": "one's own second factor",
    "news.index": "one's own news",
    "notices.index": "one's own notices",
    "notices.read": "one's own notices",
    "performance.index": "every agent's own figures",
    "performance.today": "every agent's own figures",
    "wizard.banner": "the picture of a service, which its help center shows to everybody",
}


@pytest.fixture
def everything(boss: Member) -> Service:
    """`mall` with every feature contracted, and a row of everything that has an address."""
    world.contracted(boss, "depot", features=tickets.FEATURES, type=ServiceType.ISSUE)
    mall = phone.furnished(boss, features=EVERY_FEATURE)
    assert all(mall.offers(feature) for feature in Feature)
    return mall


def permission(app: Flask, endpoint: str) -> Permission:
    found = app.view_functions[endpoint].permission  # type: ignore[attr-defined]
    assert isinstance(found, Permission)
    return found


def is_open(app: Flask, endpoint: str) -> bool:
    return NEEDS[permission(app, endpoint).key] == ("",)


def test_routes_that_ask_for_no_right_are_known(app: Flask) -> None:
    methods = set().union(*(rule.methods or () for rule in app.url_map.iter_rules()))
    assert methods == {"HEAD", "OPTIONS", "GET", "POST"}
    guarded = {endpoint for method in ("GET", "POST") for endpoint, _path in routes(app, method)}
    assert {endpoint for endpoint in guarded if is_open(app, endpoint)} == set(OPEN)


@pytest.mark.spec("MEM-4")
def test_each_right_is_had_by_those_who_need_it_alone(applications: Callable[[str], Flask]) -> None:
    """Every combination of an agent's rights, with and without those of an organization admin."""
    app = applications("sqlite")
    by_endpoint = {
        rule.endpoint: permission(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in PUBLIC
    }
    declared = {right.key: right for right in by_endpoint.values()}
    assert set(declared) == set(NEEDS)
    names = [one.name for one in fields(Rights) if one.name != "service"]
    here: Any = SimpleNamespace(id=1)
    for granted in itertools.product((False, True), repeat=len(names) + 1):
        had = dict(zip(["admin", *names], granted, strict=True))
        is_admin = had.pop("admin")
        his = Principal(1, 1, "kim", "Kim", is_admin, clock.now(), rights={1: Rights(here, **had)})
        for key, right in declared.items():
            ways = [set(filter(None, way.split("+"))) for way in NEEDS[key]]
            having = {name for name, given in {**had, "admin": is_admin}.items() if given}
            assert right.check(his, here) == any(way <= having for way in ways), (key, having)


@pytest.mark.spec("MEM-6")
def test_without_a_session_every_guarded_route_asks_to_sign_in(
    app: Flask, boss: Member, browser: Callable[..., Browser]
) -> None:
    guest = browser()
    guest.get("/login")
    for endpoint, path in routes(app, "GET"):
        answer = guest.get(path)
        assert answer.status_code == 302, endpoint
        assert answer.headers["Location"].startswith("/login"), endpoint
    for endpoint, path in routes(app, "POST"):
        assert guest.post(path).status_code == 401, endpoint


@pytest.mark.heavy
@pytest.mark.spec("ORG-1", "MEM-4")
def test_an_agent_without_rights_is_refused_with_the_right_that_is_missing(
    app: Flask, boss: Member, everything: Service, browser: Callable[..., Browser]
) -> None:
    """Everything is contracted, and the right is asked before anything is looked for: never 404."""
    world.agent(boss, everything, world.member("agent"), ticket=False)
    his = browser("agent")
    asked = set()
    for method, ask in (("GET", his.get), ("POST", his.post)):
        for endpoint, path in routes(app, method):
            if is_open(app, endpoint):
                continue
            answer = ask(path, htmx=True)
            right = permission(app, endpoint)
            assert answer.status_code == 403, (method, endpoint)
            with i18n.force_locale("en"):
                assert f"You need “{right.label}”." in answer.text, (method, endpoint)
            asked.add(right.key)
    assert asked == {key for key, ways in NEEDS.items() if ways != ("",)}


# polled parts


@pytest.fixture
def parts(everything: Service, boss: Member) -> dict[str, str]:
    """Each polled part of `mall` with an address at which the owner gets it."""
    with db.write() as session:
        ticket = session.scalars(sa.select(sa.func.min(Ticket.id))).one()
        called = sa.select(sa.func.min(Ticket.id)).where(Ticket.call_id.is_not(None))
        of_call = session.scalars(called).one()
        run, export = (
            tasks.start(
                kind, "Made", params, member_id=boss.id, service_id=everything.id, total=0
            ).id
            for kind, params in ((bulk.KIND, {}), ("tickets", {"service": everything.id}))
        )
        batch = migration.begin(
            everything, Upload("old.csv", "0" * 32, 1, "", ""), "", actor=world.actor(boss)
        ).id
        allowed = {everything.id}
        wall = wallboard.add_link(
            everything,
            name="Hall",
            services=[everything.id],
            addresses="",
            allowed=allowed,
            actor=world.actor(boss),
        )
    return {
        "callback_dealing.assign": "/c/s/mall/callbacks/assign",
        "callback_dealing.unassign": "/c/s/mall/callbacks/unassign",
        "callbacks.index": "/c/s/mall/callbacks",
        "caller.call": "/c/s/mall/caller/furnished",
        "caller.running": "/c/s/mall/caller/running",
        "exports.show": f"/c/exports/{export}",
        "migration.index": "/c/org/migration",
        "migration.show": f"/c/org/migration/{batch}",
        "monitor.index": "/c/s/mall/monitoring",
        "news.index": "/c/news",
        "performance.index": "/c/s/mall/performance",
        "phone.colleagues": "/c/phone/colleagues",
        "performance.today": "/c/s/mall/performance/today",
        "phone.index": "/c/phone",
        "sms_history.index": "/c/s/mall/sms/history",
        "ticket_bulk.show": f"/c/s/mall/tickets/bulk/{run}",
        "ticket_phone.strip": "/c/s/mall/tickets/phone",
        "tickets.call": f"/c/s/mall/tickets/{of_call}/call",
        "tickets.counters": "/c/s/mall/tickets/counters",
        "tickets.listed": "/c/s/mall/tickets/list",
        "tickets.viewers": f"/c/s/mall/tickets/{ticket}/viewers",
        "wall.screen": f"/c/wall/{wall}",
        "wallboard.media": "/c/s/mall/wallboard/media",
        "wallboard.overview": "/c/s/mall/wallboard",
        "wallboard.people": "/c/s/mall/wallboard/agents",
        "wallboard.window": "/c/s/mall/wallboard/window/overview",
    }


# Parts of the viewer, who may always ask for his own: they tell a stranger of himself.
OWN = ("news.index", "phone.colleagues", "phone.index")
# Pages of the organization, which its admins alone see.
OF_ORGANIZATION = ("migration.index", "migration.show")
# Parts of one thing, which must not be found under another service's address either.
THINGS = ("caller.call", "ticket_bulk.show", "tickets.call", "tickets.viewers")


@pytest.mark.heavy
@pytest.mark.spec("MEM-4", "MON-3", "TKT-2", "CBK-2")
def test_a_part_of_a_service_says_nothing_to_those_of_another(
    app: Flask,
    boss: Member,
    parts: dict[str, str],
    admin: Browser,
    browser: Callable[..., Browser],
    floor: phone.Floor,
) -> None:
    """Nor that it has not changed: the version that somebody of the service holds is no key."""
    polled = {name for name, view in app.view_functions.items() if hasattr(view, "probe")}
    assert set(parts) == polled
    shop = phone.service(boss, "shop", features=EVERY_FEATURE)
    stranger = world.member("stranger")
    rights = dict.fromkeys(("ticket", "chat", "phone", "transfer", "assign_callbacks"), True)
    world.agent(boss, shop, stranger, manager=True, view_logs=True, **rights)
    his, guest = browser("stranger"), browser()
    for name, path in parts.items():
        answer = admin.get(path, htmx=True)
        tag = answer.headers["ETag"]
        assert (answer.status_code, admin.poll(path, tag).status_code) == (200, 304), name
        if name == "wall.screen":  # whoever holds its address may see it
            for one in (his, guest):
                assert one.get(path, htmx=True).status_code == 200, name
                assert one.poll(f"{path}x", tag).status_code == 404, name
            continue
        assert guest.poll(path, tag).status_code == 401, name
        if name in OWN:
            told = his.poll(path, tag)
            assert told.status_code == 200 and told.headers["ETag"] != tag, name
            assert "mall" not in told.text.lower(), name
            continue
        if name in OF_ORGANIZATION:
            for held in (tag, "*"):
                assert his.poll(path, held).status_code == 403, name
            continue
        elsewhere = path.replace("/c/s/mall/", "/c/s/shop/")
        assert his.get(path, htmx=True).status_code == 404, name
        for asked in (path, elsewhere) if name in THINGS else (path,):
            for held in (tag, "*"):
                refused = his.poll(asked, held)
                assert refused.status_code == 404, (name, asked)
                assert "ETag" not in refused.headers, name
        if name in THINGS or name == "exports.show":
            continue
        theirs = his.get(elsewhere, htmx=True)
        assert theirs.status_code == 200, name
        for held in (theirs.headers["ETag"], f"{tag}, {theirs.headers['ETag']}"):
            assert his.poll(path, held).status_code == 404, (
                name,
                "with the version of one's own service",
            )
