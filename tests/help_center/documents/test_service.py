"""FAQ and notices as they are written and read (HC-2), searched (HC-1) and counted."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.core import clock
from occ.core.db import db
from occ.core.errors import Conflict, NotAllowed, Refused
from occ.core.i18n import force_locale
from occ.core.live import LiveVersion
from occ.help_center.documents import counting, finding, history, queries, service, vocabulary
from occ.help_center.documents.models import (
    Document,
    DocumentText,
    DocumentVersion,
    MissedSearch,
    Topic,
)
from occ.help_center.documents.rules import (
    MISSED_MAX,
    DocumentKind,
    DocumentState,
    NoticeState,
    Readers,
    Text,
    TopicKind,
)
from occ.help_center.documents.service import Draft, Writer
from occ.identity.models import Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import ServiceState
from tests.factories import document as documents
from tests.factories import world
from tests.support.statements import Counter

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

NOW = clock.now()


@pytest.fixture
def mall(boss: Member) -> Service:
    return documents.mall(boss)


@pytest.fixture(autouse=True)
def nothing_counted(app: Flask) -> Iterator[None]:
    """Refusals are in English, and nothing is left from the test before."""
    counting.flush()
    with force_locale("en"):
        yield
    counting.flush()


def again(row: Document) -> Document:
    db.session.expire_all()
    return db.session.get_one(Document, row.id)


def save(
    of: Service, row: Document, draft: Draft, by: Writer, *, publish: bool = False, version: int = 0
) -> Document:
    with db.write():
        return service.save(
            of, row.kind, row, draft, publish=publish, by=by, version=version or row.version
        )


def titles(page: list[queries.Card]) -> list[str]:
    return [one.title for one in page]


@pytest.mark.spec("HC-2")
def test_categories_have_three_levels_names_unique_on_each_and_an_order(
    boss: Member, mall: Service
) -> None:
    pay = documents.topic(mall, TopicKind.CATEGORY, "결제", en="Payment")
    refund = documents.topic(mall, TopicKind.CATEGORY, "환불", pay)
    card = documents.topic(mall, TopicKind.CATEGORY, "카드", refund)
    with pytest.raises(Refused, match="at most 3 levels"):
        documents.topic(mall, TopicKind.CATEGORY, "해외", card)
    with pytest.raises(Refused, match="is there already"):
        documents.topic(mall, TopicKind.CATEGORY, " 결제 ")
    with pytest.raises(Refused, match="is there already"):
        documents.topic(mall, TopicKind.CATEGORY, "배송", en="ＰＡＹＭＥＮＴ")
    with pytest.raises(Refused, match="Enter a name"):
        documents.topic(mall, TopicKind.CATEGORY, " ", en="Delivery")
    documents.topic(mall, TopicKind.CATEGORY, "결제", pay)  # free on another level
    documents.topic(mall, TopicKind.TAG, "결제")  # and for another kind
    delivery = documents.topic(mall, TopicKind.CATEGORY, "배송")
    with db.write():
        vocabulary.move_topic(mall, delivery, 0)
    found = queries.topics(mall, TopicKind.CATEGORY, "en")
    assert [one.name for one in queries.tops(found)] == ["배송", "Payment"]
    assert [one.name for one in queries.path(found, card.id)] == ["Payment", "환불", "카드"]
    assert found[pay.id].whole[0] == pay.id and set(found[pay.id].whole) > {refund.id, card.id}


@pytest.mark.spec("HC-2")
def test_documents_keep_working_without_a_topic_that_was_deleted(
    boss: Member, mall: Service
) -> None:
    pay = documents.topic(mall, TopicKind.CATEGORY, "결제")
    refund = documents.topic(mall, TopicKind.CATEGORY, "환불", pay)
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    tag = documents.topic(mall, TopicKind.TAG, "점검")
    faq = documents.faq(mall, boss, "환불 기간", topic_id=refund.id)
    notice = documents.notice(mall, boss, "점검 안내", heading=heading, tags=[tag.id])
    assert queries.documents_in(queries.descendants(pay)) == 1
    assert queries.documents_in([tag.id]) == queries.documents_in([heading.id]) == 1
    for gone in (pay, heading, tag):
        with db.write():
            vocabulary.delete_topic(mall, db.session.get_one(Topic, gone.id))
    assert again(faq).topic_id is None and again(notice).topic_id is None
    assert again(notice).tags == []
    assert queries.published(mall.id, notice.id, DocumentKind.NOTICE, clock.now())
    draft = Draft(texts=documents.texts("점검 연장"), starts_at=notice.starts_at)
    save(mall, again(notice), draft, documents.manager(boss))
    assert history.texts_of(again(notice))["ko"].title == "점검 연장", "it can still be changed"


@pytest.mark.spec("HC-2")
def test_agents_write_drafts_and_managers_publish_and_delete(boss: Member, mall: Service) -> None:
    agent = Writer(world.actor(world.member("kim")), publishes=False)
    draft = Draft(texts=documents.texts("환불"))
    with pytest.raises(NotAllowed, match="Agents write drafts"), db.write():
        service.save(mall, DocumentKind.FAQ, None, draft, publish=True, by=agent)
    with db.write():
        row = service.save(mall, DocumentKind.FAQ, None, draft, publish=False, by=agent)
    assert row.state is DocumentState.DRAFT and row.changed_name == "Kim"
    save(mall, row, Draft(texts=documents.texts("환불 기간")), agent)
    for refused in (
        lambda: service.set_state(mall, row, DocumentState.PUBLISHED, by=agent),
        lambda: service.delete(mall, row, by=agent),
    ):
        with pytest.raises(NotAllowed), db.write():
            refused()
    with db.write():
        service.set_state(mall, row, DocumentState.PUBLISHED, by=documents.manager(boss))
    assert again(row).state is DocumentState.PUBLISHED and row.changed_name == "Boss Kim"
    with pytest.raises(NotAllowed):
        save(mall, again(row), draft, agent)
    with pytest.raises(NotAllowed), db.write():
        service.restore(mall, row, 1, by=agent)
    with db.write():
        service.set_state(mall, row, DocumentState.DRAFT, by=documents.manager(boss))
    assert queries.published(mall.id, row.id, DocumentKind.FAQ, clock.now()) is None
    with db.write():
        service.delete(mall, again(row), by=documents.manager(boss))
    for table in (Document, DocumentText, DocumentVersion):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert finding.search(mall, "ko", "환불", clock.now()) == []


@pytest.mark.spec("HC-2")
def test_what_was_saved_meanwhile_is_not_overwritten(boss: Member, mall: Service) -> None:
    row = documents.faq(mall, boss, "환불")
    seen = row.version
    save(mall, row, Draft(texts=documents.texts("환불 기간")), documents.manager(boss))
    with pytest.raises(Conflict, match="Somebody else saved first"):
        save(
            mall,
            row,
            Draft(texts=documents.texts("반품")),
            documents.manager(boss),
            version=seen,
        )
    with pytest.raises(Conflict, match="Somebody else saved first"), db.write():
        service.set_state(mall, row, DocumentState.DRAFT, by=documents.manager(boss), version=seen)
    with db.write():
        service.delete(mall, again(row), by=documents.manager(boss))
    with pytest.raises(Conflict, match="Somebody deleted this document"):
        save(mall, row, Draft(texts=documents.texts("반품")), documents.manager(boss), version=9)


@pytest.mark.spec("HC-2")
def test_each_save_of_other_texts_is_a_version_that_can_be_restored(
    boss: Member, mall: Service
) -> None:
    by = documents.manager(boss)
    row = documents.faq(mall, boss, "환불", "3일", others={"en": ("Refund", "3 days")})
    save(mall, row, Draft(texts=documents.texts("환불", "5일")), by)
    assert [one.number for one in history.versions(again(row))] == [2, 1]
    save(mall, again(row), Draft(texts=documents.texts("환불", "5일"), pinned=True), by)
    assert [one.number for one in history.versions(again(row))] == [2, 1], "the texts are the same"
    with db.write():
        service.restore(mall, again(row), 1, by=by)
    row = again(row)
    assert [one.number for one in history.versions(row)] == [3, 2, 1]
    assert history.texts_of(row) == {
        "ko": Text("환불", "3일"),
        "en": Text("Refund", "3 days"),
    }
    assert row.pinned, "only texts are restored"
    assert [hit.id for hit in finding.search(mall, "en", "refund", clock.now())] == [row.id]
    assert history.version(row, 2).saved_name == "Boss Kim"  # type: ignore[union-attr]


@pytest.mark.spec("HC-2", "ORG-6")
def test_texts_in_a_language_that_is_hidden_stay(boss: Member, mall: Service) -> None:
    row = documents.faq(mall, boss, "환불", others={"en": ("Refund", "How")})
    with db.write():
        next(one for one in mall.languages if one.code == "en").hidden = True
    save(mall, again(row), Draft(texts=documents.texts("환불 기간")), documents.manager(boss))
    assert set(history.texts_of(again(row))) == {"ko", "en"}


@pytest.mark.spec("HC-2")
def test_home_shows_pinned_faq_first_then_the_last_changed(boss: Member, mall: Service) -> None:
    documents.faq(mall, boss, "고정", pinned_home=True)
    for number in range(6):
        documents.faq(mall, boss, f"새 {number}")
    documents.faq(mall, boss, "상담원용", readers=Readers.AGENTS, pinned_home=True)
    documents.faq(mall, boss, "초안", publish=False)
    shown = titles(queries.home_faq(mall, "ko", clock.now()))
    assert shown == ["고정", "새 5", "새 4", "새 3", "새 2"]
    pinned = db.session.scalars(sa.select(Document).where(Document.pinned_home)).one()
    assert pinned.pinned, "pinned on home is pinned in its category"
    page = queries.faq_page(mall, clock.now(), size=20)
    assert titles(queries.cards(mall, page.rows, "ko"))[0] == "고정" and page.count == 7


@pytest.mark.spec("HC-2")
def test_lists_are_read_page_by_page_pinned_ones_first(boss: Member, mall: Service) -> None:
    pay = documents.topic(mall, TopicKind.CATEGORY, "결제")
    refund = documents.topic(mall, TopicKind.CATEGORY, "환불", pay)
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    for number in range(25):
        documents.faq(mall, boss, f"글 {number:02}", topic_id=refund.id, pinned=number == 3)
        documents.notice(mall, boss, f"공지 {number:02}", heading=heading, pinned=number == 4)
    tree = queries.topics(mall, TopicKind.CATEGORY, "ko")
    for read, first in (
        (
            lambda **at: queries.faq_page(mall, clock.now(), categories=tree[pay.id].whole, **at),
            "글 03",
        ),
        (lambda **at: queries.notice_page(mall, clock.now(), heading=heading.id, **at), "공지 04"),
    ):
        page = read(size=20)
        rest = read(size=20, after=page.next)
        seen = titles(queries.cards(mall, [*page.rows, *rest.rows], "ko"))
        assert len(set(seen)) == 25 and seen[0] == first
        assert seen[1].endswith("24") and rest.next is None
        back = read(size=20, before=rest.previous)
        assert [row.id for row in back.rows] == [row.id for row in page.rows]


@pytest.mark.spec("HC-2")
def test_notices_begin_and_end_by_themselves(boss: Member, mall: Service) -> None:
    start = clock.now() + timedelta(hours=1)
    row = documents.notice(mall, boss, "점검", starts_at=start, ends_at=start + timedelta(hours=2))
    minute = timedelta(minutes=1)

    def there(at: timedelta) -> bool:
        return queries.published(mall.id, row.id, DocumentKind.NOTICE, start + at) is not None

    assert [there(at) for at in (-minute, 0 * minute, 119 * minute, 120 * minute)] == [
        False,
        True,
        True,
        False,
    ]
    assert finding.search(mall, "ko", "점검", start - minute) == []
    assert [hit.id for hit in finding.search(mall, "ko", "점검", start)] == [row.id]
    bounds = [queries.boundary(mall.id, start + at) for at in (-minute, minute, 121 * minute)]
    assert bounds[0] is None and bounds[1] == start and bounds[2] == row.ends_at
    for at, state in (
        (-1, NoticeState.SCHEDULED),
        (1, NoticeState.RUNNING),
        (130, NoticeState.ENDED),
    ):
        for wanted in NoticeState:
            filters = queries.Filters(
                DocumentKind.NOTICE, DocumentState.PUBLISHED, notice_state=wanted
            )
            page = queries.document_list(mall, filters, start + at * minute)
            assert len(page.rows) == (wanted is state)


@pytest.mark.spec("HC-2")
def test_a_published_notice_has_a_heading_and_an_end_after_its_start(
    boss: Member, mall: Service
) -> None:
    by = documents.manager(boss)

    def saved(*, publish: bool = True, **draft: object) -> Document:
        with db.write():
            return service.save(
                mall,
                DocumentKind.NOTICE,
                None,
                Draft(texts=documents.texts("점검"), **draft),  # type: ignore[arg-type]
                publish=publish,
                by=by,
            )

    with pytest.raises(Refused, match="Choose a heading"):
        saved()
    draft = saved(publish=False)
    with pytest.raises(Refused, match="Choose a heading"), db.write():
        service.set_state(mall, draft, DocumentState.PUBLISHED, by=by)
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    tag = documents.topic(mall, TopicKind.TAG, "점검")
    with pytest.raises(Refused, match="Choose another one"):
        saved(topic_id=tag.id)
    with pytest.raises(Refused, match="The end has to be after the start"):
        saved(topic_id=heading.id, starts_at=NOW, ends_at=NOW)
    row = saved(topic_id=heading.id, tags=[tag.id, heading.id, 10**9], starts_at=NOW)
    assert [one.id for one in row.tags] == [tag.id]
    assert row.shown_on == clock.local_day(NOW, "Asia/Seoul")


@pytest.mark.spec("HC-1", "TKT-7", "ORG-6")
def test_search_finds_two_syllables_titles_first_in_ones_language(
    boss: Member, mall: Service
) -> None:
    body = documents.faq(mall, boss, "배송", "상품환불이 늦어요")
    title = documents.faq(mall, boss, "카드환불은요", "3일", others={"en": ("Refunds", "days")})
    hidden = documents.faq(mall, boss, "환불 규정", readers=Readers.AGENTS)
    documents.faq(mall, boss, "환불 초안", publish=False)
    notice = documents.notice(mall, boss, "환불 공지")

    def found(language: str, text: str, readers: Readers = Readers.CUSTOMERS) -> list[int]:
        return [
            hit.id for hit in finding.search(mall, language, text, clock.now(), readers=readers)
        ]

    assert found("ko", "환불") == [notice.id, title.id, body.id]
    assert found("en", "환불") == [notice.id, body.id], "one that has English is read in English"
    assert found("en", "REFUND") == [title.id]
    assert found("ko", "refund") == []
    assert found("ko", "환불", Readers.AGENTS) == [notice.id, hidden.id, title.id, body.id]
    assert found("ko", "상품 환불") == [body.id], "every word has to be there"
    assert found("ko", "  ") == found("ko", "!!") == []
    hit = finding.search(mall, "ko", "상품환불", clock.now())[0]
    assert hit.excerpt == "상품환불이 늦어요" and not hit.in_title
    offered = finding.suggestions(mall, "ko", "환", clock.now())
    assert [ident for _kind, ident, _title in offered] == [notice.id, title.id]
    assert finding.suggestions(mall, "en", "refu", clock.now()) == [
        (DocumentKind.FAQ, title.id, "Refunds")
    ]
    other = world.contracted(boss, "depot")
    assert finding.search(other, "ko", "환불", clock.now()) == []


@pytest.mark.spec("HC-2")
def test_lists_of_the_console_are_filtered(boss: Member, mall: Service) -> None:
    pay = documents.topic(mall, TopicKind.CATEGORY, "결제")
    both = documents.faq(mall, boss, "환불", topic_id=pay.id, others={"en": ("Refund", "How")})
    korean = documents.faq(mall, boss, "배송", readers=Readers.AGENTS)
    documents.faq(mall, boss, "초안", publish=False)

    def listed(**filters: object) -> list[int]:
        chosen = queries.Filters(DocumentKind.FAQ, DocumentState.PUBLISHED, **filters)  # type: ignore[arg-type]
        return [row.id for row in queries.document_list(mall, chosen, clock.now()).rows]

    assert listed() == [korean.id, both.id]
    assert listed(topics=[pay.id]) == [both.id]
    assert listed(missing="en") == [korean.id]
    assert listed(readers=Readers.AGENTS) == [korean.id]
    assert listed(found=finding.ids(mall, "refu")) == [both.id]
    assert listed(since=clock.now()) == [] and len(listed(until=clock.now())) == 2
    assert finding.ids(mall, " ? ") is None
    assert queries.count_of(mall.id, DocumentKind.FAQ) == {
        DocumentState.PUBLISHED: 2,
        DocumentState.DRAFT: 1,
    }
    cards = queries.cards(mall, [again(both), again(korean)], "en")
    assert titles(cards) == ["Refund", "배송"] and cards[1].language == "ko"
    assert [sorted(card.has) for card in cards] == [["en", "ko"], ["ko"]]


@pytest.mark.spec("HC-2")
def test_lists_cost_the_same_however_many_rows_they_have(boss: Member, mall: Service) -> None:
    def cost() -> int:
        db.session.expire_all()
        of = db.session.get_one(Service, mall.id)
        with Counter() as counted:
            page = queries.faq_page(of, clock.now())
            queries.cards(of, page.rows, "en")
            queries.home_faq(of, "en", clock.now())
            finding.search(of, "ko", "환불", clock.now())
        return len(counted.statements)

    for number in range(6):
        documents.faq(mall, boss, f"환불 {number}")
    few = cost()
    for number in range(6, 18):
        documents.faq(mall, boss, f"환불 {number}")
    assert cost() == few


@pytest.mark.spec("HC-2")
def test_views_are_held_by_the_process_and_written_later(boss: Member, mall: Service) -> None:
    row = documents.faq(mall, boss, "환불")
    version = row.version
    assert not counting.is_waiting() and counting.flush() is None
    for _time in range(3):
        counting.note_view(row.id)
    counting.note_view(10**9)  # deleted meanwhile
    assert counting.is_waiting() and again(row).views == 0
    assert not counting.is_overdue()
    with clock.at(clock.now() + counting.OVERDUE * 2):
        assert counting.is_overdue()
    assert counting.flush() == "1" and again(row).views == 3
    assert again(row).version == version, "who edits it is not refused because of readers"
    assert not counting.is_waiting() and counting.flush() is None


@pytest.mark.spec("HC-1")
def test_searches_without_a_hit_are_counted_masked_and_bounded(boss: Member, mall: Service) -> None:
    for text in ("환불 기간", "환불  기간 ", "주문 20260318001", "주문 010-1234-5678", "?!"):
        counting.note_missed(mall.id, "ko", text)
    counting.note_missed(10**9, "ko", "없는 서비스")
    counting.flush()
    counting.note_missed(mall.id, "ko", "환불 기간")
    counting.note_missed(mall.id, "en", "환불 기간")
    counting.flush()
    page = queries.missed_page(mall.id, after="", before="", size=20)
    assert {(one.language, one.text, one.count) for one in page.rows} == {
        ("ko", "환불 기간", 3),
        ("ko", "주문 *", 2),
        ("en", "환불 기간", 1),
    }
    assert page.rows[0].count == 3
    with db.write() as session:
        session.execute(
            sa.insert(MissedSearch),
            [
                {
                    "service_id": mall.id,
                    "language": "ko",
                    "text": f"다른 것 {chr(0xAC00 + n)}",
                    "count": 2,
                    "last_at": clock.now(),
                }
                for n in range(MISSED_MAX)
            ],
        )
    counting.note_missed(mall.id, "ko", "드문 것")
    counting.flush()
    count = sa.select(sa.func.count()).select_from(MissedSearch)
    assert db.session.scalar(count) == MISSED_MAX
    assert db.session.scalar(count.where(MissedSearch.count == 1)) == 0, "the rarest went"
    for number in range(counting.HELD + 10):
        counting.note_missed(mall.id, "ko", "가" * (number % 90 + 1) + chr(0xAC00 + number))
    assert len(counting._held.missed) == counting.HELD, "who floods it is not remembered"


@pytest.mark.spec("HC-2", "TPL-1")
def test_templates_of_notices_hold_heading_tags_and_texts(boss: Member, mall: Service) -> None:
    heading = documents.topic(mall, TopicKind.HEADING, "안내")
    tag = documents.topic(mall, TopicKind.TAG, "점검")
    by = world.actor(boss)

    def saved(name: str, texts: dict[str, Text]) -> None:
        with db.write():
            vocabulary.save_template(
                mall, None, name=name, texts=texts, heading_id=heading.id, tags=[tag.id], by=by
            )

    saved("정기 점검", {"ko": Text("점검 안내", "내용"), "en": Text("", "")})
    for name, texts, words in (
        ("", {"ko": Text("a", "b")}, "Enter a name"),
        ("빈", {}, "Enter something first"),
        ("긴", {"ko": Text("가" * 201, "b")}, "Use at most 200 characters"),
    ):
        with pytest.raises(Refused, match=words):
            saved(name, texts)
    (row,) = queries.notice_templates(mall.id)
    assert history.loaded(row.texts) == {"ko": Text("점검 안내", "내용")}
    assert (row.heading_id, row.tags) == (heading.id, [tag.id])
    with db.write():
        vocabulary.delete_topic(mall, db.session.get_one(Topic, heading.id))
    db.session.expire_all()
    assert queries.notice_template(mall.id, row.id).heading_id is None  # type: ignore[union-attr]
    with db.write():
        vocabulary.delete_template(mall, db.session.merge(row))
    assert queries.notice_templates(mall.id) == []


@pytest.mark.spec("HC-2")
def test_who_polls_is_told_of_every_change(boss: Member, mall: Service) -> None:
    def number() -> int:
        found = sa.select(LiveVersion.n).where(LiveVersion.scope == queries.scope("mall"))
        return db.session.scalar(found) or 0

    row = documents.faq(mall, boss, "환불")
    seen = [number()]
    save(mall, row, Draft(texts=documents.texts("환불 기간")), documents.manager(boss))
    seen.append(number())
    documents.topic(mall, TopicKind.TAG, "점검")
    seen.append(number())
    with db.write():
        service.delete(mall, again(row), by=documents.manager(boss))
    seen.append(number())
    assert seen == sorted(set(seen))


@pytest.mark.spec("HC-2", "ORG-5")
def test_everything_goes_with_its_service(boss: Member, mall: Service) -> None:
    documents.faq(mall, boss, "환불")
    documents.notice(mall, boss, "점검")
    counting.note_missed(mall.id, "ko", "없는 것")
    counting.flush()
    of = mall.id
    with db.write():
        mall.state = ServiceState.TERMINATED
        organization.erase(of)
    for table in (Document, DocumentText, Topic, MissedSearch):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert (
        db.session.execute(finding.INDEX.documents(of, [[["환불"]]], all_texts=True).select).all()
        == []
    )
