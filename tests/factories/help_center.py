"""A help center with everything that its public pages show, made through the services."""

from dataclasses import dataclass
from datetime import date, timedelta

from occ.core import clock
from occ.core.db import db
from occ.help_center.documents.models import Document, Topic
from occ.help_center.documents.rules import TopicKind
from occ.help_center.site import externals
from occ.help_center.site.models import CompanyText
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import document, world

LANGUAGES = ["ko", "en", "ja"]


@dataclass(frozen=True)
class Center:
    service: Service
    orders: Topic
    refunds: Topic
    refund: Document  # a FAQ in Korean and English, pinned
    delivery: Document  # a FAQ in Korean alone
    check: Document  # a notice that runs, pinned


def furnished(boss: Member, slug: str = "mall", **changes: object) -> Center:
    """A service with FAQ in two categories and a notice; it speaks Korean, English and Japanese."""
    service = world.contracted(boss, slug, **{"languages": LANGUAGES, **changes})
    world.agent(boss, service, boss, manager=True)
    orders = document.topic(service, TopicKind.CATEGORY, f"주문·결제 {slug}", en=f"Orders {slug}")
    refunds = document.topic(service, TopicKind.CATEGORY, f"취소·환불 {slug}", orders)
    refund = document.faq(
        service,
        boss,
        "환불은 언제 되나요?",
        "반품 상품이 도착하면 영업일 3일 안에 환불해요.",
        others={"en": ("When do I get my refund?", "Within three working days.")},
        topic_id=refunds.id,
        pinned_home=True,
    )
    delivery = document.faq(
        service, boss, "배송지를 바꾸고 싶어요", "주문 상세에서 바꿔요.", topic_id=orders.id
    )
    now = clock.now()
    check = document.notice(
        service,
        boss,
        "결제 시스템을 점검해요",
        "새벽 2시부터 4시까지예요.",
        heading=document.topic(service, TopicKind.HEADING, f"점검 {slug}"),
        tags=[document.topic(service, TopicKind.TAG, f"결제 {slug}").id],
        starts_at=now - timedelta(days=1),
        shown_on=date(2026, 3, 20),
        pinned=True,
    )
    return Center(service, orders, refunds, refund, delivery, check)


def company(**texts: str) -> None:
    """What is said of the company in Korean."""
    with db.write() as session:
        session.add(CompanyText(language="ko", **texts))


def read(boss: Member) -> None:
    """A center that has much to read, in languages of both directions."""
    made = furnished(boss, languages=["ko", "en", "ja", "ar"])
    company(company="주식회사 늘봄", terms="제1조 " * 200, privacy="방침 " * 200)
    with db.write():
        for name, wide in (("대리점", True), ("앱", False)):
            draft = externals.Draft({"ko": name}, "https://shop.example", {}, wide, not wide)
            externals.save(made.service, None, draft)
    for number in range(12):
        document.faq(
            made.service, boss, f"질문 {number}", "답입니다. " * 40, topic_id=made.orders.id
        )
