"""Parts and themes of a help center (HC-3)."""

import re
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import Image

from occ.core import storage
from occ.core.db import db
from occ.help_center.site import colors, queries, rules, service, themes
from occ.help_center.site.models import HelpCenterTheme
from occ.help_center.site.rules import Part
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from tests.factories import world
from tests.help_center.test_links import choose
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
PARTS, THEMES = "/c/s/mall/help-center/parts", "/c/s/mall/help-center/themes"
GOOD = {"accent": "#c2410c", "accent_text": "#ffffff", "hero": "#fde68a"}


@pytest.fixture
def of(boss: Member) -> Service:
    """A service that the owner manages."""
    made = world.contracted(boss)
    world.agent(boss, made, boss, manager=True)
    return made


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> BytesIO:
    made = BytesIO()
    Image.new("RGB", size, "#c2410c").save(made, kind)
    made.seek(0)
    return made


def theme(of: Service, name: str = "Spring") -> HelpCenterTheme:
    with db.write() as session:
        return themes.add(session.get_one(Service, of.id), name)


def site(of: Service) -> queries.Site:
    db.session.expire_all()
    return queries.site(db.session.get_one(Service, of.id))


# parts


@pytest.mark.spec("HC-3")
def test_each_part_is_switched_by_itself(of: Service, admin: Browser) -> None:
    page = admin.get(PARTS)
    assert len(admin.find("//input[@role='switch'][@checked]")) == len(Part)
    assert "/mall/hc" in page.text
    assert admin.post(f"{PARTS}/faq", {"on": "0"}, htmx=True).status_code == 204
    assert admin.post(f"{PARTS}/widget", {"on": "0"}, htmx=True).status_code == 204
    assert site(of).parts == set(Part) - {Part.FAQ, Part.WIDGET}
    admin.get(PARTS)
    off = admin.find("//li[.//input[not(@checked)]]//b")
    assert [one.text for one in off] == ["Frequently asked questions", "Widget"]
    admin.post(f"{PARTS}/faq", {"on": "1"}, htmx=True)
    assert site(of).parts == set(Part) - {Part.WIDGET}
    assert admin.post(f"{PARTS}/nothing", {"on": "0"}).status_code == 404


@pytest.mark.spec("HC-3", "MEM-4")
def test_agents_see_neither_parts_nor_themes(
    of: Service, boss: Member, browser: Callable[..., Browser]
) -> None:
    world.agent(boss, of, world.member("kim"))
    his = browser("kim")
    row = theme(of)
    for path in (PARTS, THEMES, f"{THEMES}/{row.id}", f"{THEMES}/{row.id}/preview"):
        assert his.get(path).status_code == 403
        assert "Help center settings of this service" in his.text()
    assert his.post(f"{THEMES}/{row.id}/use", htmx=True).status_code == 403
    assert site(of).theme is None


@pytest.mark.spec("HC-3")
def test_a_part_that_is_off_stands_in_no_menu_and_its_address_is_not_found(
    of: Service, admin: Browser
) -> None:
    admin.get(PARTS)
    addresses = [str(one) for one in admin.find("//li//a/@href")]
    there = ("faq", "notices", "inquiry", "embed", "company")  # no queue takes callbacks
    assert addresses == [f"/mall/hc/ko/{name}" for name in there]
    assert {admin.get(address).status_code for address in addresses} == {200}
    admin.get("/mall/hc/ko")
    assert set(admin.find("//a/@href")) >= {"/mall/hc/ko/faq", "/mall/hc/ko/notices"}
    for part in Part:
        admin.post(f"{PARTS}/{part.value}", {"on": "0"}, htmx=True)
    assert {admin.get(address).status_code for address in addresses} == {404}
    admin.get("/mall/hc/ko")
    assert not set(admin.find("//a/@href")) & set(addresses)
    admin.get(PARTS)
    assert not admin.find("//li//a")


# themes


