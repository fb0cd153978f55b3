"""Layouts of mails: written, refused in words, seen and tried before they are saved (MAIL-2, FBW-1)."""

import contextvars
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from occ.core.db import db
from occ.core.errors import Refused
from occ.core.richtext import Writing
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity.models import Member
from occ.mail import layouts, rules, shipped
from occ.mail.models import MailLayout
from occ.mail.rules import LAYOUT_PLACES, LayoutKind
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Editor, Feature
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import PLACEHOLDERS, unknown
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

PAGE = "/c/s/mall/mail/layouts"
ONE = f"{PAGE}/resolved/ko"
KNOWN = [*LAYOUT_PLACES, *(place.value for place in PLACEHOLDERS)]
pytestmark = [pytest.mark.spec("MAIL-2"), pytest.mark.heavy]
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return tickets.desk(boss)


def stored() -> MailLayout | None:
    db.session.expire_all()
    return db.session.scalar(sa.select(MailLayout))


def preview(who: Browser, data: dict[str, str]) -> TestResponse:
    """What the frame shows, which is no page of the console."""
    opened = contextvars.Context().run
    return opened(lambda: who.client.post(f"{ONE}/preview", data=data))


def html_service(of: Service) -> None:
    with db.write() as session:
        session.get_one(Service, of.id).editor = Editor.HTML


@pytest.mark.parametrize("kind", LayoutKind)
def test_a_shipped_layout_is_a_layout_in_every_language(kind: LayoutKind) -> None:
    for code in all_languages():
        said = shipped.layout(kind, code)
        for text in (said.text, said.html):
            assert "#{content}" in text and unknown([text], KNOWN) == []
        rules.check_layout(said, {name: name for name in KNOWN}, [])
    assert {"ko", "en", "ja"} <= set(shipped.WORDS) <= set(all_languages())
    texts = {shipped.layout(one, "ko").text for one in LayoutKind}
    assert len(texts) == 3, "each kind says its own"


def test_a_layout_is_written_and_left_for_the_shipped_one(mall: Service, admin: Browser) -> None:
    page = admin.get(PAGE).text
    assert page.count("Shipped") == 6 and page.count('href="' + PAGE) >= 3
    admin.get(ONE)
    assert admin.field("body").strip() == shipped.layout(LayoutKind.RESOLVED, "ko").text
    values = {"body": "안녕하세요 #{customer} 님\n\n#{content}", "version": admin.field("version")}
    assert admin.post(ONE, values, htmx=True).headers["HX-Redirect"] == PAGE
    found = stored()
    assert found is not None and (found.kind, found.language) == (LayoutKind.RESOLVED, "ko")
    assert admin.get(PAGE).text.count("Shipped") == 5
    admin.get(ONE)
    assert admin.field("body").strip() == values["body"] and admin.field("version") == "1"
    admin.post(f"{ONE}/reset", htmx=True)
    assert stored() is None and admin.get(PAGE).text.count("Shipped") == 6


def test_what_is_no_layout_is_refused_in_words_and_kept(mall: Service, admin: Browser) -> None:
    with db.write():
        settings.save_word(mall, None, "최저가")
    admin.get(ONE)
    for wrong, words in (
        (" ", "Enter something first."),
        ("안녕하세요", "Put #{content} where the answer should stand"),
        ("#{contents} x", "Put #{content} where the answer should stand"),
        ("#{content} #{contents}", "Did you mean #{content}?"),
        ("#{content} #{password}", "There is no placeholder #{password}."),
        ("#{content} #{titel", "has no } at its end"),
        ("#{content} 최저가 보장", "This holds forbidden words. Change them: 최저가"),
        ("#{content}" + "x" * rules.LAYOUT_MAX, "Use at most 10000 characters"),
    ):
        answer = admin.post(ONE, {"body": wrong, "version": "0"})
        assert answer.status_code == 422 and words in admin.errors(), wrong
        assert admin.field("body").strip() == wrong.strip() and stored() is None
        token = admin.field("csrf_token")
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing))
        refused = admin.post(f"{ONE}/test", {"body": wrong}, htmx=True)
        assert refused.status_code == 422 and "occ:refused" in refused.headers["HX-Trigger"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) == before
        assert words.split("#")[0] in preview(admin, {"body": wrong, "csrf_token": token}).text
    with db.write(), pytest.raises(Refused):
        layouts.save(mall, LayoutKind.HOLD, "ko", Writing("no place"), version=0)


def test_an_answer_cannot_stand_in_a_link(mall: Service, admin: Browser) -> None:
    html_service(mall)
    admin.get(ONE)
    body = '<div>#{content} <a href="https://x.example/#{content}">x</a></div>'
    admin.post(ONE, {"body": body, "formatted": "1", "version": "0"})
    assert "There is no placeholder #{content}." in admin.errors() and stored() is None


