"""Categories, headings, tags, templates of notices and searches without a hit, by their pages
(HC-2).
"""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.help_center.documents import counting, queries
from occ.help_center.documents.models import Document, MissedSearch, NoticeTemplate, Topic
from occ.help_center.documents.rules import TopicKind
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import document as documents
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by several people: on PostgreSQL in `make test-all`
TOPICS = "/c/s/mall/document-topics"
Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    return documents.mall(boss)


def shown(admin: Browser, page: str) -> list[str]:
    return re.findall(r'class="clip" title="([^"]+)"', admin.get(f"{TOPICS}/{page}").text)


@pytest.mark.spec("HC-1", "HC-2")
def test_a_category_of_the_first_level_has_an_icon_on_the_home_page(
    boss: Member, mall: Service, admin: Browser, browser: Make
) -> None:
    admin.post(f"{TOPICS}/category/new", {"name-ko": "배송", "name-en": "", "icon": "delivery"})
    admin.post(f"{TOPICS}/category/new", {"name-ko": "기타", "name-en": ""})
    (delivery, other) = db.session.scalars(sa.select(Topic).order_by(Topic.id))
    for one in (delivery, other):
        documents.faq(mall, boss, f"질문 {one.id}", topic_id=one.id)
    guest = browser()

    def shown_icons() -> list[str]:
        guest.get("/mall/hc/ko")
        uses = guest.find("//ul[@class='hc-cats']//use")
        return [(one.get("href") or "").rpartition("#")[2] for one in uses]

    assert shown_icons() == ["truck-delivery", "folder"]
    admin.get(f"{TOPICS}/{other.id}/names")
    (chosen,) = admin.find("//input[@name='icon'][@checked]")
    assert chosen.get("value") == "folder"
    sent = {"name-ko": "기타", "name-en": "", "version": admin.field("version"), "icon": "star"}
    assert admin.post(f"{TOPICS}/{other.id}/names", sent).status_code == 422, "none of the set"
    admin.post(f"{TOPICS}/{other.id}/names", sent | {"icon": "benefit"})
    assert shown_icons() == ["truck-delivery", "star"]
    for path in (f"category/new?parent={other.id}", "heading/new", "tag/new"):
        admin.get(f"{TOPICS}/{path}")
        assert admin.find("//input[@name='icon']") == [], path


@pytest.mark.spec("HC-2", "ORG-6")
def test_a_manager_names_orders_and_deletes_categories(
    boss: Member, mall: Service, admin: Browser
) -> None:
    assert "No categories yet" in admin.get(f"{TOPICS}/categories").text
    admin.post(f"{TOPICS}/category/new", {"name-ko": "결제", "name-en": "Payment"})
    admin.post(f"{TOPICS}/category/new", {"name-ko": "배송", "name-en": ""})
    pay = db.session.scalars(sa.select(Topic).order_by(Topic.id)).first()
    assert pay is not None and shown(admin, "categories") == ["Payment", "배송"]
    assert "Below “Payment”" in admin.get(f"{TOPICS}/category/new?parent={pay.id}").text
    admin.post(f"{TOPICS}/category/new?parent={pay.id}", {"name-ko": "환불", "name-en": ""})
    assert shown(admin, "categories") == ["Payment", "환불", "배송"]
    assert admin.post(f"{TOPICS}/category/new", {"name-ko": ""}).status_code == 422
    assert "Enter a name." in admin.errors()
    assert admin.post(f"{TOPICS}/category/new", {"name-ko": "배송"}).status_code == 422
    assert "is there already" in admin.errors()
    assert admin.get(f"{TOPICS}/category/new?parent=99999").status_code == 404
    admin.post(f"{TOPICS}/{pay.id}/move", {"place": "1"})
    assert shown(admin, "categories") == ["배송", "Payment", "환불"]
    admin.get(f"{TOPICS}/{pay.id}/names")
    version = admin.field("version")
    admin.post(
        f"{TOPICS}/{pay.id}/names", {"name-ko": "결제", "name-en": "Pay", "version": version}
    )
    assert "Pay" in shown(admin, "categories")
    admin.post(f"{TOPICS}/{pay.id}/names", {"name-ko": "돈", "name-en": "", "version": version})
    assert "Somebody else saved first." in admin.errors() and admin.field("name-ko") == "돈"
    documents.faq(mall, boss, "환불 기간", topic_id=pay.id)
    asked = admin.get(f"{TOPICS}/{pay.id}/delete").text
    assert "1 category below it is deleted, too." in asked
    assert "1 document uses it. It stays as it is, without it." in asked
    ident = pay.id
    admin.post(f"{TOPICS}/{ident}/delete")
    assert shown(admin, "categories") == ["배송"]
    assert admin.get(f"{TOPICS}/{ident}/names").status_code == 404
    assert db.session.scalars(sa.select(Document)).one().topic_id is None