@pytest.mark.spec("HC-3")
def test_a_theme_is_made_written_looked_at_and_put_in_use(of: Service, admin: Browser) -> None:
    admin.get(f"{THEMES}/new")
    answer = admin.post(f"{THEMES}/new", {"name": "Spring"})
    row = db.session.scalars(sa.select(HelpCenterTheme)).one()
    admin.follow(answer)
    assert "This theme is not in use yet." in admin.text()
    sent = {"name": "Spring", **GOOD, "css": "h1 { letter-spacing: 0 }", "version": "1"}
    with_logo = {**sent, "logo": (picture("WEBP"), "logo.png")}
    admin.follow(admin.post(f"{THEMES}/{row.id}", with_logo))
    assert admin.field("accent") == "#c2410c"
    assert admin.field("css").strip() == ".hc-main h1 {\n  letter-spacing: 0;\n}"
    db.session.expire_all()
    logo = row.logo
    assert logo is not None
    with Image.open(storage.path(logo)) as kept:
        assert kept.format == "PNG"
    # customers see nothing of it yet
    guest = admin.get("/mall/hc/en").text
    assert "theme-" not in guest
    assert admin.get(f"{THEMES}/{row.id}/look").text.count("<iframe") == 2
    answer = admin.post(f"{THEMES}/{row.id}/use", htmx=True)
    assert answer.headers["HX-Redirect"] == THEMES
    admin.get(THEMES)
    assert [cells[1] for cells in admin.rows()[1:]] == ["–", "In use"]
    admin.get("/mall/hc/en")
    (sheet,) = admin.find("//link[contains(@href, 'theme-')]/@href")
    style = admin.get(str(sheet))
    assert style.mimetype == "text/css" and "immutable" in style.headers["Cache-Control"]
    assert "--accent-solid: #c2410c" in style.text and ".hc-main h1" in style.text
    assert "--hc-hero-text: #000000" in style.text and "contain: paint" in style.text
    admin.get("/mall/hc/en")
    (src,) = admin.find("//header//img/@src")
    assert admin.get(str(src)).mimetype == "image/png"
    old = admin.get(re.sub(r"theme-\w+", "theme-0", str(sheet)))
    assert old.text == style.text and "immutable" not in old.headers["Cache-Control"]


@pytest.mark.spec("HC-3")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accent": "#1a237e"}, "1.26:1, and has to be 3:1 or more. The nearest colour"),
        ({"accent": "#ffeb3b"}, "The contrast with the light page is 1.22:1"),
        ({"accent_text": "#ffcc00"}, "The contrast with the accent colour is"),
        ({"accent": "reddish"}, "Enter a colour such as #2257d4."),
        ({"accent": "#2257d4ff"}, "Use at most 7 characters"),
        ({"hero": "yellow"}, "Enter a colour such as #2257d4."),
        ({"css": "p{}\nb{position:fixed}"}, "Line 2: “position” can be static or relative only."),
        ({"css": "@import 'x'"}, "Line 1: “@import” cannot be used here."),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_what_cannot_be_read_or_reaches_too_far_is_refused_in_words(
    of: Service, admin: Browser, changes: dict[str, str], words: str
) -> None:
    row = theme(of)
    admin.get(f"{THEMES}/{row.id}")
    sent = {"name": "Mine", **GOOD, "css": "", "version": admin.field("version"), **changes}
    answer = admin.post(f"{THEMES}/{row.id}", sent)
    assert answer.status_code == 422 and words in admin.errors()
    assert admin.field("name") == sent["name"] and admin.field("css").strip() == sent["css"]
    assert db.session.get_one(HelpCenterTheme, row.id, populate_existing=True).name == "Spring"
    # what the frames show of it are the words
    shown = admin.post(f"{THEMES}/{row.id}/preview", sent)
    if "name" not in changes:
        assert words.partition("Use")[0][:20] in shown.text


@pytest.mark.spec("HC-3")
def test_what_is_typed_is_looked_at_before_it_is_saved(of: Service, admin: Browser) -> None:
    row = theme(of)
    admin.get(f"{THEMES}/{row.id}")
    sent = {"name": "Spring", **GOOD, "css": "p { color: #123123 }"}
    shown = admin.post(f"{THEMES}/{row.id}/preview?language=ko", sent)
    policy = shown.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "sandbox allow-same-origin" in policy
    assert "script-src 'none'" in policy
    assert '<html lang="ko"' in " ".join(shown.text[:200].split())
    found = re.search(r"data:text/css;base64,([\w+/=]+)", shown.text)
    assert found is not None
    style = b64decode(found[1]).decode()
    assert ".hc-main p {\n  color: #123123;\n}" in style and "--accent-solid: #c2410c" in style
    assert row.colors["accent"] == colors.DEFAULT["accent"]
    # the public page itself is shown in no frame
    assert "frame-ancestors 'none'" in admin.get("/mall/hc/ko").headers["Content-Security-Policy"]
    assert admin.get(f"{THEMES}/{row.id}/preview?language=fr").status_code == 404


