"""The demo's fields, triggers and shared files of tickets."""

from io import BytesIO
from typing import Any

from PIL import Image

from occ.automation import service as triggers
from occ.automation.rules import Comparison, Condition, How, Result, ResultKind, Subject, To
from occ.automation.views import trigger_form
from occ.core import storage
from occ.core.db import db
from occ.fields import queries as fields
from occ.fields import service as field_service
from occ.fields.rules import FieldKind, FieldType
from occ.fields.service import Definition
from occ.identity import queries as identity
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.ticket_settings import queries as settings
from occ.ticket_settings import service as settings_service
from occ.ticket_settings.rules import CategoryKind

C = Comparison
Names = tuple[str, str, str]
PAY = (
    ("카드", "Card", "カード"),
    ("계좌 이체", "Bank transfer", "口座振込"),
    ("간편 결제", "Mobile payment", "スマホ決済"),
)
CAUSES = (
    ("고객 변심", "Changed mind", "お客様都合"),
    ("상품 불량", "Faulty", "商品不良"),
    ("배송 문제", "Delivery", "配送"),
    ("시스템 오류", "System", "システム"),
)
# code, kind, type, names in Korean, English and Japanese, choices, more
FIELDS: tuple[tuple[str, FieldKind, FieldType, Names, tuple[Names, ...], dict[str, Any]], ...] = (
    (
        "order_no",
        FieldKind.CUSTOMER,
        FieldType.TEXT,
        ("주문 번호", "Order number", "注文番号"),
        (),
        {"required": True},
    ),
    (
        "pay",
        FieldKind.CUSTOMER,
        FieldType.DROPDOWN,
        ("결제 수단", "Paid by", "支払い方法"),
        PAY,
        {},
    ),
    (
        "account",
        FieldKind.CUSTOMER,
        FieldType.TEXT,
        ("환불 계좌", "Refund account", "返金先口座"),
        (),
        {"encrypted": True, "purge": "m3"},
    ),
    (
        "proof",
        FieldKind.CUSTOMER,
        FieldType.FILE,
        ("통장 사본", "Bank book", "通帳の写し"),
        (),
        {"encrypted": True, "purge": "m3"},
    ),
    (
        "picture",
        FieldKind.CUSTOMER,
        FieldType.FILE,
        ("파손 사진", "Picture of the damage", "破損の写真"),
        (),
        {},
    ),
    ("bought_on", FieldKind.CUSTOMER, FieldType.DATE, ("구매일", "Bought on", "購入日"), (), {}),
    ("cause", FieldKind.AGENT, FieldType.RADIO, ("원인", "Cause", "原因"), CAUSES, {}),
    (
        "review",
        FieldKind.AGENT,
        FieldType.LONG_TEXT,
        ("관리자 의견", "Manager's note", "管理者メモ"),
        (),
        {"managers_only": True},
    ),
)
REFUND = ("order_no", "pay", "account", "proof")
PLACED = {
    "환불": REFUND,
    "카드 환불": REFUND,
    "배송": ("order_no", "bought_on"),
    "파손": ("order_no", "picture"),
}


def drawing(color: str) -> bytes:
    """A picture of one color as PNG."""
    made = BytesIO()
    Image.new("RGB", (320, 200), color).save(made, "PNG")
    return made.getvalue()


def furnish(slug: str) -> None:
    """Fields of every service; triggers and a shared file of the first one."""
    of = organization.service_by_slug(slug)
    assert of is not None
    spoken = ("ko", "en", "ja")
    with db.write():
        for code, kind, type, names, options, more in FIELDS:
            worded = {
                language: {"name": name} for language, name in zip(spoken, names, strict=True)
            }
            chosen = [("", dict(zip(spoken, option, strict=True))) for option in options]
            field_service.add(
                of, kind, Definition(code=code, type=type, names=worded, choices=chosen, **more)
            )
        for name, codes in PLACED.items():
            for ident, _path in settings.find(of, CategoryKind.INTAKE, name)[:1]:
                row = settings.category(of.id, ident)
                assert row is not None
                field_service.place(
                    of, row, [*(one.code for one in fields.layout(of, ident)), *codes]
                )
    if slug == "neulbommall":
        _automate(of)


def _automate(of: Service) -> None:
    refund, team = (
        settings.find(of, CategoryKind.INTAKE, "환불")[0][0],
        identity.groups(of.id)[0].id,
    )
    received = "#{customer} 고객님,\n#{title} 문의를 접수했습니다. 곧 답변드리겠습니다."
    thanks = {
        "ko": {"subject": "[늘봄몰] 문의를 접수했습니다 #{number}", "body": received},
        "en": {
            "subject": "We have your inquiry #{number}",
            "body": "Dear #{customer},\nwe have received “#{title}” and answer soon.",
        },
    }
    lead = {"ko": {"subject": "급한 티켓 #{number}", "body": "#{title}\n#{customer}"}}
    is_refund = [
        Condition(True, Subject.INTAKE, C.EQUAL, (str(refund),)),
        Condition(True, Subject.BODY, C.CONTAINS, ("환불",)),
        Condition(True, Subject.STATE, C.EQUAL, ("unassigned",)),
    ]
    gets_urgent = [
        Condition(True, Subject.PRIORITY, C.EQUAL, ("urgent",)),
        Condition(True, Subject.PRIORITY, C.CHANGED),
    ]
    is_quiet = [
        Condition(True, Subject.QUIET, C.MORE, ("48",)),
        Condition(False, Subject.STATE, C.EQUAL, ("progress",)),
        Condition(False, Subject.STATE, C.EQUAL, ("hold",)),
    ]
    # the help center mails receipts itself
    came_by_mail = [
        Condition(True, Subject.CHANNEL, C.EQUAL, ("mail",)),
        Condition(True, Subject.BODY, C.CONTAINS, ("환불",)),
        Condition(True, Subject.STATE, C.EQUAL, ("unassigned",)),
    ]
    rows = (
        (
            "환불 문의는 순서대로 배분",
            is_refund,
            [Result(ResultKind.ASSIGN, group=team, how=How.TURN)],
            True,
        ),
        (
            "메일로 온 환불 문의에 접수 안내",
            came_by_mail,
            [Result(ResultKind.MAIL, to=To.CUSTOMER, texts=thanks)],
            True,
        ),
        (
            "급한 문의 알림",
            gets_urgent,
            [Result(ResultKind.MAIL, to=To.GROUP, group=team, texts=lead)],
            True,
        ),
        ("이틀 동안 조용한 티켓", is_quiet, [Result(ResultKind.PRIORITY, "high")], True),
        (
            "주문 시스템에 알리기",
            [Condition(True, Subject.TITLE, C.CONTAINS, ("주문",))],
            [
                Result(ResultKind.CALL, "https://orders.example/hooks/occ"),
                Result(
                    ResultKind.DOORAY,
                    "https://hook.example/services/1/2/3",
                    texts={"ko": {"body": "새 문의 #{number}: #{title}"}},
                ),
            ],
            False,
        ),
    )
    logo = drawing("#087f5b")
    key = storage.save(logo, "")
    with db.write():
        known = trigger_form.known(of)
        for title, conditions, results, active in rows:
            made = triggers.save(
                of, None, title=title, conditions=conditions, results=results, known=known
            )
            if not active:
                triggers.activate(of, made, False)
        settings_service.add_file(of, name="늘봄 로고.png", key=key, content=logo)
