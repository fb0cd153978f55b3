"""The widget of a help center: where it may stand, and what its script knows (HC-3)."""

import gzip
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask

from occ.core.db import db
from occ.core.errors import Refused
from occ.help_center.site import phrases, queries, rules, service, themes
from occ.help_center.site.rules import Part
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import help_center, world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
WIDGET, SCRIPT = "/c/s/mall/help-center/widget", "/mall/hc/widget.js"


@pytest.fixture
def of(boss: Member) -> Service:
    made = world.contracted(boss, languages=["ko", "en", "ar"])
    world.agent(boss, made, boss, manager=True)
    return made


def allow(of: Service, *origins: str) -> None:
    with db.write():
        row = queries.widget(of.id)
        service.save_origins(of, origins, version=row.version if row else 0)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", []),
        ("https://shop.example", ["https://shop.example"]),
        (
            " HTTPS://Shop.Example:443/ \n\nhttps://a.example:8443",
            ["https://shop.example", "https://a.example:8443"],
        ),
        ("https://shop.example\nhttps://shop.example/", ["https://shop.example"]),
        ("https://가게.example", ["https://xn--o39akk.example"]),
        ("http://localhost:8000\nhttp://127.0.0.1", ["http://localhost:8000", "http://127.0.0.1"]),
    ],
)
def test_origins_are_read_as_browsers_name_them(app: Flask, typed: str, read: list[str]) -> None:
    assert rules.origins(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example",
        "http://shop.example",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://*.example",
        "https://kim@shop.example",
        "javascript:x",
        "https://a b",
        "null",
        "'self'",
        "https://shop.example; script-src *",
        "\n".join(f"https://a{n}.example" for n in range(21)),
    ],
)
def test_what_is_no_origin_is_refused(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(Refused) as refused:
        rules.origins(typed)
    assert refused.value.field == "origins"


@pytest.mark.spec("HC-3")
def test_a_manager_allows_sites_and_copies_the_script(of: Service, admin: Browser) -> None:
    admin.get(WIDGET)
    assert 'data-language="ar" async' in admin.text()
    sent = {"origins": "https://Shop.example/", "version": admin.field("version")}
    assert admin.post(WIDGET, sent).status_code == 303
    row = queries.widget(of.id)
    assert row is not None and row.origins == ["https://shop.example"]
    assert admin.post(WIDGET, sent).status_code == 409  # somebody saved first
    assert "https://shop.example" in admin.texts("//*[contains(@class, 'o-stored')]")[0]
    admin.post(WIDGET, {"origins": "https://shop.example/x", "version": "1"})
    assert "“https://shop.example/x” is no address of a site." in admin.errors()
    with db.write():
        service.switch_part(of, Part.WIDGET, False)
    assert "The widget is switched off" in admin.get(WIDGET).text


@pytest.mark.spec("HC-3", "MEM-4")
def test_agents_allow_nothing(of: Service, boss: Member, browser: Callable[..., Browser]) -> None:
    world.agent(boss, of, world.member("kim"))
    his = browser("kim")
    assert his.get(WIDGET).status_code == 403
    assert his.post(WIDGET, {"origins": "https://x.example", "version": "0"}).status_code == 403


def known(script: str) -> dict[str, object]:
    """What the script was given."""
    found = re.search(r"\}\)\((\{.*\})\);\n$", script)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.mark.spec("HC-3", "ORG-6")
def test_the_script_knows_its_sites_colours_and_words(
    of: Service, browser: Callable[..., Browser]
) -> None:
    allow(of, "https://shop.example")
    with db.write():
        phrases.save(of, "widget.open", {"en": "Ask </script> us"}, version=0)
        theme = themes.add(of, "Spring")
    paint = {"accent": "#c2410c", "accent_text": "#ffffff", "hero": "#fde68a"}
    with db.write():
        themes.save(theme, themes.Draft("Spring", paint, ""), version=theme.version)
        themes.put_in_use(of, theme)
    guest = browser()
    answer = guest.get(SCRIPT)
    assert answer.mimetype == "text/javascript" and "Set-Cookie" not in answer.headers
    site = known(answer.text)
    assert site["origins"] == ["https://shop.example"]
    assert (site["accent"], site["text"]) == ("#c2410c", "#ffffff")
    languages = site["languages"]
    assert isinstance(languages, dict) and list(languages) == ["ko", "en", "ar"]
    assert languages["ar"]["direction"] == "rtl" and languages["ar"]["texts"]["open"]
    assert languages["en"]["texts"]["open"] == "Ask </script> us"
    assert len(gzip.compress(answer.data)) <= 12 * 1024
    etag = answer.headers["ETag"]
    again = guest._send("GET", SCRIPT, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    allow(of)
    assert guest.get(SCRIPT).headers["ETag"] != etag


@pytest.mark.spec("HC-3", "ORG-5")
def test_there_is_no_script_where_the_widget_is_off_or_the_service_is_suspended(
    of: Service, boss: Member, admin: Browser
) -> None:
    with db.write():
        service.switch_part(of, Part.WIDGET, False)
    assert admin.get(SCRIPT).status_code == 404
    with db.write():
        service.switch_part(of, Part.WIDGET, True)
    assert admin.get(SCRIPT).status_code == 200
    admin.post(f"/c/org/contracts/{of.id}/state", {"on": "0"}, htmx=True)
    assert admin.get(SCRIPT).status_code == 503


# what stands in the frame


@pytest.mark.spec("HC-3")
def test_only_the_allowed_sites_frame_what_the_widget_shows(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    center = help_center.furnished(boss)
    guest = browser()
    framed = f"/mall/hc/en/embed/{center.refund.id}"
    for path in ("/mall/hc/en/embed", framed):
        policy = guest.get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, path
    allow(center.service, "https://shop.example", "https://b.example:8443")
    for path in ("/mall/hc/en/embed", framed):
        policy = guest.get(path).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://shop.example https://b.example:8443")
        assert "default-src 'self'" in policy
    for path in ("/mall/hc/en", f"/mall/hc/en/faq/a/{center.refund.id}"):
        assert "frame-ancestors 'none'" in guest.get(path).headers["Content-Security-Policy"]


@pytest.mark.spec("HC-3", "HC-1")
def test_the_frame_searches_and_shows_what_customers_may_read(
    boss: Member, browser: Callable[..., Browser]
) -> None:
    center = help_center.furnished(boss)
    guest = browser()
    guest.get("/mall/hc/ko/embed?q=환불")
    assert "Q 환불은 언제 되나요?" in guest.links()
    (way,) = guest.find("//main//li/a/@href")
    assert way == f"/mall/hc/ko/embed/{center.refund.id}"
    assert "영업일 3일 안에 환불해요." in guest.get(str(way)).text
    guest.get("/mall/hc/ko/embed?q=없는말")
    assert "없는말" in guest.text() and guest.find("//main//li/a")
    # a notice, a draft and an unknown one are no answers
    for ident in (center.check.id, 10**6):
        assert guest.get(f"/mall/hc/ko/embed/{ident}").status_code == 404
    with db.write():
        service.switch_part(center.service, Part.FAQ, False)
    assert guest.get(str(way)).status_code == 404
    guest.get("/mall/hc/ko/embed?q=환불")
    assert not guest.find("//form") and not guest.find("//main//li")
    with db.write():
        service.switch_part(center.service, Part.WIDGET, False)
    assert guest.get("/mall/hc/ko/embed").status_code == 404
