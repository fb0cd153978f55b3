"""The demo's ticket settings."""

from collections.abc import Mapping
from typing import Any

from occ.core.db import db
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.ticket_settings import service
from occ.ticket_settings.rules import CategoryKind

# names in Korean, English and Japanese, and what is below
INTAKE: Mapping[tuple[str, str, str], Any] = {
    ("주문·결제", "Orders and payment", "注文・決済"): {
        ("환불", "Refund", "返金"): {
            ("카드 환불", "Card refund", "カード返金"): {
                ("부분 환불", "Part of the amount", "一部返金"): {("해외 카드", "Foreign card", "海外カード"): {}}
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
    ("상품", "Products", "商品"): {("교환", "Exchange", "交換"): {}, ("재입고", "Back in stock", "再入荷"): {}},
    ("쿠폰·적립금", "Coupons and points", "クーポン・ポイント"): {},
    ("회원", "Membership", "会員"): {("로그인", "Login", "ログイン"): {}, ("탈퇴", "Leaving", "退会"): {}},
}
RESOLUTION: Mapping[tuple[str, str, str], Any] = {
    ("환불 완료", "Refunded", "返金済み"): {("PG 재요청", "Asked again", "決済会社に再依頼"): {}, ("수기 환불", "By hand", "手動返金"): {}},
    ("안내 완료", "Explained", "案内済み"): {("정책 안내", "Policy", "規定の案内"): {}, ("사용법 안내", "How to", "使い方の案内"): {}},
    ("교환 접수", "Exchange arranged", "交換受付"): {},
    ("처리 불가", "Cannot be done", "対応不可"): {},
}  # fmt: skip


def furnish(slug: str) -> None:
    """Intake and resolution types of a service, in its languages."""
    found = organization.service_by_slug(slug)
    assert found is not None
    with db.write():
        _grow(found, CategoryKind.INTAKE, INTAKE, None)
        _grow(found, CategoryKind.RESOLUTION, RESOLUTION, None)


def _grow(of: Service, kind: CategoryKind, rows: Mapping[tuple[str, str, str], Any], parent: int | None) -> None:
    for names, below in rows.items():
        made = service.add_category(of, kind, parent_id=parent, names=dict(zip(("ko", "en", "ja"), names, strict=True)))
        _grow(of, kind, below, made.id)
