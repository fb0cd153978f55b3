"""The demo's help center: FAQ and notices in its languages, what was searched in vain, and what
is said of the company.
"""

from collections.abc import Mapping
from datetime import timedelta

from occ.audit.service import Actor
from occ.core import clock
from occ.core.db import db
from occ.core.richtext import text_of
from occ.help_center.documents import counting, service, vocabulary
from occ.help_center.documents.models import Topic
from occ.help_center.documents.rules import DocumentKind, Readers, Text, TopicIcon, TopicKind
from occ.help_center.documents.service import Draft, Writer
from occ.help_center.site import externals
from occ.help_center.site import service as site
from occ.help_center.site.rules import Company
from occ.identity import queries as identity
from occ.organization import queries as organization
from occ.organization.models import Service

# names in Korean, English, Japanese and Arabic, and what stands under them
CATEGORIES = (
    (
        TopicIcon.PAYMENT,
        ("주문·결제", "Orders and payment", "注文・決済", "الطلبات والدفع"),
        (("결제 수단", "Payment methods", "決済方法", "وسائل الدفع"),),
    ),
    (
        TopicIcon.RECEIPT,
        ("취소·환불", "Cancellations and refunds", "キャンセル・返金", "الإلغاء والاسترداد"),
        (
            ("주문 취소", "Cancelling", "注文の取消", "إلغاء الطلب"),
            ("환불 시기", "When refunds arrive", "返金の時期", "موعد استرداد المبلغ"),
        ),
    ),
    (TopicIcon.DELIVERY, ("배송", "Delivery", "配送", "التوصيل"), ()),
    (
        TopicIcon.RETURN,
        ("교환·반품", "Exchanges and returns", "交換・返品", "الاستبدال والإرجاع"),
        (),
    ),
    (
        TopicIcon.BENEFIT,
        ("쿠폰·적립금", "Coupons and points", "クーポン・ポイント", "القسائم والنقاط"),
        (),
    ),
    (
        TopicIcon.MEMBER,
        ("회원·로그인", "Account and sign-in", "会員・ログイン", "الحساب وتسجيل الدخول"),
        (),
    ),
)
METHODS = """\
<p>반품 상품이 도착해 확인되면 <b>영업일 3일 안</b>에 환불을 요청해요.
그 뒤 결제 수단에 따라 걸리는 시간이 달라요.</p>
<ul><li>신용카드: 카드사 3–5영업일</li>
<li>계좌이체: 요청한 날</li>
<li>늘봄페이 머니: 바로</li></ul>"""
# category, whether it stands on the home page, and title and text by language
FAQ = (
    (
        "환불 시기",
        True,
        {
            "ko": ("환불은 언제 되나요?", METHODS),
            "en": (
                "When do I get my refund?",
                "<p>We ask for the refund within <b>three working days</b> after your parcel has "
                "come back and was checked. Cards take three to five working days more.</p>",
            ),
            "ja": (
                "返金はいつになりますか？",
                "<p>返品の到着と確認から<b>3営業日以内</b>に返金を申請します。"
                "カードの場合はさらに3〜5営業日かかります。</p>",
            ),
            "ar": (
                "متى أسترد المبلغ؟",
                "<p>نطلب ردّ المبلغ خلال <b>ثلاثة أيام عمل</b> من وصول المنتج المرتجع وفحصه. "
                "وتحتاج البطاقات إلى ثلاثة إلى خمسة أيام عمل إضافية.</p>",
            ),
        },
    ),
    (
        "배송",
        True,
        {
            "ko": (
                "배송지를 바꾸고 싶어요",
                "<p><b>상품 준비 중</b>이 되기 전에는 "
                "<i>내 주문 › 배송지 변경</i>에서 바로 바꿀 수 있어요. "
                "그 뒤에는 문의를 남겨 주세요.</p>",
            ),
            "en": (
                "Can I change the delivery address?",
                "<p>Until your order is being prepared you can change it yourself under "
                "<i>My orders</i>. After that, send us an inquiry.</p>",
            ),
            "ja": (
                "お届け先を変更したいです",
                "<p>商品の準備が始まる前は、<i>注文履歴</i>から変更できます。"
                "その後はお問い合わせください。</p>",
            ),
            "ar": (
                "هل يمكنني تغيير عنوان التوصيل؟",
                "<p>يمكنك تغييره بنفسك من <i>طلباتي</i> قبل بدء تجهيز الطلب. "
                "بعد ذلك أرسل إلينا استفسارًا.</p>",
            ),
        },
    ),
    (
        "쿠폰·적립금",
        True,
        {
            "ko": (
                "쿠폰을 썼는데 주문을 취소했어요. 쿠폰은 돌아오나요?",
                "<p>사용 기간이 남아 있으면 취소한 날 자동으로 돌아와요. "
                "부분 취소는 쿠폰 조건에 따라 달라요.</p>",
            ),
            "en": (
                "I cancelled an order. Do I get my coupon back?",
                "<p>Yes, on the same day, as long as it has not expired.</p>",
            ),
            "ar": (
                "ألغيت طلبًا. هل أستعيد القسيمة؟",
                "<p>نعم، في اليوم نفسه ما دامت صلاحيتها سارية.</p>",
            ),
        },
    ),
    (
        "교환·반품",
        False,
        {
            "ko": (
                "반품 택배비는 누가 내나요?",
                "<p>상품에 문제가 있으면 저희가 부담해요. "
                "마음이 바뀐 경우에는 왕복 6,000원이에요.</p>",
            ),
            "en": (
                "Who pays for a return?",
                "<p>We do if something was wrong with it. "
                "If you changed your mind it is KRW 6,000.</p>",
            ),
            "ar": (
                "من يدفع تكلفة الإرجاع؟",
                "<p>نتحملها نحن إذا كان في المنتج عيب. وإذا غيّرت رأيك فتكلفتها 6,000 وون.</p>",
            ),
        },
    ),
    (
        "회원·로그인",
        False,
        {
            "ko": (
                "회원 등급은 언제 바뀌나요?",
                "<p>매달 1일, 지난 세 달의 구매 금액으로 정해요.</p>",
            ),
            "en": ("When does my member level change?", "<p>On the first of each month.</p>"),
        },
    ),
    (
        "주문 취소",
        False,
        {
            "ko": (
                "주문을 취소하고 싶어요",
                "<p><i>내 주문</i>에서 <b>주문 취소</b>를 눌러 주세요. "
                "이미 보낸 상품은 받은 뒤 반품해 주세요.</p>",
            )
        },
    ),
    (
        "환불 시기",
        False,
        {
            "ko": (
                "해외 카드로 결제했어요. 환불 금액이 왜 다른가요?",
                "<p>카드사가 취소한 날의 환율을 쓰기 때문이에요. "
                "차액은 카드사에 문의해 주세요.</p>",
            )
        },
    ),
    (
        "결제 수단",
        False,
        {
            "ko": (
                "세금계산서는 어디서 받나요?",
                "<p><i>내 주문 › 증빙 서류</i>에서 받을 수 있어요.</p>",
            )
        },
    ),
)
FOR_AGENTS = (
    "배송 중 파손: 보상 기준",
    "<p>사진 두 장을 받은 뒤 새 상품을 먼저 보내요. 회수는 나중에 해요.</p>",
)
UNFINISHED = ("선물 포장도 되나요?", "<p>포장 종류와 가격을 확인한 뒤 쓰기.</p>")
SEARCHED = (
    ("ko", "선물 포장", 14),
    ("ko", "해외 배송", 9),
    ("en", "gift wrap", 4),
    ("ko", "영수증", 3),
)