def test_who_saves_second_sees_what_is_stored(mall: Service, admin: Browser) -> None:
    admin.get(ONE)
    with db.write():
        layouts.save(mall, LayoutKind.RESOLVED, "ko", Writing("#{content} first"), version=0)
    answer = admin.post(ONE, {"body": "#{content} second", "version": "0"})
    assert answer.status_code == 409 and "#{content} first" in answer.text
    assert admin.field("body").strip() == "#{content} second"
    admin.post(ONE, {"body": "#{content} second", "version": admin.field("version")})
    found = stored()
    assert found is not None and found.body == "#{content} second"


@pytest.mark.parametrize("editor", Editor)
def test_a_layout_is_seen_and_tried_before_it_is_saved(
    mall: Service, boss: Member, admin: Browser, editor: Editor
) -> None:
    with db.write() as session:
        session.get_one(Service, mall.id).editor = editor
    admin.get(ONE)
    frame = admin.find("//iframe")[0]
    assert frame.get("sandbox") == "" and frame.get("src") == f"{ONE}/preview"
    is_html = editor is Editor.HTML
    body = (
        "<div><strong>Hi</strong> #{content}<script>x</script></div>"
        if is_html
        else "Hi #{content}"
    )
    sent = {"body": body, **({"formatted": "1"} if is_html else {})}
    token = admin.field("csrf_token")
    seen = preview(admin, {**sent, "csrf_token": token})
    assert "sandbox" in seen.headers["Content-Security-Policy"]
    assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
    shown = seen.text
    assert "Your order has left" not in shown and "#{" not in shown, "in the layout's language"
    assert ("<strong>Hi</strong>" in shown) == is_html and "<script" not in shown
    assert admin.post(f"{ONE}/test", sent, htmx=True).status_code == 204
    mail = db.session.scalars(sa.select(Outgoing)).one()
    assert mail.recipient == boss.email and mail.sender_name == "Mall" and mail.language == "ko"
    assert "Hi" in (delivery.body_of(mail) or "") and "#{" not in (delivery.body_of(mail) or "")
    assert (mail.html is not None) == is_html and stored() is None


def test_a_layout_of_plain_text_is_kept_by_a_service_that_formats(mall: Service) -> None:
    plain = Writing("Hello,\n#{content}")
    answer = layouts.Answer(Writing("It <b>comes</b>", ""), "")
    assert layouts.composed(mall, plain, answer, {}).html == ""
    html_service(mall)
    said = layouts.composed(mall, plain, answer, {})
    assert said.text == "Hello,\nIt <b>comes</b>"
    assert said.html == "<div>Hello,<br><div>It &lt;b&gt;comes&lt;/b&gt;</div></div>"


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_people_wrote_is_never_a_placeholder_or_markup(answer: str, title: str) -> None:
    of = Service(name="Mall", editor=Editor.HTML)
    look = Writing("#{title}|#{content}", "<div>#{title}|#{content}</div>")
    said = layouts.composed(of, look, layouts.Answer(Writing(answer), ""), {"title": title})
    assert said.text == f"{title}|{answer}"
    assert set(re.findall(r"</?([a-z]+)", said.html)) <= {"div", "br"}


def test_only_managers_and_only_of_this_service(mall: Service, boss: Member, browser: Make) -> None:
    other = tickets.desk(boss, "other")
    agent, manager = world.member("agent", by=boss), world.member("manager", by=boss)
    world.agent(boss, mall, agent)
    world.agent(boss, other, manager, manager=True)
    paths = [PAGE, ONE, f"{ONE}/preview"]
    for who in ("agent", "manager"):
        page = browser(who)
        assert {page.get(path).status_code for path in paths} <= {403, 404}
        for path in (ONE, f"{ONE}/test", f"{ONE}/reset"):
            assert page.post(path, {"body": "#{content}"}, htmx=True).status_code in (403, 404)
    assert stored() is None
    admin = browser("boss")
    for path in ("resolved/xx", "resolved/fr", "answered/ko"):
        assert admin.get(f"{PAGE}/{path}").status_code == 404
    without = world.contracted(boss, "plain", features=frozenset({Feature.TICKET}))
    world.agent(boss, without, boss, manager=True)
    assert admin.get("/c/s/plain/mail/layouts").status_code == 404


def test_a_layout_goes_with_its_service_and_is_read_anew_after_a_change(mall: Service) -> None:
    with db.write():
        layouts.save(mall, LayoutKind.HOLD, "ko", Writing("one #{content}"), version=0)
    assert layouts.layout(mall, LayoutKind.HOLD, "ko").text == "one #{content}"
    with db.write():
        layouts.save(mall, LayoutKind.HOLD, "ko", Writing("two #{content}"), version=1)
    db.session.expire_all()
    assert layouts.layout(mall, LayoutKind.HOLD, "ko").text == "two #{content}"
    assert layouts.layout(mall, LayoutKind.HOLD, "ja") == shipped.layout(LayoutKind.HOLD, "ja")
