"""ORG-1 to ORG-6 through the wizard and the contract list."""

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from occ.core import storage
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.models import Service, ServiceDraft
from occ.organization.rules import Editor, Feature, ServiceState, ServiceType
from tests.factories import world
from tests.support.browser import Browser

# pages walked by people: on PostgreSQL in `make test-all`
pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("all_features")]

BASIC = {
    "type": "consultation",
    "name": "늘봄몰",
    "slug": "NeulBom",
    "languages": ["ko", "en"],
    "time_zone": "Asia/Seoul",
    "editor": "html",
}
TERMS = {"features": ["ticket", "help_center", "sms"], "seats": "3", "sms": "100", "mms": "0"}


def start(admin: Browser) -> str:
    """A new wizard's address."""
    path = admin.get("/c/org/contracts/new").headers["Location"]
    admin.get(path)
    return path


def only() -> Service:
    return db.session.scalars(sa.select(Service)).one()


def picture(
    kind: str = "PNG", size: tuple[int, int] = (800, 600), **kwargs: object
) -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **kwargs)  # type: ignore[arg-type]
    file.seek(0)
    return file, "banner.png"


@pytest.mark.spec("ORG-1", "ORG-2", "ORG-3")
def test_a_service_is_added_in_two_steps_and_is_active(admin: Browser) -> None:
    admin.get("/c/org/contracts")
    assert "No services yet" in admin.text()
    admin.post(start(admin), {**BASIC, "name": ""})
    assert admin.texts("//*[@data-errors]//b") == ["Some of it is missing or wrong."]
    answer = admin.post(start(admin), BASIC)
    service = only()
    assert (service.slug, service.state, service.type) == (
        "neulbom",
        ServiceState.UNUSED,
        ServiceType.CONSULTATION,
    )
    admin.get("/c/org/contracts")
    assert "Step 2 is missing" in admin.text()
    admin.follow(answer)
    assert admin.post(f"/c/org/contracts/{service.id}/terms", TERMS).status_code == 303
    admin.get("/c/org/contracts")
    assert "3 features · 3 seats" in admin.text()
    assert "Active" in admin.text()
    db.session.expire_all()
    assert only().offers(Feature.SMS)


@pytest.mark.spec("ORG-2")
@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("neulbom2", "Remove: 2"),
        ("neul bom", "Remove: ␣"),
        ("늘봄", "Remove: 늘 봄"),
        ("login", "reserved"),
        ("STATIC", "reserved"),
        ("x" * 31, "2 to 30 letters; this has 31"),
        ("x", "2 to 30 letters; this has 1"),
        ("", "Fill this in"),
    ],
)
def test_a_wrong_service_id_is_refused_in_words_and_the_form_keeps_everything(
    admin: Browser, slug: str, words: str
) -> None:
    path = start(admin)
    assert admin.post(path, {**BASIC, "slug": slug}).status_code == 422
    assert words in admin.errors()
    assert (admin.field("slug"), admin.field("name")) == (slug, "늘봄몰")
    assert "한국어" in admin.text()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Service)) == 0
    if slug:
        admin.get(f"/c/org/contracts/slug?slug={slug}", htmx=True)
        assert words.split(";")[0].split(":")[0] in admin.text()


@pytest.mark.spec("ORG-2")
def test_thirty_letters_are_accepted_and_a_taken_id_is_not_even_after_termination(
    admin: Browser, boss: Member
) -> None:
    assert admin.post(start(admin), {**BASIC, "slug": "y" * 30}).status_code == 303
    assert admin.post(start(admin), {**BASIC, "slug": "Y" * 30}).status_code == 422
    assert "never used again" in admin.errors()
    admin.get("/c/org/contracts/slug?slug=" + "y" * 30, htmx=True)
    assert "is taken" in admin.text()
    gone = world.contracted(boss, "gone")
    admin.post(f"/c/org/contracts/{gone.id}/state", {"on": "0"}, htmx=True)
    admin.post(f"/c/org/contracts/{gone.id}/terminate", {"typed": "gone"}, htmx=True)
    assert admin.post(start(admin), {**BASIC, "slug": "gone"}).status_code == 422