def furnish(slug: str, writer: str) -> None:
    """FAQ, notices and the company's texts of a service, written by its manager."""
    of = organization.service_by_slug(slug)
    member = identity.member_by_login(writer)
    assert of is not None
    assert member is not None
    by = Writer(Actor(member.id, member.login_id, member.name, "127.0.0.1"), publishes=True)
    topics = _topics(of)
    _faq(of, by, topics)
    _notices(of, by)
    for code, words, count in SEARCHED:
        for _once in range(count):
            counting.note_missed(of.id, code, words)
    counting.flush()
    with db.write():
        externals.save(
            of,
            None,
            externals.Draft(
                names={"ko": "쇼핑몰", "en": "Shop", "ja": "ショップ", "ar": "المتجر"},
                address="https://shop.neulbom.example/",
                parameters={},
                on_desktop=True,
                on_phone=True,
            ),
        )
        for code, company in COMPANY.items():
            site.save_company(code, company, version=0)


def _named(names: tuple[str, ...]) -> Mapping[str, str]:
    return dict(zip(("ko", "en", "ja", "ar"), names, strict=True))


def _topics(of: Service) -> Mapping[str, Topic]:
    """Categories by their Korean name."""
    made: dict[str, Topic] = {}
    for icon, names, below in CATEGORIES:
        with db.write():
            top = vocabulary.add_topic(of, TopicKind.CATEGORY, _named(names), icon=icon)
            made[names[0]] = top
            for under in below:
                made[under[0]] = vocabulary.add_topic(
                    of, TopicKind.CATEGORY, _named(under), parent_id=top.id
                )
    return made


def _text(title: str, html: str) -> Text:
    return Text(title, text_of(html), html)