@pytest.mark.spec("HC-3")
def test_who_saves_over_another_one_keeps_what_was_typed(of: Service, admin: Browser) -> None:
    row = theme(of)
    admin.get(f"{THEMES}/{row.id}")
    version = admin.field("version")
    paint = {name: colors.parsed(value, name) for name, value in GOOD.items()}
    with db.write():
        draft = themes.Draft("Autumn", paint, "")
        themes.save(row, draft, version=int(version))
    sent = {"name": "Winter", **GOOD, "css": "p { color: red }", "version": version}
    answer = admin.post(f"{THEMES}/{row.id}", sent)
    assert answer.status_code == 409
    assert "Autumn" in admin.texts("//*[contains(@class, 'o-stored')]")[0]
    assert admin.field("name") == "Winter"
    sent["version"] = admin.field("version")
    assert admin.post(f"{THEMES}/{row.id}", sent).status_code == 303
    assert db.session.get_one(HelpCenterTheme, row.id, populate_existing=True).name == "Winter"


@pytest.mark.spec("HC-3")
def test_pictures_are_told_by_content(of: Service, admin: Browser) -> None:
    row = theme(of)
    for content, words in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This picture cannot be read."),
        (b"x" * (storage.IMAGE_BYTES + 1), "The picture may have at most 2 MB"),
    ):
        admin.get(f"{THEMES}/{row.id}")
        sent = {"name": "Spring", **GOOD, "css": "", "version": admin.field("version")}
        answer = admin.post(f"{THEMES}/{row.id}", {**sent, "logo": (BytesIO(content), "logo.png")})
        assert answer.status_code == 422 and words in admin.errors()


@pytest.mark.spec("HC-3")
def test_themes_are_copied_deleted_and_put_out_of_use(of: Service, admin: Browser) -> None:
    row = theme(of)
    logo = storage.save(b"picture", ".png")
    paint = {name: colors.parsed(value, name) for name, value in GOOD.items()}
    with db.write():
        themes.save(row, themes.Draft("Spring", paint, "", logo), version=row.version)
        themes.put_in_use(of, row)
    admin.get(f"{THEMES}/{row.id}/copy")
    assert admin.field("name") == "Spring (copy)"
    admin.post(f"{THEMES}/{row.id}/copy", {"name": "spring"})
    assert "There is a theme “spring” already." in admin.errors()
    admin.post(f"{THEMES}/{row.id}/copy", {"name": "Summer"})
    other = queries.themes(of.id)[1]
    assert (other.name, other.in_use, other.colors) == ("Summer", False, row.colors)
    assert other.logo != logo and storage.path(str(other.logo)).read_bytes() == b"picture"
    assert admin.post(f"{THEMES}/{row.id}/delete", htmx=True).status_code == 422
    admin.post(f"{THEMES}/{other.id}/use", htmx=True)
    assert site(of).theme and site(of).theme.ident == other.id  # type: ignore[union-attr]
    gone = row.id
    assert admin.post(f"{THEMES}/{gone}/delete", htmx=True).status_code == 204
    admin.post(f"{THEMES}/shipped", htmx=True)
    assert site(of).theme is None and len(queries.themes(of.id)) == 1
    assert admin.get(f"{THEMES}/{gone}").status_code == 404