@pytest.mark.spec("ORG-2")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"languages": []}, "at least one language"),
        ({"languages": ["xx"]}, "not in the list"),
        ({"name": ""}, "Fill this in"),
        ({"name": "n" * 51}, "at most 50"),
        ({"time_zone": "Seoul"}, "Not a valid choice"),
        ({"editor": "word"}, "Not a valid choice"),
        ({"type": "shop"}, "Not a valid choice"),
        ({"greeting-ko": "가" * 201}, "at most 200"),
    ],
)
def test_other_wrong_input_in_step_one_is_refused(
    admin: Browser, change: dict[str, object], words: str
) -> None:
    assert admin.post(start(admin), {**BASIC, **change}).status_code == 422
    assert words in admin.errors()


@pytest.mark.spec("ORG-2")
def test_step_one_survives_reload_a_closed_tab_back_and_a_double_click(
    admin: Browser, browser: Callable[..., Browser]
) -> None:
    path = start(admin)
    typed = {**BASIC, "slug": "", "name": "봄마켓", "greeting-ko": "안녕하세요"}
    assert admin.post(f"{path}/draft", typed, htmx=True).status_code == 204
    admin.get("/c/org/contracts")
    assert "봄마켓" in admin.text()
    assert "Basic info comes first" in admin.text()
    admin.get(path)
    assert (admin.field("name"), admin.field("greeting-ko")) == ("봄마켓", "안녕하세요")
    first = admin.post(path, {**typed, "slug": "bommarket"})
    second = admin.post(path, {**typed, "slug": "bommarket"})
    assert first.headers["Location"] == second.headers["Location"]
    assert admin.get(path).headers["Location"] == first.headers["Location"]  # back
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ServiceDraft)) == 0
    admin.post(f"{path}/draft", typed, htmx=True)  # a late one from another tab changes nothing
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ServiceDraft)) == 0


@pytest.mark.spec("ORG-1")
def test_unfinished_and_uncontracted_services_can_be_deleted_contracted_ones_not(
    admin: Browser, boss: Member
) -> None:
    path = start(admin)
    admin.post(f"{path}/draft", BASIC, htmx=True)
    admin.get("/c/org/contracts")
    assert "1 in all" in admin.text(), "what is unfinished is a row, too"
    for part, is_found in (("늘봄", True), ("neulb", True), ("other", False)):
        admin.get(f"/c/org/contracts?q={part}")
        assert ("늘봄몰" in admin.text()) is is_found, "and is found as one"
    assert admin.post(f"{path}/delete", htmx=True).status_code == 204
    draft, signed = world.draft_service(boss, "draft"), world.contracted(boss, "signed")
    admin.get(f"/c/org/contracts/{draft.id}/delete", htmx=True)
    assert admin.post(f"/c/org/contracts/{draft.id}/delete", htmx=True).status_code == 204
    assert admin.post(f"/c/org/contracts/{signed.id}/delete", htmx=True).status_code == 422
    assert only().id == signed.id