def _faq(of: Service, by: Writer, topics: Mapping[str, Topic]) -> None:
    for category, on_home, said in FAQ:
        _save(
            of,
            by,
            DocumentKind.FAQ,
            Draft(
                {code: _text(*text) for code, text in said.items()},
                topic_id=topics[category].id,
                pinned_home=on_home,
            ),
        )
    inside = Draft({"ko": _text(*FOR_AGENTS)}, topic_id=topics["배송"].id, readers=Readers.AGENTS)
    _save(of, by, DocumentKind.FAQ, inside)
    _save(of, by, DocumentKind.FAQ, Draft({"ko": _text(*UNFINISHED)}), publish=False)


def _notices(of: Service, by: Writer) -> None:
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with db.write():
        upkeep, event = (
            vocabulary.add_topic(of, TopicKind.HEADING, _named(names))
            for names in (
                ("점검", "Maintenance", "メンテナンス", "صيانة"),
                ("이벤트", "Events", "イベント", "عروض"),
            )
        )
        payment = vocabulary.add_topic(
            of, TopicKind.TAG, _named(("결제", "Payment", "決済", "الدفع"))
        )
    night = Draft(
        {
            "ko": _text(
                "새벽 2–4시에 결제 시스템을 점검해요",
                "<p>그동안 카드 결제가 되지 않아요. 주문 조회는 그대로 할 수 있어요.</p>",
            ),
            "en": _text(
                "Payment is under maintenance from 2 to 4 a.m.",
                "<p>Cards cannot be used meanwhile; you can look at your orders all the same.</p>",
            ),
            "ja": _text(
                "午前2時〜4時に決済システムを点検します",
                "<p>その間はカード決済を利用できません。注文の確認は通常どおりできます。</p>",
            ),
            "ar": _text(
                "صيانة نظام الدفع من الساعة 2 إلى 4 صباحًا",
                "<p>يتعذر الدفع بالبطاقة خلالها، ويمكنك الاطلاع على طلباتك كالمعتاد.</p>",
            ),
        },
        topic_id=upkeep.id,
        tags=[payment.id],
        pinned=True,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=6),
    )
    autumn = Draft(
        {
            "ko": _text(
                "가을맞이 적립금 두 배", "<p>이번 주말까지 모든 주문에 적립금을 두 배로 드려요.</p>"
            ),
            "ar": _text(
                "نقاط مضاعفة بمناسبة الخريف",
                "<p>ضعف النقاط على كل الطلبات حتى نهاية هذا الأسبوع.</p>",
            ),
        },
        topic_id=event.id,
        starts_at=now - timedelta(days=3),
    )
    soon = Draft(
        {
            "ko": _text(
                "설 연휴 배송 안내",
                "<p>연휴에는 배송이 쉬어요. 마감은 연휴 이틀 전 낮 12시예요.</p>",
            )
        },
        topic_id=event.id,
        starts_at=now + timedelta(days=14),
        ends_at=now + timedelta(days=28),
    )
    over = Draft(
        {"ko": _text("앱 1.9 업데이트", "<p>로그인이 되지 않던 문제를 고쳤어요.</p>")},
        topic_id=upkeep.id,
        starts_at=now - timedelta(days=40),
        ends_at=now - timedelta(days=10),
    )
    for draft in (over, autumn, night, soon):
        _save(of, by, DocumentKind.NOTICE, draft)


def _save(
    of: Service, by: Writer, kind: DocumentKind, draft: Draft, *, publish: bool = True
) -> None:
    with db.write():
        service.save(of, kind, None, draft, publish=publish, by=by)


COMPANY = {
    "ko": Company(
        company=(
            "주식회사 늘봄 · 대표 김서연\n서울특별시 중구 세종대로 110\n사업자등록번호 000-00-00000"
        ),
        trademark="늘봄은 주식회사 늘봄의 상표입니다.",
        terms="제1조 이 약관은 고객센터의 이용 조건을 정합니다.",
        privacy="문의에 답하는 데 필요한 정보만 받고, 3년 뒤에 파기합니다.",
    ),
    "en": Company(
        company="Neulbom Inc.\n110 Sejong-daero, Jung-gu, Seoul",
        trademark="Neulbom is a trademark of Neulbom Inc.",
        terms="1. These terms govern the use of the help center.",
        privacy="We take only what we need to answer you, and destroy it after three years.",
    ),
    "ar": Company(
        company="شركة نيولبوم\n110 سيجونغ ديرو، جونغ غو، سيول",
        trademark="نيولبوم علامة تجارية لشركة نيولبوم.",
        terms="1. تنظم هذه الشروط استخدام مركز المساعدة.",
        privacy="نأخذ ما نحتاج إليه للرد عليك فقط، ونتلفه بعد ثلاث سنوات.",
    ),
}