@pytest.mark.spec("HC-3")
def test_a_service_keeps_a_bounded_number_of_themes_and_finds_its_own_alone(
    of: Service, boss: Member, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot = world.contracted(boss, "depot")
    foreign = theme(depot)
    assert admin.get(f"{THEMES}/{foreign.id}").status_code == 404
    assert admin.post(f"{THEMES}/{foreign.id}/use", htmx=True).status_code == 404
    assert admin.get(f"/mall/hc/logo-{foreign.id}.png").status_code == 404
    monkeypatch.setattr(rules, "THEMES_MAX", 1)
    theme(of)
    admin.get(f"{THEMES}/new")
    admin.post(f"{THEMES}/new", {"name": "Another"})
    assert "Keep at most 1 themes" in admin.errors()


@pytest.mark.spec("HC-3")
def test_the_home_page_is_arranged_and_has_free_texts(of: Service, admin: Browser) -> None:
    row = theme(of)
    at = f"{THEMES}/{row.id}/sections"

    def kinds() -> list[str]:
        found = db.session.get_one(HelpCenterTheme, row.id, populate_existing=True)
        return [section["kind"] for section in found.sections]

    assert kinds() == ["search", "notices", "categories", "faq", "ways"]
    admin.post(f"{at}/ways/move", {"place": "1"}, htmx=True)
    admin.post(f"{at}/faq/remove", htmx=True)
    assert kinds() == ["search", "ways", "notices", "categories"]
    assert admin.post(f"{at}/add/search", htmx=True).status_code == 204  # it is there: once
    admin.post(f"{at}/add/faq", htmx=True)
    assert kinds() == ["search", "ways", "notices", "categories", "faq"]
    answer = admin.post(f"{at}/add/text", htmx=True)
    assert kinds()[-1] == "text"
    where = answer.headers["HX-Redirect"]
    admin.get(where)
    html = "<div>Hi <b>all</b> #{menu.faq}<script>alert(1)</script><img src=x onerror=y></div>"
    sent = {"body": html, "formatted": "1", "version": admin.field("version")}
    assert admin.post(where, sent).status_code == 303
    stored = db.session.get_one(HelpCenterTheme, row.id, populate_existing=True).sections[-1]
    assert stored["texts"] == {"ko": "<div>Hi <b>all</b> #{menu.faq}</div>"}
    shown = site(of).rich(stored["texts"]["ko"], "en")
    assert shown == "<div>Hi <b>all</b> Frequently asked questions</div>"
    admin.get(where)
    version = admin.field("version")
    admin.post(where, {"body": "<div>#{nothing}</div>", "formatted": "1", "version": version})
    assert "There is no text with the code “nothing”." in admin.errors()
    admin.post(where, {"body": "<div>mine</div>", "formatted": "1", "version": "1"})
    assert "Somebody else saved first" in admin.text() and "mine" in admin.field("body")
    for key in ("search", "ways", "notices", "categories", "faq"):
        admin.post(f"{at}/{key}/remove", htmx=True)
    assert admin.post(f"{at}/{stored['key']}/remove", htmx=True).status_code == 422
    assert admin.post(f"{at}/nothing/move", {"place": "0"}, htmx=True).status_code == 404
    assert admin.get(f"{at}/search/ko").status_code == 404


@pytest.mark.spec("HC-3")
def test_parts_and_themes_go_with_their_service(of: Service) -> None:
    row = theme(of)
    with db.write():
        themes.put_in_use(of, row)
        service.switch_part(of, Part.FAQ, False)
    with db.write():
        of.state = ServiceState.TERMINATED
        organization.erase(of.id)
    assert db.session.scalars(sa.select(HelpCenterTheme)).all() == []


@pytest.mark.spec("HC-3")
def test_a_logo_in_use_is_not_swept_away(of: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    row = theme(of)
    kept, orphan = storage.save(b"kept", ".png"), storage.save(b"orphan", ".png")
    paint = {name: colors.parsed(value, name) for name, value in GOOD.items()}
    with db.write():
        themes.save(row, themes.Draft("Spring", paint, "", kept), version=row.version)
    monkeypatch.setattr(storage, "keys_older_than", lambda _instant: [kept, orphan])
    organization.sweep_files()
    assert storage.path(kept).is_file() and not storage.path(orphan).is_file()


@pytest.mark.spec("HC-3")
def test_own_css_does_not_reach_a_page_on_which_somebody_signs_in_or_writes(
    of: Service, boss: Member, browser: Callable[..., Browser]
) -> None:
    choose(boss, of)  # members sign in by a link
    row = theme(of)
    css = themes.check(themes.Draft("Spring", GOOD, "* { color: red }"))
    with db.write():
        themes.save(row, css, version=row.version)
        themes.put_in_use(of, row)
    guest = browser()

    def scopes(path: str) -> list[str]:
        assert guest.get(path).status_code == 200, path
        return [str(one) for one in guest.find("//*[contains(@class, 'hc-main')]/@id")]

    assert scopes("/mall/hc/ko") == ["main"] == scopes("/mall/hc/ko/faq")
    assert scopes("/mall/hc/ko/inquiry") == [] == scopes("/mall/hc/ko/login")
    (sheet,) = guest.find("//link[contains(@href, 'theme-')]/@href")
    assert ".hc-main * {" in guest.get(str(sheet)).text