@pytest.mark.spec("ORG-2", "ORG-6")
def test_languages_are_added_removed_and_ordered_and_the_zone_follows_until_touched(
    admin: Browser,
) -> None:
    path = start(admin)
    values = {"languages": ["ko"], "time_zone": "Asia/Seoul", "greeting-ko": "안녕하세요"}
    offered = "//*[@id='language-found']//li//*[contains(@class, 'mono')]"
    admin.get(path)
    listed = admin.texts(offered)
    assert listed[:2] == ["ja", "en"] and len(listed) == 12, "the chosen one is not offered"
    admin.get("/c/org/contracts/languages?q=繁體&languages=ko", htmx=True)
    assert admin.texts("//li//*[contains(@class, 'mono')]") == ["zh_TW"]
    admin.get("/c/org/contracts/languages?q=繁體&languages=zh_TW", htmx=True)
    assert admin.text() == "Added already: Chinese (Traditional, Taiwan)", "it fits, but is chosen"
    admin.get("/c/org/contracts/languages?q=xyzzy&languages=zh_TW", htmx=True)
    assert admin.text() == "No language fits “xyzzy”."
    admin.post("/c/org/contracts/languages/add?add=zh_TW", {**values, "q": "chin"}, htmx=True)
    assert "zh" in admin.texts(offered) and "zh_TW" not in admin.texts(offered)
    assert admin.last and admin.last.text.index('value="ko"') < admin.last.text.index(
        'value="zh_TW"'
    )
    assert "안녕하세요" in admin.last.text
    admin.post(
        "/c/org/contracts/languages/add?first=zh_TW",
        {**values, "languages": ["ko", "zh_TW"]},
        htmx=True,
    )
    assert admin.last.text.index('value="zh_TW"') < admin.last.text.index('value="ko"')
    assert admin.field("time_zone") == "Asia/Taipei"
    admin.post(
        "/c/org/contracts/languages/add?drop=ko",
        {**values, "languages": ["zh_TW", "ko"], "time_zone_touched": "1"},
        htmx=True,
    )
    assert 'value="ko"' not in admin.last.text
    assert 'name="time_zone"' not in admin.last.text
    assert path


@pytest.mark.spec("ORG-2")
def test_editing_promotes_the_next_language_and_hides_one_with_content(
    admin: Browser, boss: Member
) -> None:
    service = world.draft_service(boss, greetings={"ko": "무엇을 도와드릴까요?"})
    path = f"/c/org/contracts/{service.id}/basic"
    admin.get(path)
    values = {
        "name": "늘봄",
        "languages": ["en"],
        "time_zone": "Europe/Paris",
        "editor": "text",
        "version": admin.field("version"),
    }
    assert admin.post(path, values).status_code == 303
    db.session.refresh(service)
    assert [(row.code, row.hidden) for row in service.languages] == [("en", False), ("ko", True)]
    assert (service.editor, service.time_zone, service.slug) == (
        Editor.TEXT,
        "Europe/Paris",
        "mall",
    )
    assert admin.post(path, {**values, "name": "다른 이름"}).status_code == 409
    assert admin.field("name") == "다른 이름"
    assert "늘봄" in admin.text()
    back = {
        **values,
        "languages": ["ko", "en"],
        "slug": "other",
        "type": "issue",
        "version": admin.field("version"),
    }
    assert admin.post(path, back).status_code == 303
    db.session.refresh(service)
    assert service.greeting("ko") == "무엇을 도와드릴까요?"
    assert (service.slug, service.type) == ("mall", ServiceType.CONSULTATION)


@pytest.mark.spec("ORG-2")
def test_a_banner_is_made_again_without_metadata_and_shown(admin: Browser, app: Flask) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    assert (
        admin.post(
            start(admin),
            {**BASIC, "banner": picture("JPEG", exif=exif)},
            content_type="multipart/form-data",
        ).status_code
        == 303
    )
    service = only()
    answer = admin.get(f"/c/org/contracts/{service.id}/banner")
    made = Image.open(io.BytesIO(answer.data))
    assert (made.format, max(made.size)) == ("PNG", 512)
    assert b"secret place" not in answer.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (storage.path(service.banner or "").stat().st_mode & 0o777) == 0o600


@pytest.mark.spec("ORG-2")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be read"),
        (lambda: b"\x89PNG\r\n\x1a\n broken", "cannot be read"),
        (lambda: b"x" * (2 * 1024 * 1024 + 1), "this has 2.1 MB"),
        (lambda: picture("GIF")[0].getvalue(), "cannot be read"),
        (lambda: picture("PNG", (10_000, 5_000))[0].getvalue(), "too many pixels"),
    ],
    ids=["svg", "broken", "large", "gif", "50 megapixels"],
)
def test_what_is_not_a_picture_or_too_large_is_refused(
    admin: Browser, content: Callable[[], bytes], words: str
) -> None:
    banner = io.BytesIO(content()), "banner.png"
    answer = admin.post(
        start(admin), {**BASIC, "banner": banner}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert words in admin.errors()
    assert admin.field("name") == "늘봄몰"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Service)) == 0
