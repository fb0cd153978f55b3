"""Public pages: what customers find, in their language, and what they do not (HC-1, HC-2, ORG-6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from lxml import etree

from occ.core import clock
from occ.core.db import db
from occ.help_center.documents import counting
from occ.help_center.documents.models import Document, MissedSearch
from occ.help_center.documents.rules import Readers, TopicKind
from occ.help_center.public import queries, rules
from occ.help_center.site import service as set_up
from occ.help_center.site.rules import Part
from occ.identity.models import Member
from tests.factories import document, help_center
from tests.help_center import asking
from tests.support.browser import Browser, said

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
Browsers = Callable[..., Browser]
HC = "/mall/hc"


@pytest.fixture
def center(boss: Member) -> help_center.Center:
    return help_center.furnished(boss)


def texts(guest: Browser, path: str) -> list[str]:
    return [said(one) for one in guest.find(path)]


@pytest.mark.spec("HC-1", "HC-2")
def test_home_shows_notice_categories_with_counts_and_questions(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    guest.get(f"{HC}/ko")
    assert texts(guest, "//a[@class='hc-notice']/span[@class='clip']") == ["결제 시스템을 점검해요"]
    assert texts(guest, "//ul[@class='hc-cats']//b") == ["주문·결제 mall"]
    assert texts(guest, "//ul[@class='hc-cats']//span[@class='num']") == ["2"]  # with those below
    assert texts(guest, "//ul[@class='hc-q']//a/span[2]") == [
        "환불은 언제 되나요?",
        "배송지를 바꾸고 싶어요",
    ]
    assert "문의하기" not in guest.text() or guest.find("//a[contains(@href, '/inquiries')]")


@pytest.mark.spec("HC-1", "ORG-6")
def test_the_drop_down_keeps_the_page_with_what_it_asks(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    guest.get(f"{HC}/ko/search?q=환불&utm=x")
    assert [one.get("href") for one in guest.find("//ul[@class='hc-langs']//a")] == [
        f"{HC}/{code}/search?q=%ED%99%98%EB%B6%88" for code in ("ko", "en", "ja")
    ]
    guest.get(f"{HC}/en/faq/{center.orders.id}")
    assert f"{HC}/ja/faq/{center.orders.id}" in guest.last.text  # type: ignore[union-attr]


@pytest.mark.spec("ORG-6")
def test_a_text_that_is_missing_is_the_default_languages_and_says_so(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    path = f"faq/a/{center.refund.id}"
    guest.get(f"{HC}/en/{path}")
    assert texts(guest, "//h1") == ["When do I get my refund?"]
    assert not guest.find("//p[@class='hc-fallen']")
    guest.get(f"{HC}/ja/{path}")
    (heading,) = guest.find("//h1")
    assert (said(heading), heading.get("lang"), heading.get("dir")) == (
        "환불은 언제 되나요?",
        "ko",
        "ltr",
    )
    assert len(guest.find("//p[@class='hc-fallen']")) == 1
    (canonical,) = guest.find("//link[@rel='canonical']")
    assert canonical.get("href") == f"http://localhost:5000{HC}/ko/{path}"
    alternates = {one.get("hreflang"): one.get("href") for one in guest.find("//link[@hreflang]")}
    assert alternates == {
        "ko": f"http://localhost:5000{HC}/ko/{path}",
        "en": f"http://localhost:5000{HC}/en/{path}",
        "x-default": f"http://localhost:5000{HC}/ko/{path}",
    }


@pytest.mark.spec("HC-1", "ORG-7")
def test_whole_addresses_are_the_organizations_never_those_that_a_request_names(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    for path in ("ko", "ko/faq", "ko/notices", "ko/notices/feed.atom", "sitemap.xml"):
        answer = guest._send("GET", f"{HC}/{path}", headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert "http://localhost:5000/mall/hc" in answer.text


@pytest.mark.spec("HC-1", "HC-2")
def test_a_category_shows_answers_with_those_below_it_pinned_ones_first(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    guest.get(f"{HC}/ko/faq/{center.orders.id}")
    assert texts(guest, "//h1") == ["주문·결제 mall"]
    assert texts(guest, "//nav[@class='hc-chips']/a") == ["전체 2", "취소·환불 mall 1"]
    titles = texts(guest, "//details//summary/span[2]")
    assert titles == ["고정환불은 언제 되나요?", "배송지를 바꾸고 싶어요"]
    assert "반품 상품이 도착하면" in guest.text()
    assert guest.get(f"{HC}/ko/faq/{center.refunds.id}").status_code == 200
    assert texts(guest, "//nav[@class='hc-crumb sm']/*[self::a or self::span]") == [
        "헬프센터",
        "자주 묻는 질문",
        "주문·결제 mall",
        "취소·환불 mall",
    ]
    assert guest.get(f"{HC}/ko/faq/999").status_code == 404


def test_long_answers_stand_a_link_away() -> None:
    sizes = [rules.INLINE, 1, 1]
    assert rules.within(sizes, int) == sizes[:1]
    assert rules.within([10, rules.INLINE - 10, 1], int) == [10, rules.INLINE - 10]
    assert rules.within([rules.INLINE * 2, 1], int) == [rules.INLINE * 2], "one at least"
    assert rules.within([], int) == []


@pytest.mark.spec("HC-1", "HC-2")
def test_structured_data_holds_questions_and_no_sign_ends_its_element(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    evil = document.faq(
        center.service, boss, "</script><script>alert(1)</script>", "<img src=x> & ' \" 답"
    )
    guest = browser()
    guest.get(f"{HC}/ko/faq/a/{evil.id}")
    (script,) = guest.find("//script[@type='application/ld+json']")
    assert '"@type": "FAQPage"' in script.text and "<" not in script.text
    assert "\\u003c/script\\u003e" in script.text
    assert texts(guest, "//h1") == ["</script><script>alert(1)</script>"]
    guest.get(f"{HC}/ko/faq")
    (script,) = guest.find("//script[@type='application/ld+json']")
    assert script.text.count('"Question"') == 3 and "환불은 언제 되나요?" in script.text


@pytest.mark.spec("HC-2")
def test_drafts_what_is_for_agents_and_notices_out_of_their_time_are_not_found(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    service, now = center.service, clock.now()
    faq = [
        document.faq(service, boss, "초안", publish=False),
        document.faq(service, boss, "상담원만", readers=Readers.AGENTS),
    ]
    notices = [
        document.notice(service, boss, "공지 초안", publish=False, starts_at=now),
        document.notice(service, boss, "예약", starts_at=now + timedelta(hours=1)),
        document.notice(
            service,
            boss,
            "끝남",
            starts_at=now - timedelta(hours=2),
            ends_at=now - timedelta(hours=1),
        ),
    ]
    guest = browser()
    paths = [f"{HC}/ko/faq/a/{one.id}" for one in faq]
    paths += [f"{HC}/ko/notices/{one.id}" for one in notices]
    paths += [f"{HC}/ko/faq/a/{center.check.id}", f"{HC}/ko/notices/{center.refund.id}"]
    for path in paths:
        assert guest.get(path).status_code == 404, path
        assert "페이지를 찾을 수 없어요" in guest.text()
    for path in ("ko", "ko/faq", "ko/notices", "ko/notices/feed.atom", "sitemap-0.xml"):
        text = guest.get(f"{HC}/{path}").text
        assert not [word for word in ("초안", "상담원만", "예약", "끝남") if word in text], path
        assert not [one for one in paths if f'{one}"' in text]
    for word in ("초안", "상담원만", "예약", "끝남"):
        assert word not in guest.get(f"{HC}/ko/suggest?q={word}").text


@pytest.mark.spec("HC-2")
def test_a_notice_begins_and_ends_by_itself(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    now = clock.now()
    begins, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    notice = document.notice(
        center.service, boss, "한 시간만", starts_at=begins, ends_at=ends, pinned=True
    )
    guest, page = browser(), f"{HC}/ko/notices/{notice.id}"
    seen = []
    for at in (now, begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        with time_machine.travel(at, tick=False):
            is_listed = "한 시간만" in guest.get(f"{HC}/ko/notices").text
            is_home = "한 시간만" in guest.get(f"{HC}/ko").text
            seen.append((is_listed, is_home, guest.get(page).status_code == 200))
    assert seen == [(False,) * 3, (False,) * 3, (True,) * 3, (True,) * 3, (False,) * 3]


@pytest.mark.spec("HC-2")
def test_notices_by_heading_and_tag(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    document.notice(center.service, boss, "다른 공지", starts_at=clock.now() - timedelta(days=2))
    guest = browser()
    guest.get(f"{HC}/ko/notices")
    assert texts(guest, "//nav[@class='hc-tabs']/a") == ["전체", "점검 mall", "말머리 다른 공지"]
    assert texts(guest, "//span[@class='hc-title']") == ["결제 시스템을 점검해요", "다른 공지"]
    (tab,) = [one for one in guest.find("//nav[@class='hc-tabs']/a") if said(one) == "점검 mall"]
    guest.get(tab.get("href"))
    assert texts(guest, "//span[@class='hc-title']") == ["결제 시스템을 점검해요"]
    assert texts(guest, "//nav[@class='hc-tabs']/a[@aria-current]") == ["점검 mall"]
    tag = guest.find("//ul[@class='hc-notices']//p/a")[0]
    guest.get(tag.get("href"))
    assert texts(guest, "//span[@class='hc-title']") == ["결제 시스템을 점검해요"]
    assert guest.find("//meta[@name='robots']")
    for query in ("heading=999", "tag=999"):
        assert guest.get(f"{HC}/ko/notices?{query}").status_code == 404
    assert guest.get(f"{HC}/ko/notices?heading=%D9%A1").status_code == 200  # no number: none asked
    guest.get(f"{HC}/ko/notices/{center.check.id}")
    assert "2026. 3. 20." in guest.text() and "#결제 mall" in guest.text()


@pytest.mark.spec("HC-3")
@pytest.mark.parametrize(
    ("part", "paths"),
    [
        (Part.FAQ, ["faq", "faq/{orders}", "faq/a/{refund}", "faq/a/{refund}/said"]),
        (Part.NOTICES, ["notices", "notices/{check}", "notices/feed.atom"]),
        (Part.COMPANY, ["company"]),
    ],
)
def test_what_is_off_has_no_menu_and_no_address(
    center: help_center.Center, browser: Browsers, part: Part, paths: list[str]
) -> None:
    help_center.company(company="주식회사 늘봄", terms="약관", privacy="방침")
    idents = {
        "orders": center.orders.id,
        "refund": center.refund.id,
        "check": center.check.id,
    }
    addresses = [f"{HC}/ko/{path.format(**idents)}" for path in paths]
    guest = browser()
    assert [guest.get(one).status_code for one in addresses] == [200] * len(addresses)
    assert f'href="{addresses[0]}"' in guest.get(f"{HC}/ko").text
    with db.write():
        set_up.switch(center.service, [one for one in Part if one is not part])
    assert [guest.get(one).status_code for one in addresses] == [404] * len(addresses)
    home, mapped = guest.get(f"{HC}/ko").text, guest.get(f"{HC}/sitemap-0.xml").text
    for address in addresses:
        assert f'href="{address}' not in home and f"{address}<" not in mapped
    if part is not Part.COMPANY:
        hits = guest.get(f"{HC}/ko/search?q=" + ("환불" if part is Part.FAQ else "결제")).text
        assert not [one for one in addresses if f'href="{one}"' in hits]
        assert guest.post(
            f"{HC}/ko/faq/a/{center.refund.id}/helped", {"helped": "1"}
        ).status_code in ((400, 404) if part is Part.FAQ else (303, 400))


@pytest.mark.spec("HC-3")
def test_without_faq_and_notices_there_is_nothing_to_search(
    center: help_center.Center, browser: Browsers
) -> None:
    with db.write():
        set_up.switch(center.service, [Part.COMPANY])
    guest = browser()
    guest.get(f"{HC}/ko")
    assert not guest.find("//form[@role='search']")
    for path in ("search?q=환불", "suggest?q=환불", "nowhere"):
        assert guest.get(f"{HC}/ko/{path}").status_code == 404
        assert not guest.find("//form[@role='search']")


@pytest.mark.spec("HC-1", "TKT-7")
def test_two_syllables_are_found_and_marked(center: help_center.Center, browser: Browsers) -> None:
    guest = browser()
    guest.get(f"{HC}/ko/search?q=환불")
    assert texts(guest, "//ol[@class='hc-hits']//b") == ["환불은 언제 되나요?"]
    assert texts(guest, "//ol[@class='hc-hits']//mark") == ["환불", "환불"]
    assert [one.get("content") for one in guest.find("//meta[@name='robots']")] == ["noindex"]
    guest.get(f"{HC}/ja/search?q=환불")  # as the default language says it
    assert guest.find("//ol[@class='hc-hits']/li")[0].get("lang") == "ko"
    guest.get(f"{HC}/en/search?q=REFUND")
    assert texts(guest, "//ol[@class='hc-hits']//mark") == ["refund"]
    rows = guest.get(f"{HC}/ko/suggest?q=환불").json
    assert rows == [
        {"title": "환불은 언제 되나요?", "address": f"{HC}/ko/faq/a/{center.refund.id}"}
    ]


@pytest.mark.spec("HC-1")
def test_a_category_is_searched_with_what_stands_under_it(
    center: help_center.Center, boss: Member, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_held", counting._Held())
    other = document.topic(center.service, TopicKind.CATEGORY, "회원")
    document.faq(center.service, boss, "환불 계좌를 바꾸고 싶어요", topic_id=other.id)
    document.faq(center.service, boss, "환불 소식")
    guest = browser()
    guest.get(f"{HC}/ko/faq/{center.orders.id}")
    (box,) = guest.find("//form[@role='search']")
    (category,) = guest.find("//form[@role='search']/input[@type='hidden']")
    assert category.get("value") == str(center.orders.id)
    assert guest.find("//form[@role='search']/input[@type='search']")[0].get("placeholder") == (
        "주문·결제 mall에서 검색"
    )
    within = f"category={center.orders.id}"
    for path, expected in (
        (f"search?q=환불&{within}", ["환불은 언제 되나요?"]),
        (f"search?q=환불&category={center.refunds.id}", ["환불은 언제 되나요?"]),
        (f"search?q=환불&category={other.id}", ["환불 계좌를 바꾸고 싶어요"]),
        (f"search?q=점검&{within}", []),  # a notice stands in no category
    ):
        guest.get(f"{box.get('action').removesuffix('search')}{path}")
        assert texts(guest, "//ol[@class='hc-hits']//b") == expected, path
        (wider,) = guest.find("//main//p[@class='hc-meta']/a")
        assert wider.get("href").partition("?")[2].startswith("q=")
    for path in ("search?q=환불", "search?q=환불&category=99999", "search?q=환불&category=x"):
        guest.get(f"{HC}/ko/{path}")
        assert len(guest.find("//ol[@class='hc-hits']/li")) == 3
    assert len(guest.get(f"{HC}/ko/suggest?q=환불").json) == 3
    found = guest.get(f"{HC}/ko/suggest?q=환불&category={other.id}").json
    assert [one["title"] for one in found] == ["환불 계좌를 바꾸고 싶어요"]
    counting.flush()
    assert not db.session.scalars(sa.select(MissedSearch)).all(), "it may be there elsewhere"


@pytest.mark.spec("HC-2")
def test_a_search_without_a_hit_is_counted_masked_and_leads_on(
    center: help_center.Center, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_held", counting._Held())  # without other tests' searches
    guest = browser()
    for _time in range(2):
        guest.get(f"{HC}/ko/search?q=우주선 010-1234-5678")
    assert "‘우주선 010-1234-5678’ 검색 결과가 없어요" in guest.text()
    assert texts(guest, "//nav[@class='hc-chips']/a") == ["주문·결제 mall"]
    guest.get(f"{HC}/ko/search?q=환불")
    guest.get(f"{HC}/ko/search?q=")
    counting.flush()
    assert [(row.text, row.count) for row in db.session.query(MissedSearch)] == [("우주선 *", 2)]


def test_words_are_marked_whatever_their_signs() -> None:
    assert [(one.text, one.found) for one in rules.marked("a+b (C) c", ["+", "c"])] == [
        ("a", False),
        ("+", True),
        ("b (", False),
        ("C", True),
        (") ", False),
        ("c", True),
    ]
    assert rules.marked("", ["a"]) == [] and len(rules.marked("a", [])) == 1
    assert [one.text for one in rules.marked("환불금", ["환불", "환불금"])] == ["환불금"]


@pytest.mark.spec("HC-1")
def test_what_is_typed_is_text_on_every_page(center: help_center.Center, browser: Browsers) -> None:
    guest = browser()
    evil = "<script>alert(1)</script>"
    page = guest.get(f"{HC}/ko/search?q={evil}").text
    assert evil not in page and "&lt;script&gt;" in page
    assert guest.get(f"{HC}/ko/suggest?q=<").json == []


@pytest.mark.spec("HC-1")
def test_views_are_counted_whoever_answers(
    center: help_center.Center, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_held", counting._Held())
    monkeypatch.setattr(queries, "_told", queries._Told())
    guest, path = browser(), f"{HC}/ko/faq/a/{center.refund.id}"
    tag = guest.get(path).headers["ETag"]
    guest.get(path)  # as it was kept
    guest._send("GET", path, headers={"If-None-Match": tag})
    guest.get(f"{HC}/ko/faq/a/999")
    counting.flush()
    assert db.session.get_one(Document, center.refund.id).views == 3
    assert "조회 0" in guest.get(path).text
    guest.time = asking.later(queries.TOLD_FOR)
    assert "조회 3" in guest.get(path).text


@pytest.mark.spec("HC-1")
def test_customers_read_about_how_often_a_page_was_read(
    center: help_center.Center, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_told", queries._Told())
    guest, tags, begun = browser(), [], clock.now()
    for minutes, views, told in (
        (0, 1_234, "1,200"),
        (9, 1_500, "1,200"),
        (10, 1_299, "1,200"),
        (19, 1_500, "1,200"),
        (20, 1_500, "1,500"),
        (21, 60, "60"),
    ):
        with db.write():
            center.refund.views = views
        guest.time = asking.later(timedelta(minutes=minutes), begun)
        page = guest.get(f"{HC}/ko/faq/a/{center.refund.id}")
        tags.append(page.headers["ETag"])
        assert f"조회 {told}" in page.text
    assert len({*tags[:4]}) == 1, "a page is not another one with each of its readers"
    assert len({*tags}) == 3
    rounded = {0: 0, 9: 9, 99: 99, 100: 100, 109: 100, 110: 110, 98_765: 98_000}
    assert {count: rules.about(count) for count in rounded} == rounded


@pytest.mark.spec("HC-1")
def test_company_information_is_in_the_foot_and_on_its_page(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    assert "등록한 회사 정보가 없어요" in guest.get(f"{HC}/ko/company").text
    help_center.company(
        company="주식회사 늘봄\n서울", trademark="늘봄®", terms="제1조 <b>", privacy="방침"
    )
    set_up_changed(center)
    guest.get(f"{HC}/ko")
    assert "주식회사 늘봄 서울" in texts(guest, "//footer")[0]
    assert [one.get("href") for one in guest.find("//footer//a")] == [
        f"{HC}/ko/company",
        f"{HC}/ko/company#terms",
        f"{HC}/ko/company#privacy",
    ]
    guest.get(f"{HC}/ja/company")
    assert texts(guest, "//section[@id='terms']/p") == ["제1조 <b>"]
    assert len(guest.find("//p[@class='hc-fallen']")) == 1


def set_up_changed(center: help_center.Center) -> None:
    with db.write():
        set_up.changed(center.service.id)


@pytest.mark.spec("HC-1", "ORG-6")
def test_the_map_names_every_page_with_its_languages(
    center: help_center.Center, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = browser()
    index = etree.fromstring(guest.get(f"{HC}/sitemap.xml").data)
    assert [one.text for one in index.iter("{*}loc")] == [
        f"http://localhost:5000{HC}/sitemap-0.xml"
    ]
    tree = etree.fromstring(guest.get(f"{HC}/sitemap-0.xml").data)
    found = {
        one.findtext("{*}loc"): {
            link.get("hreflang"): link.get("href") for link in one.iterfind("{*}link")
        }
        for one in tree
    }
    base = f"http://localhost:5000{HC}"
    refund, delivery = (f"faq/a/{one.id}" for one in (center.refund, center.delivery))
    both = {code: f"{base}/{code}/{refund}" for code in ("ko", "en")}
    assert found[f"{base}/ko/{refund}"] == found[f"{base}/en/{refund}"] == both
    assert f"{base}/ja/{refund}" not in found
    assert found[f"{base}/ko/{delivery}"] == {}
    assert found[f"{base}/ja"] == {code: f"{base}/{code}" for code in ("ko", "en", "ja")}
    assert f"{base}/en/faq/{center.orders.id}" in found
    for address in found:
        path = str(address).removeprefix("http://localhost:5000")
        assert guest.get(path).status_code == 200, path
    monkeypatch.setattr(rules, "LINKS", 9)
    index = etree.fromstring(guest.get(f"{HC}/sitemap.xml").data)
    kept = [one.text for one in index.iter("{*}loc")]
    assert len(kept) == 1, "it is kept until something changes"
    set_up_changed(center)
    index = etree.fromstring(guest.get(f"{HC}/sitemap.xml").data)
    parts = [one.text for one in index.iter("{*}loc")]
    assert len(parts) == 3
    pages = [
        one.text
        for part in parts
        for one in etree.fromstring(
            guest.get(part.removeprefix("http://localhost:5000")).data
        ).iter("{*}loc")
    ]
    assert sorted(pages) == sorted(map(str, found)) and len(pages) == len(set(pages))
    assert guest.get(f"{HC}/sitemap-3.xml").status_code == 404


@pytest.mark.spec("HC-1")
def test_the_feed_holds_notices_that_run(center: help_center.Center, browser: Browsers) -> None:
    guest = browser()
    answer = guest.get(f"{HC}/ko/notices/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = etree.fromstring(answer.data)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "ko"
    (entry,) = feed.iterfind("{*}entry")
    assert entry.findtext("{*}title") == "결제 시스템을 점검해요"
    assert entry.findtext("{*}id") == f"http://localhost:5000{HC}/ko/notices/{center.check.id}"
    assert entry.findtext("{*}content") == "새벽 2시부터 4시까지예요."


@pytest.mark.spec("HC-1")
def test_lists_are_read_page_by_page(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    for number in range(22):
        document.faq(center.service, boss, f"질문 {number:02}", topic_id=center.orders.id)
    guest, seen = browser(), []
    path = f"{HC}/ko/faq/{center.orders.id}"
    while path:
        guest.get(path)
        seen += texts(guest, "//div[@class='hc-acc']//summary/span[2]")
        on = guest.find("//nav[@class='hc-pager']/a[@rel='next']")
        path = on[0].get("href") if on else ""
    assert len(seen) == len(set(seen)) == 24
    assert guest.find("//meta[@name='robots']") and guest.find("//a[@rel='prev']")


@pytest.mark.spec("HC-1")
def test_related_ones_are_of_the_category_then_of_its_branch_then_by_words(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    document.faq(center.service, boss, "환불은 어디에서 보나요?")  # in no category
    guest = browser()
    guest.get(f"{HC}/ko/faq/a/{center.refund.id}")
    assert texts(guest, "//section[@class='hc-related']//a/span[2]") == [
        "배송지를 바꾸고 싶어요",
        "환불은 어디에서 보나요?",
    ]


@pytest.mark.spec("HC-1")
def test_titles_and_descriptions_for_messengers(
    center: help_center.Center, browser: Browsers
) -> None:
    guest = browser()
    guest.get(f"{HC}/ko/faq/a/{center.refund.id}")
    found = {
        one.get("property") or one.get("name"): one.get("content") for one in guest.find("//meta")
    }
    assert found["og:title"] == "환불은 언제 되나요?"
    assert (
        found["og:description"]
        == found["description"]
        == "반품 상품이 도착하면 영업일 3일 안에 환불해요."
    )
    assert (found["og:type"], found["og:site_name"]) == ("article", "Mall")
    assert texts(guest, "//title") == ["환불은 언제 되나요? · Mall"]


def test_descriptions_are_cut_at_a_word() -> None:
    assert rules.described("a\n b") == "a b"
    assert rules.described("긴 " * 100).endswith("긴…")
    assert len(rules.described("가" * 500)) == rules.DESCRIPTION + 1


@pytest.mark.spec("HC-1", "ORG-5")
def test_another_services_documents_are_not_found_here(
    center: help_center.Center, boss: Member, browser: Browsers
) -> None:
    other = help_center.furnished(boss, "other")
    guest = browser()
    for path in (
        f"faq/a/{other.refund.id}",
        f"faq/{other.orders.id}",
        f"notices/{other.check.id}",
    ):
        assert guest.get(f"/other/hc/ko/{path}").status_code == 200
        assert guest.get(f"{HC}/ko/{path}").status_code == 404
