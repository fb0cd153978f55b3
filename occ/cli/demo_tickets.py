"""The demo's tickets: categories, and inquiries at each step of their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from occ.audit.service import Actor
from occ.cli.demo_settings import drawing
from occ.core import clock, uploads
from occ.core.db import db
from occ.core.richtext import Writing
from occ.customers import service as customers
from occ.fields import queries as fields
from occ.fields.rules import FieldType, Shown
from occ.identity import queries as identity
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings import service
from occ.ticket_settings.rules import CategoryKind
from occ.tickets import handover
from occ.tickets import service as tickets
from occ.tickets.models import Ticket
from occ.tickets.rules import Move, Priority, Reason

# names in Korean, English and Japanese, and what is below
INTAKE: Mapping[tuple[str, str, str], Any] = {
    ("주문·결제", "Orders and payment", "注文・決済"): {
        ("환불", "Refund", "返金"): {
            ("카드 환불", "Card refund", "カード返金"): {
                ("부분 환불", "Part of the amount", "一部返金"): {
                    ("해외 카드", "Foreign card", "海外カード"): {}
                }
            },
            ("계좌 환불", "To a bank account", "口座返金"): {},
        },
        ("결제 오류", "Payment error", "決済エラー"): {},
        ("주문 변경", "Change an order", "注文変更"): {},
        ("세금계산서", "Tax invoice", "税金計算書"): {},
    },
    ("배송", "Delivery", "配送"): {
        ("배송 지연", "Delay", "配送遅延"): {},
        ("주소 변경", "New address", "住所変更"): {},
        ("파손", "Damage", "破損"): {},
    },
    ("상품", "Products", "商品"): {
        ("교환", "Exchange", "交換"): {},
        ("재입고", "Back in stock", "再入荷"): {},
    },
    ("쿠폰·적립금", "Coupons and points", "クーポン・ポイント"): {},
    ("회원", "Membership", "会員"): {
        ("로그인", "Login", "ログイン"): {},
        ("탈퇴", "Leaving", "退会"): {},
    },
}
RESOLUTION: Mapping[tuple[str, str, str], Any] = {
    ("환불 완료", "Refunded", "返金済み"): {
        ("PG 재요청", "Asked again", "決済会社に再依頼"): {},
        ("수기 환불", "By hand", "手動返金"): {},
    },
    ("안내 완료", "Explained", "案内済み"): {
        ("정책 안내", "Policy", "規定の案内"): {},
        ("사용법 안내", "How to", "使い方の案内"): {},
    },
    ("교환 접수", "Exchange arranged", "交換受付"): {},
    ("처리 불가", "Cannot be done", "対応不可"): {},
}


# title, text, search code, shared with all services, a resolution type it stands with
TEMPLATES = (
    (
        "첫인사",
        "#{customer} 고객님, 안녕하세요. 늘봄 #{agent}입니다.\n"
        "문의하신 내용을 확인하고 있습니다. 잠시만 기다려 주세요.\n",
        "hi",
        True,
        "",
    ),
    (
        "환불 완료 안내",
        "#{customer} 고객님, 요청하신 환불을 처리했습니다.\n"
        "3~5일 뒤에 확인하실 수 있습니다.\n\n문의 번호: #{number}",
        "refund",
        False,
        "환불 완료",
    ),
    (
        "사진 요청",
        "불편을 드려 죄송합니다.\n"
        "파손된 부분의 사진을 이 메일에 답장으로 보내 주시면 바로 접수하겠습니다.",
        "photo",
        False,
        "교환 접수",
    ),
    (
        "배송 지연 안내",
        "주문이 몰려 출고가 늦어지고 있습니다. 늦어도 모레까지 출고하겠습니다.",
        "late",
        False,
        "",
    ),
)


@dataclass(frozen=True)
class Asked:
    """An inquiry of the demo and how far it is."""

    subject: str
    body: str
    name: str = ""
    email: str = ""
    phone: str = ""
    intake: str = ""
    priority: Priority = Priority.NORMAL
    way: str = "waiting"
    answer: str = ""
    comment: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


INQUIRIES = (
    Asked(
        "상품 환불이 3일째 처리되지 않아요",
        "지난주에 반품 수거가 끝났는데 환불이 아직 안 됐어요. 오늘 안에 확인해 주세요.",
        name="이정민",
        email="jm.lee@example.com",
        phone="01072053748",
        intake="카드 환불",
        priority=Priority.URGENT,
        way="taken",
        comment="결제 로그를 확인했어요. 취소 요청이 시간 초과로 실패했고 재시도가 없었어요.",
        fields={
            "order_no": "20261119-004821",
            "pay": "1",
            "account": "늘봄은행 110-234-567890",
            "proof": "통장 사본.png",
        },
    ),
    Asked(
        "결제는 됐는데 주문 내역에 없어요",
        "앱에서 결제가 끝났다는 문자는 왔는데 주문 목록이 비어 있어요.",
        name="최하늘",
        email="sky@example.com",
        intake="결제 오류",
        priority=Priority.HIGH,
        way="taken",
    ),
    Asked(
        "배송지를 바꾸고 싶습니다",
        "어제 주문한 상품의 배송지를 회사로 바꿔 주세요.",
        name="박도윤",
        phone="01055512345",
        intake="주소 변경",
        way="handed",
        answer="어제 출고 전 상품입니다. 배송지를 회사로 바꿀 수 있는지 확인해 주세요.",
    ),
    Asked(
        "쿠폰이 적용되지 않아요",
        "첫 구매 쿠폰이 결제 화면에서 보이지 않아요.",
        name="정수아",
        email="sua@example.org",
        intake="쿠폰·적립금",
    ),
    Asked(
        "파손된 상품이 왔습니다",
        "상자가 찢어져 있고 컵이 깨져 있어요. 사진을 보내 드릴 수 있어요.",
        name="한지우",
        email="jiwoo@example.net",
        phone="01099917777",
        intake="파손",
        priority=Priority.HIGH,
        way="held",
        fields={"order_no": "20261120-001377", "picture": "깨진 컵.png"},
        answer="불편을 드려 죄송합니다. 교환 상품을 준비하고 있으며, "
        "사진을 이 메일에 답장으로 보내 주시면 바로 접수하겠습니다.",
    ),
    Asked(
        "회원 등급 기준이 궁금합니다",
        "실버 등급이 되려면 얼마를 사야 하나요?",
        name="윤서준",
        email="seojun@example.com",
        intake="회원",
        priority=Priority.LOW,
        way="resolved",
        answer="최근 6개월 구매 금액이 30만 원 이상이면 다음 달 1일에 실버 등급이 됩니다.",
    ),
    Asked(
        "세금계산서 재발행 요청",
        "사업자등록번호가 바뀌어 세금계산서를 다시 받고 싶습니다.",
        name="(주)다온",
        email="tax@daon.example",
        intake="세금계산서",
        way="resolved",
        answer="새 사업자등록번호로 재발행했습니다. 메일을 확인해 주세요.",
    ),
    Asked(
        "앱 로그인이 자꾸 풀려요",
        "업데이트한 뒤로 하루에 두세 번씩 다시 로그인해야 해요.",
        name="오예린",
        email="yerin@example.com",
        intake="로그인",
    ),
    Asked(
        "최저가 보장!!! 지금 클릭하세요",
        "http://spam.example 에서 확인하세요.",
        email="win@spam.example",
        way="spam",
    ),
)


def inquire(slug: str, people: Sequence[str]) -> None:
    """Inquiries at each step of their way; `people` are the login IDs of the
    service's agents, the manager first.
    """
    found = organization.service_by_slug(slug)
    assert found is not None
    actors = [_actor(login) for login in people]
    for number, row in reversed(list(enumerate(INQUIRIES))):
        with clock.at(clock.now() - timedelta(minutes=17 * (number + 1))):
            _inquiry(found, row, number, actors)


def _actor(login_id: str) -> Actor:
    member = identity.member_by_login(login_id)
    assert member is not None
    return Actor(member.id, member.login_id, member.name, "127.0.0.1")


def _inquiry(of: Service, row: Asked, number: int, actors: list[Actor]) -> None:
    who = actors[number % 3]
    with db.write():
        person = customers.found_or_made(
            name=row.name, email=row.email, phone=f"+82{row.phone[1:]}" if row.phone else ""
        )
        types = settings.find(of, CategoryKind.INTAKE, row.intake) if row.intake else []
        intake = types[0][0] if types else None
        asked = fields.asked(of, intake, manager=True).own
        says = {one: _value(one, row.fields[one.code]) for one in asked if one.code in row.fields}
        inquiry = tickets.Inquiry(
            row.subject,
            row.body,
            person.id if person else None,
            intake,
            row.priority,
            row.way != "waiting",
            says,
        )
        made = tickets.create(of, inquiry, key=f"demo-{of.slug}-{number}", actor=who)
        if row.comment:
            tickets.comment(made, row.comment, actor=actors[0])
        if row.way in ("held", "resolved"):
            move = Move.HOLD if row.way == "held" else Move.RESOLVE
            tickets.process(made, move, row.answer, seen=made.version, manager=True, actor=who)
        if row.way == "handed":
            _hand_over(of, made, row, who)
        if row.way == "spam":
            tickets.process(
                made,
                Move.INTERNAL,
                "",
                seen=made.version,
                manager=True,
                actor=who,
                reason=Reason.SPAM,
            )


def _value(field: Shown, text: str) -> str:
    """What a field says; of a file its name stands here."""
    return (
        uploads.keep(text, drawing("#c8bfb2"), sealed=True).dump()
        if field.type is FieldType.FILE
        else text
    )


def _hand_over(of: Service, made: Ticket, row: Asked, who: Actor) -> None:
    """To the issue service, which has taken it."""
    target = handover.targets(of)[0]
    intake = settings.find(target, CategoryKind.INTAKE, row.intake)[0][0]
    wanted = handover.Handover(target.id, intake, Writing(row.answer), {})
    other = handover.hand_over(made, wanted, seen=made.version, manager=True, actor=who)
    issuer = _actor("bomi")
    tickets.take(other, group_id=None, seen=other.version, actor=issuer)


def furnish(slug: str) -> None:
    """Intake and resolution types of a service, in its languages."""
    found = organization.service_by_slug(slug)
    assert found is not None
    with db.write():
        _grow(found, CategoryKind.INTAKE, INTAKE, None)
        _grow(found, CategoryKind.RESOLUTION, RESOLUTION, None)
        for title, body, code, shared, linked in TEMPLATES:
            made = service.save_template(
                found,
                None,
                title=title,
                body=body,
                code=code,
                shared=shared and slug == "neulbommall",
            )
            types = settings.find(found, CategoryKind.RESOLUTION, linked) if linked else []
            service.link_template(found, made, [ident for ident, _path in types])
        for word in ("무조건 환불", "100% 보장", "타사"):
            service.save_word(found, None, word)


def _grow(
    of: Service, kind: CategoryKind, rows: Mapping[tuple[str, str, str], Any], parent: int | None
) -> None:
    for names, below in rows.items():
        made = service.add_category(
            of, kind, parent_id=parent, names=dict(zip(("ko", "en", "ja"), names, strict=True))
        )
        _grow(of, kind, below, made.id)