@pytest.mark.spec("HC-2")
def test_headings_and_tags_stand_on_one_page(mall: Service, admin: Browser) -> None:
    page = admin.get(f"{TOPICS}/headings").text
    assert "No headings yet" in page and "No tags yet" in page
    admin.post(f"{TOPICS}/heading/new", {"name-ko": "안내"})
    admin.post(f"{TOPICS}/tag/new", {"name-ko": "안내"})
    assert shown(admin, "headings") == ["안내", "안내"]
    assert (
        "No document uses it."
        in admin.get(f"{TOPICS}/{db.session.scalars(sa.select(Topic.id)).first()}/delete").text
    )


@pytest.mark.spec("HC-2")
def test_agents_do_not_change_what_documents_stand_in(
    boss: Member, mall: Service, browser: Make
) -> None:
    world.agent(boss, mall, world.member("kim"), ticket=True)
    agent = browser("kim")
    row = documents.topic(mall, TopicKind.TAG, "점검")
    for path in ("categories", "headings", "tag/new", f"{row.id}/names", f"{row.id}/delete"):
        assert agent.get(f"{TOPICS}/{path}").status_code == 403
    assert agent.post(f"{TOPICS}/{row.id}/move", {"place": "0"}).status_code == 403
    assert agent.get("/c/s/mall/notice-templates").status_code == 403
    assert "Categories" not in agent.get("/c/s/mall/faq").text


@pytest.mark.spec("HC-2")
def test_a_notice_begins_with_a_template(boss: Member, mall: Service, admin: Browser) -> None:
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    tag = documents.topic(mall, TopicKind.TAG, "점검")
    path = "/c/s/mall/notice-templates"
    assert "No templates yet" in admin.get(path).text
    sent = {"name": "정기 점검", "topic": str(heading.id), "tag": str(tag.id)}
    texts = {"title-ko": "점검 안내", "body-ko": "새벽에", "title-en": "", "body-en": ""}
    admin.post(f"{path}/new", {**sent, **texts, "name": ""})
    assert "Fill this in." in admin.errors() and admin.field("title-ko") == "점검 안내"
    admin.post(f"{path}/new", sent | texts)
    row = db.session.scalars(sa.select(NoticeTemplate)).one()
    assert "정기 점검" in admin.get(path).text and "안내" in admin.text()
    assert "정기 점검" in admin.get("/c/s/mall/announcements/new").text
    admin.get(f"/c/s/mall/announcements/new?template={row.id}")
    assert admin.field("title-ko") == "점검 안내" and admin.field("topic") == str(heading.id)
    (ticked,) = admin.find("//input[@name='tag'][@checked]")
    assert ticked.get("value") == str(tag.id)
    admin.get(f"{path}/{row.id}")
    assert admin.field("name") == "정기 점검"
    version = admin.field("version")
    admin.post(f"{path}/{row.id}", {**sent, **texts, "name": "점검", "version": version})
    db.session.expire_all()
    assert db.session.get_one(NoticeTemplate, row.id).name == "점검"
    admin.post(f"{path}/{row.id}", {**sent, **texts, "version": version})
    assert "Somebody else saved first." in admin.errors()
    admin.post(f"{path}/{row.id}/delete")
    assert queries.notice_templates(mall.id) == []


@pytest.mark.spec("HC-1", "HC-2")
def test_a_search_without_a_hit_leads_to_writing_a_faq(
    boss: Member, mall: Service, admin: Browser, browser: Make
) -> None:
    path = "/c/s/mall/missed-searches"
    counting.flush()
    assert "No search without a hit yet" in admin.get(path).text
    for _time in range(2):
        counting.note_missed(mall.id, "en", "Refund 010-1234-5678")
    counting.note_missed(mall.id, "ko", "환불")
    counting.flush()
    page = admin.get(path).text
    assert "refund *" in page and "1234" not in page
    assert page.index("refund *") < page.index("환불"), "the most frequent first"
    assert "refund" not in admin.get(f"{path}?language=ko").text
    (way,) = admin.find("//a[contains(@href, 'faq/new')]")
    admin.get(way.get("href"))
    assert admin.field("title-ko") == "환불"
    row = db.session.scalars(sa.select(MissedSearch).where(MissedSearch.language == "en")).one()
    admin.get(f"/c/s/mall/faq/new?title={row.text}&language=en")
    assert admin.field("title-en") == "refund *" and admin.field("title-ko") == ""
    world.agent(boss, mall, world.member("kim"), ticket=True)
    agent = browser("kim")
    assert "Write a FAQ" in agent.get(path).text and "Take off" not in agent.text()
    assert agent.post(f"{path}/{row.id}/delete").status_code == 403
    gone = f"{path}/{row.id}/delete"
    admin.post(gone)
    assert "refund" not in admin.get(path).text
    assert admin.post(gone).status_code == 404
