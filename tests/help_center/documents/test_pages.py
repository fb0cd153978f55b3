"""FAQ and notices through their pages in the console (HC-2)."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core.db import db
from occ.help_center.documents import history, queries
from occ.help_center.documents.models import Document
from occ.help_center.documents.rules import (
    DocumentKind,
    DocumentState,
    Readers,
    TopicKind,
)
from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Editor
from occ.tickets import service as ticket_service
from occ.tickets.rules import Move
from tests.factories import document as documents
from tests.factories import ticket as tickets
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
FAQ, NOTICES = "/c/s/mall/faq", "/c/s/mall/announcements"
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return documents.mall(boss)


@pytest.fixture
def agent(boss: Member, mall: Service, browser: Make) -> Browser:
    """An agent without any further right."""
    world.agent(boss, mall, world.member("kim"), ticket=True)
    found: Browser = browser("kim")
    return found


def again(row: Document) -> Document:
    db.session.expire_all()
    return db.session.get_one(Document, row.id)


def only() -> Document:
    db.session.expire_all()
    return db.session.scalars(sa.select(Document)).one()


def fields(**others: str) -> dict[str, str]:
    return {
        "topic": "0",
        "readers": "customers",
        "title-ko": "환불 기간",
        "body-ko": "3일 걸려요.",
        "title-en": "",
        "body-en": "",
        "starts_at": "2026-03-01T09:00",
        "ends_at": "",
        "shown_on": "",
        **others,
    }


@pytest.mark.spec("HC-2")
def test_a_manager_writes_a_draft_publishes_it_and_takes_it_back(
    mall: Service, admin: Browser
) -> None:
    assert "No documents yet" in admin.get(FAQ).text
    admin.get(f"{FAQ}/new")
    assert "Publish" in admin.text() and "Save as draft" in admin.text()
    assert admin.field("publish") == "1"
    admin.post(f"{FAQ}/new", fields(publish="1", draft="1"))
    row = only()
    assert row.state is DocumentState.DRAFT and row.changed_name == "Boss Kim"
    assert "환불 기간" in admin.get(f"{FAQ}/drafts").text
    assert "환불 기간" not in admin.get(FAQ).text
    admin.post(f"{FAQ}/{row.id}/publish")
    assert again(row).state is DocumentState.PUBLISHED
    page = admin.get(FAQ).text
    assert "환불 기간" in page and "Missing: English" in page
    admin.get(f"{FAQ}/{row.id}/edit")
    assert (
        admin.field("title-ko") == "환불 기간" and admin.field("body-ko").strip() == "3일 걸려요."
    )
    version = admin.field("version")
    changed = fields(
        version=version, **{"title-en": "Refunds", "body-en": "3 days", "pinned_home": "y"}
    )
    admin.post(f"{FAQ}/{row.id}/edit", changed)
    assert again(row).pinned_home and again(row).state is DocumentState.PUBLISHED
    assert "Missing:" not in admin.get(FAQ).text
    admin.post(f"{FAQ}/{row.id}/edit", fields(version=version, **{"title-ko": "늦은 저장"}))
    assert "Somebody else saved first." in admin.errors()
    assert admin.field("title-ko") == "늦은 저장" and "Refunds" in admin.text()
    admin.post(f"{FAQ}/{row.id}/unpublish")
    assert again(row).state is DocumentState.DRAFT
    admin.post(f"{FAQ}/{row.id}/delete")
    assert db.session.scalars(sa.select(Document)).all() == []


@pytest.mark.spec("HC-2", "ORG-6")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title-ko": ""}, "Enter a title."),
        ({"body-ko": " "}, "Enter the content."),
        ({"title-en": "Refunds"}, "Enter the content."),
        ({"topic": "999"}, "Not a valid choice"),
        ({"title-ko": "가" * 201}, "Use at most 200 characters"),
    ],
)
def test_what_cannot_be_published_is_refused_and_kept(
    mall: Service, admin: Browser, typed: dict[str, str], words: str
) -> None:
    sent = fields(publish="1", **typed)
    assert admin.post(f"{FAQ}/new", sent).status_code == 422
    assert words in admin.errors()
    assert admin.field("body-ko").strip() == sent["body-ko"].strip()
    assert db.session.scalars(sa.select(Document)).all() == []


@pytest.mark.spec("HC-2")
def test_an_agent_writes_and_changes_drafts_alone(
    boss: Member, mall: Service, agent: Browser
) -> None:
    page = agent.get(f"{FAQ}/new").text
    assert "Save as draft" in page and ">Publish<" not in re.sub(r"\s+", "", page)
    agent.post(f"{FAQ}/new", fields())
    row = only()
    assert row.changed_name == "Kim"
    agent.get(f"{FAQ}/{row.id}/edit")
    agent.post(
        f"{FAQ}/{row.id}/edit", fields(version=agent.field("version"), **{"title-ko": "반품"})
    )
    assert history.texts_of(only())["ko"].title == "반품"
    for path in ("publish", "unpublish", "delete"):
        assert agent.post(f"{FAQ}/{row.id}/{path}").status_code == 403
    assert agent.post(f"{FAQ}/new", fields(publish="1")).status_code == 403
    assert "Publish and delete FAQ and notices" in agent.text()
    public = documents.faq(mall, boss, "배송")
    assert agent.get(f"{FAQ}/{public.id}").status_code == 200
    assert "Ask a manager of this service to change it." in agent.text()
    assert agent.get(f"{FAQ}/{public.id}/edit").status_code == 403
    assert agent.post(f"{FAQ}/{public.id}/edit", fields()).status_code == 403
    assert agent.post(f"{FAQ}/{public.id}/versions/1/restore").status_code == 403
    assert history.texts_of(again(public))["ko"].title == "배송"


@pytest.mark.spec("HC-2")
def test_strangers_and_other_services_find_nothing(
    boss: Member, mall: Service, browser: Make
) -> None:
    row = documents.faq(mall, boss, "환불")
    notice = documents.notice(mall, boss, "점검")
    depot = world.contracted(boss, "depot")
    world.agent(boss, depot, boss, manager=True)
    theirs = browser("boss")
    assert theirs.get(f"/c/s/depot/faq/{row.id}").status_code == 404
    assert theirs.get(f"{FAQ}/{notice.id}").status_code == 404, "a notice is no FAQ"
    world.member("lee")
    assert browser("lee").get(FAQ).status_code == 404


@pytest.mark.spec("HC-2")
def test_script_in_a_text_goes_and_formats_stay(boss: Member, browser: Make) -> None:
    of = documents.mall(boss, editor=Editor.HTML)
    admin = browser("boss")
    said = (
        '<div>굵게 <strong>중요</strong><script>alert(1)</script><img src="https://x.example/a.png">'
        '<img src="/mall/files/a.png"><a href="javascript:alert(1)">go</a></div>'
    )
    admin.post(f"{FAQ}/new", fields(publish="1", formatted="1", **{"body-ko": said}))
    text = history.texts_of(only())["ko"]
    assert "<strong>중요</strong>" in text.html and "/mall/files/a.png" in text.html
    for gone in ("script", "alert", "x.example", "javascript"):
        assert gone not in text.html
    assert "굵게 중요" in text.body
    page = admin.get(f"{FAQ}/{only().id}/preview")
    assert "<strong>중요</strong>" in page.text
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert queries.languages(of) == ["ko", "en"]


@pytest.mark.spec("HC-2", "ORG-6")
def test_the_preview_shows_what_is_written_in_the_language_that_is_shown(
    mall: Service, admin: Browser
) -> None:
    sent = fields(**{"title-en": "Refunds", "body-en": "3 days", "language-shown": "en"})
    page = admin.post(f"{FAQ}/preview", sent)
    assert page.status_code == 200 and ">Refunds</h1>" in page.text and 'lang="en"' in page.text
    assert "<time" not in page.text, "only notices have a day"
    page = admin.post(f"{FAQ}/preview", {**fields(), "language-shown": "en"})
    assert "환불 기간" in page.text and "this is the first language" in page.text
    empty = admin.post(f"{FAQ}/preview", fields(**{"title-ko": "", "body-ko": ""}))
    assert "Enter a title and a text" in empty.text
    wrong = admin.post(f"{NOTICES}/preview", fields(starts_at="nonsense"))
    assert "Choose a day and a time." in wrong.text
    assert db.session.scalars(sa.select(Document)).all() == []


@pytest.mark.spec("HC-2")
def test_former_versions_are_compared_and_restored(
    boss: Member, mall: Service, admin: Browser
) -> None:
    row = documents.faq(mall, boss, "환불", "3일\n걸려요")
    admin.get(f"{FAQ}/{row.id}/edit")
    admin.post(
        f"{FAQ}/{row.id}/edit",
        fields(version=admin.field("version"), **{"title-ko": "환불", "body-ko": "5일\n걸려요"}),
    )
    page = admin.get(f"{FAQ}/{row.id}/versions").text
    assert "<del>3일</del>" in page and "<ins>5일</ins>" in page and "<ins>걸려요" not in page
    admin.post(f"{FAQ}/{row.id}/versions/1/restore")
    assert history.texts_of(again(row))["ko"].body == "3일\n걸려요"
    assert admin.post(f"{FAQ}/{row.id}/versions/9/restore").status_code == 404
    assert "There is nothing to compare." in admin.get(f"{FAQ}/{row.id}/versions?from=1&to=3").text


@pytest.mark.spec("HC-2")
def test_a_notice_has_heading_tags_period_and_a_day_that_is_shown(
    boss: Member, mall: Service, admin: Browser
) -> None:
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    tag = documents.topic(mall, TopicKind.TAG, "점검")
    assert "No documents yet" in admin.get(NOTICES).text
    admin.get(f"{NOTICES}/new")
    assert admin.post(f"{NOTICES}/new", fields(publish="1")).status_code == 422
    assert "Choose a heading." in admin.errors()
    for typed, words in (
        ({"ends_at": "2026-03-01T09:00"}, "The end has to be after the start."),
        ({"starts_at": "soon"}, "Choose a day and a time."),
        ({"shown_on": "2026-02-30"}, "Choose a day."),
    ):
        sent = fields(publish="1", topic=str(heading.id), **typed)
        assert admin.post(f"{NOTICES}/new", sent).status_code == 422
        assert words in admin.errors()
    admin.post(
        f"{NOTICES}/new",
        fields(
            publish="1",
            topic=str(heading.id),
            tag=str(tag.id),
            ends_at="2999-01-01T00:00",
            shown_on="2026-02-28",
            pinned="y",
        ),
    )
    row = only()
    assert row.kind is DocumentKind.NOTICE and row.pinned and str(row.shown_on) == "2026-02-28"
    assert row.starts_at is not None and row.starts_at.isoformat() == "2026-03-01T00:00:00+00:00"
    page = admin.get(NOTICES).text
    assert "Running" in page and "점검" in page
    assert "환불 기간" not in admin.get(f"{NOTICES}?state=ended").text
    assert "환불 기간" in admin.get(f"{NOTICES}?tag={tag.id}&topic={heading.id}").text
    admin.get(f"{NOTICES}/{row.id}/edit")
    assert admin.field("starts_at") == "2026-03-01T09:00", "in the service's zone"
    assert "안내" in admin.get(f"{NOTICES}/{row.id}").text


@pytest.mark.spec("HC-2")
def test_lists_are_filtered_and_sorted_by_the_address(
    boss: Member, mall: Service, admin: Browser
) -> None:
    documents.faq(mall, boss, "환불", others={"en": ("Refund", "How")})
    documents.faq(mall, boss, "배송", readers=Readers.AGENTS)

    def listed(query: str) -> list[str]:
        page = admin.get(f"{FAQ}?{query}").text
        return re.findall(r'dir="auto">(.+?)</a>', page)

    assert listed("") == ["배송", "Refund"]
    assert listed("sort=changed") == ["Refund", "배송"]
    assert listed("q=환불") == ["Refund"]
    assert listed("missing=en") == ["배송"]
    assert listed("readers=agents") == ["배송"]
    assert listed("since=2199-01-01") == []
    assert "No document fits these conditions" in admin.text()
    assert listed("since=2026-03-02&until=2026-03-01") == []
    assert "The first day comes after the last." in admin.text()


@pytest.mark.spec("HC-2", "ORG-3")
def test_without_the_contracted_feature_there_are_no_documents(
    app: Flask, boss: Member, browser: Make
) -> None:
    from occ.organization.rules import Feature

    made = world.contracted(boss, features=frozenset({Feature.TICKET}))
    world.agent(boss, made, boss, manager=True)
    assert browser("boss").get(FAQ).status_code == 404


@pytest.mark.spec("HC-2")
def test_an_answered_ticket_becomes_a_draft_without_whom_it_was_about(
    boss: Member, mall: Service, admin: Browser, browser: Make
) -> None:
    row = tickets.ticket(
        mall, boss, "홍길동 고객 환불 010-1234-5678", email="hong@example.com", take=True
    )
    ident = row.id
    path = f"{FAQ}/from-ticket/{ident}"
    assert admin.get(path).status_code == 404, "nobody has answered it"
    assert "Make a FAQ draft" not in admin.get(f"/c/s/mall/tickets/{ident}").text
    with db.write():
        ticket_service.process(
            row,
            Move.RESOLVE,
            "홍길동님, 주문 20260318001 건은 hong@example.com 으로 보냈어요. 환불은 3일 걸려요. Boss Kim",
            seen=row.version,
            manager=True,
            actor=world.actor(boss),
        )
    assert "Make a FAQ draft" in admin.get(f"/c/s/mall/tickets/{ident}").text
    admin.get(path)
    body = admin.field("body-ko") or ""
    assert "환불은 3일 걸려요." in body and body.count("○○○") == 4
    assert admin.field("title-ko") == "○○○ 고객 환불 ○○○" or "010" not in admin.field("title-ko")
    marked = [one.text for one in admin.find("//mark")]
    assert {"20260318001", "hong@example.com", "홍길동", "Boss Kim"} <= set(marked)
    assert db.session.scalars(sa.select(Document)).all() == [], "nothing is saved by looking"
    (form,) = admin.find("//form[@data-guard]")
    assert form.get("action") == f"{FAQ}/new"
    world.agent(boss, mall, world.member("lee"), phone=False, ticket=False, chat=True)
    assert browser("lee").get(path).status_code == 403
    assert admin.get(f"{FAQ}/from-ticket/99999").status_code == 404


@pytest.mark.spec("TKT-7", "HC-2")
@pytest.mark.parametrize("editor", [Editor.TEXT, Editor.HTML])
def test_documents_are_found_beside_a_ticket_and_put_into_the_answer(
    boss: Member, browser: Make, editor: Editor
) -> None:
    of = documents.mall(boss, editor=editor)
    public = documents.faq(of, boss, "배송", "상품환불이 늦어요")
    hidden = documents.faq(of, boss, "환불 규정", "사내용", readers=Readers.AGENTS)
    notice = documents.notice(of, boss, "환불 공지", "곧 바뀌어요")
    documents.faq(of, boss, "환불 초안", publish=False)
    world.agent(boss, of, world.member("kim"), ticket=True)
    ident = tickets.ticket(of, boss, "환불 문의").id
    agent = browser("kim")
    assert "t-documents" in agent.get(f"/c/s/mall/tickets/{ident}").text
    path = f"{FAQ}/beside/{ident}"

    def offered(query: str = "") -> list[str]:
        agent._send("GET", f"{path}{query}", headers={"HX-Request": "true"})
        return [one.get("data-insert") for one in agent.find("//button")]

    expected = [(notice, "notice"), (hidden, "faq"), (public, "faq")]
    assert offered("?q=환불") == [f"{path}/{kind}/{row.id}" for row, kind in expected]
    assert "Agents only" in agent.text()
    assert offered() == [f"{path}/faq/{row.id}" for row in (hidden, public)]
    assert offered("?q=없는말") == [] and "No document fits." in agent.text()
    said = agent.post(f"{path}/faq/{public.id}").text
    assert said == (
        "상품환불이 늦어요" if editor is Editor.TEXT else "<div>상품환불이 늦어요</div>"
    )
    assert agent.post(f"{path}/faq/{notice.id}").status_code == 404
    assert agent.post(f"{path}/notice/{notice.id}").status_code == 200
    assert agent.post(f"{FAQ}/beside/99999/faq/{public.id}").status_code == 404
    world.agent(boss, of, world.member("lee"), ticket=False, chat=True)
    assert browser("lee").get(path).status_code == 403


@pytest.mark.spec("HC-2", "FILE-1")
def test_pictures_of_a_text_become_files_of_the_service(boss: Member, browser: Make) -> None:
    documents.mall(boss, editor=Editor.HTML)
    admin = browser("boss")
    page = admin.get(f"{FAQ}/new").text
    assert f'data-files-to="{FAQ}/pictures"' in page
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    answer = admin.post(f"{FAQ}/pictures", {"file": (io.BytesIO(png), "내 사진.png")})
    found = re.search(r'class="t-pic"><img src="(/mall/files/picture-[\w-]+\.png)"', answer.text)
    assert found is not None
    said = f'<div>보기<img src="{found[1]}"></div>'
    admin.post(f"{FAQ}/new", fields(publish="1", formatted="1", **{"body-ko": said}))
    assert f'<img src="{found[1]}" alt="">' in history.texts_of(only())["ko"].html
    assert browser().get(found[1]).data == png, "customers see it"
    refused = admin.post(f"{FAQ}/pictures", {"file": (io.BytesIO(b"<svg/>"), "a.svg")})
    assert refused.status_code == 422 and "Choose a picture" in refused.text


@pytest.mark.spec("HC-2")
def test_what_is_for_agents_only_stands_on_their_home_page(
    boss: Member, mall: Service, agent: Browser
) -> None:
    documents.faq(mall, boss, "배송")
    assert f'hx-get="{FAQ}/for-agents"' in agent.get("/c/s/mall/").text
    path = f"{FAQ}/for-agents"
    assert agent._send("GET", path, headers={"HX-Request": "true"}).text.strip() == ""
    for number in range(7):
        documents.faq(mall, boss, f"규정 {number}", readers=Readers.AGENTS)
    page = agent._send("GET", path, headers={"HX-Request": "true"}).text
    assert re.findall(r"규정 \d", page) == ["규정 6", "규정 5", "규정 4", "규정 3", "규정 2"]
    assert "배송" not in page
